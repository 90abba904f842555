"""Who answers: the propensity to respond, from the invitations.

A logistic regression of answered on what is known of every invitation, fitted on grouped cells.
Weights are its inverse: an answer stands for as many invited people like it as did not answer.
They mend what the covariates explain; a dissatisfaction that itself keeps people from answering
stays hidden (see `nonresponse_bounds`).

References
----------
Rosenbaum, P. R. & Rubin, D. B. (1983). The central role of the propensity score. Biometrika 70(1).
Little, R. J. A. (1986). Survey nonresponse adjustments for estimates of means. ISR 54(2), 139–157.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.aggregates.invitation_counting import count_invitations
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.checks import InputError
from npsstats.estimation.answering.grouped_logit import GroupedLogit, design_matrix, grouped_logit
from npsstats.estimation.answering.weights import (
    Response,
    Weights,
    doubts_of_weights,
    held_under,
    summary_of,
    trimmed,
)
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ResponsePropensity", "response_propensity"]

_MOST = 40_000_000  # numbers in the design: a third of a gigabyte


@dataclass(frozen=True, repr=False)
class ResponsePropensity(Result):
    """Effects on the log-odds of answering, a row a level, against the key's first level.

    Attributes
    ----------
    cells
        A row a cell: its labels, invited, answered, rate, propensity (fitted), 0 to 1.
    invitations
        What it was fitted to.
    fit
        Coefficients, their covariance and fitted propensities.
    """

    title: ClassVar[str] = "Propensity to answer"
    cells: pd.DataFrame
    invitations: InvitationCounts
    design: Floats
    fit: GroupedLogit

    @override
    def headline(self) -> str:
        invited, came = self.invitations.invited.sum(), self.invitations.answered.sum()
        asked = self.cells[self.cells["invited"] > 0]
        low, high = asked["propensity"].min(), asked["propensity"].max()
        return (
            f"{int(came):,} of {int(invited):,} invitations were answered "
            f"({100 * came / invited:.1f} %); fitted propensities go from {100 * low:.1f} to "
            f"{100 * high:.1f} %."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ("estimate", "std_error", "lower", "upper", "odds_ratio")
        return self.frame.assign(**{name: self.frame[name].map("{:.2f}".format) for name in names})

    def weights(self, *, trim: float | None = None) -> Weights:
        """Return inverse-propensity weights of the answers, mean 1.

        Parameters
        ----------
        trim
            Largest weight allowed, as a multiple of the mean.
        """
        counts, rho = self.invitations, self.fit.fitted
        n = counts.answered.astype(float)
        weight = 1 / np.maximum(rho, 1e-12)
        weight = trimmed(weight * n.sum() / (n * weight).sum(), n, trim)
        keys = counts.keys
        frame = counts.cells.assign(
            n=counts.answered,
            population=counts.invited.astype(float),
            share_answers=n / n.sum(),
            share_population=counts.invited / counts.invited.sum(),
            weight=weight,
        )
        invited = counts.invited.astype(float)
        response = Response(self.design, rho, invited, n, self.fit.covariance)
        summary = summary_of(weight, n)
        doubts = doubts_of_weights(frame, keys, summary)
        thin = [text for text in doubts if "fewer than five" not in text]  # cells are smoothed
        held = [] if trim is None else [held_under(trim)]
        return Weights(
            frame,
            (*held, *thin, *self.diagnostics),
            Provenance(
                "inverse response propensity", {"by": keys, "trim": trim}, counts.fingerprint
            ),
            summary,
            tuple(keys),
            np.zeros(len(frame), dtype=np.intp),
            response if trim is None else None,
        )


def response_propensity(
    data: Any,
    by: str | Sequence[str] | None = None,
    *,
    interactions: Sequence[tuple[str, str]] = (),
    prior_sd: float | None = None,
    level: float = 0.95,
) -> ResponsePropensity:
    """Return who answers: effects of covariates, and the propensity of every cell.

    Parameters
    ----------
    data
        `InvitationCounts`, or anything that `npsstats.count_invitations` takes.
    by
        Covariates, each taken as a category; None takes all keys of the counts. Cut numbers
        into bins first, with `count_invitations(..., bins=...)`.
    interactions
        Pairs of keys that have an effect together, such as [("channel", "kind")].
    prior_sd
        Sd of a normal prior on the effects, in log-odds. None is maximum likelihood; where some
        level is answered by nobody or by all, 2.5 is used and said.
    level
        Confidence level of the effects.

    Returns
    -------
    ResponsePropensity
        `frame`: term, estimate, std_error, lower, upper (log-odds), level, odds_ratio. Its
        `weights()` go into `npsstats.weighted_nps` and `npsstats.estimate`.

    Raises
    ------
    InputError
        If nobody was invited, nobody answered, or a key is not there.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"channel": ["email", "sms"]})
    >>> counts = nps.InvitationCounts(cells, np.array([1000, 500]), np.array([200, 150]))
    >>> result = nps.response_propensity(counts)
    >>> result.frame[["term", "estimate", "odds_ratio"]].round(3)
              term  estimate  odds_ratio
    0  (intercept)    -1.386       0.250
    1  channel=sms     0.539       1.714
    >>> result.weights().frame[["channel", "weight"]].round(3)
      channel  weight
    0   email   1.167
    1     sms   0.778
    """
    level = checks.fraction("level", level)
    if prior_sd is not None:
        prior_sd = checks.number("prior_sd", prior_sd, low=1e-3, high=1e3)
    counts = _counts(data, by)
    for pair in interactions:
        for key in pair:
            checks.one_of("interactions", key, counts.keys)
    asked, came = counts.invited.astype(float), counts.answered.astype(float)
    if not asked.sum() or not came.sum():
        raise InputError(
            f"{int(came.sum()):,} answers to {int(asked.sum()):,} invitations say nothing of who "
            "answers."
        )
    size = len(counts) * sum(counts.cells[key].nunique() for key in counts.keys)
    if size > _MOST:
        raise InputError(
            f"{len(counts):,} cells of {', '.join(counts.keys)} are too many for one model. "
            "Leave keys such as the store out, or bin numbers with count_invitations(bins=...)."
        )
    design, names = design_matrix(counts.cells, interactions)
    fit = grouped_logit(design, asked, came, prior_sd)
    error = np.sqrt(np.maximum(np.diag(fit.covariance), 0))
    z = float(special.ndtri((1 + level) / 2))
    frame = pd.DataFrame(
        {
            "term": names,
            "estimate": fit.coefficients,
            "std_error": error,
            "lower": fit.coefficients - z * error,
            "upper": fit.coefficients + z * error,
            "level": level,
            "odds_ratio": np.exp(fit.coefficients),
        }
    )
    options = {
        "by": counts.keys,
        "interactions": [tuple(pair) for pair in interactions],
        "prior_sd": fit.prior_sd,
        "level": level,
    }
    return ResponsePropensity(
        frame,
        tuple(_doubts(counts, fit, names, prior_sd)),
        Provenance("logistic regression on grouped cells", options, counts.fingerprint),
        counts.frame.assign(propensity=fit.fitted),
        counts,
        design,
        fit,
    )


def _counts(data: Any, by: str | Sequence[str] | None) -> InvitationCounts:
    keys = [by] if isinstance(by, str) else list(by or ())
    if isinstance(data, InvitationCounts):
        return data.by(*keys) if keys else data
    if not keys:
        raise InputError("`by` must name the covariates, for example by=['channel', 'kind'].")
    return count_invitations(data, keys)


def _doubts(
    counts: InvitationCounts, fit: GroupedLogit, names: list[str], prior_sd: float | None
) -> list[Said]:
    doubts: list[Said] = []
    extreme = []
    for key in counts.keys:
        part = counts.by(key)
        sure = (part.invited > 0) & ((part.answered == 0) | (part.answered == part.invited))
        extreme += [f"{key}={label}" for label in part.cells[key][sure]]
    if extreme:
        few = ", ".join(map(repr, extreme[:5])) + (", …" if len(extreme) > 5 else "")
        doubts.append(
            said(
                "Nobody or everybody answered where {few}: merge with a like level. Where nobody "
                "answered, no weight can speak for those invited.",
                few=few,
            )
        )
    if prior_sd is None and fit.prior_sd is not None:
        doubts.append(
            said(
                "Maximum likelihood runs away (separation); effects were held by a normal prior "
                "of sd {sd:g} instead.",
                sd=fit.prior_sd,
            )
        )
    if fit.rank < len(names):
        doubts.append(
            said(
                "Only {told} of {n} effects can be told apart (a key repeats another one); "
                "propensities are right, single effects are not.",
                told=fit.rank,
                n=len(names),
            )
        )
    return doubts
