"""Draw docs/architecture.svg: the layers of the package and what each part knows."""

from __future__ import annotations

from html import escape
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "architecture.svg"

LAYERS: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "entry points",
        "#FBE5D6",
        {
            "cli": "flags, exit codes,|the console",
            "estimator": "scikit-learn",
            "tables": "data frames",
        },
    ),
    (
        "the search",
        "#F8E0E0",
        {"tuning": "trains and judges settings, stops those that fall behind, recommends one"},
    ),
    (
        "the story",
        "#FFF2CC",
        {"pipeline": "prepare → train → evaluate → draw → keep; infer, compare, verify"},
    ),
    (
        "the judges",
        "#E3F1F0",
        {
            "intrusion": "kits for coders: items, keys, answers, scores",
            "paper": "methods paragraph, references",
        },
    ),
    ("the page", "#E8F3E2", {"report": "one interactive HTML page of a run"}),
    (
        "the owner",
        "#DCEBF7",
        {"run": "one run: config, options, output; each view computed once; reads finished runs"},
    ),
    (
        "topic models",
        "#E7E2F3",
        {
            "models": "one file per model, and MODELS, the table of them",
            "trends": "topics|over time",
            "relations": "correlations,|shares by group",
        },
    ),
    (
        "one thing each",
        "#EEF0F2",
        {
            "corpus": "text in,|counts out",
            "embeddings": "text in,|vectors out",
            "nn": "networks,|training loop",
            "effects": "regression of|shares",
            "evaluation": "metrics of|arrays",
            "plots": "one file|per chart",
        },
    ),
    (
        "foundation",
        "#E0E3E6",
        {
            "options": "each option|once",
            "contracts": "what stages|exchange",
            "layout": "every file|name",
            "storage": "safe files,|manifests",
            "workers": "processes,|Ray",
            "i18n": "texts of charts|and page",
            "devices": "GPU errors,|CPU threads",
            "libraries": "optional|imports",
            "errors": "exit|codes",
        },
    ),
)
"""Name, colour and parts of each layer, the highest first; ``|`` breaks a line."""

WIDTH, LEFT, EDGE = 900, 150, 16
HEIGHT, BETWEEN, GAP = 66, 26, 10

FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" \
height="{height}" font-family="DejaVu Sans, Verdana, sans-serif" role="img" \
aria-label="Layers of the package theta; each imports only layers below it">
<defs><marker id="arrow" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" \
orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#22262B"/></marker></defs>
<rect width="{width}" height="{height}" fill="white"/>
{shapes}
</svg>
"""


def floor_plan() -> str:
    """Return the figure as SVG."""
    shapes, top = [], EDGE
    for above, (name, colour, parts) in enumerate(LAYERS):
        layer = len(LAYERS) - 1 - above
        shapes.append(_text(12, top + 30, f"layer {layer}", 12, anchor="start", bold=True))
        shapes.append(_text(12, top + 48, name, 12, anchor="start"))
        width = (WIDTH - LEFT - EDGE - GAP * (len(parts) - 1)) / len(parts)
        for column, (part, about) in enumerate(parts.items()):
            shapes += _box(LEFT + column * (width + GAP), top, width, colour, part, about)
        if layer:
            x, bottom = (LEFT + WIDTH - EDGE) / 2, top + HEIGHT
            shapes.append(
                f'<line x1="{x}" y1="{bottom + 3}" x2="{x}" y2="{bottom + BETWEEN - 8}" '
                'stroke="#22262B" stroke-width="1.5" marker-end="url(#arrow)"/>'
            )
        top += HEIGHT + BETWEEN
    height = top - BETWEEN + EDGE
    return FRAME.format(width=WIDTH, height=height, shapes="\n".join(shapes))


def _box(left: float, top: float, width: float, colour: str, name: str, about: str) -> list[str]:
    middle = left + width / 2
    lines = enumerate(about.split("|"))
    return [
        f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{HEIGHT}" rx="6" '
        f'fill="{colour}" stroke="#8A8F98"/>',
        _text(middle, top + 23, name, 15, bold=True),
        *(_text(middle, top + 41 + 15 * number, line, 12) for number, line in lines),
    ]


def _text(
    x: float, y: float, text: str, size: int, *, anchor: str = "middle", bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y}" font-size="{size}"{weight} text-anchor="{anchor}" '
        f'fill="#22262B">{escape(text)}</text>'
    )


def main() -> None:
    """Write the figure."""
    PAGE.write_text(floor_plan(), encoding="utf-8")


if __name__ == "__main__":
    main()
