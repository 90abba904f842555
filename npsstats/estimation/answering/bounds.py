"""What NPS can be when those who did not answer may think anything: worst-case bounds.

With a share r answering, NPS of all invited lies between r·NPS − (1 − r) and r·NPS + (1 − r)
whatever the others think, and nothing in the answers can narrow that. The bounds are themselves
estimated, if the invited are themselves a sample of all who might have been: the confidence
interval of Imbens & Manski covers the NPS of that population, not the whole set of its possible
values. (Of the very people who were invited, the bounds need no limits.) Its standard errors and
centres are those of the adjusted Wald interval, which do not vanish where all answers agree.

References
----------
Manski, C. F. (1990). Nonparametric bounds on treatment effects. AER 80(2), 319–323.
Imbens, G. W. & Manski, C. F. (2004). Confidence intervals for partially identified parameters.
Econometrica 72(6), 1845–1857.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import numpy as np
import pandas as pd
from scipy import special
from scipy.optimize import brentq

from npsstats import checks
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.checks import InputError
from npsstats.estimation.limits import ADDED
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.answering.weighted import WeightedNps

    Floats = NDArray[np.float64]

__all__ = ["NonresponseBounds", "nonresponse_bounds"]


@dataclass(frozen=True, repr=False)
class NonresponseBounds(Result):
    """Least and greatest NPS of all invited, in points (−100…100), a row a cell."""

    title: ClassVar[str] = "What NPS can be among all who were asked"

    @override
    def headline(self) -> str:
        if len(self.frame) != 1:
            return f"{len(self.frame)} cells, bounds of NPS in points"
        row = self.frame.iloc[0]
        text = (
            f"{100 * row.rate:.1f} % answered, NPS {row.nps:+.1f}; among all invited it is between "
            f"{row.bound_lower:+.1f} and {row.bound_upper:+.1f}"
        )
        if "adjusted" in self.frame:
            text += f", and {row.adjusted:+.1f} if the weights tell all"
        return text + "."

    @override
    def shown(self) -> pd.DataFrame:
        return self.frame.assign(rate=self.frame["rate"].map("{:.3f}".format))


def nonresponse_bounds(
    invitations: InvitationCounts,
    *,
    adjusted: WeightedNps | None = None,
    silent: tuple[float, float] = (-100.0, 100.0),
    level: float = 0.95,
) -> NonresponseBounds:
    """Return bounds of NPS among all who were invited.

    Parameters
    ----------
    invitations
        `npsstats.count_invitations(..., responses=...)`, by the cells wanted (`.by(...)`).
    adjusted
        Weighted NPS of the same cells, to be shown beside the bounds.
    silent
        Least and greatest NPS that those who did not answer can have, in points. The default
        assumes nothing; (-50, 50), say, assumes something and gives narrower bounds.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    NonresponseBounds
        `frame`: the cell's labels, invited, n (answers), rate (0 to 1), nps (of the answers),
        bound_lower, bound_upper, lower, upper (confidence limits of the NPS of a population that
        the invited are a random sample of; the bounds hold for the invited themselves), level, and
        adjusted, adjusted_lower, adjusted_upper where asked for. Points.

    Raises
    ------
    InputError
        If scores were not counted, a cell has no invitations, or `adjusted` has other cells.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"channel": ["email"]})
    >>> scores = nps.ScoreCounts([[20] + [0] * 6 + [30, 0, 50, 0]], cells)
    >>> invited = nps.InvitationCounts(cells, np.array([400]), scores.n, scores)
    >>> frame = nps.nonresponse_bounds(invited).frame
    >>> frame[["nps", "bound_lower", "bound_upper", "lower", "upper"]].round(1)
        nps  bound_lower  bound_upper  lower  upper
    0  30.0        -67.5         82.5  -72.6   86.0
    """
    level = checks.fraction("level", level)
    low, high = (checks.number("silent", value, low=-100, high=100) / 100 for value in silent)
    if low > high:
        raise InputError(f"`silent` must be (least, greatest), got {silent!r}.")
    if not isinstance(invitations, InvitationCounts) or invitations.scores is None:
        raise InputError(
            "Bounds need the scores of those who answered: "
            "npsstats.count_invitations(invitations, by, responses=answers)."
        )
    invited = invitations.invited.astype(float)
    if (invited == 0).any():
        raise InputError("A cell has no invitations, so nothing bounds its NPS. Leave it out.")
    categories = invitations.scores.categories.astype(float)
    if (categories.sum(axis=1) != invitations.answered).any():
        raise InputError("Answers and their scores differ in number. Count both together.")
    ends = np.stack([_end(categories, invited, edge) for edge in (low, high)])
    bound, centre, error = ends[:, 0], ends[:, 1], ends[:, 2]
    wide = _critical(centre[1] - centre[0], error, level)
    # the pull towards 0 of what is added never puts a limit inside the bounds
    lower = np.minimum(centre[0] - wide * error[0], bound[0])
    upper = np.maximum(centre[1] + wide * error[1], bound[1])
    n = categories.sum(axis=1)
    raw = np.full(len(n), np.nan)
    np.divide(100 * (categories[:, 2] - categories[:, 0]), n, out=raw, where=n > 0)
    frame = invitations.cells.assign(
        invited=invitations.invited,
        n=n.astype(np.int64),
        rate=n / invited,
        nps=raw,
        bound_lower=100 * bound[0],
        bound_upper=100 * bound[1],
        lower=100 * np.maximum(lower, -1),
        upper=100 * np.minimum(upper, 1),
        level=level,
    )
    if adjusted is not None:
        frame = _beside(frame, invitations.keys, adjusted)
    options = {"silent": tuple(silent), "level": level}
    return NonresponseBounds(
        frame,
        _doubts(frame),
        Provenance("worst-case bounds (Manski 1990)", options, invitations.fingerprint),
    )


def _end(categories: Floats, invited: Floats, silent: float) -> Floats:
    """Return one bound, and centre and standard error of its adjusted Wald interval, (3, cells).

    Everybody invited counts −1, 0 or 1 as they answered, or `silent` if they did not; shares.
    """
    missing = invited - categories.sum(axis=1)
    bound = (categories[:, 2] - categories[:, 0] + silent * missing) / invited
    more, people = categories + ADDED, invited + ADDED.sum()
    centre = (more[:, 2] - more[:, 0] + silent * missing) / people
    square = (more[:, 2] + more[:, 0] + silent**2 * missing) / people
    return np.stack([bound, centre, np.sqrt((square - centre**2) / people)])


def _critical(width: Floats, error: Floats, level: float) -> Floats:
    """Return C with Φ(C + width / largest error) − Φ(−C) = level (Imbens & Manski 2004, eq. 7)."""
    largest = error.max(axis=0)
    out = np.full(len(width), float(special.ndtri(level)))
    for cell in np.flatnonzero(largest > 0):
        apart = width[cell] / largest[cell]

        def short(c: float, apart: float = apart) -> float:
            return float(special.ndtr(c + apart) - special.ndtr(-c) - level)

        top = float(special.ndtri((1 + level) / 2)) + 1e-9
        out[cell] = brentq(short, 0.0, top) if short(0.0) < 0 else 0.0
    return out


def _beside(frame: pd.DataFrame, keys: list[str], adjusted: WeightedNps) -> pd.DataFrame:
    own = adjusted.frame
    if len(frame) == 1 and len(own) == 1:
        matched = own.reset_index(drop=True)
    else:
        if not set(keys) <= set(own.columns):
            raise InputError(f"`adjusted` must be by {', '.join(keys)} too: by={keys}.")
        label = pd.MultiIndex.from_frame(own[keys].astype(str))
        place = label.get_indexer(pd.MultiIndex.from_frame(frame[keys].astype(str)))
        if (place < 0).any():
            raise InputError("`adjusted` lacks some of the cells. Weight the same answers.")
        matched = own.iloc[place].reset_index(drop=True)
    return frame.assign(
        adjusted=matched["estimate"],
        adjusted_lower=matched["lower"],
        adjusted_upper=matched["upper"],
    )


def _doubts(frame: pd.DataFrame) -> tuple[Said, ...]:
    limits = said(
        "The bounds are of those who were invited; the limits are of a population that the "
        "invited are a random sample of."
    )
    if "adjusted" not in frame:
        return (limits,)
    text = said(
        "The adjusted NPS holds if, among people alike in what the weights know, those who answer "
        "think as those who do not; the bounds hold whatever they think."
    )
    return (limits, text)
