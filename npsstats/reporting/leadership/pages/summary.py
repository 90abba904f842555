"""First page: the score, how sure it is, what to remember."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.charts import network_figures as figures
from npsstats.reporting.leadership import data_wording, store_wording, wording
from npsstats.reporting.render import Chart, Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts, Score
    from npsstats.reporting.style import Look

__all__ = ["page"]

_TOLD = ("voice", "risk", "experiments", "worth", "forecast", "watch")
"""Sections whose first sentence is worth remembering."""


def page(facts: Facts, look: Look, ledes: Mapping[str, str]) -> Page:
    """Return the first page; it can always be made.

    Parameters
    ----------
    facts, look
        As for every section.
    ledes
        Section → the sentence that it begins with: the summary says the same.
    """
    words, overall, level = look.language, facts.overall, facts.method.level
    observed = wording.observed(words, overall)
    credible = wording.credible(words, overall, level)
    remember = [
        credible,
        wording.few(words, overall.n),
        _target(words, facts),
        _moved(words, facts),
        store_wording.standings(words, facts) if facts.stores is not None else None,
        *(ledes.get(name) for name in _TOLD),
        data_wording.accepted(words, facts.quality) if facts.quality else None,
    ]
    said = [sentence for sentence in remember if sentence]
    return Page(
        template="summary",
        title=words.say("What to remember"),
        content={
            "number": words.number(overall.nps),
            "label": words.say("Observed NPS"),
            "interval": words.say(
                "{level} credible interval: {interval}",
                level=words.percent(level),
                interval=words.interval(overall.lower, overall.upper),
            ),
            "observed": observed,
            "remember": said,
            "answers": words.say("How customers answered"),
            "left_out": data_wording.left_out(words, facts),
            "contents": words.say("Contents"),
            "sections": len(ledes),
        },
        charts={
            "gauge": Chart(
                figures.gauge(overall, facts.target, look), caption="", alt=f"{observed} {credible}"
            ),
            "distribution": Chart(
                figures.distribution(facts.answers, look),
                caption=wording.distribution(words, facts.answers),
                alt=_distribution_alt(words, facts.answers, overall),
            ),
        },
    )


def _moved(words: Language, facts: Facts) -> str | None:
    movement = facts.last_change
    if movement is None:
        return None
    left_out = data_wording.not_compared(words, movement, facts.last_day)
    said = wording.moved(words, movement, facts.method.level)
    return said if left_out is None else f"{said} {left_out}"


def _target(words: Language, facts: Facts) -> str:
    if facts.target is None:
        return words.say("No target is set.")
    return wording.against_target(words, facts.overall.p_above, facts.target)


def _distribution_alt(words: Language, answers: dict[int, int], overall: Score) -> str:
    """Read the bars out, for those who cannot see them."""
    shares = [
        f"{answer}: {words.percent(count / overall.n, 1)}" for answer, count in answers.items()
    ]
    return words.say("Share of responses at each score. {shares}.", shares=words.series(shares))
