"""The rows of a survey corrected by its reminder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats.estimation.comparison.differences import difference
from npsstats.estimation.intervals import tango
from npsstats.experiments.contrasts import LEAST_P
from npsstats.experiments.survey.silent.resistance_fit import Survey, fit
from npsstats.experiments.survey.silent.resistance_profile import (
    Profile,
    Reading,
    draw,
    profile,
    read,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["RESISTANCE_COLUMNS", "Tables", "rows"]

RESISTANCE_COLUMNS = (
    "arm",
    "against",
    "quantity",
    "method",
    "unit",
    "estimate",
    "std_error",
    "lower",
    "upper",
    "level",
    "p_value",
    "probability",
    "asked",
    "answered",
)
_DRAWS = 8_000
_PROFILE, _POSTERIOR = "profile likelihood", "posterior, by points"


@dataclass(frozen=True)
class Tables:
    """The profiles of all arms, and what is said of them together.

    Attributes
    ----------
    survey
        The counts.
    profiles, places
        By arm: the profile it stands in (one for all, or its own), and its place there.
    shape
        Columns by score.
    drawn
        Posterior of the NPS of all asked, and of the gap, (2, draws, arms).
    drawn_beta
        Posterior of β by arm, (draws, arms, k).
    p_model
        Of the model against shares of every cell's own.
    p_shared
        Of one dependence and one reminder for all arms against each its own; NaN for one arm.
    """

    survey: Survey
    profiles: tuple[Profile, ...]
    places: tuple[int, ...]
    shape: Floats
    drawn: Floats
    drawn_beta: Floats
    p_model: float
    p_shared: float
    shared: bool

    @property
    def unbounded(self) -> list[bool]:
        """By arm, whether its likelihood stays flat to the end of β."""
        return [made.unbounded for made in self.profiles]

    def weights(self, arm: int, kind: int) -> Floats:
        """Return what picks NPS (0), gap (1) or the reminder (2) of an arm out of its profile."""
        arms = (self.profiles[arm].found.quantities.shape[1] - 1) // 2
        weights = np.zeros(2 * arms + 1)
        weights[2 * arms if kind == 2 else kind * arms + self.places[arm]] = 1.0
        return weights

    @classmethod
    def of(cls, survey: Survey, shape: Floats, level: float, seed: int, *, shared: bool) -> Tables:
        """Return the tables of a survey."""
        arms, k = len(survey.asked), shape.shape[1]
        rng = np.random.default_rng(seed)
        alone = [profile(survey.arm(place), shape, level) for place in range(arms)]
        together = alone[0] if arms == 1 else profile(survey, shape, level)
        likeliest = [float(made.top.log_likelihood[0]) for made in alone]
        joint = float(together.top.log_likelihood[0])
        used = joint if shared else sum(likeliest)
        seen = int((survey.answers.sum(axis=1) > 0).sum())
        free = seen - (1 + k) * (1 if shared else arms)
        p_model = float(special.chdtrc(free, max(2 * (survey.saturated - used), 0.0)))
        p_shared = np.nan
        if arms > 1:
            gain = max(2 * (sum(likeliest) - joint), 0.0)
            p_shared = float(special.chdtrc((arms - 1) * (k + 1), gain))
        if shared:
            beta, values = draw(together, _DRAWS, rng)
            drawn = np.stack([values[:, :arms], values[:, arms : 2 * arms]])
            betas = np.repeat(beta[:, None], arms, axis=1)
            profiles, places = (together,) * arms, tuple(range(arms))
        else:
            each = [draw(made, _DRAWS, rng) for made in alone]
            drawn = np.stack([np.column_stack([v[:, kind] for _, v in each]) for kind in (0, 1)])
            betas = np.stack([beta for beta, _ in each], axis=1)
            profiles, places = tuple(alone), (0,) * arms
        drawn[0] = np.clip(drawn[0], -100, 100)
        return cls(survey, profiles, places, shape, drawn, betas, p_model, p_shared, shared)

    def p_ignorable(self, arm: int) -> float:
        """Return the p-value of answering that does not depend on the score."""
        made = self.profiles[arm]
        survey = self.survey if self.shared else self.survey.arm(arm)
        k = self.shape.shape[1]
        none = fit(survey, self.shape, np.zeros((1, k))).log_posterior[0]
        return float(special.chdtrc(k, max(2 * (made.top.log_posterior[0] - none), 0.0)))


def rows(
    made: Tables, names: Sequence[str], control: str | None, others: Sequence[str], level: float
) -> list[dict[str, Any]]:
    """Return the rows of every arm, and of every other arm against the control."""
    found = []
    for place, name in enumerate(names):
        shared = _blank(made, [place], name, "", level)
        found += [shared | row for row in _levels(made, place, level)]
    for name in others:
        pair = names.index(name), names.index(str(control))
        shared = _blank(made, pair, name, str(control), level)
        found += [shared | row for row in _differences(made, pair, level)]
    return found


def _blank(
    made: Tables, places: Sequence[int], arm: str, against: str, level: float
) -> dict[str, Any]:
    asked = int(made.survey.asked[list(places)].sum())
    answered = int(made.survey.answers[list(places)].sum())
    return {
        "arm": arm,
        "against": against,
        "unit": "points",
        "level": level,
        "asked": asked,
        "answered": answered,
    }


def _levels(made: Tables, place: int, level: float) -> list[dict[str, Any]]:
    came = made.survey.answers[place].sum(axis=0)
    net = np.add.reduceat(came, [0, 7, 9])
    plain = tango(net.astype(np.int64), level=level).frame.iloc[0]
    asked = made.survey.asked[place].sum()
    silent = 100 * (asked - came.sum())
    worst = (100 * (net[2] - net[0]) + silent * np.array([-1.0, 1.0])) / asked
    answered: dict[str, Any] = {
        "quantity": "NPS of those who answered",
        "method": "score interval",
    }
    answered |= {name: float(plain[name]) for name in ("estimate", "std_error", "lower", "upper")}
    everyone = {"quantity": "NPS of all asked"}
    gap = {"quantity": "selection gap"}
    nps = _profiled(made, place, 0, level, made.drawn[0][:, place])
    lean = _profiled(made, place, 1, level, made.drawn[1][:, place])
    lean[0]["p_value"] = max(made.p_ignorable(place), LEAST_P)
    # NPS ends where its scale does
    nps[0]["lower"], nps[0]["upper"] = max(nps[0]["lower"], -100.0), min(nps[0]["upper"], 100.0)
    bounds = {"method": "worst case", "lower": float(worst[0]), "upper": float(worst[1])}
    reminded = read(made.profiles[place], made.weights(place, 2), level)
    row = {"quantity": "reminder", "method": _PROFILE, "unit": "log-odds"}
    return [
        answered,
        everyone | nps[0],
        everyone | nps[1],
        everyone | bounds,
        gap | lean[0],
        gap | lean[1],
        row | reminded._asdict(),
        _leaning(made, place, level),
    ]


def _profiled(
    made: Tables, place: int, kind: int, level: float, drawn: Floats
) -> tuple[dict[str, Any], dict[str, Any]]:
    reading = read(made.profiles[place], made.weights(place, kind), level)
    return {"method": _PROFILE, **reading._asdict()}, _posterior(drawn, level)


def _leaning(made: Tables, place: int, level: float) -> dict[str, Any]:
    """Return the log-odds of answering of who scores 10 against who scores 0."""
    one = made.profiles[place]
    contrast = made.shape[10] - made.shape[0]
    value = one.found.points @ contrast
    inside = one.short <= special.chdtri(1, 1 - level)
    inverse = np.linalg.pinv(one.top.information[0])
    return {
        "quantity": "score 10 against 0",
        "method": _PROFILE,
        "unit": "log-odds",
        "estimate": float(one.top.points[0] @ contrast),
        "std_error": float(np.sqrt(contrast @ inverse @ contrast)),
        "lower": float(value[inside].min()),
        "upper": float(value[inside].max()),
    }


def _posterior(drawn: Floats, level: float) -> dict[str, Any]:
    """Return the posterior of draws; its probability is that of more than 0."""
    tail = (1 - level) / 2
    lower, upper = np.quantile(drawn, [tail, 1 - tail])
    return {
        "method": _POSTERIOR,
        "estimate": float(drawn.mean()),
        "std_error": float(drawn.std()),
        "lower": float(lower),
        "upper": float(upper),
        "probability": float(((drawn > 0).sum() + 0.5) / (len(drawn) + 1)),
    }


def _differences(made: Tables, pair: tuple[int, int], level: float) -> list[dict[str, Any]]:
    sides = [
        np.add.reduceat(made.survey.answers[p].sum(axis=0), [0, 7, 9]).astype(np.int64)
        for p in pair
    ]
    plain = difference(*sides, method="tango", level=level).frame.iloc[0]
    answered: dict[str, Any] = {
        "quantity": "NPS difference of those who answered",
        "method": "MOVER",
    }
    answered |= {name: float(plain[name]) for name in ("estimate", "std_error", "lower", "upper")}
    answered["p_value"] = max(float(plain["p_value"]), LEAST_P)
    everyone = {"quantity": "NPS difference of all asked"}
    one, two = pair
    if made.shared:
        weights = made.weights(one, 0) - made.weights(two, 0)
        reading = read(made.profiles[one], weights, level)
    else:
        reading = _apart(*(read(made.profiles[p], made.weights(p, 0), level) for p in pair))
    drawn = made.drawn[0][:, one] - made.drawn[0][:, two]
    return [
        answered,
        everyone | {"method": _PROFILE, **reading._asdict()},
        everyone | _posterior(drawn, level),
    ]


def _apart(one: Reading, two: Reading) -> Reading:
    """Return the difference of two independent readings by MOVER (Zou & Donner 2008)."""
    gap = one.estimate - two.estimate
    below = np.hypot(one.estimate - one.lower, two.upper - two.estimate)
    above = np.hypot(one.upper - one.estimate, two.estimate - two.lower)
    spread = float(np.hypot(one.std_error, two.std_error))
    return Reading(gap, spread, float(gap - below), float(gap + above))
