"""`memo`: an experiment on one page, in French or English."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.experiments.duration import SurvivalCurves
from npsstats.experiments.heterogeneity import Subgroups
from npsstats.reporting import memo_names, memo_wording
from npsstats.reporting.brand import Brand
from npsstats.reporting.experiment_curves import event_curves
from npsstats.reporting.experiment_figures import subgroup_forest
from npsstats.reporting.language import language
from npsstats.reporting.memo_doubts import doubts
from npsstats.reporting.memo_reason import reason, verdict
from npsstats.reporting.memo_table import numbers
from npsstats.reporting.render import Chart, Document, Page, compile_pdf, destination
from npsstats.reporting.style import Look
from npsstats.reporting.survey_memo import survey_page, survey_subtitle

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike
    from pathlib import Path

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

__all__ = ["memo"]


def memo(
    result: ExperimentResult,
    out: str | PathLike[str],
    *,
    lang: str = "en",
    brand: Any = None,
    day: date | None = None,
) -> Path:
    """Write the decision memo of an experiment: one page of PDF.

    Parameters
    ----------
    result
        What `npsstats.analyze` returned.
    out
        A folder, in which the memo is called after the plan, or the path of a .pdf.
    lang
        "en" or "fr".
    brand
        Name, logo and colours: a `Brand`, or a mapping.
    day
        Date that the PDF carries; none unless told, never today's by itself.

    Returns
    -------
    Path
        The PDF. Same result, same bytes.

    Raises
    ------
    InputError
        If the language is not known or the place cannot be written.
    """
    words, dressed = language(lang), Brand.of(brand)
    path = destination(out, f"{result.plan.name}-{words.code}.pdf")
    pdf = compile_pdf(document(result, words, dressed, day))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pdf)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}.") from None
    return path


def document(result: ExperimentResult, words: Language, brand: Brand, day: date | None) -> Document:
    """Return everything that the memo is made of."""
    title = memo_names.heading(words, result)
    said, _ = memo_wording.status(words, result)
    source = result.provenance
    footer = words.say(
        "{status} Data {fingerprint} · npsstats {version}",
        status=said,
        fingerprint=source.fingerprint,
        version=source.version,
    )
    survey = result.plan.survey is not None
    dressed = Look(words, **brand.palette)
    return Document(
        title=title,
        subtitle=survey_subtitle(words, result) if survey else _subtitle(words, result),
        description=words.say("The decision, the numbers it rests on, what could be wrong."),
        author=brand.name or "npsstats",
        language=words.code,
        footer=footer,
        brand=brand,
        pages=[survey_page(result, dressed) if survey else page(result, dressed)],
        day=day,
    )


def _subtitle(words: Language, result: ExperimentResult) -> str:
    treatments = [memo_names.arm_name(words, result, arm) for arm in result.plan.arms.treatments]
    return words.say(
        "{treatment} against {control}: {n} customers, assigned by lot",
        treatment=words.listing(treatments),
        control=memo_names.arm_name(words, result, result.plan.arms.control),
        n=words.whole(
            float(result.parts["sample ratio"].frame.query("stratum == 'all'")["n"].sum())
        ),
    )


def page(result: ExperimentResult, look: Look) -> Page:
    """Return the page."""
    words = look.language
    said, changes = memo_wording.status(words, result)
    head, rows = numbers(words, result)
    return Page(
        template="memo",
        title=verdict(words, result),
        content={
            "status": said,
            "registered": result.registration.status == "registered"
            and result.registration.late is None,
            "changes": changes,
            "question": words.say("Question"),
            "hypothesis": memo_names.hypothesis(words, result),
            "decision": words.say("Decision"),
            "reason": reason(words, result),
            "head": head,
            "rows": rows,
            "doubts_title": words.say("What could be wrong"),
            "doubts": doubts(words, result),
            "next_title": words.say("What to do next"),
            "next": memo_wording.next_steps(words, result),
        },
        charts=_charts(result, look),
    )


def _charts(result: ExperimentResult, look: Look) -> dict[str, Chart]:
    words = look.language
    charts: dict[str, Chart] = {}
    if memo_names.ratio_failed(result):  # no picture of what cannot be trusted
        return charts
    for name, outcome in result.plan.outcomes.items():
        curves = result.parts.get(f"curves of {name}")
        if isinstance(curves, SurvivalCurves) and not charts:
            label = memo_names.outcome_name(words, name, outcome)
            arms = [memo_names.arm_name(words, result, arm) for arm in curves.frame["arm"]]
            named = replace(curves, frame=curves.frame.assign(arm=arms))
            charts["curves"] = Chart(event_curves(named, look, title=label), caption="", alt=label)
    groups = result.parts.get("subgroups") or result.parts.get(
        f"subgroups of {memo_names.decided(result)}"
    )
    if isinstance(groups, Subgroups):
        named_groups = replace(groups, frame=memo_names.subgroup_names(words, result, groups.frame))
        alt = words.say("The effect in every subgroup, as seen and drawn to the average")
        charts["groups"] = Chart(subgroup_forest(named_groups, look), caption="", alt=alt)
    return charts
