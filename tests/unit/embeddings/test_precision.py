"""The number format of the embedding model: who chooses it, where it stays, and the same bits."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.tiny_models import SENTENCES
from theta.embeddings import precision
from theta.embeddings.apply import TextEncoder
from theta.embeddings.embed import Texts, count_done, embed_corpus, stale_reason
from theta.embeddings.encoder import Encoder
from theta.embeddings.load import embedding_facts, load_embeddings
from theta.embeddings.loading import load_encoder
from theta.embeddings.locate import find_model
from theta.embeddings.precision import choose_precision, multiplies_bfloat16, settle_precision
from theta.embeddings.settings import AUTO, UNRECORDED, EmbeddingSettings
from theta.embeddings.space import find_space
from theta.errors import InvalidOption
from theta.layout import EmbeddingFiles

MakeSettings = Callable[..., EmbeddingSettings]

WORDS = " ".join(SENTENCES).split()


def make_texts(n: int) -> list[str]:
    draw = np.random.default_rng(0)
    return [" ".join(draw.choice(WORDS, length)) for length in draw.integers(1, 70, size=n)]


@pytest.fixture
def files(tmp_path: Path) -> EmbeddingFiles:
    return EmbeddingFiles(tmp_path / "embeddings" / "0.6B_zero_shot")


def choose(monkeypatch: pytest.MonkeyPatch, *, hardware: bool, speedup: float = 1.0) -> None:
    """Give this machine a processor of the test's choice."""
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda: hardware)
    monkeypatch.setattr(precision, "measure_speedup", lambda: speedup)


def embed(files: EmbeddingFiles, settings: EmbeddingSettings, texts: list[str]) -> None:
    embed_corpus(
        Texts.of(texts),
        Texts.of(["senate"]),
        Texts.of([]),
        files=files,
        settings=settings,
        corpus_fingerprint="corpus",
    )


# --- the choice ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hardware", "speedup", "expected"),
    [
        (True, 2.0, "bfloat16"),
        # What is not faster is not worth the rounding.
        (True, 1.1, "float32"),
        # Emulated: never, however the measurement may come out.
        (False, 9.0, "float32"),
    ],
)
def test_a_cpu_is_measured(
    monkeypatch: pytest.MonkeyPatch, hardware: bool, speedup: float, expected: str
) -> None:
    choose(monkeypatch, hardware=hardware, speedup=speedup)
    assert choose_precision("cpu") == expected


def test_a_gpu_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, hardware=False)
    assert choose_precision("cuda:1") == "bfloat16"


@pytest.mark.parametrize("test", ["_is_amx_tile_supported", "_is_avx512_bf16_supported"])
def test_instructions_of_x86(monkeypatch: pytest.MonkeyPatch, test: str) -> None:
    monkeypatch.setattr(precision, "_arm_features", list)
    monkeypatch.setattr(torch, "cpu", SimpleNamespace())
    assert not multiplies_bfloat16()
    monkeypatch.setattr(torch, "cpu", SimpleNamespace(**{test: lambda: True}))
    assert multiplies_bfloat16()
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert not multiplies_bfloat16()


@pytest.mark.parametrize(
    ("listed", "expected"), [("fp asimd i8mm bf16 dgh", True), ("fp asimd ebf16x", False)]
)
def test_instructions_of_arm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, listed: str, expected: bool
) -> None:
    facts = tmp_path / "cpuinfo"
    facts.write_text(f"processor\t: 0\nFeatures\t: {listed}\n")
    monkeypatch.setattr(precision, "_CPU_FACTS", facts)
    monkeypatch.setattr(torch, "cpu", SimpleNamespace())
    assert multiplies_bfloat16() == expected


def test_the_measurement_compares_the_two_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    # A clock that only products move: one in float32 takes three ticks, one in bfloat16 one.
    clock = SimpleNamespace(now=0.0)
    ticks = {torch.float32: 3.0, torch.bfloat16: 1.0}

    def linear(tokens: torch.Tensor, weights: torch.Tensor) -> None:
        clock.now += ticks[tokens.dtype]

    monkeypatch.setattr(precision.time, "perf_counter", lambda: clock.now)
    monkeypatch.setattr(torch.nn.functional, "linear", linear)
    assert precision.measure_speedup.__wrapped__() == 3.0


# --- where it stays ------------------------------------------------------------------------


def test_recorded_and_part_of_the_key(files: EmbeddingFiles, make_settings: MakeSettings) -> None:
    settings = make_settings(precision="bfloat16")
    embed(files, settings, make_texts(3))
    assert embedding_facts(files, "")["space"]["precision"] == "bfloat16"
    keys = {find_space(replace(settings, precision=name)).key for name in ("float32", "bfloat16")}
    assert len(keys) == 2


@pytest.mark.parametrize("made_in", ["float32", "bfloat16", UNRECORDED])
@pytest.mark.parametrize("finished", [True, False])
def test_what_is_begun_is_finished_in_the_same_format(
    files: EmbeddingFiles,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    made_in: str,
    finished: bool,
) -> None:
    embed(files, make_settings(precision=made_in), make_texts(3))
    if not finished:
        shutil.rmtree(files.root)
    # Another machine, which would choose otherwise.
    choose(monkeypatch, hardware=made_in == "float32", speedup=9.0)
    auto = make_settings(precision=AUTO)
    assert settle_precision(auto, files).precision == made_in
    assert count_done(Texts.of(make_texts(3)), files=files, settings=auto).n_done == 3
    if finished:
        assert stale_reason(files, settings=auto, corpus_fingerprint="corpus") is None
    embed(files, auto, make_texts(5))
    assert embedding_facts(files, "")["space"].get("precision", UNRECORDED) == made_in


def test_what_is_typed_makes_them_anew(files: EmbeddingFiles, make_settings: MakeSettings) -> None:
    embed(files, make_settings(precision="bfloat16"), make_texts(3))
    typed = make_settings(precision="float32")
    reason = stale_reason(files, settings=typed, corpus_fingerprint="corpus")
    assert reason == "they were made with different settings (precision)"
    assert count_done(Texts.of(make_texts(3)), files=files, settings=typed).n_done == 0


def test_another_format_than_the_machine_would_choose_is_said(
    files: EmbeddingFiles,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    embed(files, make_settings(precision="bfloat16"), make_texts(3))
    choose(monkeypatch, hardware=False)
    with caplog.at_level(logging.INFO):
        embed(files, make_settings(precision=AUTO), make_texts(4))
    assert "Computing in bfloat16, as the vectors that are there already" in caplog.text


def test_new_texts_take_the_format_of_the_corpus(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    embed(files, make_settings(precision="bfloat16"), make_texts(3))
    facts = embedding_facts(files, "")
    encoder = TextEncoder(make_settings(precision=AUTO), facts)
    stored = load_embeddings(files, "").documents
    np.testing.assert_array_equal(encoder.encode(make_texts(3)), stored)
    with pytest.raises(InvalidOption, match="not comparable"):
        TextEncoder(make_settings(precision="float32"), facts)


def test_a_server_has_its_own(make_settings: MakeSettings, files: EmbeddingFiles) -> None:
    server = {"embedding_api_base": "http://localhost:1/v1", "embedding_model": "some"}
    auto = make_settings(precision=AUTO, **server)
    assert settle_precision(auto, files).precision == UNRECORDED
    with pytest.raises(InvalidOption, match="--precision float32: a server computes in its own"):
        find_space(make_settings(precision="float32", **server))


# --- the same bits, by fixed shapes --------------------------------------------------------


def load(size: str, models_dir: Path, number_format: str) -> Encoder:
    settings = EmbeddingSettings(
        models_dir=models_dir,
        device="cpu",
        progress=False,
        max_length=64,
        batch_size=8,
        precision=number_format,
    )
    return load_encoder(find_model(size, models_dir=models_dir, embedding_model=None), settings)


@pytest.fixture(scope="module", params=["0.6B", "mini"])
def size(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.parametrize(
    ("size", "number_format"), [("0.6B", "bfloat16"), ("mini", "bfloat16"), ("mini", "float32")]
)
@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_bits_alone_in_company_and_at_another_place(
    size: str, models_dir: Path, threads: int, number_format: str
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        encoder = load(size, models_dir, number_format)
        texts = make_texts(50)
        together = encoder.encode(texts)
        order = np.random.default_rng(1).permutation(50)
        np.testing.assert_array_equal(encoder.encode([texts[i] for i in order]), together[order])
        for row in range(6):
            np.testing.assert_array_equal(encoder.encode([texts[row]])[0], together[row])
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("number_format", ["bfloat16", "float32"])
def test_the_same_bits_with_any_number_of_threads(models_dir: Path, number_format: str) -> None:
    before = torch.get_num_threads()
    encoder = load("mini", models_dir, number_format)
    vectors = []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            vectors.append(encoder.encode(make_texts(80)))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(*vectors)


def test_every_block_of_a_width_has_the_same_shape(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load("0.6B", models_dir, "bfloat16")
    shapes = []
    forward = encoder._model.forward

    def spy(**inputs: torch.Tensor) -> object:
        shapes.append(tuple(inputs["input_ids"].shape))
        return forward(**inputs)

    monkeypatch.setattr(encoder._model, "forward", spy)
    monkeypatch.setattr(encoder, "_block_tokens", 96)
    encoder.encode(make_texts(40))
    # 96 tokens or fewer, and a multiple of 32 of them; one step of rows where that is more.
    rows_of = {8: 12, 16: 6, 24: 4, 32: 3, 40: 4, 48: 2, 56: 4, 64: 1}
    assert set(shapes) <= {(rows, width) for width, rows in rows_of.items()}
    assert len(set(shapes)) > 2


def test_close_to_float32(size: str, models_dir: Path) -> None:
    texts = make_texts(40)
    exact = load(size, models_dir, "float32").encode(texts)
    fast = load(size, models_dir, "bfloat16").encode(texts)
    assert (exact * fast).sum(axis=1).min() > 0.999
    assert np.abs(exact - fast).max() > 1e-5
