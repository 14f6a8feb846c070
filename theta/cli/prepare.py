"""prepare_data.py: documents in, corpus and embeddings out."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from theta.cli.configuration import read_sections
from theta.cli.console import check_code, format_table, print_result, run_command, start_logging
from theta.cli.parser import read_command_line
from theta.cli.show.preparation import show_plan, show_preparation, show_preview, show_status
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.models import MODELS
from theta.options import PrepareOptions, RunOptions, Typed, declarations, resolve
from theta.options.prepare import FinetuneOptions

logger = logging.getLogger(__name__)

DESCRIPTION = "Turn documents into a corpus (words, counts) and into embeddings."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    run_options: list[type] = [RunOptions, *(model.Options for model in MODELS.values())]
    line = read_command_line(
        argv,
        DESCRIPTION,
        {"options": PrepareOptions},
        elsewhere=("run_pipeline.py", run_options),
    )
    configured = read_sections(line)
    resolved = resolve({"prepare": PrepareOptions}, line.typed, configured, line.problems)
    options: PrepareOptions = resolved.groups["prepare"]
    start_logging(quiet=options.quiet, verbose=options.verbose)
    for warning in (*line.warnings, *resolved.warnings):
        logger.warning("%s", warning)
    project = ProjectPaths.from_environment()
    # Imported late for the same reason as in theta/cli/run_tasks.py.
    from theta.pipeline import prepare, status
    from theta.pipeline.prepare_settings import plan

    if options.list_datasets:
        print_result(format_table(prepare.list_datasets(project), right=(1,)))
        return 0
    _refuse_idle_options(line.typed, options)
    if options.dry_run:
        reads, writes = plan(options, project)
        show_plan(resolved.groups, reads, writes, as_json=options.json)
        return 0
    if options.preview:
        show_preview(prepare.preview(options, project), as_json=options.json)
        return 0
    if options.check_only:
        items = status.prepare_status(options, project)
        show_status(items, as_json=options.json)
        return check_code(ready=all(item.ready for item in items))
    report = prepare.prepare(options, project)
    show_preparation(report, as_json=options.json)
    return 0


def _refuse_idle_options(typed: Typed, options: PrepareOptions) -> None:
    """Raise `InvalidOption` if an option was typed that has no effect with the others."""
    if options.trust_remote_code and options.embedding_model is None:
        raise InvalidOption(
            "--trust_remote_code needs --embedding_model: the models of --model_size have no code "
            "of their own"
        )
    idle = [f"--{name}" for name in declarations(FinetuneOptions) if name in typed]
    if idle and options.mode == "zero_shot":
        raise InvalidOption(
            f"{', '.join(idle)}: --mode zero_shot does not fine-tune; choose --mode supervised "
            "or unsupervised"
        )
