"""A run on disk: its arrays, tables and configuration."""

from __future__ import annotations

import csv
import json
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from theta import __version__, storage
from theta.contracts import Corpus, TopicModelOutput
from theta.corpus.ledger import SPREADSHEET_ENCODING, spreadsheet_cell
from theta.errors import MissingFile
from theta.layout import RunFiles
from theta.models import MODELS
from theta.models.base import TopicModel
from theta.options import Declaration, RunOptions, declarations, former_names
from theta.options.resolve import read_value
from theta.pipeline.predictions import predict_labels
from theta.pipeline.topic_table import topic_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOP_WORDS_SAVED = 50
"""Words per topic in topic_words.json; tables show the first ten."""

TOP_WORDS_SHOWN = 10

_WORD_SCORES = "word_scores"

_NOT_REPEATED = frozenset(
    {
        "checkpoint_every",
        "config",
        "dry_run",
        "json",
        "max_memory",
        "prepare",
        "quiet",
        "resume",
        "skip_eval",
        "skip_train",
        "skip_viz",
        "verbose",
    }
)
"""Options that do not change the topics, or whose effect the other options record."""

_LIBRARIES = ("numpy", "scipy", "torch", "scikit-learn", "transformers")


@dataclass(frozen=True)
class Topic:
    """One topic as people see it.

    Attributes
    ----------
    number : int
    share : float
        Mean of the topic's weight over all documents.
    words : tuple of str
        Its top words, best first.
    name : str
        Of a topic that was given seed words, else empty.
    """

    number: int
    share: float
    words: tuple[str, ...]
    name: str = ""


def describe_topics(
    output: TopicModelOutput, vocabulary: Sequence[str], n_words: int = TOP_WORDS_SHOWN
) -> list[Topic]:
    """Return the topics, largest share first."""
    shares = output.doc_topic.mean(axis=0, dtype=np.float64)
    top = output.top_words(n_words)
    order = np.argsort(-shares, kind="stable").tolist()
    names = {topic: guided["name"] for topic, guided in guided_topics(output).items()}
    return [
        Topic(k, float(shares[k]), tuple(vocabulary[v] for v in top[k]), names.get(k, ""))
        for k in order
    ]


def guided_topics(output: TopicModelOutput) -> dict[int, Mapping[str, Any]]:
    """Return what is known of the topics that were given seed words, by their number."""
    return {guided["topic"]: guided for guided in output.facts.get("seed_words", ())}


def describe_ranks(guided: Mapping[str, Any]) -> str:
    """Return in one line at which rank each seed word of a topic ended."""
    text = ", ".join(f"{word} {rank}" for word, rank in guided["ranks"].items())
    if guided["not_in_vocabulary"]:
        text += f"; not in the vocabulary: {', '.join(guided['not_in_vocabulary'])}"
    return text


def save_output(files: RunFiles, output: TopicModelOutput, corpus: Corpus) -> None:
    """Write a trained model: weights, history, matrices and topics."""
    from safetensors.numpy import save_file

    files.checkpoints.mkdir(parents=True, exist_ok=True)
    state = {name: np.ascontiguousarray(array) for name, array in output.state.items()}
    if output.word_scores is not None:
        state[_WORD_SCORES] = np.ascontiguousarray(output.word_scores)
    save_file(state, files.weights)
    storage.write_json(files.history, {"epochs": list(output.history), "facts": dict(output.facts)})
    np.save(files.doc_topic, output.doc_topic)
    np.save(files.topic_word, output.topic_word)
    if output.topic_embeddings is not None:
        np.save(files.topic_embeddings, output.topic_embeddings)
    _write_topic_words(files, output, corpus.vocabulary)
    _write_topics_table(files, output, corpus.vocabulary)


def load_output(files: RunFiles, manifest: Mapping[str, Any]) -> TopicModelOutput:
    """Return what `save_output` wrote, each file checked against the manifest."""
    for path in (files.doc_topic, files.topic_word, files.weights, files.history):
        storage.check_file(path, manifest)
    topic_embeddings = None
    if files.topic_embeddings.exists():
        storage.check_file(files.topic_embeddings, manifest)
        topic_embeddings = storage.read_array(files.topic_embeddings)
    state, word_scores = read_state(files)
    with storage.belonging_together(files.root):
        history = storage.read_json(files.history)
        return TopicModelOutput(
            doc_topic=storage.read_array(files.doc_topic),
            topic_word=storage.read_array(files.topic_word),
            word_scores=word_scores,
            topic_embeddings=topic_embeddings,
            history=history["epochs"],
            state=state,
            facts=history["facts"],
        )


def read_state(files: RunFiles) -> tuple[dict[str, NDArray[Any]], NDArray[Any] | None]:
    """Return the weights of a run and, where topics are not ranked by β, their word scores."""
    from safetensors.numpy import load_file

    state = load_file(files.weights)
    return state, state.pop(_WORD_SCORES, None)


def write_document_table(
    files: RunFiles, documents: Iterable[Mapping[str, Any]], output: TopicModelOutput
) -> None:
    """Write doc_topics.csv: id, the user's columns, all weights, the dominant topic's again.

    A supervised run adds the label that it tells of each document, and how probable it is.

    Parameters
    ----------
    files : RunFiles
    documents : iterable of mapping
        One per row of θ: ``id`` first, then the user's columns, as text.
    output : TopicModelOutput
    """
    dominant = output.doc_topic.argmax(axis=1)
    weight = output.doc_topic.max(axis=1)
    told = predict_labels(output)
    head = [*topic_columns(output.doc_topic.shape[1]), "dominant_topic", "dominant_weight"]
    if told is not None:
        head += ["predicted_label", "predicted_probability"]
    with files.doc_topics_table.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle:
        writer = csv.writer(handle)
        for row, document in enumerate(documents):
            if row == 0:
                # The user's table may itself have come from a run.
                own = [f"{name}_input" if name in head else name for name in document]
                writer.writerow([*map(spreadsheet_cell, own), *head])
            cells = [spreadsheet_cell(value) for value in document.values()]
            cells += [f"{share:.6f}" for share in output.doc_topic[row].tolist()]
            cells += [str(dominant[row]), f"{weight[row]:.6f}"]
            if told is not None:
                label = spreadsheet_cell(told.names[told.codes[row]])
                cells += [label, f"{told.probabilities[row]:.6f}"]
            writer.writerow(cells)


def describe_run(
    *,
    model: str,
    options: Any,
    model_options: Any,
    device: str,
    seed: int,
    fingerprints: Mapping[str, str],
) -> dict[str, Any]:
    """Return config.json: all that is needed to do the run again."""
    return {
        "theta": __version__,
        "model": model,
        "seed": seed,
        "device": device,
        "options": _json_ready(asdict(options)),
        "model_options": _json_ready(asdict(model_options)),
        "fingerprints": dict(fingerprints),
        "versions": library_versions(),
        "git_commit": _git_commit(),
        "command": sys.argv,
    }


def repeat_command(config: Mapping[str, Any]) -> str:
    """Return the command that makes the run of a config.json again."""
    model = model_of(config)
    model_options: type = model.Options
    words = ["python", "run_pipeline.py"]
    options = {**config["options"], "seeds": None, "seed": config["seed"], "models": [model.name]}
    for declared, values in (
        (declarations(RunOptions), options),
        (declarations(model_options), config["model_options"]),
    ):
        for name, value in values.items():
            if name in declared and name not in _NOT_REPEATED:
                words += _typed(declared[name], value)
    return shlex.join(words)


def _typed(declaration: Declaration, value: Any) -> list[str]:
    """Return the words that give an option a value; none if it is the default."""
    default = _json_ready({"": declaration.default})[""]
    if value == default or value is None:
        return []
    if declaration.kind is bool:
        return [declaration.flag if value else declaration.negative_flags[0]]
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return [declaration.flag, text]


def library_versions() -> dict[str, str]:
    """Return the versions of what the numbers of a run depend on."""
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return {"theta": __version__, "python": platform.python_version(), **versions}


def options_from_json(options: type, values: Mapping[str, Any]) -> Any:
    """Return the options that `describe_run` wrote, with the types they are declared with.

    Raises
    ------
    MissingFile
        If they are not those of this version.
    """
    declared, former = declarations(options), former_names(options)
    empty = {"[]": (), "null": None}
    found = {}
    for name, value in values.items():
        name = former.get(name, name)
        try:
            known = json.dumps(value) in empty
            found[name] = empty[json.dumps(value)] if known else read_value(declared[name], value)
        except (KeyError, ValueError) as error:
            raise MissingFile(
                f"the run was made by another version of THETA, with {name} = {value}, which this "
                "one does not know: train it anew"
            ) from error
    return options(**found)


def model_of(config: Mapping[str, Any]) -> type[TopicModel]:
    """Return the model of a config.json.

    Raises
    ------
    MissingFile
        If this version has no such model.
    """
    model = MODELS.get(config["model"])
    if model is None:
        raise MissingFile(
            f"the run is of {config['model']}, a model of another version of THETA; this one has "
            f"{', '.join(MODELS)}"
        )
    return model


def _json_ready(values: Mapping[str, Any]) -> dict[str, Any]:
    def ready(value: Any) -> Any:
        if isinstance(value, Path):
            return str(value)
        return [ready(item) for item in value] if isinstance(value, (list, tuple)) else value

    return {name: ready(value) for name, value in values.items()}


def _git_commit() -> str | None:
    """Return the commit of the program's own checkout, if it is one."""
    source = Path(__file__).resolve().parents[2]
    if not (source / ".git").exists():
        return None
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=source, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None  # git is not installed; the version number stands in config.json all the same
    return answer.stdout.strip() or None


def _write_topic_words(
    files: RunFiles, output: TopicModelOutput, vocabulary: Sequence[str]
) -> None:
    scores = output.topic_word if output.word_scores is None else output.word_scores
    shares = output.doc_topic.mean(axis=0, dtype=np.float64)
    guided = guided_topics(output)
    topics = [
        {
            "topic": k,
            "share": round(float(shares[k]), 6),
            **_guidance(guided.get(k)),
            "words": [
                {
                    "word": vocabulary[v],
                    "score": float(scores[k, v]),
                    "probability": float(output.topic_word[k, v]),
                }
                for v in top
            ],
        }
        for k, top in enumerate(output.top_words(TOP_WORDS_SAVED))
    ]
    storage.write_json(files.topic_words, topics)


def _guidance(guided: Mapping[str, Any] | None) -> dict[str, Any]:
    if guided is None:
        return {}
    return {
        "name": guided["name"],
        "seed_word_ranks": guided["ranks"],
        "seed_words_not_in_vocabulary": guided["not_in_vocabulary"],
    }


def _write_topics_table(
    files: RunFiles, output: TopicModelOutput, vocabulary: Sequence[str]
) -> None:
    with files.topics_table.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle:
        writer = csv.writer(handle)
        guided = guided_topics(output)
        head = ["id", "share", "top_words"]
        writer.writerow([*head, "name", "seed_word_ranks"] if guided else head)
        for topic in describe_topics(output, vocabulary):
            words = spreadsheet_cell(" ".join(topic.words))
            row = [str(topic.number), f"{topic.share:.6f}", words]
            if guided:
                known = guided.get(topic.number)
                ranks = "" if known is None else describe_ranks(known)
                row += [spreadsheet_cell(topic.name), spreadsheet_cell(ranks)]
            writer.writerow(row)
