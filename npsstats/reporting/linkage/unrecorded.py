"""What an unrecorded cause would have to be, gathered and said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.language import shown

if TYPE_CHECKING:
    from npsstats.reporting.language import Language
    from npsstats.reporting.linkage.facts import LinkageFacts

__all__ = ["of_churn", "of_growth", "unrecorded_churn", "unrecorded_growth"]


def unrecorded_churn(fit: Any) -> tuple[float, float]:
    """Return the E-values of detractors' hazard ratio: of the estimate, of the nearer limit."""
    from npsstats.linkage.unrecorded import e_value_of

    found = e_value_of(fit, "detractor")
    return found.e_value, found.e_value_limit


def unrecorded_growth(growth: Any) -> tuple[float, float]:
    """Return the robustness values of the slope within stores: estimate, interval."""
    from npsstats.linkage.unrecorded import sensitivity_of

    found = sensitivity_of(growth)
    return found.robustness, found.robustness_of_limit


def of_churn(words: Language, facts: LinkageFacts) -> str | None:
    """Say how strong an unrecorded cause of leaving would have to be."""
    if facts.e_values is None or shown(facts.e_values[1]) <= 1:
        return None  # the sentence on the ratio says that nothing is needed
    return words.say(
        "To explain that away, something not recorded would have to go both with the score and "
        "with leaving, by a risk ratio of {both} each; {limit} would do for the interval to reach "
        "no difference.",
        both=words.number(facts.e_values[0]),
        limit=words.number(facts.e_values[1]),
    )


def of_growth(words: Language, facts: LinkageFacts) -> str | None:
    """Say how strong an unrecorded cause of growth would have to be, where there is a slope."""
    row = None if facts.worth is None else facts.worth.iloc[0]
    if facts.robustness is None or row is None or not row["identified"]:
        return None
    if shown(100 * facts.robustness[1]) <= 0:
        return None
    return words.say(
        "To explain that away, something not recorded would have to explain {both} of what is "
        "left both of the stores' NPS and of their growth; {limit} would do for the interval to "
        "reach 0.",
        both=words.percent(facts.robustness[0], 1),
        limit=words.percent(facts.robustness[1], 1),
    )
