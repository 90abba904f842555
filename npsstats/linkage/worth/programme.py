"""What a call-back programme brings: by its experiment, which beats any regression.

Only where there is no experiment does the regression stand in, with a share recovered that
somebody has to state: an assumption, and graded as one.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from npsstats.grades import ASSUMED, RANDOMIZED
from npsstats.linkage.worth.records import DETRACTOR, EQUAL, PASSIVE, Term

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.worth.records import Given, Sample

    type Floats = NDArray[np.float64]

__all__ = ["calls"]


def calls(given: Given, sample: Sample) -> list[Term]:
    """Return what calling detractors back brings: by the experiment, if there is one."""
    made = (
        _by_experiment(given, sample) if given.call is not None else _by_regression(given, sample)
    )
    if made is None:
        return []
    brings, cost, n, grade, formula = made
    basis = "experiment" if grade == RANDOMIZED.name else EQUAL
    known = bool(np.isfinite(cost).all())
    net = brings - cost if known else brings
    less = f"{formula} − cost of a call" if known else formula
    out = [Term("a detractor called back", basis, "contribution", net, n, grade, less)]
    if isfinite(given.calls):
        out.append(
            Term("the call-back programme", basis, "contribution a year", net * given.calls, n,
                 grade, f"({less}) × calls a year")
        )  # fmt: skip
    if known and cost.mean() > 0:
        out.append(
            Term("return on the call-back programme", basis, "ratio", brings / cost, n, grade,
                 f"{formula}, over cost of a call")
        )  # fmt: skip
    return out


type _Made = tuple[Floats, Floats, int, str, str]


def _by_experiment(given: Given, sample: Sample) -> _Made | None:
    call = given.call
    if call is None or sample.effect is None:
        return None
    stated = np.asarray(given.call_cost, dtype=float)
    cost = stated if isfinite(given.call_cost) or sample.cost is None else sample.cost
    if call.unit == "money":
        if sample.margin is None or not given.margin:
            return None
        words = f"effect of assignment on {call.what} × margin"
        return sample.effect * sample.margin, cost, call.n, call.grade, words
    if not isfinite(call.worth_of_one) or sample.each is None:
        return None
    words = f"effect of assignment on {call.what} × contribution of one"
    return sample.effect * sample.each, cost, call.n, call.grade, words


def _by_regression(given: Given, sample: Sample) -> _Made | None:
    spending = given.spending
    if spending is None or sample.adjusted is None or not isfinite(given.recovered):
        return None
    if not given.contributes and (sample.margin is None or not given.margin):
        return None
    apart = given.stretch * (sample.adjusted[:, PASSIVE] - sample.adjusted[:, DETRACTOR])
    money = apart if given.contributes or sample.margin is None else apart * sample.margin
    n = int(spending.n[DETRACTOR] + spending.n[PASSIVE])
    words = "share recovered, as stated × contribution of a recovered detractor"
    cost = np.asarray(given.call_cost, dtype=float)
    return money * given.recovered, cost, n, ASSUMED.name, words
