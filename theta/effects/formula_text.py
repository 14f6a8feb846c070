"""Reading of formulas: which ones are allowed, and which columns they name."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from theta.errors import InvalidOption, ThetaError
from theta.libraries import first_line, load_library
from theta.options.resolve import did_you_mean

FUNCTIONS = (
    "C", "spline", "bs", "cr", "poly", "center", "scale", "log", "log2", "log10", "exp",
)  # fmt: skip
"""The functions that a formula may call. Others are refused: a formula is evaluated as Python."""

CURVED = frozenset({"spline", "bs", "cr", "poly", "log", "log2", "log10", "exp"})
"""Functions whose effect depends on the value: they are drawn as curves."""

_QUOTED = re.compile(r"`([^`]+)`")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m|⧛\[[0-9;]*m|⧛|⧚")


def require_formulaic() -> Any:
    """Return formulaic; `ThetaError` if a library of the extra ``effects`` is not installed."""
    for library in ("pandas", "statsmodels", "formulaic"):
        missing = ThetaError(
            f"{library} is not installed; effects need the extra: pip install "
            "'theta-topics[effects]'"
        )
        found = load_library(library, missing)
    return found


def parse(formula: str, columns: Mapping[str, Any]) -> Any:
    """Return the formulaic formula; `InvalidOption` if it is not one right-hand side.

    `columns` are those that a formula can name.
    """
    library = require_formulaic()
    try:
        parsed = library.Formula(formula)
    except (library.errors.FormulaicError, SyntaxError) as error:
        way_out = _quote_hint(formula, columns) or "; write it as '~ party * year + spline(age, 4)'"
        raise InvalidOption(
            f"the formula {formula!r} cannot be read: {reason_of(error)}{way_out}"
        ) from error
    if type(parsed).__name__ != "SimpleFormula":
        raise InvalidOption(
            f"the formula {formula!r} has more than one part: write only the covariates after ~; "
            "the shares of all topics are on the left"
        )
    if "1" not in [str(term) for term in parsed]:
        raise InvalidOption(
            f"the formula {formula!r} has no intercept: leave out 0 and -1, so that effects are "
            "differences from a reference"
        )
    return parsed


def read_factor(expression: str, columns: Mapping[str, Any]) -> tuple[set[str], list[str]]:
    """Return the functions that a factor calls, and the columns that it names.

    A factor that is a column alone comes without its backquotes: late-edition is no difference.

    Raises
    ------
    InvalidOption
        If it is more than calls of `FUNCTIONS`, columns, numbers and arithmetic.
    """
    if expression in columns:
        return set(), [expression]
    quoted: dict[str, str] = {}

    def place(match: re.Match[str]) -> str:
        quoted[f"_column{len(quoted)}"] = match[1]
        return f"_column{len(quoted) - 1}"

    code = _QUOTED.sub(place, expression)
    try:
        tree = ast.parse(code, mode="eval")
    except SyntaxError:
        # A bare column whose name is not an identifier: `a b` without its backquotes.
        return set(), [expression]
    calls: set[str] = set()
    names: list[str] = []
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            calls.add(_function_name(node, expression))
        elif isinstance(node, ast.Name) and id(node) not in functions and node.id != "contr":
            names.append(quoted.get(node.id, node.id))
        elif not isinstance(node, _ALLOWED) and id(node) not in functions:
            raise InvalidOption(
                f"{expression!r} in the formula is not allowed: use columns, numbers, + - * / **, "
                f"and the functions {', '.join(FUNCTIONS)}"
            )
    return calls, list(dict.fromkeys(names))


_ALLOWED = (
    ast.Expression, ast.Name, ast.Load, ast.Constant, ast.keyword, ast.List, ast.Tuple, ast.BinOp,
    ast.UnaryOp, ast.operator, ast.unaryop,
)  # fmt: skip


def _function_name(call: ast.Call, expression: str) -> str:
    function = call.func
    if isinstance(function, ast.Name) and function.id in FUNCTIONS:
        return function.id
    is_contrast = (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "contr"
        and function.attr in ("treatment", "sum")
    )
    if is_contrast:
        return "contr"
    name = ast.unparse(function)
    raise InvalidOption(
        f"{name} in {expression!r} is not a function of formulas: there are "
        f"{', '.join(FUNCTIONS)}{did_you_mean(name, FUNCTIONS)}"
    )


def unknown_column(name: str, columns: Mapping[str, Any], formula: str) -> str:
    """Return the message for a name in a formula that is not a column."""
    way_out = _quote_hint(formula, columns) or did_you_mean(name, columns)
    return (
        f"the formula {formula!r} names {name}, which is not a column of the corpus{way_out}; "
        f"{columns_there(columns)}"
    )


def _quote_hint(formula: str, columns: Mapping[str, Any]) -> str:
    """Return how to write a column that needs backquotes and has none; empty if none does."""
    bare = _QUOTED.sub("", formula)
    found = [name for name in columns if not name.isidentifier() and name in bare]
    return f"; write `{max(found, key=len)}` in backquotes" if found else ""


def columns_there(columns: Mapping[str, Any]) -> str:
    """Return which columns a formula can name, for a message."""
    short = {name.removeprefix("cov_") for name in columns if name.startswith("cov_")}
    shown = [name for name in columns if name not in short or f"cov_{name}" not in columns]
    if not shown:
        return "the corpus has no cov_ columns, labels or dates: prepare the documents with them"
    return f"the columns are {', '.join(shown)} (cov_ may be left out)"


def reason_of(error: Exception) -> str:
    """Return why formulaic failed, without the colours of its message."""
    cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
    return _COLOURS.sub("", first_line(cause)).rstrip(".")
