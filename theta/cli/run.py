"""run_pipeline.py: train, evaluate and draw topic models."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from theta.cli.configuration import Configured, read_sections
from theta.cli.console import run_command, start_logging
from theta.cli.parser import CommandLine, read_command_line
from theta.cli.run_tasks import Request
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.models import MODELS
from theta.options import PrepareOptions, RunOptions, TuneOptions, declarations, resolve
from theta.options.resolve import Resolved, did_you_mean, read_option

if TYPE_CHECKING:
    from theta.cli import tune

logger = logging.getLogger(__name__)

_ALSO_PREPARES = "; for those of the corpus it is an option of prepare_data.py"
_OF_INFER = {"run": "", "infer_output": "", "text_column": _ALSO_PREPARES, "sheet": _ALSO_PREPARES}
"""Options that need ``--infer``, and what their error adds."""

_OF_WORKERS = ("engine", "ray_address", "workers")
"""Options of what spreads over workers."""

_TASKS = ("compare", "verify", "infer", "edit")
"""Options each of which is done instead of a training."""

DESCRIPTION = "Train topic models on prepared documents, evaluate their topics and draw charts."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    groups = {name: model.Options for name, model in MODELS.items()}
    titles = {name: f"options of the model {name}" for name in MODELS}
    line = read_command_line(
        argv,
        DESCRIPTION,
        {"options": RunOptions, "tune": TuneOptions, **groups},
        {"tune": "options of a search for settings", **titles},
        elsewhere=("prepare_data.py (or the prepare: part of --config)", [PrepareOptions]),
    )
    configured = _with_prepared_model(read_sections(line), line)
    chosen = _chosen_models(line, configured["run"])
    search = _search(line, configured, chosen) if "tune" in line.typed else None
    resolved = _resolve(line, configured, chosen) if search is None else search.resolved
    options: RunOptions = resolved.groups["run"]
    start_logging(quiet=options.quiet, verbose=options.verbose)
    for warning in (*line.warnings, *resolved.warnings):
        logger.warning("%s", warning)
    request = Request(
        groups=resolved.groups,
        models=chosen,
        typed=frozenset(line.typed),
        prepare=_prepare_options(options, configured) if options.prepare else None,
        search=search,
        project=ProjectPaths.from_environment(),
    )
    return request.carry_out()


def _with_prepared_model(configured: Configured, line: CommandLine) -> Configured:
    """Return the YAML values, the run taking the model that ``prepare:`` names if it names none."""
    of_run = configured["run"]
    asked = {"model_size", "embedding_model"} & {*line.typed, *of_run}
    if asked or not configured["prepare"].get("embedding_model"):
        return configured
    names = ("model_size", "embedding_model")
    model = {name: configured["prepare"].get(name) for name in names}
    return {**configured, "run": {**of_run, **model}}


def _chosen_models(line: CommandLine, configured: Mapping[str, Any]) -> tuple[str, ...]:
    declaration = declarations(RunOptions)["models"]
    raw = line.typed.get("models", configured.get("models", declaration.default))
    names: tuple[str, ...] = read_option(declaration, raw)
    unknown = [name for name in names if name not in MODELS]
    if unknown:
        hint = did_you_mean(unknown[0], MODELS)
        raise InvalidOption(f"--models {unknown[0]}: the models are {', '.join(MODELS)}{hint}")
    return tuple(dict.fromkeys(names))


def _search(line: CommandLine, configured: Configured, chosen: Sequence[str]) -> tune.Request:
    from theta.cli import tune

    if len(chosen) > 1:
        raise InvalidOption(f"--tune searches one model at a time, not {', '.join(chosen)}")
    return tune.read_request(line, configured, chosen[0], _problems(line, chosen))


def _resolve(line: CommandLine, configured: Configured, chosen: Sequence[str]) -> Resolved:
    groups: dict[str, type] = {"run": RunOptions, **{name: MODELS[name].Options for name in chosen}}
    return resolve(groups, line.typed, configured, _problems(line, chosen))


def _problems(line: CommandLine, chosen: Sequence[str]) -> list[str]:
    """Return what is wrong with the typed options besides their values."""
    groups: dict[str, type] = {"run": RunOptions, **{name: MODELS[name].Options for name in chosen}}
    taken = {name for options in groups.values() for name in declarations(options)}
    problems = list(line.problems)
    of_search = declarations(TuneOptions)
    for name in line.typed:
        if name in of_search:
            if "tune" not in line.typed:
                problems.append(f"--{name} needs --tune, the search for settings")
        elif name in _OF_WORKERS:
            if not {"tune", "infer", "config"} & line.typed.keys():
                problems.append(f"--{name} needs --tune or --infer, which spread over workers")
        elif name not in taken:
            takers = [m for m, model in MODELS.items() if name in vars(model.Options())]
            problems.append(
                f"--{name} is not an option of {', '.join(chosen)}, but of {', '.join(takers)}"
            )
    if not {"infer", "config"} & line.typed.keys():
        problems += [
            f"--{name} needs --infer, the file of new documents{hint}"
            for name, hint in _OF_INFER.items()
            if name in line.typed
        ]
    tasks = [f"--{name}" for name in _TASKS if name in line.typed]
    if len(tasks) > 1:
        problems.append(f"{' and '.join(tasks)} exclude each other: use one at a time")
    if "new_topics" in line.typed and not {"update", "config"} & line.typed.keys():
        problems.append("--new_topics needs --update, the run to continue from")
    for name in {"skip_train", "tune"} & line.typed.keys():
        if "update" in line.typed:
            problems.append(f"--update and --{name} exclude each other: use one of them")
    if "seed" in line.typed and "seeds" in line.typed:
        problems.append("--seed and --seeds exclude each other: use one of them")
    return problems


def _prepare_options(options: RunOptions, configured: Configured) -> PrepareOptions:
    """Return the options of ``--prepare``.

    `batch_size`, `language` and `seed` mean other things there (documents per embedding batch,
    the language of the texts, the split), so their values for the run are not passed on.
    """
    shared: dict[str, Any] = {
        "dataset": options.dataset,
        "model_size": options.model_size,
        "embedding_model": options.embedding_model,
        "mode": options.mode,
        "gpu": options.gpu,
        "threads": options.threads,
        "quiet": options.quiet,
        "verbose": options.verbose,
    }
    typed = {name: value for name, value in shared.items() if value is not None}
    resolved = resolve({"prepare": PrepareOptions}, typed, configured)
    prepare_options: PrepareOptions = resolved.groups["prepare"]
    return prepare_options
