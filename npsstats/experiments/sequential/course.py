"""One comparison from look to look: bounds, decisions, and what is said at the end."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from npsstats.experiments.sequential.futility import futility
from npsstats.experiments.sequential.spending import boundaries
from npsstats.experiments.sequential.stagewise import stagewise
from npsstats.said import said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.sequential.contrast import Contrast
    from npsstats.said import Said

    Floats = NDArray[np.float64]

__all__ = ["Course", "Terms"]

CONTINUE, STOP, FUTILE = "continue", "stop", "stop: futile"
ENDED, AFTER, PASSED, SAME = "end, bound not crossed", "after the stop", "too few", "nothing new"
_NEWS = 1e-3  # of its information that a look must bring, as `spending.information` asks


class Terms(NamedTuple):
    """What was agreed about looking: see `looks.look`."""

    alpha: float
    sides: int
    sign: int
    spending: str
    shape: float | None
    futility_power: float | None
    level: float
    final: bool
    least: int


@dataclass(frozen=True)
class Course:
    """The rows of one arm and what to doubt about them."""

    frame: pd.DataFrame
    doubts: list[Said]

    @classmethod
    def of(
        cls, found: Sequence[Contrast], fractions: Floats, complete: Sequence[bool], terms: Terms
    ) -> Course:
        """Return the course of the looks `found`.

        Parameters
        ----------
        found, fractions
            The contrast and information fraction of each look.
        complete
            Whether all that was planned has come in: arms a little uneven make the fraction fall
            short of 1, and the error is then to be spent all the same.
        terms
            What was agreed.
        """
        frame = pd.DataFrame(
            {
                "look": np.arange(1, len(found) + 1),
                "n_control": [one.n_control for one in found],
                "n_treatment": [one.n_treatment for one in found],
                "fraction": fractions,
                "estimate": [one.estimate for one in found],
                "std_error": [one.std_error for one in found],
                "z": [one.z for one in found],
            }
        )
        decisions = _passed(found, fractions, terms)
        taken = [k for k, sentences in enumerate(decisions) if sentences == CONTINUE]
        whole = np.asarray(complete) | (fractions >= 1)
        if terms.final and taken:
            whole[taken[-1]] = True
        bounds, give_up = _bounds(fractions[taken], whole[taken], terms)
        frame["bound"] = _spread(bounds, taken, len(found))
        if terms.futility_power is not None:
            frame["futility_bound"] = _spread(give_up, taken, len(found))
        z = terms.sign * frame["z"].to_numpy()
        stop = _decide(decisions, taken, z, bounds, give_up, terms)
        if stop is None and taken and whole[taken[-1]]:
            decisions[taken[-1]] = ENDED
        frame["p_nominal"] = 2 * special.ndtr(-np.abs(z))
        wide = frame["bound"] * frame["std_error"]
        frame["lower"] = (frame["estimate"] - wide).fillna(-inf)
        frame["upper"] = (frame["estimate"] + wide).fillna(inf)
        frame["level"] = terms.level
        frame["decision"] = decisions
        _say_at_the_end(frame, taken, bounds, terms)
        return cls(frame, _doubts(frame, fractions, terms))


def _passed(found: Sequence[Contrast], fractions: Floats, terms: Terms) -> list[str]:
    """Return which looks are taken ("continue" for now) and which are passed over."""
    passed: list[str] = []
    last = 0.0
    for one, fraction in zip(found, fractions, strict=True):
        if np.isnan(one.z) or one.evidence < terms.least:
            passed.append(PASSED)
        elif fraction <= last or fraction - last < 1.01 * _NEWS * fraction:
            passed.append(SAME)
        else:
            passed.append(CONTINUE)
            last = float(fraction)
    return passed


def _bounds(fractions: Floats, whole: NDArray[np.bool_], terms: Terms) -> tuple[Floats, Floats]:
    """Return the bounds on z in the direction of interest, and those of giving up."""
    give_up = np.full(len(fractions), -inf)
    if not len(fractions):
        return give_up, give_up
    times = np.maximum.accumulate(np.where(whole, 1.0, fractions))
    bounds = boundaries(
        fractions,
        terms.alpha,
        terms.spending,
        terms.sides,
        shape=terms.shape,
        spending_time=times,
    )
    if terms.futility_power is not None:
        fixed = -special.ndtri(terms.alpha) + special.ndtri(terms.futility_power)
        give_up = futility(
            bounds,
            fractions,
            terms.futility_power,
            terms.spending,
            shape=terms.shape,
            drift=float(fixed),
        ).bounds
    return bounds, give_up


def _decide(
    decisions: list[str], taken: list[int], z: Floats, bounds: Floats, low: Floats, terms: Terms
) -> int | None:
    """Write the decisions; return the place of the stop among all looks, or None."""
    for place, k in enumerate(taken):
        beyond = abs(z[k]) if terms.sides == 2 else z[k]
        if beyond >= bounds[place]:
            decisions[k] = STOP
        elif z[k] <= low[place]:
            decisions[k] = FUTILE
        else:
            continue
        decisions[k + 1 :] = [AFTER] * (len(decisions) - k - 1)
        return k
    return None


def _say_at_the_end(frame: pd.DataFrame, taken: list[int], bounds: Floats, terms: Terms) -> None:
    """Add p-value, unbiased estimate and limits in the row that ends the experiment."""
    columns = ("p_value", "unbiased", "unbiased_lower", "unbiased_upper")
    told = np.full((len(frame), 4), nan)
    decision = frame["decision"].to_numpy()
    ends = [k for k in taken if decision[k] in {STOP, FUTILE, ENDED}]
    if ends:
        end = ends[0]
        before = [place for place, k in enumerate(taken) if k < end]
        later = [k for k in taken if k > end]  # over-running: they replace the look that stopped
        row = later[-1] if later else end
        fractions = frame["fraction"].to_numpy()
        at = np.append(fractions[[taken[place] for place in before]], fractions[row])
        upper = bounds[before]
        low = -upper if terms.sides == 2 else np.full(len(upper), -inf)
        z, se = frame["z"].iloc[row], frame["std_error"].iloc[row]
        found = stagewise(at, upper, low, float(terms.sign * z), terms.level)
        scale = terms.sign * se * sqrt(fractions[row])  # of a drift, in the outcome's unit
        limits = sorted((found.lower * scale, found.upper * scale))
        told[row] = (found.p_value, found.estimate * scale, *limits)
    frame[list(columns)] = told


def _spread(values: Floats, taken: list[int], rows: int) -> Floats:
    full = np.full(rows, np.nan)
    full[taken] = values
    return full


def _doubts(frame: pd.DataFrame, fractions: Floats, terms: Terms) -> list[Said]:
    doubts: list[Said] = []
    decision = frame["decision"]
    ended = frame["p_value"].notna().astype(int)
    before = ended.cumsum() - ended == 0
    naive = frame[(frame["p_nominal"] < 1 - terms.level) & before]
    stop = frame[decision.isin([STOP, FUTILE])]
    if len(naive) and (not len(stop) or naive["look"].iloc[0] < stop["look"].iloc[0]):
        row = naive.iloc[0]
        bound = row["bound"]
        told = (
            said("it was too early to look")
            if np.isnan(bound)
            else said("the bound is {bound:.2f}", bound=bound)
        )
        doubts.append(
            said(
                "A reader of each day's p-value would have stopped at look {look} (p "
                "= {p_nominal:.3f}, z = {z:+.2f}, where {told}): with looks in "
                "between, a p-value below {level:.2g} comes up by chance far more "
                "often.",
                look=row["look"],
                p_nominal=row["p_nominal"],
                z=row["z"],
                told=told,
                level=1 - terms.level,
            )
        )
    after = frame[decision == AFTER]
    if len(after):
        doubts.append(
            said_many(
                "1 look after the stop: what is said counts units that were still maturing then "
                "(deletion method). It is not made for an experiment that went on assigning.",
                "{n} looks after the stop: what is said counts units that were still maturing "
                "then (deletion method). It is not made for an experiment that went on assigning.",
                len(after),
            )
        )
    if (decision == PASSED).any():
        doubts.append(
            said_many(
                "1 early look passed over, with fewer than {least} events (or units in an arm): "
                "no error was spent on them.",
                "{n} early looks passed over, with fewer than {least} events (or units in an "
                "arm): no error was spent on them.",
                int((decision == PASSED).sum()),
                least=terms.least,
            )
        )
    if fractions[-1] > 1.1:
        doubts.append(
            said(
                "The experiment has {fractions:.0%} of its planned information: "
                "over-running is honest where units matured late, not where it went "
                "on until it crossed.",
                fractions=fractions[-1],
            )
        )
    if not frame["p_value"].notna().any():
        doubts.append(
            said(
                "The experiment goes on: of this table only the repeated interval "
                "may be quoted, and it is not the one to report at the end."
            )
        )
    return doubts
