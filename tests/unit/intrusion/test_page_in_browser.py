"""The coder's page in headless Chromium: answer, reload, download."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from tests.unit.intrusion.test_answers import make_kit
from theta.intrusion.coder_files import write_coder_files
from theta.layout import KitFiles

pytestmark = pytest.mark.slow


def test_a_coder_answers_comes_back_later_and_downloads(tmp_path: Path) -> None:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (pip install '.[browser]')"
    )
    browser_path = shutil.which("chromium")
    if browser_path is None:
        pytest.skip("chromium is not installed (apt install chromium)")
    kit = make_kit()
    write_coder_files(KitFiles(tmp_path), kit, "csv")
    trouble: list[str] = []
    with playwright.sync_playwright() as engine:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = engine.chromium.launch(executable_path=browser_path, args=flags)
        tab = browser.new_page()
        tab.on("pageerror", lambda error: trouble.append(str(error)))
        tab.on("console", lambda line: trouble.append(line.text) if line.type == "error" else None)
        tab.on("request", lambda asked: trouble.append(asked.url)
               if not asked.url.startswith(("file:", "blob:")) else None)  # fmt: skip
        tab.goto((tmp_path / "coder_1.html").as_uri())
        assert tab.locator("script").count() == 2
        tab.click("#start")
        tab.keyboard.press("a")
        tab.keyboard.press("ArrowRight")
        tab.locator("input[value=B]").check()
        tab.reload()
        assert tab.inner_text("#start") == "Continue"
        tab.click("#start")
        assert tab.inner_text("#progress") == "3 of 3"
        tab.click("#next")
        assert tab.inner_text("#ending") == "1 of 3 questions have no answer yet."
        tab.click("#open")
        tab.keyboard.press("3")
        tab.keyboard.press("ArrowRight")
        assert tab.inner_text("#ending").startswith("All 3 questions are answered.")
        with tab.expect_download() as download:
            tab.click("#download")
        assert download.value.suggested_filename == "answers_1.csv"
        download.value.save_as(tmp_path / "back.csv")
        saved = json.loads(tab.evaluate("localStorage.getItem('theta-coding-kitaaa-1')"))
        browser.close()
    assert trouble == []
    with (tmp_path / "back.csv").open(encoding="utf-8-sig", newline="") as handle:
        answers = {row["id"]: row["answer"] for row in csv.DictReader(handle)}
    assert answers == {"kitaaa-1-001": "A", "kitaaa-1-002": "B", "kitaaa-1-003": "3"}
    assert saved["answers"] == answers
