"""What follows from the topics of a run is computed once, whoever asks for it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from theta.cli import run
from theta.run import labels, output, run_topics
from theta.run import run as owner

RUNS = {
    "theta": Path("result/0.6B/my_dataset/zero_shot"),
    "lda": Path("result/baseline/my_dataset/lda/K3"),
}


@pytest.mark.parametrize("model", RUNS)
def test_one_run_with_charts_and_page_computes_each_view_once(
    prepared: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    names = (
        "make_map",
        "word_similarity",
        "make_label_task",
        "predict_labels",
        "label_scores",
        "document_groups",
        "estimate_trends",
        "describe_topics",
        "make_preprocessing",
    )
    calls: Counter[str] = Counter()
    for name in names:
        callers = (owner, output, run_topics, labels)
        module = next(caller for caller in callers if hasattr(caller, name))
        function = getattr(module, name)

        def counted(*given: Any, _name: str = name, _function: Any = function, **named: Any) -> Any:
            calls[_name] += 1
            return _function(*given, **named)

        monkeypatch.setattr(module, name, counted)
    saved = []
    monkeypatch.setattr("theta.pipeline.draw.save", lambda _, path, __: saved.append(path.name))
    flags = ["--dataset", "my_dataset", "--models", model, "--num_topics", "3", "--gpu", "-1"]
    assert run.main(flags + (["--epochs", "3"] if model == "theta" else [])) == 0
    assert {"document_map.png", "topic_similarity.png"} <= set(saved)
    assert (RUNS[model] / "visualizations/report.html").exists()
    # No labels were learnt and there are no dates.
    assert calls == dict.fromkeys(set(names) - {"label_scores", "estimate_trends"}, 1)
