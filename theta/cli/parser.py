"""Flags from the declared options, and what was typed from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from theta import __version__
from theta.errors import InvalidOption
from theta.options import Declaration, Typed, declarations
from theta.options.resolve import did_you_mean


@dataclass(frozen=True)
class CommandLine:
    """What was typed, and what of it no option takes."""

    typed: Typed
    problems: tuple[str, ...]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidOption(message)


def read_command_line(
    argv: Sequence[str] | None,
    description: str,
    groups: Mapping[str, type],
) -> CommandLine:
    """Return what was typed, as text; nothing is checked or defaulted here.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process if None.
    description : str
        First line of ``--help``.
    groups : mapping of str to dataclass
        Title of a part of ``--help`` to the options it shows. An option of several groups is
        shown once, in the first.
    """
    parser = _Parser(
        description=description,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=30, width=100),
    )
    parser.add_argument("--version", action="version", version=f"THETA {__version__}")
    flags: dict[str, str] = {}
    for title, options in groups.items():
        part = parser.add_argument_group(title)
        for declaration in declarations(options).values():
            if declaration.flag not in flags:
                _add_flag(part, declaration)
                spellings = (*declaration.flags, *declaration.negative_flags)
                flags.update(dict.fromkeys(spellings, declaration.name))
    known, unknown = parser.parse_known_args(argv)
    problems = [
        f"unknown argument {word}{did_you_mean(word.split('=')[0], flags)}"
        for word in unknown
        if word.startswith("--") or not _follows_unknown(word, unknown)
    ]
    return CommandLine(vars(known), tuple(problems))


def _follows_unknown(word: str, unknown: Sequence[str]) -> bool:
    """Return whether the word is the value of an unknown flag, which is told already."""
    position = list(unknown).index(word)
    return position > 0 and unknown[position - 1].startswith("--")


def _add_flag(part: Any, declaration: Declaration) -> None:
    name, text = declaration.name, _help_text(declaration)
    if declaration.kind is bool:
        shown, hidden = declaration.flags, declaration.negative_flags
        on, off = text, argparse.SUPPRESS
        if declaration.default:
            on, off = argparse.SUPPRESS, f"Do not: {text}"
        part.add_argument(*shown, dest=name, action="store_const", const=True, help=on)
        part.add_argument(*hidden, dest=name, action="store_const", const=False, help=off)
        return
    metavar = declaration.metavar
    if metavar is None:
        numeric = {int: "N", float: "X"}.get(declaration.kind)
        names = "{" + ",".join(declaration.choices) + "}" if declaration.choices else None
        metavar = numeric if numeric else names or name.upper()
    nargs = "+" if declaration.variadic else None
    part.add_argument(*declaration.flags, dest=name, metavar=metavar, nargs=nargs, help=text)


def _help_text(declaration: Declaration) -> str:
    text = declaration.help
    default = declaration.default
    if declaration.kind is not bool and default not in (None, ()):
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
        text += f" Default: {shown}."
    return text.replace("%", "%%")
