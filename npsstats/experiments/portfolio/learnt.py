"""What past experiments teach: each effect with the winner's curse taken off, and the next one.

Who looks back at significant results only, learns that effects are large. Here every registered
experiment counts, found or not, so that its estimate can be drawn towards what such experiments
usually find. Exploratory analyses were chosen after the data and are left out unless asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.effects import readable
from npsstats.experiments.portfolio.discovery import adjusted, headlines, q_texts
from npsstats.experiments.portfolio.exaggeration import expected_exaggeration
from npsstats.experiments.portfolio.shrinkage import blup, heterogeneity, shrunk
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.experiments.portfolio.register import Register
    from npsstats.said import Said

__all__ = ["Learnt", "Next", "learnt"]

_GROUP = ["outcome", "estimand", "unit"]
_FEW = 5
_METHOD = "normal–normal shrinkage by quadrature; REML and BLUP; Benjamini–Hochberg"


class Next(NamedTuple):
    """What is expected of the next experiment's effect: `prior_mean` and `prior_sd` of a design.

    For a ratio both are of its logarithm, save that `mean` is the median ratio itself.
    """

    mean: float
    sd: float


@dataclass(frozen=True, repr=False)
class Learnt(Result):
    """A row an experiment and arm, within outcome and estimand.

    `frame` has estimate, std_error, p_value as recorded; q_value within the group; `shrunk`,
    `shrunk_lower`, `shrunk_upper` (posterior mean or median ratio, and interval), `probability`
    that the effect is above 0 (a ratio above 1), `blup` (the classical reading) and
    `exaggeration`, the estimate over the shrunk effect. `groups` has a row an outcome and
    estimand: experiments, mean, tau (posterior median), tau_reml, tau_pm, q, p_same, i2, the next
    experiment's `next_mean`, `next_sd`, `next_lower`, `next_upper`, `probability_next`, and what
    to expect of a significant result at the usual standard error: `magnitude` (claimed over true)
    and `sign` (share with the wrong sign). Ratios are pooled as logarithms, in which tau and
    next_sd are.
    """

    groups: pd.DataFrame

    title: ClassVar[str] = "What experiments have taught"

    @override
    def headline(self) -> str:
        if not len(self.groups):
            return "No two experiments share an outcome and estimand yet"
        row = self.groups.iloc[0]
        return (
            f"{row.outcome}, {row.estimand}: {row.experiments} effects, the next one "
            f"{row.next_mean:.4g} [{row.next_lower:.4g}, {row.next_upper:.4g}]; a significant "
            f"one claims {row.magnitude:.2g} times what is true"
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ("experiment", "outcome", "arm", "estimand", "estimate", "std_error", "lower",
                 "upper", "p_value", "q_value", "shrunk", "shrunk_lower", "shrunk_upper",
                 "probability", "exaggeration")  # fmt: skip
        shown = readable(self.frame)[list(names)].drop(columns=["lower", "upper"])
        for name in ("shrunk", "shrunk_lower", "shrunk_upper"):
            shown[name] = [f"{value:.4g}" for value in self.frame[name]]
        return shown.assign(q_value=q_texts(self.frame["q_value"]))

    def prior(self, outcome: str, estimand: str | None = None) -> Next:
        """Return what to expect of the next experiment: the prior of its design.

        Raises
        ------
        InputError
            If fewer than two experiments have measured that.
        """
        rows = self.groups[self.groups["outcome"] == outcome]
        if estimand is not None:
            rows = rows[rows["estimand"] == estimand]
        if not len(rows):
            there = ", ".join(map(repr, self.groups["outcome"].unique())) or "none"
            raise InputError(
                f"Fewer than two registered experiments measured {outcome!r}"
                + (f" as {estimand!r}" if estimand else "")
                + f"; a prior can be learned for {there}."
            )
        return Next(float(rows["next_mean"].iloc[0]), float(rows["next_sd"].iloc[0]))


def learnt(
    register: Register,
    *,
    outcomes: Sequence[str] = (),
    exploratory: bool = False,
    level: float = 0.95,
) -> Learnt:
    """Return the portfolio reading of a register.

    Parameters
    ----------
    register
        `load_register(path)`. Of each experiment, outcome, arm and estimand the first frequentist
        row with a standard error counts, in its last revision.
    outcomes
        Those to read, all unless said.
    exploratory
        Also take analyses that were not registered before the data. They were chosen by what they
        found, which is what shrinkage cannot undo.
    level
        Of the intervals, credible; significance is at 1 − level.

    Raises
    ------
    InputError
        If an outcome is not in the register.
    """
    level = checks.fraction("level", level)
    there = register.current
    for name in outcomes:
        checks.one_of("outcomes", name, sorted(set(there["outcome"])))
    if len(outcomes):
        there = there[there["outcome"].isin(list(outcomes))]
    taken = there if exploratory else there[~there["exploratory"].astype(bool)]
    left = sorted(set(there["experiment"]) - set(taken["experiment"]))
    rows = headlines(taken)
    sound = np.isfinite(rows["estimate"]) & np.isfinite(rows["std_error"]) & (rows["std_error"] > 0)
    ratio = rows["unit"] == "ratio"
    sound &= ~ratio | (rows["estimate"] > 0)
    rows = rows[sound].reset_index(drop=True)
    frames, groups = [], []
    doubts = [said("Left out as exploratory: {left}.", left=left)] if left else []
    if exploratory and taken["exploratory"].any():
        doubts.append(
            said(
                "Exploratory analyses are in: they were chosen by what they found, "
                "and shrinkage cannot undo that."
            )
        )
    for labels, part in rows.groupby(_GROUP, sort=False):
        if len(part) > 1:
            frame, group = _read(part, level)
            frames.append(frame)
            groups.append(dict(zip(_GROUP, labels, strict=True)) | group)
            doubts += _doubts(frame, groups[-1])
        else:
            frames.append(part.assign(q_value=part["p_value"]))
            doubts.append(
                said(
                    "{labels}, {labels_2}: one experiment alone, from which nothing is "
                    "learned about others.",
                    labels=labels[0],
                    labels_2=labels[1],
                )
            )
    names = [*rows.columns, "q_value", "shrunk", "shrunk_lower", "shrunk_upper", "blup",
             "exaggeration"]  # fmt: skip
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names)
    options = {"outcomes": list(outcomes), "exploratory": exploratory, "level": level}
    provenance = Provenance(_METHOD, options, register.fingerprint)
    table = pd.DataFrame(groups, columns=_COLUMNS)
    return Learnt(whole.reindex(columns=names), tuple(dict.fromkeys(doubts)), provenance, table)


_COLUMNS = [
    *_GROUP, "experiments", "mean", "tau", "tau_reml", "tau_pm", "q", "p_same", "i2", "next_mean",
    "next_sd", "next_lower", "next_upper", "probability_next", "magnitude", "sign",
]  # fmt: skip


def _read(part: pd.DataFrame, level: float) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the group's rows with their shrunk effects, and what the group says."""
    ratio = bool((part["unit"] == "ratio").all())
    y = part["estimate"].to_numpy(dtype=float)
    y = np.log(y) if ratio else y
    se = part["std_error"].to_numpy(dtype=float)
    back = np.exp if ratio else np.positive
    found, apart = shrunk(y, se), heterogeneity(y, se)
    mean, sd = found.moments()
    low, high = (found.posterior.ppf(q) for q in ((1 - level) / 2, (1 + level) / 2))
    above = found.posterior.sf(0.0)
    with np.errstate(divide="ignore"):
        larger = y / mean[:-1]
    frame = part.assign(
        q_value=adjusted(part["p_value"]),
        shrunk=back(mean[:-1]),
        shrunk_lower=back(low[:-1]),
        shrunk_upper=back(high[:-1]),
        probability=above[:-1],
        blup=back(blup(y, se, apart.tau_reml)[0]),
        exaggeration=larger,
    )
    curse = expected_exaggeration(*found.mixture(), float(np.median(se)), 1 - level)
    return frame, {
        "experiments": len(part),
        "mean": float(back(apart.mean)),
        "tau": found.tau,
        "tau_reml": apart.tau_reml,
        "tau_pm": apart.tau_pm,
        "q": apart.q,
        "p_same": apart.p_value,
        "i2": apart.i2,
        "next_mean": float(back(mean[-1])),
        "next_sd": float(sd[-1]),
        "next_lower": float(back(low[-1])),
        "next_upper": float(back(high[-1])),
        "probability_next": float(above[-1]),
        "magnitude": curse.magnitude,
        "sign": curse.sign,
    }


def _doubts(frame: pd.DataFrame, group: dict[str, float]) -> list[Said]:
    doubts = []
    label = f"{group['outcome']}, {group['estimand']}"
    if group["experiments"] < _FEW:
        doubts.append(
            said(
                "{label}: with {experiments} effects, how far experiments differ is "
                "mostly guessed; intervals of the next one are wide for that reason.",
                label=label,
                experiments=group["experiments"],
            )
        )
    many = frame.groupby("experiment").size()
    if (many > 1).any():
        doubts.append(
            said(
                "{label}: arms of one experiment share its control; they are read as independent.",
                label=label,
            )
        )
    lost = frame[(frame["p_value"] < 0.05) & frame["probability"].between(0.05, 0.95)]
    doubts += [
        said(
            "{label}: {experiment} ({arm}) was significant (p = {p_value:.3f}), "
            "yet beside the other experiments its sign is not sure (probability "
            "{probability:.2f}).",
            label=label,
            experiment=row.experiment,
            arm=row.arm,
            p_value=row.p_value,
            probability=row.probability,
        )
        for row in lost.itertuples()
    ]
    return doubts
