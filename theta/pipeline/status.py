"""What is there, what is stale, and the command that makes what is missing. Writes nothing."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from theta import storage
from theta.corpus.store import (
    corpus_fingerprint,
    iterate_texts,
    read_report,
    why_stale,
)
from theta.embeddings.embed import Texts, count_done, stale_reason
from theta.embeddings.finetune import finetune_facts
from theta.embeddings.load import embedding_facts
from theta.errors import MissingFile, ThetaError
from theta.layout import ProjectPaths
from theta.models import MODELS
from theta.options import PrepareOptions, RunOptions
from theta.pipeline.prepare import (
    corpus_settings,
    embedding_settings,
    find_data,
    finetune_settings,
    wants_embeddings,
)
from theta.pipeline.run import run_files
from theta.run.folder import RunFolder
from theta.run.prepared import prepare_command, required_dataset, why_corpus_stale

State = Literal["ready", "stale", "missing", "damaged", "waiting"]


@dataclass(frozen=True)
class Item:
    """One thing that a run needs, or the run itself.

    Attributes
    ----------
    name : str
    state : str
    detail : str
        What is known of it, or why it is not ready.
    remedy : str
        The command that makes it; empty if it is ready.
    needed : bool
        A run cannot start without it.
    """

    name: str
    state: State
    detail: str
    remedy: str = ""
    needed: bool = True

    @property
    def ready(self) -> bool:
        """Whether it is there and up to date."""
        return self.state == "ready"


def prepare_status(options: PrepareOptions, project: ProjectPaths) -> list[Item]:
    """Return the state of the data, the corpus and the embeddings that the options ask for."""
    dataset = required_dataset(options)
    again = f"python prepare_data.py {shlex.join(_without_check(sys.argv[1:]))}"
    sources = find_data(options, project)
    items = [Item("data", "ready", ", ".join(source.name for source in sources))]
    files = project.corpus(dataset)
    reason = why_stale(files, sources, corpus_settings(options))
    if reason is not None:
        state: State = "stale" if files.manifest.exists() else "missing"
        items.append(Item("corpus", state, reason, again))
        if wants_embeddings(options):
            items.append(Item("embeddings", "waiting", "they follow the corpus", again))
        return items
    report = read_report(files)
    items.append(Item("corpus", "ready", f"{report.documents:,} documents, {report.words:,} words"))
    if not wants_embeddings(options):
        return items
    settings = embedding_settings(options, project)
    embeddings = project.embeddings(dataset, options.model_size, options.mode)
    fingerprint = corpus_fingerprint(storage.read_manifest(files.root, ""))
    tuning = finetune_settings(options)
    wanted = None if tuning is None else finetune_facts(settings, tuning)
    reason = stale_reason(
        embeddings, settings=settings, corpus_fingerprint=fingerprint, finetune=wanted
    )
    if wanted is not None:
        if not embeddings.adapter.is_dir():
            waiting = "the model is not fine-tuned yet, or its embedding is unfinished"
            items.append(Item("embeddings", "missing", waiting, again))
            return items
        settings = replace(settings, adapter=embeddings.adapter)
    texts = Texts(lambda: (t for part in iterate_texts(files) for t in part), report.documents)
    done = count_done(texts, files=embeddings, settings=settings)
    detail = f"{done.n_done:,} of {done.n_docs:,} documents are embedded"
    if done.damaged:
        detail += f"; damaged: {', '.join(done.damaged)}"
    if reason is None:
        items.append(Item("embeddings", "ready", detail))
    else:
        state = "stale" if embeddings.manifest.exists() else "missing"
        items.append(Item("embeddings", state, f"{reason}; {detail}", again))
    return items


def run_status(
    options: RunOptions, model_options: Mapping[str, Any], project: ProjectPaths
) -> list[Item]:
    """Return the state of what a run needs, and of the run of each model."""
    dataset = required_dataset(options)
    size, mode = options.model_size, options.mode
    needs = frozenset().union(*(MODELS[name].needs for name in model_options))
    with_embeddings = "embeddings" in needs
    remedy = prepare_command(
        dataset,
        size,
        mode,
        project,
        with_embeddings=with_embeddings,
        embedding_model=options.embedding_model,
    )
    items = [_examined("corpus", remedy, lambda: _corpus(dataset, project, remedy))]
    if with_embeddings:
        items.append(_examined("embeddings", remedy, lambda: _embeddings(options, project, remedy)))
    again = f"python run_pipeline.py {shlex.join(_without_check(sys.argv[1:]))}"
    for name, chosen in model_options.items():
        root = run_files(options, name, chosen, project, alone=len(model_options) == 1).root
        found = _examined(f"run of {name}", again, partial(_run, root, again))
        items.append(replace(found, needed=False))
    return items


def _examined(name: str, remedy: str, examine: Callable[[], tuple[State, str]]) -> Item:
    try:
        state, detail = examine()
    except MissingFile as error:
        state, detail = "missing", error.problem
    except ThetaError as error:
        state, detail = "damaged", str(error)
    return Item(name, state, detail, "" if state == "ready" else remedy)


def _corpus(dataset: str, project: ProjectPaths, remedy: str) -> tuple[State, str]:
    reason = why_corpus_stale(dataset, project, remedy)
    if reason is not None:
        return "stale", reason
    report = read_report(project.corpus(dataset))
    return "ready", f"{report.documents:,} documents, {report.words:,} words"


def _embeddings(options: RunOptions, project: ProjectPaths, remedy: str) -> tuple[State, str]:
    files = project.embeddings(required_dataset(options), options.model_size, options.mode)
    facts = embedding_facts(files, remedy)
    corpus = storage.read_manifest(project.corpus(required_dataset(options)).root, remedy)
    if facts["corpus"] != corpus_fingerprint(corpus):
        return "stale", "the corpus has been prepared again since"
    return "ready", str(facts["model"])


def _run(root: Path, again: str) -> tuple[State, str]:
    damaged = RunFolder(root, again).damaged_files()
    return ("damaged", "; ".join(damaged)) if damaged else ("ready", str(root))


def _without_check(words: list[str]) -> list[str]:
    return [word for word in words if word not in ("--check-only", "--check_only")]
