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

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from npsstats.aggregates.durations import DurationCounts
    from npsstats.experiments.duration.at_window import AtWindow
    from npsstats.experiments.duration.pairs import Pair
    from npsstats.experiments.duration.proportional import Drift
    from npsstats.experiments.effects import Effect

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


def doubts(seen: Seen) -> list[str]:
    """Return what to doubt, most serious first."""
    makers = (_window, _clusters, _zero, _proportional, _disagree, _follow_up, _shares, _immature)
    return [text for make in (*makers, _rejected) for text in make(seen)]


def _window(seen: Seen) -> Iterator[str]:
    known = seen.found.window.known
    for k, name in enumerate((seen.control, seen.arm)):
        if not known[k, -1]:
            last = int(np.flatnonzero(known[k])[-1])
            yield (
                f"Nobody in arm {name!r} was followed for {seen.window} days (longest: {last}): "
                "risks and means at the window cannot be told, and are not guessed. Wait until "
                "some are, or ask for a window that has been seen."
            )


def _clusters(seen: Seen) -> Iterator[str]:
    if seen.both.cluster is None:
        return
    there, _ = clusters_by_arm(seen.both)
    fewest = int(there.sum(axis=0).min())
    if fewest < _FEW_CLUSTERS:
        yield (
            f"Only {fewest} clusters in an arm: intervals from sums by cluster are too narrow with "
            "so few. Hold them against a randomization test of the clusters."
        )


def _zero(seen: Seen) -> Iterator[str]:
    events = seen.both.arms[0].sum(axis=1).astype(int)
    names = (seen.control, seen.arm)
    for k, name in enumerate(names):
        if events[k] == 0:
            side = "above" if k == 0 else "below"
            text = f"No event in arm {name!r}: limits there are those of a share of 0. "
            if not np.isnan(seen.found.hazard.estimate):
                text += (
                    f"The hazard ratio is {'infinite' if k == 0 else '0'} and its interval is "
                    f"open {side}."
                )
                if seen.both.cluster is not None:
                    text += " Neither allows for the clusters."
            yield text.strip()
    few = int(events.min())
    if 0 < few < _FEW_EVENTS:
        yield (
            f"Only {few} events in arm {names[int(events.argmin())]!r}: the interval of the "
            "restricted mean assumes more."
        )


def _proportional(seen: Seen) -> Iterator[str]:
    p_value = seen.found.drift.p_value
    if p_value < 0.05:
        way = "rises" if seen.found.drift.slope > 0 else "falls"
        yield (
            f"The hazard ratio of {seen.arm!r} {way} with time since assignment "
            f"(p = {max(p_value, 0.001):.3f}{' or less' if p_value < 0.001 else ''}): read the "
            "restricted mean first. The hazard ratio is an average that depends on the length of "
            "the follow-up; see the effect by days."
        )


def _disagree(seen: Seen) -> Iterator[str]:
    for one, two in zip(seen.found.classical, seen.found.bayes, strict=False):
        width = max(one.upper - one.lower, two.upper - two.lower)
        off = max(abs(one.lower - two.lower), abs(one.upper - two.upper))
        settled = [row.lower > 0 or row.upper < 0 for row in (one, two)]
        if off > _APART * width or (settled[0] != settled[1] and off > 0.1 * width):
            yield (
                f"The two readings of the {one.estimand} of {seen.arm!r} differ: "
                f"{one.lower:.3g} to {one.upper:.3g} from {one.method}, {two.lower:.3g} to "
                f"{two.upper:.3g} from {two.method}. The data are too few to settle it."
            )


def _follow_up(seen: Seen) -> Iterator[str]:
    events, at_risk = seen.both.arms
    # censored before the window; who had an event that day was no longer there to be censored
    lost = at_risk - events - np.concatenate([at_risk[:, 1:], np.zeros((2, 1))], axis=1)
    lost[:, -1] = 0
    test = log_rank(lost[None], (at_risk - events)[None])
    if test.variance > 0 and special.chdtrc(1, test.beyond**2 / test.variance) < _SURE:
        longer = seen.control if test.beyond > 0 else seen.arm
        yield (
            f"Follow-up is longer in arm {longer!r} than chance explains: arms were not assigned "
            "over the same dates, or units leave one of them. Curves are then not comparable."
        )


def _shares(seen: Seen) -> Iterator[str]:
    if not seen.strata or len(blocks_of(seen.both).share) > 1:
        return
    n = seen.both.strata[1][:, :, 0]
    expected = n.sum(axis=1, keepdims=True) * n.sum(axis=0) / n.sum()
    chi2 = float(((n - expected) ** 2 / np.maximum(expected, 1e-9)).sum())
    if len(n) > 1 and special.chdtrc(len(n) - 1, chi2) < _SURE:
        yield (
            "Arms have other shares in other strata, which are too many or too small for curves "
            "of their own: risks and means pool them and mix this in. The hazard ratio and the "
            "log-rank test compare within strata."
        )


def _immature(seen: Seen) -> Iterator[str]:
    events, at_risk = seen.both.arms
    n = at_risk[:, 0].sum()
    short = int(n - events[:, :-1].sum() - at_risk[:, -1].sum())
    if short:
        yield (
            f"{short:,} units ({100 * short / n:.0f} %) without an event were not yet followed for "
            f"{seen.window} days. They count for the days that were seen, not as units without "
            "an event; this holds if the date of assignment does not tell the outcome."
        )


def _rejected(seen: Seen) -> Iterator[str]:
    counts = seen.counts.by("arm")
    labels = counts.cells["arm"].astype(str)
    for place, reason in enumerate(REASONS):
        by_arm = {
            name: int(counts.rejected[(labels == name).to_numpy(), place].sum())
            for name in (seen.control, seen.arm)
        }
        if total := sum(by_arm.values()):
            parts = ", ".join(f"{name} {n:,}" for name, n in by_arm.items())
            yield f"{total:,} units were left out ({reason}): {parts}."
    nowhere = int(counts.n[(labels == NONE).to_numpy()].sum())
    if nowhere:
        yield f"{nowhere:,} units have no arm and were left out."
