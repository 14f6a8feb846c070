"""Design matrices whose effects cannot be estimated, each with the way out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from theta.errors import InvalidOption

_DEPENDENT = 1e-8
"""A column is linearly dependent if its residual is below this share of its length."""

_ALONE = 1e-8
"""A document determines a coefficient alone if its leverage is within this of 1."""


def check_size(matrix: NDArray[np.float64], names: Sequence[str], formula: str) -> None:
    """Raise `InvalidOption` if there are too few documents, or a value is not finite."""
    n_docs, n_columns = matrix.shape
    if n_docs <= n_columns:
        raise InvalidOption(
            f"the formula {formula!r} has {n_columns} coefficients for {n_docs} documents: use "
            "fewer terms, levels or knots, or more documents"
        )
    infinite = ~np.isfinite(matrix)
    if infinite.any():
        column = int(np.flatnonzero(infinite.any(axis=0))[0])
        raise InvalidOption(
            f"{names[column]} is not a finite number in {int(infinite[:, column].sum()):,} "
            "documents, as the logarithm of 0 is not: change the formula or the data"
        )


def check_columns(matrix: NDArray[np.float64], names: Sequence[str], ids: Sequence[str]) -> None:
    """Raise `InvalidOption` if a coefficient is not identifiable or rests on one document.

    Parameters
    ----------
    matrix : (n_docs, n_columns) float64
        The intercept comes first.
    names : sequence of str
        Of the columns.
    ids : sequence of str
        Of the documents.
    """
    centred = matrix.copy()
    # Centred, so that a residual is compared with the variation of the column.
    centred[:, 1:] -= centred[:, 1:].mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    scales = np.abs(matrix).max(axis=0)
    constant = lengths[1:] <= 1e-12 * scales[1:] * np.sqrt(len(matrix))
    for column in (np.flatnonzero(constant) + 1).tolist():
        which = "no document has it" if not matrix[:, column].any() else "it does not vary"
        raise InvalidOption(
            f"the effect of {names[column]} cannot be estimated: {which}; leave out the term, or "
            "merge levels in the data"
        )
    basis, triangle = np.linalg.qr(centred / lengths)
    diagonal = np.abs(np.diag(triangle))
    for column in np.flatnonzero(diagonal <= _DEPENDENT).tolist():
        before = [k for k in range(1, column) if diagonal[k] > _DEPENDENT]
        weights, *_ = np.linalg.lstsq(triangle[:, before], triangle[:, column], rcond=None)
        involved = [names[k] for k, w in zip(before, weights, strict=True) if abs(w) > 1e-6]
        curve, bracket, _ = names[column].partition("[")
        if bracket and all(name.startswith(f"{curve}[") for name in involved):
            raise InvalidOption(
                f"{curve} has more degrees of freedom than its column has different values: use "
                "fewer"
            )
        raise InvalidOption(
            f"the columns of the formula are collinear: {names[column]} is determined by "
            f"{', '.join(involved)}; leave one of them out"
        )
    leverage = (basis**2).sum(axis=1)
    alone = np.flatnonzero(leverage > 1 - _ALONE)
    if len(alone):
        document = int(alone[0])
        distance = np.abs(basis[document])
        involved = [names[k] for k in np.flatnonzero(distance > 1e-6).tolist() if k > 0]
        raise InvalidOption(
            f"the document {ids[document]} alone determines an effect of "
            f"{', '.join(involved[:3])}, as when a level or a combination of levels occurs once: "
            "merge levels in the data, or leave out the term"
        )
