"""Write a run: its topics, tables and configuration, and the state for new documents."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from theta import storage
from theta.contracts import ModelTable
from theta.corpus.ledger import SPREADSHEET_ENCODING, spreadsheet_cell
from theta.evaluation import meaning
from theta.layout import RunFiles
from theta.pipeline.csv_tables import csv_cell, write_csv
from theta.pipeline.health import describe_health
from theta.pipeline.topic_table import DOMINANT, DOMINANT_NAME, FITS, topic_columns
from theta.run import Run
from theta.run.described import MetDescription
from theta.run.folder import write_weights
from theta.run.naming import names_record
from theta.run.topics import TOP_WORDS_SAVED, describe_ranks


def keep(
    run: Run, files: RunFiles, documents: Iterable[Mapping[str, Any]], adapter: Path | None
) -> None:
    """Write a run that was just trained.

    Parameters
    ----------
    run : Run
    files : RunFiles
        Where to write.
    documents : iterable of mapping
        One per row of θ: ``row_id`` first, then the user's columns and the text.
    adapter : Path, optional
        Folder of the fine-tuned adapter of the embedding model.
    """
    output = run.output
    files.checkpoints.mkdir(parents=True, exist_ok=True)
    write_weights(files.weights, output.state, output.word_scores)
    training = {"epochs": list(output.history), "facts": dict(output.facts)}
    storage.write_json(files.history, {**training, "health": describe_health(run)})
    np.save(files.doc_topic, output.doc_topic)
    np.save(files.topic_word, output.topic_word)
    if output.topic_embeddings is not None:
        np.save(files.topic_embeddings, output.topic_embeddings)
    write_names(files, run)
    write_topics(files.topics_table, run)
    storage.write_json(files.preprocessing, run.preprocessing.record())
    storage.write_npz(files.reference, run.preprocessing.reference)
    if adapter is not None:
        shutil.copytree(adapter, files.adapter)
    write_document_table(files.doc_topics_table, run, documents)
    write_model_tables(files, run.tables)
    storage.write_json(files.config, run.config)


def adapter_of(run: Run) -> Path | None:
    """Return the folder of the fine-tuned adapter that made the vectors of a run, if any."""
    if run.preprocessing.embedding is None:
        return None
    adapter = run.files.adapter
    if run.folder is None and run.prepared.embedding_files is not None:
        adapter = run.prepared.embedding_files.adapter
    return adapter if adapter.is_dir() else None


def write_names(files: RunFiles, run: Run) -> None:
    """Write the automatic names, and the top words with the name of each topic."""
    storage.write_json(files.topic_names, names_record(run.automatic_names))
    storage.write_json(files.hierarchy, run.hierarchy.to_json())
    storage.write_json(files.topic_words, _topic_words(run))


def _topic_words(run: Run) -> list[dict[str, Any]]:
    """Return the content of topic_words.json."""
    output, numbers = run.output, run.numbers
    described = {met.topic: met for met in run.described}
    scores = output.topic_word if output.word_scores is None else output.word_scores
    return [
        {
            "topic": numbers[k],
            "share": round(float(run.shares[k]), 6),
            "documents": int(run.health.documents[k]),
            **({"name": run.names[k]} if run.names[k] else {}),
            **_guidance(run.guided.get(numbers[k])),
            **_description(described.get(numbers[k])),
            "words": [
                {
                    "word": run.vocabulary[v],
                    **({} if run.forms is None else {"shown": text}),
                    "score": float(scores[k, v]),
                    "probability": float(output.topic_word[k, v]),
                }
                for v, (text, _) in zip(top, run.topic_words[k], strict=True)
            ],
        }
        for k, top in enumerate(run.top_words(TOP_WORDS_SAVED))
    ]


def _guidance(guided: Mapping[str, Any] | None) -> dict[str, Any]:
    if guided is None:
        return {}
    return {
        "seed_word_ranks": guided["ranks"],
        "seed_words_not_in_vocabulary": guided["not_in_vocabulary"],
    }


def _description(met: MetDescription | None) -> dict[str, Any]:
    if met is None:
        return {}
    return {
        "description": met.description,
        "fitting_documents": met.fitting,
        "fit_threshold": met.threshold,
        "similarity_to_description": met.similarity,
        "similarity_of_other_documents": met.others,
        "description_word_ranks": dict(met.ranks),
    }


def write_topics(path: Path, run: Run) -> None:
    """Write a row per topic: share, documents, words, flags, guidance, and what readers say.

    What readers say is expected, if the run has metrics, or known from coders.
    """
    described = {met.topic: met for met in run.described}
    judged = [metric for metric in run.metrics if metric.name in meaning.METRICS]
    judged = [metric for metric in [*judged, *run.coded_metrics] if metric.per_topic is not None]
    columns = ["id", "share", "documents", "top_words", "flags"]
    columns += ["name", "name_source"] if any(run.names) else []
    columns += ["seed_word_ranks"] if run.guided else []
    columns += ["description", "fitting_documents"] if run.described else []
    rows = []
    for topic in run.topics:
        at = run.numbers.index(topic.number)
        flags = " ".join(flag.name for flag in run.topic_flags if topic.number in flag.topics)
        row: list[object] = [topic.number, f"{topic.share:.6f}", topic.documents]
        row += [" ".join(topic.words), flags]
        if any(run.names):
            row += [topic.name, run.name_sources[at]]
        if run.guided:
            known = run.guided.get(topic.number)
            row.append(None if known is None else describe_ranks(known))
        if run.described:
            met = described.get(topic.number)
            row += [None, None] if met is None else [met.description, met.fitting]
        rows.append([*row, *(metric.per_topic[at] for metric in judged if metric.per_topic)])
    write_csv(path, [*columns, *(metric.name for metric in judged)], rows)


def write_first_halves(files: RunFiles, run: Run) -> None:
    """Write θ of the first halves of the test documents, if it has been inferred."""
    if run.first_halves is not None:
        np.save(files.first_halves, run.first_halves)


def write_document_table(path: Path, run: Run, documents: Iterable[Mapping[str, Any]]) -> None:
    """Write the user's columns, all weights, the dominant topic, and what it fits and predicts."""
    doc_topic, predictions = run.doc_topic, run.predictions
    dominant = doc_topic.argmax(axis=1)
    weight = doc_topic.max(axis=1)
    header = [*topic_columns(run.numbers), DOMINANT, "dominant_weight"]
    header += [DOMINANT_NAME] if any(run.names) else []
    header += [FITS] if run.fits is not None else []
    if predictions is not None:
        header += ["predicted_label", "predicted_probability"]
    shares = ",".join(["%.6f"] * len(run.numbers))
    with path.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle:
        for row, document in enumerate(documents):
            if row == 0:
                # The user's table may itself be the output of a run.
                own = [f"{name}_input" if name in header else name for name in document]
                names = [*map(spreadsheet_cell, own), *header]
                handle.write(",".join(map(csv_cell, names)) + "\r\n")
            topic = int(dominant[row])
            cells = [csv_cell(spreadsheet_cell(value)) for value in document.values()]
            cells.append(shares % tuple(doc_topic[row].tolist()))
            cells += [str(run.numbers[topic]), f"{weight[row]:.6f}"]
            if any(run.names):
                cells.append(csv_cell(spreadsheet_cell(run.names[topic])))
            if run.fits is not None:
                cells.append(csv_cell(spreadsheet_cell(run.fits[row])))
            if predictions is not None:
                label = spreadsheet_cell(predictions.names[predictions.codes[row]])
                cells += [csv_cell(label), f"{predictions.probabilities[row]:.6f}"]
            handle.write(",".join(cells) + "\r\n")


def write_model_tables(files: RunFiles, tables: Sequence[ModelTable]) -> None:
    """Write the tables that only some models have."""
    for table in tables:
        write_csv(files.model_table(table.name), table.columns, table.rows)


def carry_kits(old: RunFiles, new: RunFiles) -> None:
    """Copy the keys of kits into a run that replaces another one.

    Coders may be at work, and without the key their answers could not even be recognised.
    """
    if old.manifest.is_file():
        for key in old.intrusion_keys:
            new.intrusion.mkdir(exist_ok=True)
            shutil.copyfile(key, new.intrusion / key.name)
