"""A bridge over a change of questionnaire: what the old way's scores would be, asked the new way.

An experiment that asks both ways at random gives a map from one to the other, and its error. A
series can then go on across the change, its past put on the new footing with the map's error in it.
Nothing here knows what was changed: a position, a channel, a kind, a wording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.aggregates.scores import ScoreCounts
from npsstats.checks import InputError
from npsstats.experiments.survey.crossing.answering import answering_of
from npsstats.experiments.survey.crossing.arm_shares import Arms, arms_of
from npsstats.experiments.survey.crossing.bridge_result import Bridge
from npsstats.experiments.survey.crossing.map_transfer import PRIOR_SD, Transfer, transfer_of
from npsstats.experiments.survey.crossing.score_maps import (
    Cumulative,
    Equipercentile,
    ScoreMap,
    net,
    spread_prior,
    transition,
)
from npsstats.results import Provenance
from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["METHODS", "bridge"]

METHODS = {
    "equipercentile": "bridge, equipercentile map of Dirichlet posteriors",
    "cumulative": "bridge, cut-specific shifts of the cumulative log-odds, Dirichlet posteriors",
}
_FEW = 200  # answers an arm below which the map itself is what is least known
_FEW_STRATA = 5


def bridge(
    experiment: Any,
    *,
    old: str,
    new: str,
    key: str = "arm",
    strata: str | None = None,
    method: str = "equipercentile",
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 0,
) -> Bridge:
    """Return the map from one way of asking to another, from an experiment that asked both.

    The map is between scores of those who *answer*: if one way makes other customers answer, that
    is part of it, as it is part of the series, whether `strata` are named or not.

    Parameters
    ----------
    experiment
        `ScoreCounts`, `InvitationCounts` with scores, or the `ExperimentResult` of a survey
        experiment. Other arms than the two are left out.
    old, new
        The way the series was asked, and the way it is to be read; swap them to go back.
    key
        The key of the counts that holds the arm, such as "question_position".
    strata
        A key of the counts (store, region, month …) between which the map may differ: how far it
        does is estimated, and added to what is bridged. None takes it to hold elsewhere as here.
        A stratum of the series moves by what it moves by in the experiment; strata added up also
        by where answers are lost. With invitations, arms that were not dealt alike by stratum are
        weighted to the mix of all invitations; without, they are taken to have been.
    method
        "equipercentile": what each old score is worth, by its place among all scores.
        "cumulative": shifts of the log-odds at the ten cuts. docs/tables/bridge.md shows which
        holds where scores are higher or lower than in the experiment: the first.
    level
        Of the equal-tailed credible intervals.
    draws
        Posterior draws, a multiple of four.
    seed
        Of the draws.

    Returns
    -------
    Bridge
        To be called on the counts of a series.

    Raises
    ------
    InputError
        If a key or an arm is not there, an arm has no answers, or two strata cannot be read.

    Notes
    -----
    Arms have Dirichlet posteriors with half an answer a category (detractors, passives,
    promoters), shared out over its scores as both arms together are. Answers that made the map and
    are bridged as well are counted as if they were others: such cells are a little too unsure.

    References
    ----------
    Kolen, M. J. & Brennan, R. L. (2014). Test Equating, Scaling, and Linking, 3rd ed., chapter 2.

    Examples
    --------
    >>> import npsstats as nps
    >>> import pandas as pd
    >>> asked = nps.ScoreCounts(
    ...     [
    ...         [26, 8, 12, 15, 18, 66, 58, 140, 252, 160, 245],
    ...         [17, 6, 9, 11, 13, 55, 49, 131, 255, 176, 278],
    ...     ],
    ...     pd.DataFrame({"question_position": ["last", "first"]}),
    ... )
    >>> over = bridge(asked, old="last", new="first", key="question_position")
    >>> over.frame[["part", "at", "estimate", "std_error"]].round(1).head(1)
            part   at  estimate  std_error
    0  NPS shift  all       9.2        3.3
    >>> months = nps.ScoreCounts(
    ...     [[5, 2, 3, 3, 4, 15, 12, 30, 50, 31, 45], [4, 1, 2, 2, 3, 11, 10, 26, 50, 35, 56]],
    ...     pd.DataFrame({"month": ["2025-02", "2025-03"]}),
    ... )
    >>> series = over(months, changed="2025-03")
    >>> series.frame[["month", "asked", "nps", "estimate", "lower", "upper"]].round(1)
         month asked   nps  estimate  lower  upper
    0  2025-02   old  16.0      25.2   13.6   36.7
    1  2025-03   new  29.0      28.8   18.5   38.7
    """
    level = checks.fraction("level", level)
    draws, seed = checks.count("draws", draws, least=100), checks.count("seed", seed)
    if draws % 4:
        raise InputError(f"`draws` must be a multiple of four, got {draws}. Write draws=4000.")
    checks.one_of("method", method, tuple(METHODS))
    counts, asked = _counts(experiment)
    arms = arms_of(counts, key, (old, new), strata, asked)
    prior = spread_prior(arms.weighted.sum(axis=0))
    # a generator an arm, by name: the way back has the same draws
    shares = {
        name: np.random.default_rng([seed, place]).dirichlet(
            arms.weighted[[old, new].index(name)] + prior, draws
        )
        for place, name in enumerate(sorted((old, new)))
    }
    cls = Equipercentile if method == "equipercentile" else Cumulative
    score_map: ScoreMap = cls.between(shares[old], shares[new])
    transfer = answering = None
    if strata is not None:
        transfer = transfer_of(arms, score_map, draws, [seed, 7])
        answering = answering_of(arms, draws, [seed, 8])
    rows, drawn = _rows(score_map, net(shares[new]) - net(shares[old]), transfer)
    tails = [(1 - level) / 2, (1 + level) / 2]
    lower, upper = np.quantile(drawn, tails, axis=0)
    frame = rows.assign(
        estimate=drawn.mean(axis=0),
        std_error=drawn.std(axis=0),
        lower=lower,
        upper=upper,
        level=level,
    )
    options: dict[str, Any] = {
        "old": old,
        "new": new,
        "key": key,
        "strata": strata,
        "method": method,
    }
    options |= {"level": level, "draws": draws}
    mean = (arms.weighted + prior) / (arms.weighted + prior).sum(axis=1, keepdims=True)
    scores = pd.RangeIndex(11)
    return Bridge(
        frame,
        tuple(_doubts(arms, transfer, frame, strata)),
        Provenance(METHODS[method], options, counts.fingerprint, seed),
        pd.DataFrame(
            transition(*mean),
            scores.rename(f"asked {old}"),
            scores.rename(f"asked {new}"),
        ),
        old,
        new,
        key,
        strata,
        ScoreCounts(arms.totals[0].astype(np.int64), scale=counts.scale),
        score_map,
        transfer,
        answering,
        drawn,
    )


def _counts(experiment: Any) -> tuple[ScoreCounts, InvitationCounts | None]:
    """Return the counts by score of whatever holds an experiment, and its invitations if told."""
    parts = getattr(experiment, "parts", None)
    if parts is not None:
        if "survey" not in parts:
            raise InputError(
                "The experiment's result has no part 'survey', so no scores by arm. Hand over "
                "its counts: npsstats.count(responses, by=[arm, ...])."
            )
        experiment = parts["survey"].counts
    asked = experiment if isinstance(experiment, InvitationCounts) else None
    if not isinstance(experiment, ScoreCounts):
        experiment = getattr(experiment, "scores", experiment)
    if experiment is None:
        raise InputError(
            "These invitations hold no scores. Count them with the answers: "
            "npsstats.count_invitations(invitations, by, responses=...)."
        )
    if not isinstance(experiment, ScoreCounts):
        raise InputError(
            f"`experiment` must be ScoreCounts, InvitationCounts or an ExperimentResult, got "
            f"{type(experiment).__name__}. Count rows with npsstats.count(responses, by=[arm])."
        )
    return experiment, asked


def _rows(
    score_map: ScoreMap, shift: Floats, transfer: Transfer | None
) -> tuple[pd.DataFrame, Floats]:
    """Return what each row of the frame is of, and its draws, (draws, rows)."""
    parts: list[tuple[str, str, str]] = [("NPS shift", "all", "points")]
    drawn = [shift[:, None]]
    if isinstance(score_map, Cumulative):
        parts += [("shift at a cut", str(cut), "log-odds") for cut in range(10)]
        drawn.append(score_map.shifts)
    elif isinstance(score_map, Equipercentile):
        parts += [("worth of a score", str(score), "points") for score in range(11)]
        drawn.append(score_map.values)
    if transfer is not None:
        parts.append(("sd between strata", "all", "points"))
        drawn.append(transfer.spread[:, None])
    return pd.DataFrame(parts, columns=["part", "at", "unit"]), np.hstack(drawn)


def _doubts(
    arms: Arms, transfer: Transfer | None, frame: pd.DataFrame, strata: str | None
) -> list[Said]:
    n = arms.totals.sum(axis=1)
    lines = list(arms.notes)
    if n.min() < _FEW:
        lines.append(
            said(
                "An arm has {n:,} answers: the map alone is unsure by ±{error:.1f} points (one "
                "sd), which more months do not mend.",
                n=int(n.min()),
                error=float(frame["std_error"].iloc[0]),
            )
        )
    if transfer is None:
        lines.append(
            said(
                "The map is taken to hold elsewhere as in the experiment. Name strata (store, "
                "region, month) to measure how far it differs, and add that to what is bridged."
            )
        )
    elif len(transfer.labels) < _FEW_STRATA:
        lines.append(
            said(
                "How far the map differs by {strata} comes from {n} strata, and so mostly from "
                "its prior (half-normal, {prior:g} points).",
                strata=strata,
                n=len(transfer.labels),
                prior=PRIOR_SD,
            )
        )
    lines.append(
        said(
            "The map is between the scores of those who answer: it holds who answers to either "
            "questionnaire as well as how they score."
        )
    )
    return lines
