from __future__ import annotations

import logging

import pytest

from theta.plots import fonts


@pytest.fixture(autouse=True)
def forget_warnings():
    fonts._warned.clear()


def test_latin_needs_no_other_font():
    assert fonts.families_for(["word", "naïve", "Łódź", "тема"]) == [fonts.BASE_FAMILY]


def test_a_missing_glyph_warns_once_and_names_the_package(monkeypatch, caplog):
    monkeypatch.setattr(fonts, "_candidates", list)
    with caplog.at_level(logging.WARNING):
        assert fonts.families_for(["基金"]) == [fonts.BASE_FAMILY]
        fonts.families_for(["基金"])
        fonts.families_for(["考研"])
    assert len(caplog.records) == 1
    assert "fonts-noto-cjk" in caplog.text


def test_a_font_of_placeholders_has_no_glyphs():
    assert not [family for family, _ in fonts._candidates() if "Last Resort" in family]


def test_chinese_gets_a_family_that_has_the_glyphs():
    if not any(family in fonts.PREFERRED for family, _ in fonts._candidates()):
        pytest.skip("no font with Chinese glyphs is installed (apt-get install fonts-noto-cjk)")
    families = fonts.families_for(["基金 fund"])
    assert families[0] == fonts.BASE_FAMILY
    assert len(families) == 2
    [path] = [path for family, path in fonts._candidates() if family == families[1]]
    assert {"基", "金"} <= fonts._characters(path)
