"""Checked option values from the command line and a YAML file."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta.errors import InvalidOption
from theta.options.declare import Declaration, declarations, former_names
from theta.options.yaml_files import BACKSLASH

Typed = Mapping[str, Any]
"""The typed options by name: a string, a list of strings, or a bool."""

_IN_YAML = " (YAML)"

_SECRET = re.compile(
    r"(?<=://)[^/?#@\s]*:[^/?#\s]*(?=@)"
    r"|((?<=http://)|(?<=https://))[^/?#@\s]+(?=@)"
)
"""The user and the password in a URL, or a token alone: elsewhere that names no secret."""


@dataclass(frozen=True)
class Resolved:
    """The options of one or more groups, and warnings about unusual values."""

    groups: Mapping[str, Any]
    warnings: tuple[str, ...]


def resolve(
    groups: Mapping[str, type],
    typed: Typed,
    configured: Mapping[str, Mapping[str, Any]] | None = None,
    problems: Iterable[str] = (),
) -> Resolved:
    """Return one checked instance per group; typed beats configured beats default.

    Parameters
    ----------
    groups : mapping of str to dataclass
        For instance ``{"run": RunOptions, "theta": ThetaOptions}``. An option that several groups
        declare is set in each of them.
    typed : mapping
        The typed options. Every key must belong to a group.
    configured : mapping of str to mapping
        The YAML values of each group.
    problems : iterable of str
        Problems found before, reported together with those found here.

    Raises
    ------
    InvalidOption
        With all problems, one per line.
    """
    errors = list(problems)
    # The options of a model, on the command line of run_pipeline.py.
    searched = groups.keys() - {"run"} if "run" in groups else set()
    warnings: dict[str, None] = {}
    resolved = {}
    for group, options in groups.items():
        values = {}
        former = former_names(options)
        written = (configured or {}).get(group, {})
        warnings |= {f"{n} (YAML) is now called {former[n]}": None for n in written if n in former}
        in_yaml = {former.get(name, name): value for name, value in written.items()}
        for name, declaration in declarations(options).items():
            if name in typed:
                raw, origin = typed[name], declaration.flag
            elif name in in_yaml and in_yaml[name] is not None:
                raw, origin = in_yaml[name], name + _IN_YAML
            else:
                continue
            try:
                if origin.endswith(_IN_YAML):
                    _refuse_escapes(raw)
                value = read_value(declaration, raw)
            except ValueError as error:
                hint = _search_hint(declaration, raw) if group in searched else ""
                errors.append(f"{origin} {_shown(raw)}: {error}{hint}")
                continue
            values[name] = value
            if (unusual := _unusual(declaration, value)) is not None:
                warnings[f"{origin} {_shown(raw)} is unusual: {unusual}"] = None
        if not errors:
            try:
                resolved[group] = options(**values)
            except InvalidOption as error:
                errors.append(str(error))
    if errors:
        raise InvalidOption("\n".join(dict.fromkeys(errors)))
    return Resolved(resolved, tuple(warnings))


def _search_hint(declaration: Declaration, raw: Any) -> str:
    """Return a hint if a value is a list of values of an option that has one."""
    parts = raw.split(",") if isinstance(raw, str) else []
    if len(parts) < 2:
        return ""
    try:
        for part in parts:
            _read_one(declaration, part.strip())
    except ValueError:
        return ""
    return "; with --tune, each of several values is tried"


def _refuse_escapes(raw: Any) -> None:
    """Raise `ValueError` if a backslash in a YAML string has become a control character."""
    for word in raw if isinstance(raw, (list, tuple)) else [raw]:
        if isinstance(word, str) and any(unicodedata.category(char) == "Cc" for char in word):
            raise ValueError(BACKSLASH)


def read_option(declaration: Declaration, raw: Any) -> Any:
    """Return the value of one option that is needed before all are resolved.

    Raises
    ------
    InvalidOption
        Names the flag and the value.
    """
    try:
        return read_value(declaration, raw)
    except ValueError as error:
        raise InvalidOption(f"{declaration.flag} {_shown(raw)}: {error}") from error


def read_value(declaration: Declaration, raw: Any) -> Any:
    """Return the option value of a string or YAML value.

    Raises
    ------
    ValueError
        If the value is invalid; the message says what is valid.
    """
    if not declaration.many:
        return _read_one(declaration, raw)
    if isinstance(raw, str):
        raw = [part for part in (part.strip() for part in raw.split(",")) if part]
    if not isinstance(raw, (list, tuple)):
        raw = [raw]
    if not raw:
        raise ValueError("needs at least one value")
    return tuple(_read_one(declaration, part) for part in raw)


def _read_one(declaration: Declaration, raw: Any) -> Any:
    wanted = f"must be {declaration.describe_range()}"
    if declaration.kind is bool:
        if isinstance(raw, bool):
            return raw
        raise ValueError(wanted)
    if isinstance(raw, (bool, list, tuple, dict)):
        raise ValueError(wanted)
    if isinstance(raw, str):
        raw = declaration.aliases.get(raw.casefold(), raw)
    if declaration.choices is not None and raw in declaration.choices:
        return raw
    if declaration.kind in (int, float):
        return _read_number(declaration, raw, wanted)
    text = str(raw)
    if _SECRET.search(text):
        raise ValueError(_no_password(declaration))
    if declaration.choices is not None:
        raise ValueError(wanted + did_you_mean(text, declaration.choices))
    if not text and not declaration.empty_allowed:
        raise ValueError("is empty")
    return Path(text).expanduser() if declaration.kind is Path else text


def _no_password(declaration: Declaration) -> str:
    """Return why a password is refused: options are written into runs, logs and pages."""
    place = "the environment, as AWS_ACCESS_KEY_ID and the like"
    if declaration.name.endswith("_base"):
        place = f"an environment variable, and name it: --{declaration.name[:-4]}key_env NAME"
    return f"has a password or token, which would be written into files; put it into {place}"


def _read_number(declaration: Declaration, raw: Any, wanted: str) -> int | float:
    try:
        exact = float(raw)
    except (TypeError, ValueError):
        exact = math.nan
    except OverflowError:
        exact = math.inf
    if not math.isfinite(exact):
        kind = "number" if math.isnan(exact) else "finite number"
        raise ValueError(f"not a {kind}; {wanted}")
    try:
        number = declaration.kind(raw)
    except ValueError:
        number = None
    # Of "1e3" a whole number is not made; of 1.5 it would be another one.
    if number is None or (isinstance(raw, float) and number != raw):
        raise ValueError(f"not a whole number; {wanted}")
    if not _within(number, declaration.valid):
        raise ValueError(wanted)
    return number


def _within(number: float, bounds: tuple[float | None, float | None] | None) -> bool:
    if bounds is None:
        return True
    low, high = bounds
    return (low is None or number >= low) and (high is None or number <= high)


def _unusual(declaration: Declaration, value: Any) -> str | None:
    if declaration.usual is None or isinstance(value, (str, tuple)) or value is None:
        return None
    if _within(value, declaration.usual):
        return None
    low, high = declaration.usual
    return f"the usual range is {low:g} to {high:g}"


def _shown(raw: Any) -> str:
    words = raw if isinstance(raw, (list, tuple)) else [raw]
    # YAML aliases can nest lists so that their text would be enormous.
    return " ".join(
        "..." if isinstance(word, (list, tuple, dict)) else _printable(str(word)) or "''"
        for word in words
    )


def _printable(text: str) -> str:
    """Return a text without passwords, and with control characters and line breaks escaped."""
    without = _SECRET.sub("...", text)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in without)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return '; did you mean ...?' if a known word is similar, or else an empty string."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
