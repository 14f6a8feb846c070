"""Options: each is declared once, as a dataclass field.

Flags, YAML keys, checks, ``configs/default.yaml`` and the tables of docs/options.md are derived
from the declarations. Priority: typed flag > YAML > default.
"""

from __future__ import annotations

from theta.options.declare import (
    Declaration,
    Scope,
    alike,
    by_owner,
    declarations,
    former_names,
    in_scope,
    option,
    redeclare,
    values_of,
)
from theta.options.prepare import PrepareOptions
from theta.options.resolve import Typed, resolve
from theta.options.run import RunOptions
from theta.options.tune import TuneOptions

__all__ = [
    "Declaration",
    "PrepareOptions",
    "RunOptions",
    "Scope",
    "TuneOptions",
    "Typed",
    "alike",
    "by_owner",
    "declarations",
    "former_names",
    "in_scope",
    "option",
    "redeclare",
    "resolve",
    "values_of",
]
