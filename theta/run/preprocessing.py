"""How the documents of a run became counts and vectors, so that new documents become the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta import storage
from theta.contracts import TopicModelOutput
from theta.corpus.apply import CorpusRules
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
    from numpy.typing import NDArray

PRECOMPUTED = "given"
"""In place of a model: the vectors came from the user, not from a model of this program."""


@dataclass(frozen=True)
class Preprocessing:
    """All that turns new documents into what the model reads.

    Attributes
    ----------
    rules : CorpusRules
    embedding : mapping, optional
        `embedding_facts` of the vectors that the model was trained on; None where it reads none.
    reference : mapping of str to array
        `theta.run.reference.make_reference` of the corpus.
    """

    rules: CorpusRules
    embedding: Mapping[str, Any] | None
    reference: Mapping[str, NDArray[Any]]

    def record(self) -> dict[str, Any]:
        """Return what preprocessing.json holds."""
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
        The model reads the embeddings, not counts alone.
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


def start_encoder(
    facts: Mapping[str, Any], adapter: Path, project: ProjectPaths, device: str
) -> TextEncoder:
    """Return the embedding model of a run, loaded.

    Parameters
    ----------
    facts : mapping
        `Preprocessing.embedding`.
    adapter : Path
        The fine-tuned adapter, where `facts` has one.
    project : ProjectPaths
    device : str

    Raises
    ------
    MissingFile
        If it is not on this machine.
    InvalidOption
        If it is another model now, or the vectors of the run came from the user.
    """
    if facts["model"] == PRECOMPUTED:
        raise InvalidOption(
            "the run was trained on vectors passed from Python, and no model makes such vectors "
            "of new texts; pass theirs too: THETA.load(...).transform(texts, embeddings=...)"
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
    return TextEncoder(settings, facts)
