"""What moved the NPS between two periods: change within segments, and change of mix.

With w the segments' shares of the answers and s their NPS, before (0) and after (1),

    NPS₁ − NPS₀ = Σ_k w̄_k·(s_k1 − s_k0) + Σ_k (w_k1 − w_k0)·(s̄_k − s̄)

where a bar is the mean of the two periods and s̄ the mean of the two overall scores. The first
sum is change within segments, the second change of mix; every segment's pieces add up to the
total exactly. A rise of the whole may hide a fall in every segment (Simpson's paradox): the first
sum shows it, and `reversal` says how surely.

Which segments truly moved is another question, and is asked of all of them together: their
changes are pooled (`exchangeable`), so that forty thin segments do not yield two findings by
chance. A direction is claimed where it is probable enough, given a model in which every segment
moved somewhat and errors are normal; where none moved, or answers are few, more claims are false
than their probabilities say, and docs/tables/change.md counts them.

References
----------
Kitagawa, E. M. (1955). Components of a difference between two rates. JASA 50(272), 1168–1194.
Gelman, Hill & Yajima (2012), Müller, Parmigiani & Rice (2007), as in `exchangeable` and `flags`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.aggregates.counting import as_counts
from npsstats.aggregates.scores import NONE, ScoreCounts
from npsstats.estimation.comparison.change_frame import levels_frame, pieces_frame
from npsstats.estimation.comparison.change_words import doubts, reversal
from npsstats.estimation.comparison.exchangeable import exchangeable, net_changes
from npsstats.estimation.comparison.kinds import KIND, refuse_mixed_kinds
from npsstats.estimation.comparison.kitagawa import (
    levels,
    net,
    pieces,
    posterior_tables,
)
from npsstats.estimation.limits import ADDED
from npsstats.results import Provenance, Result, interval_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["NpsChange", "change"]

_DRAWS = 4000


@dataclass(frozen=True, repr=False)
class NpsChange(Result):
    """Change of NPS between two periods in points, a row a segment and a last row `total`.

    Attributes
    ----------
    before, after
        Labels of the periods.
    p_increase
        Posterior probability that the whole rose.
    levels
        With several keys: how much of the change is mix of the first key, mix of the second
        inside the first, …, and change within; rows add up to the total.
    least_probability
        A segment stands out where its rise, or its fall, is at least this probable.
    expected_false
        Posterior expected number among the standouts of those that moved the other way. It is
        conditional on the model, in which every segment moved somewhat and errors are normal,
        and much too low where nothing moves (docs/tables/change.md): not a rate of false alarms.
    p_reversal
        Posterior probability that the whole and the change within segments have opposite signs.
    """

    title: ClassVar[str] = "What moved the Net Promoter Score"
    before: str
    after: str
    p_increase: float
    levels: pd.DataFrame
    least_probability: float
    expected_false: float
    p_reversal: float

    @property
    def standouts(self) -> pd.DataFrame:
        """The segments whose own NPS surely moved, surest first."""
        found = self.frame[self.frame["standout"]]
        order = np.argsort(-(found["p_rise"] - 0.5).abs().to_numpy(), kind="stable")
        return found.iloc[order]

    @override
    def headline(self) -> str:
        row = self.frame.iloc[-1]
        text = (
            f"{self.before} → {self.after}: {row.estimate:+.1f} points, "
            f"{interval_text(row)} "
            f"(within segments {row.within:+.1f}, mix {row.mix:+.1f}); "
            f"P(increase) = {self.p_increase:.2f}"
        )
        segments = len(self.frame) - 1
        if segments < 2:
            return text
        found = int(self.frame["standout"].sum())
        return (
            f"{text}.\nSegments that stand out by the change of their own score: {found} of "
            f"{segments} ({'each' if found else 'none'} rose, or fell, with a probability of at "
            f"least {100 * self.least_probability:.4g}%)."
        )

    @override
    def shown(self) -> pd.DataFrame:
        columns = ["segment", "n_before", "n_after", "nps_before", "nps_after", "within", "mix"]
        return self.frame[[*columns, "estimate", "lower", "upper", "own_change", "p_rise"]]


def change(
    data: Any,
    *,
    period: str = "month",
    by: str | Sequence[str] | None = None,
    between: tuple[str, str] | None = None,
    level: float = 0.95,
    max_false_share: float = 0.05,
    across_kinds: bool = False,
    seed: int = 0,
) -> NpsChange:
    """Return how NPS changed between two periods, and which segments moved it.

    Parameters
    ----------
    data
        `ScoreCounts` with the key `period` (and `by`), or anything `npsstats.count` takes.
    period
        Key of the periods: "month", "quarter", "year", "week", or a column.
    by
        Key of the segments; several keys are crossed, and the order in which they are given is
        that of `levels`. None: then everything is within.
    between
        Labels of the two periods; by default the last two that have answers.
    level
        Level of the credible intervals.
    max_false_share
        Twice the largest doubt that a segment which stands out rose, or fell: by default each has
        a probability of at least 97.5 %. That is what the model believes, not a rate of false
        ones: docs/tables/change.md counts them.
    across_kinds
        Take the change raw even where the two periods mix kinds of survey in different
        proportions; otherwise that is refused, unless `by` holds "kind".
    seed
        Seed of the posterior draws behind the intervals.

    Returns
    -------
    NpsChange
        `frame`: the segments' labels, segment, n_before, n_after, nps_before, nps_after, within,
        within_lower, within_upper, mix, mix_lower, mix_upper, estimate (within + mix), lower,
        upper, level; own_change, own_lower, own_upper, p_rise, standout. Estimates are exact on
        the counts and add up, segments to the total and pieces to segments; their intervals are
        posterior, each for itself, NaN for the within of a segment that one period has not seen.
        `own_change` is what is believed of the segment's own NPS once all segments' changes are
        pooled, in points, and `standout` marks those that surely rose or fell.

    Raises
    ------
    InputError
        If there are not two periods with answers, a label is unknown, or the periods mix kinds
        of survey in different proportions.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"month": ["2025-01", "2025-02"]})
    >>> scores = [[5, 0, 0, 0, 0, 0, 0, 10, 10, 20, 30], [9, 0, 0, 0, 0, 0, 0, 10, 8, 20, 20]]
    >>> counts = nps.ScoreCounts(scores, cells)
    >>> nps.change(counts).frame[["segment", "nps_before", "nps_after", "estimate"]].round(1)
      segment  nps_before  nps_after  estimate
    0     all        60.0       46.3     -13.7
    1   total        60.0       46.3     -13.7
    """
    level = checks.fraction("level", level)
    max_false_share = checks.fraction("max_false_share", max_false_share)
    keys = [by] if isinstance(by, str) else list(by or ())
    if period in keys:
        raise checks.InputError(
            f"`by` names {period!r}, which is `period` already. Name the segments only."
        )
    counts = as_counts(data, [period, *keys], beside=(KIND,))
    before, after = _periods(counts, period, between)
    if KIND not in keys and KIND in counts.keys and period != KIND:
        two = counts.where(period, [before, after])
        refuse_mixed_kinds(two, [period], across_kinds=across_kinds)
        counts = counts.by(period, *keys)
    cells, tables = _tables(counts, period, (before, after), keys)
    parents = [_codes(cells, keys[: place + 1]) for place in range(len(keys))] or [np.zeros(1, int)]
    rng = np.random.default_rng(checks.count("seed", seed))
    drawn = posterior_tables(tables, _DRAWS, rng)
    whole = tables.sum(axis=1)
    total = net(rng.standard_gamma(whole + ADDED, size=(_DRAWS, 2, 3)))
    total_change = 100 * (total[:, 1] - total[:, 0])
    parts = pieces(tables), pieces(drawn, tables)
    own = _own_changes(tables, level, max_false_share)
    rose = float((total_change > 0).mean())
    frame = pieces_frame(cells, keys, tables, parts, total_change, level)
    frame = frame.assign(
        **{name: np.append(values, np.nan) for name, values in own.items() if name != "standout"},
        standout=np.append(own["standout"], False),
    )
    frame.loc[frame.index[-1], "p_rise"] = rose
    turned = reversal(tables, *parts)
    sure = np.maximum(own["p_rise"], 1 - own["p_rise"])[own["standout"]]
    options = {"period": period, "by": by, "between": (before, after), "level": level}
    return NpsChange(
        frame,
        doubts(period, (before, after), list(frame["segment"][:-1]), tables, turned, level),
        Provenance(
            "symmetric decomposition (Kitagawa 1955)",
            {**options, "max_false_share": max_false_share},
            counts.fingerprint,
            seed,
        ),
        before,
        after,
        rose,
        levels_frame(keys, levels(tables, parents), levels(drawn, parents, tables), level),
        _least_probability(max_false_share),
        float((1 - sure).sum()),
        turned.probability,
    )


def _least_probability(max_false_share: float) -> float:
    """Return how probable the direction of a standout is at least: half the doubt allowed.

    Every mean change was as likely as any other beforehand, which claims a direction too easily
    where little moved (docs/tables/change.md).
    """
    return 1 - max_false_share / 2


def _own_changes(tables: Floats, level: float, max_false_share: float) -> dict[str, Any]:
    """Return what is believed of every segment's own change, pooled over segments."""
    n = tables.sum(axis=2)
    both = (n > 0).all(axis=0)
    pooled = exchangeable(*net_changes(tables))
    rise = pooled.sf(0.0)
    sure = np.where(both, np.maximum(rise, 1 - rise), 0.5)
    unknown = np.where(both, 1.0, np.nan)
    return {
        "own_change": 100 * pooled.moments()[0] * unknown,
        "own_lower": 100 * pooled.ppf((1 - level) / 2) * unknown,
        "own_upper": 100 * pooled.ppf((1 + level) / 2) * unknown,
        "p_rise": np.where(both, rise, 0.5),
        "standout": sure >= _least_probability(max_false_share),
    }


def _periods(counts: ScoreCounts, period: str, between: tuple[str, str] | None) -> tuple[str, str]:
    labels = counts.cells[period][counts.n > 0]
    labels = labels[labels.astype(str) != NONE]
    known = [str(label) for label in sorted(labels.unique())]
    if between is not None:
        before, after = (checks.one_of("between", str(label), known) for label in between)
        return before, after
    if len(known) < 2:
        found = f"only {known[0]!r}" if known else "none"
        raise checks.InputError(
            f"A change needs two periods with answers; by {period} there is {found}. Map the date "
            "column, or choose a shorter period."
        )
    return known[-2], known[-1]


def _tables(
    counts: ScoreCounts, period: str, between: tuple[str, str], keys: list[str]
) -> tuple[pd.DataFrame, Floats]:
    """Return the segments' labels, and their (2, segments, 3) answers in the two periods."""
    cells = counts.cells.astype(str)
    code = _codes(cells, keys)
    segments = int(code.max()) + 1
    tables = np.zeros((2, segments, 3))
    for place, label in enumerate(between):
        rows = (cells[period] == label).to_numpy()
        np.add.at(tables[place], code[rows], counts.categories[rows])
    first = np.unique(code, return_index=True)[1]
    return cells[keys].iloc[first].reset_index(drop=True), tables


def _codes(cells: pd.DataFrame, keys: list[str]) -> NDArray[np.intp]:
    """Return a number for each row, equal where all keys are, from 0 in order of occurrence."""
    if not keys:
        return np.zeros(len(cells), dtype=np.intp)
    return np.asarray(cells.groupby(keys, sort=False).ngroup(), dtype=np.intp)
