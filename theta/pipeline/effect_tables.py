"""The tables of effects of covariates: CSV, Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from theta.effects.permutation import PermutationTest
from theta.effects.results import JOINT, Effects, Quantity
from theta.effects.summary import describe, p_text
from theta.effects.targets import MARGINAL, PREDICTED
from theta.effects.views import CLEAR, at_text, effect_text
from theta.layout import RunFiles
from theta.pipeline import latex
from theta.pipeline.csv_tables import write_csv
from theta.plots.topics import TopicLabel

_EFFECT_COLUMNS = (
    "topic", "topic_name", "top_words", "kind", "name", "level", "reference", "at", "unit",
    "estimate", "standard_error", "low", "high", "degrees_of_freedom", "p_value", "p_bh", "p_holm",
    "variance_from_draws",
)  # fmt: skip

_SHARE_COLUMNS = (
    "topic", "topic_name", "top_words", "variable", "value", "at", "share", "standard_error",
    "low", "high",
)  # fmt: skip

_PERMUTATION_COLUMNS = (
    "topic", "top_words", "name", "level", "reference", "estimate", "shuffled_low",
    "shuffled_high", "p_value", "p_adjusted",
)  # fmt: skip

_COLUMNS_PER_TABLE = 4
"""Effects side by side in a table for a page."""

_WORDS = 10


def write_effect_tables(files: RunFiles, effects: Effects, topics: Sequence[TopicLabel]) -> None:
    """Write the tables of effects.

    Parameters
    ----------
    files : RunFiles
    effects : Effects
    topics : sequence of TopicLabel
    """
    write_csv(files.effects_table, _EFFECT_COLUMNS, _effect_rows(effects, topics))
    write_csv(files.predicted_shares, _SHARE_COLUMNS, _share_rows(effects, topics))
    if effects.permutation is not None:
        rows = _permutation_rows(effects.permutation, topics)
        write_csv(files.permutation_test, _PERMUTATION_COLUMNS, rows)
    names = [topic.heading() for topic in topics]
    files.effects_markdown.write_text(markdown(effects, names), encoding="utf-8")
    files.effects_latex.write_text(latex_tables(effects, names), encoding="utf-8")


def _permutation_rows(
    test: PermutationTest, topics: Sequence[TopicLabel]
) -> Iterator[list[object]]:
    names = test.variable, test.level, test.reference
    columns = test.estimate, test.low, test.high, test.p_value, test.p_adjusted
    for label, *numbers in zip(topics, *columns, strict=True):
        yield [label.number, " ".join(label.top(_WORDS)), *names, *numbers]


def _effect_rows(effects: Effects, topics: Sequence[TopicLabel]) -> Iterator[list[object]]:
    for quantity in effects.quantities:
        if quantity.kind == PREDICTED:
            continue
        for topic, label in enumerate(topics):
            one = quantity.numbers
            yield [
                label.number,
                label.name,
                " ".join(label.top(_WORDS)),
                quantity.kind,
                quantity.name,
                quantity.level,
                quantity.reference,
                at_text(quantity),
                quantity.unit,
                one.estimate[topic],
                one.standard_error[topic],
                one.low[topic],
                one.high[topic],
                one.degrees_of_freedom[topic],
                one.p_value[topic],
                one.p_bh[topic],
                one.p_holm[topic],
                one.from_draws[topic],
            ]


def _share_rows(effects: Effects, topics: Sequence[TopicLabel]) -> Iterator[list[object]]:
    for quantity in effects.of_kind(PREDICTED):
        for topic, label in enumerate(topics):
            one = quantity.numbers
            yield [
                label.number,
                label.name,
                " ".join(label.top(_WORDS)),
                quantity.name,
                quantity.value,
                at_text(quantity),
                one.estimate[topic],
                one.standard_error[topic],
                one.low[topic],
                one.high[topic],
            ]


def _blocks(effects: Effects) -> Iterator[list[Quantity]]:
    """Yield the effects and joint tests that are side by side in a table."""
    shown = [one for one in effects.of_kind(MARGINAL) if not one.at] + effects.of_kind(JOINT)
    for begin in range(0, len(shown), _COLUMNS_PER_TABLE):
        yield shown[begin : begin + _COLUMNS_PER_TABLE]


def _heading(quantity: Quantity) -> str:
    return f"{quantity.name}: p" if quantity.kind == JOINT else effect_text(quantity)


def _entry(quantity: Quantity, topic: int) -> str:
    one = quantity.numbers
    adjusted = one.p_bh[topic]
    star = "*" if adjusted is not None and adjusted <= CLEAR else ""
    if quantity.kind == JOINT:
        p_value = one.p_value[topic]
        return "–" if p_value is None else f"{p_text(p_value)}{star}"
    estimate, low, high = one.estimate[topic], one.low[topic], one.high[topic]
    if estimate is None or low is None or high is None:
        return "–"
    return f"{100 * estimate:.2f}{star} [{100 * low:.2f}, {100 * high:.2f}]"


def markdown(effects: Effects, names: Sequence[str]) -> str:
    """Return the marginal effects as tables in Markdown; `names` are those of the topics."""
    lines: list[str] = []
    for block in _blocks(effects):
        heads = ["topic", *map(_heading, block)]
        lines += [_markdown_row(heads), "|" + "---|" * len(heads)]
        for topic, name in enumerate(names):
            lines.append(_markdown_row([name, *(_entry(one, topic) for one in block)]))
        lines.append("")
    return "\n".join([*lines, *(f"{sentence}\n" for sentence in describe(effects))])


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_markdown, cells))} |"


def _markdown(text: str) -> str:
    """Return text for a cell: special characters escaped, on one line."""
    return re.sub(r"([\\|*`<~])", r"\\\1", " ".join(text.split()))


def latex_tables(effects: Effects, names: Sequence[str]) -> str:
    """Return the marginal effects as LaTeX tables; `names` are those of the topics."""
    caption = " ".join(describe(effects))
    tables = []
    for block in _blocks(effects):
        heads = ["topic", *map(_heading, block)]
        rows = [
            [name, *(_entry(quantity, topic) for quantity in block)]
            for topic, name in enumerate(names)
        ]
        tables.append(latex.table(heads, rows, f"l{'r' * len(block)}", caption))
    body = "\n".join(tables)
    return latex.needs(body) + body
