"""How a run was made, for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theta.i18n import labels_in
from theta.models.ranked import RANKED
from theta.run import Run


def title(run: Run, language: str) -> str:
    """Return the title of the page."""
    num_topics = labels_in(language)["topic_count"].format(n=run.num_topics)
    return f"{run.prepared.dataset} · {run.model.title} · {num_topics}"


def facts(run: Run, language: str) -> list[list[str]]:
    """Return names and values: data set, model, documents, topics, seconds, ..."""
    label, prepared = labels_in(language), run.prepared
    values = {
        "fact_dataset": prepared.dataset,
        "fact_model": run.model.title,
        "documents": f"{prepared.corpus.n_docs:,}",
        "fact_words": f"{prepared.corpus.n_words:,}",
        "topics": str(run.num_topics),
    }
    if prepared.embeddings is not None:
        options = run.config["options"]
        values |= {"fact_embeddings": options["model_size"], "fact_mode": options["mode"]}
    values |= {
        "fact_seed": str(run.seed),
        "fact_training": label["seconds"].format(n=f"{run.facts['training_time']:.1f}"),
    }
    return [[label[name], value] for name, value in values.items()]


def ranking(run: Run, language: str) -> str:
    """Return a sentence on how the run ranks its top words."""
    options = run.config["model_options"]
    if RANKED in run.facts:
        name, options = "ranked_as_theta", {}
    elif run.output.word_scores is None:
        name = "ranked_by_probability"
    elif "relevance" not in options:
        name = "ranked_by_scores"
    elif options.get("meaning_weight"):
        name = "ranked_by_meaning"
    elif options.get("coherence_weight"):
        name = "ranked_by_cooccurrence"
    else:
        name = "ranked_by_relevance"
    return labels_in(language)[name].format(**options)


def settings(run: Run, language: str) -> list[list[Any]]:
    """Return sections of names and values: options, versions, fingerprints."""
    label, config = labels_in(language), run.config
    sections = {
        label["settings_run"]: config["options"],
        run.model.title: config["model_options"],
        label["settings_versions"]: config["versions"],
        label["settings_fingerprints"]: config["fingerprints"],
    }
    return [[name, _texts(values)] for name, values in sections.items()]


def _texts(values: Mapping[str, Any]) -> list[list[str]]:
    return [[name, str(value)] for name, value in values.items() if value not in (None, [])]
