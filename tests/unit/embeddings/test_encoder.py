from __future__ import annotations

import random
import weakref
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tests.tiny_models import SENTENCES, make_tiny_qwen3
from theta.embeddings import encoder as encoder_module
from theta.embeddings import loading
from theta.embeddings.batches import pack
from theta.embeddings.checkpoint import Checkpoint
from theta.embeddings.encoder import Encoder, computing_on
from theta.embeddings.loading import load_encoder, load_model
from theta.embeddings.locate import find_model
from theta.embeddings.settings import EmbeddingSettings
from theta.errors import OutOfMemory

WORDS = " ".join(SENTENCES).split()


def make_texts(n: int, seed: int = 0) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(1, 40))) for _ in range(n)]


def load(checkpoint: Checkpoint, max_length: int = 64, long_docs: str = "truncate") -> Encoder:
    settings = EmbeddingSettings(
        models_dir=None,
        device="cpu",
        progress=False,
        max_length=max_length,
        long_docs=long_docs,
        batch_size=8,
        precision="float32",
    )
    return load_encoder(checkpoint, settings)


@pytest.fixture(scope="module", params=["0.6B", "mini"])
def checkpoint(request: pytest.FixtureRequest, models_dir: Path) -> Checkpoint:
    return find_model(request.param, models_dir=models_dir, embedding_model=None)


@pytest.fixture(scope="module")
def encoder(checkpoint: Checkpoint) -> Encoder:
    return load(checkpoint)


@pytest.fixture(scope="module")
def padded(checkpoint: Checkpoint) -> Encoder:
    """The encoder of a model that is not packed, as on a GPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "can_pack", lambda _: False)
        patch.setattr(loading, "read_bert", lambda *_: None)
        return load(checkpoint)


def test_equal_to_sentence_transformers(checkpoint: Checkpoint, encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(checkpoint.folder), device="cpu")
    reference.max_seq_length = 64
    texts = [*make_texts(40), "", "a", "x" * 500]
    theirs = reference.encode(texts, batch_size=7)
    np.testing.assert_allclose(encoder.encode(texts), theirs, atol=1e-5)


def test_same_alone_in_any_batch_and_in_any_order(encoder: Encoder) -> None:
    texts = make_texts(30)
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(encoder.encode(texts[::-1])[::-1], together, atol=1e-5)


def test_last_word_changes_the_vector(encoder: Encoder) -> None:
    one, other = encoder.encode(["the match ended in rain", "the match ended in taxes"])
    assert np.abs(one - other).max() > 1e-3


def test_case_and_punctuation_reach_a_model_that_knows_them(models_dir: Path) -> None:
    encoder = load(find_model("0.6B", models_dir=models_dir, embedding_model=None))
    plain, cased, asked = encoder.encode(["the match", "The match", "the match?"])
    assert np.abs(plain - cased).max() > 1e-3
    assert np.abs(plain - asked).max() > 1e-3


def test_equal_to_a_left_padded_batch_with_a_mask(models_dir: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    checkpoint = find_model("0.6B", models_dir=models_dir, embedding_model=None)
    texts = make_texts(12)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder, padding_side="left")
    inputs = tokenizer(texts, padding=True, truncation=True, max_length=64, return_tensors="pt")
    model = AutoModel.from_pretrained(checkpoint.folder, dtype=torch.float32).eval()
    places = (inputs["attention_mask"].cumsum(dim=1) - 1).clamp(min=0)
    with torch.no_grad():
        hidden = model(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            position_ids=places,
        ).last_hidden_state
    reference = torch.nn.functional.normalize(hidden[:, -1], dim=1).numpy()
    np.testing.assert_allclose(load(checkpoint).encode(texts), reference, atol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "last", "cls"])
def test_pooling_against_a_loop_over_unpadded_texts(models_dir: Path, pooling: str) -> None:
    from transformers import AutoModel

    checkpoint = find_model("4B", models_dir=models_dir, embedding_model=None)
    encoder = load(checkpoint)
    encoder._pooling = pooling
    texts = make_texts(9)
    model = AutoModel.from_pretrained(checkpoint.folder, dtype=torch.float32).eval()
    for text, vector in zip(texts, encoder.encode(texts), strict=True):
        (ids,) = encoder.tokenizer([text]).ids
        with torch.no_grad():
            hidden = model(torch.from_numpy(ids)[None]).last_hidden_state[0]
        pooled = {"mean": hidden.mean(dim=0), "last": hidden[-1], "cls": hidden[0]}[pooling]
        np.testing.assert_allclose(vector, (pooled / pooled.norm()).numpy(), atol=1e-5)


@pytest.mark.parametrize(("size", "dim"), [("0.6B", 32), ("4B", 48), ("8B", 64), ("mini", 384)])
def test_dimensions_come_from_the_model(models_dir: Path, size: str, dim: int) -> None:
    encoder = load(find_model(size, models_dir=models_dir, embedding_model=None))
    vectors = encoder.encode(["a text"])
    assert vectors.shape == (1, dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_end_of_text_is_appended_where_the_tokenizer_does_not(tmp_path: Path) -> None:
    without = make_tiny_qwen3(tmp_path / "without", appends_end=False)
    appends = make_tiny_qwen3(tmp_path / "appends", appends_end=True)
    text = "The doctor advised the patient " * 20
    windows = []
    for folder in (without, appends):
        checkpoint = find_model("0.6B", models_dir=None, embedding_model=str(folder))
        windows.append(load(checkpoint, max_length=16).tokenizer([text, "a"]))
    for one, other in zip(windows[0].ids, windows[1].ids, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one[-1] == 0  # <|endoftext|>
    assert len(windows[0].ids[0]) == 16
    np.testing.assert_array_equal(windows[0].tokens, windows[1].tokens)


def test_causal_models_run_without_a_mask_and_others_only_with_padding(
    padded: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    forward = padded._model.forward

    def watch(**inputs: torch.Tensor) -> object:
        seen.append(inputs)
        return forward(**inputs)

    monkeypatch.setattr(padded._model, "forward", watch)
    padded.encode([" ".join(["the"] * n) for n in (40, 40, 39)])
    padded.encode(["the match"] * 3)
    masked = [isinstance(inputs.get("attention_mask"), torch.Tensor) for inputs in seen]
    assert masked == [not padded.causal, False]


def test_mean_of_windows_is_weighted_by_their_tokens(models_dir: Path) -> None:
    checkpoint = find_model("0.6B", models_dir=models_dir, embedding_model=None)
    encoder = load(checkpoint, max_length=16, long_docs="mean")
    text = " ".join(WORDS)
    windows = encoder.tokenizer([text, "short"])
    n_windows = len(windows.ids) - 1
    assert n_windows > 2
    assert windows.weights[:-1].sum() == windows.tokens[0, 0]
    assert windows.tokens[0, 1] == 15
    assert {len(ids) for ids in windows.ids[: n_windows - 1]} == {16}
    # Each window's vector alone, by hand.
    vectors = []
    for ids in windows.ids[:n_windows]:
        with torch.no_grad():
            hidden = encoder._model(torch.from_numpy(ids)[None]).last_hidden_state[0, -1]
        vectors.append((hidden / hidden.norm()).numpy())
    mean = (windows.weights[:n_windows, None] * np.array(vectors)).sum(axis=0)
    both = encoder.encode([text, "short"])
    np.testing.assert_allclose(both[0], mean / np.linalg.norm(mean), atol=1e-5)
    truncated = load(checkpoint, max_length=16).encode([text, "short"])
    np.testing.assert_allclose(both[1], truncated[1], atol=1e-5)
    np.testing.assert_allclose(truncated[0], vectors[0], atol=1e-5)
    assert np.abs(both[0] - truncated[0]).max() > 1e-3


class Gpu:
    """Stands for a device that holds so many tokens at once."""

    def __init__(self, encoder: Encoder, n_tokens: int, error: Exception | None = None) -> None:
        self.forward = encoder._model.forward
        self.error = error or torch.OutOfMemoryError("CUDA out of memory")
        self.n_tokens = n_tokens
        self.batches: list[int] = []

    def __call__(self, **inputs: torch.Tensor) -> object:
        n_tokens = inputs["input_ids"].numel()
        if n_tokens > self.n_tokens:
            raise self.error
        self.batches.append(n_tokens)
        return self.forward(**inputs)


def test_out_of_memory_halves_the_batch_and_goes_on(
    padded: Encoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    texts = make_texts(40)
    expected = padded.encode(texts)
    monkeypatch.setattr(padded, "token_budget", 512)
    gpu = Gpu(padded, n_tokens=130)
    monkeypatch.setattr(padded._model, "forward", gpu)
    np.testing.assert_allclose(padded.encode(texts), expected, atol=1e-5)
    assert 64 <= padded.token_budget <= 130
    assert "Out of memory" in caplog.text
    # The smaller budget stays: the next call does not run into the wall again.
    caplog.clear()
    padded.encode(texts)
    assert caplog.text == ""


def test_one_document_that_does_not_fit_ends_with_what_to_do(
    padded: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(padded, "token_budget", 512)
    monkeypatch.setattr(padded._model, "forward", Gpu(padded, n_tokens=40))
    with pytest.raises(OutOfMemory, match=r"64 tokens does not fit.*--max_length 32") as error:
        padded.encode(["short", "x " * 100])
    assert error.value.exit_code == 4


@pytest.mark.parametrize(
    "error",
    [
        torch.AcceleratorError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        MemoryError(),
    ],
    ids=str,
)
def test_every_way_to_say_out_of_memory_halves_the_batch(
    padded: Encoder, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    texts = make_texts(40)
    expected = padded.encode(texts)
    monkeypatch.setattr(padded, "token_budget", 512)
    gpu = Gpu(padded, n_tokens=130, error=error)
    monkeypatch.setattr(padded._model, "forward", gpu)
    np.testing.assert_allclose(padded.encode(texts), expected, atol=1e-5)
    assert padded.token_budget <= 130


def test_activations_are_gone_before_the_batch_is_halved(
    padded: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory that a traceback still holds cannot be given back to the device."""
    alive: list[weakref.ref[torch.Tensor]] = []
    forward = padded._model.forward
    halve = padded._halve_budget

    def failing_first(**inputs: torch.Tensor) -> object:
        if alive:
            return forward(**inputs)
        activations = torch.ones(3)
        alive.append(weakref.ref(activations))
        raise torch.OutOfMemoryError("CUDA out of memory")

    def halve_when_free(longest: int, n_left: int) -> None:
        assert alive[0]() is None
        halve(longest, n_left)

    monkeypatch.setattr(padded, "token_budget", 512)
    monkeypatch.setattr(padded._model, "forward", failing_first)
    monkeypatch.setattr(padded, "_halve_budget", halve_when_free)
    assert padded.encode(["some text", "another"]).shape == (2, padded.dim)


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("CUDA error: out of memory")],
    ids=str,
)
def test_weights_that_do_not_fit(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(torch.nn.Module, "to", full)
    with pytest.raises(OutOfMemory, match=r"do not fit into the memory of cpu.*--model_size"):
        load_model(checkpoint, "cpu")


def test_a_gpu_is_made_current_and_cudnn_plans_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    current: list[str] = []

    def fake_device(device: str):
        current.append(device)
        return nullcontext()

    monkeypatch.setattr(torch.cuda, "device", fake_device)
    before = torch.backends.cuda.cudnn_sdp_enabled()
    with computing_on("cuda:1"):
        assert current == ["cuda:1"]
        assert not torch.backends.cuda.cudnn_sdp_enabled()
    assert torch.backends.cuda.cudnn_sdp_enabled() == before


def test_encoding_happens_on_the_device_of_the_model(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies through pinned memory and the launches of a batch, whatever device is current."""
    used: list[str] = []

    @contextmanager
    def noted(device: str):
        used.append(device)
        yield
        used.append("left")

    monkeypatch.setattr(encoder_module, "computing_on", noted)
    encoder.encode(["some text"])
    assert used == ["cpu", "left"]


def test_another_error_is_not_taken_for_memory(
    padded: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**inputs: torch.Tensor) -> object:
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(padded._model, "forward", broken)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        padded.encode(["text"])


def test_padding_stays_under_five_percent(encoder: Encoder) -> None:
    lengths = encoder.tokenizer(make_texts(500)).lengths
    places = sum(len(batch) * lengths[batch].max() for batch in pack(lengths, 32, 1024))
    assert 1 - lengths.sum() / places < 0.05


class CountedOperations(TorchDispatchMode):
    """Counts the operations that reach the device."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.names.append(function.__name__)
        return function(*args, **(kwargs or {}))


def test_a_causal_model_looks_for_no_mask(models_dir: Path) -> None:
    encoder = load(find_model("0.6B", models_dir=models_dir, embedding_model=None))
    ids = encoder.tokenizer(make_texts(4)).ids
    with CountedOperations() as bare:
        without = encoder._forward(ids)
    encoder._takes_masks_of_layers = False
    with CountedOperations() as searched:
        found = encoder._forward(ids)
    torch.testing.assert_close(without, found, rtol=0, atol=0)
    # Reading a value back makes the host wait for the device.
    waits = [one.names.count("is_nonzero.default") for one in (bare, searched)]
    assert waits == [0, 1]
    assert len(bare.names) < len(searched.names)


def test_attention_that_fails_is_replaced_once(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # BERT is packed on a CPU, where fused attention is never replaced.
    monkeypatch.setattr(loading, "can_pack", lambda _: False)
    monkeypatch.setattr(loading, "read_bert", lambda *_: None)
    texts = make_texts(20)
    expected = load(checkpoint).encode(texts)
    attend = torch.nn.functional.scaled_dot_product_attention

    def fail(*arguments: Any, **named: Any) -> torch.Tensor:
        return torch.full_like(attend(*arguments, **named), torch.nan)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", fail)
    found = load(checkpoint).encode(texts)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert caplog.text.count("Fused attention gave values that are not finite") == 1


def test_batches_go_to_the_device_of_the_model() -> None:
    # A device that every build of torch has, in place of a Mac's.
    moved = Encoder.__new__(Encoder)
    moved.device = torch.device("meta")
    assert moved._to_device(np.zeros((2, 3), dtype=np.int64)).device.type == "meta"


def test_a_mac_has_a_token_budget_of_its_own() -> None:
    assert loading._token_budget(torch.nn.Linear(1, 1), "mps:0") == 1 << 13
