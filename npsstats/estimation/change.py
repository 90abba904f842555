"""What moved the NPS between two periods: change within segments, and change of mix.

With w the segments' shares of the answers and s their NPS, before (0) and after (1),

    NPS₁ − NPS₀ = Σ_k w̄_k·(s_k1 − s_k0) + Σ_k (w_k1 − w_k0)·(s̄_k − s̄)

where a bar is the mean of the two periods and s̄ the mean of the two overall scores. The first
sum is change within segments, the second change of mix; every segment's pieces add up to the
total exactly. A rise of the whole may hide a fall in every segment (Simpson's paradox): the first
sum shows it.

References
----------
Kitagawa, E. M. (1955). Components of a difference between two rates. JASA 50(272), 1168–1194.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.counting import as_counts
from npsstats.aggregates.scores import NONE, ScoreCounts
from npsstats.results import Provenance, Result, interval_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["NpsChange", "change"]

_DRAWS = 4000
_PRIOR = np.array([0.75, 1.5, 0.75])  # on all answers of a period, as in the adjusted Wald interval
_THIN = 30
TOTAL = "total"
"""Label of the last row, the change as a whole."""


@dataclass(frozen=True, repr=False)
class NpsChange(Result):
    """Change of NPS between two periods in points, a row a segment and a last row `total`."""

    title: ClassVar[str] = "What moved the Net Promoter Score"
    before: str
    after: str
    p_increase: float

    @override
    def headline(self) -> str:
        row = self.frame.iloc[-1]
        return (
            f"{self.before} → {self.after}: {row.estimate:+.1f} points, "
            f"{interval_text(row)} "
            f"(within segments {row.within:+.1f}, mix {row.mix:+.1f}); "
            f"P(increase) = {self.p_increase:.2f}"
        )


def change(
    data: Any,
    *,
    period: str = "month",
    by: str | None = None,
    between: tuple[str, str] | None = None,
    level: float = 0.95,
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
        Key of the segments, or None: then everything is within.
    between
        Labels of the two periods; by default the last two that have answers.
    level
        Level of the credible intervals.
    seed
        Seed of the posterior draws behind the intervals.

    Returns
    -------
    NpsChange
        `frame`: segment, n_before, n_after, nps_before, nps_after, within, within_lower,
        within_upper, mix, mix_lower, mix_upper, estimate (within + mix), lower, upper, level.
        Estimates are exact on the counts and add up; intervals are posterior: Dirichlet shares in
        every segment, with three answers' worth of prior spread as all answers of the period are,
        and Dirichlet weights. With many segments some intervals miss by chance alone.

    Raises
    ------
    InputError
        If there are not two periods with answers, or a label is unknown.

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
    counts = as_counts(data, [period, by] if by else [period])
    before, after = _periods(counts, period, between)
    segments = list(dict.fromkeys(counts.cells[by].astype(str))) if by else ["all"]
    tables = np.stack([_table(counts, period, label, by, segments) for label in (before, after)])
    plain = _pieces(tables)
    rng = np.random.default_rng(checks.count("seed", seed))
    whole = tables.sum(axis=1)
    total = _net(rng.standard_gamma(whole + _PRIOR, size=(_DRAWS, 2, 3)))
    drawn = _pieces(_draw(tables, rng), tables)
    frame = _frame(segments, tables, plain, drawn, 100 * (total[:, 1] - total[:, 0]), level)
    thin = int(tables.sum(axis=(1, 2)).min())
    doubts = (
        (f"One of the two periods has only {thin} answers: most of any change is chance.",)
        if thin < _THIN
        else ()
    )
    options = {"period": period, "by": by, "between": (before, after), "level": level}
    return NpsChange(
        frame,
        doubts,
        Provenance("symmetric decomposition (Kitagawa 1955)", options, counts.fingerprint, seed),
        before,
        after,
        float((total[:, 1] > total[:, 0]).mean()),
    )


def _draw(tables: Floats, rng: np.random.Generator) -> Floats:
    """Draw weights of segment × category from the posterior, (draws, 2, segments, 3).

    A segment's own shares have a prior worth three answers, spread as all answers of its period
    are: a thin segment without a detractor is not taken to be free of them, and the segments
    together are not pulled anywhere.
    """
    whole = tables.sum(axis=1, keepdims=True) + _PRIOR
    prior = 3 * whole / whole.sum(axis=2, keepdims=True)
    shares = rng.standard_gamma(tables + prior, size=(_DRAWS, *tables.shape))
    shares /= shares.sum(axis=-1, keepdims=True)
    size = rng.standard_gamma(
        tables.sum(axis=2) + 1 / tables.shape[1], size=(_DRAWS, *tables.shape[:2])
    )
    return np.asarray(shares * size[..., None])


class _Pieces(NamedTuple):
    within: Floats  # (…, segments), points
    mix: Floats


def _pieces(tables: Floats, seen: Floats | None = None) -> _Pieces:
    """Decompose (…, 2, segments, 3) weights of detractors, passives, promoters."""
    seen = tables if seen is None else seen
    size = tables.sum(axis=-1)
    share = size / size.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = _net(tables)
    # a segment that one period has not seen moves the total by its mix alone
    unseen = seen.sum(axis=-1) == 0
    score = np.where(unseen, score[..., ::-1, :], score)
    score = np.nan_to_num(score)
    overall = (share * score).sum(axis=-1)
    within = share.mean(axis=-2) * (score[..., 1, :] - score[..., 0, :])
    apart = score.mean(axis=-2) - overall.mean(axis=-1)[..., None]
    return _Pieces(100 * within, 100 * (share[..., 1, :] - share[..., 0, :]) * apart)


def _net(weights: Floats) -> Floats:
    """Return promoters minus detractors over all, as a share, of weights (…, 3)."""
    return np.asarray((weights[..., 2] - weights[..., 0]) / weights.sum(axis=-1))


def _frame(
    segments: list[str],
    tables: Floats,
    plain: _Pieces,
    drawn: _Pieces,
    total: Floats,
    level: float,
) -> pd.DataFrame:
    tails = [(1 - level) / 2, (1 + level) / 2]
    n = tables.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = 100 * (tables[..., 2] - tables[..., 0]) / n
    whole = tables.sum(axis=1)
    overall = 100 * (whole[:, 2] - whole[:, 0]) / whole.sum(axis=1)
    columns: dict[str, Any] = {
        "segment": [*segments, TOTAL],
        "n_before": [*n[0].astype(int), int(n[0].sum())],
        "n_after": [*n[1].astype(int), int(n[1].sum())],
        "nps_before": [*score[0], overall[0]],
        "nps_after": [*score[1], overall[1]],
    }
    for name, value, sample in (
        ("within", plain.within, drawn.within),
        ("mix", plain.mix, drawn.mix),
        ("estimate", plain.within + plain.mix, drawn.within + drawn.mix),
    ):
        prefix = "" if name == "estimate" else f"{name}_"
        # the change as a whole does not depend on how it is taken apart
        last = total if name == "estimate" else sample.sum(axis=-1)
        lower, upper = np.quantile(np.column_stack([sample, last]), tails, axis=0)
        columns[name] = [*value, value.sum()]
        # a raw estimate from next to no answers may lie beyond what the prior believes
        columns[f"{prefix}lower"] = np.minimum(lower, columns[name])
        columns[f"{prefix}upper"] = np.maximum(upper, columns[name])
    return pd.DataFrame(columns).assign(level=level)


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


def _table(
    counts: ScoreCounts, period: str, label: str, by: str | None, segments: list[str]
) -> Floats:
    """Return (segments, 3) answers of one period."""
    table = np.zeros((len(segments), 3))
    cells = counts.cells.astype(str)
    place = {name: i for i, name in enumerate(segments)}
    for row in np.flatnonzero(cells[period] == label):
        table[place[cells[by].iloc[row]] if by else 0] += counts.categories[row]
    return table
