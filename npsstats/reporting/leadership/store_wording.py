"""Sentences about stores, chosen by their numbers: see `wording` for the rules they share."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from npsstats.reporting.language import mark, shown
from npsstats.reporting.leadership.wording import level_text
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts

__all__ = [
    "false_flags",
    "hasty_champion",
    "list_title",
    "nobody",
    "rank_spread",
    "spread",
    "standings",
]

FEW_STORES = 5


def standings(words: Language, facts: Facts) -> str:
    """Say how many stores are surely on each side of the reference, and how many are not."""
    stores = facts.stores
    if stores is None:
        raise ValueError("no stores are known")
    said = {
        "reference": level_text(words, facts.reference),
        "above": words.whole(len(facts.listed(Standing.ABOVE))),
        "below": words.whole(len(facts.listed(Standing.BELOW))),
        "unknown": words.whole(len(facts.listed(Standing.UNKNOWN))),
    }
    if facts.target is not None:
        return words.say_many(
            "Of {n} store: {above} surely above the target of {reference}, {below} surely below, "
            "{unknown} where it cannot be told.",
            "Of {n} stores: {above} surely above the target of {reference}, {below} surely below, "
            "{unknown} where it cannot be told.",
            len(stores),
            **said,
        )
    return words.say_many(
        "Of {n} store: {above} surely above the network's NPS of {reference}, {below} surely "
        "below, {unknown} where it cannot be told.",
        "Of {n} stores: {above} surely above the network's NPS of {reference}, {below} surely "
        "below, {unknown} where it cannot be told.",
        len(stores),
        **said,
    )


def false_flags(words: Language, facts: Facts, side: Standing) -> str | None:
    """Say how many stores of a list are expected to be there by mistake."""
    listed = len(facts.listed(side))
    if not listed:
        return None
    expected = facts.false_flags(side)
    number = words.number(expected)
    if shown(expected) == 0:
        number = words.say("less than {limit}", limit=words.number(0.1))
    return words.say(
        "Stores listed: {n}; expected mistakes among them: {expected}.",
        n=words.whole(listed),
        expected=number,
    )


def hasty_champion(words: Language, facts: Facts) -> str | None:
    """Show on the best raw score what few responses are worth."""
    stores = facts.stores
    if stores is None or not (stores["n"] > 0).any():
        return None
    best = stores.sort_values(["nps", "n"], ascending=[False, True], kind="stable").iloc[0]
    if not shown(best["nps"]) > shown(stores.iloc[0]["nps"]):  # a store without answers has none
        return None
    return words.say_many(
        "By raw score {store} would come first, with {nps} from {n} response; its estimate is "
        "{estimate}, and its rank may be anything from {first} to {last}.",
        "By raw score {store} would come first, with {nps} from {n} responses; its estimate is "
        "{estimate}, and its rank may be anything from {first} to {last}.",
        int(best["n"]),
        store=named(words, best["store"]),
        nps=words.number(best["nps"]),
        estimate=words.number(best["estimate"]),
        first=words.whole(best["rank_lower"]),
        last=words.whole(best["rank_upper"]),
    )


def rank_spread(words: Language, facts: Facts) -> str | None:
    """Say how little, or how much, the first rank means."""
    stores = facts.stores
    if stores is None:
        return None
    first = stores.iloc[0]
    if first["rank_lower"] == first["rank_upper"]:
        return words.say("{store} is surely first.", store=named(words, first["store"]))
    return words.say(
        "The store with the highest estimate, {store}, may rank anywhere from {first} to {last}.",
        store=named(words, first["store"]),
        first=words.whole(first["rank_lower"]),
        last=words.whole(first["rank_upper"]),
    )


def named(words: Language, store: str) -> str:
    """Name a store in a sentence: a bare number needs a word beside it."""
    if any(character.isalpha() for character in store):
        return store
    return words.say("store {number}", number=store)


def spread(words: Language, facts: Facts) -> str | None:
    """Say how much stores truly differ, and how much of what raw scores show is chance."""
    stores, true = facts.stores, facts.spread
    if stores is None or true is None:
        return None
    answered = stores[stores["n"] > 0]
    if len(answered) < FEW_STORES:
        return words.say_many(
            "With {n} store that has responses, how much stores differ cannot be learnt from them.",
            "With {n} stores that have responses, how much stores differ can hardly be learnt from "
            "them: the prior speaks.",
            len(answered),
        )
    raw, by_moments = float(answered["nps"].std()), facts.method.by_moments
    said = {
        "true": words.number(true.estimate),
        "interval": words.interval(true.lower, true.upper),
        "raw": words.number(raw),
    }
    if isnan(by_moments):
        differ = true.estimate
        text = words.say(
            "Stores truly differ by about ±{true} points (one standard deviation; {interval}), "
            "their raw scores by ±{raw}.",
            **said,
        )
    else:
        differ = max(true.estimate, by_moments)
        text = words.say(
            "How much stores truly differ is not agreed on: ±{true} points by the model (one "
            "standard deviation; {interval}), ±{moments} by raw scores less what chance adds to "
            "them; with it they differ by ±{raw}. The intervals of small stores are somewhat too "
            "narrow: see the notes on stores, under “{section}”.",
            **said,
            moments=words.number(by_moments),
            section=words.say("How the numbers are made"),
        )
    if shown(differ) ** 2 < 0.5 * shown(raw) ** 2:
        text += " " + words.say("Most of what separates raw scores is chance.")
    return text


def nobody(words: Language, facts: Facts, side: Standing | None = None) -> str:
    """Say that no store is surely on a side, or on either."""
    if facts.target is not None:
        return words.say(
            {
                Standing.ABOVE: mark("No store is surely above the target."),
                Standing.BELOW: mark("No store is surely below the target."),
                None: mark("No store is surely above or below the target."),
            }[side]
        )
    return words.say(
        {
            Standing.ABOVE: mark("No store is surely above the network's NPS."),
            Standing.BELOW: mark("No store is surely below the network's NPS."),
            None: mark("No store is surely above or below the network's NPS."),
        }[side]
    )


def list_title(words: Language, facts: Facts, side: Standing) -> str:
    """Head a list of stores by what they are held against."""
    reference = level_text(words, facts.reference)
    if facts.target is not None:
        title = {
            Standing.ABOVE: mark("Surely above the target of {reference}"),
            Standing.BELOW: mark("Surely below the target of {reference}"),
        }[side]
    else:
        title = {
            Standing.ABOVE: mark("Surely above the network's NPS of {reference}"),
            Standing.BELOW: mark("Surely below the network's NPS of {reference}"),
        }[side]
    return words.say(title, reference=reference)
