"""The effects of covariates on topic shares, as records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from theta.effects.calibration import Calibration
from theta.effects.permutation import PermutationTest
from theta.effects.targets import View

COEFFICIENT, JOINT = "coefficient", "joint test"


class Numbers(NamedTuple):
    """The numbers of a quantity, one per topic; None where one cannot be computed.

    Attributes
    ----------
    estimate, standard_error, degrees_of_freedom, low, high : sequence of (float or None)
        With the ends of the 95 % interval.
    p_value, p_bh, p_holm : sequence of (float or None)
        As it is, and adjusted over the topics by Benjamini & Hochberg and by Holm.
    from_draws : sequence of (float or None)
        Share of the variance that is due to the topic shares not being known.
    """

    estimate: Sequence[float | None]
    standard_error: Sequence[float | None]
    degrees_of_freedom: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]
    p_value: Sequence[float | None]
    p_bh: Sequence[float | None]
    p_holm: Sequence[float | None]
    from_draws: Sequence[float | None]


@dataclass(frozen=True)
class Quantity:
    """One quantity for all topics.

    Attributes
    ----------
    kind : str
        marginal effect, contrast, coefficient, joint test or predicted share.
    name : str
        Of the variable, the coefficient or the term.
    unit : {"share", "log odds", "F"}
    numbers : Numbers
    level, reference : str, optional
    value : float or str, optional
        Where a share is predicted.
    at : sequence of (str, float or str)
        Values that other variables are set to.
    n_tested : int, optional
        Coefficients that a joint test tests.
    """

    kind: str
    name: str
    unit: str
    numbers: Numbers
    level: str | None = None
    reference: str | None = None
    value: float | str | None = None
    at: Sequence[tuple[str, float | str]] = ()
    n_tested: int | None = None


@dataclass(frozen=True)
class Effects:
    """The effects of the covariates of a formula on the shares of all topics.

    Attributes
    ----------
    formula, response : str
    n_docs : int
        Documents in the regression.
    n_draws : int
        Draws from the posterior of the shares; 1 if they count as known.
    quantities : sequence of Quantity
    views : sequence of View
        The figures.
    notes : sequence of str
        What was dropped, pooled or could not be computed.
    cluster : str, optional
        Column whose values are the clusters.
    n_clusters : int, optional
    posterior : str
        What the draws are from.
    calibration : Calibration, optional
        How the shares were estimated again; None for those of the model.
    permutation : PermutationTest, optional
    """

    formula: str
    response: str
    n_docs: int
    n_draws: int
    quantities: Sequence[Quantity]
    views: Sequence[View]
    notes: Sequence[str] = field(default=())
    cluster: str | None = None
    n_clusters: int | None = None
    posterior: str = ""
    calibration: Calibration | None = None
    permutation: PermutationTest | None = None

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Effects:
        """Return the effects that `to_json` wrote."""
        quantities = [
            Quantity(
                **{
                    **quantity,
                    "numbers": Numbers(**quantity["numbers"]),
                    "at": tuple((name, value) for name, value in quantity["at"]),
                }
            )
            for quantity in record["quantities"]
        ]
        views = [View(**view) for view in record["views"]]
        calibration = record.get("calibration")
        if calibration is not None:
            calibration = Calibration.from_json(calibration)
        permutation = record.get("permutation")
        if permutation is not None:
            permutation = PermutationTest(**permutation)
        made = {
            "quantities": quantities,
            "views": views,
            "calibration": calibration,
            "permutation": permutation,
        }
        return cls(**{**record, **made})

    def to_json(self) -> dict[str, Any]:
        """Return the effects, ready for JSON."""
        record = asdict(self)
        for entry, quantity in zip(record["quantities"], self.quantities, strict=True):
            entry["numbers"] = quantity.numbers._asdict()
        return record

    @property
    def errors(self) -> str:
        """How the standard errors are computed, for readers."""
        if self.cluster is not None:
            return f"clustered by {self.cluster} ({self.n_clusters} clusters, CR1)"
        return (
            "heteroskedasticity-robust (HC1)"
            if self.response == "fractional"
            else ("heteroskedasticity-robust (HC3)")
        )

    def of_kind(self, *kinds: str) -> list[Quantity]:
        """Return the quantities of some kinds."""
        return [quantity for quantity in self.quantities if quantity.kind in kinds]
