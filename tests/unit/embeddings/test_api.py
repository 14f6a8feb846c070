from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.embedding_server import DIM, Server, vector_of
from tests.unit.embeddings.vectors import encode_texts
from theta.embeddings import shard_jobs
from theta.embeddings.api import TextRefused
from theta.embeddings.apply import TextEncoder
from theta.embeddings.embed import Texts, embed_corpus
from theta.embeddings.load import embedding_facts, load_embeddings
from theta.embeddings.pieces import estimated_tokens
from theta.embeddings.settings import NO_LIMIT, EmbeddingSettings
from theta.embeddings.space import find_space
from theta.errors import InvalidOption, ThetaError
from theta.layout import EmbeddingFiles

pytest.importorskip("openai")


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
    assert (report.n_long, report.long_share, report.max_length) == (0, 0.0, 64)
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


def test_a_refused_text_is_named_and_the_others_are_kept(
    server: Server, files: EmbeddingFiles, make_settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_jobs, "SHARD_TEXTS", 16)
    texts = [f"{i:02} text" for i in range(20)]
    said = "This model's maximum context length is 8 tokens"
    server.refused = lambda sent: (400, said) if "07 text" in sent else None
    with pytest.raises(TextRefused) as error:
        run(texts, files, settings_of(server, make_settings))
    message = str(error.value)
    assert message == (
        f"{server.url} refuses a text of 7 characters that begins '07 text': Error code: 400 - "
        f"{said}; lower --max_length (now 64), with --long_docs "
        "mean to embed the rest in further pieces"
    )
    assert (error.value.exit_code, error.value.text) == (3, "07 text")
    server.refused = lambda texts: None
    # Of the first shard all but the refused text were kept.
    assert run(texts, files, settings_of(server, make_settings)).n_embedded == 21 - 15


def test_a_batch_that_is_too_large_is_halved(
    server: Server, files: EmbeddingFiles, make_settings: Any
) -> None:
    server.refused = lambda sent: (413, "batch size 4 > 2") if len(sent) > 2 else None
    texts = [f"text {i}" for i in range(7)]
    run(texts, files, settings_of(server, make_settings))
    np.testing.assert_allclose(load_embeddings(files, "").documents, unit(texts), atol=1e-3)
    server.refused = lambda sent: (422, "one text at a time") if len(sent) > 1 else None
    vectors = encode_texts(texts, settings_of(server, make_settings))
    np.testing.assert_allclose(vectors, unit(texts), atol=1e-3)


def test_a_server_that_fails_in_the_middle_keeps_the_finished_requests_of_the_shard(
    server: Server, files: EmbeddingFiles, make_settings: Any
) -> None:
    texts = [f"{i:02} text" for i in range(20)]
    server.refused = lambda sent: (500, "out of memory") if "07 text" in sent else None
    with pytest.raises(ThetaError, match=r"did not embed 4 texts.*out of memory") as error:
        run(texts, files, settings_of(server, make_settings))
    assert error.value.exit_code == 1
    server.refused = lambda texts: None
    assert run(texts, files, settings_of(server, make_settings)).n_embedded == 4


def test_a_key_is_sent_only_where_it_was_named(
    server: Server, make_settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode_texts(["a"], settings_of(server, make_settings))
    monkeypatch.setenv("MY_KEY", "secret")
    encode_texts(["a"], settings_of(server, make_settings, embedding_api_key_env="MY_KEY"))
    assert set(server.keys[: len(server.keys) // 2]) == {"Bearer none"}
    assert set(server.keys[len(server.keys) // 2 :]) == {"Bearer secret"}
    with pytest.raises(InvalidOption, match="NO_KEY: this environment variable is not set"):
        encode_texts(["a"], settings_of(server, make_settings, embedding_api_key_env="NO_KEY"))


def test_too_few_vectors_are_refused(server: Server, make_settings: Any) -> None:
    server.answer = lambda rows: rows[1:]
    with pytest.raises(ThetaError, match="returned 0 vectors for 1 texts"):
        encode_texts(["a", "b"], settings_of(server, make_settings))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"embedding_api_base": "localhost:80/v1"}, "localhost:80/v1 is not a URL: it begins with"),
        ({"embedding_model": None}, "needs --embedding_model"),
        ({"max_length": 2}, "--max_length 2 leaves no room for text"),
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
    def wait(*_: object, **__: object) -> None:
        raise AssertionError("a connection is tried again")

    monkeypatch.setattr("openai._base_client.SyncAPIClient._sleep_for_retry", wait)
    base = "http://127.0.0.1:9/v1"
    settings = make_settings(embedding_api_base=base, embedding_model="m")
    with pytest.raises(ThetaError, match=rf"{base} cannot be reached: .*refused"):
        encode_texts(["a"], settings)


def renumbered(index: Callable[[int], Any]) -> Callable[[list[dict[str, Any]]], Any]:
    return lambda rows: [{**row, "index": index(row["index"])} for row in rows]


def test_answers_without_an_index_are_in_the_order_of_the_texts(
    server: Server, make_settings: Any
) -> None:
    texts = ["a", "bb", "cc", "dddd", "e"]
    for missing in (renumbered(lambda _: None), lambda rows: [dict(r) for r in rows]):
        server.answer = lambda rows, missing=missing: [
            {"embedding": row["embedding"]} for row in missing(sorted(rows, key=_index))
        ]
        vectors = encode_texts(texts, settings_of(server, make_settings))
        np.testing.assert_allclose(vectors, unit(texts), atol=1e-3)


def _index(row: dict[str, Any]) -> int:
    return row["index"]


def test_base64_is_read(server: Server, make_settings: Any) -> None:
    def pack(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        packed = [np.array(row["embedding"], dtype="<f4").tobytes() for row in rows]
        return [
            {**row, "embedding": base64.b64encode(one).decode()}
            for row, one in zip(rows, packed, strict=True)
        ]

    server.answer = pack
    vectors = encode_texts(["a", "bb"], settings_of(server, make_settings))
    np.testing.assert_allclose(vectors, unit(["a", "bb"]), atol=1e-3)


ANSWERS: dict[str, tuple[Any, str]] = {
    "html": (b"<html><body>Welcome to nginx</body></html>", "did not answer with JSON but with "
             "'<html><body>Welcome to nginx</body></html>': is the URL right?"),
    "error": ({"error": {"message": "model not loaded", "type": "x"}},
              "returned no vectors but 'model not loaded'; .*run the same command again"),
    "error_text": ({"error": "model not loaded"}, "returned no vectors but 'model not loaded'"),
    "list": ([1, 2], r"returned no vectors but '\[1, 2\]'; is it an OpenAI-comp"),
    "null": (None, "returned no vectors but 'None'"),
    "numbers": ({"data": [1.0]}, "returned no vectors"),
    "no_vector": ({"data": [{"index": 0}]}, "returned 'None' in place of a vector"),
    "words": ({"data": [{"index": 0, "embedding": ["x"]}]}, "in place of a vector"),
    "not_base64": ({"data": [{"index": 0, "embedding": "?!"}]}, "in place of a vector"),
    "half_base64": ({"data": [{"index": 0, "embedding": "AAA="}]}, "in place of a vector"),
    "nested": ({"data": [{"index": 0, "embedding": [[1.0, 2.0]]}]}, "in place of a vector"),
    "empty": ({"data": [{"index": 0, "embedding": []}]}, "vectors of 0 dimensions"),
    "one_number": ({"data": [{"index": 0, "embedding": [0.5]}]}, "vectors of 1 dimensions"),
    "truth_values": ({"data": [{"index": 0, "embedding": [True, False]}]}, "in place of a vector"),
    "missing_number": ({"data": [{"index": 0, "embedding": [1.0, None]}]}, "in place of a vector"),
    "brackets": (b"[" * 100_000, "did not answer with JSON"),
    "endless_number": (b"[" + b"9" * 5_000 + b"]", "did not answer with JSON"),
    "nan": (b'{"data": [{"index": 0, "embedding": [NaN, 1]}]}', "NaN or infinite values in 1 of"),
    "zeros": ({"data": [{"index": 0, "embedding": [0.0, 0.0]}]}, "1 vectors of zeros alone"),
    "constant": ({"data": [{"index": 0, "embedding": [1.0, 2.0]}]}, "returned the same vector for"),
    "index_one": ({"data": [{"index": 1, "embedding": [1.0, 2.0]}]},
                  "numbers the vectors of 1 texts 1 instead of 0 to 0"),
    "index_text": ({"data": [{"index": "0", "embedding": [1.0, 2.0]}]}, "1 texts '0' instead of 0"),
    "index_list": ({"data": [{"index": [0], "embedding": [1.0, 2.0]}]}, "instead of 0 to 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_that_are_none_end_in_one_line(
    server: Server, make_settings: Any, name: str
) -> None:
    value, message = ANSWERS[name]
    server.body = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(ThetaError, match=message) as error:
        encode_texts(["a", "b"], settings_of(server, make_settings))
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(server.url)
    assert error.value.exit_code == 1


def test_indices_that_are_always_zero_are_refused(server: Server, make_settings: Any) -> None:
    server.answer = renumbered(lambda _: 0)
    message = "numbers the vectors of 2 texts 0, 0 instead of 0 to 1: which vector is of which"
    with pytest.raises(ThetaError, match=message):
        encode_texts(["a", "b"], settings_of(server, make_settings))


@pytest.mark.parametrize("within", [True, False])
def test_a_dimension_that_changes_is_refused(
    server: Server, make_settings: Any, within: bool
) -> None:
    def longer(text: str, texts: list[str]) -> list[float]:
        changed = text == "bb" if within else "bb" in texts
        return [*vector_of(text), *([1.0] if changed else [])]

    server.vector_of = longer
    message = "one answer: 6, 7 dimensions" if within else "of 6 dimensions and later of 7"
    with pytest.raises(ThetaError, match=message):
        encode_texts(["a", "bb", "ccc"], settings_of(server, make_settings))


def test_another_dimension_than_on_the_disk_is_refused(
    server: Server, files: EmbeddingFiles, make_settings: Any
) -> None:
    run(["a", "b"], files, settings_of(server, make_settings))
    facts = embedding_facts(files, "")
    server.vector_of = lambda text, _: [*vector_of(text), 1.0]
    with pytest.raises(ThetaError, match="7 dimensions now, and gave 6 before"):
        run(["a", "b", "c"], files, settings_of(server, make_settings))
    with pytest.raises(InvalidOption, match="now gives vectors of 7 dimensions, but the run"):
        TextEncoder(settings_of(server, make_settings), facts).encode(["d"])


def test_zeros_and_equal_vectors_that_come_later_are_refused(
    server: Server, make_settings: Any
) -> None:
    texts = [f"text {i}" for i in range(12)]
    server.vector_of = lambda text, _: [0.0] * DIM if text == "text 5" else vector_of(text)
    with pytest.raises(ThetaError, match="1 vectors of zeros alone"):
        encode_texts(texts, settings_of(server, make_settings))
    server.vector_of = lambda text, _: vector_of("same" if text in texts else text)
    with pytest.raises(ThetaError, match="the same vector for 12 different texts"):
        encode_texts(texts, settings_of(server, make_settings))
    # Few words may all be unknown to a model.
    encode_texts(texts[:7], settings_of(server, make_settings))


def test_other_vectors_for_texts_of_equal_length_together_are_refused(
    server: Server, make_settings: Any
) -> None:
    def wrong_together(text: str, texts: list[str]) -> list[float]:
        return vector_of(text) if len(texts) == 1 else vector_of(text)[::-1]

    server.vector_of = wrong_together
    with pytest.raises(ThetaError, match=r"together than for each alone \(cosine 0\.\d\d\)"):
        encode_texts(["a", "b"], settings_of(server, make_settings))
    assert not server.texts, "no text is paid for before the server is trusted"
    server.vector_of = lambda text, texts: vector_of(texts[len(texts) - 1 - texts.index(text)])
    with pytest.raises(ThetaError, match=r"in reverse order.*--batch_size 1"):
        encode_texts(["a", "b"], settings_of(server, make_settings))
    encode_texts(["a", "b"], settings_of(server, make_settings, batch_size=1))


def test_max_length_is_honoured_by_estimated_tokens(
    server: Server, files: EmbeddingFiles, make_settings: Any
) -> None:
    words = [f"w{chr(97 + i % 26)}" for i in range(100)]
    text = "  " + " ".join(words)
    report = run([text, "short"], files, settings_of(server, make_settings, max_length=12))
    # Ten words and the two special tokens.
    assert sorted(server.texts, key=len)[-1] == "  " + " ".join(words[:10])
    assert (report.n_long, report.max_length) == (1, 12)
    assert report.long_share == pytest.approx(90 / 101)


def test_long_documents_are_averaged_over_pieces(server: Server, make_settings: Any) -> None:
    words = [f"w{chr(97 + i)}" for i in range(25)]
    changed = {"max_length": 12, "long_docs": "mean", "embedding_prompt": "about: "}
    (vector,) = encode_texts([" ".join(words)], settings_of(server, make_settings, **changed))
    # The prompt takes two tokens of twelve, the special tokens two more.
    pieces = ["about: " + " ".join(words[start : start + 8]) for start in (0, 8, 16, 24)]
    assert server.texts == pieces
    expected = np.average(unit(pieces), axis=0, weights=[8, 8, 8, 1])
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-3)


def test_estimated_tokens() -> None:
    found = estimated_tokens(["understanding, 2026!", "Привет мир", "新しい図書館", "สวัสดี", " "])
    # under-stand-ing would be two or three tokens; five letters of Cyrillic about two.
    assert [len(spans) for spans in found] == [3 + 1 + 2 + 1, 2 + 1, 6, 6, 0]


def test_an_empty_text_is_not_sent_as_such(server: Server, make_settings: Any) -> None:
    encode_texts(["", "a"], settings_of(server, make_settings))
    assert server.texts == [" ", "a"]


def test_records_from_before_texts_were_cut_here_still_open(
    server: Server, make_settings: Any
) -> None:
    settings = settings_of(server, make_settings, max_length=NO_LIMIT)
    record = {"model": "some-model", "dim": DIM,
              "space": {"server": server.url, "model": "some-model"}}  # fmt: skip
    assert find_space(settings).facts == record["space"]
    text = " ".join(["word"] * 5000)
    TextEncoder(settings, record).encode([text])
    assert server.texts == [text]


@pytest.mark.parametrize(("status", "code"), [(401, 3), (404, 3), (500, 1)])
def test_the_exit_code_says_whose_fault_it_is(
    server: Server, make_settings: Any, status: int, code: int
) -> None:
    server.refused = lambda texts: (status, "no")
    with pytest.raises(ThetaError, match="did not embed 1 texts") as error:
        encode_texts(["a"], settings_of(server, make_settings))
    assert error.value.exit_code == code
