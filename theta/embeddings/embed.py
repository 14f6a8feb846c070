"""Embedding a corpus: what is on disk already is kept, the rest goes through an engine."""

from __future__ import annotations

import itertools
import logging
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from theta.embeddings.adapter import adapter_facts
from theta.embeddings.api import say_if_texts_leave
from theta.embeddings.engines import start_engine
from theta.embeddings.load import embedding_facts
from theta.embeddings.settings import EmbeddingReport, EmbeddingSettings
from theta.embeddings.shards import (
    UNKNOWN_TOKENS,
    Shard,
    ShardEntry,
    ShardIndex,
    hash_texts,
    read_shard,
    remove_unfinished,
    scan_shards,
    write_shard,
)
from theta.embeddings.space import Space, check_dim, find_space
from theta.embeddings.works import Embedded, Engine, Work
from theta.errors import InvalidOption, MissingFile, ThetaError
from theta.layout import EmbeddingFiles
from theta.storage import locked, replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

SHARD_TEXTS = 512
"""Texts of a shard: the most that a kill can lose."""

_BLOCK_TEXTS = 16 * SHARD_TEXTS
_BLOCK_CHARACTERS = 1 << 25
"""Texts are sorted by length within blocks of this size, which is what a process holds of them."""


@dataclass(frozen=True)
class Texts:
    """Texts that can be read again and again, as a corpus too large for memory can.

    Attributes
    ----------
    read : callable
        Returns a new iterator over the texts, the same ones in the same order every time.
    n : int
        How many there are.
    """

    read: Callable[[], Iterable[str]]
    n: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> Texts:
        """Return texts that are in memory anyway."""
        return cls(lambda: texts, len(texts))


@dataclass(frozen=True)
class Progress:
    """How much of a corpus is embedded.

    Attributes
    ----------
    n_done, n_docs : int
        Documents with a vector on disk, and all of them.
    damaged : tuple of str
        Shards that are not what was written; they will be made anew.
    """

    n_done: int
    n_docs: int
    damaged: tuple[str, ...]


def embed_corpus(
    documents: Texts,
    words: Texts,
    test_halves: Texts,
    *,
    files: EmbeddingFiles,
    settings: EmbeddingSettings,
    corpus_fingerprint: str,
) -> EmbeddingReport:
    """Write the vectors of a corpus' documents, words and test halves, all in one space.

    Vectors are kept per text in shards: killed at any moment, the next call loses at most one;
    a text that was embedded before, in whatever order or corpus of this dataset, costs nothing.

    Parameters
    ----------
    documents : Texts
        The natural texts, in the order of the corpus.
    words : Texts
        The vocabulary.
    test_halves : Texts
        The first half of each test document.
    files : EmbeddingFiles
        Replaced whole when all is done.
    settings : EmbeddingSettings
    corpus_fingerprint : str
        Of the corpus that these vectors are of.

    Returns
    -------
    EmbeddingReport

    Raises
    ------
    MissingFile
        If the model is not on this machine.
    InvalidOption
        If the settings contradict one another or the model.
    OutOfMemory
        If one document alone does not fit on the device.
    """
    started = time.monotonic()
    say_if_texts_leave(settings)
    space = find_space(settings)
    _say_cap(space, settings)
    parts = {"documents": documents, "words": words, "test_halves": test_halves}
    folder = files.shard_folder(space.key)
    with locked(folder):
        remove_unfinished(folder)
        entries, damaged = scan_shards(folder)
        for path in damaged:
            log.warning("Shard %s is damaged; its texts are embedded anew.", path)
            path.unlink()
        hashes = np.concatenate([hash_texts(part.read(), part.n) for part in parts.values()])
        missing = _missing_texts(hashes, ShardIndex(entries))
        _say_start(space, parts, n_left=int(missing.sum()))
        if missing.any():
            works = _works(parts.values(), hashes, missing)
            entries += _embed(works, int(missing.sum()), space, settings, folder)
        index = ShardIndex(entries)
        places = index.find(hashes)
        report = _report(
            space=space,
            settings=settings,
            tokens=index.tokens(places[: documents.n]),
            dim=_dim(entries, space, settings),
            n_texts=len(np.unique(places)),
            n_embedded=int(missing.sum()),
            damaged=tuple(str(path) for path in damaged),
            seconds=time.monotonic() - started,
        )
        stands_on = _stands_on(space, settings, corpus_fingerprint, report)
        with replacing(files.root, stands_on) as new:
            target = EmbeddingFiles(new)
            ends = np.cumsum([part.n for part in parts.values()])[:-1]
            for name, part_places in zip(parts, np.split(places, ends), strict=True):
                _assemble(getattr(target, name), index, part_places, report.dim)
            if settings.adapter is not None:
                shutil.copytree(settings.adapter, target.adapter)
    _say_end(report)
    return report


def count_done(documents: Texts, *, files: EmbeddingFiles, settings: EmbeddingSettings) -> Progress:
    """Return how many documents have a vector on disk; loads no model and writes nothing."""
    entries, damaged = scan_shards(files.shard_folder(find_space(settings).key))
    hashes = hash_texts(documents.read(), documents.n)
    n_done = int(np.count_nonzero(ShardIndex(entries).find(hashes) >= 0))
    return Progress(n_done, documents.n, tuple(str(path) for path in damaged))


def stale_reason(
    files: EmbeddingFiles,
    *,
    settings: EmbeddingSettings,
    corpus_fingerprint: str,
    finetune: Mapping[str, Any] | None = None,
) -> str | None:
    """Return why finished embeddings must be made anew, None if they need not be.

    Parameters
    ----------
    files : EmbeddingFiles
    settings : EmbeddingSettings
    corpus_fingerprint : str
    finetune : mapping, optional
        `theta.embeddings.finetune.finetune_facts` of the adapter that is asked for.

    Raises
    ------
    MissingFile
        If the model is not on this machine.
    """
    try:
        facts = embedding_facts(files, remedy="")
    except MissingFile:
        return "they are not there yet"
    if facts["corpus"] != corpus_fingerprint:
        return "the corpus has changed"
    if finetune is not None:
        done = facts.get("finetune") or {}
        changed = [name for name, value in finetune.items() if done.get(name) != value]
        if changed:
            return f"the model was fine-tuned with another {', '.join(changed)}"
        settings = replace(settings, adapter=files.adapter)
    space = find_space(settings)
    if facts["space"] != dict(space.facts):
        changed = [key for key, value in space.facts.items() if facts["space"].get(key) != value]
        return f"they were made with another {', '.join(changed)}"
    if facts["embedding_dim"] != settings.embedding_dim:
        return "they were made with another embedding_dim"
    return None


def encode_texts(
    texts: Sequence[str],
    settings: EmbeddingSettings,
    made_with: Mapping[str, Any] | None = None,
) -> NDArray[np.float16]:
    """Return the vectors of new texts, as `embed_corpus` would store them.

    A text's vector is that of the corpus up to the rounding of sums in another batch (1e-6 in
    float32, so at most the last bit of float16).

    Parameters
    ----------
    texts : sequence of str
    settings : EmbeddingSettings
    made_with : mapping, optional
        `embedding_facts` of the embeddings that these vectors will be compared with.

    Returns
    -------
    (n_texts, dim) float16
        Unit length.

    Raises
    ------
    InvalidOption
        If the settings lead to another space than `made_with`.
    """
    say_if_texts_leave(settings)
    space = find_space(settings)
    if made_with is not None and made_with["space"] != dict(space.facts):
        raise InvalidOption(
            f"the embeddings were made with {made_with['model']} ({made_with['space']}), these "
            f"settings lead to {space.model} ({dict(space.facts)}): vectors of the two cannot be "
            "compared"
        )
    if not texts:
        return np.empty((0, settings.embedding_dim or space.dim or 0), dtype=np.float16)
    work = Work(hash_texts(texts, len(texts)), texts)
    (embedded,) = start_engine(space, settings).embed(iter([work]))
    check_dim(settings, embedded.vectors.shape[1])
    stored = embedded.vectors.astype(np.float16)
    return _keep_dimensions(stored, settings.embedding_dim or stored.shape[1])


# --- the steps -----------------------------------------------------------------------------


def _missing_texts(hashes: NDArray[np.uint64], index: ShardIndex) -> NDArray[np.bool_]:
    """Return which texts must be embedded: of equal ones the first."""
    missing = np.zeros(len(hashes), dtype=bool)
    absent = np.flatnonzero(index.find(hashes) < 0)
    if len(absent):
        _, first = np.unique(hashes[absent], axis=0, return_index=True)
        missing[absent[first]] = True
    return missing


def _works(
    parts: Iterable[Texts], hashes: NDArray[np.uint64], missing: NDArray[np.bool_]
) -> Iterator[Work]:
    """Yield the missing texts in shards of nearly equal length, sorted within large blocks."""
    rows: list[int] = []
    texts: list[str] = []
    n_characters = 0
    every = itertools.chain.from_iterable(part.read() for part in parts)
    for row, text in enumerate(every):
        if not missing[row]:
            continue
        rows.append(row)
        texts.append(text)
        n_characters += len(text)
        if len(texts) == _BLOCK_TEXTS or n_characters >= _BLOCK_CHARACTERS:
            yield from _cut_block(rows, texts, hashes)
            rows, texts, n_characters = [], [], 0
    yield from _cut_block(rows, texts, hashes)


def _cut_block(rows: list[int], texts: list[str], hashes: NDArray[np.uint64]) -> Iterator[Work]:
    # Characters foretell tokens well enough to bring like to like; inside a shard the batches are
    # packed by tokens.
    order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    for start in range(0, len(order), SHARD_TEXTS):
        chosen = order[start : start + SHARD_TEXTS]
        yield Work(hashes[[rows[place] for place in chosen]], [texts[place] for place in chosen])


def _embed(
    works: Iterator[Work],
    n_texts: int,
    space: Space,
    settings: EmbeddingSettings,
    folder: Path,
) -> list[ShardEntry]:
    """Embed what is missing and return the entries of the new shards."""
    entries = []
    engine: Engine = start_engine(space, settings)
    hide = None if settings.progress else True
    with tqdm(total=n_texts, desc="embedding", unit="text", disable=hide) as bar:
        for embedded in engine.embed(works):
            check_dim(settings, embedded.vectors.shape[1])
            shard = _checked_shard(embedded)
            entries.append(ShardEntry.of(write_shard(folder, shard), shard))
            bar.update(len(shard.hashes))
    return entries


def _checked_shard(embedded: Embedded) -> Shard:
    bad = np.flatnonzero(~np.isfinite(embedded.vectors).all(axis=1))
    if len(bad):
        start = embedded.work.texts[bad[0]][:60]
        raise ThetaError(
            f"the model gave {len(bad)} vectors that are not finite; the first is of {start!r}"
        )
    return Shard(embedded.work.hashes, embedded.vectors.astype(np.float16), embedded.tokens)


def _dim(entries: Sequence[ShardEntry], space: Space, settings: EmbeddingSettings) -> int:
    whole = entries[0].dim if entries else space.dim
    return settings.embedding_dim or whole or 0


def _assemble(path: Path, index: ShardIndex, places: NDArray[np.intp], dim: int) -> None:
    """Write the vectors of some texts in their order, holding one shard at a time."""
    shape = (len(places), dim)
    if not len(places):
        np.save(path, np.empty(shape, dtype=np.float16))
        return
    np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
    for shard_path, positions, rows in index.by_shard(places):
        vectors = _keep_dimensions(read_shard(shard_path).vectors[rows], dim)
        # Mapped anew for each shard: written pages would count as this process' memory.
        target = np.lib.format.open_memmap(path, mode="r+")
        target[positions] = vectors
        target.flush()
        del target


def _keep_dimensions(vectors: NDArray[np.float16], dim: int) -> NDArray[np.float16]:
    """Return the first `dim` dimensions at unit length."""
    if dim == vectors.shape[1]:
        return vectors
    kept = vectors[:, :dim].astype(np.float32)
    norms = np.linalg.norm(kept, axis=1, keepdims=True)
    return (kept / np.maximum(norms, np.finfo(np.float32).tiny)).astype(np.float16)


# --- what is recorded and said -------------------------------------------------------------


def _report(
    *,
    space: Space,
    settings: EmbeddingSettings,
    tokens: NDArray[np.int32],
    dim: int,
    n_texts: int,
    n_embedded: int,
    damaged: tuple[str, ...],
    seconds: float,
) -> EmbeddingReport:
    known = bool((tokens != UNKNOWN_TOKENS).all())
    whole, first = tokens.sum(axis=0, dtype=np.int64)
    return EmbeddingReport(
        model=space.model,
        origin=space.origin,
        n_docs=len(tokens),
        n_texts=n_texts,
        n_embedded=n_embedded,
        dim=dim,
        max_length=space.max_length,
        long_docs=settings.long_docs,
        n_long=int(np.count_nonzero(tokens[:, 0] > tokens[:, 1])) if known else None,
        long_share=float((whole - first) / max(1, whole)) if known else None,
        damaged=damaged,
        seconds=seconds,
    )


def _stands_on(
    space: Space, settings: EmbeddingSettings, corpus_fingerprint: str, report: EmbeddingReport
) -> dict[str, Any]:
    facts = asdict(report)
    # What depends on the run and not on its result stays out, so that equal results are equal.
    for passing in ("n_embedded", "damaged", "seconds"):
        del facts[passing]
    return {
        "corpus": corpus_fingerprint,
        "model_size": settings.model_size,
        "embedding_dim": settings.embedding_dim,
        "space": dict(space.facts),
        "finetune": None if settings.adapter is None else dict(adapter_facts(settings.adapter)),
        **facts,
    }


def _say_cap(space: Space, settings: EmbeddingSettings) -> None:
    if space.max_length is not None and space.max_length < settings.max_length:
        log.info(
            "--max_length %d is capped at %d tokens, the limit of %s.",
            settings.max_length,
            space.max_length,
            space.model,
        )


def _say_start(space: Space, parts: Mapping[str, Texts], n_left: int) -> None:
    log.info(
        "Embedding %d documents, %d words and %d test halves with %s (%s): %d texts to do.",
        *(part.n for part in parts.values()),
        space.model,
        space.origin,
        n_left,
    )


def _say_end(report: EmbeddingReport) -> None:
    log.info(
        "Embedded %d texts in %.1f s; %d were there already. Vectors have %d dimensions.",
        report.n_embedded,
        report.seconds,
        report.n_texts - report.n_embedded,
        report.dim,
    )
    if report.n_long:
        fate = "was not read" if report.long_docs == "truncate" else "went into further windows"
        log.info(
            "%d of %d documents are longer than %d tokens; %.1f %% of all tokens %s.",
            report.n_long,
            report.n_docs,
            report.max_length,
            100 * (report.long_share or 0),
            fate,
        )
