"""The annex on the linkage: how growth, value, departures and priorities are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from npsstats.reporting.language import Language
    from npsstats.reporting.linkage.facts import LinkageFacts

__all__ = ["notes", "references"]

_FULLER = "Fuller, W. (1987). Measurement Error Models. Wiley."
_JORDA = (
    "Jordà, Ò. (2005). Estimation and inference of impulse responses by local projections. "
    "American Economic Review 95(1), 161–182."
)
_PRENTICE = (
    "Prentice, R. & Gloeckler, L. (1978). Regression analysis of grouped survival data. "
    "Biometrics 34(1), 57–67."
)
_CINELLI = (
    "Cinelli, C. & Hazlett, C. (2020). Making sense of sensitivity. Journal of the Royal "
    "Statistical Society B 82(1), 39–67."
)
_VANDERWEELE = (
    "VanderWeele, T. & Ding, P. (2017). Introducing the E-value. Annals of Internal Medicine "
    "167(4), 268–274."
)
_MARTILLA = (
    "Martilla, J. & James, J. (1977). Importance-performance analysis. Journal of Marketing "
    "41(1), 77–79."
)


def notes(words: Language, facts: LinkageFacts) -> list[tuple[str, str, str]]:
    """Return title, plain words and formula of each part of the linkage that is shown."""
    found = []
    if facts.lead_lag is not None:
        found.append(
            (
                words.say("Growth"),
                words.say(
                    "Growth of a store is set against its earlier NPS, with a level of its own "
                    "for each store and each period, works and age held equal. The noise of who "
                    "happened to answer is taken out with its known variance; where too little "
                    "remains, no slope is given."
                ),
                words.say(
                    "value of a point kept a year = a year's revenue × mean over its periods of "
                    "exp(slope × periods so far) − 1"
                ),
            )
        )
    if facts.customers is not None:
        found.append(
            (
                words.say("Customers"),
                words.say(
                    "Each customer counts once, with the first answer whose purchases are seen for "
                    "half a year before and a year after. At equal prior spend: least squares on "
                    "category and fifths of prior spend within stores, errors by store."
                ),
                "",
            )
        )
    if facts.hazards is not None:
        found.append(
            (
                words.say("Who stays"),
                words.say(
                    "Hazard of leaving in a month by the score known before it began, with the "
                    "month and the time since the first purchase held equal, errors by store."
                ),
                "",
            )
        )
    if facts.drivers is not None:
        found.append(
            (
                words.say("Priorities"),
                words.say(
                    "Importance is the share of each driver in what all drivers foretell of scores "
                    "that were held out; performance where its answers stand between worst and "
                    "best. A priority matters more than the middle driver and is done worse."
                ),
                "",
            )
        )
    return found


def references(facts: LinkageFacts) -> tuple[str, ...]:
    """Return the works that the parts shown rest on."""
    found = []
    if facts.lead_lag is not None:
        found += [_FULLER, _JORDA, *([_CINELLI] if facts.robustness is not None else [])]
    if facts.hazards is not None:
        found += [_PRENTICE, *([_VANDERWEELE] if facts.e_values is not None else [])]
    if facts.drivers is not None:
        found.append(_MARTILLA)
    return tuple(found)
