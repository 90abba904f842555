"""What a design is asked with: checked, and brought to one shape."""

from __future__ import annotations

from math import floor, log
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats import checks
from npsstats.estimation.precision.arguments import several
from npsstats.experiments.power.amounts import amount
from npsstats.experiments.power.durations import Duration, RestrictedMean
from npsstats.experiments.power.proportions import Proportion, share_between
from npsstats.experiments.power.scores import score

if TYPE_CHECKING:
    from npsstats.estimation.precision.variance import Known
    from npsstats.experiments.power.clusters import Clusters
    from npsstats.experiments.power.pace import Pace
    from npsstats.experiments.power.trial import Outcome

__all__ = [
    "ALTERNATIVES",
    "KINDS",
    "direction",
    "known_sizes",
    "margin_of",
    "numbers",
    "outcome_of",
    "powers",
    "sizes",
]

KINDS = ("proportion", "nps", "amount", "duration", "restricted_mean")
ALTERNATIVES = ("two-sided", "larger", "smaller")

_POWER = 0.8
_MEANT = {
    "sd": ("amount", "nps"),
    "cv": ("amount",),
    "variance": ("nps",),
    "counts": ("nps",),
    "r_squared": ("proportion", "nps", "amount"),
    "censoring": ("duration", "restricted_mean"),
}


def outcome_of(
    kind: str,
    baseline: float | None,
    *,
    window: float,
    reach: float,
    r_squared: float,
    censoring: float,
    **given: Any,
) -> tuple[Outcome, Known | None]:
    """Return the outcome, and for a score what is known of its variance."""
    checks.one_of("kind", kind, KINDS)
    stated = {**given, "r_squared": r_squared or None, "censoring": censoring or None}
    for name, value in stated.items():
        if value is not None and kind not in _MEANT[name]:
            raise checks.InputError(
                f"`{name}` says nothing about kind={kind!r}: it goes with "
                f"{' or '.join(map(repr, _MEANT[name]))}. Leave it out."
            )
    _shares(reach, r_squared, censoring)
    if kind == "amount":
        return amount(baseline, given["sd"], given["cv"], reach, r_squared), None
    if kind == "nps":
        points, what = score(
            baseline, given["sd"], given["variance"], given["counts"], reach, r_squared
        )
        return points, what
    share = share_between("baseline", baseline)
    if kind == "proportion":
        return Proportion(share, reach, r_squared), None
    if kind == "duration":
        return Duration(share, reach, censoring), None
    return RestrictedMean(share, _window(window), reach, censoring), None


def _window(days: float) -> float:
    if not days:
        raise checks.InputError("A restricted mean needs `window_days`, such as window_days=90.")
    return days


def _shares(reach: float, r_squared: float, censoring: float) -> None:
    if not isinstance(reach, int | float) or not 0 < reach <= 1:
        raise checks.InputError(
            f"`reach` must be a share above 0 and up to 1, got {reach!r}. "
            "If four in five are reached, write reach=0.8."
        )
    for name, value in (("r_squared", r_squared), ("censoring", censoring)):
        if not isinstance(value, int | float) or not 0 <= value < 1:
            raise checks.InputError(f"`{name}` must be a share from 0 to below 1, got {value!r}.")


def direction(outcome: Outcome, alternative: str, effect: float | None, margin: float) -> int:
    """Return 1 where success is a greater signal, −1 where it is a smaller one.

    Raises
    ------
    InputError
        If there is no effect to be found, or it lies on the other side.
    """
    sign = -1 if alternative == "smaller" else 1
    if effect is None:
        return sign
    outcome.check(effect)
    signal = float(outcome.signal(np.asarray(effect)))
    if margin:
        if sign * signal <= -margin:
            raise checks.InputError(
                f"`effect` {effect:g} is already beyond the `margin`: nothing could show that it "
                "is not. Take an effect within the margin, or a wider margin."
            )
        return sign
    if signal == 0:
        raise checks.InputError(
            f"`effect` is {effect:g}, which is none: there is nothing to find. Give the smallest "
            "effect that would matter, or a `margin` to show that treatment is not worse."
        )
    if alternative == "two-sided":
        return 1 if signal > 0 else -1
    if sign * signal < 0:
        other = "smaller" if alternative == "larger" else "larger"
        raise checks.InputError(
            f"`effect` {effect:g} lies on the wrong side of alternative={alternative!r}. "
            f"Change its sign, or say alternative={other!r}."
        )
    return sign


def margin_of(margin: float | None, outcome: Outcome, alternative: str) -> float:
    """Return the margin of non-inferiority on the signal's scale; 0 for superiority."""
    if margin is None:
        return 0.0
    checks.number("margin", margin, low=0)
    if outcome.kind == "duration":
        better = "a smaller" if alternative == "smaller" else "a larger"
        if margin in {0, 1} or (margin > 1) != (alternative == "smaller"):
            raise checks.InputError(
                f"`margin` of a duration is the worst hazard ratio that is still tolerated, on the "
                f"bad side of 1 where {better} ratio is good, got {margin:g}. "
                f"Write margin={1.1 if alternative == 'smaller' else 0.9}."
            )
        return abs(log(margin))
    if not margin:
        raise checks.InputError("`margin` must be above 0. To show superiority, leave it out.")
    if outcome.kind == "proportion" and margin >= 1:
        raise checks.InputError(
            f"`margin` is a share, got {margin:g}. For {margin:g} percentage points, write "
            f"{margin / 100:g}."
        )
    return float(margin)


def numbers(name: str, given: Any, low: float = -np.inf) -> list[float | None]:
    """Return one number or several as a list; None stands for one that is not given."""

    def check(label: str, value: Any) -> float:
        return checks.number(label, getattr(value, "item", lambda: value)(), low=low)

    return [None] if given is None else list(several(name, given, check))


def powers(name: str, given: Any, alpha: float, *, both: bool) -> list[float]:
    """Return the powers that are wanted; with effect and n known there is none to want."""
    if given is None:
        return [_POWER]
    if both:
        raise checks.InputError(
            f"With an effect and n known, `{name}` is the answer: leave it out, or one of the two."
        )

    def check(label: str, value: Any) -> float:
        share = checks.fraction(label, getattr(value, "item", lambda: value)())
        if share <= alpha:
            raise checks.InputError(
                f"`{label}` must be above alpha ({alpha:.3g}), got {share:g}; 0.8 is usual."
            )
        return share

    return list(several(name, given, check))


def known_sizes(
    n_per_arm: Any,
    weeks: Any,
    cluster_size: float | None,
    clusters: int | None,
    stores: Clusters | None,
    pace: Pace,
    shares: float,
) -> list[int | None]:
    """Return the units of the control as stated, by weeks or by clusters; [None] where unknown."""
    filled = cluster_size is not None and clusters is not None
    given = {"n_per_arm": n_per_arm is not None, "weeks": weeks is not None}
    given["clusters and cluster_size"] = filled
    if sum(given.values()) > 1:
        names = " and ".join(f"`{name}`" for name, there in given.items() if there)
        raise checks.InputError(f"{names} both say how many units there are: give one.")
    if n_per_arm is not None:
        return [*sizes("n_per_arm", n_per_arm)]
    if filled and stores is not None and cluster_size is not None:
        return [max(2, floor(stores.control * cluster_size + 1e-9))]
    if weeks is None:
        return [None]
    found: list[int | None] = []
    for many in numbers("weeks", weeks, low=0):
        n = floor(pace.units(many or 0.0) / shares + 1e-9)
        if n < 2:
            raise checks.InputError(
                f"`weeks` {many:g} bring {n} units an arm at this pace: take more weeks."
            )
        found.append(n)
    return found


def sizes(name: str, given: Any) -> list[int]:
    """Return one number of units or several as a list, at least two of them an arm."""

    def check(label: str, value: Any) -> int:
        return checks.count(label, getattr(value, "item", lambda: value)(), least=2)

    return list(several(name, given, check))
