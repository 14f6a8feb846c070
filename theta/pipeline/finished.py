"""A finished run, ready for new documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta import storage
from theta.contracts import ModelInputs
from theta.errors import InvalidOption
from theta.layout import Places, RunFiles
from theta.models import MODELS
from theta.models.base import TopicModel
from theta.pipeline.preprocessing import Preprocessing, load_preprocessing, start_encoder
from theta.pipeline.results import options_from_json, read_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.embeddings.apply import TextEncoder


@dataclass(frozen=True)
class FinishedRun:
    """What a run needs to give topics to documents it has not seen. Holds no θ of the corpus.

    Attributes
    ----------
    files : RunFiles
    config : mapping
        config.json.
    model : TopicModel
    model_options : dataclass
        As trained.
    state : mapping of str to array
    topic_word : (n_topics, n_words)
    topics : sequence of mapping
        topic_words.json: number, share and top words of each topic.
    preprocessing : Preprocessing
    """

    files: RunFiles
    config: Mapping[str, Any]
    model: TopicModel
    model_options: Any
    state: Mapping[str, NDArray[Any]]
    topic_word: NDArray[np.float32]
    topics: Sequence[Mapping[str, Any]]
    preprocessing: Preprocessing

    @property
    def n_topics(self) -> int:
        """Number of topics."""
        return int(self.topic_word.shape[0])

    @property
    def topic_shares(self) -> NDArray[np.float64]:
        """Mean θ of the corpus: (n_topics,)."""
        return np.array([topic["share"] for topic in self.topics])

    def top_words(self, n: int) -> list[list[str]]:
        """Return the `n` top words of each topic, best first; as many as the run has saved."""
        return [[entry["word"] for entry in topic["words"][:n]] for topic in self.topics]

    def start_encoder(self, places: Places, device: str) -> TextEncoder | None:
        """Return the run's embedding model, loaded; None where the model reads counts alone."""
        facts = self.preprocessing.embedding
        return None if facts is None else start_encoder(facts, self.files, places, device)

    def doc_topic(self, inputs: ModelInputs, device: str = "cpu") -> NDArray[np.float32]:
        """Return θ of documents, (n_docs, n_topics): the posterior mean, each row on its own."""
        if not inputs.bow.shape[0]:
            return np.empty((0, self.n_topics), dtype=np.float32)
        weights = self.model.infer(self.state, self.model_options, inputs, device)
        return np.asarray(weights, dtype=np.float32)


def load_finished(files: RunFiles, remedy: str) -> FinishedRun:
    """Return a finished run, every file that is read checked.

    Parameters
    ----------
    files : RunFiles
    remedy : str
        The command that makes the run.

    Raises
    ------
    MissingFile
        If there is no finished run, or it is of another version.
    Damaged
        If a file is not what was written, or words and weights do not belong together.
    """
    manifest = storage.read_manifest(files.root, remedy)
    for path in (files.config, files.weights, files.topic_word, files.topic_words):
        storage.check_file(path, manifest)
    config = storage.read_json(files.config)
    preprocessing = load_preprocessing(files, manifest)
    topic_word = storage.read_array(files.topic_word)
    n_words = len(preprocessing.rules.vocabulary)
    if topic_word.shape[1] != n_words:
        raise storage.Damaged(
            f"{files.root}: the topics are over {topic_word.shape[1]} words, the vocabulary has "
            f"{n_words}; train anew: {remedy}"
        )
    model = MODELS[config["model"]]()
    return FinishedRun(
        files=files,
        config=config,
        model=model,
        model_options=options_from_json(model.Options, config["model_options"]),
        state=read_state(files)[0],
        topic_word=topic_word,
        topics=storage.read_json(files.topic_words),
        preprocessing=preprocessing,
    )


def refuse_contradictions(root: Any, typed: Iterable[str], asked: Any, trained: Any) -> None:
    """Raise `InvalidOption` if a typed option contradicts the options a run was trained with.

    Parameters
    ----------
    root : Path
        Of the run.
    typed : iterable of str
        Names of the options that were typed.
    asked, trained : dataclass
        The options of the model, as asked for now and as trained then.
    """
    contradictions: Sequence[str] = [
        f"--{option} {getattr(asked, option)} contradicts the run in {root}, "
        f"which was trained with {getattr(trained, option)}; leave it out or train anew"
        for option in sorted(set(typed) & vars(trained).keys())
        if getattr(asked, option) != getattr(trained, option)
    ]
    if contradictions:
        raise InvalidOption("\n".join(contradictions))
