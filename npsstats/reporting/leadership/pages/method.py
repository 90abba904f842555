"""Annex: how the numbers are made, in plain words, and enough to make them again."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from npsstats.reporting.forecast import wording as forecast_wording
from npsstats.reporting.leadership.beside_facts import SMALL
from npsstats.reporting.linkage import method as linkage_method
from npsstats.reporting.render import Page

if TYPE_CHECKING:
    from npsstats.reporting.forecast.facts import ForecastFacts
    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts
    from npsstats.reporting.style import Look

__all__ = ["page"]

_ROCKS = (
    "Rocks, B. (2016). Interval estimation for the “Net Promoter Score”. "
    "The American Statistician 70(4), 365–372."
)
_EVERSON = (
    "Everson, P. & Bradlow, E. (2002). Bayesian inference for the beta-binomial distribution via "
    "polynomial expansions. Journal of Computational and Graphical Statistics 11(1), 202–207."
)
_BETANCOURT = "Betancourt, M. (2019). Ordinal regression. Case study, section 2.2."
_KITAGAWA = (
    "Kitagawa, E. (1955). Components of a difference between two rates. "
    "Journal of the American Statistical Association 50(272), 1168–1194."
)


def page(facts: Facts, look: Look) -> Page:
    """Return the annex; it can always be made."""
    words, method = look.language, facts.method
    return Page(
        template="method",
        title=words.say("How the numbers are made"),
        content={
            "notes": [
                {"title": title, "text": text, "formula": formula}
                for title, text, formula in _notes(words, facts)
            ],
            "references": {"title": words.say("References"), "items": list(_references(facts))},
            "again": {
                "title": words.say("To compute it again"),
                "rows": [
                    [words.say("Level of the intervals"), words.percent(method.level)],
                    [words.say("Prior"), _prior(words, facts)],
                    [words.say("Seed"), str(method.seed)],
                    [words.say("Fingerprint of the data"), method.fingerprint],
                    [words.say("Version"), f"npsstats {method.version}"],
                ],
            },
        },
    )


def _notes(words: Language, facts: Facts) -> list[tuple[str, str, str]]:
    """Return title, plain words and formula of each part of the method that was used."""
    level, answers = words.percent(facts.method.level), list(facts.answers)
    notes = [
        (
            words.say("Score"),
            words.say(
                "Answers of {high} and {top} are promoters, {middle} and {next} passives, {low} to "
                "{last} detractors. Points run from −100 to 100.",
                **dict(zip(("last", "middle", "next", "high", "top"), answers[-5:], strict=True)),
                low=answers[0],
            ),
            words.say("NPS = 100 × (promoters − detractors) / responses"),
        ),
        (
            words.say("Interval"),
            words.say(
                "The shares of promoters, passives and detractors get Jeffreys' prior; counted "
                "responses turn it into a Dirichlet distribution, computed without simulation. "
                "The {level} credible interval holds the NPS of customers like those who answered "
                "with that probability. It knows nothing of those who did not answer.",
                level=level,
            ),
            "",
        ),
    ]
    if facts.stores is not None:
        notes += _store_notes(words, facts, level)
    if facts.segments:
        notes.append(
            (
                words.say("Change"),
                words.say(
                    "A change between two periods is the sum, over the groups of a segment, of "
                    "two parts: the group's score moved (within), weighted by its mean share of "
                    "responses; its share moved (weight), weighted by how far its mean score is "
                    "from the whole's."
                ),
                words.say(
                    "change = Σ mean share × change of score + Σ change of share × "
                    "(mean score − mean NPS)"
                ),
            )
        )
    if facts.linkage is not None:
        notes += linkage_method.notes(words, facts.linkage)
    notes += _beside_notes(words, facts)
    if facts.forecast is not None and facts.forecast.ahead is not None:
        notes += _forecast_notes(words, facts.forecast)
    notes.append(
        (
            words.say("Limits"),
            words.say(
                "All of this is about those who answered: who did not may think otherwise. What "
                "goes with a score is no effect of it unless chance dealt who got what. Groups of "
                "fewer than {small} people are not told; each store is, however few its "
                "responses.",
                small=SMALL,
            ),
            "",
        )
    )
    return notes


def _beside_notes(words: Language, facts: Facts) -> list[tuple[str, str, str]]:
    """Return how texts were read, customers at risk counted, and stores looked into."""
    notes = []
    if facts.voice is not None:
        notes.append(
            (
                words.say("Texts"),
                words.say(
                    "A codebook of words tells which themes a text names; no text leaves the "
                    "database. Intervals allow for answers of one store that resemble each other, "
                    "and hold for all themes at once."
                ),
                "",
            )
        )
    if facts.risk is not None:
        notes.append(
            (
                words.say("Risk"),
                words.say(
                    "The hazard of the next month, by the last score, and the chance that a "
                    "silence is already a departure, by the rhythm of this network's purchases, "
                    "times what was bought in the last 365 days."
                ),
                "",
            )
        )
    if facts.watch is not None:
        notes.append(
            (
                words.say("Integrity"),
                words.say(
                    "Each sign is held against what most stores of the network do, its p-values "
                    "combined by store (Cauchy) and the list cut by Benjamini and Hochberg's rule."
                ),
                "",
            )
        )
    return notes


def _forecast_notes(words: Language, coming: ForecastFacts) -> list[tuple[str, str, str]]:
    """Return how the score to come is forecast, and what is called news."""
    made = words.say(
        "A level that drifts and a season, both told from the past scores and their known sampling "
        "error ({model}). The bands hold the true score; what will be shown also carries the noise "
        "of those who answer. The forecast was tried at past dates against naive ones.",
        model=forecast_wording.model(words, coming.model),
    )
    notes = [(words.say("Forecast"), made, "")]
    if coming.move is not None:
        notes.append(
            (
                words.say("Signal or noise"),
                words.say(
                    "A change counts where it exceeds what sampling and the usual drift give; of "
                    "many stores, those listed hold at most the stated share of false alarms."
                ),
                "",
            )
        )
    return notes


def _pooled(words: Language, facts: Facts) -> tuple[str, str]:
    """Return how stores were estimated from their three shares, in words and as a formula."""
    concentration = facts.method.concentration
    estimate = words.say(
        "The shares of each store are taken to vary around those of a typical store "
        "(hierarchical Dirichlet-multinomial model). A store with few responses is drawn "
        "towards it, one with many hardly at all."
    )
    if not isnan(concentration):
        estimate += " " + words.say_many(
            "Here what the network says of a store weighs as much as {n} response of its own.",
            "Here what the network says of a store weighs as much as {n} responses of its own.",
            round(concentration),
        )
    if not isnan(facts.method.by_moments) and facts.spread is not None:
        estimate += " " + words.say(
            "In this network stores differ more than this model expects: by about ±{raw} points "
            "according to their raw scores, ±{modelled} according to the model. The intervals of "
            "small stores are therefore somewhat too narrow: the ordinal model, which the option "
            "--model ordinal asks for, allows for it.",
            raw=words.number(facts.method.by_moments),
            modelled=words.number(facts.spread.estimate),
        )
    return estimate, words.say(
        "estimate = 100 × (promoters − detractors + κ × (p − d)) / (responses + κ), "
        "where κ is that weight and p, d are a typical store's shares, averaged over what "
        "is plausible"
    )


def _ordinal(words: Language, facts: Facts) -> tuple[str, str]:
    """Return how stores were estimated from their whole scale, in words and as a formula."""
    text = words.say(
        "Each store has a place on a hidden scale that moves all of its answers from 0 to 10 up "
        "or down (multilevel cumulative logit). A store with few responses is drawn towards a "
        "typical one, one with many hardly at all."
    )
    if not isnan(facts.method.by_moments) and facts.spread is not None:
        text += " " + words.say(
            "In this network stores differ more than this model expects: by about ±{raw} points "
            "according to their raw scores, ±{modelled} according to the model.",
            raw=words.number(facts.method.by_moments),
            modelled=words.number(facts.spread.estimate),
        )
    return text, words.say("logit P(answer ≤ k) = threshold of k − place of the store")


def _store_notes(words: Language, facts: Facts, level: str) -> list[tuple[str, str, str]]:
    return [
        (
            words.say("Stores"),
            *(_ordinal if facts.method.model == "ordinal" else _pooled)(words, facts),
        ),
        (
            words.say("Surely above, surely below"),
            words.say(
                "The whole {level} credible interval of the store lies on one side. The expected "
                "number of mistakes in a list is the sum of its stores' probabilities of being on "
                "the other side.",
                level=level,
            ),
            "",
        ),
        (
            words.say("Rank"),
            words.say(
                "The expected rank averages a store's rank over everything plausible; the bounds "
                "hold {level} of it. Wide bounds mean that a league table would mislead.",
                level=level,
            ),
            "",
        ),
    ]


def _prior(words: Language, facts: Facts) -> str:
    if facts.stores is None:
        return words.say("Dirichlet(½, ½, ½) on the three shares")
    if facts.method.model == "ordinal":
        return words.say(
            "Dirichlet(½, ½, ½) on a score's shares; Dirichlet on those of the eleven answers of "
            "a typical store; half-normal on how much stores differ"
        )
    return words.say(
        "Dirichlet(½, ½, ½) on a score's shares, Dirichlet(1, 1, 1) on the network's; logistic "
        "on log κ, centred on log 50"
    )


def _references(facts: Facts) -> tuple[str, ...]:
    """Return the works that the parts of the method shown rest on."""
    used = _BETANCOURT if facts.method.model == "ordinal" else _EVERSON
    stores = (used,) if facts.stores is not None else ()
    change = (_KITAGAWA,) if facts.segments else ()
    linkage = () if facts.linkage is None else linkage_method.references(facts.linkage)
    return (_ROCKS, *stores, *change, *linkage)
