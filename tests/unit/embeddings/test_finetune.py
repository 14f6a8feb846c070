from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from tests.tiny_models import SENTENCES
from tests.unit.embeddings.vectors import encode_texts
from theta.contracts import UNLABELLED
from theta.embeddings import finetune, training
from theta.embeddings.adapter import (
    attention_projections,
    new_adapter,
    recompute_activations,
    with_adapter,
)
from theta.embeddings.apply import TextEncoder
from theta.embeddings.embed import Texts, embed_corpus, stale_reason
from theta.embeddings.finetune import finetune_adapter, finetune_facts
from theta.embeddings.load import embedding_facts
from theta.embeddings.loading import load_model, make_encoder
from theta.embeddings.locate import find_model
from theta.embeddings.settings import EmbeddingSettings, FinetuneSettings
from theta.errors import InvalidOption, NotConverged, OutOfMemory
from theta.layout import EmbeddingFiles

MakeSettings = Callable[..., EmbeddingSettings]
ROOT = Path(__file__).resolve().parents[3]
TEXTS = [f"{sentence} {number}" for number in range(4) for sentence in SENTENCES[:5]]
CODES = np.arange(20) % 5


def tuned(**changed: Any) -> FinetuneSettings:
    settings: dict[str, Any] = {
        "supervised": False,
        "finetune_epochs": 2,
        "finetune_lr": 1e-2,
        "lora_r": 4,
        "lora_alpha": 8,
        "finetune_batch_size": 8,
        "seed": 0,
    }
    return FinetuneSettings(**{**settings, **changed})


@pytest.fixture
def files(tmp_path: Path) -> EmbeddingFiles:
    return EmbeddingFiles(tmp_path / "embeddings" / "0.6B_unsupervised")


def run(
    files: EmbeddingFiles,
    settings: EmbeddingSettings,
    tuning: FinetuneSettings,
    codes: np.ndarray | None = None,
    texts: list[str] = TEXTS,
) -> Path:
    if tuning.supervised and codes is None:
        codes = CODES
    return finetune_adapter(Texts.of(texts), codes, files=files, settings=settings, tuning=tuning)


def weights_of(folder: Path) -> bytes:
    return (folder / "adapter_model.safetensors").read_bytes()


def record_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text())["stands_on"]


@pytest.mark.parametrize("size", ["0.6B", "mini"])
def test_dropout_gives_two_views_in_training_and_one_in_evaluation(
    models_dir: Path, size: str
) -> None:
    # Qwen3 is published with a dropout of 0: the two views of SimCSE would be one.
    checkpoint = find_model(size, models_dir=models_dir, embedding_model=None)
    model = load_model(checkpoint, "cpu")
    wrapped = new_adapter(model, r=4, alpha=8, dropout=0.1)
    encoder = make_encoder(model, checkpoint, max_length=32, long_docs="truncate", batch_size=4)
    ids = encoder.tokenizer(TEXTS[:2]).ids
    wrapped.train()
    torch.manual_seed(0)
    one, other = encoder.vectors_of(ids), encoder.vectors_of(ids)
    assert (one - other).abs().max() > 1e-3
    wrapped.eval()
    assert torch.equal(encoder.vectors_of(ids), encoder.vectors_of(ids))


@pytest.mark.parametrize(("size", "per_layer", "layers"), [("0.6B", 4, 2), ("mini", 4, 6)])
def test_the_adapter_is_on_the_attention_and_nothing_else_trains(
    models_dir: Path, size: str, per_layer: int, layers: int
) -> None:
    model = load_model(find_model(size, models_dir=models_dir, embedding_model=None), "cpu")
    assert len(attention_projections(model)) == per_layer * layers
    wrapped = new_adapter(model, r=4, alpha=8, dropout=0.1)
    trained = [name for name, p in wrapped.named_parameters() if p.requires_grad]
    assert len(trained) == 2 * per_layer * layers
    assert all("lora_" in name and "attention" in name.replace("attn", "attention")
               for name in trained)  # fmt: skip


@pytest.mark.parametrize("size", ["0.6B", "mini"])
def test_activations_computed_anew_give_the_same_gradients(models_dir: Path, size: str) -> None:
    checkpoint = find_model(size, models_dir=models_dir, embedding_model=None)
    found = []
    for anew in (False, True):
        model = load_model(checkpoint, "cpu")
        torch.manual_seed(0)
        wrapped = new_adapter(model, r=4, alpha=8, dropout=0.1)
        if anew:
            recompute_activations(model)
        encoder = make_encoder(model, checkpoint, max_length=32, long_docs="truncate", batch_size=4)
        wrapped.train()
        torch.manual_seed(1)
        one, other = encoder.vectors_of(encoder.tokenizer(TEXTS[:2]).ids)
        (one @ other).backward()
        found.append([p.grad for p in wrapped.parameters() if p.grad is not None])
    assert len(found[0]) == len(found[1]) > 0
    assert max(float(grad.abs().max()) for grad in found[0]) > 0
    for kept, computed in zip(*found, strict=True):
        torch.testing.assert_close(computed, kept)


def test_an_untrained_adapter_changes_nothing(
    models_dir: Path, tmp_path: Path, make_settings: MakeSettings
) -> None:
    checkpoint = find_model("0.6B", models_dir=models_dir, embedding_model=None)
    model = load_model(checkpoint, "cpu")
    new_adapter(model, r=4, alpha=8, dropout=0.0).train()
    encoder = make_encoder(model, checkpoint, max_length=64, long_docs="truncate", batch_size=4)
    plain = encode_texts(TEXTS[:4], make_settings()).astype(np.float32)
    np.testing.assert_allclose(encoder.encode(TEXTS[:4]), plain, atol=1e-3)


@pytest.mark.parametrize("supervised", [False, True])
def test_the_loss_falls_and_the_embedding_changes(
    files: EmbeddingFiles, make_settings: MakeSettings, supervised: bool
) -> None:
    settings = make_settings()
    folder = run(files, settings, tuned(supervised=supervised, finetune_epochs=6))
    record = record_of(folder)
    assert record["loss_at_last"] < record["loss_at_first"]
    with_it = encode_texts(TEXTS, make_settings(adapter=folder)).astype(np.float32)
    without = encode_texts(TEXTS, settings).astype(np.float32)
    assert np.abs(with_it - without).max() > 1e-2
    if supervised:
        assert label_contrast(with_it) > label_contrast(without)


def label_contrast(vectors: np.ndarray) -> float:
    """How much nearer texts of one label are than texts of two."""
    similarity = vectors @ vectors.T
    same = CODES[:, None] == CODES
    itself = np.eye(len(CODES), dtype=bool)
    return float(similarity[same & ~itself].mean() - similarity[~same].mean())


@pytest.mark.parametrize("supervised", [False, True])
def test_a_model_that_tells_all_texts_apart_has_nothing_to_learn(
    files: EmbeddingFiles,
    make_settings: MakeSettings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    supervised: bool,
) -> None:
    monkeypatch.setattr(training, "_step", lambda *_: 0.0002)
    run(files, make_settings(), tuned(finetune_epochs=1, supervised=supervised))
    assert ("taught it almost nothing" in caplog.text) is not supervised


def test_every_epoch_leaves_a_line_in_the_log_of_a_batch_job(
    files: EmbeddingFiles,
    make_settings: MakeSettings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level("INFO")
    losses = iter(range(100))
    monkeypatch.setattr(training, "_step", lambda *_: float(next(losses)))
    run(files, make_settings(), tuned(finetune_epochs=3))
    lines = [line for line in caplog.messages if line.startswith("Epoch")]
    assert lines == [
        "Epoch 1 of 3 done: mean loss 1.000.",
        "Epoch 2 of 3 done: mean loss 4.000.",
    ]


def test_simcse_follows_gradients_and_not_their_noise(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the loss is next to nothing, so is the step; labels teach as before."""

    def moved(supervised: bool, scale: float) -> float:
        name = "supervised_contrastive_loss" if supervised else "simcse_loss"
        loss = getattr(training, name)
        with monkeypatch.context() as patch:
            patch.setattr(training, name, lambda *views: scale * loss(*views))
            folder = run(files, make_settings(), tuned(finetune_epochs=1, supervised=supervised))
        weights = load_file(folder / "adapter_model.safetensors")
        shutil.rmtree(folder)
        return float(max(abs(w).max() for name, w in weights.items() if "lora_B" in name))

    assert moved(supervised=False, scale=1e-6) < 0.1 * moved(supervised=False, scale=1.0)
    assert moved(supervised=True, scale=1e-4) > 0.5 * moved(supervised=True, scale=1.0)


def test_a_model_that_mixes_texts_up_is_not_warned_of(
    files: EmbeddingFiles, make_settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    run(files, make_settings(), tuned(finetune_epochs=1))
    assert "almost nothing" not in caplog.text


def test_peft_itself_reads_the_adapter(
    files: EmbeddingFiles, make_settings: MakeSettings, models_dir: Path
) -> None:
    from peft import PeftModel

    folder = run(files, make_settings(), tuned())
    assert {path.name for path in folder.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "manifest.json",
    }
    checkpoint = find_model("0.6B", models_dir=models_dir, embedding_model=None)
    theirs = PeftModel.from_pretrained(load_model(checkpoint, "cpu"), str(folder)).eval()
    ours = with_adapter(load_model(checkpoint, "cpu"), folder)
    ids = torch.arange(20)[None]
    with torch.no_grad():
        expected = theirs(input_ids=ids).last_hidden_state
        got = ours(input_ids=ids).last_hidden_state
    # Added into the weights, or beside them: the rounding of float32.
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


def test_nothing_is_sent_anywhere(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError(f"a connection to {arguments}")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    folder = run(files, make_settings(), tuned(finetune_epochs=1))
    assert len(encode_texts(TEXTS, make_settings(adapter=folder))) == len(TEXTS)


def test_same_seed_same_bits_another_seed_others(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    folders = [
        run(EmbeddingFiles(tmp_path / name / "x"), make_settings(), tuned(seed=seed))
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    one, again, other = map(weights_of, folders)
    assert one == again
    assert one != other
    configs = [(folder / "adapter_config.json").read_bytes() for folder in folders[:2]]
    assert configs[0] == configs[1]


@pytest.mark.parametrize("supervised", [False, True])
def test_interrupted_at_any_step_it_ends_with_the_same_bits(
    tmp_path: Path,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    supervised: bool,
) -> None:
    tuning = tuned(supervised=supervised)
    whole = run(EmbeddingFiles(tmp_path / "whole" / "x"), make_settings(), tuning)
    files = EmbeddingFiles(tmp_path / "parts" / "x")
    monkeypatch.setattr(training, "_CHECKPOINT_SECONDS", 0.0)
    step, done = training._step, []

    def stop_after_two(*arguments: Any) -> float:
        if len(done) == 2:
            done.clear()
            raise KeyboardInterrupt
        done.append(1)
        return step(*arguments)

    monkeypatch.setattr(training, "_step", stop_after_two)
    interruptions = 0
    while True:
        try:
            parts = run(files, make_settings(), tuning)
            break
        except KeyboardInterrupt:
            interruptions += 1
    assert interruptions >= 2
    assert weights_of(parts) == weights_of(whole)
    assert record_of(parts) == record_of(whole)
    assert (
        sorted(path.suffix for path in files.adapters.iterdir() if path.is_file()) == [".lock"] * 2
    )


KILLED_RUN = """
import sys, os, signal
from pathlib import Path
from theta.embeddings import training
from theta.embeddings.embed import Texts
from theta.embeddings.finetune import finetune_adapter
from theta.embeddings.settings import EmbeddingSettings, FinetuneSettings
from theta.layout import EmbeddingFiles
from tests.unit.embeddings.test_finetune import TEXTS, tuned
training._CHECKPOINT_SECONDS = 0.0
step = training._step
def killed(training, rows, number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return step(training, rows, number)
training._step = killed
settings = EmbeddingSettings(model_size="0.6B", models_dir=Path(sys.argv[2]), max_length=64,
                             device="cpu", progress=False, precision="unrecorded")
finetune_adapter(Texts.of(TEXTS), None, files=EmbeddingFiles(Path(sys.argv[1])),
                 settings=settings, tuning=tuned())
"""


def test_killed_it_goes_on_where_it_was(
    files: EmbeddingFiles,
    make_settings: MakeSettings,
    models_dir: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, str(files.root), str(models_dir)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    torch.set_num_threads(1)  # as in the process that was killed: another number, other sums
    resumed = run(files, make_settings(), tuned())
    assert "Continuing after step 3 of" in caplog.text
    whole = run(EmbeddingFiles(tmp_path / "whole" / "x"), make_settings(), tuned())
    assert weights_of(resumed) == weights_of(whole)


def test_a_flipped_byte_of_an_unfinished_training_is_found(
    files: EmbeddingFiles,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(training, "_CHECKPOINT_SECONDS", 0.0)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        good = weights_of(run(files, make_settings(), tuned()))
    (unfinished,) = files.adapters.glob("*.training.safetensors")
    content = bytearray(unfinished.read_bytes())
    content[-3] ^= 1
    unfinished.write_bytes(content)
    shutil.rmtree(files.adapter_folder(unfinished.name.split(".")[0]))
    assert weights_of(run(files, make_settings(), tuned())) == good
    assert "training.safetensors is damaged: its checksum" in caplog.text


def test_a_damaged_checkpoint_is_named_and_costs_its_work_only(
    files: EmbeddingFiles,
    make_settings: MakeSettings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = run(files, make_settings(), tuned())
    good = weights_of(folder)
    files.adapter_training(folder.name).write_bytes(b"no safetensors")
    (folder / "adapter_model.safetensors").write_bytes(good[:-9])
    assert weights_of(run(files, make_settings(), tuned())) == good
    assert "adapter_model.safetensors is damaged" in caplog.text
    assert "training.safetensors is damaged" in caplog.text


def test_finished_it_is_reused_and_what_changes_it_makes_another(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings()
    first = run(files, settings, tuned())
    folders = {
        first,
        run(files, settings, tuned(finetune_epochs=1)),
        run(files, settings, tuned(finetune_lr=1e-3)),
        run(files, settings, tuned(lora_r=2)),
        run(files, settings, tuned(lora_alpha=4)),
        run(files, settings, tuned(finetune_batch_size=4)),
        run(files, settings, tuned(), texts=TEXTS[:-1]),
        run(files, settings, tuned(supervised=True)),
        run(files, settings, tuned(supervised=True), codes=CODES[::-1].copy()),
        run(files, make_settings(max_length=16), tuned()),
        run(files, make_settings(model_size="4B"), tuned()),
    }
    assert len(folders) == 11
    assert len({weights_of(folder) for folder in folders}) == 11
    monkeypatch.setattr(finetune, "load_model", None)  # nothing is loaded or trained
    assert run(files, settings, tuned()) == first
    # The batch of the embedding and the device have no part in it.
    assert run(files, make_settings(batch_size=3), tuned()) == first


def test_unlabelled_texts_and_lonely_labels_teach_nothing(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    tuning = tuned(supervised=True)
    alone = run(EmbeddingFiles(tmp_path / "a" / "x"), make_settings(), tuning)
    codes = np.concatenate([CODES, [UNLABELLED, UNLABELLED, 9]])
    texts = [*TEXTS, "without a label", "without one too", "the only one of its label"]
    among = run(EmbeddingFiles(tmp_path / "b" / "x"), make_settings(), tuning, codes, texts)
    assert weights_of(among) == weights_of(alone)
    # How labels are numbered depends on labels that only held-out documents have.
    renumbered = run(
        EmbeddingFiles(tmp_path / "b" / "x"), make_settings(), tuning, 3 * CODES + 1, TEXTS
    )
    assert renumbered == among


@pytest.mark.parametrize(("long_docs", "matters"), [("truncate", False), ("mean", True)])
def test_fine_tuning_reads_what_the_embedding_reads(
    tmp_path: Path, make_settings: MakeSettings, long_docs: str, matters: bool
) -> None:
    settings = make_settings(max_length=16, long_docs=long_docs)
    weights = set()
    for tail in ("senate", "match"):
        # 16 tokens or more before the tail, and no more than the four windows hold.
        texts = [f"{SENTENCES[number % 5]} {'the ' * 16}{tail}" for number in range(20)]
        files = EmbeddingFiles(tmp_path / tail / "x")
        weights.add(weights_of(run(files, settings, tuned(supervised=True), texts=texts)))
    assert (len(weights) == 2) is matters


def test_what_a_step_reads_follows_from_the_options(
    models_dir: Path, make_settings: MakeSettings
) -> None:
    def read(supervised: bool, **reading: Any) -> tuple[int, int]:
        facts = finetune_facts(make_settings(**reading), tuned(supervised=supervised))
        return facts["max_length"], facts["windows"]

    assert read(True, max_length=512) == (128, 4)
    assert read(True, max_length=4096) == (128, 4)
    assert read(True, max_length=300) == (128, 2)
    assert read(True, max_length=100) == (100, 1)
    assert read(True, max_length=100, long_docs="mean") == (100, 4)
    # Each text goes through the model twice, in two windows of half the size.
    assert read(False, max_length=512) == (64, 4)
    assert read(False, max_length=32) == (32, 1)


def test_the_projection_is_trained_and_thrown_away(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[tuple[training.Training, dict[str, torch.Tensor]]] = []
    train = training.train

    def watch(one: training.Training, *arguments: Any, **named: Any) -> None:
        assert one.projection is not None
        kept.append((one, {n: p.detach().clone() for n, p in one.projection.named_parameters()}))
        train(one, *arguments, **named)

    monkeypatch.setattr(finetune, "train", watch)
    folder = run(files, make_settings(), tuned(supervised=True))
    ((done, before),) = kept
    assert done.projection is not None
    for name, parameter in done.projection.named_parameters():
        assert not torch.equal(parameter, before[name])
    assert all("lora_" in name for name in load_file(folder / "adapter_model.safetensors"))


def test_bad_input_is_refused(files: EmbeddingFiles, make_settings: MakeSettings) -> None:
    supervised = tuned(supervised=True)
    with pytest.raises(InvalidOption, match="two labels or more"):
        run(files, make_settings(), supervised, codes=np.zeros(20, dtype=int))
    with pytest.raises(InvalidOption, match="two labels or more"):
        run(files, make_settings(), supervised, codes=np.arange(20))
    with pytest.raises(InvalidOption, match="1 different training document"):
        run(files, make_settings(), tuned(), texts=["the same"] * 5)
    server = make_settings(embedding_api_base="http://localhost:1", embedding_model="m")
    with pytest.raises(InvalidOption, match="leave out --embedding_api_base"):
        run(files, server, tuned())
    assert not files.root.exists()


def test_a_loss_that_is_not_finite_names_the_step_and_the_way_out(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([2.5, float("nan")])
    monkeypatch.setattr(training, "_step", lambda *arguments: next(losses))
    with pytest.raises(NotConverged, match=r"nan in step 2; .* 2\.5; try a smaller --finetune_lr"):
        run(files, make_settings(), tuned())


def test_out_of_memory_names_a_batch_size_to_try(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(*arguments: Any) -> float:
        raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`")

    monkeypatch.setattr(training, "_step", too_much)
    with pytest.raises(OutOfMemory, match="try --finetune_batch_size 6"):
        run(files, make_settings(), tuned(finetune_batch_size=12))


def test_without_a_deterministic_algorithm_it_goes_on_and_says_so(
    files: EmbeddingFiles,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    expected = record_of(
        run(EmbeddingFiles(files.root.parent / "b" / "x"), make_settings(), tuned())
    )
    step = training._step

    def refusing(*arguments: Any) -> float:
        if not torch.is_deterministic_algorithms_warn_only_enabled():
            raise RuntimeError("some_backward_cuda does not have a deterministic implementation")
        return step(*arguments)

    monkeypatch.setattr(training, "_step", refusing)
    try:
        found = record_of(run(files, make_settings(), tuned()))
    finally:
        # On a GPU `repeatable` does that.
        torch.use_deterministic_algorithms(False)
    assert caplog.text.count("will not repeat its bits: some_backward_cuda") == 1
    assert found == expected


def test_an_adapter_goes_to_the_device_of_its_model(
    files: EmbeddingFiles, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peft import PeftModel

    folder = run(files, make_settings(), tuned(finetune_epochs=1))
    asked = []
    load = PeftModel.from_pretrained

    def noted(*arguments: Any, **named: Any) -> Any:
        asked.append(named["torch_device"])
        return load(*arguments, **named)

    monkeypatch.setattr(PeftModel, "from_pretrained", noted)
    encode_texts(TEXTS[:2], make_settings(adapter=folder))
    assert asked == ["cpu"]


def test_the_learning_rate_rises_and_falls() -> None:
    plan = training.Training("m", None, None, [np.zeros(1)] * 80, None, tuned(finetune_epochs=2))  # type: ignore[arg-type]
    # 80 texts in batches of 8, twice: 20 steps, of which 2 rise.
    assert plan.n_steps == 20
    rates = [plan.rate(step) for step in range(20)]
    assert rates[0] == pytest.approx(1e-2 / 2)
    assert rates[1] == pytest.approx(1e-2)
    assert rates[2] == pytest.approx(1e-2)
    assert rates[11] == pytest.approx(1e-2 * 9 / 18)
    assert rates[19] == pytest.approx(1e-2 / 18)


# --- with the embedding ---------------------------------------------------------------------


def embed(files: EmbeddingFiles, settings: EmbeddingSettings) -> np.ndarray:
    embed_corpus(
        Texts.of(TEXTS),
        Texts.of(["senate", "match"]),
        Texts.of(TEXTS[:2]),
        files=files,
        settings=settings,
        corpus_fingerprint="corpus",
    )
    return np.load(files.documents)


def test_the_embedding_stands_on_its_adapter_and_carries_it(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    one = run(files, make_settings(), tuned())
    other = run(files, make_settings(), tuned(supervised=True))
    first = embed(files, make_settings(adapter=one))
    assert weights_of(files.adapter) == weights_of(one)
    facts = embedding_facts(files, "")
    assert facts["finetune"] == record_of(one)
    new = TextEncoder(make_settings(adapter=files.adapter), facts).encode(TEXTS[:5])
    np.testing.assert_allclose(new, first[:5], atol=1e-3)
    with pytest.raises(InvalidOption, match="not comparable"):
        TextEncoder(make_settings(), facts)
    # Shards of one adapter never serve another.
    second = embed(files, make_settings(adapter=other))
    assert np.abs(first - second).max() > 1e-2
    assert weights_of(files.adapter) == weights_of(other)
    np.testing.assert_array_equal(embed(files, make_settings(adapter=one)), first)


def test_stale_says_what_the_adapter_was_made_with(
    files: EmbeddingFiles, make_settings: MakeSettings
) -> None:
    def reason(settings: EmbeddingSettings, tuning: FinetuneSettings) -> str | None:
        wanted = finetune_facts(settings, tuning)
        return stale_reason(files, settings=settings, corpus_fingerprint="corpus", finetune=wanted)

    settings = make_settings()
    assert reason(settings, tuned()) == "they are not there yet"
    embed(files, make_settings(adapter=run(files, settings, tuned())))
    assert reason(settings, tuned()) is None
    assert (
        reason(settings, tuned(finetune_epochs=3))
        == "the model was fine-tuned with different settings (epochs)"
    )
    assert "supervised" in str(reason(settings, tuned(supervised=True)))
    assert "max_length" in str(reason(make_settings(max_length=16), tuned()))
