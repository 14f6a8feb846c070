"""Fine-tuning of the embedding model on a corpus: without labels, or on those of its training part.

Without labels the texts themselves teach (SimCSE; Gao, Yao & Chen 2021), with labels the texts of
one label are drawn together (supervised contrastive learning; Khosla et al. 2020). Only a LoRA
adapter is trained.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import UNLABELLED
from theta.devices import seeded
from theta.embeddings.adapter import DROPOUT, new_adapter, recompute_activations, save_adapter
from theta.embeddings.contrastive import new_projection
from theta.embeddings.embed import Texts
from theta.embeddings.loading import effective_length, load_model, make_encoder
from theta.embeddings.settings import EmbeddingSettings, FinetuneSettings
from theta.embeddings.shards import hash_texts
from theta.embeddings.space import find_checkpoint, prompt_facts
from theta.embeddings.training import Training, train
from theta.embeddings.training_file import TrainingFile
from theta.embeddings.training_windows import MAX_WINDOWS, TrainingWindows
from theta.errors import InvalidOption, MissingFile
from theta.layout import EmbeddingFiles
from theta.storage import Damaged, check_file, fingerprint, locked, read_manifest, replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.embeddings.checkpoint import Checkpoint

log = logging.getLogger(__name__)

_WINDOW = 128
"""Tokens of a text that a step reads at most, half of them where it reads each text twice (SimCSE;
Gao et al. 2021 read 32). The cost of a step grows with them; other steps read other windows."""

_RULES = 3
"""Version of what makes an adapter of the same texts and settings; another one is not reused."""

_RECOMPUTED_PARAMETERS = 500_000_000
"""From this size on one layer's activations are kept at a time and the others computed anew.

Derived for 8,192 tokens (the default batch), in bfloat16: 0.6B 3 GB instead of 14, 4B 12 GB, 8B
21 GB, of which the frozen weights are 1, 8 and 15."""


def finetune_adapter(
    texts: Texts,
    label_codes: NDArray[np.integer[Any]] | None,
    *,
    files: EmbeddingFiles,
    settings: EmbeddingSettings,
    tuning: FinetuneSettings,
) -> Path:
    """Return the folder of the adapter that was fine-tuned on some texts, made now if need be.

    Killed at any moment, the next call goes on from the last minute and ends with the same
    adapter. One that is finished is found again and costs nothing.

    Parameters
    ----------
    texts : Texts
        Of the training documents only.
    label_codes : (n_texts,) int, optional
        Their labels, `theta.contracts.UNLABELLED` where there is none. Texts without a label, or
        with one that no other text has, teach nothing here. Not given: SimCSE.
    files : EmbeddingFiles
    settings : EmbeddingSettings
    tuning : FinetuneSettings

    Raises
    ------
    MissingFile
        If the model is not on this machine.
    InvalidOption
        If there are fewer than two texts, fewer than two labels with two texts each, or only a
        server has the model.
    OutOfMemory
        If a batch does not fit on the device.
    NotConverged
        If the loss is NaN or infinite.
    """
    facts = finetune_facts(settings, tuning)
    hashes = hash_texts(texts.read(), texts.n)
    chosen = _chosen_texts(hashes, label_codes)
    codes = None
    taught = hashes[chosen].tobytes()
    if label_codes is not None:
        # Numbered anew: how labels are numbered depends on labels that only others have.
        _, codes = np.unique(np.asarray(label_codes)[chosen], return_inverse=True)
        taught += codes.astype(np.int64).tobytes()
    texts_digest = hashlib.sha256(taught).hexdigest()[:16]
    facts = {**facts, "texts": texts_digest, "n_texts": len(chosen)}
    key = fingerprint(facts)
    folder = files.adapter_folder(key)
    unfinished = TrainingFile(files.adapter_training(key))
    with locked(unfinished.path):
        if _is_finished(folder):
            log.info("The adapter is there already: %s", folder)
            return folder
        training = _prepare_training(texts, chosen, codes, settings, tuning)
        train(training, unfinished, progress=settings.progress)
        with replacing(folder, {**facts, **training.outcome()}) as new:
            save_adapter(training.wrapped, new, training.model_name)
        unfinished.path.unlink(missing_ok=True)
    return folder


def finetune_facts(settings: EmbeddingSettings, tuning: FinetuneSettings) -> dict[str, Any]:
    """Return what an adapter depends on beside the texts, JSON-ready; loads no model.

    Raises
    ------
    InvalidOption
        If only a server has the model.
    """
    if settings.embedding_api_base is not None:
        raise InvalidOption(
            "fine-tuning needs the weights on this machine: leave out --embedding_api_base, or use "
            "--mode zero_shot"
        )
    checkpoint = _base_model(settings)
    return {
        "rules": _RULES,
        "model": checkpoint.fingerprint,
        "max_length": _window(settings, checkpoint, tuning),
        "windows": _n_windows(settings, checkpoint, tuning),
        **prompt_facts(checkpoint.prompt),
        **tuning.facts(),
    }


def _base_model(settings: EmbeddingSettings) -> Checkpoint:
    checkpoint = find_checkpoint(settings)
    if checkpoint.library_reason is not None:
        raise InvalidOption(
            f"{checkpoint.name} cannot be fine-tuned here ({checkpoint.library_reason}): "
            "use --mode zero_shot, or another model"
        )
    return checkpoint


def _window(settings: EmbeddingSettings, checkpoint: Checkpoint, tuning: FinetuneSettings) -> int:
    longest = _WINDOW if tuning.supervised else _WINDOW // 2
    return min(effective_length(checkpoint, settings.max_length), longest)


def _n_windows(
    settings: EmbeddingSettings, checkpoint: Checkpoint, tuning: FinetuneSettings
) -> int:
    """Return how many windows of a text lie in what the embedding reads of it."""
    if settings.long_docs == "mean":
        return MAX_WINDOWS
    read = effective_length(checkpoint, settings.max_length)
    return min(MAX_WINDOWS, read // _window(settings, checkpoint, tuning))


def _is_finished(folder: Path) -> bool:
    try:
        manifest = read_manifest(folder, "")
        for name in manifest["files"]:
            check_file(folder / name, manifest)
    except MissingFile:
        return False
    except Damaged as error:
        log.warning("%s; the adapter is fine-tuned again.", error)
        return False
    return True


def _chosen_texts(
    hashes: NDArray[np.uint64], label_codes: NDArray[np.integer[Any]] | None
) -> NDArray[np.intp]:
    """Return the texts that teach: different ones, or those whose label has a second text."""
    if label_codes is None:
        # A text that comes twice would be its own negative.
        _, first = np.unique(hashes, axis=0, return_index=True)
        if len(first) < 2:
            raise InvalidOption(
                f"{len(first)} different training document(s): fine-tuning needs two or more"
            )
        return np.sort(first)
    codes = np.asarray(label_codes)
    found, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
    usable = (counts >= 2) & (found != UNLABELLED)
    if usable.sum() < 2:
        raise InvalidOption(
            "fine-tuning on labels needs two labels or more with two training documents each; "
            f"there are {int(usable.sum())}"
        )
    return np.flatnonzero(usable[place])


def _prepare_training(
    texts: Texts,
    chosen: NDArray[np.intp],
    codes: NDArray[np.integer[Any]] | None,
    settings: EmbeddingSettings,
    tuning: FinetuneSettings,
) -> Training:
    checkpoint = _base_model(settings)
    model = load_model(checkpoint, settings.device)
    window = _window(settings, checkpoint, tuning)
    n_windows = _n_windows(settings, checkpoint, tuning)
    projection = None
    with seeded(tuning.seed, settings.device):
        # Labels make the partners of a text; without them dropout makes its second view.
        dropout = 0.0 if tuning.supervised else DROPOUT
        wrapped = new_adapter(model, tuning.lora_r, tuning.lora_alpha, dropout)
        if tuning.supervised:
            projection = new_projection(_dim(model)).to(settings.device)
    if sum(p.numel() for p in model.parameters()) >= _RECOMPUTED_PARAMETERS:
        recompute_activations(model)
    encoder = make_encoder(
        model,
        checkpoint,
        max_length=window,
        long_docs="mean",
        batch_size=2 * tuning.finetune_batch_size,
    )
    trained = sum(p.numel() for p in wrapped.parameters() if p.requires_grad)
    log.info(
        "Fine-tuning %s on %s: %d epoch(s), %s trained weights, %s.",
        checkpoint.name,
        f"{len(chosen):,} training texts"
        if codes is None
        else f"{len(chosen):,} labelled training texts ({len(np.unique(codes))} labels)",
        tuning.finetune_epochs,
        f"{trained:,}",
        f"at most {window} tokens of a text at a time, of its first {n_windows * window}",
    )
    return Training(
        model_name=checkpoint.name,
        wrapped=wrapped,
        encoder=encoder,
        windows=TrainingWindows.of(_only(texts, chosen), encoder.tokenizer, n_windows),
        codes=codes,
        tuning=tuning,
        projection=projection,
    )


def _dim(model: Any) -> int:
    return int(model.config.hidden_size)


def _only(texts: Texts, rows: NDArray[np.intp]) -> Iterator[str]:
    wanted = set(rows.tolist())
    return (text for row, text in enumerate(texts.read()) if row in wanted)
