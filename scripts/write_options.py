"""Write what is derived from the declared options: configs/default.yaml and README.md's tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from theta.models import MODELS
from theta.options import Declaration, PrepareOptions, RunOptions, declarations

ROOT = Path(__file__).resolve().parents[1]

HEAD = """\
# Every option with its default. Take away a '#' to set one; what is typed beats this file.
# Use it with: python run_pipeline.py --config FILE, python prepare_data.py --config FILE
"""


def default_yaml() -> str:
    """Return configs/default.yaml: every option, commented out."""
    lines = [HEAD, "prepare:"]
    lines += _yaml_lines(declarations(PrepareOptions), indent=2)
    lines += ["", "run:"]
    lines += _yaml_lines(declarations(RunOptions), indent=2)
    for name, model in MODELS.items():
        lines += ["", f"  # Options of the model {name}. Here they are for it alone; beside the"]
        lines += [f"  # others above, for every model that takes them.", f"  {name}:"]
        lines += _yaml_lines(declarations(model.Options), indent=4)
    return "\n".join(lines) + "\n"


def _yaml_lines(declared: Mapping[str, Declaration], indent: int) -> list[str]:
    space = " " * indent
    lines = []
    for declaration in declared.values():
        if declaration.name == "config":
            continue
        lines.append(f"{space}# {declaration.help}")
        lines.append(f"{space}# {_type_and_range(declaration)}")
        lines.append(f"{space}# {declaration.name}: {_yaml_value(declaration.default)}")
    return lines


def _type_and_range(declaration: Declaration) -> str:
    text = f"({declaration.describe_range()}"
    if declaration.usual is not None:
        low, high = declaration.usual
        text += f"; usually {low:g} to {high:g}"
    return text + ")"


def _yaml_value(value: object) -> str:
    if value is None or value == ():
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


def option_table(declared: Mapping[str, Declaration]) -> str:
    """Return a Markdown table of options."""
    rows = ["| flag | default | values | what it does |", "|---|---|---|---|"]
    for declaration in declared.values():
        default = "" if declaration.default in (None, ()) else _yaml_value(declaration.default)
        values = _type_and_range(declaration)[1:-1].replace("|", "\\|")
        flag = declaration.negative_flags[0] if declaration.default is True else declaration.flag
        rows.append(f"| `{flag}` | {default} | {values} | {declaration.help} |")
    return "\n".join(rows)


def readme(text: str) -> str:
    """Return the README with its tables made anew between their markers."""
    tables = {
        "prepare": option_table(declarations(PrepareOptions)),
        "run": option_table(declarations(RunOptions)),
        **{name: option_table(declarations(model.Options)) for name, model in MODELS.items()},
    }
    for name, table in tables.items():
        pattern = rf"(<!-- options: {name} -->\n).*?(\n<!-- end -->)"
        text, count = re.subn(pattern, lambda m, t=table: m[1] + t + m[2], text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"README.md needs one place for the options of {name}, has {count}")
    return text


def main() -> None:
    """Write both files."""
    (ROOT / "configs" / "default.yaml").write_text(default_yaml(), encoding="utf-8")
    page = ROOT / "README.md"
    page.write_text(readme(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
