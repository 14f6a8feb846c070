"""A topic as charts show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from theta.plots.style import fit, text_width, wrap

_TITLE_SIZE = 9
_BOLD = 1.2

LINE = 0.15
"""Height in inches of a line of `TopicLabel.panel_title`."""


@dataclass(frozen=True)
class TopicLabel:
    """The texts by which a chart shows a topic.

    Attributes
    ----------
    number : int
    words : sequence of (str, float)
        The top words, best first, with the probability of each.
    name : str
        Empty for a topic without a name.
    """

    number: int
    words: Sequence[tuple[str, float]]
    name: str = ""

    def heading(self, n_words: int = 3) -> str:
        """Return the number, and the name or the first words: ``12 space, nasa, orbit``."""
        return f"{self.number} " + (self.name or ", ".join(self.top(n_words)))

    def panel_title(self, share: float, topic: str, width: float) -> str:
        """Return the title of the topic's own panel, `width` inches wide: one or two lines.

        `topic` is the word for a topic in the language of the chart.
        """
        start = f"{self.number} {self.name}" if self.name else f"{topic} {self.number}"
        end = f"  ·  {share:.1%}"
        if text_width(start + end, _TITLE_SIZE, "bold") <= width:
            return start + end
        # Bold letters are wider than those that `wrap` measures.
        first, *rest = wrap(start, _BOLD * _TITLE_SIZE, width)
        if not rest:
            return f"{first}\n{share:.1%}"
        room = width - text_width(end, _TITLE_SIZE, "bold")
        return f"{first}\n{fit(' '.join(rest), _TITLE_SIZE, room, 'bold')}{end}"

    def top(self, n_words: int) -> list[str]:
        """Return the first words."""
        return [word for word, _ in self.words[:n_words]]
