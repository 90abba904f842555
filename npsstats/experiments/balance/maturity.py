"""Whose window is over: only complete follow-up tells that somebody did *not* buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.balance.arm_counts import arm_table, fingerprint_of
from npsstats.experiments.balance.homogeneity import homogeneity
from npsstats.experiments.balance.ratio_test import p_text
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from datetime import date

    from npsstats.said import Said

__all__ = ["Maturity", "maturity"]


@dataclass(frozen=True, repr=False)
class Maturity(Result):
    """How many units have a complete window, a row an arm.

    Attributes
    ----------
    frame
        arm, n (assigned), complete (their window is over), censored (it is not), share (complete,
        0–1), p_value (that the share is the same in all arms; NaN where all or none are complete).
    p_value
        The same.
    differs
        True where arms matured differently, beyond the threshold.
    window
        Days, if it is one for all.
    all_complete_on
        The day by which every window is over, or None if the last day of assignment is not known.
    """

    p_value: float
    differs: bool
    window: int | None
    all_complete_on: date | None

    title: ClassVar[str] = "Maturity of follow-up"

    @override
    def headline(self) -> str:
        n, complete = int(self.frame["n"].sum()), int(self.frame["complete"].sum())
        arms = ", ".join(
            f"{arm} {done:,} of {size:,}"
            for arm, done, size in self.frame[["arm", "complete", "n"]].itertuples(False)
        )
        days = "window" if self.window is None else f"{self.window} days"
        return (
            f"{complete:,} of {n:,} units ({100 * complete / n:.1f} %) have completed their "
            f"{days} ({arms})."
        )

    @override
    def shown(self) -> pd.DataFrame:
        return self.frame.assign(share=self.frame["share"].map("{:.4f}".format))


def maturity(
    counts: ArmMoments | Mapping[str, tuple[int, int]],
    complete: str = "mature",
    *,
    window: int | None = None,
    first: date | None = None,
    last: date | None = None,
    until: date | None = None,
    threshold: float = 0.001,
) -> Maturity:
    """Say whose windows are over, whether arms matured alike, and who enters where.

    Parameters
    ----------
    counts
        Moments of a variable that is 1 where the window was over on the last day with complete
        data; or arm → (units whose window was over, units whose window was not).
    complete
        Name of that variable.
    window
        Its length in days, if there is one for all.
    first, last
        The days on which the first and the last unit were assigned, if known.
    until
        The last day with complete data, if known.
    threshold
        The largest p-value that is a difference between arms.

    Raises
    ------
    InputError
        If there are no units, a count is not a whole number, the variable is not 0 or 1, or
        dates contradict each other.

    Examples
    --------
    >>> result = maturity({"control": (940, 60), "called": (951, 49)}, window=90)
    >>> print(result.headline())
    1,891 of 2,000 units (94.5 %) have completed their 90 days (control 940 of 1,000, called 951
    of 1,000).
    >>> print(result.diagnostics[0])
    Only the 1,891 complete windows of 90 days enter outcomes in a window; the other 109 units are
    not counted as "did not buy", they enter the survival analysis censored at their last day of
    follow-up.
    """
    if window is not None:
        window = checks.count("window", window, least=1)
    threshold = checks.fraction("threshold", threshold)
    _check_dates(first, last, until)
    table = _table(counts, complete)
    done, open_ = (table[name].to_numpy(np.int64) for name in ("complete", "censored"))
    test = homogeneity(done, open_)
    n = done + open_
    table["n"] = n
    table["share"] = np.divide(done, n, out=np.full(len(n), np.nan), where=n > 0)
    table["p_value"] = test.p_value
    frame = table[["arm", "n", "complete", "censored", "share", "p_value"]]
    all_on = None if last is None or window is None else last + timedelta(days=window)
    differs = bool(test.p_value < threshold)
    doubts = _doubts(frame, window, all_on, differs=differs)
    if until is not None and all_on is not None and open_.any() and until >= all_on:
        doubts.append(
            said(
                "Windows should all be over: the last unit was assigned on {last}, "
                "the data go to {until}, and {open:,} units are called incomplete. "
                "Check the dates.",
                last=last,
                until=until,
                open=open_.sum(),
            )
        )
    if test.rough:
        doubts.append(said("Counts are small: the test that arms matured alike is rough."))
    days = {"first": first, "last": last, "until": until}
    options: dict[str, Any] = {"window": window, "threshold": threshold}
    options |= {name: None if day is None else day.isoformat() for name, day in days.items()}
    provenance = Provenance(f"{test.method} of complete windows", options, fingerprint_of(frame))
    return Maturity(frame, tuple(doubts), provenance, test.p_value, differs, window, all_on)


def _table(counts: Any, complete: str) -> pd.DataFrame:
    if isinstance(counts, ArmMoments):
        by_arm = counts.by("arm")
        if by_arm.missing.any():
            raise InputError(
                f"{int(by_arm.missing.sum()):,} units do not say whether their window is over. "
                f"Take moments of {complete!r} alone: .variables does not bring units back."
            )
        done = by_arm.events(complete)
        pairs = dict(zip(by_arm.arms, zip(done, by_arm.n - done, strict=True), strict=True))
    elif isinstance(counts, Mapping):
        pairs = dict(counts)
    else:
        raise InputError(
            "`counts` must be moments by arm, or give each arm its complete and incomplete units, "
            f"such as {{'control': (940, 60)}}, got {type(counts).__name__}."
        )
    for arm, pair in pairs.items():
        if not isinstance(pair, Sequence) or len(pair) != 2:
            raise InputError(
                f"`counts` must give arm {arm!r} two numbers, complete and incomplete units, got "
                f"{pair!r}."
            )
    states = ("complete", "censored")
    flat = {
        f"{arm} {state}": pair[i] for arm, pair in pairs.items() for i, state in enumerate(states)
    }
    n = arm_table(flat)["n"].to_numpy().reshape(-1, 2)
    return pd.DataFrame(
        {"arm": [str(arm) for arm in pairs], "complete": n[:, 0], "censored": n[:, 1]}
    )


def _check_dates(first: date | None, last: date | None, until: date | None) -> None:
    if first is not None and last is not None and last < first:
        raise InputError(f"`last` ({last}) is before `first` ({first}). Swap them.")
    if until is not None and first is not None and until < first:
        raise InputError(f"`until` ({until}) is before the first unit was assigned ({first}).")


def _doubts(
    frame: pd.DataFrame, window: int | None, all_on: date | None, *, differs: bool
) -> list[Said]:
    done, open_ = int(frame["complete"].sum()), int(frame["censored"].sum())
    when = "" if all_on is None else said(" All windows are over on {day}.", day=all_on.isoformat())
    length = "" if window is None else said(" of {days} days", days=window)
    doubts = []
    if differs:
        p_value = float(frame["p_value"].iloc[0])
        shares = zip(frame["arm"], frame["share"], strict=True)
        listed = [said("{arm} {share:.1f}%", arm=arm, share=100 * each) for arm, each in shares]
        doubts.append(
            said(
                "The arms matured differently ({listed}; {p_text}): units were not "
                "assigned to them at the same pace, so the season differs between "
                "arms. Compare within months of assignment, or wait until all "
                "windows are over.",
                listed=listed,
                p_text=p_text(p_value),
            )
        )
    doubts += [
        said(
            "No unit of {arm!r} has a complete window{length}: nothing can be "
            "said yet of an outcome in it.{when}",
            arm=arm,
            length=length,
            when=when,
        )
        for arm in frame.loc[frame["complete"] == 0, "arm"]
    ]
    if done and open_:
        doubts.append(
            said(
                "Only the {done:,} complete windows{length} enter outcomes in a "
                'window; the other {open:,} units are not counted as "did not buy", '
                "they enter the survival analysis censored at their last day of "
                "follow-up.{when}",
                done=done,
                length=length,
                open=open_,
                when=when,
            )
        )
    return doubts
