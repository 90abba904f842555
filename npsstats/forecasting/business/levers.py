"""What a scenario turns: the score, call-backs, the question; each with its grade of evidence."""

from __future__ import annotations

from math import isfinite, nan
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.known import Known
from npsstats.grades import CROSS_SECTION, RANDOMIZED
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Effects", "effects_of", "known_change", "question_shift", "ramp", "refuse_idle"]

_SELECTED = "not a randomized comparison"  # an experiment's words on its own rows
_CURRENCY = r"[A-Z]{3}|[€$£]"
_BROKEN = said(
    "The experiment's sample ratio failed, so that no difference of its arms can be trusted."
)


class Effects(NamedTuple):
    """Effects of calling one detractor, each with its grade; None where not measured.

    Attributes
    ----------
    bought
        On the share that buys again.
    money
        On revenue a customer.
    score
        On the next score, points.
    worth
        Contribution of one re-purchase, NaN where the plan does not say.
    why
        Why nothing can be computed from them; empty where it can.
    """

    bought: Known | None
    money: Known | None
    score: Known | None
    worth: float
    why: str


def refuse_idle(levers: Mapping[str, Any], options: Mapping[str, tuple[str, Any]]) -> None:
    """Refuse options of a lever that is not turned: they would do nothing.

    Parameters
    ----------
    levers
        Name → what was given for it, None where it is not turned.
    options
        Name → the lever that it belongs to, and what was given for it.

    Raises
    ------
    InputError
        If no lever is turned, or an option's is not.

    Examples
    --------
    >>> refuse_idle({"change": 5}, {"by": ("change", "2026-12")})
    """
    if all(given is None for given in levers.values()):
        raise InputError(
            "No lever is turned. Write change=5, callback=npsstats.analyze(plan) with coverage=, "
            "or bridge=."
        )
    for name, (lever, given) in options.items():
        if given is not None and levers[lever] is None:
            raise InputError(
                f"`{name}` goes with `{lever}`, which is not given: it would do nothing. Give "
                f"{lever}=, or leave {name}= out."
            )


def ramp(horizon: int, full: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the share of a change that has come in each period, complete in the one at `full`.

    Examples
    --------
    >>> ramp(4, 1)
    array([0.5, 1. , 1. , 1. ])
    """
    return np.minimum(np.arange(1, horizon + 1) / (full + 1), 1.0)


def known_change(change: Any) -> Known:
    """Return a change of the score in points: a number is assumed, a result has its grade.

    Raises
    ------
    InputError
        If it is none of them, or has no finite interval.
    """
    if isinstance(change, bool) or change is None:
        raise InputError(f"`change` must be points of NPS, got {change!r}. Write change=5.")
    if isinstance(change, Real):
        return Known(checks.number("change", float(change), low=-200, high=200))
    found = change if isinstance(change, Known) else _row_of(_frame_of("change", change), "points")
    if found is None:
        raise InputError(
            "`change`: the result has no effect in points of NPS. Write change=5, or hand over an "
            "experiment whose outcome is a score."
        )
    if not all(isfinite(limit) for limit in (found.estimate, *found.limits)):
        raise InputError("`change` has no finite interval: nothing can be computed from it.")
    return found


def effects_of(experiment: Any, arm: str | None) -> Effects:
    """Return what an experiment on call-backs found, by unit.

    Parameters
    ----------
    experiment
        With a `frame` of effects (`outcome, arm, unit, estimate, lower, upper, level`), such as
        that of `npsstats.analyze`.
    arm
        The treatment arm, where there are several.

    Raises
    ------
    InputError
        If it has no such frame or arm, or none of its effects is a share, money or points.
    """
    frame = _frame_of("callback", experiment)
    plan = getattr(experiment, "plan", None)
    rule = getattr(plan, "decision", None)
    if "arm" in frame:
        arms = list(dict.fromkeys(frame["arm"]))
        decided = getattr(rule, "arm", None)
        chosen = decided if arm is None and decided in arms else arm
        if chosen is None and len(arms) > 1:
            raise InputError(
                f"The experiment has several arms: {', '.join(map(str, arms))}. Say which one: "
                f"arm={arms[0]!r}."
            )
        if chosen is not None:
            frame = frame[frame["arm"] == checks.one_of("arm", chosen, arms)]
    primary = getattr(plan, "primary", None)
    if primary is not None and "outcome" in frame:
        first = frame["outcome"] == primary
        frame = frame.loc[[*frame.index[first], *frame.index[~first]]]
    bought, money, score = (_row_of(frame, unit, plan) for unit in ("share", "money", "points"))
    if bought is None and money is None and score is None:
        units = ", ".join(sorted(set(frame["unit"].astype(str))))
        raise InputError(
            f"The experiment has no effect in shares, money or points (units: {units}). Hand over "
            "one whose outcome is a re-purchase, an amount or a score."
        )
    ratio = (getattr(experiment, "parts", None) or {}).get("sample ratio")
    why = _BROKEN if getattr(ratio, "failed", False) else ""
    return Effects(bought, money, score, float(getattr(rule, "contribution", nan) or nan), why)


def question_shift(bridge: Any) -> Known:
    """Return by how many points the published score shifts, from a bridge.

    Raises
    ------
    InputError
        If it is no bridge.
    """
    frame = getattr(bridge, "frame", None)
    if frame is None or "part" not in frame or not (frame["part"] == "NPS shift").any():
        raise InputError(
            f"`bridge` must be a bridge over a change of questionnaire, got "
            f"{type(bridge).__name__}. Write bridge=npsstats.bridge(experiment)."
        )
    return _known(frame[frame["part"] == "NPS shift"].iloc[0])


def _frame_of(name: str, result: Any) -> Any:
    frame = getattr(result, "frame", None)
    if frame is None or not {"estimate", "lower", "upper", "unit"} <= set(frame.columns):
        raise InputError(
            f"`{name}` must be an experiment's result, got {type(result).__name__}. Write "
            f"{name}=npsstats.analyze(plan)."
        )
    return frame


def _row_of(frame: Any, unit: str, plan: Any = None) -> Known | None:
    """Return the first effect in shares, money or points, of an outcome that measures them."""
    outcomes = getattr(plan, "outcomes", None) or {}
    kinds = {name: getattr(outcome, "kind", "") for name, outcome in outcomes.items()}
    rows = frame[_in_unit(frame, unit, plan)]
    if "outcome" in frame and unit == "share":
        # who answers again is a share as well, but nobody has bought
        rows = rows[~rows["outcome"].map(kinds).isin(["score", "amount"])]
    known = rows[np.isfinite(rows[["estimate", "lower", "upper"]].astype(float)).all(axis=1)]
    if not len(known):
        return None
    row = known.iloc[0]
    name = row.get("outcome")
    lower = getattr(outcomes.get(name), "better", "higher") == "lower"
    # one departure fewer is one customer kept; that a purchase comes sooner is one more by the day
    fewer = lower != (kinds.get(name) == "duration")
    return _known(row, -1.0 if fewer else 1.0)


def _in_unit(frame: Any, unit: str, plan: Any) -> Any:
    """Return which rows are in a unit; money is in the plan's currency, or a currency's code."""
    units = frame["unit"].astype(str)
    if unit != "money":
        return units == unit
    currency = getattr(getattr(plan, "decision", None), "currency", None)
    return units.isin(["money", currency]) | units.str.fullmatch(_CURRENCY)


def _known(row: Any, sign: float = 1.0) -> Known:
    n = int(row.get("n_treatment", 0) or 0) + int(row.get("n_control", 0) or 0)
    estimate = sign * float(row["estimate"])
    lower, upper = sorted(sign * float(row[name]) for name in ("lower", "upper"))
    return Known(
        estimate,
        float(row.get("std_error", nan)),
        # an estimate may lie outside the limits of another method by a hair
        min(lower, estimate),
        max(upper, estimate),
        float(row.get("level", 0.95)),
        n=n,
        # whether one answers again may be the treatment's doing
        grade=(CROSS_SECTION if _SELECTED in str(row.get("method", "")) else RANDOMIZED).name,
    )
