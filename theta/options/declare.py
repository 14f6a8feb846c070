"""How an option is declared: default, type, valid range, usual range, choices and help."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_METADATA = "theta"


class Scope(enum.Flag):
    """Where an option counts besides the command line."""

    NOWHERE = 0
    """Only the command line has it."""
    YAML = enum.auto()
    """It may be set in a YAML file."""
    REPEAT = enum.auto()
    """The command that repeats a run includes it."""
    COMPARE = enum.auto()
    """It changes the result, so --compare shows it where runs differ in it."""
    ESTIMATOR = enum.auto()
    """It is a parameter of the estimator."""

    # Combinations that many options share.
    MANNER = YAML
    """How a run is made or reported, without effect on the result."""
    PLACE = YAML | REPEAT
    """Where and in which language the result is saved, without effect on the topics."""
    RESULT = YAML | REPEAT | COMPARE
    ALL = YAML | REPEAT | COMPARE | ESTIMATOR


@dataclass(frozen=True)
class Declaration:
    """One option, as declared.

    Attributes
    ----------
    name : str
    kind : type
        int, float, str, bool or Path: the type of one value.
    default : Any
    help : str
    valid : (low, high), optional
        Closed range; None leaves a side open. Values outside are an error.
    usual : (low, high), optional
        The documented range; values outside cause a warning.
    choices : sequence of str, optional
        The only strings accepted. A number option accepts them besides numbers (``auto``).
    many : bool
        Several values: separated by commas, as a YAML list, or (with `variadic`) by spaces.
    variadic : bool
        The flag takes one or more words, as a shell glob expands to.
    optional : bool
        None is a valid value: the option is not set.
    metavar : str, optional
    former_names : sequence of str
        Names of the option in earlier versions, still accepted with a warning.
    scope : Scope
        Where the option counts besides the command line.
    empty_allowed : bool
        The empty string is a valid value.
    aliases : mapping of str to str
        Synonyms of some choices.
    bare : str, optional
        Value of the flag when it is typed without one; None requires a value.
    formerly : value, optional
        Value of runs that were made before the option existed, if not the default.
    """

    name: str
    kind: type
    default: Any
    help: str
    valid: tuple[float | None, float | None] | None = None
    usual: tuple[float | None, float | None] | None = None
    choices: Sequence[str] | None = None
    many: bool = False
    variadic: bool = False
    optional: bool = False
    metavar: str | None = None
    former_names: Sequence[str] = ()
    scope: Scope = Scope.ALL
    empty_allowed: bool = False
    aliases: Mapping[str, str] = dataclasses.field(default_factory=dict)
    bare: str | None = None
    formerly: Any = None

    @property
    def flag(self) -> str:
        """The flag in its documented spelling."""
        return f"--{self.name}"

    @property
    def flags(self) -> tuple[str, ...]:
        """Both spellings of the flag."""
        return tuple(dict.fromkeys([self.flag, self.flag.replace("_", "-")]))

    @property
    def former_flags(self) -> tuple[str, ...]:
        """Flags of the option in earlier versions, in both spellings."""
        spellings = (f"--{n}".replace("_", to) for n in self.former_names for to in "_-")
        return tuple(dict.fromkeys(spellings))

    @property
    def negative_flags(self) -> tuple[str, ...]:
        """Both spellings of the flag that switches a bool off."""
        if self.kind is not bool:
            return ()
        flag = f"--no_{self.name}"
        return (flag, flag.replace("_", "-"))

    def describe_range(self) -> str:
        """Return the valid values in words, for tables and messages."""
        if self.kind is bool:
            return "true or false"
        words = list(self.choices or ())
        if self.valid is not None:
            low, high = self.valid
            if high is None:
                words.append(f"{_number(low)} or more")
            elif low is None:
                words.append(f"{_number(high)} or less")
            else:
                words.append(f"{_number(low)} to {_number(high)}")
        elif self.kind in (int, float):
            words.append("a whole number" if self.kind is int else "a number")
        return ", ".join(words) if words else "a path" if self.kind is Path else "text"


def _number(value: float | None) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def option(
    default: Any,
    help: str,  # noqa: A002  (argparse's own word for it)
    *,
    valid: tuple[float | None, float | None] | None = None,
    usual: tuple[float | None, float | None] | None = None,
    choices: Sequence[str] | None = None,
    variadic: bool = False,
    metavar: str | None = None,
    former_names: Sequence[str] = (),
    scope: Scope = Scope.ALL,
    empty_allowed: bool = False,
    aliases: Mapping[str, str] | None = None,
    bare: str | None = None,
    formerly: Any = None,
) -> Any:
    """Return the dataclass field of an option; its type is the field's annotation.

    An option counts everywhere unless `scope` restricts it.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Options:
    ...     epochs: int = option(100, "Passes over the documents.", valid=(1, None))
    """
    facts = {
        "help": help,
        "valid": valid,
        "usual": usual,
        "choices": choices,
        "variadic": variadic,
        "metavar": metavar,
        "former_names": former_names,
        "scope": scope,
        "empty_allowed": empty_allowed,
        "aliases": aliases or {},
        "bare": bare,
        "formerly": formerly,
    }
    return dataclasses.field(default=default, metadata={_METADATA: facts})


def redeclare(owner: type, name: str, default: Any) -> Any:
    """Return a copy of the field `name` of `owner` with another default."""
    declared = {field.name: field for field in dataclasses.fields(owner)}[name]
    return dataclasses.field(default=default, metadata=declared.metadata)


@cache
def declarations(options: type) -> dict[str, Declaration]:
    """Return the declared options of a dataclass by name."""
    hints = typing.get_type_hints(options)
    declared = {}
    for field in dataclasses.fields(options):
        kind, many, optional = _read_annotation(hints[field.name])
        declared[field.name] = Declaration(
            name=field.name,
            kind=kind,
            default=field.default,
            many=many,
            optional=optional,
            **field.metadata[_METADATA],
        )
    return declared


def in_scope(options: type, scope: Scope) -> dict[str, Declaration]:
    """Return the options of a dataclass that count in a scope, by name."""
    return {name: one for name, one in declarations(options).items() if scope in one.scope}


def values_of(declared: type, options: Any) -> dict[str, Any]:
    """Return the values in `options` of the options that the dataclass `declared` declares."""
    return {name: getattr(options, name) for name in declarations(declared)}


def former_names(options: type) -> dict[str, str]:
    """Return the current name of each option by its names in earlier versions."""
    declared = declarations(options).values()
    return {former: one.name for one in declared for former in one.former_names}


def by_owner(groups: Mapping[str, type]) -> dict[str, dict[str, Declaration]]:
    """Return the options of several dataclasses by name, then by declaring dataclass."""
    owners: dict[str, dict[str, Declaration]] = {}
    for owner, options in groups.items():
        for name, declaration in declarations(options).items():
            owners.setdefault(name, {})[owner] = declaration
    return owners


def alike(
    owners: Mapping[str, Declaration], text: Callable[[Declaration], str]
) -> dict[str, list[str]]:
    """Group the owners of an option by a text of its declaration, in the order of the owners.

    Parameters
    ----------
    owners : mapping of str to Declaration
        Declarations of one option, by owner.
    text : callable
        Returns the text of a declaration, such as its help or default.
    """
    groups: dict[str, list[str]] = {}
    for owner, declaration in owners.items():
        groups.setdefault(text(declaration), []).append(owner)
    return groups


def _read_annotation(hint: Any) -> tuple[type, bool, bool]:
    """Return (type of one value, several values?, None allowed?)."""
    parts = [hint]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        parts = list(typing.get_args(hint))
    optional = type(None) in parts
    parts = [part for part in parts if part is not type(None)]
    # `int | str` is a number or one of the choices; the number type determines how text is read.
    numbers = [part for part in parts if part in (int, float)]
    hint = numbers[0] if numbers else parts[0]
    if typing.get_origin(hint) is tuple:
        return typing.get_args(hint)[0], True, optional
    return hint, False, optional
