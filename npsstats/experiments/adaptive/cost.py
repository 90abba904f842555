"""What allocating as answers come in costs and buys, against equal shares: by simulation."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.limits import normal_quantile
from npsstats.experiments.adaptive.allocation import least_share
from npsstats.experiments.adaptive.simulated import by_arm, by_batch, measures
from npsstats.experiments.adaptive.trial import Plan, run
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.adaptive.trial import Trials

    Floats = NDArray[np.float64]

__all__ = ["AdaptiveCost", "adaptive_cost"]

_METHOD = "simulation of top-two Thompson sampling against equal shares, on common random numbers"
_LEVEL = 0.95  # of the Monte Carlo intervals
_FORMATS = {"share": "{:.2%}", "answers": "{:,.1f}", "invitations": "{:,.0f}"}
_NOTABLE = 3.0  # Monte Carlo errors


@dataclass(frozen=True, repr=False)
class AdaptiveCost(Result):
    """A row a measure and design: "adaptive", "equal", and their "difference" (paired).

    `frame` has measure, design, unit, estimate, std_error, lower, upper and level; the errors are
    those of the simulation.

    Attributes
    ----------
    arms
        A row a design and arm: rate (true, mean of the batches), share (of all invitations), bias
        and bias_error of the plain share of answers at the end, and how often a plain 95 % interval
        (Wilson) holds the true rate at the end (covers) and at every batch so far
        (covers_always). In shares.
    course
        A row a design and batch: invitations so far, right (share of experiments in which the
        right arm leads) and p_best (mean probability of the leading arm).
    """

    arms: pd.DataFrame
    course: pd.DataFrame

    title: ClassVar[str] = "Adaptive allocation against equal shares, simulated"

    def value(self, measure: str, design: str = "adaptive") -> float:
        """Return one estimate of the frame."""
        checks.one_of("measure", measure, list(dict.fromkeys(self.frame["measure"])))
        checks.one_of("design", design, list(dict.fromkeys(self.frame["design"])))
        return float(_row(self.frame, measure, design)["estimate"])

    @override
    def headline(self) -> str:
        right = [self.value("right arm chosen", design) for design in ("adaptive", "equal")]
        lost = [self.value("answers lost", design) for design in ("adaptive", "equal")]
        return (
            f"The right arm is chosen in {right[0]:.1%} of adaptive experiments and {right[1]:.1%} "
            f"of those with equal shares; they lose {lost[0]:,.0f} and {lost[1]:,.0f} answers "
            "against the best arm from the start."
        )

    @override
    def shown(self) -> pd.DataFrame:
        rows = []
        for measure, part in self.frame.groupby("measure", sort=False):
            row = {"measure": measure, "unit": part["unit"].iloc[0]}
            say = _FORMATS[str(row["unit"])]
            for one in part.itertuples():
                half = normal_quantile(_LEVEL) * float(str(one.std_error))
                row[str(one.design)] = f"{say.format(one.estimate)} ± {say.format(half)}"
            rows.append(row)
        return pd.DataFrame(rows)


def adaptive_cost(
    rates: Mapping[str, float] | Sequence[float],
    *,
    per_batch: int,
    batches: int,
    replications: int = 1000,
    leader: float = 0.5,
    minimum: float = 0.0,
    drift: float = 0.0,
    sure: float = 0.95,
    seed: int = 0,
) -> AdaptiveCost:
    """Simulate experiments that allocate by `allocate` after each batch, and with equal shares.

    Parameters
    ----------
    rates
        True share who answer, by arm.
    per_batch, batches
        Invitations in a batch, all arms together, and how many batches. The first batch is dealt
        out equally in both designs.
    replications
        Experiments of each design; both see the same chances.
    leader, minimum
        As in `allocate`.
    drift
        Change of every arm's rate from the first to the last batch, in shares, batch by batch in
        equal steps: 0.02 says that everybody answers 2 points more often in the end. The
        differences between arms stay.
    sure
        P(best) at which one might stop.
    seed
        Of the simulation.

    Returns
    -------
    AdaptiveCost
        Measures: "right arm chosen" (share; the arm most probably best at the end), "shortfall of
        the arm chosen" (share of answers that the best arm has more), "answers lost" (expected,
        against the best arm from the start), "sure of an arm" (share of experiments in which
        P(best) reaches `sure`), "sure of a wrong arm" (share, at the first such batch), and
        "invitations until sure" (mean; an experiment that is never sure counts all of its own).

    Raises
    ------
    InputError
        If there are fewer than two arms, a rate is not between 0 and 1 (with the drift too), or a
        batch has fewer invitations than there are arms.

    References
    ----------
    Russo, D. (2020). Simple Bayesian algorithms for best-arm identification. Operations Research
    68(6), 1625–1647.
    Nie, X., Tian, X., Taylor, J. & Zou, J. (2018). Why adaptively collected data have negative
    bias and how to correct for it. AISTATS, PMLR 84, 1248–1256.

    Examples
    --------
    >>> rates = {"1 h": 0.10, "1 day": 0.14, "3 days": 0.12, "7 days": 0.08}
    >>> cost = adaptive_cost(rates, per_batch=400, batches=8, replications=200)
    >>> cost.frame.iloc[:3][["measure", "design", "estimate", "std_error"]].round(3)
                measure      design  estimate  std_error
    0  right arm chosen    adaptive     0.915      0.020
    1  right arm chosen       equal     0.885      0.023
    2  right arm chosen  difference     0.030      0.012
    """
    named = _named(rates)
    checks.count("batches", batches, least=1)
    checks.count("replications", replications, least=2)
    leader, sure = checks.fraction("leader", leader), checks.fraction("sure", sure)
    minimum = least_share(minimum, len(named))
    if checks.count("per_batch", per_batch, least=1) < len(named):
        raise InputError(
            f"`per_batch` must be at least the number of arms, {len(named)}, got {per_batch}. Send "
            "larger batches, or try fewer arms."
        )
    course = _course(named, batches, checks.number("drift", drift, low=-1.0, high=1.0))
    rng = np.random.default_rng(checks.count("seed", seed))
    chances = rng.random((replications, batches, len(named)))
    trials = {
        "adaptive": run(Plan(course, per_batch, leader, minimum), chances),
        "equal": run(Plan(course, per_batch, None, 0.0), chances),
    }
    frame = _frame(trials, course, sure)
    arms = pd.concat([by_arm(trials[name], course, list(named), name) for name in trials])
    options = {
        "rates": named,
        "per_batch": per_batch,
        "batches": batches,
        "replications": replications,
        "leader": leader,
        "minimum": minimum,
        "drift": drift,
        "sure": sure,
    }
    fingerprint = sha256(repr(sorted(options.items())).encode()).hexdigest()[:16]
    return AdaptiveCost(
        frame,
        tuple(_doubts(frame, arms, course, per_batch, sure)),
        Provenance(_METHOD, options, fingerprint, seed),
        arms.reset_index(drop=True),
        pd.concat([by_batch(trials[name], course, name) for name in trials], ignore_index=True),
    )


def _named(rates: Mapping[str, float] | Sequence[float]) -> dict[str, float]:
    from collections.abc import Mapping

    pairs = rates.items() if isinstance(rates, Mapping) else enumerate(rates, 1)
    named = {str(arm): checks.fraction(f"rates[{arm!r}]", rate) for arm, rate in pairs}
    if len(named) < 2:
        raise InputError(f"`rates` must have at least two arms, got {len(named)}.")
    return named


def _course(named: Mapping[str, float], batches: int, drift: float) -> Floats:
    """Return the true rates, shape (batches, arms)."""
    steps = np.linspace(0.0, drift, batches) if batches > 1 else np.zeros(1)
    course = np.array(list(named.values())) + steps[:, None]
    if not (course.min() > 0 and course.max() < 1):
        raise InputError(
            f"`drift` of {drift:g} takes a rate to "
            f"{course.min() if drift < 0 else course.max():.3g}, which is not between 0 and 1. "
            "State a smaller one."
        )
    return np.asarray(course)


def _frame(trials: Mapping[str, Trials], course: Floats, sure: float) -> pd.DataFrame:
    values = {name: measures(found, course, sure) for name, found in trials.items()}
    rows = []
    for name, (unit, adaptive) in values["adaptive"].items():
        equal = values["equal"][name][1]
        designs = {"adaptive": adaptive, "equal": equal, "difference": adaptive - equal}
        for design, each in designs.items():
            mean, error = float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each)))
            half = normal_quantile(_LEVEL) * error
            rows.append((name, design, unit, mean, error, mean - half, mean + half, _LEVEL))
    names = ["measure", "design", "unit", "estimate", "std_error", "lower", "upper", "level"]
    return pd.DataFrame(rows, columns=names)


def _row(frame: pd.DataFrame, measure: str, design: str) -> pd.Series:
    return frame[(frame["measure"] == measure) & (frame["design"] == design)].iloc[0]


def _doubts(
    frame: pd.DataFrame, arms: pd.DataFrame, course: Floats, per_batch: int, sure: float
) -> list[Said]:
    doubts = []
    gain = _row(frame, "right arm chosen", "difference")
    if abs(gain["estimate"]) <= normal_quantile(_LEVEL) * gain["std_error"]:
        doubts.append(
            said(
                "These replications do not tell which design chooses better ({gain:+.1f} points, "
                "error {error:.1f}).",
                gain=100 * gain["estimate"],
                error=100 * gain["std_error"],
            )
        )
    wrong = _row(frame, "sure of a wrong arm", "adaptive")
    if wrong["estimate"] > 1 - sure + normal_quantile(_LEVEL) * wrong["std_error"]:
        doubts.append(
            said(
                "Who stops at P(best) ≥ {sure:g} stops at a wrong arm in {wrong:.1%} of "
                "experiments: looking after each batch, and close arms, make the probability less "
                "than it says.",
                sure=sure,
                wrong=wrong["estimate"],
            )
        )
    adaptive = arms[arms["design"] == "adaptive"]
    worst = adaptive.iloc[int(adaptive["bias"].abs().argmax())]
    if abs(worst["bias"]) > _NOTABLE * worst["bias_error"]:
        doubts.append(
            said(
                "The plain share of answers of arm {arm!r} is off by {bias:+.2f} points on "
                "average: which arms went on followed their own luck, and the rates drifted.",
                arm=worst["arm"],
                bias=100 * worst["bias"],
            )
            if np.ptp(course[:, 0])
            else said(
                "The plain share of answers of arm {arm!r} is off by {bias:+.2f} points on "
                "average: which arms went on followed their own luck.",
                arm=worst["arm"],
                bias=100 * worst["bias"],
            )
        )
    if np.ptp(course[:, 0]):
        doubts.append(
            said(
                "With this drift, arms that got more invitations late look better or worse than "
                "they are: keep a minimum share, and compare within batches."
            )
        )
    if per_batch * course.min() / course.shape[1] < 1:
        doubts.append(said("With equal shares some arm expects less than one answer a batch."))
    return doubts
