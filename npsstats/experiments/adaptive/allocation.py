"""The next batch of invitations: more for the arms that may be best, some for every arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.adaptive.drift import drift_p_value
from npsstats.experiments.adaptive.objectives import OBJECTIVES, standing
from npsstats.experiments.adaptive.top_two import dealt, top_two
from npsstats.experiments.effects import readable
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from npsstats.aggregates.invitations import InvitationCounts

__all__ = ["Allocation", "allocate", "least_share"]

_METHOD = "top-two Thompson sampling by its probabilities (Russo 2020)"
_SURE = 0.95
_FEW_ANSWERS = 20
_MOVED = 0.01


@dataclass(frozen=True, repr=False)
class Allocation(Result):
    """A row an arm: how it stands, and its share of the next batch.

    `frame` has arm, n (invited so far), answered, unit, estimate, std_error, lower, upper, level,
    p_best, expected_loss (in the unit) and share (of the next batch; they sum to 1).
    """

    title: ClassVar[str] = "The next batch of invitations, by arm"

    @override
    def headline(self) -> str:
        best = self.frame.iloc[int(self.frame["p_best"].argmax())]
        most = self.frame.iloc[int(self.frame["share"].argmax())]
        return (
            f"{best['arm']} is best with probability {_probable(best['p_best'])}; "
            f"{most['arm']} gets {most['share']:.0%} of the next batch."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ["arm", "n", "answered", "unit", "estimate", "lower", "upper", "p_best"]
        shown = readable(self.frame.assign(std_error=np.nan))[names]
        return shown.assign(share=[f"{100 * share:.1f} %" for share in self.frame["share"]])

    def split(self, invitations: int) -> pd.Series:
        """Return how many of the next invitations each arm gets, by largest remainder.

        Parameters
        ----------
        invitations
            In the next batch, all arms together.
        """
        checks.count("invitations", invitations, least=1)
        numbers = dealt(self.frame["share"].to_numpy(), invitations)
        return pd.Series(numbers, index=pd.Index(self.frame["arm"], name="arm"), name="invitations")


def allocate(
    counts: InvitationCounts,
    *,
    of: str = "response",
    leader: float = 0.5,
    minimum: float = 0.0,
    level: float = 0.95,
    seed: int = 0,
) -> Allocation:
    """Return the share of the next batch that each arm gets, by top-two Thompson sampling.

    Parameters
    ----------
    counts
        What came of all invitations so far, with the key `arm`; other keys are added up. Only
        invitations that have had as long to be answered as the slowest arm needs: a batch counted
        too early makes late arms look bad. An arm not yet tried belongs in it, with 0 invited.
        With the key `batch`, it is said when the response seems to have moved between batches.
    of
        What is sought: "response" (share who answer), "nps" (of those who answer), or "precision"
        (the smallest margin of the NPS that 1,000 invitations buy).
    leader
        β, the part of the batch that goes by the probability of being best; the rest goes to the
        arms that may yet beat the leader.
    minimum
        Share that every arm gets before the rest is dealt out. Above 0, every batch compares all
        arms, and a drift of the response can be seen and taken out afterwards.
    level
        Of the credible intervals, and of the margin that precision is measured by.
    seed
        Of the draws; "response" is by quadrature and has none.

    Returns
    -------
    Allocation
        A row an arm; `.split(n)` deals out n invitations.

    Raises
    ------
    InputError
        If there is no key `arm`, there are fewer than two arms, the minimum shares come to more
        than 1, or scores are needed and not there.

    References
    ----------
    Russo, D. (2020). Simple Bayesian algorithms for best-arm identification. Operations Research
    68(6), 1625–1647.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.invitations import InvitationCounts
    >>> counts = InvitationCounts(
    ...     pd.DataFrame({"arm": ["1 h", "1 day", "3 days", "7 days"]}),
    ...     np.array([500, 500, 500, 500]),
    ...     np.array([60, 82, 74, 40]),
    ... )
    >>> result = allocate(counts, minimum=0.05)
    >>> result.frame[["arm", "estimate", "p_best", "share"]].round(3)
          arm  estimate  p_best  share
    0    1 h     0.121   0.011  0.068
    1  1 day     0.165   0.750  0.448
    2 3 days     0.149   0.239  0.434
    3 7 days     0.081   0.000  0.050
    >>> result.split(1000).to_list()
    [68, 448, 434, 50]
    """
    checks.one_of("of", of, OBJECTIVES)
    leader, level = checks.fraction("leader", leader), checks.fraction("level", level)
    checks.count("seed", seed)
    if "arm" not in counts.keys:
        raise InputError(
            f"`counts` must have the key 'arm', got {', '.join(map(repr, counts.keys))}. Count the "
            'invitations by it: count_invitations(data, "arm").'
        )
    arms = counts.by("arm")
    if len(arms) < 2:
        raise InputError("`counts` has one arm only. To allocate takes two; add those untried.")
    minimum = least_share(minimum, len(arms))
    found = standing(arms, of, level, seed)
    frame = pd.DataFrame(
        {
            "arm": found.frame["option"],
            "n": arms.invited,
            "answered": arms.answered,
            **{
                name: found.frame[name]
                for name in ("unit", "estimate", "std_error", "lower", "upper", "level", "p_best")
            },
            "expected_loss": found.frame["expected_loss"],
            "share": top_two(found.log_p, leader, minimum),
        }
    )
    options = {"of": of, "leader": leader, "minimum": minimum, "level": level}
    drawn = None if of == "response" else seed
    provenance = Provenance(_METHOD, options, counts.fingerprint, drawn)
    return Allocation(frame, tuple(_doubts(frame, counts, minimum)), provenance)


def least_share(minimum: float, arms: int) -> float:
    """Return the minimum share if all arms can have it."""
    if checks.number("minimum", minimum, low=0.0, high=1.0) * arms > 1 + 1e-12:
        raise InputError(
            f"`minimum` of {minimum:g} for each of {arms} arms comes to {minimum * arms:g}, more "
            f"than the whole batch. Ask for {1 / arms:.3g} at most."
        )
    return float(minimum)


def _doubts(frame: pd.DataFrame, counts: InvitationCounts, minimum: float) -> list[Said]:
    doubts: list[Said] = []
    moved = False
    if "batch" in counts.keys:
        p_value = drift_p_value(counts)
        moved = p_value < _MOVED
        if moved:
            doubts.append(
                said(
                    "The response moved between batches (p {p:.2g}), and arms were tried at "
                    "different times: how they stand is part when they were sent. Compare arms "
                    "within batches before giving one up.",
                    p=max(p_value, 1e-300),
                )
            )
    few = frame[frame["answered"] < _FEW_ANSWERS]["arm"].to_list()
    if few:
        doubts.append(
            said(
                "Fewer than {least} answers in {arms}: there the prior still speaks.",
                least=_FEW_ANSWERS,
                arms=[said("{arm!r}", arm=arm) for arm in few],
            )
        )
    best = frame.iloc[int(frame["p_best"].argmax())]
    if best["p_best"] >= _SURE and not moved:
        doubts.append(
            said(
                "{arm!r} is best with probability {p}: another batch buys little more than a "
                "sharper number.",
                arm=best["arm"],
                p=_probable(best["p_best"]),
            )
        )
    if not minimum:
        doubts.append(
            said(
                "With no minimum share an arm given up is not looked at again, and a drift of the "
                "response over time cannot be told from the arms."
            )
        )
    return doubts


def _probable(p: float) -> Said:
    return said(">0.999") if p > 0.9995 else said("{p:.3f}", p=p)
