"""Which question foretells what customers do next: NPS, satisfaction or effort.

"Effort predicts twice as well" is a claim about forecasts, so it is judged on held-out answers: by
the log predictive density each question adds to a forecast without any (elpd), by differences and
ratios of these with their intervals, and by concordance. R² in the sample stands beside them only
to be compared with what others publish.

References
----------
Dixon, Freeman & Toman (2010). Stop trying to delight your customers. HBR 88(7) (the claim).
de Haan, Verhoef & Wiesel (2015). The predictive ability of different customer feedback metrics for
retention. Int. J. Research in Marketing 32(2), 195–206.
Vehtari, Gelman & Gabry (2017), Obuchowski (1997): see `foretelling`.
Fieller, E. C. (1954). Some problems in interval estimation. JRSS B 16(2), 175–185.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.driving.foretelling import Rows, foretell
from npsstats.linkage.driving.predictor_rows import Read, dealt, design_of, read_rows
from npsstats.linkage.driving.predictor_tables import SCALE, gain_table, means_of, pair_table
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PredictorsCompared", "predictors_compared"]

_SMALL = 4.0  # nats


@dataclass(frozen=True, repr=False)
class PredictorsCompared(Result):
    """What each question adds to a forecast of the outcome: nats for 1,000 held-out answers.

    Attributes
    ----------
    pairs
        A row a question but the reference, against it: `difference`, `std_error`, `lower`,
        `upper` (nats for 1,000 answers), `p_value`; `ratio`, `ratio_lower`, `ratio_upper` of the
        gains (Fieller; missing where the reference's gain may be nothing); `concordance`,
        `concordance_error` (differences).
    outcome, reference
        Their names.
    """

    title: ClassVar[str] = "Which question foretells best"
    pairs: pd.DataFrame
    outcome: str
    reference: str

    @override
    def headline(self) -> str:
        best = self.frame.iloc[int(np.argmax(self.frame["estimate"]))]
        if best.lower <= 0:
            return (
                f"None of the questions is shown to foretell {self.outcome} on held-out answers, "
                "so which of them does better is not read."
            )
        text = f"{best.predictor} foretells {self.outcome} best on held-out answers"
        others = self.pairs
        if best.predictor != self.reference:
            others = others[others["predictor"] == best.predictor]
            pair = others.iloc[0]
            sure = "" if pair.lower > 0 else ", though not surely"
            text += f"{sure}: its gain is {_times(pair)} that of {self.reference}"
            return f"{text} (concordance {best.concordance:.3f})."
        close = others["predictor"][others["upper"] > 0]
        tied = f", though {' and '.join(close)} may do as well" if len(close) else ""
        return f"{text}{tied} (concordance {best.concordance:.3f})."

    @override
    def shown(self) -> pd.DataFrame:
        names = ("concordance", "concordance_lower", "concordance_upper", "r2_in_sample")
        return self.frame.assign(**{name: self.frame[name].map("{:.3f}".format) for name in names})


def predictors_compared(
    data: Any,
    outcome: str,
    predictors: Sequence[str] = ("score", "csat", "ces"),
    *,
    reference: str | None = None,
    cluster: str | None = "store_id",
    steps: bool = False,
    folds: int = 10,
    level: float = 0.95,
    seed: int = 0,
) -> PredictorsCompared:
    """Compare single questions as predictors of a later outcome, out of sample.

    Parameters
    ----------
    data
        `AnswerPatterns` with the outcome among the questions, such as `answers_and_purchases`
        makes; or a data frame with a row a store (and period) and, where wanted, a column `n`.
    outcome
        A question of 0 and 1 (bought again, left), or a number (growth of the store).
    predictors
        Questions. "nps", where the data have no such column, is the category of `score`.
    reference
        The predictor that others are compared with; None takes the first.
    cluster
        Column of the clusters of a data frame, or None. Of patterns, their own.
    steps
        A level of its own for every answer, in place of a straight line on the log-odds.
    folds
        Into how many parts the clusters (answers, where there are none) are dealt.
    level
        Of the intervals.
    seed
        Of the folds.

    Returns
    -------
    PredictorsCompared
        `frame`, a row a predictor: predictor, estimate, std_error, lower, upper (nats gained for
        1,000 held-out answers), level, p_value, concordance, concordance_lower,
        concordance_upper, r2_in_sample (McFadden's for 0/1), n. All predictors are judged on the
        answers that leave none blank.

    Raises
    ------
    InputError
        If a question is not there, there is only one, one is constant or the outcome itself, the
        outcome does not vary, or there are fewer than 30 answers of either outcome.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(3)
    >>> mood = rng.normal(size=2000)
    >>> rows = pd.DataFrame({"store_id": np.arange(2000) % 40, "left": 1.0 * (mood < -1.2)})
    >>> rows["csat"] = np.clip(np.round(3.5 + mood + rng.normal(size=2000)), 1, 5)
    >>> rows["ces"] = np.clip(np.round(4.5 + mood + 3 * rng.normal(size=2000)), 1, 7)
    >>> result = predictors_compared(rows, "left", ["csat", "ces"])
    >>> result.frame[["predictor", "estimate", "concordance"]].round(2)
      predictor  estimate  concordance
    0      csat     79.40         0.84
    1       ces     12.15         0.64
    >>> result.pairs[["predictor", "ratio", "ratio_lower", "ratio_upper"]].round(2)
      predictor  ratio  ratio_lower  ratio_upper
    0       ces   0.15         0.06         0.25
    """
    level = checks.fraction("level", level)
    folds = checks.count("folds", folds, least=2)
    names = list(predictors)
    if len(names) < 2 or len(set(names)) < len(names) or outcome in names:
        raise InputError(
            f"`predictors` must name at least two different questions, none of them the outcome "
            f"{outcome!r}, got {names!r}."
        )
    reference = checks.one_of("reference", reference or names[0], names)
    read = read_rows(data, outcome, names, cluster)
    placed = dealt(read, outcome, folds, np.random.default_rng(checks.count("seed", seed)))
    rows = placed.rows
    none = foretell(np.zeros((len(rows.y), 0)), rows)
    found = [
        foretell(design_of(read.frame[name], steps=steps)[placed.place], rows) for name in names
    ]
    gains = np.stack([one.log_density - none.log_density for one in found], axis=1)
    means = means_of(gains, rows)
    table = gain_table(names, found, none, means, rows, level)
    table["n"] = kept = int(rows.n.sum())
    pairs = pair_table(names, reference, found, means, rows, level)
    return PredictorsCompared(
        table,
        tuple(_doubts(table, pairs, kept, read, rows)),
        Provenance(
            "held-out log predictive density (Vehtari et al. 2017), concordance (Obuchowski 1997)",
            {
                "outcome": outcome,
                "predictors": names,
                "reference": reference,
                "cluster": read.cluster,
                "steps": steps,
                "folds": folds,
                "level": level,
            },
            read.fingerprint,
            seed,
        ),
        pairs,
        outcome,
        reference,
    )


def _times(pair: Any) -> str:
    if not np.isfinite(pair.ratio_lower):
        return "of no known size beside"
    return f"{pair.ratio:.2f} times ({pair.ratio_lower:.2f} to {pair.ratio_upper:.2f})"


def _doubts(
    table: pd.DataFrame, pairs: pd.DataFrame, kept: int, read: Read, rows: Rows
) -> list[Said]:
    notes = []
    if not (table["lower"] > 0).any():
        notes.append(
            said(
                "No question is shown to gain anything: do not read the pairs. A difference "
                "between two of them, however sure, says that one loses more than the other."
            )
        )
    elif pairs["ratio_lower"].isna().any():
        notes.append(
            said(
                "The reference may foretell nothing: how many times better another question "
                "does is not identified. Read the differences."
            )
        )
    total = pairs["difference"].abs() * kept / SCALE
    if (total < _SMALL).any():
        notes.append(
            said(
                "{predictors}: less than {small:g} nats in all apart from the reference, where "
                "errors of differences are rather too small (Sivula, Magnusson & Vehtari 2020).",
                predictors=list(pairs["predictor"][total < _SMALL]),
                small=_SMALL,
            )
        )
    if read.cluster and len(rows.times) < 20:
        notes.append(
            said(
                "Only {clusters} clusters: the errors are themselves uncertain.",
                clusters=len(rows.times),
            )
        )
    notes.append(
        said(
            "Foretelling is not moving: a question that foretells best need not be the one "
            "whose improvement changes what customers do."
        )
    )
    if lost := read.total - kept:
        notes.append(
            said(
                "{lost:,} of {total:,} answers leave a question blank; all questions are "
                "compared on the other {kept:,}.",
                lost=lost,
                total=read.total,
                kept=kept,
            )
        )
    if read.left_out:
        notes.append(
            said(
                "{left_out:,} answers besides are left out: what their customers did "
                "afterwards is not known, or not yet.",
                left_out=read.left_out,
            )
        )
    if (table["concordance"] < 0.6).all():
        notes.append(
            said(
                "No question ranks customers well (concordance under 0.6): each is a single "
                "noisy answer."
            )
        )
    return notes
