"""The voice of the customer: what those who wrote speak of, and who more than others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.theme_figure import themes
from npsstats.reporting.language import mark, shown
from npsstats.reporting.leadership.beside_facts import SMALL
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.render import Chart, Page

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.beside_facts import Voice
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.style import Look

__all__ = ["lede", "page"]

_NAMED, _DRAWN = 3, 12
_UNEVEN = 1.3  # ratio of the rates of writing from which it is said
_WROTE = {
    "detractor": mark("{share} of detractors"),
    "passive": mark("{share} of passives"),
    "promoter": mark("{share} of promoters"),
}


def page(facts: Facts, look: Look) -> Page | None:
    """Return the page, or None when nobody wrote."""
    voice, words = facts.voice, look.language
    if voice is None:
        return None
    drawn = voice.themes if facts.detail else voice.themes.head(_DRAWN)
    charts = {}
    if len(drawn):
        labels = [_label(words, voice, theme) for theme in drawn["theme"]]
        charts["figures"] = [
            Chart(
                themes(drawn, labels, look),
                caption=words.say("Share of the texts that name each theme"),
                alt=_alt(words, drawn, labels),
            )
        ]
    notes = [
        words.say(
            "What goes with a score need not have made it: whoever is unhappy for another reason "
            "names a theme as well."
        ),
        words.say_many(
            "{n} theme that fewer than {small} texts name is left out.",
            "{n} themes that fewer than {small} texts each name are left out.",
            voice.hidden,
            small=SMALL,
        )
        if voice.hidden
        else "",
        words.say("A dash stands where it is few who name a theme."),
    ]
    if not drawn[["detractor", "promoter"]].isna().to_numpy().any():
        notes.pop()
    return Page(
        template="linkage",
        title=words.say("What customers write"),
        content={
            "lede": lede(words, voice),
            "sentences": [text for text in (_apart(words, voice), _who(words, voice)) if text],
            "tables": [],
            "points": [],
            "note": " ".join(note for note in notes if note),
        },
        charts=charts,
    )


def lede(words: Language, voice: Voice) -> str:
    """Say how many wrote, how many name a theme, and which most."""
    if not len(voice.themes) and voice.hidden:
        return words.say_many(
            "{n} text was read: too few to tell which themes are named.",
            "{n} texts were read: no theme is named by as many as {small} of them.",
            voice.texts,
            small=SMALL,
        )
    if not len(voice.themes):
        return words.say_many(
            "{n} text was read; it names no theme.",
            "{n} texts were read; hardly any names a theme.",
            voice.texts,
        )
    first = voice.themes.iloc[0]
    return words.say_many(
        "Of {n} text read, {share} names a theme, most often “{theme}” ({most}).",
        "Of {n} texts read, {share} name a theme, most often “{theme}” ({most}).",
        voice.texts,
        share=words.percent(voice.named),
        theme=_label(words, voice, first["theme"]),
        most=words.percent(first["share"]),
    )


def _apart(words: Language, voice: Voice) -> str:
    """Say which themes detractors surely name more than promoters, and the other way round."""
    frame = voice.themes
    told = frame[frame[["gap", "detractor", "promoter"]].notna().all(axis=1)]
    if not len(told):
        return words.say("Too few wrote to compare detractors with promoters.")
    lower, upper = ([shown(100 * x) for x in told[f"gap_{end}"]] for end in ("lower", "upper"))
    more = told[[value > 0 for value in lower]].sort_values("gap", ascending=False, kind="stable")
    less = told[[value < 0 for value in upper]].sort_values("gap", kind="stable")
    said = []
    if len(more):
        said.append(
            words.say(
                "Detractors surely speak more than promoters of: {themes}.",
                themes=_shares(words, voice, more),
            )
        )
    if len(less):
        said.append(
            words.say(
                "Promoters surely speak more than detractors of: {themes}.",
                themes=_shares(words, voice, less),
            )
        )
    return " ".join(said) or words.say(
        "No theme is shown to be named more by detractors than by promoters, or less."
    )


def _shares(words: Language, voice: Voice, rows: pd.DataFrame) -> str:
    said = []
    for row in records(rows.head(_NAMED)):
        both = [words.percent(share) for share in (row.detractor, row.promoter)]
        if both[0] == both[1]:  # what differs surely is not written as if it were alike
            both = [words.percent(share, 2) for share in (row.detractor, row.promoter)]
        said.append(
            words.say(
                "{theme} ({detractors} of detractors' texts, {promoters} of promoters')",
                theme=_label(words, voice, row.theme),
                detractors=both[0],
                promoters=both[1],
            )
        )
    if len(rows) > _NAMED:
        more = len(rows) - _NAMED
        said.append(words.say_many("{n} other theme", "{n} other themes", more))
    return words.listing(said)


def _who(words: Language, voice: Voice) -> str:
    """Say who wrote, and warn where not all write alike."""
    rates = voice.rates
    if not rates:
        return words.say(
            "Who wrote is not told: among detractors, passives or promoters fewer than {small} "
            "did.",
            small=SMALL,
        )
    wrote = [
        words.say(message, share=words.percent(rates[kind]))
        for kind, message in _WROTE.items()
        if kind in rates
    ]
    said = words.say("Of those who answered, these wrote: {wrote}.", wrote=words.listing(wrote))
    if min(rates.values()) * _UNEVEN < max(rates.values()):
        said += " " + words.say("Shares of all texts lean towards those who write more.")
    return said


def _label(words: Language, voice: Voice, theme: Any) -> str:
    return words.say(voice.labels[str(theme)][words.code])


def _alt(words: Language, drawn: pd.DataFrame, labels: list[str]) -> str:
    read = words.series(
        f"{label}: {words.percent(row.share)}"
        for label, row in zip(labels, records(drawn), strict=True)
    )
    return words.say("Share of the texts that name each theme: {themes}.", themes=read)
