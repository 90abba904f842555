"""Predictive validity: how well the score, as asked in an arm, tells who comes back.

References
----------
DeLong, E. R., DeLong, D. M. & Clarke-Pearson, D. L. (1988). Comparing the areas under two or more
correlated receiver operating characteristic curves. Biometrics 44(3), 837–845.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.contrasts import treatments
from npsstats.experiments.effects import readable
from npsstats.experiments.survey.choice import choose
from npsstats.experiments.survey.flags import flags
from npsstats.experiments.survey.foretelling import prediction
from npsstats.experiments.survey.foretelling.validity_rows import (
    VALIDITY_COLUMNS,
    Arm,
    differences,
    levels,
)
from npsstats.experiments.survey.foretelling.validity_words import doubts
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.scores import ScoreCounts

    Floats = NDArray[np.float64]

__all__ = ["Validity", "validity"]

_METHOD = "concordance by DeLong and Dirichlet; logistic slope"
_DRAWS = 8_000
_CHAINS = 4


@dataclass(frozen=True, repr=False)
class Validity(Result):
    """How well the score predicts, by arm, and how the arms differ in it.

    Attributes
    ----------
    drawn
        Joint draws of the arms' concordance, (draws, arms), as `arms` orders them.
    arms
        Their names.
    """

    drawn: Floats = field(repr=False)
    arms: tuple[str, ...]

    title: ClassVar[str] = "Predictive validity of the score, by arm"

    def row(self, arm: str, quantity: str, method: str | None = None) -> pd.Series:
        """Return the first row of that arm and quantity (and method)."""
        mask = (self.frame["arm"] == arm) & (self.frame["quantity"] == quantity)
        if method is not None:
            mask &= self.frame["method"] == method
        return self.frame[mask].iloc[0]

    @cached_property
    def choice(self) -> pd.DataFrame:
        """Which arm's score predicts best: P(best) and expected loss, in concordance."""
        level = float(self.frame["level"].iloc[0])
        return choose(self.drawn, self.arms, purpose="prediction", unit="share", level=level)

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Draws of the concordance by arm, dealt to four chains."""
        import xarray as xr

        values = self.drawn.reshape(_CHAINS, -1, len(self.arms))
        posterior = xr.Dataset(
            {"concordance": (("chain", "draw", "arm"), values)},
            coords={
                "chain": range(_CHAINS),
                "draw": range(values.shape[1]),
                "arm": list(self.arms),
            },
        )
        posterior.attrs["inference_library"] = "npsstats"
        return xr.DataTree.from_dict({"posterior": posterior})

    @override
    def headline(self) -> str:
        row = self.choice.sort_values("p_best", ascending=False).iloc[0]
        return (
            f"The score predicts best in arm {row['option']!r} with probability "
            f"{row['p_best']:.2f}: concordance {row['estimate']:.3f}, "
            f"{100 * row['level']:g}% credible interval {row['lower']:.3f} to {row['upper']:.3f}."
        )

    @override
    def shown(self) -> pd.DataFrame:
        kept = ["arm", "against", "quantity", "method", "estimate", "lower", "upper", "p_value"]
        return readable(self.frame.assign(std_error=np.nan))[kept]


def validity(
    counts: ScoreCounts,
    *,
    control: str,
    outcome: str = "repurchase",
    better: Literal["higher", "lower"] = "higher",
    treatment: str | None = None,
    strata: str | Sequence[str] = (),
    level: float = 0.95,
    seed: int = 0,
) -> Validity:
    """Return how well the score predicts what customers did later, by arm.

    A customer's several answers count as independent, although they share what was bought later:
    an arm's limits are too narrow where customers answer often, and those of differences as well
    where a customer stays in one arm. Where they fall in every arm, what they share cancels.

    Parameters
    ----------
    counts
        Answers by score with the keys `arm` and `outcome`; other keys are added up unless they
        are `strata`.
    control
        The arm that the others are held against.
    outcome
        The key that says whether it happened: yes or no, 1 or 0, true or false. Answers without
        it (not followed up yet) are left out, and counted in the diagnostics.
    better
        "higher" where the outcome is a good thing (re-purchase), "lower" where it is not (churn).
        Concordance is the probability that a customer for whom things went well scored higher than
        one for whom they did not, ties counting half: above ½ is what a score is for.
    treatment
        One arm to compare with the control; without it each.
    strata
        Keys within which to predict (store, journey): concordance is then the mean over strata,
        with the same weights in every arm, and the slope has one intercept a stratum.
    level
        Of the intervals, between 0 and 1.
    seed
        Of the draws of the posterior.

    Returns
    -------
    Validity
        `frame`, by arm: "concordance" (share; DeLong with logit interval, p-value of ½, and its
        posterior), "Somers' D" (−1 to 1), "odds ratio per point" of things going well (logistic;
        std_error of its logarithm), "rate, detractors" … "rate, all" of the outcome (share,
        Wilson). Then, with the control's name in `against`: "concordance difference" (share) and
        "ratio of odds ratios per point".

    Raises
    ------
    InputError
        If a key or an arm is not there, a label is neither yes nor no, or an arm has answers
        of one outcome only.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame(
    ...     {"arm": ["first", "first", "last", "last"], "repurchase": ["no", "yes"] * 2}
    ... )
    >>> counts = nps.ScoreCounts(
    ...     [
    ...         [9, 4, 5, 6, 7, 22, 18, 30, 42, 25, 30],
    ...         [3, 2, 2, 3, 4, 20, 20, 48, 90, 60, 95],
    ...         [7, 4, 4, 6, 7, 25, 20, 34, 46, 23, 33],
    ...         [6, 3, 3, 6, 5, 24, 20, 42, 85, 52, 84],
    ...     ],
    ...     cells,
    ... )
    >>> found = validity(counts, control="last")
    >>> found.frame[["arm", "quantity", "estimate", "lower", "upper"]].round(3).iloc[[0, 8, 16]]
          arm                quantity  estimate  lower  upper
    0   first             concordance     0.642  0.593  0.689
    8    last             concordance     0.610  0.561  0.658
    16  first  concordance difference     0.032 -0.036  0.100
    """
    level = checks.fraction("level", level)
    checks.one_of("better", better, ("higher", "lower"))
    seed = checks.count("seed", seed)
    keys = [strata] if isinstance(strata, str) else list(strata)
    tables, missing = _tables(counts, outcome, keys)
    others = treatments(list(tables), control, treatment)
    names = [arm for arm in tables if arm in (control, *others)]
    # (strata, without or with the outcome, scores)
    sides = {name: tables[name] if better == "higher" else tables[name][:, ::-1] for name in names}
    for name in names:
        _refuse_one_sided(name, outcome, tables[name])
    weight = prediction.weights(
        [sides[name][:, 1] for name in names], [sides[name][:, 0] for name in names]
    )
    if not weight.any():
        raise InputError(
            f"No stratum of {', '.join(keys)} has both outcomes in every arm. Use coarser strata."
        )
    arms = {name: _arm(name, sides[name], tables[name], weight) for name in names}
    rng = np.random.default_rng(seed)
    drawn = np.column_stack(
        [
            prediction.drawn_concordance(sides[n][:, 1], sides[n][:, 0], weight, _DRAWS, rng)
            for n in names
        ]
    )
    rows: list[dict[str, Any]] = []
    for place, arm in enumerate(arms.values()):
        rows += levels(arm, drawn[:, place], level)
    for other in others:
        gap = drawn[:, names.index(other)] - drawn[:, names.index(control)]
        rows += differences(arms[other], arms[control], gap, level)
    options = {
        "control": control,
        "treatment": treatment,
        "outcome": outcome,
        "better": better,
        "strata": tuple(keys),
        "level": level,
    }
    said = doubts(
        list(arms.values()), control, level, missing=missing, left_out=_left_out(sides, weight)
    )
    return Validity(
        pd.DataFrame(rows, columns=list(VALIDITY_COLUMNS)),
        said,
        Provenance(_METHOD, options, counts.fingerprint, seed),
        drawn,
        tuple(names),
    )


def _tables(counts: ScoreCounts, outcome: str, strata: list[str]) -> tuple[dict[str, Floats], int]:
    """Return arm → (strata, 2, 11) counts, and how many answers have no outcome."""
    for key in ("arm", outcome, *strata):
        if key not in counts.keys:
            raise InputError(
                f"The counts have the keys {', '.join(map(repr, counts.keys))} and none named "
                f"{key!r}. Count by it."
            )
    happened = flags(counts.cells, outcome)
    labels = counts.cells["arm"].astype(str)
    if strata:
        text = counts.cells[strata].astype(str).agg(" · ".join, axis=1)
        place, uniques = pd.factorize(text)
    else:
        place, uniques = np.zeros(len(counts), dtype=np.int64), pd.Index(["all"])
    known = ~np.isnan(happened)
    tables: dict[str, Floats] = {}
    for arm in labels.drop_duplicates():
        table = np.zeros((len(uniques), 2, 11))
        rows = np.flatnonzero((labels == arm).to_numpy() & known)
        np.add.at(table, (place[rows], happened[rows].astype(int)), counts.counts[rows])
        tables[arm] = table
    return tables, int(counts.n[~known].sum())


def _refuse_one_sided(name: str, outcome: str, table: Floats) -> None:
    without, having = table.sum(axis=(0, 2))
    if not (without and having):
        raise InputError(
            f"Arm {name!r} has {having:,.0f} answers with {outcome!r} and {without:,.0f} without. "
            "Prediction needs both: wait for them, or leave the arm out."
        )


def _left_out(sides: dict[str, Floats], weight: Floats) -> int:
    return int(sum(table[weight == 0].sum() for table in sides.values()))


def _arm(name: str, side: Floats, table: Floats, weight: Floats) -> Arm:
    both = table.sum(axis=0)
    return Arm(
        name,
        int(both.sum()),
        int(both[1].sum()),
        both,
        prediction.concordance(side[:, 1], side[:, 0], weight),
        prediction.slope(side[:, 1], side[:, 0]),
    )
