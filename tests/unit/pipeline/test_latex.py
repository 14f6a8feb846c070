"""Text and tables in LaTeX, without LaTeX."""

from __future__ import annotations

from theta.pipeline import latex


def test_special_characters_are_escaped() -> None:
    assert latex.escaped(r"50 % & x_y #1 $5") == r"50 \% \& x\_y \#1 \$5"
    assert latex.escaped("~a^b") == r"\textasciitilde{}a\textasciicircum{}b"
    assert latex.escaped(r"\end{table}") == r"\textbackslash{}end\{table\}"
    assert latex.escaped("θ ≥ 3 µ ± 1 − x") == r"$\theta$ $\ge$ 3 $\mu$ $\pm$ 1 $-$ x"
    assert latex.escaped("naïve – “q”") == "naïve -- “q”"
    # A blank line would end the paragraph of a caption.
    assert latex.escaped("two\n\nlines\twith\x07 a bell") == "two lines with a bell"


def test_a_table() -> None:
    rows = [["[a] & b", "-1.5 [-2.0, -1.0]"], ["* x-1", "0.5"]]
    lines = latex.table(["topic", "50 %"], rows, "lr", "A_caption").splitlines()
    assert lines[2:7] == [
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"topic & 50 \% \\",
        r"\midrule",
        # \\ followed by a bare [ or * would take it for its argument.
        r"{}[a] \& b & $-$1.5 [$-$2.0, $-$1.0] \\",
    ]
    assert lines[7] == r"{}* x-1 & 0.5 \\"
    assert r"\caption{A\_caption}" in lines


def test_letters_that_pdflatex_lacks_are_named() -> None:
    assert latex.needs("café – “q” €") == "% Needs \\usepackage{booktabs}.\n"
    assert latex.needs("a 中文 中").endswith("XeLaTeX or LuaLaTeX with a font that has 中文\n")
