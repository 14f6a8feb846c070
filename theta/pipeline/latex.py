"""Text and tables in LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "−": "$-$", "–": "--", "≤": r"$\le$", "|": r"\textbar{}", "<": r"\textless{}",
    ">": r"\textgreater{}",
}  # fmt: skip


def escaped(text: str) -> str:
    """Return text with the characters escaped that mean something in LaTeX."""
    return "".join(_LATEX.get(char, char) for char in text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], columns: str, caption: str) -> str:
    """Return a table with booktabs' rules; all texts are escaped.

    Parameters
    ----------
    heads : sequence of str
    rows : iterable of (sequence of str)
    columns : str
        The columns of the tabular: ``llr``.
    caption : str
    """
    lines = [r"\begin{table}", r"\centering\small", rf"\begin{{tabular}}{{{columns}}}", r"\toprule"]
    lines += [rf"{' & '.join(map(escaped, heads))} \\", r"\midrule"]
    lines += [rf"{' & '.join(map(escaped, row))} \\" for row in rows]
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\caption{{{escaped(caption)}}}", r"\end{table}", ""]
    return "\n".join(lines)
