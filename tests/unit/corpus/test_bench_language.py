"""The benchmark of language recognition, on catalogues made here."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path
from types import ModuleType

import pytest

MESSAGES = {
    "de": {
        "The file could not be opened": "Die Datei konnte nicht geöffnet werden",
        "There is not enough memory": "Es ist nicht genug Speicher vorhanden",
        "Use %s to set the name": "Mit %s wird der Name gesetzt",
    },
    "zh_CN": {"The file could not be opened": "无法打开该文件"},
}


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    path = Path(__file__).resolve().parents[3] / "scripts" / "bench_language.py"
    spec = importlib.util.spec_from_file_location("bench_language", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_catalogue(path: Path, messages: dict[str, str]) -> None:
    """Write a gettext catalogue: a header, two tables of lengths and places, the strings."""
    path.parent.mkdir(parents=True)
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **messages}.items())
    tables, strings = [b"", b""], b""
    start = 28 + 16 * len(pairs)
    for place in (0, 1):
        for pair in pairs:
            text = pair[place].encode()
            tables[place] += struct.pack("<II", len(text), start + len(strings))
            strings += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    path.write_bytes(head + tables[0] + tables[1] + strings)


def test_table(tmp_path: Path, bench: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    for locale, messages in MESSAGES.items():
        write_catalogue(tmp_path / locale / "LC_MESSAGES" / "a.mo", messages)
    assert bench.main(["--catalogues", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    # Two German messages without a format, the two that they translate, and a Chinese one.
    assert lines[0].startswith("5 texts")
    (ours,) = [line for line in lines if line.startswith("this program")]
    assert ours.split()[2] == "100.0%"


def test_a_machine_without_catalogues(
    tmp_path: Path, bench: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(["--catalogues", str(tmp_path)]) == 2
    assert "holds no translated messages" in capsys.readouterr().err
