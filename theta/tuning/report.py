"""The page of a search: one self-contained HTML file without scripts."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape
from importlib import resources
from string import Template

from theta.i18n import translated
from theta.report.build import content_hash
from theta.run.prepared import required_dataset
from theta.tuning.charts import CHARTS
from theta.tuning.conclusion import Conclusion
from theta.tuning.tables import describe_setting

_MOST_ROWS = 500
"""Settings in the table of the page; trials.csv has all."""


def build_page(found: Conclusion, figures: Mapping[str, str]) -> str:
    """Return the page as text.

    Parameters
    ----------
    found : Conclusion
    figures : mapping of str to str
        The charts as SVG, by name.
    """
    style = _file("style.css")
    dataset = required_dataset(found.plan.options)
    return Template(_file("page.html")).substitute(
        title=escape(f"Search for settings · {dataset} · {found.plan.model.title}"),
        style=style,
        style_hash=content_hash(style),
        facts=escape(_facts(found)),
        body="\n".join(
            [
                _recommendation(found),
                *_figures(figures, found.plan.options.language),
                _settings(found),
            ]
        ),
    )


def _facts(found: Conclusion) -> str:
    plan = found.plan
    counts = {state: sum(t.state == state for t in found.trials) for state in _STATES}
    numbers = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    seeds = ", ".join(map(str, plan.seeds))
    return (
        f"{len(found.trials)} settings ({numbers}); sampler {plan.sampler}; seeds {seeds}; "
        f"{found.training_seconds:.0f} s of training"
    )


_STATES = ("finished", "stopped", "failed", "running")


def _recommendation(found: Conclusion) -> str:
    setting = describe_setting(found.recommended.setting)
    parts = [
        "<h2>Recommended</h2>",
        f'<div class="best"><p><strong>{escape(setting)}</strong></p>',
        _list(found.reasons),
        f"<pre>{escape(found.command)}</pre></div>",
    ]
    if found.notes:
        parts.append(_list(found.notes))
    judged = [
        f"{one.name} ({'higher' if one.higher else 'lower'} is better): {one.meaning}"
        for one in found.objectives
    ]
    parts += ["<h2>Judged by the test documents</h2>", _list(judged)]
    return "\n".join(parts)


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _figures(figures: Mapping[str, str], language: str) -> list[str]:
    parts = []
    for name, svg in figures.items():
        title = escape(translated(language, CHARTS[name].title))
        about = escape(translated(language, CHARTS[name].about))
        # As an image, the ids inside one SVG cannot meet those of another.
        data = base64.b64encode(svg.encode()).decode()
        parts.append(
            f"<h2>{title}</h2>\n<p>{about}</p>\n"
            f'<img alt="{title}" src="data:image/svg+xml;base64,{data}">'
        )
    return parts


def _settings(found: Conclusion) -> str:
    options = list(found.recommended.setting)
    names = [one.name for one in found.objectives]
    order = sorted(found.trials, key=lambda t: (-found.standing.get(t.number, -1.0), t.number))
    header = ["trial", "state", *options, *names, "standing", "front", "note"]
    lines = ["".join(f"<th>{escape(name)}</th>" for name in header)]
    for trial in order[:_MOST_ROWS]:
        values = found.values.get(trial.number, {})
        standing = found.standing.get(trial.number)
        cells = [
            str(trial.number),
            trial.state,
            *(str(trial.setting[name]) for name in options),
            *(f"{values[name]:.4g}" if values else "" for name in names),
            "" if standing is None else f"{standing:.2f}",
            "yes" if trial.number in found.front else "",
        ]
        kind = "equal" if trial.number in found.equals else ""
        kind = "recommended" if trial is found.recommended else kind
        lines.append(
            f'<tr class="{kind}">'
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            + f'<td class="reason">{escape(trial.reason)}</td></tr>'
        )
    left = len(order) - len(order[:_MOST_ROWS])
    more = f"<p>{left} more are in trials.csv.</p>" if left else ""
    return (
        "<h2>Settings</h2><p>Standing is the mean rank over the objectives: 1 is best in all. "
        "Orange: recommended; blue: cannot be told apart from it.</p>"
        f'<div class="scroll"><table>{"".join(lines)}</table></div>{more}'
    )


def _file(name: str) -> str:
    return (resources.files("theta.tuning") / "page" / name).read_text(encoding="utf-8")
