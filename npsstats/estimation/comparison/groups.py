"""Many groups against each other: all pairs, against one of them, or each against the rest.

Differences come from joint posterior draws, so that they carry what the groups share. Beside the
interval of each there is one for all of them together: both of its sides are the pointwise ones
stretched by the one factor with which, in `level` of the draws, no difference leaves its band.

Whether the groups differ at all is asked of a classical referee too: the chi-square of the table
of detractors, passives and promoters, and the mean-score statistic (N − 1)·SSB/SST of the scores
−1, 0, 1, which sees differences of NPS only; both by permutation, given the margins.

References
----------
Montiel Olea & Plagborg-Møller (2019). Simultaneous confidence bands: theory, implementation, and
an application to SVARs. J. Applied Econometrics 34(1), 1–17 (sup-t bands, also from draws).
Landis, Heyman & Koch (1978). Average partial association in three-way contingency tables.
International Statistical Review 46(3), 237–254 (the mean-score statistic).
Patefield (1981). Algorithm AS 159. Applied Statistics 30(1), 91–97 (random tables).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.estimation.comparison.volume import thin_cells
from npsstats.estimation.estimate import estimate
from npsstats.estimation.estimated import Estimate
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Comparison", "compare"]

PAIRS, REST = "pairs", "rest"
_MOST_PAIRS = 2000
_TABLES = 2000  # permutations
_MOST_PERMUTED = 2000  # cells; beyond, the chi-square law itself serves


@dataclass(frozen=True, repr=False)
class Comparison(Result):
    """Differences of NPS between groups, first minus second, in points (−200…200).

    Attributes
    ----------
    cells
        The estimate of every group: its ranks, P(best), and `cells.p_top(k)`.
    heterogeneity
        Rows `distribution` and `mean_score` with statistic, df, p_value (by permutation where
        that is feasible) and p_asymptotic.
    """

    title: ClassVar[str] = "Net Promoter Scores compared"
    cells: Estimate
    heterogeneity: pd.DataFrame

    @override
    def headline(self) -> str:
        found = int(((self.frame["joint_lower"] > 0) | (self.frame["joint_upper"] < 0)).sum())
        best = self.cells.frame["p_best"].to_numpy().argmax()
        name = _labels(self.cells)[best]
        p_value = self.heterogeneity["p_value"]["mean_score"]
        text = (
            f"{found} of {len(self.frame):,} differences are established when all are looked at "
            f"together; do groups differ at all? p = {p_value:.3f}.\nMost probably best: {name}, "
            f"P = {self.cells.frame['p_best'].iloc[best]:.2f}"
        )
        if len(self.cells.network):
            spread = self.cells.network.loc["between_sd"]
            text += (
                f"; groups truly differ by about ±{spread.estimate:.1f} points (one sd, "
                f"{spread.lower:.1f} to {spread.upper:.1f})"
            )
        return text + "."

    @override
    def shown(self) -> pd.DataFrame:
        columns = ["first", "second", "estimate", "lower", "upper", "joint_lower", "joint_upper"]
        return self.frame[[*columns, "p_first_greater"]]


def compare(
    data: Any,
    by: str | Sequence[str] | None = "store_id",
    *,
    against: str = PAIRS,
    pooling: str = "partial",
    across_kinds: bool = False,
    level: float = 0.95,
    draws: int = 8000,
    seed: int = 0,
) -> Comparison:
    """Return how groups differ in NPS, each difference alone and all of them together.

    Parameters
    ----------
    data
        What `npsstats.estimate` returned, or anything it takes.
    by, pooling, across_kinds, level, draws, seed
        As for `npsstats.estimate`; not read where `data` is an estimate, `level` excepted.
    against
        "pairs": every group against every other. "rest": every group against all answers of
        the others. Or the label of the group that all others are held against.

    Returns
    -------
    Comparison
        `frame` with a row a difference: first, second, n_first, n_second, estimate (posterior
        mean), std_error, lower, upper (points), level, joint_lower, joint_upper (bands that hold
        all differences at once with probability `level`), p_first_greater.

    Raises
    ------
    InputError
        If there are fewer than two groups, more pairs than 2,000, or no group of that label.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScoreCounts(
    ...     [[2, 0, 0, 1, 0, 3, 1, 2, 2, 1, 0], [0] * 6 + [2, 9, 20, 30, 40], [5] * 7 + [30] * 4],
    ...     cells=["Lille", "Lyon", "Nice"],
    ... )
    >>> nps.compare(counts).frame[["first", "second", "p_first_greater"]].round(2)
       first second  p_first_greater
    0  Lille   Lyon             0.00
    1  Lille   Nice             0.03
    2   Lyon   Nice             1.00
    """
    if not isinstance(data, Estimate):
        data = estimate(
            data,
            by,
            pooling=pooling,
            across_kinds=across_kinds,
            level=level,
            draws=draws,
            seed=seed,
        )
    level = checks.fraction("level", level)
    labels = _labels(data)
    if len(labels) < 2:
        raise checks.InputError(
            f"A comparison needs two groups, there is {len(labels)}. Choose a key with more "
            "values: by=..."
        )
    weights = _weights(data.frame["n"].to_numpy(dtype=float), labels, against)
    bands = _bands(data.joint @ weights.contrast.T, level)
    mean = data.frame["estimate"].to_numpy() @ weights.contrast.T
    frame = pd.DataFrame(
        {
            "first": [labels[i] for i in weights.first],
            "second": [REST if j < 0 else labels[j] for j in weights.second],
            "n_first": data.frame["n"].to_numpy()[weights.first],
            "n_second": weights.n_second,
            "estimate": mean,
            **bands,
        }
    ).assign(level=level)
    order = ["first", "second", "n_first", "n_second", "estimate", "std_error", "lower", "upper"]
    frame = frame[[*order, "level", "joint_lower", "joint_upper", "p_first_greater"]]
    table = data.frame[["detractors", "passives", "promoters"]].to_numpy(dtype=np.int64)
    options = {"against": against, "level": level, "draws": len(data.joint)}
    thin = thin_cells(labels, data.frame["n"].to_numpy(), "group")
    return Comparison(
        frame,
        (*thin, *data.diagnostics),
        Provenance(
            f"joint posterior differences; {data.provenance.method}",
            {**data.provenance.options, **options},
            data.provenance.fingerprint,
            data.provenance.seed,
        ),
        data,
        _heterogeneity(table, np.random.default_rng(data.provenance.seed)),
    )


class _Weights(NamedTuple):
    """Which combination of the groups each difference is."""

    contrast: Floats  # (differences, groups)
    first: NDArray[np.intp]
    second: NDArray[np.intp]  # −1 where it is the rest
    n_second: NDArray[np.int64]


def _weights(n: Floats, labels: list[str], against: str) -> _Weights:
    groups = len(labels)
    if against == REST:
        # the rest weighs as its answers do; without any, its groups weigh alike
        others = np.where(np.eye(groups, dtype=bool), 0.0, n)
        empty = others.sum(axis=1) == 0
        others[empty] = 1.0 - np.eye(groups)[empty]
        contrast = np.eye(groups) - others / others.sum(axis=1, keepdims=True)
        rest = (n.sum() - n).astype(np.int64)
        return _Weights(contrast, np.arange(groups), np.full(groups, -1), rest)
    if against == PAIRS:
        if groups * (groups - 1) // 2 > _MOST_PAIRS:
            raise checks.InputError(
                f"`against='pairs'` would give {groups * (groups - 1) // 2:,} differences of "
                f"{groups:,} groups, more than {_MOST_PAIRS:,}. Use against='rest', or the label "
                "of one group."
            )
        first, second = np.triu_indices(groups, 1)
    else:
        reference = labels.index(checks.one_of("against", against, [PAIRS, REST, *labels]))
        first = np.delete(np.arange(groups), reference)
        second = np.full(groups - 1, reference)
    contrast = np.eye(groups)[first] - np.eye(groups)[second]
    return _Weights(contrast, first, second, n[second].astype(np.int64))


def _bands(drawn: Floats, level: float) -> dict[str, Floats]:
    """Return pointwise and joint limits of (draws, differences)."""
    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    lower, middle, upper = np.quantile(drawn, tails, axis=0)
    # how far each draw leaves the pointwise interval, as a multiple of its own half
    room = np.where(drawn > middle, upper - middle, middle - lower)
    stretched = np.abs(drawn - middle) / np.maximum(room, 1e-12)
    factor = max(float(np.quantile(stretched.max(axis=1), level)), 1.0)
    tied = (drawn == 0).mean(axis=0)  # groups that are one: neither is the greater
    return {
        "std_error": drawn.std(axis=0, ddof=1),
        "lower": lower,
        "upper": upper,
        "joint_lower": np.maximum(middle - factor * (middle - lower), -200.0),
        "joint_upper": np.minimum(middle + factor * (upper - middle), 200.0),
        "p_first_greater": (drawn > 0).mean(axis=0) + tied / 2,
    }


def _heterogeneity(table: NDArray[np.int64], rng: np.random.Generator) -> pd.DataFrame:
    """Return both tests that all rows of (groups, 3) counts have one law."""
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    scores = np.array([-1.0, 0.0, 1.0])[-table.shape[1] :] if table.shape[1] == 3 else None
    rows, columns = max(len(table) - 1, 0), max(table.shape[1] - 1, 0)
    if rows == 0 or columns == 0:
        nothing = {"statistic": 0.0, "df": 0, "p_value": 1.0, "p_asymptotic": 1.0}
        return pd.DataFrame([nothing, nothing], index=["distribution", "mean_score"])
    # with two categories in use, any two scores give the same statistic
    values = np.arange(table.shape[1], dtype=float) if scores is None else scores
    observed = _statistics(table[None].astype(float), values)[0]
    df = np.array([rows * columns, rows])
    asymptotic = special.chdtrc(df, observed)
    p_value = asymptotic
    if len(table) <= _MOST_PERMUTED:
        from scipy.stats import random_table

        law = random_table(table.sum(axis=1), table.sum(axis=0))
        drawn = _statistics(law.rvs(_TABLES, random_state=rng).astype(float), values)
        p_value = (1 + (drawn >= observed * (1 - 1e-9)).sum(axis=0)) / (1 + _TABLES)
    return pd.DataFrame(
        {"statistic": observed, "df": df, "p_value": p_value, "p_asymptotic": asymptotic},
        index=["distribution", "mean_score"],
    )


def _statistics(tables: Floats, scores: Floats) -> Floats:
    """Return chi-square and (N − 1)·SSB/SST of (tables, groups, categories): (tables, 2)."""
    n = tables.sum(axis=2, keepdims=True)
    column = tables.sum(axis=1, keepdims=True)
    total = n.sum(axis=1, keepdims=True)
    expected = n * column / total
    chi = ((tables - expected) ** 2 / expected).sum(axis=(1, 2))
    share = (column / total)[:, 0]
    mean = share @ scores
    within = share @ scores**2 - mean**2
    between = (n[..., 0] * (tables @ scores / n[..., 0] - mean[:, None]) ** 2).sum(axis=1)
    whole = total[:, 0, 0]
    return np.column_stack([chi, (whole - 1) * between / (whole * within)])


def _labels(result: Estimate) -> list[str]:
    cells = result.frame[list(result.keys)].astype(str)
    return [" · ".join(row) for row in cells.itertuples(index=False, name=None)]
