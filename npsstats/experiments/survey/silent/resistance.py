"""The NPS of all who were asked, from a reminder that was drawn by lot.

Who answers may depend on the very score that is not seen of the others. A randomized reminder
makes some answer who would not have: how their scores differ from those who came by themselves
says what the rest would have scored, if answering follows the score given and the reminder moves
its log-odds by the same amount whatever the score. On the networks of `nps.simulate`, where
answering follows what was lived, it overshoots by 8 to 12 points on average after a strong
reminder, and tells next to nothing after a weak one (docs/tables/nonresponse.md): a tool of its
own, in no study.

References
----------
Alho, J. M. (1990). Adjusting for nonresponse bias using logistic regression. Biometrika 77(3),
617–624.
Guan, Z., Leung, D. H. Y. & Qin, J. (2018). Semiparametric maximum likelihood inference for
nonignorable nonresponse with callbacks. Scandinavian Journal of Statistics 45(4), 962–984.
Miao, W., Li, X., Zhang, P. & Sun, B. (2025). A stableness of resistance model for nonresponse
adjustment with callback data. Journal of the Royal Statistical Society, Series B.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.contrasts import treatments
from npsstats.experiments.survey.flags import flags
from npsstats.experiments.survey.silent.resistance_fit import SHAPES, Survey
from npsstats.experiments.survey.silent.resistance_rows import RESISTANCE_COLUMNS, Tables, rows
from npsstats.experiments.survey.silent.resistance_words import doubts, told
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xarray import DataTree

    from npsstats.aggregates.invitations import InvitationCounts

    Floats = NDArray[np.float64]

__all__ = ["Resistance", "resistance"]

_CHAINS = 4


@dataclass(frozen=True, repr=False)
class Resistance(Result):
    """NPS of those who answered, of all who were asked, and the gap between them, in points.

    Attributes
    ----------
    drawn
        Quantity → posterior draws by arm, (draws, arms): "nps" of all asked and "gap", points.
    arms
        Their names.
    p_model
        P-value of the model against shares of every cell's own: small where the reminder moves
        scores unevenly, or answering is no smooth function of the score.
    unbounded
        Arms whose likelihood stays flat to where a score answers always or never.
    """

    drawn: dict[str, Floats] = field(repr=False)
    arms: tuple[str, ...]
    p_model: float
    unbounded: tuple[str, ...]

    title: ClassVar[str] = "NPS of all who were asked, by a randomized reminder"

    def row(self, arm: str, quantity: str, method: str | None = None) -> pd.Series:
        """Return the first row of that arm and quantity (and method)."""
        mask = (self.frame["arm"] == arm) & (self.frame["quantity"] == quantity)
        if method is not None:
            mask &= self.frame["method"] == method
        return self.frame[mask].iloc[0]

    @override
    def headline(self) -> str:
        return " ".join(told(self.row(arm, "selection gap")) for arm in self.arms)

    @override
    def shown(self) -> pd.DataFrame:
        kept = ["arm", "against", "quantity", "method", "estimate", "lower", "upper", "p_value"]
        return self.frame[kept]

    @cached_property
    @override
    def draws(self) -> DataTree:
        """Posterior draws by arm, dealt to four chains."""
        import xarray as xr

        parts = {
            name: (("chain", "draw", "arm"), values.reshape(_CHAINS, -1, len(self.arms)))
            for name, values in self.drawn.items()
        }
        size = len(self.drawn["nps"]) // _CHAINS
        coords = {"chain": range(_CHAINS), "draw": range(size), "arm": list(self.arms)}
        posterior = xr.Dataset(parts, coords=coords)
        posterior.attrs["inference_library"] = "npsstats"
        return xr.DataTree.from_dict({"posterior": posterior})


def resistance(
    counts: InvitationCounts,
    *,
    control: str | None = None,
    treatment: str | None = None,
    shape: Literal["linear", "quadratic", "category"] = "linear",
    shared: bool = True,
    reminder: str = "reminder",
    level: float = 0.95,
    seed: int = 0,
) -> Resistance:
    """Return the NPS that all who were asked would have given, if answering follows the score.

    It does not on the networks of `nps.simulate`, where answering follows what was lived: there
    the correction overshoots by 8 to 12 points on average after a strong reminder, with limits
    that held the truth in half of the readings; after a weak one it is 4 to 6 points too high,
    with limits 54 to 60 points apart (docs/tables/nonresponse.md).

    Parameters
    ----------
    counts
        Invitations with scores and the keys `arm` and `reminder`: whether a reminder was *drawn*
        for this invitation, also where it was answered before one left. Other keys are added up.
    control
        The arm that the others are held against; None compares nothing.
    treatment
        One arm to compare with the control; without it each.
    shape
        How the log-odds of answering depend on the score: "linear", "quadratic", or by
        "category" (detractor, passive, promoter).
    shared
        Whether arms share that dependence and the reminder's effect. They still have their own
        distribution of scores and readiness to answer.
    reminder
        The key that says whether a reminder was drawn.
    level
        Of the intervals, between 0 and 1.
    seed
        Of the posterior's draws.

    Returns
    -------
    Resistance
        `frame`, points: by arm "NPS of those who answered" (score interval), "NPS of all asked"
        (profile likelihood; posterior; worst case, which assumes nothing) and "selection gap"
        (answered − asked), whose p-value is of no dependence on the score. "reminder" and "score
        10 against 0" are log-odds of answering. With the control's name in `against`: "NPS
        difference" of those who answered, and of all asked. The standard error of a profile row
        is the usual one; where it is large do not use it, only the limits. The posterior has the
        prior N(0, 2²) on the log-odds by score, one person's on the distribution, and none else.

    Raises
    ------
    InputError
        If a key, scores or an arm are not there, a label is neither yes nor no, or nobody was
        asked, or answered, with and without a reminder.

    Examples
    --------
    Of 4,000 asked either way, the reminder brings many who score lower.

    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"arm": ["new", "new"], "reminder": [False, True]})
    >>> scores = nps.ScoreCounts(
    ...     [
    ...         [17, 9, 11, 16, 22, 74, 66, 181, 390, 240, 456],
    ...         [48, 22, 27, 39, 48, 156, 137, 354, 700, 408, 712],
    ...     ],
    ...     cells,
    ... )
    >>> counts = nps.InvitationCounts(cells, scores.n * 0 + 4000, scores.n, scores)
    >>> found = resistance(counts)
    >>> found.frame[["quantity", "estimate", "lower", "upper"]].round(1).iloc[[0, 1, 4]]
                        quantity  estimate  lower  upper
    0  NPS of those who answered      27.2   25.0   29.4
    1           NPS of all asked      12.0    3.0   20.6
    4              selection gap      15.2    7.0   24.0
    """
    level = checks.fraction("level", level)
    checks.one_of("shape", shape, list(SHAPES))
    seed = checks.count("seed", seed)
    names, survey = _survey(counts, reminder)
    if control is None and treatment is not None:
        raise InputError(f"`treatment` is {treatment!r} without a `control`. Name both.")
    others = treatments(names, control, treatment) if control is not None else []
    if control is not None:
        kept = [place for place, name in enumerate(names) if name in (control, *others)]
        names = [names[place] for place in kept]
        survey = Survey(survey.answers[kept], survey.asked[kept])
    made = Tables.of(survey, SHAPES[shape], level, seed, shared=shared)
    options = {
        "control": control,
        "treatment": treatment,
        "shape": shape,
        "shared": shared,
        "reminder": reminder,
        "level": level,
    }
    frame = pd.DataFrame(
        rows(made, names, control, others, level), columns=list(RESISTANCE_COLUMNS)
    )
    return Resistance(
        frame,
        doubts(made, names, frame, level),
        Provenance("stableness of resistance (Alho 1990)", options, counts.fingerprint, seed),
        {"nps": made.drawn[0], "gap": made.drawn[1]},
        tuple(names),
        made.p_model,
        tuple(name for name, flat in zip(names, made.unbounded, strict=True) if flat),
    )


def _survey(counts: InvitationCounts, reminder: str) -> tuple[list[str], Survey]:
    if counts.scores is None:
        raise InputError(
            "The invitations have no scores. Count them with `responses=` the answers."
        )
    if "arm" not in counts.keys:
        raise InputError(
            f"The counts have the keys {', '.join(map(repr, counts.keys))} and none named 'arm'. "
            "Count by arm, or give all invitations one."
        )
    drawn = flags(counts.cells, reminder)
    if np.isnan(drawn).any():
        missed = int(counts.invited[np.isnan(drawn)].sum())
        raise InputError(
            f"{missed:,} invitations do not say whether a reminder was drawn for them. Fill in "
            f"`{reminder}`, or leave out all that were sent while none was drawn."
        )
    labels = counts.cells["arm"].astype(str)
    names = list(labels.drop_duplicates())
    place = labels.map({name: place for place, name in enumerate(names)}).to_numpy()
    answers, asked = np.zeros((len(names), 2, 11)), np.zeros((len(names), 2))
    np.add.at(answers, (place, drawn.astype(int)), counts.scores.counts)
    np.add.at(asked, (place, drawn.astype(int)), counts.invited)
    for name, came, all_ in zip(names, answers.sum(axis=2), asked, strict=True):
        for flag, some, total in zip(("without", "with"), came, all_, strict=True):
            if not some:
                raise InputError(
                    f"Arm {name!r} has no answer among {total:,.0f} invitations {flag} a reminder. "
                    "Both are needed in every arm: wait, or leave the arm out."
                )
            if some == total:
                raise InputError(
                    f"All {total:,.0f} invitations of arm {name!r} {flag} a reminder were "
                    "answered: nobody was silent, and there is nothing to correct. Count "
                    "invitations, not answers."
                )
    return names, Survey(answers, asked)
