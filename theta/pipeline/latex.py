"""Text and tables in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "`": r"\textasciigrave{}", "|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "–": "--", "—": "---", "…": r"\dots{}",
    "−": "$-$", "≤": r"$\le$", "≥": r"$\ge$", "≈": r"$\approx$", "±": r"$\pm$", "×": r"$\times$",
    "·": r"$\cdot$", "α": r"$\alpha$", "β": r"$\beta$", "θ": r"$\theta$", "λ": r"$\lambda$",
    "µ": r"$\mu$", "μ": r"$\mu$", "σ": r"$\sigma$", "Σ": r"$\Sigma$", "²": r"$^2$", "√": r"$\surd$",
}  # fmt: skip
"""Characters that mean something in LaTeX, or that pdfLaTeX does not know."""

_LAST_OF_PDFLATEX = "\u024f"
"""The last letter of Latin Extended-B: those beyond need a Unicode engine and a font."""

_KNOWN = "–—‘’“”„‚†‡•‰€™"
"""Characters beyond it that pdfLaTeX knows."""

_NEGATIVE = re.compile(r"(?<![\w-])-(?=\d)")

_MOST_NAMED = 10


def escaped(text: str) -> str:
    """Return text for LaTeX: special characters escaped, on one line."""
    one_line = "".join(char for char in " ".join(text.split()) if char.isprintable())
    return "".join(_ESCAPES.get(char, char) for char in one_line)


def needs(body: str) -> str:
    """Return a comment on what LaTeX needs for a text, to begin its file with."""
    line = "% Needs \\usepackage{booktabs}"
    foreign = [
        char for char in dict.fromkeys(body) if char > _LAST_OF_PDFLATEX and char not in _KNOWN
    ]
    if not foreign:
        return f"{line}.\n"
    named = "".join(foreign[:_MOST_NAMED])
    more = " …" if len(foreign) > _MOST_NAMED else ""
    return f"{line}, and XeLaTeX or LuaLaTeX with a font that has {named}{more}\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], columns: str, caption: str) -> str:
    """Return a table with booktabs' rules; all texts are escaped, numbers get a minus sign.

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
    lines += [rf"{' & '.join(map(_cell, row))} \\" for row in rows]
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\caption{{{escaped(caption)}}}", r"\end{table}", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    own = escaped(_NEGATIVE.sub("−", text))
    # A bracket or star at the beginning of a row would be an argument of the row before it.
    return f"{{}}{own}" if own.startswith(("[", "*")) else own
