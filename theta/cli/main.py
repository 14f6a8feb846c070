"""theta: one command with a subcommand for each task."""

from __future__ import annotations

import pkgutil
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from theta import __version__
from theta.cli.console import format_table, print_result, run_command
from theta.errors import InvalidOption
from theta.options.resolve import did_you_mean


@dataclass(frozen=True)
class Subcommand:
    """A subcommand: adds a name and leading operands to a program that takes only flags.

    Attributes
    ----------
    program : str
        Function that takes the arguments and returns the exit code, as ``module:name``. The module
        is imported when the subcommand is used.
    same_as : str
        The equivalent command line without `theta`.
    summary : str
        One line of ``theta --help``.
    flag : str
        Flag of the program that takes the operands; empty if there are none.
    operands : str
        The words between the name and the options, as ``theta --help`` shows them; optional ones
        in brackets.
    """

    program: str
    same_as: str
    summary: str
    flag: str = ""
    operands: str = ""

    def arguments(self, name: str, words: Sequence[str]) -> list[str]:
        """Return the program's arguments for the words that follow the subcommand's name.

        A single run may also be typed as ``--run RUN``, as for the subcommands without operands.

        Raises
        ------
        InvalidOption
            If the operands are missing.
        """
        if not self.flag or {"-h", "--help", "--version"} & set(words):
            return list(words)
        if self.operands == "RUN" and any(_RUN_FLAG.match(word) for word in words):
            return [_RUN_FLAG.sub(self.flag, word) for word in words]
        end = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
        if end == 0 and not self.operands.startswith("["):
            raise InvalidOption(
                f"theta {name}: {self.operands} is missing; write it before the options: "
                f"theta {name} {self.operands} [options]"
            )
        if "..." not in self.operands and end > 1:
            raise InvalidOption(
                f"theta {name} takes one {self.operands}, not {end}: {' '.join(words[:end])}"
            )
        return [self.flag, *words]


_RUN = "theta.cli.run:main"

_RUN_FLAG = re.compile(r"--run(?![^=])")

SUBCOMMANDS = {
    "prepare": Subcommand(
        "theta.cli.prepare:main",
        "python prepare_data.py",
        "Turn documents into a corpus and embeddings.",
    ),
    "run": Subcommand(
        _RUN, "python run_pipeline.py", "Train topic models, evaluate them and draw charts."
    ),
    "tune": Subcommand(
        _RUN,
        "python run_pipeline.py --tune",
        "Search for settings: lists of values, or the space of a file.",
        "--tune",
        "[SPACE.yaml]",
    ),
    "infer": Subcommand(
        _RUN,
        "python run_pipeline.py --infer FILE",
        "Apply a finished run to new documents.",
        "--infer",
        "FILE",
    ),
    "compare": Subcommand(
        _RUN,
        "python run_pipeline.py --compare RUN...",
        "Compare finished runs in one table.",
        "--compare",
        "RUN...",
    ),
    "verify": Subcommand(
        _RUN,
        "python run_pipeline.py --verify RUN",
        "Train a finished run again from its own record and report differences.",
        "--verify",
        "RUN",
    ),
    "edit": Subcommand(
        "theta.cli.finished_run:edit",
        "python run_pipeline.py --edit FILE",
        "Merge, split, drop or name the topics of a finished run.",
    ),
    "levels": Subcommand(
        "theta.cli.finished_run:levels",
        "python -m theta levels",
        "Read a finished run with fewer topics: theta levels --run RUN --levels 5,20.",
    ),
    "label": Subcommand(
        "theta.cli.finished_run:label",
        "python -m theta label",
        "Name the topics of a finished run again: from its texts, or by a language model.",
    ),
    "effects": Subcommand(
        "theta.cli.finished_run:effects",
        "python -m theta.effects --run RUN FORMULA",
        "Regress the topic shares of a finished run on covariates.",
    ),
    "trends": Subcommand(
        "theta.cli.finished_run:trends",
        "python -m theta.trends --run RUN",
        "Estimate how the topics of a finished run change over time.",
    ),
    "relations": Subcommand(
        "theta.cli.finished_run:relations",
        "python -m theta.relations --run RUN",
        "Estimate how the topics of a finished run correlate, and their shares by group.",
    ),
    "paper": Subcommand(
        "theta.cli.finished_run:paper",
        "python -m theta.paper --run RUN",
        "Write a methods paragraph, tables, references and figures of a finished run.",
    ),
    "report": Subcommand(
        "theta.cli.finished_run:plots",
        "python -m theta.plots --run RUN",
        "Draw the charts and the report page of a finished run again.",
        "--run",
        "RUN",
    ),
    "intrusion": Subcommand(
        "theta.cli.intrusion:main",
        "python -m theta.intrusion",
        "Let people judge the topics of a finished run.",
        operands="make|score|compare",
    ),
}
"""The subcommands, in the order in which ``theta --help`` lists them. A new one is a line here."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The subcommand's name and its arguments; those of the process if None.
    """
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    name, *words = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in ("-h", "--help"):
        print_result(_help())
        return 0
    if name == "--version":
        print_result(f"THETA {__version__}")
        return 0
    if name not in SUBCOMMANDS:
        hint = did_you_mean(name, SUBCOMMANDS)
        raise InvalidOption(
            f"{name} is not a subcommand of theta; the subcommands are "
            f"{', '.join(SUBCOMMANDS)}{hint}"
        )
    subcommand = SUBCOMMANDS[name]
    arguments = subcommand.arguments(name, words)
    if {"-h", "--help"} & set(words):
        usage = " ".join(filter(None, ["theta", name, subcommand.operands, "[options]"]))
        print_result(f"{usage}\nThe same as {subcommand.same_as}, with its options:\n")
    if argv is None:
        # Usage lines and the commands that a program suggests are built from its own arguments.
        sys.argv = [f"theta {name}", *arguments]
    code: int = pkgutil.resolve_name(subcommand.program)(arguments)
    return code


def _help() -> str:
    rows = [("", "subcommand", "")]
    rows += [
        ("", f"{name} {one.operands}".rstrip(), one.summary) for name, one in SUBCOMMANDS.items()
    ]
    table = format_table(rows)
    return (
        "usage: theta SUBCOMMAND [options]\n\n"
        "Topic modelling from the command line.\n\n"
        f"{table}\n\n"
        "theta SUBCOMMAND --help lists the options of a subcommand."
    )
