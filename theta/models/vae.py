"""Options, training and checkpoints of models that are variational autoencoders."""

from __future__ import annotations

import dataclasses
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theta.contracts import Split
from theta.devices import seeded
from theta.errors import Interrupted, InvalidOption
from theta.models.baseline_options import TopicCount
from theta.models.posterior import NetworkPosterior
from theta.options.declare import option
from theta.options.training import TrainingOptions
from theta.storage import Damaged, fingerprint, read_checked, replacing_file, write_checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus, ModelInputs
    from theta.models.base import FitContext
    from theta.nn.elbo import VAE
    from theta.nn.inputs import Inputs
    from theta.nn.progress import Fit, Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class VAEOptions(TrainingOptions, TopicCount):
    """Options of all models trained by `theta.nn.fit`."""

    hidden_dim: int = option(
        512,
        "Units per hidden layer of the encoder.",
        valid=(1, None),
        usual=(128, 2048),
    )
    num_layers: int = option(
        2, "Number of hidden layers of the encoder.", valid=(1, 16), usual=(1, 4)
    )
    dropout: float = option(
        0.2,
        "Share of hidden units dropped at random in each training step, against overfitting.",
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
    adjust: Callable[[int], None] | None = None,
) -> Fit:
    """Train a model on the training documents, with the checkpoint in `context`.

    Parameters
    ----------
    model : VAE
    inputs : Inputs
        All documents of the corpus, on the device.
    corpus : Corpus
    options : VAEOptions
    context : FitContext
    provenance : str
        Fingerprint of the data on which the weights depend.
    neighbors : (n_train, n_neighbors) int64, optional
        Further reconstruction targets of each training document; see `theta.nn.fit.fit`.
    adjust : callable, optional
        Called with the number of finished epochs after each epoch; may change the weights.
    """
    from theta.nn.fit import fit
    from theta.nn.inputs import as_tensor

    checkpoint = None
    if context.checkpoint is not None:
        values = {name: str(value) for name, value in dataclasses.asdict(options).items()}
        about = fingerprint(values, context.seed, provenance)
        checkpoint = TrainingFile(context.checkpoint, about)

    unfinished = None if checkpoint is None else checkpoint.read()
    if unfinished is not None:
        logger.info("Resuming the training after epoch %d", len(unfinished[1]))

    def after_epoch(progress: Progress) -> None:
        logger.debug("%s", _describe_epoch(progress.history[-1]))
        if adjust is not None:
            adjust(progress.epoch)
        stop = context.interrupted()
        if checkpoint is not None and (stop or progress.epoch % context.checkpoint_every == 0):
            checkpoint.write(progress)
        context.after_epoch(progress.history[-1])
        if stop:
            kept = "; the checkpoint is kept: continue with --resume" if checkpoint else ""
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


def training_facts(fitted: Fit, context: FitContext) -> dict[str, Any]:
    """Return the facts of a training that a run records."""
    facts = {
        "device": context.device,
        "epochs_run": len(fitted.history),
        "best_epoch": fitted.best_epoch,
        "stopped_early": fitted.stopped_early,
    }
    elbo = fitted.history[fitted.best_epoch - 1]["validation_elbo"]
    return facts if elbo is None else {**facts, "validation_elbo": elbo}


@dataclass(frozen=True)
class TrainedNetwork:
    """A trained network and the documents that it reads.

    Attributes
    ----------
    network : VAE
    documents : Inputs
        On its device.
    """

    network: VAE
    documents: Inputs

    @classmethod
    def of(
        cls,
        build: Callable[[], VAE],
        state: Mapping[str, NDArray[Any]],
        bow: csr_array,
        features: NDArray[Any] | None,
        lexical: NDArray[np.float16] | None = None,
        *,
        device: str,
    ) -> TrainedNetwork:
        """Return the network with its weights, and documents.

        Parameters
        ----------
        build : callable
            Returns the untrained network.
        state : mapping of str to array
            Its weights.
        bow, features, lexical
            Inputs; see `theta.nn.inputs.Inputs.from_arrays`.
        device : str
        """
        from theta.nn.infer import load_state_arrays
        from theta.nn.inputs import Inputs

        with seeded(0, "cpu"):  # the random weights are overwritten below
            network = build()
        load_state_arrays(network, state)
        documents = Inputs.from_arrays(bow, features, lexical=lexical, device=device)
        return cls(network.to(device), documents)

    def topics(self) -> NDArray[np.float32]:
        """Return θ = softmax(μ): (n_docs, num_topics), each row independent of the others."""
        from theta.nn.infer import posterior_topics

        return posterior_topics(self.network, self.documents)

    def posterior(self) -> NetworkPosterior:
        """Return the posterior of θ."""
        from theta.nn.infer import posterior_parameters

        return NetworkPosterior(self.network, *posterior_parameters(self.network, self.documents))


class NetworkModel:
    """A topic model that is a trained network: θ of documents, and its posterior."""

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: Any,
        inputs: ModelInputs,
        device: str = "cpu",
    ) -> NDArray[np.float32]:
        """Return θ of documents, (n_docs, num_topics), each row independent of the others."""
        return self.trained(state, options, inputs, device).topics()

    def posterior(
        self,
        state: Mapping[str, NDArray[Any]],
        options: Any,
        inputs: ModelInputs,
        device: str = "cpu",
    ) -> NetworkPosterior:
        """Return the posterior of θ of documents."""
        return self.trained(state, options, inputs, device).posterior()

    def trained(
        self,
        state: Mapping[str, NDArray[Any]],
        options: Any,
        inputs: ModelInputs,
        device: str,
    ) -> TrainedNetwork:
        """Return the network with its weights, and what it reads of documents."""
        raise NotImplementedError


def _describe_epoch(entry: Mapping[str, Any]) -> str:
    elbo = entry["validation_elbo"]
    label = f"label loss {entry['label_loss']:.3f}, " if "label_loss" in entry else ""
    return (
        f"Epoch {entry['epoch']}: reconstruction {entry['reconstruction']:.2f}, KL "
        f"{entry['kl']:.2f} × {entry['kl_weight']:.2f}, {label}validation ELBO "
        f"{'none' if elbo is None else format(elbo, '.2f')}, {entry['seconds']:.1f} s"
    )


@dataclass(frozen=True)
class TrainingFile:
    """The checkpoint of an unfinished training, as safetensors.

    Attributes
    ----------
    path : Path
    about : str
        Fingerprint of the training; any other is refused.
    """

    path: Path
    about: str

    def write(self, progress: Progress) -> None:
        """Replace the file atomically by the state of a training."""
        facts = {"about": self.about, "history": json.dumps(progress.history)}
        with replacing_file(self.path) as new:
            write_checked(new, progress.arrays(), facts)

    def read(self) -> tuple[dict[str, NDArray[Any]], list[dict[str, Any]]] | None:
        """Return arrays and history of the interrupted training; None without a file.

        Raises
        ------
        InvalidOption
            If the file is of a training with other options, seed or data.
        Damaged
            If the file cannot be read.
        """
        if not self.path.exists():
            return None
        try:
            arrays, facts = read_checked(self.path)
        except Damaged as error:
            raise Damaged(f"{error}; remove it to start again") from error
        if facts.get("about") != self.about:
            raise InvalidOption(
                f"{self.path} is of a training with other options, seed or data; remove it to "
                "start again"
            )
        return arrays, json.loads(facts["history"])
