"""--check_only: what is ready, stale or missing, and the commands that make it. Writes nothing."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from theta import storage
from theta.corpus.apply import require_current_rules
from theta.corpus.store import (
    checked_manifest,
    corpus_fingerprint,
    iterate_texts,
    read_report,
    why_stale,
)
from theta.embeddings import load
from theta.embeddings.embed import Texts, count_done
from theta.errors import MissingFile, ThetaError
from theta.layout import ProjectPaths
from theta.models import MODELS
from theta.models.baseline_options import asks_for_estimate
from theta.options import PrepareOptions, RunOptions
from theta.pipeline.found_runs import run_files
from theta.pipeline.prepare_settings import (
    corpus_settings,
    find_data,
    wanted_embeddings,
    wants_embeddings,
)
from theta.run import Run
from theta.run.prepare_command import prepare_command
from theta.run.prepared import required_dataset, why_corpus_stale

State = Literal["ready", "stale", "missing", "damaged", "waiting"]


@dataclass(frozen=True)
class Item:
    """One thing that a run needs, or the run itself.

    Attributes
    ----------
    name : str
    state : str
    detail : str
        A description, or why it is not ready.
    command : str
        The command that makes it; empty if it is ready.
    needed : bool
        Whether a run cannot start without it.
    """

    name: str
    state: State
    detail: str
    command: str = ""
    needed: bool = True

    @property
    def ready(self) -> bool:
        """Whether it exists and is up to date."""
        return self.state == "ready"

    def record(self) -> dict[str, Any]:
        """Return the item, ready for JSON, under the keys of that format."""
        record = {**asdict(self), "remedy": self.command, "ready": self.ready}
        del record["command"]
        return record


def prepare_status(options: PrepareOptions, project: ProjectPaths) -> list[Item]:
    """Return the state of the data, the corpus and the embeddings that the options request."""
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
            items.append(Item("embeddings", "waiting", "the corpus must be prepared first", again))
        return items
    report = read_report(files)
    items.append(Item("corpus", "ready", f"{report.documents:,} documents, {report.words:,} words"))
    if not wants_embeddings(options):
        return items
    wanted = wanted_embeddings(options, project)
    embeddings, settings = wanted.files, wanted.settings
    reason = wanted.stale_reason(corpus_fingerprint(storage.read_manifest(files.root, "")))
    if wanted.tuning is not None:
        if not embeddings.adapter.is_dir():
            unfinished = "the model is not fine-tuned yet, or its embedding is unfinished"
            items.append(Item("embeddings", "missing", unfinished, again))
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
    """Return the state of the data that a run needs, and of the run of each model."""
    dataset = required_dataset(options)
    size, mode = options.model_size, options.mode
    needs = frozenset().union(*(MODELS[name].needs for name in model_options))
    with_embeddings = "embeddings" in needs
    fix = prepare_command(
        dataset,
        size,
        mode,
        project,
        with_embeddings=with_embeddings,
        embedding_model=options.embedding_model,
    )
    items = [_examined("corpus", fix, lambda: _corpus(dataset, project, fix))]
    if with_embeddings:
        items.append(_examined("embeddings", fix, lambda: _embeddings(options, project, fix)))
    data_states = {item.state for item in items}
    now = _fingerprints(options, project, items) if data_states == {"ready"} else {}
    again = f"python run_pipeline.py {shlex.join(_without_check(sys.argv[1:]))}"
    for name, chosen in model_options.items():
        root = run_files(options, name, chosen, project, alone=len(model_options) == 1).root
        examine = partial(_run, root, project, again, data_states, now)
        items.append(replace(_examined(f"run of {name}", again, examine), needed=False))
    if any(map(asks_for_estimate, model_options.values())):
        detail = "auto: estimated from the corpus before the training"
        items.append(Item("num_topics", "waiting", detail, needed=False))
    return items


def _examined(name: str, fix: str, examine: Callable[[], tuple[State, str]]) -> Item:
    try:
        state, detail = examine()
    except MissingFile as error:
        state, detail = "missing", error.problem
    except ThetaError as error:
        state, detail = "damaged", str(error)
    return Item(name, state, detail, "" if state == "ready" else fix)


def _corpus(dataset: str, project: ProjectPaths, fix: str) -> tuple[State, str]:
    reason = why_corpus_stale(dataset, project, fix)
    if reason is not None:
        return "stale", reason
    try:
        require_current_rules(project.corpus(dataset))
    except MissingFile:
        return "stale", "another version of the program prepared it"
    checked_manifest(project.corpus(dataset))
    report = read_report(project.corpus(dataset))
    return "ready", f"{report.documents:,} documents, {report.words:,} words"


def _embeddings(options: RunOptions, project: ProjectPaths, fix: str) -> tuple[State, str]:
    files = project.embeddings(required_dataset(options), options.model_size, options.mode)
    facts = load.checked_manifest(files, fix)["stands_on"]
    corpus = storage.read_manifest(project.corpus(required_dataset(options)).root, fix)
    if facts["corpus"] != corpus_fingerprint(corpus):
        return "stale", "the corpus has been prepared again since"
    return "ready", str(facts["model"])


def _fingerprints(
    options: RunOptions, project: ProjectPaths, items: Sequence[Item]
) -> dict[str, str]:
    """Return the fingerprints of prepared data, from their manifests."""
    dataset = required_dataset(options)
    corpus = storage.read_manifest(project.corpus(dataset).root, "")
    fingerprints = {"corpus": corpus_fingerprint(corpus)}
    if any(item.name == "embeddings" for item in items):
        files = project.embeddings(dataset, options.model_size, options.mode)
        manifest = storage.read_manifest(files.root, "")
        fingerprints["embeddings"] = load.embedding_fingerprint(manifest)
    return fingerprints


def _run(
    root: Path,
    project: ProjectPaths,
    again: str,
    data_states: Collection[State],
    now: Mapping[str, str],
) -> tuple[State, str]:
    run = Run.open(root, project, fix=again)
    assert run.folder is not None
    if damaged := run.folder.damaged_files():
        return "damaged", "; ".join(damaged)
    if "stale" in data_states:
        return "stale", f"{root}: its data have changed since"
    if not now:
        return "ready", f"{root} (not compared with its data, which are not ready)"
    if changed := run.changed_inputs(now):
        return "stale", f"{root}: {'; '.join(changed)}"
    estimate = run.topic_count
    return "ready", str(root) if estimate is None else f"{root}: {estimate.sentence}"


def _without_check(words: list[str]) -> list[str]:
    return [word for word in words if word not in ("--check-only", "--check_only")]
