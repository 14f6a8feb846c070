from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from theta.embeddings.locate import find_model
from theta.embeddings.training_windows import TrainingWindows
from theta.embeddings.windows import WindowTokenizer

TEXTS = ["", "senate", "match " * 30, "the senate and the match " * 300]


def tokenizer_of(models_dir: Path) -> WindowTokenizer:
    checkpoint = find_model("mini", models_dir=models_dir, embedding_model=None)
    return WindowTokenizer(checkpoint, 16, "mean")


@pytest.mark.parametrize("max_windows", [1, 3, 1000])
def test_the_first_windows_of_each_text_are_kept(models_dir: Path, max_windows: int) -> None:
    tokenizer = tokenizer_of(models_dir)
    # More texts than are tokenised at once, with long ones at both ends of a chunk.
    texts = [*TEXTS, *["senate"] * 1016, *TEXTS, *TEXTS]
    kept = TrainingWindows.of(iter(texts), tokenizer, max_windows)
    whole = tokenizer(texts)
    assert len(kept) == len(texts)
    for row in (0, 1, 2, 3, 500, *range(1018, 1028)):
        expected = [whole.ids[n] for n in np.flatnonzero(whole.text == row)][:max_windows]
        first, last = kept.first[row], kept.first[row + 1]
        got = [kept.ids[kept.starts[n] : kept.starts[n + 1]] for n in range(first, last)]
        assert [ids.tolist() for ids in got] == [ids.tolist() for ids in expected]


def test_a_window_is_drawn_as_often_as_it_has_tokens() -> None:
    # Two texts: windows of 30 and 10 tokens, and one of 5.
    ids = np.repeat(np.arange(3, dtype=np.int32), [30, 10, 5])
    windows = TrainingWindows(ids, np.array([0, 30, 40, 45]), np.array([0, 2, 3]))
    rows = np.tile([1, 0], 4000)
    drawn = windows.draw(rows, np.random.default_rng(0))
    assert {len(one) for one in drawn[::2]} == {5}
    share = np.mean([len(one) == 30 for one in drawn[1::2]])
    assert share == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / 4000))
    assert all(len(set(one.tolist())) == 1 for one in drawn)
