"""What the checks train and embed: made on the spot, from seeds, without a file."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from scipy.sparse import csr_array

from gpu_checks.block import Setting
from tests.tiny_models import SENTENCES, train_tokenizer
from theta.contracts import Corpus, Embeddings, Labels, Split, Tokens
from theta.embeddings.checkpoint import Checkpoint
from theta.embeddings.encoder import Encoder
from theta.embeddings.loading import make_encoder
from theta.models import MODELS
from theta.models.base import FitContext
from theta.nn import capture
from theta.nn.capture import CapturedStep
from theta.nn.inputs import Counts
from theta.options.declare import declarations

QWEN3 = {
    "0.6B": {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28,
             "num_attention_heads": 16},
    "4B": {"hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36,
           "num_attention_heads": 32},
    "8B": {"hidden_size": 4096, "intermediate_size": 12288, "num_hidden_layers": 36,
           "num_attention_heads": 32},
}  # fmt: skip
"""Shapes of the published models; what they share is in `random_qwen3`."""

TINY = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
        "num_attention_heads": 4, "head_dim": 16, "vocab_size": 512}  # fmt: skip

WORDS = " ".join(SENTENCES).split()


# --- topic models --------------------------------------------------------------------------


def corpus_of(
    n_docs: int,
    n_words: int,
    *,
    n_topics: int = 10,
    length: int = 80,
    longest: int | None = None,
    dim: int = 64,
    seed: int = 0,
) -> tuple[Corpus, Embeddings]:
    """Return documents of one topic each, dated and labelled, and vectors around their topics.

    They have about `length` words, the second one `longest`.
    """
    rng = np.random.default_rng(seed)
    lengths = rng.poisson(length, n_docs).clip(4)
    if longest is not None:
        lengths[1] = longest
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    topics = np.arange(n_docs) % n_topics
    documents = np.repeat(np.arange(n_docs), lengths)
    # Half of the words are of the topic's own part of the vocabulary, rare ones at its end.
    part = n_words // n_topics
    ranks = rng.random(len(documents)) ** 2
    own = topics[documents] * part + (ranks * part).astype(np.int64)
    ids = np.where(rng.random(len(documents)) < 0.5, own, (ranks * n_words).astype(np.int64))
    ones = np.ones(len(ids), dtype=np.int32)
    bow = csr_array((ones, (documents, ids)), shape=(n_docs, n_words))
    bow.sum_duplicates()
    split = np.full(n_docs, Split.TRAIN, dtype=np.int8)
    split[::10] = Split.VALIDATION
    corpus = Corpus(
        vocabulary=tuple(f"w{word}" for word in range(n_words)),
        bow=bow,
        tokens=Tokens(starts, ids.astype(np.int32)),
        split=split,
        first_halves=csr_array((0, n_words), dtype=np.int32),
        row_ids=[str(row) for row in range(n_docs)],
        labels=Labels(topics.astype(np.int32), tuple(f"label{k}" for k in range(n_topics))),
        times=np.datetime64("2020-01-01") + np.arange(n_docs).astype("timedelta64[D]"),
        fingerprint=f"random-{n_docs}-{n_words}-{seed}",
    )
    directions = rng.normal(size=(n_topics, dim))
    vectors = directions[topics] + 0.5 * rng.normal(size=(n_docs, dim))
    words = rng.normal(size=(n_words, dim))
    return corpus, Embeddings(
        documents=_unit(vectors), words=_unit(words), test_halves=_unit(words[:0]), fingerprint="r"
    )


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


def fit(
    name: str,
    corpus: Corpus,
    embeddings: Embeddings,
    options: dict[str, Any],
    *,
    device: str,
    supervised: bool = False,
    **context: Any,
) -> Any:
    """Fit a model of the table by name, with those of the options that it has."""
    model = MODELS[name]
    known = declarations(model.Options)
    chosen = model.Options(**{key: value for key, value in options.items() if key in known})
    how = FitContext(device=device, progress=False, supervised=supervised, **context)
    # gensim's word vectors are replaced by random ones: they are a start, and gensim is heavy.
    with (
        mock.patch("theta.models.etm.word_vectors", _random_word_vectors),
        mock.patch("theta.models.dtm.word_vectors", _random_word_vectors),
    ):
        return model().fit(corpus, embeddings, chosen, how)


def _random_word_vectors(corpus: Corpus, dim: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(corpus.n_words, dim)).astype(np.float32)


class _Caught(Exception):
    """Carries the arguments of a training that was not begun."""


def catch_training(fit_model: Callable[[], Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments that a model would call `theta.nn.fit.fit` with."""

    def caught(*arguments: Any, **named: Any) -> None:
        raise _Caught(arguments, named)

    with mock.patch("theta.nn.fit.fit", caught):
        try:
            fit_model()
        except _Caught as training:
            arguments, named = training.args
            return arguments, named
    raise AssertionError("the model was trained by something else than theta.nn.fit")


@contextmanager
def counting_replays(setting: Setting) -> Iterator[list[int]]:
    """Count the steps that a graph replays; in a rehearsal padded steps stand for them."""
    replayed: list[int] = []
    replay = CapturedStep._replay

    def counted(step: CapturedStep) -> Any:
        terms = step._padded_step() if setting.rehearsal else replay(step)
        if terms is not None:
            replayed.append(1)
        return terms

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(CapturedStep, "_replay", counted))
        if setting.rehearsal:
            for patch in (
                mock.patch.object(CapturedStep, "_warm_up", CapturedStep._padded_step),
                mock.patch.object(capture, "can_capture", lambda inputs: inputs.resident),
                mock.patch.object(Counts, "prefers_dense", True),
            ):
                patches.enter_context(patch)
        yield replayed


@contextmanager
def uncaptured() -> Iterator[None]:
    """Let no training be captured inside."""
    with mock.patch.object(capture, "can_capture", return_value=False):
        yield


def digest(*arrays: np.ndarray) -> str:
    """Return a hash of the bits of some arrays."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]


def digest_output(output: Any) -> str:
    """Return a hash of the bits of a trained model."""
    return digest(output.doc_topic, *(output.state[name] for name in sorted(output.state)))


# --- embeddings ----------------------------------------------------------------------------


def random_qwen3(shape: dict[str, int], device: str, dtype: torch.dtype) -> torch.nn.Module:
    """Return a Qwen3 with random weights, made on its device."""
    from transformers import Qwen3Config, Qwen3Model

    published = {"num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151_669}
    if shape is TINY:
        published["num_key_value_heads"] = 2
    config = Qwen3Config(
        **{**published, **shape},
        max_position_embeddings=32_768,
        rope_theta=1_000_000,
        attn_implementation="sdpa",
    )
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        torch.manual_seed(0)
        with torch.device(device):
            model = Qwen3Model(config)
    finally:
        torch.set_default_dtype(before)
    return model.eval().requires_grad_(False)


def encoder_of(
    model: torch.nn.Module, folder: Path, *, max_length: int, batch_size: int = 32
) -> Encoder:
    """Return the program's encoder of a model, with a tokenizer trained here."""
    train_tokenizer(SENTENCES, 32_768, appends_end=True).save_pretrained(folder)
    checkpoint = Checkpoint(
        folder=folder,
        name="random",
        origin="made here",
        dim=int(model.config.hidden_size),  # type: ignore[union-attr,arg-type]
        pooling="last",
        max_length=32_768,
        lower_case=False,
        fingerprint="random",
    )
    return make_encoder(
        model, checkpoint, max_length=max_length, long_docs="truncate", batch_size=batch_size
    )


def texts_of(n: int, shortest: int, longest: int, seed: int = 0) -> list[str]:
    """Return `n` different texts of so many words, which are about three tokens each."""
    draw = random.Random(seed)
    return [
        " ".join(draw.choices(WORDS, k=draw.randint(shortest, longest))) + f" {number}"
        for number in range(n)
    ]


def smallest_cosine(first: np.ndarray, second: np.ndarray) -> float:
    """Return the smallest cosine between the rows of two arrays of unit vectors."""
    return float((first.astype(np.float32) * second.astype(np.float32)).sum(axis=1).min())
