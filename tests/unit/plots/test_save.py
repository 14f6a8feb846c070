from __future__ import annotations

import pytest

from tests.runs import labelled
from theta.errors import InvalidOption
from theta.plots import topic_words_bars
from theta.plots.save import save

WORDS = [[("cat", 0.5), ("dog", 0.25)], [("基金", 0.125)]]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_figure_gives_the_same_bytes(tmp_path, suffix):
    paths = [tmp_path / "folder" / f"{name}.{suffix}" for name in "ab"]
    for path in paths:
        save(topic_words_bars.draw(labelled(WORDS), [0.5, 0.5]), path, dpi=50)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_an_svg_holds_no_date_and_no_link_to_a_font(tmp_path):
    save(topic_words_bars.draw(labelled(WORDS), [0.5, 0.5]), tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "dc:date" not in text
    assert "<text" not in text  # glyphs are outlines, the same on every machine


def test_the_png_has_the_resolution_asked_for(tmp_path):
    from PIL import Image

    figure = topic_words_bars.draw(labelled(WORDS), [0.5, 0.5])
    save(figure, tmp_path / "a.png", dpi=300)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == pytest.approx(figure.get_size_inches() * 300, abs=1)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_another_format_is_refused(tmp_path):
    with pytest.raises(InvalidOption, match=r"\.png, \.svg, \.pdf"):
        save(topic_words_bars.draw(labelled(WORDS), [0.5, 0.5]), tmp_path / "a.gif")
