"""The design matrix of a formula of document covariates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.effects.checks import check_columns, check_size
from theta.effects.formula_text import (
    CURVED,
    columns_there,
    parse,
    read_factor,
    reason_of,
    require_formulaic,
    unknown_column,
)
from theta.effects.variables import Variable, read_variables
from theta.errors import InvalidOption

_LEAST_KNOTS = 2


class Term:
    """One term of a formula, such as ``party:year``.

    Attributes
    ----------
    name : str
        As the formula spells it.
    columns : slice
        Its columns of the design matrix.
    variables : tuple of str
        The columns of the data that it uses.
    curved : bool
        Whether a function of `CURVED` is applied to a variable of it.
    """

    def __init__(self, name: str, columns: slice, variables: Sequence[str], *, curved: bool):
        self.name = name
        self.columns = columns
        self.variables = tuple(variables)
        self.curved = curved

    def __repr__(self) -> str:
        return f"Term({self.name!r}, {self.columns})"


@dataclass(frozen=True)
class ModelMatrix:
    """The design matrix of a formula, and how to make it for other values.

    Attributes
    ----------
    formula : str
    matrix : (n_rows, n_columns) float64
        Full rank; the intercept comes first.
    names : tuple of str
        Of the columns.
    terms : tuple of Term
        Without the intercept.
    variables : mapping of str to Variable
        The columns of the data that the formula uses, at `rows`.
    rows : (n_rows,) int
        The documents without missing values.
    notes : tuple of str
        What was dropped or pooled, one line each.
    """

    formula: str
    matrix: NDArray[np.float64]
    names: tuple[str, ...]
    terms: tuple[Term, ...]
    variables: Mapping[str, Variable]
    rows: NDArray[np.intp]
    notes: tuple[str, ...]
    _spec: Any = field(repr=False)

    def at(
        self, settings: Mapping[str, float | str], rows: NDArray[np.intp] | None = None
    ) -> NDArray[np.float64]:
        """Return the matrix with some variables set to a value in all documents.

        Parameters
        ----------
        settings : mapping of str to (float or str)
            Values by variable; a level, or a number that is added to that of each document if the
            variable's name begins with ``+``.
        rows : (n,) int, optional
            Some of the rows of `matrix`; all by default.

        Returns
        -------
        (n, n_columns) float64
        """
        frame = _data_frame(self.variables, rows, settings)
        return _materialized(self._spec, frame)


def model_matrix(
    formula: str,
    columns: Mapping[str, NDArray[Any]],
    ids: Sequence[str],
    pool_below: int,
    also_complete: Sequence[str] = (),
) -> ModelMatrix:
    """Return the design matrix of a formula.

    Documents with a missing value in a variable of the formula are left out and counted.

    Parameters
    ----------
    formula : str
        As in R: ``~ party * year + spline(age, 4)``.
    columns : mapping of str to (n_docs,) array
        What a formula can name; see `theta.effects.variables.columns_of`.
    ids : sequence of str
        Names of the documents, for messages.
    pool_below : int
        Levels with fewer documents are pooled.
    also_complete : sequence of str
        Further columns that must not be missing, such as that of the clusters.

    Raises
    ------
    InvalidOption
        If the formula cannot be read, or its effects cannot be estimated; the message is one line
        that says what to change.
    ThetaError
        If formulaic is not installed.
    """
    parsed = parse(formula, columns)
    terms = [(str(term), [read_factor(f.expr, columns) for f in term.factors]) for term in parsed]
    names = dict.fromkeys(name for _, factors in terms for _, used in factors for name in used)
    for name in [*names, *also_complete]:
        if name not in columns:
            raise InvalidOption(unknown_column(name, columns, formula))
    if not names:
        raise InvalidOption(f"the formula {formula!r} names no column: {columns_there(columns)}")
    categories = {name for _, factors in terms for calls, used in factors if "C" in calls
                  for name in used}  # fmt: skip
    variables, rows, notes = read_variables(
        {name: columns[name] for name in names},
        {name: columns[name] for name in also_complete},
        categories,
        pool_below,
    )
    frame = _data_frame(variables, None, {})
    _refuse_curves_of_levels(terms, variables)
    library = require_formulaic()
    try:
        # An infinite value is refused below, with the name of its column.
        with np.errstate(all="ignore"):
            made = parsed.get_model_matrix(frame, context=_context(), na_action="ignore")
    except (library.errors.FormulaicError, ValueError, TypeError) as error:
        raise InvalidOption(
            f"the formula {formula!r} cannot be computed: {reason_of(error)}"
        ) from error
    spec, matrix = made.model_spec, np.asarray(made, dtype=np.float64)
    column_names = tuple(map(str, made.columns))
    row_ids = [ids[row] for row in rows.tolist()]
    check_size(matrix, column_names, formula)
    check_columns(matrix, column_names, row_ids)
    slices = {str(term): part for term, part in spec.term_slices.items()}
    found = tuple(
        Term(
            name,
            slices[name],
            list(dict.fromkeys(used for _, own in factors for used in own)),
            curved=any(CURVED & set(calls) for calls, _ in factors),
        )
        for name, factors in terms
        if name != "1"
    )
    return ModelMatrix(formula, matrix, column_names, found, variables, rows, tuple(notes), spec)


def _refuse_curves_of_levels(
    terms: Sequence[tuple[str, list[tuple[set[str], list[str]]]]],
    variables: Mapping[str, Variable],
) -> None:
    """Raise `InvalidOption` if a function of numbers is applied to levels."""
    for _, factors in terms:
        for calls, used in factors:
            applied = calls - {"C", "contr"}
            levels = [name for name in used if variables[name].levels is not None]
            if applied and levels:
                values = variables[levels[0]].levels
                assert values is not None
                raise InvalidOption(
                    f"{min(applied)}({levels[0]}) needs numbers, but {levels[0]} holds levels such "
                    f"as {values[0]!r}: write {levels[0]} alone"
                )


def _context() -> dict[str, Any]:
    """Return the functions that formulaic does not bring."""
    from formulaic.transforms.cubic_spline import natural_cubic_spline
    from formulaic.utils.stateful_transforms import stateful_transform

    @stateful_transform
    def spline(
        x: Any,
        df: int = 4,
        _state: Any = None,
        _metadata: Any = None,
        _spec: Any = None,
        _context: Any = None,
    ) -> Any:
        if df < _LEAST_KNOTS:
            raise ValueError(f"spline needs {_LEAST_KNOTS} or more degrees of freedom, not {df}")
        return natural_cubic_spline(x, df=df, constraints="center", _state=_state)

    return {"spline": spline}


def _data_frame(
    variables: Mapping[str, Variable],
    rows: NDArray[np.intp] | None,
    settings: Mapping[str, float | str],
) -> Any:
    import pandas

    data: dict[str, Any] = {}
    for name, variable in variables.items():
        values = variable.values if rows is None else variable.values[rows]
        if name in settings:
            values = np.full(len(values), settings[name], dtype=values.dtype)
        if f"+{name}" in settings:
            values = values + settings[f"+{name}"]
        if variable.levels is not None:
            values = pandas.Categorical(values, categories=list(variable.levels))
        data[name] = values
    return pandas.DataFrame(data)


def _materialized(spec: Any, frame: Any) -> NDArray[np.float64]:
    made = spec.get_model_matrix(frame, context=_context(), na_action="ignore")
    return np.asarray(made, dtype=np.float64)
