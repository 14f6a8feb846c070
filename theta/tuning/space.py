"""The space of settings: a list or a range of values for each option that varies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta.errors import InvalidOption
from theta.options import Declaration
from theta.options.resolve import did_you_mean, read_value
from theta.options.yaml_files import read_yaml

Setting = dict[str, Any]
"""Values of the options that vary, by name; ready for JSON."""

_RANGE_KEYS = ("from", "to", "step", "log")


@dataclass(frozen=True)
class Dimension:
    """The values of one option: a list, or a range of numbers.

    Attributes
    ----------
    name : str
        The option.
    values : tuple
        The list; empty for a range.
    low, high : int or float
        Bounds of a range, both included.
    step : int or float, optional
        Distance of the values of a range; None for all numbers (1 for whole numbers).
    log : bool
        Values are drawn evenly on a logarithmic scale.
    """

    name: str
    values: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    step: float | None = None
    log: bool = False

    @property
    def listed(self) -> tuple[Any, ...] | None:
        """All values in order; None for a range of real numbers."""
        if self.values:
            return self.values
        if self.step is None:
            return None
        count = math.floor((self.high - self.low) / self.step + 1e-9) + 1
        whole = isinstance(self.low, int) and isinstance(self.step, int)
        steps = (self.low + i * self.step for i in range(count))
        return tuple(steps if whole else (float(f"{value:.10g}") for value in steps))

    @property
    def ordered(self) -> bool:
        """Whether the values are numbers."""
        return not self.values or all(
            isinstance(value, (int, float)) and not isinstance(value, bool) for value in self.values
        )

    @property
    def ends(self) -> tuple[float, float] | None:
        """The least and the greatest value; None unless the values are numbers."""
        if not self.ordered:
            return None
        return (min(self.values), max(self.values)) if self.values else (self.low, self.high)

    def record(self) -> dict[str, Any]:
        """Return the dimension, ready for JSON."""
        if self.values:
            return {"values": list(self.values)}
        return {"from": self.low, "to": self.high, "step": self.step, "log": self.log}


@dataclass(frozen=True)
class Space:
    """The options that vary.

    Attributes
    ----------
    dimensions : tuple of Dimension
    """

    dimensions: tuple[Dimension, ...]

    @property
    def size(self) -> int | None:
        """Number of settings; None if there is a range of real numbers."""
        lists = [dimension.listed for dimension in self.dimensions]
        return math.prod(len(values or ()) for values in lists) if None not in lists else None

    def settings(self) -> Iterator[Setting]:
        """Yield each combination of values; the last option varies fastest."""
        lists = [dimension.listed or () for dimension in self.dimensions]
        for values in itertools.product(*lists):
            yield {d.name: value for d, value in zip(self.dimensions, values, strict=True)}

    def record(self) -> dict[str, Any]:
        """Return the space, ready for JSON."""
        return {dimension.name: dimension.record() for dimension in self.dimensions}


def read_list(declaration: Declaration, raw: Sequence[Any], origin: str) -> tuple[Any, ...]:
    """Return the distinct values of a list.

    Parameters
    ----------
    declaration : Declaration
        Of the option.
    raw : sequence
        Words, or YAML values.
    origin : str
        Where the list is, for messages.

    Raises
    ------
    InvalidOption
        If it is empty or a value is invalid; names the value.
    """
    values = []
    for part in raw:
        try:
            values.append(read_value(declaration, part))
        except ValueError as error:
            raise InvalidOption(f"{origin} {part}: {error}") from error
    if not values:
        raise InvalidOption(f"{origin}: the list is empty")
    return tuple(dict.fromkeys(values))


def read_file(path: Path, declared: Mapping[str, Declaration]) -> dict[str, Dimension]:
    """Return the dimensions of a YAML file, by option.

    An option has a list, ``[10, 20, 30]``, a single value, or a range:
    ``{from: 0.0005, to: 0.01, log: true}``, with an optional ``step``.

    Parameters
    ----------
    path : Path
    declared : mapping of str to Declaration
        The options that can vary.

    Raises
    ------
    MissingFile
        If there is no file.
    InvalidOption
        With all problems, one per line.
    """
    content = read_yaml(path, "--tune")
    if not isinstance(content, dict) or not content:
        raise InvalidOption(
            f"--tune {path}: the space is empty; write one option per line, such as "
            "num_topics: [10, 20, 30]"
        )
    dimensions, problems = {}, []
    for key, value in content.items():
        name = str(key).replace("-", "_")
        try:
            if name not in declared:
                hint = did_you_mean(name, declared)
                raise InvalidOption(f"{path}: {key} is not an option that can vary{hint}")
            dimensions[name] = _read_dimension(declared[name], value, f"{path}: {name}")
        except InvalidOption as error:
            problems.append(str(error))
    if problems:
        raise InvalidOption("\n".join(problems))
    return dimensions


def _read_dimension(declaration: Declaration, value: Any, origin: str) -> Dimension:
    if isinstance(value, dict):
        return _read_range(declaration, value, origin)
    parts = value if isinstance(value, list) else [value]
    return Dimension(declaration.name, read_list(declaration, parts, origin))


def _read_range(declaration: Declaration, value: Mapping[Any, Any], origin: str) -> Dimension:
    unknown = [str(key) for key in value if key not in _RANGE_KEYS]
    if unknown or not {"from", "to"} <= value.keys():
        hint = f"{unknown[0]} is not part of a range" if unknown else "a range needs from and to"
        raise InvalidOption(f"{origin}: {hint}; write {{from: 1, to: 10, step: 1, log: false}}")
    if declaration.kind not in (int, float):
        raise InvalidOption(f"{origin}: only a number can have a range; write a list")
    low, high = read_list(declaration, [value["from"]], origin) + read_list(
        declaration, [value["to"]], origin
    )
    step, log = value.get("step"), value.get("log", False)
    if isinstance(low, str) or isinstance(high, str) or not low < high:
        raise InvalidOption(f"{origin}: from: {low} must be below to: {high}")
    if not isinstance(log, bool):
        raise InvalidOption(f"{origin}: log {log} must be true or false")
    if log and (step is not None or low <= 0):
        raise InvalidOption(f"{origin}: log needs a range above 0, without a step")
    if step is not None:
        is_number = isinstance(step, (int, float)) and not isinstance(step, bool)
        if not is_number or not 0 < step <= high - low or declaration.kind(step) != step:
            raise InvalidOption(f"{origin}: step {step} must be a number between 0 and to − from")
    elif declaration.kind is int and not log:
        step = 1
    return Dimension(declaration.name, (), low, high, step, log)
