"""Do stores with happier employees, or less effort, have higher NPS? With the noise taken off.

Correlations between stores' observed means are weakened by chance: a store's NPS rests on some
hundred answers, its employee NPS on a dozen. Reliability says how much of the observed scatter is
true; the disattenuated correlation is that of the true means. Effort and satisfaction are answered
by the same customers as NPS, so their errors go together, and that is taken off as well.

References
----------
Spearman, C. (1904). The proof and measurement of association between two things. American Journal
of Psychology 15(1), 72–101.
Efron, B. & Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapter 14.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.questionnaire import AnswerPatterns, answer_patterns
from npsstats.aggregates.questionnaire_stores import pair_moments, store_facts
from npsstats.checks import InputError
from npsstats.linkage.disattenuated import Pair, disattenuated
from npsstats.linkage.phrases import followed
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["StoreCorrelations", "correlations"]

_LEAST = 10  # stores
_FEW = 60  # stores below which a bootstrap of them is rough
_EMPLOYEES = "employee_nps"


@dataclass(frozen=True, repr=False)
class StoreCorrelations(Result):
    """Correlations of true store means with NPS; correlations and reliabilities within −1 and 1."""

    title: ClassVar[str] = "What goes with NPS between stores"

    @override
    def headline(self) -> str:
        notes = []
        for row in self.frame.itertuples():
            known = (
                f"{row.estimate:+.2f} ({row.lower:+.2f} to {row.upper:+.2f}) with the noise taken "
                f"off, {row.observed:+.2f} as observed"
                if row.identified
                else f"not identified once noise is taken off, {row.observed:+.2f} as observed"
            )
            notes.append(f"{row.second} {known}")
        return f"Correlation of the stores' NPS with {'; with '.join(notes)}."

    @override
    def shown(self) -> pd.DataFrame:
        numbers = self.frame.select_dtypes("float").columns.drop("level")
        return self.frame.assign(
            **{name: self.frame[name].map("{:.2f}".format) for name in numbers}
        )


def correlations(
    responses: Any,
    stores: Any = None,
    *,
    questions: Sequence[str] = ("csat", "ces"),
    employees_answering: float = 1.0,
    within: str | None = None,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> StoreCorrelations:
    """Return correlations of stores' true NPS with other questions and with employee NPS.

    Parameters
    ----------
    responses
        `AnswerPatterns` of "score" and the questions by store, or anything `answer_patterns` takes.
    stores
        With `employee_nps` and `employees`, to correlate the employees' NPS: an intake of stores,
        a frame, or anything `read` takes. None leaves employees out.
    questions
        Questions of the same customers, numbers.
    employees_answering
        Share of the employees whose answers make up `employee_nps`: it is rarely told, and the
        lower it is, the more noise there is to take off. 1 takes off least.
    within
        A column of the stores (country, format): stores are compared within its groups only.
    level
        Of the intervals.
    draws
        Samples of stores (bootstrap), at least 200.
    seed
        Of the samples.

    Returns
    -------
    StoreCorrelations
        `frame`, a row a question: first ("nps"), second, estimate (of the true means, held within
        −1 and 1), std_error, lower, upper (bias-corrected and accelerated bootstrap of stores),
        level, identified, observed, reliability_first, reliability_second, beyond (the estimate
        was held at 1 or −1), stores, n (answers).

    Raises
    ------
    InputError
        If there are fewer than ten stores with two answers, `within` leaves none of them another
        to compare with, a column is not there, or a share is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> store = np.repeat(np.arange(60), 40)
    >>> good = rng.normal(size=60)[store]
    >>> rows = pd.DataFrame({"store_id": store})
    >>> rows["score"] = np.clip(np.round(8 + good + 2 * rng.normal(size=2400)), 0, 10)
    >>> rows["ces"] = np.clip(np.round(5 + 0.5 * good + rng.normal(size=2400)), 1, 7)
    >>> patterns = AnswerPatterns.of(rows, ["score", "ces"], cluster="store_id")
    >>> result = correlations(patterns, questions=["ces"])
    >>> result.frame[["second", "observed", "estimate", "reliability_second"]].round(2)
      second  observed  estimate  reliability_second
    0    ces      0.87      0.99                0.89
    """
    level = checks.fraction("level", level)
    draws = checks.count("draws", draws, least=200)
    share = checks.number("employees_answering", employees_answering, low=0.01, high=1.0)
    patterns = responses
    if not isinstance(responses, AnswerPatterns):
        patterns = answer_patterns(responses, ["score", *questions])
    if patterns.cluster is None:
        raise InputError("Correlations between stores need patterns counted by store.")
    for name in ("score", *questions):
        checks.one_of("questions", name, patterns.numeric)
    facts = _facts(stores, within)
    rng = np.random.default_rng(checks.count("seed", seed))
    rows = []
    for name in questions:
        both = _kept(pair_moments(patterns, "nps", name), name)
        rows.append(_row(name, both, both["n"], both["n"], facts, within, level, draws, rng))
    polled = facts is not None
    if facts is not None:
        both, heads = _with_employees(patterns, facts, share)
        rows.append(_row(_EMPLOYEES, both, both["n"], heads, facts, within, level, draws, rng))
    if not rows:
        raise InputError("There is nothing to correlate: give `questions`, or stores with "
                         "`employee_nps` and `employees`.")  # fmt: skip
    frame = pd.DataFrame(rows)
    options = {
        "questions": list(questions),
        "employees_answering": share if polled else None,
        "within": within,
        "level": level,
        "draws": draws,
    }
    return StoreCorrelations(
        frame,
        tuple(_doubts(frame, share, within, polled=polled)),
        Provenance(
            "moments less sampling (co)variances, bootstrap of stores",
            options,
            patterns.fingerprint,
            seed,
        ),
    )


def _facts(stores: Any, within: str | None) -> pd.DataFrame | None:
    if stores is None:
        if within is not None:
            raise InputError(f"`within` is a column of the stores: give `stores` with {within!r}.")
        return None
    columns = ["employees", _EMPLOYEES, *([within] if within else [])]
    return store_facts(stores, columns)


def _kept(both: pd.DataFrame, name: str) -> pd.DataFrame:
    if len(both) < _LEAST:
        raise InputError(
            f"Only {len(both)} stores have two answers or more to {name!r}; a correlation between "
            f"stores needs {_LEAST}."
        )
    return both


def _with_employees(
    patterns: AnswerPatterns, facts: pd.DataFrame, share: float
) -> tuple[pd.DataFrame, pd.Series]:
    """Return the stores with the employees' NPS as second mean, and how many employees answered.

    Nobody knows how the employees' answers scatter, only their net: as the customers' do.
    """
    mine = pair_moments(patterns, "nps")
    spread = float(np.average(mine["vx"] * mine["n"], weights=mine["n"]))
    both = mine.merge(facts, left_on="cluster", right_on="store_id")
    both = both[both["employees"].notna() & (both["employees"] > 0) & both[_EMPLOYEES].notna()]
    both = _kept(both.reset_index(drop=True), _EMPLOYEES)
    heads = (share * both["employees"].astype(float)).clip(lower=1.0)
    both = both.assign(y=both[_EMPLOYEES].astype(float), vy=spread / heads, cxy=0.0)
    return both, heads


def _row(
    name: str,
    both: pd.DataFrame,
    size_x: pd.Series,
    size_y: pd.Series,
    facts: pd.DataFrame | None,
    within: str | None,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    group = np.zeros(len(both), dtype=np.intp)
    if within is not None and facts is not None:
        label = both["cluster"].map(facts.set_index("store_id")[within])
        group = np.asarray(pd.factorize(label.astype(object).fillna("(none)"))[0], dtype=np.intp)
        if len(np.unique(group)) == len(group):
            raise InputError(
                f"`within`={within!r}: each of the {len(group)} stores is alone in its group, so "
                "that none can be compared. Take a column of fewer values."
            )
    x, y, vx, vy, cxy = (both[k].to_numpy(float) for k in ("x", "y", "vx", "vy", "cxy"))
    pair = Pair(x, y, vx, vy, cxy, group)
    found = disattenuated(pair, size_x.to_numpy(float), size_y.to_numpy(float), level, draws, rng)
    return {
        "first": "nps",
        "second": name,
        **found._asdict(),
        "stores": len(both),
        "n": int(both["n"].sum()),
    }


def _doubts(frame: pd.DataFrame, share: float, within: str | None, *, polled: bool) -> list[Said]:
    notes = [
        said(
            "{second}: stores hardly differ by more than chance (reliability of NPS "
            "{reliability_first:.2f}, of {second} {reliability_second:.2f}); the true "
            "correlation is not identified. Take a longer period or larger units.",
            second=row.second,
            reliability_first=row.reliability_first,
            reliability_second=row.reliability_second,
        )
        for row in frame[~frame["identified"]].itertuples()
    ]
    over = frame[frame["beyond"] & frame["identified"]]
    if len(over):
        notes.append(
            said(
                "{second}: taking the noise off gave a correlation beyond 1, which chance, or "
                "noise taken for larger than it is, brings about; it is held there. Read the "
                "interval.",
                second=list(over["second"]),
            )
        )
    if polled:
        few = frame["second"] == _EMPLOYEES
        notes.append(
            said(
                "How many employees stand behind '{employees}' was not counted: {share:g}% of "
                "them were taken to have answered, and to scatter as the customers do "
                "(reliability {reliability:.2f}). Fewer answers would mean a higher true "
                "correlation.",
                employees=_EMPLOYEES,
                share=100 * share,
                reliability=frame["reliability_second"][few].iloc[0],
            )
        )
    if (frame["stores"] < _FEW).any():
        notes.append(
            said(
                "{stores} stores are few for a correlation: the interval is rough.",
                stores=int(frame["stores"].min()),
            )
        )
    between = said(
        "Correlations between stores, not effects: what makes a store good may be behind both."
    )
    same = said("Asked within a country or a format, they compare its stores only.")
    notes.append(between if within else followed(between, same))
    return notes
