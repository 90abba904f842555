"""Stores ranked honestly: a row each when a sheet can hold them, else a line each."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.forest import FOOT, HEAD, ROW, caterpillar, forest, span
from npsstats.reporting.leadership import store_wording, wording
from npsstats.reporting.render import Chart, Page
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.reporting.charts.store_marks import Levels
    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.style import Look

__all__ = ["page"]

SHEET = 240.0  # height of the text on a page, in millimetres, less the note at the end
_LINE = 105  # letters on a line


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when no store is known."""
    words, stores = look.language, facts.stores
    if stores is None:
        return None
    levels = _levels(words, facts)
    lede, points = store_wording.standings(words, facts), _points(words, facts)
    charts: dict[str, Any] = {"forests": []}
    parts = _sheets(stores, _height(lede, points), detail=facts.detail)
    if len(stores) > sum(map(len, parts)) or len(parts) > 1:
        charts["overview"] = Chart(
            caterpillar(stores, levels, look),
            caption=words.say_many(
                "{n} store, from the lowest estimate to the highest",
                "{n} stores, from the lowest estimate to the highest",
                len(stores),
            ),
            alt=lede,
        )
    if parts:
        reach = _reach(parts, facts)
        captions = [words.say("Every store: estimate, interval, raw score and rank")]
        captions += [""] * (len(parts) - 1)
        charts["forests"] = [
            Chart(forest(part, reach, levels, look), caption=caption, alt=_alt(words, part))
            for part, caption in zip(parts, captions, strict=True)
        ]
    if not parts:
        points.append(_elsewhere(words, facts))
    return Page(
        template="stores",
        title=words.say("Stores, ranked honestly"),
        content={
            "lede": lede,
            "points": points,
            "edge": words.say("A raw score beyond the axis is drawn at its end."),
        },
        charts=charts,
    )


def _elsewhere(words: Language, facts: Facts) -> str:
    """Say where the line of a store is that has none on this page."""
    said = words.say(
        "No store has a line of its own here: the detailed report (option --detail) has one for "
        "each of them."
    )
    if not any(len(facts.listed(side)) for side in (Standing.ABOVE, Standing.BELOW)):
        return said
    return f"{said} " + words.say(
        "The section “{section}” lists those surely on one side.",
        section=words.say("Stores that stand out"),
    )


def _points(words: Language, facts: Facts) -> list[str]:
    stores = facts.stores
    if stores is None:
        return []
    silent = int((stores["n"] == 0).sum())
    none = facts.listed(Standing.UNKNOWN)
    found = [
        store_wording.nobody(words, facts) if len(none) == len(stores) else None,
        store_wording.spread(words, facts),
        store_wording.rank_spread(words, facts),
        store_wording.hasty_champion(words, facts),
        words.say(
            "An estimate borrows from the network what a store's own responses cannot tell: "
            "{share} on average here, more where responses are few.",
            share=words.percent(float(stores["shrinkage"].mean())),
        ),
        words.say_many(
            "{n} store has no response: its estimate is that of a typical store.",
            "{n} stores have no response: their estimate is that of a typical store.",
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


def _sheets(stores: pd.DataFrame, above: float, *, detail: bool) -> list[pd.DataFrame]:
    """Split the stores over sheets; without detail, none where one sheet cannot hold them.

    Parameters
    ----------
    stores
        In the order to draw.
    above
        Height of what stands above the forest, in millimetres.
    detail
        Whether as many sheets as it takes are filled, each in proportion to its room.
    """
    whole = int((SHEET - HEAD - FOOT) / ROW)
    first = int((SHEET - above - HEAD - FOOT) / ROW)
    if len(stores) <= first:
        return [stores]
    if not detail:
        return []
    sheets = -(-len(stores) // whole)
    ends = [len(stores) * sheet // sheets for sheet in range(sheets + 1)]
    return [stores.iloc[i:j] for i, j in pairwise(ends)]


def _height(lede: str, points: list[str]) -> float:
    """Return about how high the text above the first forest is, in millimetres."""
    lines = sum(-(-len(point) // _LINE) for point in points)
    return 24 + 5.2 * -(-len(lede) // (_LINE - 12)) + 4.4 * lines + len(points)


def _reach(parts: list[pd.DataFrame], facts: Facts) -> tuple[float, float]:
    """Return one axis for all the forests: what they hold, the network and the target."""
    import pandas as pd

    ends = [facts.overall.nps, facts.reference, *span(pd.concat(parts))]
    wide = max(ends) - min(ends)
    room, edge = 0.04 * wide + 1, 100 + 0.005 * wide  # no mark is cut, and no tick is beyond 100
    return max(min(ends) - room, -edge), min(max(ends) + room, edge)


def _alt(words: Language, part: pd.DataFrame) -> str:
    said = [
        f"{store}: {words.number(estimate)} ({words.interval(lower, upper)})"
        for store, estimate, lower, upper in zip(
            part["store"], part["estimate"], part["lower"], part["upper"], strict=True
        )
    ]
    return words.say("Estimate and interval of each store. {stores}.", stores=words.series(said))
