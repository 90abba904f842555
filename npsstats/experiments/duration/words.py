"""What to read first in a comparison of durations, and what to doubt, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import special

from npsstats.aggregates.durations import REASONS
from npsstats.aggregates.scores import NONE
from npsstats.experiments.duration.ranks import log_rank
from npsstats.experiments.duration.robust import clusters_by_arm
from npsstats.experiments.duration.standard import blocks_of
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from npsstats.aggregates.durations import DurationCounts
    from npsstats.experiments.duration.at_window import AtWindow
    from npsstats.experiments.duration.pairs import Pair
    from npsstats.experiments.duration.proportional import Drift
    from npsstats.experiments.effects import Effect
    from npsstats.said import Said

__all__ = ["Found", "Seen", "doubts", "headline"]

_FEW_EVENTS = 10
_FEW_CLUSTERS = 30
_SURE = 0.001  # p under which a difference that randomization should not make is said
_APART = 0.25  # of an interval's width, between two readings


class Found(NamedTuple):
    """What was computed for one arm.

    Attributes
    ----------
    window, drift
        Comparisons at the window, and the test of proportional hazards.
    classical, bayes
        Risk difference and restricted-mean difference, in that order; `bayes` may be empty.
    hazard
        The hazard ratio.
    """

    window: AtWindow
    drift: Drift
    classical: tuple[Effect, Effect]
    bayes: Sequence[Effect]
    hazard: Effect


class Seen(NamedTuple):
    """The data and the answer that the sentences are about."""

    counts: DurationCounts
    both: Pair
    control: str
    arm: str
    window: int
    cluster: str | None
    strata: str | Sequence[str]
    found: Found


def headline(row: Any, better: str) -> str:
    """Say the first effect of an arm in one sentence."""
    if np.isnan(row.estimate):
        return f"{row.arm}: no effect can be told yet."
    limits = f"{100 * row.level:g}% interval"
    if row.unit == "share":
        text = (
            f"{row.arm}: {100 * row.estimate:+.1f} points of share with the event, {limits} "
            f"{100 * row.lower:+.1f} to {100 * row.upper:+.1f}"
        )
        sign = -np.sign(row.estimate)  # more events are shorter times
    elif row.unit == "days":
        text = (
            f"{row.arm}: {row.estimate:+.1f} days without the event, {limits} "
            f"{row.lower:+.1f} to {row.upper:+.1f}"
        )
        sign = np.sign(row.estimate)
    else:
        text = (
            f"{row.arm}: hazard ratio {row.estimate:.2f}, {limits} {row.lower:.2f} to "
            f"{row.upper:.2f}"
        )
        sign = -np.sign(row.estimate - 1)
    none = 1.0 if row.unit == "ratio" else 0.0
    if row.lower <= none <= row.upper:
        return f"{text}: the direction is not settled."
    way = "longer" if sign > 0 else "shorter"
    if not better:
        return f"{text}: times are {way}."
    return f"{text}: times are {way}, which is {'better' if way == better else 'worse'}."


def doubts(seen: Seen) -> list[Said]:
    """Return what to doubt, most serious first."""
    makers = (_window, _clusters, _zero, _proportional, _disagree, _follow_up, _shares, _immature)
    return [text for make in (*makers, _rejected) for text in make(seen)]


def _window(seen: Seen) -> Iterator[Said]:
    known = seen.found.window.known
    for k, name in enumerate((seen.control, seen.arm)):
        if not known[k, -1]:
            last = int(np.flatnonzero(known[k])[-1])
            yield (
                said(
                    "Nobody in arm {name!r} was followed for {window} days (longest: "
                    "{last}): risks and means at the window cannot be told, and are not "
                    "guessed. Wait until some are, or ask for a window that has been "
                    "seen.",
                    name=name,
                    window=seen.window,
                    last=last,
                )
            )


def _clusters(seen: Seen) -> Iterator[Said]:
    if seen.both.cluster is None:
        return
    there, _ = clusters_by_arm(seen.both)
    fewest = int(there.sum(axis=0).min())
    if fewest < _FEW_CLUSTERS:
        yield (
            said(
                "Only {fewest} clusters in an arm: intervals from sums by cluster "
                "are too narrow with so few. Hold them against a randomization test "
                "of the clusters.",
                fewest=fewest,
            )
        )


def _zero(seen: Seen) -> Iterator[Said]:
    events = seen.both.arms[0].sum(axis=1).astype(int)
    names = (seen.control, seen.arm)
    for k, name in enumerate(names):
        if events[k] == 0:
            text = said(
                "No event in arm {arm!r}: limits there are those of a share of 0.", arm=name
            )
            if not np.isnan(seen.found.hazard.estimate):
                ratio = (
                    said("The hazard ratio is infinite and its interval is open above.")
                    if k == 0
                    else said("The hazard ratio is 0 and its interval is open below.")
                )
                text = said("{text} {more}", text=text, more=ratio)
                if seen.both.cluster is not None:
                    alone = said("Neither allows for the clusters.")
                    text = said("{text} {more}", text=text, more=alone)
            yield text
    few = int(events.min())
    if 0 < few < _FEW_EVENTS:
        yield (
            said(
                "Only {few} events in arm {names!r}: the interval of the restricted "
                "mean assumes more.",
                few=few,
                names=names[int(events.argmin())],
            )
        )


def _proportional(seen: Seen) -> Iterator[Said]:
    p_value = seen.found.drift.p_value
    if p_value < 0.05:
        way = said("rises") if seen.found.drift.slope > 0 else said("falls")
        yield (
            said(
                "The hazard ratio of {arm!r} {way} with time since assignment (p = "
                "{p_value:.3f}{less}): read the restricted mean first. The "
                "hazard ratio is an average that depends on the length of the "
                "follow-up; see the effect by days.",
                arm=seen.arm,
                way=way,
                p_value=max(p_value, 0.001),
                less=said(" or less") if p_value < 0.001 else "",
            )
        )


def _disagree(seen: Seen) -> Iterator[Said]:
    for one, two in zip(seen.found.classical, seen.found.bayes, strict=False):
        width = max(one.upper - one.lower, two.upper - two.lower)
        off = max(abs(one.lower - two.lower), abs(one.upper - two.upper))
        settled = [row.lower > 0 or row.upper < 0 for row in (one, two)]
        if off > _APART * width or (settled[0] != settled[1] and off > 0.1 * width):
            yield (
                said(
                    "The two readings of the {estimand} of {arm!r} differ: {lower:.3g} "
                    "to {upper:.3g} from {method}, {lower_2:.3g} to {upper_2:.3g} from "
                    "{method_2}. The data are too few to settle it.",
                    estimand=one.estimand,
                    arm=seen.arm,
                    lower=one.lower,
                    upper=one.upper,
                    method=one.method,
                    lower_2=two.lower,
                    upper_2=two.upper,
                    method_2=two.method,
                )
            )


def _follow_up(seen: Seen) -> Iterator[Said]:
    events, at_risk = seen.both.arms
    # censored before the window; who had an event that day was no longer there to be censored
    lost = at_risk - events - np.concatenate([at_risk[:, 1:], np.zeros((2, 1))], axis=1)
    lost[:, -1] = 0
    test = log_rank(lost[None], (at_risk - events)[None])
    if test.variance > 0 and special.chdtrc(1, test.beyond**2 / test.variance) < _SURE:
        longer = seen.control if test.beyond > 0 else seen.arm
        yield (
            said(
                "Follow-up is longer in arm {longer!r} than chance explains: arms "
                "were not assigned over the same dates, or units leave one of them. "
                "Curves are then not comparable.",
                longer=longer,
            )
        )


def _shares(seen: Seen) -> Iterator[Said]:
    if not seen.strata or len(blocks_of(seen.both).share) > 1:
        return
    n = seen.both.strata[1][:, :, 0]
    expected = n.sum(axis=1, keepdims=True) * n.sum(axis=0) / n.sum()
    chi2 = float(((n - expected) ** 2 / np.maximum(expected, 1e-9)).sum())
    if len(n) > 1 and special.chdtrc(len(n) - 1, chi2) < _SURE:
        yield (
            said(
                "Arms have other shares in other strata, which are too many or too "
                "small for curves of their own: risks and means pool them and mix "
                "this in. The hazard ratio and the log-rank test compare within "
                "strata."
            )
        )


def _immature(seen: Seen) -> Iterator[Said]:
    events, at_risk = seen.both.arms
    n = at_risk[:, 0].sum()
    short = int(n - events[:, :-1].sum() - at_risk[:, -1].sum())
    if short:
        yield (
            said(
                "{short:,} units ({short_2:.0f}%) without an event were not yet followed for "
                "{window} days. They count for the days that were seen, not as units without an "
                "event; this holds if the date of assignment does not tell the outcome.",
                short=short,
                short_2=100 * short / n,
                window=seen.window,
            )
        )


def _rejected(seen: Seen) -> Iterator[Said]:
    counts = seen.counts.by("arm")
    labels = counts.cells["arm"].astype(str)
    for place, reason in enumerate(REASONS):
        by_arm = {
            name: int(counts.rejected[(labels == name).to_numpy(), place].sum())
            for name in (seen.control, seen.arm)
        }
        if total := sum(by_arm.values()):
            parts = [said("{arm} {n:,}", arm=name, n=n) for name, n in by_arm.items()]
            yield said(
                "{total:,} units were left out ({reason}): {parts}.",
                total=total,
                reason=reason,
                parts=parts,
            )
    nowhere = int(counts.n[(labels == NONE).to_numpy()].sum())
    if nowhere:
        yield said("{nowhere:,} units have no arm and were left out.", nowhere=nowhere)
