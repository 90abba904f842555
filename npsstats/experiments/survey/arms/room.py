"""What each arm of a survey experiment brings, and how far it speaks for all who were asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.estimation.draws import tree
from npsstats.experiments.effects import Effects
from npsstats.experiments.survey.arms.posterior import draw_arms
from npsstats.experiments.survey.arms.rows import difference_rows, level_rows
from npsstats.experiments.survey.arms.strata import ArmStrata, arm_strata
from npsstats.experiments.survey.arms.words import doubts_of
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.invitations import InvitationCounts
    from npsstats.experiments.survey.arms.posterior import ArmDraws

    Floats = NDArray[np.float64]

__all__ = ["SurveyArms", "survey_arms"]

_METHOD = "arms of a survey, weighted to all who were asked by post-stratification"
_DRAWS = 4000


@dataclass(frozen=True, repr=False)
class SurveyArms(Result):
    """What each arm brings, a row an arm and quantity.

    Attributes
    ----------
    effects
        Differences from the control in NPS weighted to all who were asked, and in what selection
        through known things makes of it, in points: with the columns of `Effect`.
    arms
        The arms, the control first.
    counts
        The invitations by arm and whatever else they were counted by.
    known
        Keys by which answers were weighted to all who were asked.
    drawn
        Joint draws by arm (see `ArmDraws`).
    strata
        Counts by arm and stratum, as they were weighted.
    """

    title: ClassVar[str] = "What each arm brings"

    effects: Effects
    arms: tuple[str, ...]
    counts: InvitationCounts
    known: tuple[str, ...]
    drawn: ArmDraws
    strata: ArmStrata

    @cached_property
    @override
    def draws(self) -> DataTree:
        return tree(self.drawn._asdict(), pd.DataFrame({"arm": self.arms}), ["arm"])

    def of(self, quantity: str) -> pd.DataFrame:
        """Return the rows of one quantity, an arm each, in the order of `arms`."""
        return self.frame[self.frame["quantity"] == quantity].set_index("arm").loc[[*self.arms]]

    @override
    def headline(self) -> str:
        lines = []
        response, nps = self.of("response"), self.of("NPS of those who answer")
        for arm in self.arms:
            one, two = response.loc[arm], nps.loc[arm]
            lines.append(
                f"{arm}: {100 * one.estimate:.1f} % answer, NPS {two.estimate:+.1f} "
                f"({100 * two.level:g}% interval {two.lower:+.1f} to {two.upper:+.1f})."
            )
        return "\n".join(lines)

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.copy()
        for name in ("estimate", "std_error", "lower", "upper"):
            scale = np.where(shown["unit"] == "share", 100, 1)
            shown[name] = scale * shown[name]
        return shown.assign(unit=shown["unit"].replace({"share": "%"}))


def survey_arms(
    counts: InvitationCounts,
    *,
    control: str,
    known: Sequence[str] = (),
    completed: Mapping[str, int] | None = None,
    designs: Mapping[str, tuple[float, float]] | None = None,
    outcome: str = "score",
    level: float = 0.95,
    draws: int = _DRAWS,
    seed: int = 0,
) -> SurveyArms:
    """Return response, NPS, and what of it is selection, by arm of a survey experiment.

    Parameters
    ----------
    counts
        `InvitationCounts` with the key `arm`, with scores; and with the keys `known`.
    control
        The arm that the others are held against.
    known
        What is known of all who were asked, answered or not (journey, channel, an incident):
        every arm's answers are weighted to the mix of all who were asked.
    completed
        Arm → questionnaires filled in to their end, of the same invitations.
    designs
        Arm → design effects of the response and of the scores, where whole clusters were assigned.
    outcome
        What the score is called.
    level
        Of the intervals, between 0 and 1.
    draws, seed
        Of the posterior.

    Returns
    -------
    SurveyArms
        `frame`: arm, quantity, unit ("share", "points"), estimate, std_error, lower, upper, level,
        n (units it rests on). Quantities: "response"; "completion", of all asked; "NPS of those
        who answer"; "NPS weighted to all asked"; "selection through what is known", the first
        less the second; "NPS of all asked, worst case", bounds without an estimate; "margin of
        NPS per 1,000 asked". Posterior means and equal-tailed intervals, but for the bounds.

    Raises
    ------
    InputError
        If a key or an arm is not there, or an arm has no answers.

    References
    ----------
    Methods beside their code: `posterior`, `weighted`; bounds: Horowitz & Manski (2000), see
    `npsstats.experiments.selection`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"arm": ["first", "first", "last", "last"], "journey": ["a", "b"] * 2})
    >>> scores = np.zeros((4, 11), int)
    >>> scores[:, [4, 8, 10]] = [[40, 40, 120], [60, 20, 20], [30, 30, 60], [30, 10, 10]]
    >>> asked = nps.InvitationCounts(
    ...     cells, np.full(4, 500), scores.sum(axis=1), nps.ScoreCounts(scores, cells)
    ... )
    >>> arms = survey_arms(asked, control="last", known=["journey"])
    >>> arms.of("NPS of those who answer")["estimate"].round(0).tolist()
    [6.0, 13.0]
    >>> arms.of("NPS weighted to all asked")["estimate"].round(0).tolist()
    [-7.0, 0.0]
    """
    level = checks.fraction("level", level)
    draws = checks.count("draws", draws, least=100)
    checks.count("seed", seed)
    known = tuple(known)
    strata = arm_strata(counts, control, known)
    heads = {
        arm: int(asked) for arm, asked in zip(strata.arms, strata.invited.sum(axis=1), strict=True)
    }
    for arm, n in (completed or {}).items():
        if not 0 <= n <= heads.get(arm, 0):
            raise InputError(
                f"`completed`: {n:,} questionnaires of arm {arm!r}, to which {heads.get(arm, 0):,} "
                "were sent. Count those of the same invitations."
            )
    effective = None
    if designs is not None:
        pairs = np.array([designs[arm] for arm in strata.arms], dtype=float)
        effective = (pairs[:, 0], pairs[:, 1])
    drawn = draw_arms(strata, draws=draws, seed=seed, level=level, designs=effective)
    options = {"control": control, "known": list(known), "level": level, "draws": draws}
    made = Provenance(_METHOD, options, counts.fingerprint, seed)
    effects = Effects.of(difference_rows(outcome, strata, drawn, effective, level), (), made)
    return SurveyArms(
        pd.DataFrame(level_rows(strata, drawn, completed, level)),
        doubts_of(strata, drawn, known),
        made,
        effects,
        strata.arms,
        counts,
        known,
        drawn,
        strata,
    )
