"""Sentences on what would go with another score, in words that the evidence permits."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING

import numpy as np

from npsstats.reporting.language import mark, mark_many, shown
from npsstats.reporting.leadership.wording import level_text

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.language import Language

__all__ = [
    "amount",
    "amounts",
    "customers",
    "footing",
    "helped",
    "needed",
    "percents_signed",
    "revenue",
    "row_of",
    "step",
    "stepped",
    "turned",
]

_HARDLY = 0.01
_SURE = 0.8
_MORE = mark_many(
    "With {size} point of NPS more from now on, which is assumed, the score in {period} would be "
    "{scenario} instead of {baseline}.",
    "With {size} points of NPS more from now on, which is assumed, the score in {period} would be "
    "{scenario} instead of {baseline}.",
)
_LESS = mark_many(
    "With {size} point of NPS less from now on, which is assumed, the score in {period} would be "
    "{scenario} instead of {baseline}.",
    "With {size} points of NPS less from now on, which is assumed, the score in {period} would be "
    "{scenario} instead of {baseline}.",
)
_FOOTING = {
    "measured": mark(
        "The link from score to revenue is measured within stores here; that the score changes at "
        "all is assumed, and so is what is computed from it."
    ),
    "unidentified": mark(
        "No link from score to revenue is identified here: no revenue is computed for the scenario."
    ),
    "unmeasured": mark(
        "The link from score to revenue is not measured here: no revenue is computed for the "
        "scenario."
    ),
    "": mark("Nothing is said of revenue: no purchases are there to link the score to."),
}
_HELPS = {
    "yes": mark(
        "The NPS helps to foretell revenue here: with it the error is {saved} smaller {held}."
    ),
    "no": mark("The NPS does not help to foretell revenue here: the forecast does without it."),
    "cannot be told": mark(
        "Whether the NPS helps to foretell revenue here cannot be told: the forecast does without "
        "it."
    ),
}


def row_of(frame: pd.DataFrame, quantity: str, basis: str | None = None) -> Any:
    """Return the total of a quantity of a scenario, or its last period; None without one."""
    rows = frame[(frame["lever"] == "change of the score") & (frame["quantity"] == quantity)]
    if basis is not None:
        rows = rows[rows["basis"] == basis]
    if (rows["unit"] == "money").any():
        rows = rows[rows["unit"] == "money"]
    total = rows[rows["period"] == "total"]
    rows = total if len(total) else rows
    return None if not len(rows) else next(rows.tail(1).itertuples(index=False))


def turned(words: Language, facts: ForecastFacts) -> str | None:
    """Say what the scenario is."""
    if facts.scenario is None:
        return None
    row = row_of(facts.scenario, "NPS")
    if row is None:
        return None
    size = abs(facts.gain)
    return words.say_many(
        *(_MORE if facts.gain > 0 else _LESS),
        int(size),
        size=words.number(size, 0 if float(size).is_integer() else 1),
        period=words.period(str(row.period)),
        scenario=words.number(row.scenario),
        baseline=words.number(row.baseline),
    )


def footing(words: Language, facts: ForecastFacts) -> str | None:
    """Say on what the step from score to revenue rests."""
    return None if facts.scenario is None else words.say(_FOOTING[facts.slope_basis])


def needed(words: Language, facts: ForecastFacts) -> list[str]:
    """Say how likely the target is, and what would have to be true for it."""
    frame, target = facts.reach, facts.target
    if frame is None or target is None or facts.ahead is None:
        return []
    period = words.period(str(facts.ahead["period"].iloc[-1]))
    true = frame[frame["of"] == "true score"]
    chance = float(true.loc[true["quantity"] == "probability", "estimate"].iloc[0])
    said = [
        words.say(
            "The target of {target} in {period}: as things go, it is reached with a probability "
            "of {p}.",
            target=level_text(words, target),
            period=period,
            p=words.probability(chance),
        )
    ]
    sure = true[true["sure"] == _SURE].set_index("quantity")["estimate"]
    gain = float(sure["gain needed"])
    people = float(sure["detractors turned promoters"])
    if shown(gain) <= 0:
        said.append(
            words.say(
                "Probable at {sure} or more, with {spare} to spare.",
                sure=words.percent(_SURE),
                spare=words.number(-gain),
            )
        )
        return said
    given = {"sure": words.percent(_SURE), "gain": words.number(gain)}
    if isfinite(people):
        said.append(
            words.say(
                "To be {sure} sure of it, the score would have to be {gain} points above what is "
                "forecast: {people} of 100 answers turned from detractor to promoter.",
                people=words.number(people),
                **given,
            )
        )
    else:
        said.append(
            words.say(
                "To be {sure} sure of it, the score would have to be {gain} points above what is "
                "forecast: more than if all detractors turned promoters.",
                **given,
            )
        )
    if chance < _HARDLY:
        said.append(words.say("As things go, it is out of reach."))
    return said


def revenue(words: Language, facts: ForecastFacts) -> str | None:
    """Say what revenue is expected by the last period."""
    frame = facts.revenue
    if frame is None:
        return None
    row = frame.iloc[-1]
    said = words.say(
        "Revenue expected in {period}: {estimate} ({level} interval: {interval}).",
        period=words.period(str(row["period"])),
        estimate=amount(words, row["estimate"]),
        level=words.percent(row["level"]),
        interval=amounts(words, row["lower"], row["upper"]),
    )
    if not isfinite(row["growth"]):
        return said
    return f"{said} " + words.say(
        "Against the year before: {growth} ({interval}).",
        growth=percent_signed(words, row["growth"]),
        interval=percents_signed(words, row["growth_lower"], row["growth_upper"]),
    )


def helped(words: Language, facts: ForecastFacts) -> str | None:
    """Say whether the score helps to foretell revenue."""
    if facts.helps not in _HELPS:
        return None
    saved = facts.saved
    if saved is None:
        return words.say(_HELPS[facts.helps], saved="", held="")
    held = words.say(
        "({level} interval: {interval})",
        level=words.percent(saved["level"]),
        interval=percents_signed(words, 100 * saved["lower"], 100 * saved["upper"]),
    )
    return words.say(_HELPS[facts.helps], saved=words.percent(saved["estimate"], 1), held=held)


def customers(words: Language, facts: ForecastFacts) -> str | None:
    """Say how many customers are expected to be lost, and their revenue."""
    frame = facts.churn
    if frame is None:
        return None
    parts = {name: rows.sort_values("horizon") for name, rows in frame.groupby("quantity")}
    there, lost = parts["customers"].iloc[0], parts["lost so far"].iloc[-1]
    said = words.say(
        "Of {customers} customers, {lost} are expected to be lost by the end of {period} ({level} "
        "interval: {interval}).",
        customers=words.whole(there["estimate"]),
        lost=amount(words, lost["estimate"]),
        period=words.period(str(lost["period"])),
        level=words.percent(lost["level"]),
        interval=amounts(words, lost["lower"], lost["upper"]),
    )
    at_risk = parts.get("revenue at risk")
    if at_risk is None or not at_risk["estimate"].notna().all():
        return said
    total = float(at_risk["estimate"].sum())
    return f"{said} " + words.say(
        "Those customers stand for {money} of revenue a year.",
        money=amount(words, total),
    )


def step(lower: float, upper: float) -> float:
    """Return the unit in which a difference is written: it leaves its larger limit two digits.

    Examples
    --------
    >>> step(-120, 2140), step(-0.8, 2.1)
    (100.0, 0.1)
    """
    return max(10.0 ** (floor(log10(max(abs(lower), abs(upper), 0.01))) - 1), 0.1)


def stepped(words: Language, value: float, unit: float, *, signed: bool = False) -> str:
    """Write a sum in whole units."""
    return words.number(np.rint(value / unit) * unit, 0 if unit >= 1 else 1, signed=signed)


def amount(words: Language, value: float, *, signed: bool = False) -> str:
    """Write a sum of money or of people: whole, and no more than its first three digits."""
    digits = max(len(f"{abs(value):.0f}") - 3, 0)
    return words.number(round(value / 10**digits) * 10.0**digits, 0, signed=signed)


def amounts(words: Language, lower: float, upper: float, *, signed: bool = False) -> str:
    """Write two sums."""
    text = words.say(
        "{lower} to {upper}",
        lower=amount(words, lower, signed=signed),
        upper=amount(words, upper, signed=signed),
    )
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def percent_signed(words: Language, percent: float) -> str:
    """Write a percentage with its sign, to a tenth."""
    return ("+" if shown(percent) > 0 else "") + words.percent(percent / 100, 1)


def percents_signed(words: Language, lower: float, upper: float) -> str:
    """Write two percentages with their signs, to a tenth."""
    text = words.say(
        "{lower} to {upper}",
        lower=percent_signed(words, lower),
        upper=percent_signed(words, upper),
    )
    return text.replace(" ", "\N{NO-BREAK SPACE}")
