from __future__ import annotations

import csv
from pathlib import Path

from theta.contracts import ModelTable
from theta.layout import RunFiles
from theta.pipeline.keep import write_model_tables


def test_cells_are_shown_as_they_are(tmp_path: Path) -> None:
    row = ("=1+2", "-0.5", None, 3, -0.123456789, 1e-12)
    table = ModelTable("covariate_effects", tuple("abcdef"), [row])
    write_model_tables(RunFiles(tmp_path), [table])
    with (tmp_path / "covariate_effects.csv").open(encoding="utf-8-sig", newline="") as handle:
        head, cells = csv.reader(handle)
    assert head == list("abcdef")
    assert cells == ["'=1+2", "-0.5", "", "3", "-0.123457", "1e-12"]
