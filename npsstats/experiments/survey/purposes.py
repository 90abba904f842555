"""The verdict by purpose: which arm serves the score's looks, its truth, or its use.

What looks best is not what tells most. Each purpose has a value by arm, in its own unit, and gets
its own verdict, from joint draws. The control is kept where nothing is expected to be gained by
leaving it; another arm is chosen if it is surely the best, or surely better than the control and
as good as the best for all that matters; otherwise it cannot be told.

- communication: the NPS of those who answer, higher is better (points);
- representativeness: how far that NPS is from what all who were asked would say in the same arm,
  as far as what is known of them tells, lower is better (points); arms' gaps are drawn together
  (`gaps`). An arm may be shown to be nearer; none is ever shown not to matter, since nobody knows
  what was not recorded;
- prediction: the probability that of two customers the one who does better after answering had
  scored higher (concordance), higher is better; of each outcome that the plan names;
- response, completion: the share of those asked who answer, to the end, higher is better;
- precision: the margin of the NPS that 1,000 invitations give, lower is better (points).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, override

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.experiments.survey.choice import choose
from npsstats.experiments.survey.gaps import shrunken_gaps
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.survey.arms import SurveyArms

    Floats = NDArray[np.float64]

__all__ = ["CANNOT_TELL", "Verdicts", "loss_in_words", "verdicts"]

CANNOT_TELL = "cannot tell"


class _Value(NamedTuple):
    unit: str
    better: Literal["higher", "lower"]


_VALUES = {
    "communication": _Value("points", "higher"),
    "representativeness": _Value("points", "lower"),
    "prediction": _Value("concordance", "higher"),
    "response": _Value("share", "higher"),
    "completion": _Value("share", "higher"),
    "precision": _Value("points", "lower"),
}


@dataclass(frozen=True, repr=False)
class Verdicts(Result):
    """A row a purpose and arm: value, P(best), expected loss, and the verdict of the purpose.

    `frame`: the columns of `choose`, and `p_better` (probability of being better than the
    control, NaN for itself), `tolerance` (the expected loss that does not matter, in the
    purpose's unit), `chosen` (whether the arm is), `verdict` (the arm chosen, or "cannot tell").
    """

    title: ClassVar[str] = "Which arm for which purpose"

    @property
    def chosen(self) -> dict[str, str | None]:
        """Purpose → arm, or None where it cannot be told."""
        firsts = self.frame.drop_duplicates("purpose").set_index("purpose")["verdict"]
        return {
            str(purpose): None if verdict == CANNOT_TELL else str(verdict)
            for purpose, verdict in firsts.items()
        }

    def of(self, purpose: str) -> pd.DataFrame:
        """Return the rows of one purpose."""
        return self.frame[self.frame["purpose"] == purpose]

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.copy()
        decimals = {"share": 4, "concordance": 4}
        for name in ("estimate", "std_error", "lower", "upper", "expected_loss", "tolerance"):
            shown[name] = [
                f"{value:.{decimals.get(unit, 2)}f}"
                for value, unit in zip(shown[name], shown["unit"], strict=True)
            ]
        return shown

    @override
    def headline(self) -> str:
        return "\n".join(self._said(str(purpose)) for purpose in self.frame["purpose"].unique())

    def _said(self, purpose: str) -> str:
        rows = self.of(purpose)
        best = rows.iloc[int(rows["expected_loss"].to_numpy().argmin())]
        if purpose == "representativeness":
            return self._nearest(best)
        if best.verdict == CANNOT_TELL:
            return (
                f"{purpose}: cannot tell yet. {best.option} is the best with probability "
                f"{_probability(best.p_best)}, and choosing it would cost {loss_in_words(best)} on "
                "average."
            )
        taken = rows[rows["chosen"]].iloc[0]
        if taken.option != best.option or best.p_best < _LIKELY:
            return (
                f"{purpose}: {taken.option}; no arm is surely better, and it costs "
                f"{loss_in_words(taken)} on average, too little to matter."
            )
        return (
            f"{purpose}: {taken.option} (best with probability {_probability(taken.p_best)}; "
            f"expected loss {loss_in_words(taken)})."
        )

    def _nearest(self, best: pd.Series) -> str:
        known = ", ".join(self.provenance.options["known"])
        if not known:
            return (
                "representativeness: cannot be judged, since nothing is known here of those who "
                "were asked and did not answer."
            )
        if best.verdict == CANNOT_TELL:
            return (
                f"representativeness: no arm is shown to be nearer to all who were asked, as far "
                f"as {known} can tell."
            )
        return (
            f"representativeness: {best.verdict} is nearest to all who were asked, as far as "
            f"{known} can tell (probability {_probability(best.p_best)})."
        )


_UNITS = {"share": "points of percentage", "concordance": "of concordance"}
_LIKELY = 0.8


def _probability(value: float) -> str:
    return ">0.99" if value > 0.995 else "<0.01" if value < 0.005 else f"{value:.2f}"


def loss_in_words(row: pd.Series) -> str:
    """Return the expected loss of a row of `choose` with its unit."""
    scale, least = (100, 0.01) if row["unit"] == "share" else (1, 0.01)
    least = 0.0001 if row["unit"] == "concordance" else least
    unit = _UNITS.get(row["unit"], row["unit"])
    loss = scale * float(row["expected_loss"])
    return f"less than {least:g} {unit}" if loss < least else f"{loss:.2g} {unit}"


def verdicts(
    arms: SurveyArms,
    purposes: Sequence[str],
    *,
    tolerance: Mapping[str, float],
    sure: float = 0.95,
    prediction: Floats | Mapping[str, Floats] | None = None,
    completed: Floats | None = None,
) -> Verdicts:
    """Return the verdict on each purpose.

    Parameters
    ----------
    arms
        What `survey_arms` returned.
    purposes
        Of "communication", "representativeness", "prediction", "response", "completion",
        "precision".
    tolerance
        Purpose → expected loss that does not matter, in its unit; 0 where not named, and always
        for representativeness.
    sure
        Probability of being the best, or better than the control, from which another arm than
        the control is chosen.
    prediction
        Draws of each arm's concordance, (draws, arms), in the order of `arms.arms`; or outcome →
        draws, and each is judged, as "prediction of …".
    completed
        Draws of the share of those asked who fill in the questionnaire, the same shape.

    Raises
    ------
    InputError
        If a purpose is not known, or what it needs is not there.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"arm": ["first", "last"]})
    >>> scores = np.zeros((2, 11), int)
    >>> scores[:, [4, 8, 10]] = [[40, 40, 320], [120, 120, 160]]
    >>> asked = nps.InvitationCounts(
    ...     cells, np.array([1000, 1000]), scores.sum(axis=1), nps.ScoreCounts(scores, cells)
    ... )
    >>> from npsstats.experiments.survey.arms import survey_arms
    >>> arms = survey_arms(asked, control="last")
    >>> verdicts(arms, ["communication"], tolerance={"communication": 1}).chosen
    {'communication': 'first'}
    """
    values: dict[str, Floats | None] = {
        "communication": arms.drawn.answered,
        "representativeness": np.abs(shrunken_gaps(arms.drawn.gap, arms.provenance.seed or 0)),
        "response": arms.drawn.response,
        "completion": completed,
        "precision": arms.drawn.margin,
    }
    if not isinstance(prediction, Mapping):
        values["prediction"] = prediction
        prediction = {}
    judged: list[tuple[str, str]] = []
    for purpose in purposes:
        if purpose not in _VALUES:
            raise InputError(f"`purposes` must be among {', '.join(_VALUES)}, got {purpose!r}.")
        if purpose == "prediction" and prediction:
            judged += [(purpose, f"prediction of {name}") for name in prediction]
        else:
            judged.append((purpose, purpose))
    values |= {f"prediction of {name}": drawn for name, drawn in prediction.items()}
    level = float(arms.frame["level"].iloc[0])
    parts = []
    for purpose, name in judged:
        drawn = values[name]
        if drawn is None:
            raise InputError(f"The purpose {purpose!r} needs draws: hand over `{_NEEDS[purpose]}`.")
        value = _VALUES[purpose]
        rows = choose(
            drawn, arms.arms, purpose=name, unit=value.unit, better=value.better, level=level
        )
        beats = drawn[:, [0]] < drawn if value.better == "higher" else drawn[:, [0]] > drawn
        rows = rows.assign(p_better=(beats.sum(axis=0) + 0.5) / (len(drawn) + 1))
        rows.loc[0, "p_better"] = np.nan
        matters = purpose == "representativeness"
        parts.append(_judged(rows, tolerance.get(purpose, 0.0), sure, matters=matters))
    made = Provenance(
        "least expected loss, by purpose",
        {
            "purposes": list(purposes),
            "tolerance": dict(tolerance),
            "sure": sure,
            "known": list(arms.known),
        },
        arms.provenance.fingerprint,
        arms.provenance.seed,
    )
    return Verdicts(pd.concat(parts, ignore_index=True), _doubts(arms, purposes), made)


_NEEDS = {"prediction": "prediction", "completion": "completed"}


def _judged(rows: pd.DataFrame, tolerance: float, sure: float, *, matters: bool) -> pd.DataFrame:
    """Return the rows with the verdict; the first is the control.

    `matters`: no loss is too small to matter.
    """
    loss, p_best = rows["expected_loss"].to_numpy(), rows["p_best"].to_numpy()
    best = int(loss.argmin())
    chosen: int | None = None
    enough = not matters and loss[best] <= tolerance
    if not matters and loss[0] <= tolerance:
        chosen = 0
    elif p_best[best] >= sure or (enough and rows["p_better"].iloc[best] >= sure):
        chosen = best
    verdict = CANNOT_TELL if chosen is None else rows["option"].iloc[chosen]
    return rows.assign(
        tolerance=0.0 if matters else tolerance,
        chosen=[at == chosen for at in range(len(rows))],
        verdict=verdict,
    )


def _doubts(arms: SurveyArms, purposes: Sequence[str]) -> tuple[Said, ...]:
    lines = []
    if len(purposes) > 1 or len(arms.arms) > 2:
        lines.append(
            said(
                "{purposes} purposes are judged, of {arms} arms: where nothing differs, each may "
                "still be won by another arm than the control, in some 5% of experiments a "
                "purpose and arm.",
                purposes=len(purposes),
                arms=len(arms.arms),
            )
        )
    if "representativeness" in purposes:
        lines.append(
            said(
                "Representativeness is judged by what is known of all who were asked ({known}): an "
                "arm may pick its answerers by what nobody recorded.",
                known=list(arms.known) or said("nothing here"),
            )
        )
    if "communication" in purposes:
        lines.append(
            said("A higher score for the way of asking is no better experience: nobody is happier.")
        )
    return tuple(lines)
