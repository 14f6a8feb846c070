"""The methods paragraph of a run: each sentence is made of what the run records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from theta.effects.summary import draws_text
from theta.models.base import LearnsLabels
from theta.models.baseline_options import AUTO
from theta.paper.references import CITED, OF_METRIC, OF_MODEL
from theta.relations.summary import method as relations_method
from theta.run import Run
from theta.trends.summary import method as trends_method


def paragraph(run: Run, corpus: Mapping[str, Any]) -> str:
    """Return the methods paragraph.

    Parameters
    ----------
    run : Run
    corpus : mapping
        What the manifest of the prepared corpus stands on: its settings and report.
    """
    sentences = [
        *_of_corpus(corpus),
        *_of_model(run),
        *_of_analyses(run),
        *_of_metrics(run),
        *_of_versions(run),
    ]
    return " ".join(sentences)


def cited_keys(run: Run) -> list[str]:
    """Return the keys of the references that the paragraph cites, each once."""
    keys = [*OF_MODEL.get(run.model.name, ())]
    for metric in run.metrics:
        if metric.value is not None:
            keys += OF_METRIC.get(metric.name, ())
    return list(dict.fromkeys(keys))


def _cite(keys: tuple[str, ...]) -> str:
    return f" ({'; '.join(CITED[key] for key in keys)})" if keys else ""


def _of_corpus(corpus: Mapping[str, Any]) -> Iterator[str]:
    report, settings = corpus["report"], corpus["settings"]
    dropped = sum(report["dropped"].values())
    reasons = ", ".join(f"{n:,} {reason}" for reason, n in report["dropped"].items())
    yield f"The corpus has {report['documents']:,} documents" + (
        f" of {report['rows']:,} rows; {dropped:,} were dropped ({reasons})." if dropped else "."
    )
    languages = ", ".join(report.get("languages") or [report["language"]])
    yield (
        f"Texts (language: {languages}) were split into words by {report['segmenter']}; "
        f"the vocabulary has {report['words']:,} words, which occur in at least "
        f"{report['min_df']} training documents and in at most {settings['max_df']:.0%} of them, "
        f"and cover {report['coverage']:.1%} of the counted word occurrences."
    )
    done = [
        text
        for name, text in (
            ("lowercase", "lower-cased"),
            ("lemmatize", "lemmatised"),
            ("phrases", "joined into frequent phrases"),
            ("clean", "cleaned of markup and addresses (--clean)"),
            ("drop_boilerplate", "freed of passages that many documents share"),
        )
        if settings.get(name)
    ]
    if done:
        yield f"The texts were {', '.join(done)}."
    yield (
        f"{report['train']:,} documents were for training, {report['validation']:,} for "
        f"validation and {report['test']:,} held out."
    )


def _of_model(run: Run) -> Iterator[str]:
    mode = run.config["options"]["mode"]
    cited = _cite(OF_MODEL.get(run.model.name, ()))
    found = f"{run.num_topics} topics"
    yield f"We trained {run.model.title}{cited} with {found}, seed {run.seed}."
    if run.topic_count is not None:
        yield "The number of topics was estimated from the corpus (--num_topics auto)."
    if run.preprocessing.embedding is not None:
        yield (
            f"Documents were represented by embeddings of the model "
            f"{run.preprocessing.embedding['model']} ({mode.replace('_', '-')})."
        )
    if run.edits:
        yield f"The topics were then edited by hand ({len(run.edits)} steps)."
    model, idle = run.model, {}
    if isinstance(model, LearnsLabels):
        idle = dict(model.idle_options(run.model_options, mode))
    # What was chosen automatically is among the facts of the training.
    settings = ", ".join(
        f"{name} {run.facts.get(name, value) if value == AUTO else value}"
        for name, value in run.config["model_options"].items()
        if value not in (None, [], "") and name not in idle
    )
    yield f"Settings: {settings}."


def _of_analyses(run: Run) -> Iterator[str]:
    effects = run.effects
    if effects is not None:
        yield (
            f"Effects of {effects.formula} on topic shares were estimated from "
            f"{effects.n_docs:,} documents (response: {effects.response}; standard errors "
            f"{effects.errors}; {draws_text(effects.n_draws, effects.posterior)})."
        )
        if effects.calibration is not None:
            yield effects.calibration.describe()
    if run.trends is not None:
        yield trends_method(run.trends)
    if run.relations is not None:
        yield relations_method(run.relations)


def _of_metrics(run: Run) -> Iterator[str]:
    for metric in run.metrics:
        if metric.value is None:
            continue
        interval = ""
        if metric.interval is not None:
            low, high = metric.interval
            interval = f", 95 % interval {_number(low)} to {_number(high)}"
        cited = _cite(OF_METRIC.get(metric.name, ()))
        yield f"{metric.name} is {_number(metric.value)}{interval}{cited}: {metric.definition}."


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _of_versions(run: Run) -> Iterator[str]:
    versions = ", ".join(f"{name} {value}" for name, value in run.config["versions"].items())
    yield f"Software: {versions}; device {run.config['device']}."
