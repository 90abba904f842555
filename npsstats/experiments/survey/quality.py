"""Arms by the quality of the experience: order effects live in poor ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.comparison.differences import difference
from npsstats.experiments.contrasts import LEAST_P, share_difference, treatments
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.invitations import InvitationCounts

    Floats = NDArray[np.float64]

__all__ = ["CONTRAST", "QualityEffects", "quality_effects"]

CONTRAST = "NPS difference, less that of the others"
"""Quantity of the rows that say how much more a quality is moved than the other."""

_METHOD = "NPS by MOVER from score limits, by quality; contrasts of differences by MOVER"
_SAME = 0.05
_NAMED = {"poor": said("poor"), "not poor": said("not poor")}  # of a closed question


@dataclass(frozen=True, repr=False)
class QualityEffects(Result):
    """The effect of each arm on the NPS of those who answer, by the quality of the experience.

    `frame`: key, arm, quality, quantity ("NPS difference", points; "response difference", share;
    "NPS difference, less that of the others", points), estimate, std_error, lower, upper, level,
    p_value, n_control, n_treatment (answers, or invitations for the response).
    """

    title: ClassVar[str] = "By quality of the experience"

    @override
    def shown(self) -> pd.DataFrame:
        scale = np.where(self.frame["quantity"] == "response difference", 100, 1)
        names = ("estimate", "std_error", "lower", "upper")
        return self.frame.assign(**{name: scale * self.frame[name] for name in names})


def quality_effects(
    counts: InvitationCounts,
    key: str,
    *,
    control: str,
    answered_only: bool = False,
    level: float = 0.95,
) -> QualityEffects:
    """Return the effect of arms on scores by quality of the experience, and how far it differs.

    Parameters
    ----------
    counts
        With the keys `arm` and `key`, and scores.
    key
        How the experience was: known of all who were asked (an incident), or told in the same
        questionnaire (a closed question).
    control
        The arm that the others are held against.
    answered_only
        The quality is known of those who answer only, from the same questionnaire: the arm may
        have moved who says so, and what they say.
    level
        Of the intervals.

    Returns
    -------
    QualityEffects
        For each quality and arm the difference from the control; and for the first quality of
        two, how much larger it is than for the other.

    Raises
    ------
    InputError
        If a key is not there, or no quality has answers in every arm.

    References
    ----------
    Zou, G. Y. (2008). On the estimation of additive interaction by use of the four-by-two table
    and beyond. American Journal of Epidemiology 168(2), 212–224 (MOVER for a difference of
    differences).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import npsstats as nps
    >>> arms = ["first", "first", "last", "last"]
    >>> cells = pd.DataFrame({"arm": arms, "incident": ["y", "n"] * 2})
    >>> scores = np.zeros((4, 11), int)
    >>> scores[:, [4, 8, 10]] = [[40, 20, 40], [40, 60, 300], [80, 10, 10], [50, 70, 280]]
    >>> asked = nps.InvitationCounts(
    ...     cells, np.array([500, 2000] * 2), scores.sum(axis=1), nps.ScoreCounts(scores, cells)
    ... )
    >>> found = quality_effects(asked, "incident", control="last").frame
    >>> found[found["quantity"] == "NPS difference"]["estimate"].round(1).tolist()
    [7.5, 70.0]
    """
    level = checks.fraction("level", level)
    part = counts.by("arm", key)
    if part.scores is None:
        raise InputError("The invitations were counted without scores: hand over `responses`.")
    labels = part.cells.astype(str)
    arms = list(dict.fromkeys(labels["arm"]))
    cells = {
        (arm, quality): (int(n), row)
        for arm, quality, n, row in zip(
            labels["arm"], labels[key], part.invited, part.scores.counts, strict=True
        )
    }
    rows: list[dict[str, Any]] = []
    for arm in treatments(arms, control):
        found = []
        for quality in sorted(set(labels[key]) - {"(none)"}):
            sides = [cells.get((side, quality)) for side in (arm, control)]
            if any(side is None or not side[1].sum() for side in sides):
                continue
            one, two = (side for side in sides if side is not None)
            blank = {"key": key, "arm": arm, "quality": quality, "level": level}
            nps = _nps(one[1], two[1], level)
            rows.append({**blank, "quantity": "NPS difference", **nps})
            found.append((quality, nps))
            if not answered_only:
                heads = [(int(side[1].sum()), side[0]) for side in (one, two)]
                row = share_difference(key, arm, "response difference", heads[0], heads[1], level)
                kept = ("estimate", "std_error", "lower", "upper", "p_value")
                numbers = {name: getattr(row, name) for name in kept}
                sizes = {"n_control": heads[1][1], "n_treatment": heads[0][1]}
                rows.append({**blank, "quantity": "response difference", **numbers, **sizes})
        if len(found) == 2:
            rows.append(_contrast(key, arm, found, level))
    if not rows:
        raise InputError(f"No quality of {key!r} has answers in every arm.")
    made = Provenance(_METHOD, {"key": key, "control": control, "level": level}, part.fingerprint)
    return QualityEffects(pd.DataFrame(rows), _doubts(key, part, control, answered_only), made)


def _nps(one: NDArray[np.int64], two: NDArray[np.int64], level: float) -> dict[str, float]:
    sides = [np.add.reduceat(side, [0, 7, 9]) for side in (one, two)]
    found = difference(*sides, method="tango", level=level).frame.iloc[0]
    kept = ("estimate", "std_error", "lower", "upper", "p_value")
    return {
        **{name: float(found[name]) for name in kept},
        "n_control": int(two.sum()),
        "n_treatment": int(one.sum()),
    }


def _contrast(
    key: str, arm: str, found: list[tuple[str, dict[str, float]]], level: float
) -> dict[str, Any]:
    """Return how much larger the effect is for the rarer quality than for the other."""
    (name, one), (_, two) = sorted(found, key=lambda item: item[1]["n_control"])
    gap = one["estimate"] - two["estimate"]
    down = np.hypot(one["estimate"] - one["lower"], two["upper"] - two["estimate"])
    up = np.hypot(one["upper"] - one["estimate"], two["estimate"] - two["lower"])
    error = float(np.hypot(one["std_error"], two["std_error"]))
    p_value = 2 * float(special.ndtr(-abs(gap) / error)) if error > 0 else np.nan
    return {
        "key": key,
        "arm": arm,
        "quality": name,
        "quantity": CONTRAST,
        "estimate": gap,
        "std_error": error,
        "lower": float(gap - down),
        "upper": float(gap + up),
        "level": level,
        "p_value": max(p_value, LEAST_P),
        "n_control": one["n_control"],
        "n_treatment": one["n_treatment"],
    }


def _doubts(
    key: str, part: InvitationCounts, control: str, answered_only: bool
) -> tuple[Said, ...]:
    if not answered_only:
        return ()
    lines = [
        said(
            "{key!r} was told in the same questionnaire, after assignment: those who tell of a "
            "poor experience in one arm need not be those who do in the other. Read it as a "
            "description.",
            key=key,
        )
    ]
    assert part.scores is not None  # noqa: S101 - checked by the caller
    table = pd.crosstab(
        part.cells["arm"].astype(str),
        part.cells[key].astype(str),
        values=part.scores.counts.sum(axis=1),
        aggfunc="sum",
    ).fillna(0)
    table = table.drop(columns="(none)", errors="ignore")
    if table.shape[1] < 2:
        return tuple(lines)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.to_numpy().sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.nan_to_num((table.to_numpy() - expected) ** 2 / expected)
    p_value = float(special.chdtrc((table.shape[0] - 1) * (table.shape[1] - 1), terms.sum()))
    if p_value < _SAME:
        shares = table.div(table.sum(axis=1), axis=0)
        rarest = str(table.sum(axis=0).idxmin())
        by_arm = [
            said("{arm} {share:.1f}%", arm=arm, share=100 * float(shares.loc[arm, rarest]))
            for arm in shares.index
        ]
        lines.append(
            said(
                "What {key!r} says differs by arm (p {p:.2g}; {rarest}: {shares}; control "
                "{control}): the arm moves it, or who answers it.",
                key=key,
                p=max(p_value, LEAST_P),
                rarest=_NAMED.get(rarest, rarest),
                shares=by_arm,
                control=control,
            )
        )
    return tuple(lines)
