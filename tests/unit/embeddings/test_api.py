from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.embeddings.vectors import encode_texts
from theta.embeddings import shard_jobs
from theta.embeddings.embed import Texts, embed_corpus
from theta.embeddings.load import load_embeddings
from theta.embeddings.settings import EmbeddingSettings
from theta.errors import InvalidOption, ThetaError
from theta.layout import EmbeddingFiles

pytest.importorskip("openai")

DIM = 6


def vector_of(text: str) -> list[float]:
    """What the server answers: not of unit length, another one for each text."""
    return [float(len(text)), 1.0, *(float(ord(letter)) for letter in f"{text:4.4}")]


class Server(ThreadingHTTPServer):
    """Speaks the OpenAI embeddings protocol on the loopback."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.failures_left = 0
        self.status_of_failure = 503
        self.answer: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = lambda rows: rows

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.keys.append(self.headers.get("Authorization"))
        if self.server.failures_left > 0:
            self.server.failures_left -= 1
            self.reply(self.server.status_of_failure, {"error": {"message": "too long a text"}})
            return
        assert self.path == "/v1/embeddings"
        self.server.requests.append(body)
        rows = [{"object": "embedding", "index": i, "embedding": vector_of(text)}
                for i, text in enumerate(body["input"])]  # fmt: skip
        # The protocol gives each vector an index; the order is not promised.
        data = self.server.answer(rows[::-1])
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        self.reply(200, {"object": "list", "model": body["model"], "data": data, "usage": usage})

    def reply(self, status: int, value: Any) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.02)
    monkeypatch.setenv("OPENAI_API_KEY", "of another program")
    with Server() as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield one
        one.shutdown()


@pytest.fixture
def files(tmp_path: Path) -> EmbeddingFiles:
    return EmbeddingFiles(tmp_path / "embeddings" / "0.6B_zero_shot")


def settings_of(
    server: Server, make_settings: Callable[..., EmbeddingSettings], **changed: Any
) -> EmbeddingSettings:
    return make_settings(
        **{
            "embedding_api_base": server.url,
            "embedding_model": "some-model",
            "batch_size": 4,
            **changed,
        }
    )


def run(texts: list[str], files: EmbeddingFiles, settings: EmbeddingSettings) -> Any:
    return embed_corpus(
        Texts.of(texts),
        Texts.of(["word"]),
        Texts.of([]),
        files=files,
        settings=settings,
        corpus_fingerprint="corpus",
    )


def unit(texts: list[str]) -> np.ndarray:
    vectors = np.array([vector_of(text) for text in texts])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_vectors_of_the_server_in_our_shards(
    server: Server,
    files: EmbeddingFiles,
    make_settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    texts = [f"text {i}" * (1 + i % 5) for i in range(30)]
    report = run(texts, files, settings_of(server, make_settings))
    np.testing.assert_allclose(load_embeddings(files, "").documents, unit(texts), atol=1e-3)
    assert report.dim == DIM
    assert (report.n_long, report.long_share, report.max_length) == (None, None, None)
    first = caplog.records[0].getMessage()
    assert first.startswith("Texts leave this process")
    assert server.url in first
    assert {request["model"] for request in server.requests} == {"some-model"}
    assert max(len(request["input"]) for request in server.requests) == 4
    n_requests = len(server.requests)
    assert run(texts, files, settings_of(server, make_settings)).n_embedded == 0
    assert len(server.requests) == n_requests
    short = settings_of(server, make_settings, embedding_dim=3)
    run(texts, files, short)
    assert load_embeddings(files, "").documents.shape == (30, 3)
    assert len(server.requests) == n_requests


def test_a_busy_server_is_asked_again(
    server: Server, files: EmbeddingFiles, make_settings: Any
) -> None:
    server.failures_left = 3
    run(["a", "b"], files, settings_of(server, make_settings))
    assert load_embeddings(files, "").documents.shape == (2, DIM)


def test_a_refusal_ends_in_one_line_and_keeps_what_was_paid(
    server: Server, files: EmbeddingFiles, make_settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_jobs, "SHARD_TEXTS", 4)
    answered = server.answer

    def refuse_the_third(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(server.requests) == 2:
            server.failures_left, server.status_of_failure = 99, 400
        return answered(rows)

    server.answer = refuse_the_third
    with pytest.raises(ThetaError, match=r"did not embed 4 texts.*too long a text") as error:
        run([f"text {i}" for i in range(20)], files, settings_of(server, make_settings))
    assert "\n" not in str(error.value)
    server.failures_left, server.answer = 0, answered
    report = run([f"text {i}" for i in range(20)], files, settings_of(server, make_settings))
    assert report.n_embedded == 21 - 2 * 4


def test_a_key_is_sent_only_where_it_was_named(
    server: Server, make_settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode_texts(["a"], settings_of(server, make_settings))
    monkeypatch.setenv("MY_KEY", "secret")
    encode_texts(["a"], settings_of(server, make_settings, embedding_api_key_env="MY_KEY"))
    assert server.keys == ["Bearer none", "Bearer secret"]
    with pytest.raises(InvalidOption, match="NO_KEY: this environment variable is not set"):
        encode_texts(["a"], settings_of(server, make_settings, embedding_api_key_env="NO_KEY"))


def test_too_few_vectors_are_refused(server: Server, make_settings: Any) -> None:
    server.answer = lambda rows: rows[1:]
    with pytest.raises(ThetaError, match="answered 1 vectors for 2 texts"):
        encode_texts(["a", "b"], settings_of(server, make_settings))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"embedding_model": None}, "needs --embedding_model"),
        ({"long_docs": "mean"}, "--long_docs mean needs the model's tokenizer"),
        ({"engine": "ray"}, "--engine ray is for weights"),
        ({"embedding_dim": 7}, "--embedding_dim 7: the model has 6"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_that_contradict_a_server(
    server: Server, make_settings: Any, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidOption, match=message):
        encode_texts(["a"], settings_of(server, make_settings, **changed))


def test_nothing_is_listening(make_settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.02)
    base = "http://127.0.0.1:9/v1"
    settings = make_settings(embedding_api_base=base, embedding_model="m")
    with pytest.raises(ThetaError, match=base):
        encode_texts(["a"], settings)
