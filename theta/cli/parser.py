"""Flags derived from the declared options, and parsing of the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from theta import __version__
from theta.cli.console import print_result
from theta.errors import InvalidOption
from theta.options import Declaration, Typed, alike, by_owner, declarations
from theta.options.resolve import did_you_mean

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

_NOT_GIVEN = "not given"


@dataclass(frozen=True)
class CommandLine:
    """The typed options, and problems with words that no option takes."""

    typed: Typed
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidOption(message)

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:  # noqa: ARG002
        # Help and version are results. Some versions of argparse (Python 3.11.2) raise an exception
        # if the reader has gone.
        print_result(message.removesuffix("\n"))


def read_command_line(
    argv: Sequence[str] | None,
    description: str,
    groups: Mapping[str, type],
    titles: Mapping[str, str] | None = None,
    elsewhere: tuple[str, Sequence[type]] = ("", ()),
    operand: str = "",
) -> CommandLine:
    """Return the typed options as text, without checks and defaults.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process if None.
    description : str
        First line of ``--help``.
    groups : mapping of str to dataclass
        Options by section of ``--help``. An option of several groups is shown once, in the first,
        with its default in each group.
    titles : mapping of str to str, optional
        Titles of sections that are not titled by their names.
    elsewhere : (str, sequence of dataclass)
        Another program and its options: the error for one of them names that program.
    operand : str
        Option that takes the words without a flag; none if empty.
    """
    parser = _Parser(
        description=description,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=30, width=100),
    )
    parser.add_argument("--version", action="version", version=f"THETA {__version__}")
    flags: dict[str, str] = {}
    owners = by_owner(groups)
    for name, options in groups.items():
        part = parser.add_argument_group((titles or {}).get(name, name))
        for declaration in declarations(options).values():
            if declaration.flag not in flags:
                _add_flag(part, owners[declaration.name])
                spellings = (*declaration.flags, *declaration.negative_flags)
                flags.update(dict.fromkeys(spellings, declaration.name))
    words = sys.argv[1:] if argv is None else argv
    declared = [one for takers in owners.values() for one in takers.values()]
    former = {flag: one.flag for one in declared for flag in one.former_flags}
    warnings = [
        f"{flag} is now called {former[flag]}"
        for flag in dict.fromkeys(word.split("=")[0] for word in words)
        if flag in former
    ]
    known, unknown = parser.parse_known_args(argv)
    typed = vars(known)
    if operand:
        unknown = _take_operand(typed, unknown, declared, operand)
    problems = [
        _unknown(word, flags, elsewhere)
        for word in unknown
        if word.startswith("--") or not _follows_unknown(word, unknown)
    ]
    return CommandLine(typed, tuple(problems), tuple(warnings))


def _take_operand(
    typed: dict[str, Any], unknown: Sequence[str], declared: Sequence[Declaration], operand: str
) -> list[str]:
    """Set an option to the words without a flag; return the words that are left."""
    declaration = next(one for one in declared if one.name == operand)
    words = [
        word
        for word in unknown
        if not word.startswith("--") and not _follows_unknown(word, unknown)
    ]
    if operand in typed or not words:
        return list(unknown)
    taken = words if declaration.variadic else words[:1]
    typed[operand] = taken if declaration.variadic else taken[0]
    return [word for word in unknown if word not in taken]


def _unknown(word: str, flags: Mapping[str, str], elsewhere: tuple[str, Sequence[type]]) -> str:
    """Return the error message for a word that no option takes."""
    flag = word.split("=")[0]
    program, groups = elsewhere
    there = [one for group in groups for one in declarations(group).values()]
    if any(flag in (*one.flags, *one.negative_flags, *one.former_flags) for one in there):
        return f"{flag} is an option of {program}, not of this program: set it there"
    return f"unknown argument {word}{did_you_mean(flag, flags)}"


def _follows_unknown(word: str, unknown: Sequence[str]) -> bool:
    """Return whether the word is the value of an unknown flag, which is already reported."""
    position = list(unknown).index(word)
    return position > 0 and unknown[position - 1].startswith("--")


def _add_flag(part: Any, owners: Mapping[str, Declaration]) -> None:
    declaration, text = next(iter(owners.values())), _help_text(owners)
    name = declaration.name
    if declaration.kind is bool:
        shown, hidden = declaration.flags, declaration.negative_flags
        on, off = text, argparse.SUPPRESS
        if all(one.default for one in owners.values()):
            on, off = argparse.SUPPRESS, f"Do not: {text}"
        elif any(one.default for one in owners.values()):
            off = f"The opposite of {declaration.flag}."
        part.add_argument(*shown, dest=name, action="store_const", const=True, help=on)
        part.add_argument(*hidden, dest=name, action="store_const", const=False, help=off)
        return
    metavar = declaration.metavar
    if metavar is None:
        numeric = {int: "N", float: "X"}.get(declaration.kind)
        names = "{" + ",".join(declaration.choices) + "}" if declaration.choices else None
        metavar = numeric if numeric else names or name.upper()
    words: dict[str, Any] = {"nargs": "+"} if declaration.variadic else {}
    if declaration.bare is not None:
        words = {"nargs": "?", "const": declaration.bare}
    part.add_argument(*declaration.flags, dest=name, metavar=metavar, help=text, **words)
    if declaration.former_names:
        former = declaration.former_flags
        part.add_argument(*former, dest=name, help=argparse.SUPPRESS, **words)


def _help_text(owners: Mapping[str, Declaration]) -> str:
    """Return the help of an option, its default in each group, and the groups that take it."""
    meanings = alike(owners, lambda declaration: declaration.help)
    texts = []
    for meaning, names in meanings.items():
        text = meaning + _default_text({name: owners[name] for name in names})
        texts.append(f"For {', '.join(names)}: {text}" if len(meanings) > 1 else text)
    if len(meanings) == 1 < len(owners):
        texts.append(f"Used by {', '.join(owners)}.")
    return " ".join(texts).replace("%", "%%")


def _default_text(owners: Mapping[str, Declaration]) -> str:
    (first, _), *others = alike(owners, _shown_default).items()
    is_switch = all(one.kind is bool for one in owners.values())
    if not others and (is_switch or first == _NOT_GIVEN):
        return ""
    rest = "".join(f"; {value} for {', '.join(names)}" for value, names in others)
    return f" Default: {first}{rest}."


def _shown_default(declaration: Declaration) -> str:
    default = declaration.default
    if default in (None, ()):
        return _NOT_GIVEN
    if declaration.kind is bool:
        return "on" if default else "off"
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
