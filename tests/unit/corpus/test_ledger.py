from __future__ import annotations

import pytest

from theta.corpus.ledger import spreadsheet_cell


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_shown_not_run(text: str) -> None:
    assert spreadsheet_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "value", ["-3", "+4.5", "-1.2e-3", "-5%", "plain", "", "a=b", 7, None, -2.5]
)
def test_everything_else_stays(value: object) -> None:
    assert spreadsheet_cell(value) == value
