"""Stores that are surely above or surely below, and how many are listed by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.leadership import store_wording
from npsstats.reporting.render import Page
from npsstats.reporting.standing import Standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.style import Look

__all__ = ["page"]

_ROWS_SHOWN = 10
_LONGEST = 54  # letters of a name that stay on one line


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when there is nothing to list: the stores' page says so."""
    words = look.language
    if facts.stores is None or (facts.stores["standing"] == Standing.UNKNOWN).all():
        return None
    return Page(
        template="flags",
        title=words.say("Stores that stand out"),
        content={
            "lede": words.say(
                "A store is listed when its whole {level} credible interval lies on one side.",
                level=words.percent(facts.method.level),
            ),
            "head": [
                words.say("Store"),
                words.say("Responses"),
                words.say("Raw score"),
                words.say("Estimate"),
                words.say("Interval"),
                words.say("Probability"),
            ],
            "lists": [_list(words, facts, side) for side in (Standing.ABOVE, Standing.BELOW)],
        },
    )


def _list(words: Language, facts: Facts, side: Standing) -> dict[str, Any]:
    listed = facts.listed(side)
    if side is Standing.BELOW:
        listed = listed.iloc[::-1]  # the lowest first: it is where to look first
    shown = listed if facts.detail else listed.head(_ROWS_SHOWN)
    mistakes = store_wording.false_flags(words, facts, side)
    sentences = [mistakes or store_wording.nobody(words, facts, side)]
    if len(listed) > len(shown):
        sentences.append(
            words.say(
                "The first {shown} are shown; the detailed report lists them all (option "
                "--detail).",
                shown=words.whole(len(shown)),
            )
        )
    return {
        "title": store_wording.list_title(words, facts, side),
        "sentences": sentences,
        "rows": [
            [
                store if facts.detail else shorten_middle(store, _LONGEST),
                words.whole(n),
                words.number(raw),
                words.number(estimate),
                words.interval(lower, upper),
                words.probability(above if side is Standing.ABOVE else 1 - above),
            ]
            for store, n, raw, estimate, lower, upper, above in zip(
                *(
                    shown[name]
                    for name in ("store", "n", "nps", "estimate", "lower", "upper", "p_above")
                ),
                strict=True,
            )
        ],
    }
