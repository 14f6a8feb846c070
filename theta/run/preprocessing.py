"""How documents become counts and vectors, recorded so that new documents are treated alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta import storage
from theta.contracts import TopicModelOutput
from theta.corpus.apply import CorpusRules
from theta.devices.threads import embedding_threads
from theta.embeddings.apply import TextEncoder
from theta.embeddings.load import embedding_facts
from theta.embeddings.settings import AUTO, NO_LIMIT, EmbeddingSettings, choose_batch_size
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.options import declarations
from theta.options.prepare import EmbeddingOptions
from theta.run.prepared import Prepared
from theta.run.reference import make_reference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRECOMPUTED = "given"
"""Recorded in place of a model's name when the user supplied the vectors."""


@dataclass(frozen=True)
class Preprocessing:
    """Everything needed to turn new documents into model inputs.

    Attributes
    ----------
    rules : CorpusRules
    embedding : mapping, optional
        `embedding_facts` of the vectors that the model was trained on; None if it reads none.
    reference : mapping of str to array
        Result of `theta.run.reference.make_reference` for the corpus.
    """

    rules: CorpusRules
    embedding: Mapping[str, Any] | None
    reference: Mapping[str, NDArray[Any]]

    def record(self) -> dict[str, Any]:
        """Return the content of preprocessing.json."""
        return {"corpus": self.rules.to_json(), "embedding": self.embedding}


def make_preprocessing(
    prepared: Prepared, output: TopicModelOutput, *, with_embeddings: bool
) -> Preprocessing:
    """Return the preprocessing of a run that was just made.

    Parameters
    ----------
    prepared : Prepared
    output : TopicModelOutput
    with_embeddings : bool
        Whether the model reads the embeddings.
    """
    facts, embeddings = None, None
    if with_embeddings and prepared.embedding_files is not None:
        facts = embedding_facts(prepared.embedding_files, "")
        embeddings = prepared.embeddings
    return Preprocessing(
        CorpusRules.of_corpus(prepared.corpus_files),
        facts,
        make_reference(prepared.corpus, embeddings, output.doc_topic, output.topic_word),
    )


def read_preprocessing(path: Path, reference: Path) -> Preprocessing:
    """Return the content of preprocessing.json and reference.npz."""
    record = storage.read_json(path)
    try:
        rules, embedding = CorpusRules.from_json(record["corpus"]), record["embedding"]
    except (KeyError, TypeError) as error:
        raise storage.Damaged(f"{path} is damaged: it has no {error}") from error
    except storage.Damaged as error:
        raise storage.Damaged(f"{path} is damaged: {error}") from error
    return Preprocessing(rules, embedding, storage.read_npz(reference))


def embed_texts(
    prepared: Prepared, texts: Sequence[str], *, device: str, threads: int | str
) -> NDArray[np.float16]:
    """Return the vectors of texts in the space of the embeddings of a data set: (n_texts, dim).

    Parameters
    ----------
    prepared : Prepared
    texts : sequence of str
    device : str
    threads : int or "auto"
        As ``--threads``.

    Raises
    ------
    MissingFile
        If the encoder is not on this machine.
    InvalidOption
        If it has changed, or the user supplied the vectors.
    """
    files = prepared.embedding_files
    facts = None if files is None else embedding_facts(files, "")
    if files is None or facts is None or facts["model"] == PRECOMPUTED:
        raise InvalidOption(
            "--topics needs the encoder of the documents, but their vectors were passed from "
            "Python: name expected topics by --seed_words, or leave the vectors out"
        )
    encoder = start_encoder(
        facts, files.adapter, prepared.project, device, embedding_threads(threads)
    )
    return encoder.encode(texts)


def start_encoder(
    facts: Mapping[str, Any],
    adapter: Path,
    project: ProjectPaths,
    device: str,
    threads: int | None = None,
) -> TextEncoder:
    """Load the embedding model of a run.

    Parameters
    ----------
    facts : mapping
        `Preprocessing.embedding`.
    adapter : Path
        Folder of the fine-tuned adapter, if `facts` records one.
    project : ProjectPaths
    device : str
    threads : int, optional
        Number of CPU threads to embed with; by default as many as torch is set to.

    Raises
    ------
    MissingFile
        If it is not on this machine.
    InvalidOption
        If the model has changed, or the user supplied the vectors of the run.
    """
    if facts["model"] == PRECOMPUTED:
        raise InvalidOption(
            "the run was trained on vectors passed from Python, which no model can make for new "
            "texts; pass their vectors too: THETA.load(...).transform(texts, embeddings=...)"
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
        batch_size=choose_batch_size(AUTO, device, facts["embedding_api_base"]),
        adapter=adapter if facts["finetune"] is not None else None,
    )
    return TextEncoder(settings, facts, threads)
