"""How a run's documents became counts and vectors, kept in the run: new ones become the same."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theta import storage
from theta.contracts import TopicModelOutput
from theta.corpus.apply import CorpusRules
from theta.embeddings.apply import TextEncoder
from theta.embeddings.load import embedding_facts
from theta.embeddings.settings import NO_LIMIT, EmbeddingSettings
from theta.errors import InvalidOption
from theta.layout import EmbeddingFiles, ProjectPaths, RunFiles
from theta.options import declarations
from theta.options.prepare import EmbeddingOptions
from theta.pipeline.drift import make_reference
from theta.pipeline.prepared import Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRECOMPUTED = "given"
"""In place of a model: the vectors came from the user, not from a model of this program."""


@dataclass(frozen=True)
class Preprocessing:
    """All that makes new documents into what the model reads.

    Attributes
    ----------
    rules : CorpusRules
    embedding : mapping, optional
        `embedding_facts` of the vectors that the model was trained on; None where it reads none.
    reference : mapping of str to array
        `theta.pipeline.drift.make_reference` of the corpus.
    """

    rules: CorpusRules
    embedding: Mapping[str, Any] | None
    reference: Mapping[str, NDArray[Any]]


def save_preprocessing(
    files: RunFiles,
    prepared: Prepared,
    embedding_files: EmbeddingFiles | None,
    output: TopicModelOutput,
) -> None:
    """Write what new documents need beside the weights of a run.

    Parameters
    ----------
    files : RunFiles
    prepared : Prepared
    embedding_files : EmbeddingFiles, optional
        Of the vectors that the model reads; None where it reads counts alone.
    output : TopicModelOutput
    """
    facts = None if embedding_files is None else embedding_facts(embedding_files, "")
    record = {"corpus": CorpusRules.of_corpus(prepared.corpus_files).to_json(), "embedding": facts}
    storage.write_json(files.preprocessing, record)
    embeddings = None if embedding_files is None else prepared.embeddings
    reference = make_reference(prepared.corpus, embeddings, output.doc_topic, output.topic_word)
    storage.write_npz(files.reference, reference)
    if embedding_files is not None and embedding_files.adapter.is_dir():
        shutil.copytree(embedding_files.adapter, files.adapter)


def load_preprocessing(files: RunFiles, manifest: Mapping[str, Any]) -> Preprocessing:
    """Return what `save_preprocessing` wrote, each file checked against the manifest."""
    for path in (files.preprocessing, files.reference):
        storage.check_file(path, manifest)
    record = storage.read_json(files.preprocessing)
    try:
        rules, embedding = CorpusRules.from_json(record["corpus"]), record["embedding"]
    except (KeyError, TypeError) as error:
        raise storage.Damaged(f"{files.preprocessing} is damaged: it has no {error}") from error
    except storage.Damaged as error:
        raise storage.Damaged(f"{files.preprocessing} is damaged: {error}") from error
    return Preprocessing(rules, embedding, storage.read_npz(files.reference))


def start_encoder(
    facts: Mapping[str, Any], files: RunFiles, project: ProjectPaths, device: str
) -> TextEncoder:
    """Return the embedding model of a run, loaded.

    Raises
    ------
    MissingFile
        If it is not on this machine.
    InvalidOption
        If it is another one now, or the vectors of the run came from the user.
    """
    if facts["model"] == PRECOMPUTED:
        raise InvalidOption(
            "the run stands on vectors that were given from Python: no model makes such vectors "
            "of new texts; give theirs too: THETA.load(...).transform(texts, embeddings=...)"
        )
    recorded = {name: facts[name] for name in declarations(EmbeddingOptions) if name in facts}
    if recorded["max_length"] is None:  # the model reads whole texts, or the server cuts them
        recorded["max_length"] = NO_LIMIT
    # Never the model's own: records from before there were prompts were made without one.
    recorded["embedding_prompt"] = facts["space"].get("prompt", "")
    settings = EmbeddingSettings(
        **recorded,
        models_dir=project.models,
        device=device,
        progress=False,
        adapter=files.adapter if facts["finetune"] is not None else None,
    )
    return TextEncoder(settings, facts)
