"""Who leaves: hazards, falls of the score, Cox, standardized rates, the store's own score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.kinds.linkage.forest import Forest, Kind
from npsstats.reporting.kinds.linkage.rows import Row, Scale
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.linkage.names import CATEGORIES, reading

if TYPE_CHECKING:
    from npsstats.reporting.language import Language

__all__ = ["COX", "FALL", "HAZARD", "MARGINAL", "STORES", "called", "category"]

_RATIO = Scale(null=1.0, decimals=2, ratio=True, signed=False)
_LOST = mark("Merge groups with few departures, or follow customers for longer, and ask again.")


def category(words: Language, name: str) -> str:
    """Return what a category of customers is called."""
    return words.say(CATEGORIES[name]) if name in CATEGORIES else name


def called(name: str, words: Language) -> str:
    """Return what a doubt calls what the data call `category`, and its labels."""
    if name == "category":
        return words.say("last score")
    return category(words, name).lower() if name in CATEGORIES else name


def _ratios(frame: Any, labels: list[str], strong: list[bool]) -> list[Row]:
    return [
        Row(label, row.ratio, row.ratio_lower, row.ratio_upper, row.n, first)
        for label, row, first in zip(labels, records(frame), strong, strict=True)
    ]


def _of_hazard(result: Any, words: Language) -> list[Row]:
    frame = result.frame
    labels = [
        category(words, row.label) if row.term == "category" else f"{row.term} · {row.label}"
        for row in records(frame)
    ]
    detractors = (frame["term"] == "category") & (frame["label"] == "detractor")
    return _ratios(frame, labels, list(detractors))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of_fall(result: Any, words: Language) -> list[Row]:
    names = [str(name) for name in result.frame["comparison"]]
    labels = [_capital(reading(words, name)) for name in names]
    return _ratios(result.frame, labels, [name == "at equal last score" for name in names])


def _of_cox(result: Any, _: Language) -> list[Row]:
    frame = result.frame
    return _ratios(frame, [str(term) for term in frame["term"]], [False] * len(frame))


def _of_stores(result: Any, words: Language) -> list[Row]:
    names = {
        "corrected": words.say("corrected for the noise of scores"),
        "naive": words.say("naive: scores taken for truth"),
    }
    methods = [str(name) for name in result.frame["method"]]
    return _ratios(
        result.frame,
        [_capital(names.get(name, name)) for name in methods],
        [name == "corrected" for name in methods],
    )


def _of_marginal(result: Any, words: Language) -> list[Row]:
    return [
        Row(category(words, str(row.label)), row.estimate, row.lower, row.upper, row.n)
        for row in records(result.frame)
        if str(row.label) != str(result.reference)
    ]


def _followed(result: Any, words: Language) -> str:
    frame = result.frame
    text = words.say(
        "{n} customer-periods, {events} departures",
        n=words.whole(_all(result, "n", "at_risk")),
        events=words.whole(_all(result, "events", "events")),
    )
    references = result.provenance.options.get("references", {})
    if "category" in references and "term" in frame:
        against = category(words, str(references["category"])).lower()
        return text + " · " + words.say("against: {name}", name=against)
    return text


def _all(result: Any, column: str, cells: str) -> int:
    """Return a sum over all that were followed, those compared with among them."""
    held = getattr(result, "cells", None)
    if held is not None:
        return int(getattr(held, cells).sum())
    return int(result.frame[column].max())


def _of_two(result: Any, words: Language) -> str:
    row = result.frame.iloc[0]
    return words.say(
        "{n} customer-periods after a fall, {events} departures",
        n=words.whole(row["n"]),
        events=words.whole(row["events"]),
    )


def _of_labels(result: Any, words: Language) -> str:
    return words.say(
        "{n} customer-periods, against: {name}",
        n=words.whole(result.frame["n"].sum()),
        name=category(words, str(result.reference)).lower(),
    )


def _of_customers(result: Any, words: Language) -> str:
    return words.say(
        "{n} customers, {events} departures",
        n=words.whole(result.customers),
        events=words.whole(result.events),
    )


HAZARD = Forest(
    Kind(
        name="departures",
        heading=mark("Who leaves"),
        question=mark("Who leaves more, by what was known before?"),
        row_head=mark("Group"),
        n_head=mark("Customer-periods"),
        column=mark("Ratio of hazards"),
        axis=mark("Ratio of hazards of leaving (1: no difference)"),
        above=mark("{label}: they leave more than those they are compared with"),
        below=mark("{label}: they leave less than those they are compared with"),
        told=mark(
            "Test a call or an offer on that group, by lot, before paying for it everywhere."
        ),
        open=mark("Follow customers for longer before treating the groups differently."),
        lost=_LOST,
        scale=_RATIO,
        people=True,
    ),
    _of_hazard,
    _followed,
    named=called,
)

FALL = Forest(
    Kind(
        name="fall",
        heading=mark("A fall of the score, and leaving"),
        question=mark("Do customers whose score fell leave more than others with the same score?"),
        row_head=mark("Comparison"),
        n_head=mark("Customer-periods"),
        column=mark("Ratio of hazards"),
        axis=mark("Ratio of hazards of leaving (1: no difference)"),
        above=mark("After a fall, customers leave more"),
        below=mark("After a fall, customers leave less"),
        told=mark("Watch for falls, and test by lot whether a call after one keeps customers."),
        open=mark("Look at the last score: that a fall adds to it is not shown."),
        lost=_LOST,
        scale=_RATIO,
    ),
    _of_fall,
    _of_two,
)

COX = Forest(
    Kind(
        name="time-to-leave",
        heading=mark("How soon customers leave"),
        question=mark("Which of these goes with leaving sooner?"),
        row_head=mark("One unit more of"),
        n_head=mark("Customers"),
        column=mark("Ratio of hazards"),
        axis=mark("Ratio of hazards of leaving (1: no difference)"),
        above=mark("With more of it, customers leave sooner: {label}"),
        below=mark("With more of it, customers leave later: {label}"),
        told=mark("Ask what else differs between these customers before acting on it."),
        open=mark("Follow more customers, or for longer, before reading a difference in it."),
        lost=_LOST,
        scale=_RATIO,
    ),
    _of_cox,
    _of_customers,
)

STORES = Forest(
    Kind(
        name="store-departures",
        heading=mark("The store's NPS, and leaving"),
        question=mark("Do customers of stores with a higher NPS leave less?"),
        row_head=mark("Ten points of the store's NPS more"),
        n_head=mark("Customer-periods"),
        column=mark("Ratio of hazards"),
        axis=mark("Ratio of hazards for ten points of NPS (1: no difference)"),
        above=mark("Where the store's NPS is higher, customers leave more"),
        below=mark("Where the store's NPS is higher, customers leave less"),
        told=mark("Ask what sets those stores apart; try it in some stores, drawn by lot."),
        open=mark("Pool more periods, or collect more answers a store, and ask again."),
        lost=mark("Pool more periods, or collect more answers a store, and ask again."),
        scale=_RATIO,
    ),
    _of_stores,
    _followed,
)

MARGINAL = Forest(
    Kind(
        name="churn-by-group",
        heading=mark("Departures by group, at one mix of customers"),
        question=mark("How many more leave in a period, were customers otherwise alike?"),
        row_head=mark("Group"),
        n_head=mark("Customer-periods"),
        column=mark("More departures, in points"),
        axis=mark("More departures in a period, in percentage points"),
        above=mark("{label}: more of them leave"),
        below=mark("{label}: fewer of them leave"),
        told=mark(
            "Test a call or an offer on that group, by lot, before paying for it everywhere."
        ),
        open=mark("Follow customers for longer before treating the groups differently."),
        lost=_LOST,
        people=True,
    ),
    _of_marginal,
    _of_labels,
    named=called,
)
