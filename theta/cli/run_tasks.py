"""What run_pipeline.py is asked to do, and the doing of it.

The modules of the pipeline import numpy, scipy and torch, which --help and a mistyped flag do not
need, so each task imports its own.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theta.cli.console import check_code, print_error, print_traceback
from theta.errors import ModelCrashed
from theta.layout import ProjectPaths
from theta.options import PrepareOptions, RunOptions

if TYPE_CHECKING:
    from theta.cli import tune
    from theta.pipeline.run import Outcome
    from theta.tuning.plan import Plan

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """A command line whose options are all valid.

    Attributes
    ----------
    groups : mapping
        The resolved options: those of the run by the name "run", those of a model by its name.
    models : sequence of str
        The chosen models.
    typed : frozenset of str
        Names of the options on the command line.
    prepare : PrepareOptions, optional
        How to prepare the data first.
    search : tune.Request, optional
        The search for settings.
    project : ProjectPaths
    """

    groups: Mapping[str, Any]
    models: Sequence[str]
    typed: frozenset[str]
    prepare: PrepareOptions | None
    search: tune.Request | None
    project: ProjectPaths

    @property
    def options(self) -> RunOptions:
        """The options of the run."""
        options: RunOptions = self.groups["run"]
        return options

    @property
    def model_options(self) -> dict[str, Any]:
        """The options of each chosen model."""
        return {name: self.groups[name] for name in self.models}

    def carry_out(self) -> int:
        """Do what was asked and return the exit code."""
        from theta.run.prepared import check_model_name

        if self.options.compare:
            return self._compare()
        if self.options.verify:
            return self._verify()
        check_model_name(self.options, self.project)
        plan = None if self.search is None else self.search.plan(self.project)
        if self.options.dry_run:
            return self._show_plan(plan)
        if self.options.check_only:
            return self._check()
        if self.options.infer:
            return self._infer()
        if self.options.edit:
            return self._edit()
        if self.prepare is not None:
            from theta.pipeline import prepare

            prepare.prepare(self.prepare, self.project)
        if plan is not None:
            from theta.cli import tune

            return _report_failures(tune.run_search(plan, self.typed, as_json=self.options.json))
        return self._train()

    def _compare(self) -> int:
        from theta.cli.show.comparison import show_comparison
        from theta.pipeline.compare import compare

        target = self.options.output_dir or self.project.comparison().root
        report = compare(self.options.compare, self.options.sort_by, target)
        show_comparison(report, as_json=self.options.json)
        return 0

    def _verify(self) -> int:
        from theta.cli.show.runs import show_verification
        from theta.pipeline.verify import verify

        assert self.options.verify is not None
        verification = verify(self.options.verify, self.project)
        show_verification(verification, as_json=self.options.json)
        return 1 if verification.differences else 0

    def _show_plan(self, search: Plan | None) -> int:
        from theta.cli.show.preparation import show_plan
        from theta.pipeline import infer, run

        plan = infer.plan if self.options.infer else run.plan
        reads, writes = plan(self.options, self.model_options, self.project)
        if search is not None:
            writes = [search.files.root, *(writes if search.tune.final_run else [])]
            logger.info("%s settings, seeds %s", search.n_trials or "any number of", search.seeds)
        show_plan(self.groups, reads, writes, as_json=self.options.json)
        return 0

    def _check(self) -> int:
        from theta.cli.show.preparation import show_status
        from theta.pipeline.status import run_status

        items = run_status(self.options, self.model_options, self.project)
        show_status(items, as_json=self.options.json)
        return check_code(ready=all(item.ready for item in items if item.needed))

    def _infer(self) -> int:
        from theta.cli.show.runs import show_inference
        from theta.pipeline.infer import infer

        inferred = infer(self.options, self.model_options, self.project, self.typed)
        show_inference(inferred, as_json=self.options.json)
        return 0

    def _edit(self) -> int:
        from theta.cli.show.runs import show_edited
        from theta.pipeline.edit import edit_chosen

        edited = edit_chosen(self.options, self.model_options, self.project)
        show_edited(edited, as_json=self.options.json)
        return 0

    def _train(self) -> int:
        from theta.cli.show.runs import show_runs
        from theta.pipeline.compare import compare
        from theta.pipeline.run import run

        outcomes = run(self.options, self.model_options, self.project, self.typed)
        finished = [outcome for outcome in outcomes if outcome.error is None]
        comparison = None
        if len(finished) > 1 and not self.options.skip_eval:
            comparison = compare(
                [outcome.files.root for outcome in finished],
                self.options.sort_by,
                self.project.comparison(self.options.output_dir).root,
                names=[outcome.model for outcome in finished],
            )
        show_runs(outcomes, comparison, as_json=self.options.json)
        return _report_failures(outcomes)


def _report_failures(outcomes: Sequence[Outcome]) -> int:
    """Print the errors of models that failed and return the exit code of the first."""
    code = 0
    for outcome in outcomes:
        if outcome.error is not None:
            if isinstance(outcome.error, ModelCrashed):
                print_traceback(outcome.error.report)
            print_error(f"{outcome.model}: {outcome.error}")
            code = code or outcome.error.exit_code
    return code
