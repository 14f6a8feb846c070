"""run_pipeline.py --tune: the space from the command line, the search, and the recommended run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from theta.cli.configuration import Configured
from theta.cli.parser import CommandLine
from theta.cli.show.search import show_search
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.models import MODELS
from theta.options import Declaration, RunOptions, TuneOptions, declarations, resolve
from theta.options.resolve import Resolved
from theta.options.tune import TYPED

if TYPE_CHECKING:
    from theta.pipeline.run import Outcome
    from theta.tuning.plan import Plan
    from theta.tuning.space import Dimension

logger = logging.getLogger(__name__)

_OTHER_TASKS = ("compare", "verify", "infer", "edit", "skip_train")
"""Options that train nothing, so that there is nothing to search."""


@dataclass(frozen=True)
class Request:
    """A search as typed.

    Attributes
    ----------
    resolved : Resolved
        The options that do not vary, as for a run.
    tune : TuneOptions
    dimensions : tuple of Dimension
    """

    resolved: Resolved
    tune: TuneOptions
    dimensions: tuple[Dimension, ...]

    def plan(self, project: ProjectPaths) -> Plan:
        """Return the search.

        Raises
        ------
        InvalidOption
            If it is empty, has no end or is larger than was asked for.
        """
        from theta.tuning.plan import Plan
        from theta.tuning.space import Space

        options = self.resolved.groups["run"]
        ((name, model_options),) = (
            (name, group) for name, group in self.resolved.groups.items() if name != "run"
        )
        plan = Plan(options, name, model_options, self.tune, Space(self.dimensions), project)
        plan.check()
        return plan


def read_request(
    line: CommandLine, configured: Configured, model: str, problems: list[str]
) -> Request:
    """Return the search that was typed.

    Parameters
    ----------
    line : CommandLine
    configured : mapping
        The YAML values by group.
    model : str
    problems : list of str
        Problems found before.

    Raises
    ------
    InvalidOption, MissingFile
        With all problems, one per line.
    """
    problems = list(problems)
    typed = dict(line.typed)
    of_tune = {name: typed.pop(name) for name in declarations(TuneOptions) if name in typed}
    tune: TuneOptions = resolve({"tune": TuneOptions}, of_tune).groups["tune"]
    problems += [
        f"--{name} trains nothing: leave it out, or --tune"
        for name in _OTHER_TASKS
        if name in typed
    ]
    varying = _varying_options(model)
    dimensions = _read_space_file(tune, varying, problems)
    for name in [name for name in varying if name in typed]:
        dimensions.pop(name, None)  # what is typed beats the file
        if not isinstance(typed[name], str) or "," not in typed[name]:
            continue
        try:
            dimensions[name] = _typed_list(varying[name], typed.pop(name))
        except InvalidOption as error:
            problems.append(str(error))
    for name, dimension in list(dimensions.items()):
        if len(dimension.values) == 1:
            typed[name] = dimension.values[0]
            del dimensions[name]
    if "dataset" in dimensions:
        # The first of several stands for all where one is enough.
        typed["dataset"] = dimensions["dataset"].values[0]
    groups: dict[str, type] = {"run": RunOptions, model: MODELS[model].Options}
    resolved = resolve(groups, typed, configured, problems)
    return Request(resolved, tune, tuple(dimensions.values()))


def _varying_options(model: str) -> dict[str, Declaration]:
    """Return the options that can vary in a search: those of the model, and of the embeddings."""
    from theta.tuning.plan import RUN_DIMENSIONS

    options: type = MODELS[model].Options
    of_run = declarations(RunOptions)
    declared = {**declarations(options), **{name: of_run[name] for name in RUN_DIMENSIONS}}
    return {name: one for name, one in declared.items() if not one.many and one.kind is not Path}


def _read_space_file(
    tune: TuneOptions, varying: Mapping[str, Declaration], problems: list[str]
) -> dict[str, Dimension]:
    from theta.tuning.space import read_file

    if tune.tune in (None, TYPED):
        return {}
    try:
        return read_file(Path(str(tune.tune)).expanduser(), varying)
    except InvalidOption as error:
        problems += str(error).splitlines()
        return {}


def _typed_list(declaration: Declaration, raw: str) -> Dimension:
    from theta.tuning.space import Dimension, read_list

    parts = [part for part in (part.strip() for part in raw.split(",")) if part]
    return Dimension(declaration.name, read_list(declaration, parts, declaration.flag))


def run_search(plan: Plan, typed: frozenset[str], *, as_json: bool) -> list[Outcome]:
    """Search, train the recommended setting unless the options skip it, and print both.

    Parameters
    ----------
    plan : Plan
    typed : frozenset of str
        Names of the typed options.
    as_json : bool
    """
    from theta.pipeline import run
    from theta.tuning.search import search

    conclusion = search(plan)
    outcomes: list[Outcome] = []
    if plan.tune.final_run:
        logger.info("Training the recommended setting: %s", conclusion.command)
        options, model_options = plan.options_of(conclusion.recommended.setting)
        if options.output_dir is not None:
            options = replace(options, output_dir=options.output_dir / "run")
        names = typed - declarations(TuneOptions).keys()
        outcomes = run.run(options, {plan.model_name: model_options}, plan.project, names)
    show_search(conclusion, outcomes, as_json=as_json)
    return outcomes
