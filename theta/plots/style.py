"""Shared by all charts: colours, sizes, fonts, panels and topic names."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from theta.plots.fonts import families_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from numpy.typing import NDArray

"""The top words of each topic, best first, each with its probability β in the topic."""

Numbers = Union[Sequence[float], "NDArray[np.floating[Any]]"]

BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#8A8F98", "#22262B"
"""Blue and vermilion of Okabe and Ito (2008), distinguishable in all kinds of colour vision."""

UNKNOWN = "#E6E8EB"
"""Colour of heat map cells without a value."""

BAR = "#A9CCE3"
"""Light enough for text on top."""

PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9",
    "#D55E00", "#7A5195", "#8C9A00", "#00838F", "#A0522D",
)  # fmt: skip
"""The colours of Okabe and Ito without yellow and black, and four more."""

_TITLE_SIZE = 9
_TITLE_MARGIN = 0.07
_NARROWEST = 3.4
_ROUNDING = 1.05

SEQUENTIAL = "Blues"
"""One hue from light to dark: legible in all kinds of colour vision and in print."""


@contextmanager
def styled(texts: Iterable[str]) -> Iterator[None]:
    """Draw in the common style, with fonts that cover `texts`."""
    import matplotlib as mpl

    look: dict[Any, Any] = {
        "font.family": families_for(texts),
        "font.size": 8,
        "axes.titlesize": 9,
        "axes.labelsize": 8,
        "axes.edgecolor": GREY,
        "axes.labelcolor": INK,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.unicode_minus": False,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "text.color": INK,
        "figure.facecolor": "white",
        "figure.constrained_layout.use": False,
        # A word such as "$100" is not mathematics.
        "text.parse_math": False,
    }
    with mpl.rc_context(look):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, in inches, with an Agg canvas and without pyplot's global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def write_title(figure: Figure, title: str) -> None:
    """Write the title at the upper left, wrapped to the width of the figure."""
    width, height = figure.get_size_inches()
    figure.text(
        _TITLE_MARGIN / width,
        1 - _TITLE_MARGIN / height,
        "\n".join(_title_lines(title, width)),
        va="top",
        fontsize=_TITLE_SIZE,
    )


def title_height(title: str, width: float) -> float:
    """Return the height in inches of `write_title` in a figure `width` inches wide."""
    return 0.16 * len(_title_lines(title, width)) + 2 * _TITLE_MARGIN


def _title_lines(title: str, width: float) -> list[str]:
    return wrap(title, _TITLE_SIZE, width - 2 * _TITLE_MARGIN)


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return the width of a text in inches, in the fonts of `styled`."""
    import matplotlib as mpl

    return _measured(text, size, weight, tuple(mpl.rcParams["font.family"]))


@lru_cache(maxsize=10_000)
def _measured(text: str, size: float, weight: str, families: tuple[str, ...]) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=list(families), size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    # The renderer rounds each glyph to whole pixels.
    return _ROUNDING * float(width) / 72


def fit(text: str, size: float, width: float, weight: str = "normal") -> str:
    """Return a text truncated with an ellipsis to a width in inches."""
    if text_width(text, size, weight) <= width:
        return text
    low, high = 1, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        fits = text_width(shorten(text, middle), size, weight) <= width
        low, high = (middle, high) if fits else (low, middle)
    return shorten(text, low)


def wrap(text: str, size: float, width: float) -> list[str]:
    """Return the lines of a text wrapped to a width in inches."""
    letter = text_width(text, size) / max(len(text), 1)
    for letters in range(max(4, int(1.3 * width / letter)), 4, -1):
        lines = textwrap.wrap(text, letters)
        if all(text_width(line, size) <= width for line in lines):
            return lines
    return textwrap.wrap(text, 4)


def add_panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Return a panel at a position in inches from the upper left of a figure."""
    whole_width, whole_height = figure.get_size_inches()
    return figure.add_axes(
        (
            left / whole_width,
            1 - (top + height) / whole_height,
            width / whole_width,
            height / whole_height,
        )
    )


def grid_of_panels(
    n: int,
    title: str,
    *,
    width: float,
    height: float,
    margins: tuple[float, float, float, float],
    below: float = 0.0,
) -> tuple[Figure, list[Axes]]:
    """Return a figure that grows with its number of panels, and the panels.

    The grid is about square and at most ten panels wide. A panel has `width` × `height` inches,
    including the left, right, lower and upper `margins` for its labels; `below` inches under the
    grid stay free.
    """
    columns = _grid_columns(n, width, height)
    rows = -(-n // columns)
    whole_width = grid_width(n, width, height)
    head = title_height(title, whole_width)
    figure = new_figure(whole_width, rows * height + head + below)
    write_title(figure, title)
    left, right, lower, upper = margins
    axes = []
    for panel in range(n):
        row, column = divmod(panel, columns)
        axes.append(
            add_panel(
                figure,
                column * width + left,
                head + row * height + upper,
                width - left - right,
                height - lower - upper,
            )
        )
    return figure, axes


def _grid_columns(n: int, width: float, height: float) -> int:
    return next(c for c in range(1, 11) if c == 10 or c * c * width >= n * height)


def grid_width(n: int, width: float, height: float) -> float:
    """Return the width in inches of `grid_of_panels` with `n` panels."""
    return max(_grid_columns(n, width, height) * width, _NARROWEST)


def by_share(shares: Numbers) -> list[int]:
    """Return the topics, largest share first."""
    return sorted(range(len(shares)), key=lambda topic: (-shares[topic], topic))


def shorten(text: str, length: int) -> str:
    """Return `text` truncated with an ellipsis to `length` characters."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def push_apart(figure: Figure, ax: Axes, texts: Sequence[Text], *, colour: str) -> None:
    """Move texts vertically until none overlap; lines connect moved texts to their positions.

    Texts that extend beyond the figure are moved into it.
    """
    if not texts:
        return
    figure.draw_without_rendering()
    to_data = ax.transData.inverted()
    positions = [text.get_position() for text in texts]
    boxes = np.array([text.get_window_extent().extents for text in texts])
    moved = boxes.copy()
    for _ in range(200):
        moved += _shift_into(moved, figure, ax)
        overlaps = _overlaps(moved)
        if not overlaps:
            break
        for low, high, depth in overlaps:
            moved[low, [1, 3]] -= depth / 2 + 0.5
            moved[high, [1, 3]] += depth / 2 + 0.5
    moved += _shift_into(moved, figure, ax)
    for text, position, old, new in zip(texts, positions, boxes, moved, strict=True):
        aside, shift = new[:2] - old[:2]
        if shift or aside:
            x, y = ax.transData.transform(position)
            target = to_data.transform((x + aside, y + shift))
            text.set_position((float(target[0]), float(target[1])))
            if abs(shift) > old[3] - old[1]:
                ax.plot(*zip(position, target, strict=True), color=colour, lw=0.6, zorder=1)


def _shift_into(
    boxes: NDArray[np.floating[Any]], figure: Figure, ax: Axes
) -> NDArray[np.floating[Any]]:
    """Return how far each box must move to be inside the figure."""
    low = np.array([2.0, 2.0])
    high = np.array([figure.bbox.x1 - 2, ax.bbox.y1 - 2])
    shift = np.maximum(low - boxes[:, :2], 0) + np.minimum(high - boxes[:, 2:], 0)
    return np.tile(shift, 2)


def _overlaps(boxes: NDArray[np.floating[Any]]) -> list[tuple[int, int, float]]:
    """Return (lower text, higher text, depth in pixels) of overlapping boxes."""
    overlaps = []
    for i in range(len(boxes)):
        for j in range(i):
            width = min(boxes[i, 2], boxes[j, 2]) - max(boxes[i, 0], boxes[j, 0])
            depth = min(boxes[i, 3], boxes[j, 3]) - max(boxes[i, 1], boxes[j, 1])
            if width > 0 and depth > 0:
                low, high = (i, j) if boxes[i, 1] < boxes[j, 1] else (j, i)
                overlaps.append((low, high, float(depth)))
    return overlaps
