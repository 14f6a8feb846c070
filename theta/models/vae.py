"""What the models that are variational autoencoders share: options, training and its checkpoint."""

from __future__ import annotations

import dataclasses
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theta.contracts import Split
from theta.errors import Interrupted, InvalidOption
from theta.models.baseline_options import TopicCount
from theta.options.declare import option
from theta.options.training import TrainingOptions
from theta.storage import Damaged, checksum, fingerprint, replacing_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from theta.contracts import Corpus
    from theta.models.base import FitContext
    from theta.nn.elbo import VAE
    from theta.nn.fit import Fit, Progress
    from theta.nn.inputs import Inputs

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class VAEOptions(TrainingOptions, TopicCount):
    """What a person can choose about any model trained by `theta.nn.fit`."""

    hidden_dim: int = option(
        512,
        "Units in each hidden layer of the network that reads the documents.",
        valid=(1, None),
        usual=(128, 2048),
    )
    num_layers: int = option(
        2, "Hidden layers of the network that reads the documents.", valid=(1, 16), usual=(1, 4)
    )
    dropout: float = option(
        0.2,
        "Share of hidden units left out at random in each training step, against learning the "
        "training documents by heart.",
        valid=(0.0, 0.99),
        usual=(0.0, 0.7),
    )


def train(
    model: VAE,
    inputs: Inputs,
    corpus: Corpus,
    options: VAEOptions,
    context: FitContext,
    provenance: str,
    neighbors: NDArray[np.int64] | None = None,
) -> Fit:
    """Train a model on the training documents, with the checkpoint that `fitting` asks for.

    Parameters
    ----------
    model : VAE
    inputs : Inputs
        All documents of the corpus, on the device.
    corpus : Corpus
    options : VAEOptions
    context : FitContext
    provenance : str
        Fingerprint of everything beside options and seed that the weights depend on.
    neighbors : (n_train, n_neighbors) int64, optional
        Documents whose words a training document explains too; see `theta.nn.fit.fit`.
    """
    from theta.nn.fit import fit
    from theta.nn.inputs import as_tensor

    checkpoint = None
    if context.checkpoint is not None:
        chosen = {name: str(value) for name, value in dataclasses.asdict(options).items()}
        about = fingerprint(chosen, context.seed, provenance)
        checkpoint = TrainingFile(context.checkpoint, about)

    unfinished = None if checkpoint is None else checkpoint.read()
    if unfinished is not None:
        logger.info("Going on with the training after epoch %d", len(unfinished[1]))

    def after_epoch(progress: Progress) -> None:
        logger.debug("%s", _describe_epoch(progress.history[-1]))
        stop = context.interrupted()
        if checkpoint is not None and (stop or progress.epoch % context.checkpoint_every == 0):
            checkpoint.write(progress)
        if stop:
            kept = "; the training so far is kept, go on with --resume" if checkpoint else ""
            raise Interrupted(f"stopped after epoch {progress.epoch}{kept}")

    return fit(
        model,
        inputs,
        as_tensor(corpus.rows(Split.TRAIN)),
        as_tensor(corpus.rows(Split.VALIDATION)),
        options,
        seed=context.seed,
        neighbors=None if neighbors is None else as_tensor(neighbors),
        resume=unfinished,
        after_epoch=after_epoch,
        progress=context.progress,
    )


def _describe_epoch(entry: Mapping[str, Any]) -> str:
    elbo = entry["validation_elbo"]
    label = f"label loss {entry['label_loss']:.3f}, " if "label_loss" in entry else ""
    return (
        f"Epoch {entry['epoch']}: reconstruction {entry['reconstruction']:.2f}, KL "
        f"{entry['kl']:.2f} weighed {entry['kl_weight']:.2f}, {label}validation ELBO "
        f"{'none' if elbo is None else format(elbo, '.2f')}, {entry['seconds']:.1f} s"
    )


@dataclass(frozen=True)
class TrainingFile:
    """An unfinished training on disk, as safetensors.

    Attributes
    ----------
    path : Path
    about : str
        Fingerprint of the training; another one is refused.
    """

    path: Path
    about: str

    def write(self, progress: Progress) -> None:
        """Replace the file by the state of a training; a crash leaves the old one."""
        from safetensors.numpy import save_file

        arrays = progress.arrays()
        facts = {"about": self.about, "history": json.dumps(progress.history)}
        with replacing_file(self.path) as new:
            save_file(arrays, new, metadata={**facts, "checksum": checksum(arrays, facts)})

    def read(self) -> tuple[dict[str, NDArray[Any]], list[dict[str, Any]]] | None:
        """Return arrays and history of the training that was interrupted; None without a file.

        Raises
        ------
        InvalidOption
            If the file is of a training with other options, seed or data.
        Damaged
            If the file cannot be read.
        """
        from safetensors import SafetensorError, safe_open

        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, framework="numpy") as file:
                metadata = file.metadata() or {}
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except SafetensorError as error:
            raise Damaged(f"{self.path} is damaged: {error}; remove it to start anew") from error
        if metadata.pop("checksum", None) != checksum(arrays, metadata):
            raise Damaged(
                f"{self.path} is damaged: its checksum is not the one it was written with; remove "
                "it to start anew"
            )
        if metadata.get("about") != self.about:
            raise InvalidOption(
                f"{self.path} is of a training with other options, seed or data; remove it to "
                "start anew"
            )
        return arrays, json.loads(metadata["history"])
