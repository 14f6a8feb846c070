"""Groups of documents by the values of a column; numbers are cut at their quartiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import UNLABELLED, Labels
from theta.i18n import Message, translated
from theta.plots.means import GroupMeans, means_by_group


@dataclass(frozen=True)
class DocumentGroups:
    """The documents by the values of one column.

    Attributes
    ----------
    column : str
        Empty for the label.
    labels : Labels
        The value of each document.
    means : GroupMeans
        Of θ, one row per name in `labels`.
    ordered : bool
        The values are ordered, as numbers are.
    binned : bool
        The values are ranges of numbers.
    """

    column: str
    labels: Labels
    means: GroupMeans
    ordered: bool = False
    binned: bool = False

    def title(self, language: str) -> str:
        """Return the name of the column for readers."""
        if not self.column:
            return translated(language, "label")
        if not self.binned:
            return self.column
        return translated(language, Message("{name} (by quartile)", name=self.column))


def document_groups(
    labels: Labels | None, covariates: Mapping[str, NDArray[Any]], doc_topic: NDArray[np.float32]
) -> list[DocumentGroups]:
    """Return the documents by label and by each covariate.

    Parameters
    ----------
    labels : Labels, optional
    covariates : mapping of str to (n_docs,) array
    doc_topic : (n_docs, num_topics)
        θ.
    """
    found = (
        [] if labels is None else [DocumentGroups("", labels, means_by_group(doc_topic, labels))]
    )
    for column, values in covariates.items():
        grouped = group_by(values)
        ordered = bool(np.issubdtype(values.dtype, np.number))
        means = means_by_group(doc_topic, grouped)
        found.append(DocumentGroups(column, grouped, means, ordered, is_cut(values)))
    return found


MAX_VALUES = 8
"""A numeric column with at most this many distinct values has one group per value."""

_QUARTILES = (0.25, 0.5, 0.75)


def is_cut(values: NDArray[Any]) -> bool:
    """Return whether `group_by` cuts these values into ranges."""
    return bool(
        np.issubdtype(values.dtype, np.number)
        and len(np.unique(values[np.isfinite(values)])) > MAX_VALUES
    )


def group_by(values: NDArray[Any]) -> Labels:
    """Return the group of each document.

    Texts, and numbers with few distinct values, have one group per value, sorted. Other numbers are
    cut at their quartiles: a document belongs to the lowest quartile that is not below its value.

    Parameters
    ----------
    values : (n_docs,) float or str
        NaN or empty text if a document has none: it is in no group.

    Returns
    -------
    Labels
    """
    if not np.issubdtype(values.dtype, np.number):
        return _one_per_value(values, values != "", str)
    known = np.isfinite(values)
    if not is_cut(values):
        return _one_per_value(values, known, lambda value: f"{value:.6g}")
    # Quartiles are values of the column, so equal values stay together.
    edges = np.unique(np.quantile(values[known], _QUARTILES, method="inverted_cdf"))
    codes = np.full(len(values), UNLABELLED, dtype=np.int32)
    codes[known] = np.searchsorted(edges, values[known], side="left")
    present = np.unique(codes[known])
    codes[known] = np.searchsorted(present, codes[known])
    names = []
    for code in range(len(present)):
        own = values[codes == code]
        low, high = f"{own.min():.4g}", f"{own.max():.4g}"
        names.append(low if low == high else f"{low} – {high}")
    return Labels(codes, tuple(names))


def _one_per_value(values: NDArray[Any], known: NDArray[np.bool_], name: Any) -> Labels:
    found, own = np.unique(values[known], return_inverse=True)
    codes = np.full(len(values), UNLABELLED, dtype=np.int32)
    codes[known] = own
    return Labels(codes, tuple(name(value) for value in found))
