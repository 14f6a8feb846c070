"""python -m theta.plots draws the charts and the page of a finished run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from theta.cli.finished_run import plots

RUN = Path("result/0.6B/my_dataset/zero_shot")


def test_one_chart_is_drawn_again(finished: Path) -> None:
    kept = (RUN / "theta.npy").read_bytes()
    flags = ["--run", str(RUN), "--only", "training_curves", "--dpi", "72"]
    assert plots(flags) == 0
    drawn = {path.name for path in (RUN / "visualizations").iterdir()}
    assert drawn == {"training_curves.png", "training_curves.svg"}
    assert (RUN / "theta.npy").read_bytes() == kept
    before = (RUN / "visualizations/training_curves.png").read_bytes()
    assert plots(flags) == 0
    assert (RUN / "visualizations/training_curves.png").read_bytes() == before


def test_the_page_is_written_again_in_another_language(finished: Path) -> None:
    assert plots(["--run", str(RUN), "--only", "report", "--language", "zh"]) == 0
    drawn = {path.name for path in (RUN / "visualizations").iterdir()}
    assert drawn == {"report.html", "pyldavis.html"}
    text = (RUN / "visualizations/report.html").read_text(encoding="utf-8")
    assert 'lang="zh-Hans"' in text
    assert "本次运行中所有主题词的顺序" in text


@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        ([], 3, "--run is missing"),
        (["--run", "none"], 2, "is not there"),
        (["--run", "none", "--only", "pie"], 3, "the choices are topic_words_bars"),
        (["--run", "none", "--dpi", "9"], 3, "--dpi 9"),
    ],
)
def test_wrong_use_is_one_line(
    capsys: pytest.CaptureFixture[str], flags: list[str], code: int, message: str
) -> None:
    assert plots(flags) == code
    assert message in capsys.readouterr().err
