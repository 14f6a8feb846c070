"""A finished run, ready for new documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta import storage
from theta.contracts import ModelInputs
from theta.corpus.apply import CountedTexts
from theta.errors import InvalidOption
from theta.layout import ProjectPaths, RunFiles
from theta.models.base import TopicModel
from theta.models.covariates import Design
from theta.models.label_head import label_probabilities
from theta.pipeline.predictions import Predictions
from theta.pipeline.preprocessing import Preprocessing, load_preprocessing, start_encoder
from theta.pipeline.results import model_of, options_from_json, read_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.embeddings.apply import TextEncoder


class TransformResult(NamedTuple):
    """What a run says of some texts.

    Attributes
    ----------
    counted : CountedTexts
        All of them.
    rows : (n,) int
        The texts that have content; what follows is of these, in this order.
    inputs : ModelInputs
    doc_topic : (n, num_topics) float32
        θ.
    """

    counted: CountedTexts
    rows: NDArray[np.intp]
    inputs: ModelInputs
    doc_topic: NDArray[np.float32]

    def all_rows(self) -> NDArray[np.float32]:
        """Return θ of all texts, NaN where there is no content: (n_texts, num_topics)."""
        weights = np.full(
            (len(self.counted.texts), self.doc_topic.shape[1]), np.nan, dtype=np.float32
        )
        weights[self.rows] = self.doc_topic
        return weights


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
    topic_word : (num_topics, n_words)
    word_scores : (num_topics, n_words), optional
        What ranks top words where that is not β.
    label_names : tuple of str, optional
        What a supervised run predicts.
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
    word_scores: NDArray[np.float32] | None
    label_names: tuple[str, ...] | None
    topics: Sequence[Mapping[str, Any]]
    preprocessing: Preprocessing

    @property
    def num_topics(self) -> int:
        """Number of topics."""
        return int(self.topic_word.shape[0])

    @cached_property
    def design(self) -> Design | None:
        """How the model reads covariates; None if it needs none."""
        return Design.of_state(self.state)

    @property
    def topic_shares(self) -> NDArray[np.float64]:
        """Mean θ of the corpus: (num_topics,)."""
        return np.array([topic["share"] for topic in self.topics])

    def top_words(self, n: int) -> list[list[str]]:
        """Return the `n` top words of each topic, best first."""
        vocabulary = self.preprocessing.rules.vocabulary
        scores = self.topic_word if self.word_scores is None else self.word_scores
        ranked = np.argsort(-scores, axis=1, kind="stable")[:, :n]
        return [[vocabulary[word] for word in words] for words in ranked.tolist()]

    def start_encoder(self, project: ProjectPaths, device: str) -> TextEncoder | None:
        """Return the run's embedding model, loaded; None where the model reads counts alone."""
        facts = self.preprocessing.embedding
        return None if facts is None else start_encoder(facts, self.files, project, device)

    def apply(
        self,
        texts: Sequence[str],
        vectors: TextEncoder | NDArray[np.floating[Any]] | None,
        device: str = "cpu",
        times: Sequence[str | None] | None = None,
        covariates: Mapping[str, NDArray[Any]] = MappingProxyType({}),
    ) -> TransformResult:
        """Return the posterior mean of θ of some texts, each on its own.

        Parameters
        ----------
        texts : sequence of str
        vectors : TextEncoder or (n_texts, dim) array, optional
            What embeds the texts, or their vectors; None where the model reads counts alone.
        device : str
        times : sequence of (str or None), optional
            ISO dates, for models that need them.
        covariates : mapping of str to (n_texts,) array
            Those of `design`, for models that need them.
        """
        counted = self.preprocessing.rules.count(texts)
        rows = np.flatnonzero([bool(text) for text in counted.texts])
        if vectors is None or isinstance(vectors, np.ndarray):
            embeddings = None if vectors is None else vectors[rows]
        else:
            embeddings = vectors.encode([counted.texts[row] for row in rows.tolist()])
        days = None
        if times is not None:
            days = np.array([times[row] for row in rows.tolist()], dtype="datetime64[D]")
        chosen = {name: values[rows] for name, values in covariates.items()}
        inputs = ModelInputs(counted.bow[rows], embeddings, days, chosen)
        return TransformResult(counted, rows, inputs, self.doc_topic(inputs, device))

    def doc_topic(self, inputs: ModelInputs, device: str = "cpu") -> NDArray[np.float32]:
        """Return θ of documents as the model reads them: (n_docs, num_topics)."""
        if not inputs.bow.shape[0]:
            return np.empty((0, self.num_topics), dtype=np.float32)
        weights = self.model.infer(self.state, self.model_options, inputs, device)
        return np.asarray(weights, dtype=np.float32)

    def predict(self, doc_topic: NDArray[np.float32]) -> Predictions | None:
        """Return the most probable label of each row of θ; None of a run without labels."""
        chances = label_probabilities(self.state, doc_topic)
        if chances is None or self.label_names is None:
            return None
        return Predictions(self.label_names, chances.argmax(axis=1), chances.max(axis=1))


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
    with storage.with_fix_hint(remedy):
        manifest = storage.read_manifest(files.root, remedy)
        read = (files.config, files.weights, files.topic_word, files.topic_words, files.history)
        for path in read:
            storage.check_file(path, manifest)
        config = storage.read_json(files.config)
        preprocessing = load_preprocessing(files, manifest)
        topic_word = storage.read_array(files.topic_word)
        n_words = len(preprocessing.rules.vocabulary)
        if topic_word.shape[1] != n_words:
            raise storage.Damaged(
                f"{files.root}: the topics are over {topic_word.shape[1]} words, the vocabulary "
                f"has {n_words}"
            )
        model = model_of(config)()
        state, word_scores = read_state(files)
        labels = storage.read_json(files.history)["facts"].get("labels")
        return FinishedRun(
            files=files,
            config=config,
            model=model,
            model_options=options_from_json(model.Options, config["model_options"]),
            state=state,
            topic_word=topic_word,
            word_scores=word_scores,
            label_names=None if labels is None else tuple(labels),
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
