"""Stores ranked honestly: all of them when a page can hold them, else the two ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting import store_wording, wording
from npsstats.reporting.facts import Standing
from npsstats.reporting.forest import caterpillar, forest
from npsstats.reporting.render import Chart, Page

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.reporting.facts import Facts
    from npsstats.reporting.language import Language
    from npsstats.reporting.store_marks import Levels
    from npsstats.reporting.style import Look

__all__ = ["page"]

_FIRST_SHEET, _NEXT_SHEET = 34, 48  # rows of a forest under the text of the page, and alone
_ALL_SHOWN = _FIRST_SHEET + _NEXT_SHEET
_ENDS_SHOWN = 20


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when no store is known."""
    words, stores = look.language, facts.stores
    if stores is None:
        return None
    levels = _levels(words, facts)
    if len(stores) <= _ALL_SHOWN:
        overview = None
        parts = _sheets(stores)
        captions = [words.say("Every store: estimate, interval, raw score and rank")]
    else:
        overview = Chart(
            caterpillar(stores, levels, look),
            caption=words.say_many(
                "{n} store, from the lowest estimate to the highest",
                "{n} stores, from the lowest estimate to the highest",
                len(stores),
            ),
            alt=store_wording.standings(words, facts),
        )
        parts = [stores.head(_ENDS_SHOWN), stores.tail(_ENDS_SHOWN)]
        captions = [
            words.say("The {n} highest estimates", n=_ENDS_SHOWN),
            words.say("The {n} lowest estimates", n=_ENDS_SHOWN),
        ]
    reach = _reach(parts, facts)
    captions += [""] * (len(parts) - len(captions))
    charts = [
        Chart(forest(part, reach, levels, look), caption=caption, alt=_alt(words, part))
        for part, caption in zip(parts, captions, strict=True)
    ]
    return Page(
        template="stores",
        title=words.say("Stores, ranked honestly"),
        content={
            "lede": store_wording.standings(words, facts),
            "points": _points(words, facts),
            "edge": words.say("A raw score beyond the axis is drawn at its end."),
        },
        charts={"forests": charts, **({"overview": overview} if overview else {})},
    )


def _points(words: Language, facts: Facts) -> list[str]:
    stores = facts.stores
    if stores is None:
        return []
    silent = int((stores["n"] == 0).sum())
    none = facts.listed(Standing.UNKNOWN)
    found = [
        store_wording.nobody(words, facts) if len(none) == len(stores) else None,
        store_wording.rank_spread(words, facts),
        store_wording.hasty_champion(words, facts),
        words.say(
            "An estimate borrows from the network what a store's own responses cannot tell: "
            "{share} on average here, more where responses are few.",
            share=words.percent(float(stores["shrinkage"].mean())),
        ),
        words.say_many(
            "{n} store has no response: its estimate is the network's.",
            "{n} stores have no response: their estimate is the network's.",
            silent,
        )
        if silent
        else None,
    ]
    return [sentence for sentence in found if sentence]


def _levels(words: Language, facts: Facts) -> Levels:
    network = words.say("network {nps}", nps=words.number(facts.overall.nps))
    levels: Levels = {network: (facts.overall.nps, False)}
    if facts.target is not None:
        target = words.say("target {target}", target=wording.level_text(words, facts.target))
        levels[target] = (facts.target, True)
    return levels


def _sheets(stores: pd.DataFrame) -> list[pd.DataFrame]:
    """Split the stores over the sheets in proportion to their room: no sheet with two rows."""
    if len(stores) <= _FIRST_SHEET:
        return [stores]
    first = -(-len(stores) * _FIRST_SHEET // _ALL_SHOWN)
    return [stores.iloc[:first], stores.iloc[first:]]


def _reach(parts: list[pd.DataFrame], facts: Facts) -> tuple[float, float]:
    """Return one axis for all the forests: every interval, the network and the target."""
    drawn = [part[name] for part in parts for name in ("lower", "upper")]
    ends = [facts.overall.nps, facts.reference]
    low = min(*ends, *(column.min() for column in drawn))
    high = max(*ends, *(column.max() for column in drawn))
    room = 0.04 * (high - low) + 1
    return max(low - room, -101.0), min(high + room, 101.0)


def _alt(words: Language, part: pd.DataFrame) -> str:
    said = [
        f"{store}: {words.number(estimate)} ({words.interval(lower, upper)})"
        for store, estimate, lower, upper in zip(
            part["store"], part["estimate"], part["lower"], part["upper"], strict=True
        )
    ]
    return words.say("Estimate and interval of each store. {stores}.", stores="; ".join(said))
