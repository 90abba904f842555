"""Weights that make the answers look like the population: post-stratification and raking.

Post-stratification gives each answer of stratum k the weight (N_k/N)/(n_k/n). Raking (iterative
proportional fitting) knows only the margins of the population, and turns the weights to one
margin after the other until all agree.

References
----------
Deming, W. E. & Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table
when the expected marginal totals are known. Ann. Math. Stat. 11(4), 427–444.
Deville, J.-C., Särndal, C.-E. & Sautory, O. (1993). Generalized raking procedures in survey
sampling. JASA 88(423), 1013–1020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.answering.population import (
    answers_by,
    margin_tables,
    merging,
    population_table,
    require_both,
    require_reached,
    strata,
)
from npsstats.estimation.answering.weights import (
    Weights,
    doubts_of_weights,
    held_under,
    places,
    summary_of,
    trimmed,
)
from npsstats.results import Provenance
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["post_stratify", "rake"]

_SWEEPS = 1000


def post_stratify(
    counts: Any,
    population: Any,
    by: str | Sequence[str] | None = None,
    *,
    merge: Mapping[str, Mapping[str, str]] | None = None,
    trim: float | None = None,
) -> Weights:
    """Return weights that give every stratum its share of the population.

    Parameters
    ----------
    counts
        `ScoreCounts` by the strata's keys (and any others), or anything `npsstats.count` takes.
    population
        How many there are in each stratum, or their shares: a data frame of the keys and a column
        `population`; a mapping {label: number} (of tuples of labels for several keys); a Series
        indexed by label; `InvitationCounts` (all who were invited) or `ScoreCounts`.
    by
        Key or keys of the strata; None reads them off the population.
    merge
        Key → {label: label of the stratum that takes it in}, for strata without answers or with
        few: merge={"channel": {"app": "sms"}}.
    trim
        Largest weight allowed, as a multiple of the mean; the others take the excess up. The
        population's shares are then only approached.

    Returns
    -------
    Weights
        `frame`: the keys, n (answers), population, share_answers, share_population (0 to 1),
        weight (mean 1 over the answers; one row a label, merged ones with one weight).

    Raises
    ------
    InputError
        If answers are in a stratum that the population does not know, or a stratum of the
        population has no answers: nobody can stand for it, so merge it with a like one.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"channel": ["email", "sms"]})
    >>> counts = nps.ScoreCounts([[4] + [0] * 9 + [36], [10] + [0] * 9 + [10]], cells)
    >>> weights = nps.post_stratify(counts, {"email": 500, "sms": 500}, by="channel")
    >>> weights.frame[["channel", "n", "population", "weight"]]
      channel   n  population  weight
    0   email  40       500.0    0.75
    1     sms  20       500.0    1.50
    """
    table = population_table("population", population, by)
    keys = [key for key in table.columns if key != "population"]
    answers = answers_by(counts, keys)
    frame, group, known = strata(answers, table, keys, merging(merge, keys))
    n = np.bincount(group, frame["n"])
    there = np.bincount(group, frame["population"])
    require_both(frame, group, keys, known, n, there)
    weight = np.zeros(len(n))
    np.divide(there * n.sum(), n * there.sum(), out=weight, where=n > 0)
    weight = trimmed(weight, n, trim)
    code = group if trim is None else np.zeros(len(frame), dtype=np.intp)
    return _weights(
        "post-stratification",
        frame,
        keys,
        weight[group],
        code,
        {"by": keys, "merge": merge, "trim": trim},
        answers.fingerprint,
        [],
    )


def rake(
    counts: Any,
    margins: Mapping[str, Any] | Sequence[pd.DataFrame],
    *,
    trim: float | None = None,
    tolerance: float = 1e-10,
) -> Weights:
    """Return weights whose margins are the population's, by iterative proportional fitting.

    Parameters
    ----------
    counts
        `ScoreCounts` by the margins' keys (and any others), or anything `npsstats.count` takes.
    margins
        {key: {label: number}}, numbers or shares; or a sequence of data frames, each of one key
        or more and a column `population`, for margins of several keys together.
    trim
        Largest weight allowed, as a multiple of the mean. Margins are then only approached.
    tolerance
        Largest difference from a margin's share at which the sweeps end.

    Returns
    -------
    Weights
        `frame`: the keys, n (answers), population (NaN: raking knows margins only),
        share_answers, share_population (as raked), weight (mean 1 over the answers).

    Raises
    ------
    InputError
        If answers have a label that its margin does not know, or a margin's label that is in the
        population has no answers.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"channel": ["email", "email", "sms"], "kind": ["hot", "cold", "hot"]})
    >>> counts = nps.ScoreCounts([[0] * 10 + [30], [0] * 10 + [20], [0] * 10 + [50]], cells)
    >>> weights = nps.rake(
    ...     counts, {"channel": {"email": 70, "sms": 30}, "kind": {"hot": 0.6, "cold": 0.4}}
    ... )
    >>> weights.frame[["channel", "kind", "n", "weight"]].round(3)
      channel  kind   n  weight
    0   email   hot  30     1.0
    1   email  cold  20     2.0
    2     sms   hot  50     0.6
    """
    tables = margin_tables(margins)
    limit = checks.number("tolerance", tolerance, low=1e-14, high=0.01)
    keys = list(dict.fromkeys(str(key) for table in tables for key in table if key != "population"))
    answers = answers_by(counts, keys)
    frame = answers.cells.assign(n=answers.n, population=np.nan)
    n = answers.n.astype(float)
    codes, targets = [], []
    for table in tables:
        own = [key for key in table.columns if key != "population"]
        code = places(answers.cells, table[own], "margins")
        require_reached(table, own, np.bincount(code, n, len(table)))
        codes.append(code)
        targets.append(table["population"].to_numpy(float) / table["population"].sum())
    weight, gap = _raked(n, codes, targets, limit)
    doubts: list[Said] = []
    if not gap < limit:
        doubts.append(
            said(
                "Raking did not converge: a margin is still off by {gap:.2g}% of the whole after "
                "{sweeps:,} sweeps. The margins contradict each other where strata have no "
                "answers; merge labels, or drop a margin.",
                gap=100 * gap,
                sweeps=_SWEEPS,
            )
        )
    totals = [float(table["population"].sum()) for table in tables]
    if min(totals) > 2 and max(totals) > 1.001 * min(totals):
        doubts.append(
            said(
                "The margins' totals differ ({least:,.0f} to {most:,.0f}): only their shares were "
                "used.",
                least=min(totals),
                most=max(totals),
            )
        )
    weight = trimmed(weight, n, trim)
    indicators = [np.eye(len(t))[code] for t, code in zip(targets, codes, strict=True)]
    calibrators = np.hstack(indicators) if trim is None else np.zeros(len(n), dtype=np.intp)
    options = {"margins": keys, "trim": trim, "tolerance": tolerance}
    return _weights(
        "raking", frame, keys, weight, calibrators, options, answers.fingerprint, doubts
    )


def _raked(
    n: Floats, codes: list[NDArray[np.intp]], targets: list[Floats], limit: float
) -> tuple[Floats, float]:
    """Return weights (mean 1 over n answers) and the largest gap to a margin's share."""
    weight = np.ones(len(n))
    gap = np.inf
    for _ in range(_SWEEPS):
        for code, target in zip(codes, targets, strict=True):
            reached = np.bincount(code, n * weight, len(target))
            factor = np.zeros(len(target))
            np.divide(target, reached, out=factor, where=reached > 0)
            weight = weight * factor[code]
        gap = max(
            float(np.abs(np.bincount(code, n * weight, len(target)) - target).max())
            for code, target in zip(codes, targets, strict=True)
        )
        if gap < limit:
            break
    total = (n * weight).sum()
    if total <= 0:
        raise InputError(
            "No answer is left with a weight: the margins contradict each other. Merge the labels "
            "whose population is 0."
        )
    return weight * n.sum() / total, gap


def _weights(
    method: str,
    frame: pd.DataFrame,
    keys: list[str],
    weight: Floats,
    calibrators: Floats | NDArray[np.intp],
    options: dict[str, Any],
    fingerprint: str,
    doubts: list[Said],
) -> Weights:
    n = frame["n"].to_numpy(float)
    share = frame["population"] / frame["population"].sum()
    if frame["population"].isna().all():
        share = pd.Series(n * weight / n.sum())
    frame = frame.assign(share_answers=n / n.sum(), share_population=share, weight=weight)
    summary = summary_of(weight, n)
    if options.get("trim") is not None:
        doubts.append(held_under(options["trim"]))
    doubts += doubts_of_weights(frame, keys, summary)
    provenance = Provenance(method, options, fingerprint)
    return Weights(frame, tuple(doubts), provenance, summary, tuple(keys), calibrators)
