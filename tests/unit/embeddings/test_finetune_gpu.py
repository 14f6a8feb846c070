"""Fine-tuning on a GPU: bfloat16 weights, a float32 adapter, activations computed anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.unit.embeddings.test_finetune import CODES, TEXTS, MakeSettings, record_of, run, tuned
from tests.unit.embeddings.vectors import encode_texts
from theta.embeddings import finetune
from theta.layout import EmbeddingFiles

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


@pytest.mark.parametrize("supervised", [False, True])
def test_it_learns_in_bfloat16(
    tmp_path: Path, make_settings: MakeSettings, supervised: bool
) -> None:
    files = EmbeddingFiles(tmp_path / "x")
    settings = make_settings(device="cuda:0")
    tuning = tuned(supervised=supervised, epochs=6)
    folder = run(files, settings, tuning, CODES if supervised else None)
    record = record_of(folder)
    assert record["loss_at_last"] < record["loss_at_first"]
    on_gpu = encode_texts(TEXTS, make_settings(device="cuda:0", adapter=folder))
    on_cpu = encode_texts(TEXTS, make_settings(adapter=folder))
    # Beside bfloat16 weights there, added into float32 weights here: 8 bits of mantissa.
    cosines = (on_gpu.astype(np.float32) * on_cpu.astype(np.float32)).sum(axis=1)
    assert cosines.min() > 0.98


def test_activations_computed_anew_give_the_same_training(
    tmp_path: Path, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(device="cuda:0")
    kept = record_of(run(EmbeddingFiles(tmp_path / "a" / "x"), settings, tuned()))
    monkeypatch.setattr(finetune, "_RECOMPUTED_PARAMETERS", 0)
    anew = record_of(run(EmbeddingFiles(tmp_path / "b" / "x"), settings, tuned()))
    assert anew["loss_at_last"] == pytest.approx(kept["loss_at_last"], rel=1e-2)
