"""The next score: only those who answer again have one, and treatment may move who does.

Asking is itself a treatment, and so is answering: those who answer are never compared with those
who do not, and an arm's answers are compared with the other's only beside what that may hide.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.contrasts import share_differences, treatments
from npsstats.experiments.effects import Effect, Effects
from npsstats.experiments.scores.net import by_arm, nps_rows
from npsstats.experiments.selection import Answers, trimming_bounds, worst_case_bounds
from npsstats.results import Provenance
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.said import Said

    Floats = NDArray[np.float64]

__all__ = ["next_score"]

_NET = (-100.0, 0.0, 100.0)  # points of a detractor, a passive, a promoter
_OF_ANSWERS = "of those who answer; not a randomized comparison"
_SAME = 0.05


def next_score(
    counts: ScoreCounts,
    assigned: Mapping[str, int],
    outcome: str = "next score",
    *,
    control: str,
    treatment: str | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Effects:
    """Return the effect on answering again, and what it leaves to say of the scores.

    Parameters
    ----------
    counts
        Scores of those who answered, with the key `arm`; an arm nobody answered in may be absent.
    assigned
        Arm → all who were assigned to it and could have answered by now.
    outcome
        Its name.
    control, treatment
        Arms. Without a treatment each other arm is compared with the control.
    level
        Of the intervals, between 0 and 1.
    seed
        Of the replicates behind the limits of the bounds.

    Returns
    -------
    Effects
        "response difference", among all assigned: the randomized comparison, first. Then the "NPS
        difference" of those who answer, labelled so, and bounds of it without an estimate: on
        those who would answer in either arm (Lee: treatment moves answering one way only) and on
        all assigned (worst case), each as the bounds themselves and "with sampling error"
        (Imbens–Manski). Points.

    Raises
    ------
    InputError
        If an arm of `counts` is not in `assigned`, or more answered than were assigned.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"arm": ["called", "ignored"]})
    >>> counts = nps.ScoreCounts(
    ...     [[2, 1, 0, 3, 4, 8, 9, 20, 30, 25, 18], [6, 2, 3, 3, 5, 9, 12, 22, 20, 15, 9]], cells
    ... )
    >>> effects = next_score(counts, {"called": 300, "ignored": 300}, control="ignored")
    >>> effects.frame[["estimand", "unit", "estimate", "lower", "upper"]].round(3).iloc[[0, 2, 4]]
                  estimand    unit  estimate   lower   upper
    0  response difference   share     0.047  -0.031   0.124
    2       NPS difference  points    28.428   8.290  47.674
    4       NPS difference  points       NaN  16.981  43.396
    """
    level = checks.fraction("level", level)
    answered = by_arm(counts)
    extra = [arm for arm in answered if arm not in assigned]
    if extra:
        raise InputError(
            f"Arm {extra[0]!r} has answers but is not in `assigned`, {', '.join(assigned)}. Say "
            "how many were assigned to it, or leave its answers out."
        )
    for arm, total in assigned.items():
        checks.count(f"assigned[{arm!r}]", total, least=1)
        if answered.get(arm, np.zeros(11)).sum() > total:
            raise InputError(
                f"Arm {arm!r} has {answered[arm].sum():,.0f} answers of {total:,} assigned. Count "
                "one answer a unit, and all who were assigned."
            )
    effects: list[Effect] = []
    doubts: list[Said] = []
    for arm in treatments(list(assigned), control, treatment):
        one, two = (answered.get(side, np.zeros(11)) for side in (arm, control))
        n = assigned[arm], assigned[control]
        heads = int(one.sum()), int(two.sum())
        response = share_differences(
            outcome, arm, "response difference", (heads[0], n[0]), (heads[1], n[1]), level
        )
        effects += response
        if not (one.sum() and two.sum()):
            doubts.append(
                said(
                    "Nobody answered in arm {arm!r} or in the control: there is no score.", arm=arm
                )
            )
            continue
        rows, sentences = nps_rows(outcome, arm, one, two, level)
        rows = [replace(row, method=f"{row.method}, {_OF_ANSWERS}") for row in rows]
        bounds, wider = _bounds(rows[0], one, two, n, level, seed)
        effects += [*rows[:2], *bounds, *rows[2:]]
        doubts += [*sentences, *_words(arm, response[0], rows[0], wider)]
    doubts.append(
        said(
            "Scores compare those who answered again, whom treatment may have "
            "chosen: only the difference in answering is a randomized comparison."
        )
    )
    options = {
        "control": control,
        "treatment": treatment,
        "assigned": dict(assigned),
        "level": level,
    }
    provenance = Provenance(
        "response of all assigned; Lee and worst-case bounds of the NPS",
        options,
        counts.fingerprint,
        seed,
    )
    return Effects.of(effects, dict.fromkeys(doubts), provenance)


def _bounds(
    row: Effect, one: Floats, two: Floats, n: tuple[int, int], level: float, seed: int
) -> tuple[list[Effect], Effect]:
    """Return the rows of both bounds, and the one that says most: trimming with its error."""
    arms = [
        Answers(np.add.reduceat(side, [0, 7, 9]), total)
        for side, total in zip((one, two), n, strict=True)
    ]
    rows = []
    for name, bounds, whom in (
        ("Lee bounds, monotone response", trimming_bounds, (row.n_treatment, row.n_control)),
        ("worst-case bounds of all assigned", worst_case_bounds, n),
    ):
        found = bounds(_NET, *arms, level=level, seed=seed)
        blank = replace(
            row,
            method=name,
            estimate=np.nan,
            std_error=np.nan,
            p_value=np.nan,
            n_treatment=whom[0],
            n_control=whom[1],
        )
        rows += [
            replace(blank, lower=found.low, upper=found.high),
            replace(
                blank,
                method=f"{name}, with sampling error",
                lower=found.lower,
                upper=found.upper,
            ),
        ]
    return rows, rows[1]


def _words(arm: str, response: Effect, plain: Effect, trimmed: Effect) -> list[Said]:
    sentences = []
    if response.p_value < _SAME:
        sentences.append(
            said(
                "Arm {arm!r} answers {estimate:+.1f} points of percentage apart from "
                "the control (p {p_value:.2g}): who answers is an outcome here, and "
                "the scores of the two are those of different people.",
                arm=arm,
                estimate=100 * response.estimate,
                p_value=response.p_value,
            )
        )
    told = plain.lower > 0 or plain.upper < 0
    if told and trimmed.lower <= 0 <= trimmed.upper:
        sentences.append(
            said(
                "The NPS of those who answer differs in arm {arm!r}, but bounds that "
                "allow for who answers hold 0 ({lower:+.0f} to {upper:+.0f} points).",
                arm=arm,
                lower=trimmed.lower,
                upper=trimmed.upper,
            )
        )
    return sentences
