"""Embedding through a server that speaks the OpenAI embeddings protocol."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from theta.embeddings.api_answers import read_answer
from theta.embeddings.api_client import ApiServer, one_line
from theta.embeddings.pieces import Pieces, cut_texts, estimated_tokens
from theta.embeddings.settings import NO_LIMIT, EmbeddingSettings
from theta.embeddings.shard_jobs import Embedded, ShardJob
from theta.errors import InvalidOption, ThetaError

log = logging.getLogger(__name__)

_REQUESTS_AT_ONCE = 8

_SPECIAL_TOKENS = 2
"""Tokens that a server's model puts around a text: one before and one after, as most do."""

PROBES = ("music history science people", "water language city money")
"""Two texts of one length: all of these words are single tokens of the usual vocabularies."""

_SAME = 0.99
"""Cosine above which two vectors are those of one text, computed in different batches."""

_NOISE = 1e-4
"""Differences of cosines below this say nothing."""

_ENOUGH_TO_JUDGE = 8
"""Different texts that must have the same vector before a server is called broken: a few words may
all be unknown to a model."""

_ABOUT_LENGTH = re.compile(r"length|long|large|token|context|exceed|limit", re.IGNORECASE)


class _BatchRefused(ThetaError):
    """A server refuses several texts that came together."""


class TextRefused(InvalidOption):
    """A server refuses one text.

    Parameters
    ----------
    message : str
    text : str
        The text, or the piece of it, that was sent.
    """

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


def say_if_texts_leave(settings: EmbeddingSettings) -> None:
    """Tell the user, before anything else, that texts leave this process and where they go."""
    if settings.embedding_api_base is not None:
        log.warning(
            "Texts leave this process: they are sent to %s, to be embedded by %s.",
            settings.embedding_api_base,
            settings.embedding_model,
        )


class ApiEngine:
    """A server: vLLM, TEI, Ollama, a cloud.

    A text is cut before it is sent, by tokens estimated from its letters, since a server does not
    give its tokenizer.

    Parameters
    ----------
    settings : EmbeddingSettings
        With `embedding_api_base` and `embedding_model`.

    Raises
    ------
    InvalidOption
        If the server's address is not a URL, the variable that should hold the key is not set, or
        `max_length` is too small.
    ThetaError
        If the client is not installed.
    """

    def __init__(self, settings: EmbeddingSettings) -> None:
        self._settings = settings
        self._server = str(settings.embedding_api_base)
        self._prompt = settings.embedding_prompt or ""
        self._dim: int | None = None
        self._capacity = _capacity(settings.max_length, self._prompt)
        self._api = ApiServer(
            self._server,
            str(settings.embedding_model),
            settings.embedding_api_key_env,
            "--embedding_api",
            "--embedding_model",
        )
        self._client = self._api.connect()

    def embed(self, jobs: Iterator[ShardJob]) -> Iterator[Embedded]:
        """Yield the shards embedded, in order.

        Of a shard in which a request fails, the texts of the other requests are yielded before the
        error is raised: what was paid for is kept.
        """
        with ThreadPoolExecutor(_REQUESTS_AT_ONCE, thread_name_prefix="api") as pool:
            for job in jobs:
                if self._dim is None:
                    self._probe()
                cut = cut_texts(
                    job.texts,
                    estimated_tokens,
                    self._capacity,
                    all_pieces=self._settings.long_docs == "mean",
                )
                sent = [self._prompt + piece for piece in cut.pieces]
                size = self._settings.batch_size
                batches = [sent[start : start + size] for start in range(0, len(sent), size)]
                answers = [one for batch in pool.map(self._answers, batches) for one in batch]
                error = next((one for one in answers if isinstance(one, ThetaError)), None)
                finished = _finished(job, cut, answers)
                if finished is not None:
                    _refuse_constant(finished, self._server)
                    yield finished
                if error is not None:
                    raise error

    def _probe(self) -> None:
        """Refuse a server that gives different texts one vector, or a text two.

        Some give other vectors to texts of equal length that come together than to each alone
        (huggingface/text-embeddings-inference issue 882).
        """
        self._api.reach(self._client)
        alone = _unit(np.concatenate([self._request([probe]) for probe in PROBES]))
        if float(alone[0] @ alone[1]) > 1 - 1e-6:
            raise ThetaError(
                f"{self._server} returned the same vector for {PROBES[0]!r} and {PROBES[1]!r}: "
                f"its model {self._settings.embedding_model} does not work"
            )
        if self._settings.batch_size == 1:
            return
        try:
            together = _unit(self._request(PROBES))
        except _BatchRefused:  # it takes one text at a time, and so it will be asked
            return
        cosines = (alone * together).sum(axis=1)
        swapped = (alone * together[::-1]).sum(axis=1)
        if swapped.min() > cosines.max() + _NOISE:
            raise ThetaError(
                f"{self._server} returned the vectors of two texts in reverse order: which vector "
                "is of which text is unknown; use --batch_size 1"
            )
        if cosines.min() >= _SAME:
            return
        raise ThetaError(
            f"{self._server} returned other vectors for two texts of equal length together than "
            f"for each alone (cosine {cosines.min():.2f}): its vectors cannot be trusted; update "
            "the server, or run the model here without --embedding_api_base"
        )

    def _answers(self, texts: Sequence[str]) -> list[NDArray[np.float32] | ThetaError]:
        """Return the vector of each text of a batch, or why it has none.

        A batch that the server refuses is halved: it may be too large, or one text too long.
        """
        try:
            return list(self._request(texts))
        except _BatchRefused:
            half = len(texts) // 2
            return [*self._answers(texts[:half]), *self._answers(texts[half:])]
        except ThetaError as error:
            return [error] * len(texts)

    def _request(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of one batch: (n_texts, dim); the client retries with backoff."""
        import openai

        try:
            answer = self._client.embeddings.with_raw_response.create(
                model=str(self._settings.embedding_model),
                # Servers refuse an empty text, which half of a short document can be.
                input=[text or " " for text in texts],
                encoding_format="float",
            )
            content = answer.http_response.text
        except openai.APIStatusError as error:
            if error.status_code not in (400, 413, 422):
                raise self._failure(error, len(texts)) from error
            if len(texts) > 1:
                raise _BatchRefused(one_line(error)) from error
            raise self._refusal(error, texts[0]) from error
        except openai.OpenAIError as error:
            raise self._failure(error, len(texts)) from error
        vectors = read_answer(content, len(texts), self._server)
        if self._dim is None:
            self._dim = vectors.shape[1]
        if vectors.shape[1] != self._dim:
            raise ThetaError(
                f"{self._server} returned vectors of {self._dim} dimensions and later of "
                f"{vectors.shape[1]}: another model answers now"
            )
        return vectors

    def _failure(self, error: Exception, n_texts: int) -> ThetaError:
        failure = self._api.failure(error, f"did not embed {n_texts} texts")
        if isinstance(failure, InvalidOption):
            return failure
        return ThetaError(
            f"{failure}; what it has embedded is kept: once it answers, run the same command again"
        )

    def _refusal(self, error: Exception, text: str) -> ThetaError:
        said = one_line(error)
        message = (
            f"{self._server} refuses a text of {len(text):,} characters that begins "
            f"{text[:60]!r}: {said}"
        )
        if _ABOUT_LENGTH.search(said):
            message += (
                f"; lower --max_length (now {self._settings.max_length}), with --long_docs mean to "
                "embed the rest in further pieces"
            )
        elif "model" in said.casefold():
            message += f"; check --embedding_model {self._settings.embedding_model}"
        return TextRefused(message, text.removeprefix(self._prompt))


def _capacity(max_length: int, prompt: str) -> int | None:
    """Return the tokens of a piece of text, None without a limit."""
    if max_length >= NO_LIMIT:
        return None
    capacity = max_length - _SPECIAL_TOKENS - len(estimated_tokens([prompt])[0])
    if capacity < 1:
        raise InvalidOption(
            f"--max_length {max_length} leaves no room for text beside the special tokens and the "
            "prompt"
        )
    return capacity


def _finished(
    job: ShardJob, cut: Pieces, answers: Sequence[NDArray[np.float32] | ThetaError]
) -> Embedded | None:
    """Return the texts of a shard all of whose pieces have a vector; None if there are none."""
    has_vector = np.array([not isinstance(answer, ThetaError) for answer in answers])
    rows = np.setdiff1d(np.arange(len(job.texts)), cut.text[~has_vector])
    if not len(rows):
        return None
    good = np.stack([answer for answer in answers if not isinstance(answer, ThetaError)])
    vectors = np.zeros((len(answers), good.shape[1]), dtype=np.float32)
    vectors[has_vector] = _unit(good)
    part = ShardJob(job.hashes[rows], [job.texts[row] for row in rows])
    return Embedded(part, cut.average(vectors)[rows], cut.tokens[rows])


def _refuse_constant(embedded: Embedded, server: str) -> None:
    vectors = embedded.vectors
    different = {" ".join(text.casefold().split()) for text in embedded.job.texts}
    if len(different) >= _ENOUGH_TO_JUDGE and np.ptp(vectors, axis=0).max() < 1e-6:
        raise ThetaError(
            f"{server} returned the same vector for {len(different)} different texts, the first "
            f"of them {embedded.job.texts[0][:60]!r}: its model does not work"
        )


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
