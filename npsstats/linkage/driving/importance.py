"""How much each driver matters: its share in what the drivers foretell of held-out scores.

What a set of drivers foretells is its skill: by how many per cent it lowers the loss of a forecast
without drivers, in stores that the model has not seen. Skill is shared out by Shapley's rule: what
a driver adds, averaged over all orders in which drivers may be added. Drivers that say the same
share what they say.

Intervals take each store's contribution as one observation. Fitting adds to them in second order
(Bayle et al. 2020), which is all there is of a driver that says nothing; that is allowed for.

References
----------
Lindeman, Merenda & Gold (1980); Grömping (2007), see `shapley`.
Covert, Lundberg & Lee (2020). Understanding global feature contributions. NeurIPS.
Bayle, Bayle, Janson & Mackey (2020). Cross-validation confidence intervals for test error. NeurIPS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import stats

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.driving.held_out import MEASURES, HeldOut
from npsstats.linkage.driving.layout import as_patterns, lay_out
from npsstats.linkage.driving.shares import SharedOut, ratio_errors, shared_out
from npsstats.linkage.driving.summaries import summaries
from npsstats.linkage.driving.words import ASSOCIATION, NOISE
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.linkage.driving.layout import Layout

    Floats = NDArray[np.float64]

__all__ = ["ALL", "DriverImportance", "driver_importance"]

ALL = "(all)"
"""Label of the row of all drivers together."""


@dataclass(frozen=True, repr=False)
class DriverImportance(Result):
    """Contribution of each group of drivers to held-out skill, in per cent of the loss without.

    Attributes
    ----------
    contributions
        (units, groups) what each store's answers contribute to the gain, in units of the loss.
    null_loss
        (units,) loss without drivers.
    times
        (units,) answers that a unit stands for where there are no stores, else 1.
    layout
        The answers.
    """

    title: ClassVar[str] = "How much each driver matters"
    contributions: Floats
    null_loss: Floats
    times: Floats
    layout: Layout

    @override
    def headline(self) -> str:
        whole = self.frame.iloc[-1]
        parts = self.frame.iloc[:-1].sort_values("estimate", ascending=False)
        first = parts.iloc[0]
        unseen = "answers" if self.layout.cells is None else "stores"
        text = (
            f"In {unseen} the model has not seen, the drivers together lower the loss of a "
            f"forecast of the score by {whole.estimate:.1f} % ({whole.lower:.1f} to "
            f"{whole.upper:.1f})"
        )
        if whole.lower <= 0:
            return f"{text}: none of them is shown to matter."
        share, low, high = (100 * first[k] for k in ("share", "share_lower", "share_upper"))
        return f"{text}; {first.driver} gives {share:.0f} % of that ({low:.0f} to {high:.0f} %)."

    @override
    def shown(self) -> pd.DataFrame:
        names = ["share", "share_lower", "share_upper", "estimate", "std_error", "lower", "upper"]
        names += ["alone", "last", "in_sample"]
        return self.frame.assign(**{name: self.frame[name].map("{:.2f}".format) for name in names})


def driver_importance(
    data: Any,
    drivers: Sequence[str],
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    measure: str = "log_score",
    outcome: str = "nps",
    cluster: str | None = "store_id",
    missing: str = "complete",
    folds: int = 10,
    orders: int = 25,
    level: float = 0.95,
    seed: int = 0,
    **counting: Any,
) -> DriverImportance:
    """Return how much each driver contributes to foretelling the score of held-out stores.

    Parameters
    ----------
    data, drivers, outcome, cluster, missing, counting
        As for `npsstats.linkage.drivers.drivers`.
    groups
        Name → drivers that are to come and go together; drivers in none are alone.
    measure
        "log_score" (nats) or "rps" (ranked-probability score) of the cumulative logit; "r2", the
        squared error of a straight line in points (or in steps of the score).
    folds
        Into how many parts stores (answers, without clusters) are dealt.
    orders
        Pairs of orders that are sampled beyond seven groups; up to seven, all orders count. Each
        group more would double the models to fit.
    level
        Of the intervals.
    seed
        Of the folds and the orders.

    Returns
    -------
    DriverImportance
        `frame`, a row a group and "(all)": driver, estimate, std_error, lower, upper (per cent of
        the loss without drivers), level, share, share_lower, share_upper (of the whole gain),
        alone (the group without others), last (after all others), in_sample (the same from the
        answers the model was fitted on: of `r2`, the LMG of relaimpo), n.

    Raises
    ------
    InputError
        As for `npsstats.linkage.drivers.drivers`; also if a group names no driver, or there are
        fewer stores than folds can be made of.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from npsstats.aggregates.questionnaire import AnswerPatterns
    >>> rng = np.random.default_rng(1)
    >>> welcome, checkout, luck = rng.integers(1, 6, (3, 600))
    >>> rows = pd.DataFrame({"store_id": np.arange(600) % 20, "welcome": welcome})
    >>> rows = rows.assign(checkout=checkout, score=welcome + (checkout + luck) // 2)
    >>> asked = ["welcome", "checkout"]
    >>> patterns = AnswerPatterns.of(rows, ["score", *asked], cluster="store_id")
    >>> result = driver_importance(patterns, asked)
    >>> result.frame[["driver", "estimate", "share"]].round(2)
         driver  estimate  share
    0   welcome     41.90   0.78
    1  checkout     11.67   0.22
    2     (all)     53.57   1.00
    """
    level = checks.fraction("level", level)
    checks.one_of("measure", measure, MEASURES)
    folds = checks.count("folds", folds, least=2)
    orders = checks.count("orders", orders, least=10)
    patterns = as_patterns(data, drivers, cluster, **counting)
    layout = lay_out(patterns, drivers, outcome=outcome, missing=missing)
    names, members = _grouped(layout, groups)
    units = layout.n if layout.cells is None else len(layout.clusters)
    used = min(folds, units)
    rng = np.random.default_rng(checks.count("seed", seed))
    held = HeldOut(layout, members, measure, used, rng)
    found = shared_out(held, len(names), orders, rng)
    frame = _frame(names, found, held, level, layout)
    options = {
        "drivers": list(drivers),
        "groups": {name: list(parts) for name, parts in (groups or {}).items()},
        "measure": measure,
        "outcome": outcome,
        "cluster": patterns.cluster,
        "missing": missing,
        "folds": used,
        "level": level,
    }
    return DriverImportance(
        frame,
        (
            *summaries(layout),
            *_doubts(frame, found, len(names), orders),
            ASSOCIATION,
            *layout.doubts(),
            NOISE,
        ),
        Provenance(
            "Shapley values of held-out skill (Covert, Lundberg & Lee 2020)",
            options,
            patterns.fingerprint,
            seed,
        ),
        found.parts,
        found.null,
        held.times,
        layout,
    )


def _grouped(
    layout: Layout, groups: Mapping[str, Sequence[str]] | None
) -> tuple[list[str], list[list[int]]]:
    """Return the names of the groups, and the places of their drivers."""
    found = {name: [name] for name in layout.drivers}
    for name, parts in (groups or {}).items():
        for part in parts:
            if found.get(part) != [part]:
                raise InputError(
                    f"`groups`: {part!r} in {name!r} is not one of the drivers "
                    f"{', '.join(map(repr, layout.drivers))}, or is in two groups."
                )
            del found[part]
        if not parts or name in found:
            raise InputError(f"`groups`: {name!r} needs drivers, and a name that no driver has.")
        found[name] = list(parts)
    if len(found) < 2:
        raise InputError("All drivers are in one group: there is nothing to share.")
    place = {name: j for j, name in enumerate(layout.drivers)}
    return list(found), [[place[part] for part in parts] for parts in found.values()]


def _frame(
    names: list[str], found: SharedOut, held: HeldOut, level: float, layout: Layout
) -> pd.DataFrame:
    """Return ratios of sums over units, with the errors that sums of residuals give them."""
    times = held.times
    parts = np.column_stack([found.parts, found.parts.sum(axis=1)])
    total, null = times @ parts, times @ found.null
    estimate = total / null
    error = ratio_errors(parts, found.null, times)
    # of a driver that says nothing, gains are of second order, and so are their errors: what is
    # gained in the sample and lost outside it is as large, a chi-square of its columns
    inside = np.append(found.in_sample, found.in_sample.sum())
    columns = [len(own) for own in held.columns]
    second = np.abs(inside - estimate) / np.sqrt(2.0 * np.array([*columns, sum(columns)]))
    second = np.hypot(second, np.append(found.sampling, 0.0) / null)
    error = np.hypot(error, second)
    share = total / total[-1]
    share_error = np.hypot(ratio_errors(parts, parts[:, -1], times), second * null / abs(total[-1]))
    t = stats.t.ppf((1 + level) / 2, layout.freedom)
    share_error[-1] = 0.0
    return pd.DataFrame(
        {
            "driver": [*names, ALL],
            "estimate": 100 * estimate,
            "std_error": 100 * error,
            "lower": 100 * (estimate - t * error),
            "upper": 100 * (estimate + t * error),
            "level": level,
            "share": share,
            "share_lower": share - t * share_error,
            "share_upper": share + t * share_error,
            "alone": 100 * np.append(found.alone / null, estimate[-1]),
            "last": 100 * np.append(found.last / null, estimate[-1]),
            "in_sample": 100 * inside,
            "n": layout.n,
        }
    )


def _doubts(frame: pd.DataFrame, found: SharedOut, groups: int, orders: int) -> list[Said]:
    notes = []
    whole = frame.iloc[-1]
    if whole["lower"] <= 0:
        notes.append(
            said(
                "The drivers together are not shown to foretell anything: {estimate:.1f}% "
                "({lower:.1f} to {upper:.1f}). Shares of nothing mean nothing.",
                estimate=whole["estimate"],
                lower=whole["lower"],
                upper=whole["upper"],
            )
        )
    if whole["in_sample"] > whole["estimate"] + 0.2 * abs(whole["estimate"]):
        notes.append(
            said(
                "The model gains {in_sample:.1f}% on the answers it was fitted on and "
                "{estimate:.1f}% on others: too many drivers for so few answers.",
                in_sample=whole["in_sample"],
                estimate=whole["estimate"],
            )
        )
    parts = frame.iloc[:-1]
    hidden = parts[(parts["alone"] > 0) & (parts["last"] < 0.25 * parts["alone"])]
    if len(hidden):
        notes.append(
            said(
                "Most of what {driver} says, other drivers say too: its share depends on who "
                "is asked beside it, and the model cannot tell which of them moves the score.",
                driver=list(hidden["driver"]),
            )
        )
    if found.sampling.any():
        notes.append(
            said(
                "{groups} groups have too many orders: {orders} of them were sampled, and the "
                "intervals allow for it.",
                groups=groups,
                orders=2 * orders,
            )
        )
    return notes
