"""What is recorded of a run besides its topics: metrics, codings, tables and analyses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from theta.contracts import Metric, ModelTable
from theta.effects.results import Effects
from theta.models.base import HasTables
from theta.relations.analysis import Relations
from theta.run.coding import coded_metrics
from theta.run.moves import moves_table
from theta.run.run_topics import RunTopics
from theta.trends.results import Trends


class RunRecords(RunTopics):
    """What is recorded of a run besides its topics."""

    @cached_property
    def tables(self) -> Sequence[ModelTable]:
        """What is reported besides topics; empty for most runs."""
        model, update = self.model, self.facts.get("update")
        # Automatic names depend on the edits before them, which --verify makes all at once.
        names = {number: self.given_names.get(number, "") for number in self.numbers}
        moves = [] if update is None else [moves_table(update, names)]
        # The tables are about the topics of the training, in their order.
        if not isinstance(model, HasTables) or self.numbers != tuple(range(self.num_topics)):
            return moves
        return [*moves, *model.tables(self.output, self.vocabulary)]

    @cached_property
    def evaluation(self) -> Mapping[str, Any]:
        """The content of evaluation_results.json; empty for a run that has not been evaluated."""
        return self._recorded(self.files.evaluation) or {}

    @cached_property
    def metrics(self) -> Sequence[Metric]:
        """The metrics; empty for a run that has not been evaluated."""
        return read_metrics(self.evaluation)

    known_metrics: Sequence[Metric] = ()
    """Metrics that an edit leaves as they were."""

    @cached_property
    def unfolded(self) -> Mapping[str, float | None]:
        """Metrics of the words without folding of their forms; empty if they are not folded."""
        values: Mapping[str, float | None] = self.evaluation.get("unfolded", {})
        return values

    @cached_property
    def coding(self) -> Mapping[str, Any]:
        """The scores of the coders' answers by task; empty for a run that was not coded."""
        content = self._recorded(self.files.intrusion_scores)
        known = content is not None and content["topics"] == self.topics_checksum
        return content["tasks"] if known else {}

    @property
    def coded_metrics(self) -> list[Metric]:
        """The scores of the coders' answers as metrics; empty for a run that was not coded."""
        return coded_metrics(self.coding, self.numbers)

    @cached_property
    def effects(self) -> Effects | None:
        """The effects of covariates on topic shares; None if they have not been estimated."""
        content = self._recorded(self.files.effects)
        return None if content is None else Effects.from_json(content)

    @cached_property
    def trends(self) -> Trends | None:
        """The topics over time; None if they have not been estimated."""
        content = self._recorded(self.files.trends)
        return None if content is None else Trends.from_json(content)

    @cached_property
    def relations(self) -> Relations | None:
        """How the topics correlate, and their shares by group; None if not estimated."""
        content = self._recorded(self.files.relations)
        return None if content is None else Relations.from_json(content)

    def _recorded(self, path: Path) -> Any:
        """Return the content of a JSON file of the run; None if there is no such file."""
        if self.folder is None or not self.folder.has(path):
            return None
        return self.folder.json(path)


def read_metrics(evaluation: Mapping[str, Any]) -> list[Metric]:
    """Return the metrics in the content of evaluation_results.json."""
    return [
        Metric(
            name=name,
            value=evaluation[name],
            definition=details["definition"],
            per_topic=details["per_topic"],
            interval=None if details["interval"] is None else tuple(details["interval"]),
            reason=details["reason"],
            documents=details.get("documents", ""),  # absent from runs of earlier versions
        )
        for name, details in evaluation.get("details", {}).items()
    ]
