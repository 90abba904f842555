"""What experiments estimate, in words: the names of rows, and of what is higher or lower."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.language import mark

if TYPE_CHECKING:
    from npsstats.reporting.language import Language

__all__ = ["called", "measure"]

_CALLED = {
    "NPS difference": mark("difference of NPS"),
    "as treated: not randomized, biased": mark("received against not received"),
    "capped mean difference": mark("difference of means, large amounts capped"),
    "complier average causal effect": mark("among those whom the treatment reached"),
    "cumulative odds ratio": mark("odds ratio over the whole scale"),
    "detractor share difference": mark("difference in detractors"),
    "difference": mark("difference"),
    "events beyond expected": mark("events more than expected"),
    "first stage": mark("share reached by assignment"),
    "hazard ratio": mark("ratio of daily risks"),
    "intention to treat": mark("among all who were assigned"),
    "mean difference": mark("difference of means"),
    "mean difference in these clusters": mark("difference of means in these clusters"),
    "mean difference per cluster": mark("difference of means, each cluster alike"),
    "mean given any": mark("mean of buyers only (describes)"),
    "mean score difference": mark("difference of mean scores"),
    "number needed": mark("customers treated for one event more"),
    "odds ratio": mark("odds ratio"),
    "probability of superiority": mark("probability of the higher score"),
    "promoter share difference": mark("difference in promoters"),
    "ratio of means": mark("ratio of means"),
    "response difference": mark("difference in answering"),
    "restricted mean difference": mark("difference of mean times"),
    "restricted mean ratio": mark("ratio of mean times"),
    "risk difference": mark("difference of shares"),
    "risk ratio": mark("ratio of shares"),
    "share with any": mark("difference in the share who bought anything"),
    "trimmed mean difference": mark("difference of means, both ends trimmed"),
}
_MEASURES = {
    "NPS difference": mark("NPS"),
    "complier average causal effect": mark("“{outcome}” of those reached"),
    "hazard ratio": mark("daily risk of “{outcome}”"),
    "mean difference": mark("mean of “{outcome}”"),
    "mean difference in these clusters": mark("mean of “{outcome}”"),
    "mean difference per cluster": mark("mean of “{outcome}”"),
    "response difference": mark("share who answer"),
    "restricted mean difference": mark("time to “{outcome}”"),
    "risk difference": mark("share with “{outcome}”"),
}
_ANY = mark("“{outcome}”")


def called(words: Language, estimand: str) -> str:
    """Return what a row's estimand is called; those of the data's own making stay as they are."""
    name, _, per = estimand.partition(" per ")
    if estimand not in _CALLED and per and name in _CALLED:
        return words.say("{what} per {unit}", what=words.say(_CALLED[name]), unit=per)
    return words.say(_CALLED[estimand]) if estimand in _CALLED else estimand


def measure(words: Language, estimand: str, outcome: str) -> str:
    """Return what is higher or lower where an effect has a direction."""
    return words.say(_MEASURES.get(estimand, _ANY), outcome=outcome)
