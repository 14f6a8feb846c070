"""Write what follows from the code: configs/default.yaml and the tables of docs/."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from theta.estimator.parameters import Parameters
from theta.evaluation.metrics import METRICS
from theta.models import MODELS
from theta.options import (
    Declaration,
    PrepareOptions,
    RunOptions,
    Scope,
    TuneOptions,
    alike,
    by_owner,
    declarations,
)

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
        lines += ["  # others above, for every model that takes them.", f"  {name}:"]
        lines += _yaml_lines(declarations(model.Options), indent=4)
    return "\n".join(lines) + "\n"


STUB = '''\
"""The estimators for editors: written by scripts/write_options.py from the declared options."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from theta.estimator.base import TopicEstimator

ESTIMATORS: Mapping[str, type[TopicEstimator]]
'''


def estimator_stub() -> str:
    """Return theta/estimator/models.pyi: each estimator with an explicit signature."""
    lines = [STUB]
    for name, model in MODELS.items():
        lines += [f"class {name.upper()}(TopicEstimator):"]
        lines += ["    def __init__(", "        self,", "        *,"]
        for parameter, declared in Parameters(model).declared.items():
            lines.append(f"        {parameter}: {_annotation(declared)} = {declared.default!r},")
        lines += ["    ) -> None: ...", ""]
    return "\n".join(lines).replace("'", '"')


def _annotation(declared: Declaration) -> str:
    """Return the type of a parameter for editors."""
    choices = f"Literal[{', '.join(map(repr, declared.choices))}]" if declared.choices else None
    kinds = {Path: "str | Path", str: choices or "str"}
    text = kinds.get(declared.kind, declared.kind.__name__)
    if choices and declared.kind is not str:
        text += f" | {choices}"
    if declared.many:
        text = f"tuple[{text}, ...]"
    return f"{text} | None" if declared.optional else text


def _yaml_lines(declared: Mapping[str, Declaration], indent: int) -> list[str]:
    space = " " * indent
    lines = []
    for declaration in declared.values():
        if Scope.YAML not in declaration.scope:
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


def shared_option_table(groups: Mapping[str, type]) -> str:
    """Return a Markdown table of the options of several models, each with the default it has there.

    An option that means something else in another model has a row for each meaning.
    """
    rows = ["| flag | models and their defaults | values | what it does |", "|---|---|---|---|"]
    for owners in by_owner(groups).values():
        meanings = alike(owners, lambda one: f"{_type_and_range(one)[1:-1]} | {one.help}")
        for meaning, names in meanings.items():
            same = {name: owners[name] for name in names}
            defaults = "; ".join(
                f"{value}: {' '.join(f'`{name}`' for name in takers)}"
                for value, takers in alike(same, _default_cell).items()
            )
            flag = _flag_cell(list(same.values()))
            rows.append(f"| {flag} | {defaults} | {meaning} |")
    return "\n".join(rows)


def _default_cell(declaration: Declaration) -> str:
    return "none" if declaration.default in (None, ()) else _yaml_value(declaration.default)


def _flag_cell(declared: Sequence[Declaration]) -> str:
    first = declared[0]
    if first.kind is bool and any(one.default for one in declared):
        return f"`{first.flag}` `{first.negative_flags[0]}`"
    return f"`{first.flag}`"


def metrics_table() -> str:
    """Return a Markdown table of the metrics, in words for everybody."""
    rows = ["| metric | better | what it says |", "|---|---|---|"]
    rows += [f"| {name} | {row.better} | {row.meaning} |" for name, row in METRICS.items()]
    return "\n".join(rows)


def generated_parts() -> dict[str, dict[str, str]]:
    """Return the derived parts of each page in docs/, by the name in their marker."""
    others = {name: model.Options for name, model in MODELS.items() if name != "theta"}
    return {
        "options.md": {
            "options: prepare": option_table(declarations(PrepareOptions)),
            "options: run": option_table(declarations(RunOptions)),
            "options: tune": option_table(declarations(TuneOptions)),
            "options: theta": option_table(declarations(MODELS["theta"].Options)),
            "options: other models": shared_option_table(others),
        },
        "metrics.md": {"metrics": metrics_table()},
    }


def renewed(page: str, text: str) -> str:
    """Return the text of a page in docs/ with its derived parts made anew.

    Each part stands between ``<!-- its name -->`` and ``<!-- end -->``.
    """
    for name, part in generated_parts()[page].items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text, count = re.subn(
            pattern, lambda m, p=part: m[1] + p + "\n" + m[2], text, flags=re.DOTALL
        )
        if count != 1:
            raise SystemExit(f"docs/{page} needs one place <!-- {name} -->, has {count}")
    return text


def main() -> None:
    """Write the configuration, the editors' view of the estimators and the pages' derived parts."""
    (ROOT / "configs" / "default.yaml").write_text(default_yaml(), encoding="utf-8")
    stub = ROOT / "theta" / "estimator" / "models.pyi"
    stub.write_text(estimator_stub(), encoding="utf-8")
    for name in generated_parts():
        page = ROOT / "docs" / name
        page.write_text(renewed(name, page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
