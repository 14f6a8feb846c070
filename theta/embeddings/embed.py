"""Embedding a corpus: what is on disk already is kept, the rest goes through an engine."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from theta.embeddings.api import say_if_texts_leave
from theta.embeddings.assemble import assemble
from theta.embeddings.engines import start_engine
from theta.embeddings.load import embedding_facts
from theta.embeddings.precision import as_recorded, begun_in, settle_precision
from theta.embeddings.report import (
    describe_origin,
    make_report,
    say_end,
    say_reading,
    say_start,
    truncated_rows,
)
from theta.embeddings.settings import AUTO, UNRECORDED, EmbeddingReport, EmbeddingSettings
from theta.embeddings.shard_jobs import Embedded, Engine, ShardJob, Texts, cut_shard_jobs
from theta.embeddings.shards import (
    Shard,
    ShardEntry,
    ShardIndex,
    hash_texts,
    remove_unfinished,
    scan_shards,
    write_shard,
)
from theta.embeddings.space import Space, check_dim, find_space
from theta.errors import MissingFile, ThetaError
from theta.layout import EmbeddingFiles
from theta.storage import Damaged, locked, replacing

log = logging.getLogger(__name__)


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

    Vectors are kept per text in shards: killed at any moment, the next call loses at most one and
    ends with the same bytes; a text that was embedded before, in whatever order or corpus of this
    dataset, costs nothing.

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
    settings = settle_precision(settings, files)
    space = find_space(settings)
    say_reading(space, settings)
    parts = {"documents": documents, "words": words, "test_halves": test_halves}
    folder = files.shard_folder(space.key)
    with locked(folder):
        remove_unfinished(folder)
        entries, damaged = scan_shards(folder)
        for path in damaged:
            log.warning("Shard %s is damaged; its texts are embedded again.", path)
            path.unlink()
        hashes = np.concatenate([hash_texts(part.read(), part.n) for part in parts.values()])
        distinct = _first_of_equals(hashes)
        missing = distinct & (ShardIndex(entries).find(hashes) < 0)
        say_start(space, parts, n_left=int(missing.sum()))
        if missing.any():
            jobs = cut_shard_jobs(parts.values(), hashes, distinct, missing)
            entries += _embed(jobs, int(missing.sum()), space, settings, folder, entries)
        index = ShardIndex(entries)
        places = index.find(hashes)
        tokens = index.tokens(places[: documents.n])
        report = make_report(
            space=space,
            settings=settings,
            tokens=tokens,
            dim=_dim(entries, space, settings),
            n_texts=len(np.unique(places)),
            n_embedded=int(missing.sum()),
            damaged=tuple(str(path) for path in damaged),
            seconds=time.monotonic() - started,
        )
        provenance = describe_origin(space, settings, corpus_fingerprint, report)
        with replacing(files.root, provenance) as new:
            target = EmbeddingFiles(new)
            ends = np.cumsum([part.n for part in parts.values()])[:-1]
            for name, part_places in zip(parts, np.split(places, ends), strict=True):
                assemble(getattr(target, name), index, part_places, report.dim)
            if report.n_long is not None:
                np.save(target.truncated, truncated_rows(tokens, settings))
            if settings.adapter is not None:
                shutil.copytree(settings.adapter, target.adapter)
    say_end(report)
    return report


def count_done(documents: Texts, *, files: EmbeddingFiles, settings: EmbeddingSettings) -> Progress:
    """Return how many documents have a vector on disk; loads no model and writes nothing."""
    if settings.precision == AUTO:
        settings = begun_in(settings, files) or replace(settings, precision=UNRECORDED)
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
        facts = embedding_facts(files, fix="")
    except MissingFile:
        return "they are not there yet"
    except Damaged as error:
        return str(error)
    if facts["corpus"] != corpus_fingerprint:
        return "the corpus has changed"
    if finetune is not None:
        done = facts.get("finetune") or {}
        changed = [name for name, value in finetune.items() if done.get(name) != value]
        if changed:
            return f"the model was fine-tuned with different settings ({', '.join(changed)})"
        settings = replace(settings, adapter=files.adapter)
    space = find_space(as_recorded(settings, facts["space"]))
    if facts["space"] != dict(space.facts):
        changed = [key for key, value in space.facts.items() if facts["space"].get(key) != value]
        return f"they were made with different settings ({', '.join(changed)})"
    if facts["embedding_dim"] != settings.embedding_dim:
        return "they were made with different settings (embedding_dim)"
    return None


# --- the steps -----------------------------------------------------------------------------


def _first_of_equals(hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which texts are the first of their kind: (n_texts,)."""
    # Sorted by hash and then by row, so the first of equal hashes is the first in the corpus.
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    ordered = hashes[order]
    first = np.ones(len(hashes), dtype=bool)
    first[order[1:]] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return first


def _embed(
    jobs: Iterator[ShardJob],
    n_texts: int,
    space: Space,
    settings: EmbeddingSettings,
    folder: Path,
    earlier: Sequence[ShardEntry],
) -> list[ShardEntry]:
    """Embed what is missing and return the entries of the new shards."""
    entries: list[ShardEntry] = []
    engine: Engine = start_engine(space, settings)
    hide = None if settings.progress else True
    # Rounding, hashing and flushing a shard takes as long as a GPU needs for one of short texts.
    with (
        tqdm(total=n_texts, desc="embedding", unit="text", disable=hide) as bar,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer") as writer,
    ):
        writing: Future[ShardEntry] | None = None
        for embedded in engine.embed(jobs):
            check_dim(settings, embedded.vectors.shape[1])
            if writing is not None:
                entries.append(writing.result())
            _check_same_dim(embedded, (*earlier[:1], *entries[:1]), space, folder)
            writing = writer.submit(_write, embedded, folder)
            bar.update(len(embedded.job.texts))
        if writing is not None:
            entries.append(writing.result())
    return entries


def _write(embedded: Embedded, folder: Path) -> ShardEntry:
    shard = _checked_shard(embedded)
    return ShardEntry.of(write_shard(folder, shard), shard)


def _checked_shard(embedded: Embedded) -> Shard:
    bad = np.flatnonzero(~np.isfinite(embedded.vectors).all(axis=1))
    if len(bad):
        start = embedded.job.texts[bad[0]][:60]
        raise ThetaError(
            f"the model gave {len(bad)} vectors that are not finite; the first is of {start!r}"
        )
    return Shard(embedded.job.hashes, embedded.vectors.astype(np.float16), embedded.tokens)


def _check_same_dim(
    embedded: Embedded, earlier: Sequence[ShardEntry], space: Space, folder: Path
) -> None:
    for entry in earlier:
        if embedded.vectors.shape[1] != entry.dim:
            raise ThetaError(
                f"{space.model} ({space.origin}) gives vectors of {embedded.vectors.shape[1]} "
                f"dimensions now, and gave {entry.dim} before: another model answers under this "
                f"name; to embed everything again, remove {folder}"
            )


def _dim(entries: Sequence[ShardEntry], space: Space, settings: EmbeddingSettings) -> int:
    whole = entries[0].dim if entries else space.dim
    return settings.embedding_dim or whole or 0
