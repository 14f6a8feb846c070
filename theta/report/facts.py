"""How a run was made, for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theta.i18n import Message, translated
from theta.models.ranked import RANKED
from theta.run import Run


def title(run: Run, language: str) -> str:
    """Return the title of the page."""
    num_topics = translated(language, Message("{n} topics", n=run.num_topics))
    return f"{run.prepared.dataset} · {run.model.title} · {num_topics}"


def facts(run: Run, language: str) -> list[list[str]]:
    """Return names and values: data set, model, documents, topics, seconds, ..."""
    prepared = run.prepared
    values = {
        "Data set": prepared.dataset,
        "Model": run.model.title,
        "Documents": f"{prepared.corpus.n_docs:,}",
        "Vocabulary size": f"{prepared.corpus.n_words:,}",
        "Topics": str(run.num_topics),
    }
    if prepared.embeddings is not None:
        options = run.config["options"]
        values |= {"Embeddings": options["model_size"], "Mode": options["mode"]}
    seconds = Message("{n} s", n=f"{run.facts['training_time']:.1f}")
    values |= {"Seed": str(run.seed), "Training time": translated(language, seconds)}
    return [[translated(language, name), value] for name, value in values.items()]


def ranking(run: Run, language: str) -> str:
    """Return a sentence on how the run ranks its top words."""
    options = run.config["model_options"]
    if RANKED in run.facts:
        text = (
            "All top words of this run are ranked as THETA ranks by default (--rank_words), not by "
            "the model itself."
        )
    elif run.output.word_scores is None:
        text = "All top words of this run are ranked by their probability in the topic."
    elif "relevance" not in options:
        text = "All top words of this run are ranked by the model's own score."
    elif options.get("meaning_weight"):
        text = (
            "All top words of this run are ranked by relevance at λ = {relevance}, by how strongly "
            "a word co-occurs with the other words of the topic (--coherence_weight "
            "{coherence_weight}) and by how close it is to them in meaning (--meaning_weight "
            "{meaning_weight})."
        )
    elif options.get("coherence_weight"):
        text = (
            "All top words of this run are ranked by relevance at λ = {relevance} and by how "
            "strongly a word co-occurs with the other words of the topic (--coherence_weight "
            "{coherence_weight})."
        )
    else:
        text = "All top words of this run are ranked by relevance at λ = {relevance}."
    return translated(language, Message(text, **options))


def settings(run: Run, language: str) -> list[list[Any]]:
    """Return sections of names and values: options, versions, fingerprints."""
    config = run.config
    sections = {
        "Run": config["options"],
        run.model.title: config["model_options"],
        "Versions": config["versions"],
        "Fingerprints of the inputs of the run": config["fingerprints"],
    }
    return [[translated(language, name), _texts(values)] for name, values in sections.items()]


def _texts(values: Mapping[str, Any]) -> list[list[str]]:
    return [[name, str(value)] for name, value in values.items() if value not in (None, [])]
