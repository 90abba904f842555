"""What goes with the score: drivers, importance, halo, regression, correlations, predictors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from npsstats.reporting.kinds.linkage.forest import Forest, Kind
from npsstats.reporting.kinds.linkage.rows import Row, Scale
from npsstats.reporting.language import mark, shown
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage.names import question

if TYPE_CHECKING:
    from npsstats.reporting.language import Language

__all__ = ["CORRELATIONS", "DRIVERS", "HALO", "IMPORTANCE", "PREDICTORS", "REGRESSION"]

_MORE = mark("Collect more answers before choosing between these questions.")
_ALL = "(all)"
_BLANK = " blank"


def _term(words: Language, name: str) -> str:
    """Return what a term of a model is called: a question, or a question and its answer."""
    if name.endswith(_BLANK):
        return words.say("{question}: no answer", question=_term(words, name.removesuffix(_BLANK)))
    asked, given, answer = name.partition("=")
    return question(words, asked) + (f" = {answer}" if given else "")


def _named(name: str, words: Language) -> str:
    """Return what a doubt calls a question, as its table does."""
    return question(words, name)


def _plain(column: str) -> Any:
    def rows(result: Any, words: Language) -> list[Row]:
        return [
            Row(_term(words, str(getattr(row, column))), row.estimate, row.lower, row.upper, row.n)
            for row in records(result.frame)
        ]

    return rows


def _of_drivers(result: Any, words: Language) -> list[Row]:
    """Return the drivers; the memo is about the one that tells answers apart most, as the result.

    A step is another thing on each scale; who skips a question is no driver.
    """
    rows: list[Row] = _plain("term")(result, words)
    frame = result.frame
    apart = (frame["estimate"] * frame["spread"]).abs()
    asked = ~frame["term"].str.endswith(_BLANK)
    first = int(apart.where(asked, -1.0).to_numpy().argmax())
    rows[first] = replace(rows[first], strong=True, among=int(asked.sum()))
    return rows


def _of_importance(result: Any, words: Language) -> list[Row]:
    return [
        Row(
            words.say("All drivers together") if row.driver == _ALL else _term(words, row.driver),
            row.estimate,
            row.lower,
            row.upper,
            row.n,
            row.driver == _ALL,
        )
        for row in records(result.frame)
    ]


def _of_regression(result: Any, words: Language) -> list[Row]:
    return [
        Row(_term(words, str(row.term)), row.estimate, row.lower, row.upper, row.n)
        for row in records(result.frame)
        if row.term != "Intercept"
    ] or _plain("term")(result, words)


def _of_stores(result: Any, words: Language) -> list[Row]:
    return [
        Row(
            question(words, str(row.second)),
            row.estimate if row.identified else float("nan"),
            row.lower,
            row.upper,
            row.stores,
        )
        for row in records(result.frame)
    ]


def _of_predictors(result: Any, words: Language) -> list[Row]:
    """Return the questions; the memo is about the one that gains most."""
    rows = _plain("predictor")(result, words)
    best = max(rows, key=lambda row: row.estimate)
    return [replace(row, strong=row is best, among=len(rows)) for row in rows]


def _as_good(result: Any, words: Language) -> str:
    """Say which questions may foretell as well as the one that gains most."""
    frame, pairs = result.frame, result.pairs
    best = frame.iloc[int(frame["estimate"].to_numpy().argmax())]
    told = {result.reference} if best["predictor"] == result.reference else set()
    worse = set(pairs.loc[pairs["upper"] < 0, "predictor"]) if told else set()
    if not told and (pairs.loc[pairs["predictor"] == best["predictor"], "lower"] > 0).all():
        worse = {result.reference}
    close = [
        str(row.predictor)
        for row in records(frame)
        if row.predictor not in {best["predictor"], *worse}
        and shown(row.upper) >= shown(best["lower"])
    ]
    if not close:
        return ""
    return words.say(
        "That it foretells better than others is not shown: {names}.",
        names=words.listing(_term(words, name) for name in close),
    )


def _answers(result: Any, words: Language) -> str:
    return words.say_many("{n} answer", "{n} answers", int(result.frame["n"].max()))


def _within(result: Any, words: Language) -> str:
    return words.say(
        "{n} customers who answered more than once",
        n=words.whole(result.frame["customers"].iloc[0]),
    )


def _told_share(result: Any, words: Language) -> str:
    if not result.constant:  # the share is then of squares about 0, which is no share of variance
        return _answers(result, words)
    return words.say(
        "{answers} · the terms tell {share} of the score's variance",
        answers=_answers(result, words),
        share=words.percent(result.r_squared),
    )


DRIVERS = Forest(
    Kind(
        name="drivers",
        heading=mark("What goes with a higher score"),
        question=mark("Which closed questions go with the score, the others held equal?"),
        row_head=mark("One step more of"),
        column=mark("Points of NPS"),
        axis=mark("Points of NPS for one step more, the others equal"),
        above=mark("A better answer goes with a higher NPS: {label}"),
        below=mark("A higher answer goes with a lower NPS: {label}"),
        told=mark(
            "Choose by importance and performance together, then try a change in some stores."
        ),
        open=_MORE,
        lost=_MORE,
    ),
    _of_drivers,
    _answers,
    named=_named,
)

IMPORTANCE = Forest(
    Kind(
        name="importance",
        heading=mark("How much each driver matters"),
        question=mark("How much do the drivers foretell of the score of customers not yet seen?"),
        row_head=mark("Driver"),
        column=mark("Share foretold, %"),
        axis=mark("Share of the score's uncertainty foretold, %"),
        above=mark("The drivers foretell part of the score"),
        below=mark("The drivers foretell nothing of the score"),
        told=mark("Set importance beside performance: what matters and is done badly comes first."),
        open=mark(
            "Do not rank drivers on these answers: that they foretell anything is not shown."
        ),
        lost=_MORE,
        told_below=mark(
            "Do not rank drivers on these answers: that they foretell anything is not shown."
        ),
    ),
    _of_importance,
    _answers,
    named=_named,
)

HALO = Forest(
    Kind(
        name="halo",
        heading=mark("Drivers, once a customer's usual mood is out"),
        question=mark("Do drivers still go with the score within one and the same customer?"),
        row_head=mark("One step more of"),
        column=mark("Points of NPS"),
        axis=mark("Points of NPS for one step more, within customers"),
        above=mark("It still goes with the score within customers: {label}"),
        below=mark("Within customers it goes with a lower score: {label}"),
        told=mark("Prefer what is left within customers to what is found between them."),
        open=mark("Do not act on drivers yet: what is left within customers may be nothing."),
        lost=_MORE,
    ),
    _plain("driver"),
    _within,
    named=_named,
)

REGRESSION = Forest(
    Kind(
        name="regression",
        heading=mark("Regression of the score"),
        question=mark("Which terms go with the score, the others held equal?"),
        row_head=mark("Term"),
        column=mark("Steps of the score"),
        axis=mark("Steps of the score for one unit more"),
        above=mark("The score is higher with more of it: {label}"),
        below=mark("The score is lower with more of it: {label}"),
        told=mark("Look for what else differs with that term before acting on it."),
        open=_MORE,
        lost=_MORE,
        scale=Scale(decimals=2),
    ),
    _of_regression,
    _told_share,
    named=_named,
)

CORRELATIONS = Forest(
    Kind(
        name="correlations",
        heading=mark("What goes with NPS between stores"),
        question=mark("In stores with a higher NPS, what else is higher?"),
        row_head=mark("Question"),
        n_head=mark("Stores"),
        column=mark("Correlation"),
        axis=mark("Correlation between stores, the noise of sampling taken off"),
        above=mark("Where NPS is higher, this is higher too: {label}"),
        below=mark("Where NPS is higher, this is lower: {label}"),
        told=mark("Visit stores that are high and low on both, and look for what sets them apart."),
        open=mark("Take a longer period or larger units: stores cannot be told apart enough."),
        lost=mark("Take a longer period or larger units: stores cannot be told apart enough."),
        scale=Scale(decimals=2),
    ),
    _of_stores,
    _answers,
    named=_named,
)

PREDICTORS = Forest(
    Kind(
        name="questions-compared",
        heading=mark("Which question foretells best"),
        question=mark("Which question foretells what customers do next?"),
        row_head=mark("Question"),
        column=mark("Gain over no question"),
        axis=mark("Gain over no question, in nats for 1,000 answers"),
        above=mark("This question foretells what customers do: {label}"),
        below=mark("No question is shown to foretell what customers do"),
        told_below=mark(
            "Do not choose a question on these data: none is shown to foretell anything."
        ),
        told=mark("Keep a question that foretells; that it can be improved is another matter."),
        open=mark("Do not choose a question on these data: none is shown to foretell anything."),
        lost=_MORE,
    ),
    _of_predictors,
    _answers,
    _as_good,
    _named,
)
