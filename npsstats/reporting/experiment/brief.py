"""What the memo of an experiment says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from npsstats.experiments.duration import SurvivalCurves
from npsstats.experiments.heterogeneity import Subgroups
from npsstats.reporting.charts.experiment_curves import event_curves
from npsstats.reporting.charts.experiment_figures import subgroup_forest
from npsstats.reporting.experiment import names, wording
from npsstats.reporting.experiment.arms_made import size_chart, size_table
from npsstats.reporting.experiment.doubts import doubts
from npsstats.reporting.experiment.pictures import outcomes
from npsstats.reporting.experiment.reason import NO_EVIDENCE, reason, verdict
from npsstats.reporting.experiment.table import numbers
from npsstats.reporting.memos.brief import Brief, Evidence, Numbers, evidence
from npsstats.reporting.render import Chart
from npsstats.reporting.survey.brief import survey_brief

if TYPE_CHECKING:
    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language
    from npsstats.reporting.style import Look

__all__ = ["experiment_brief"]


def experiment_brief(result: ExperimentResult, look: Look) -> Brief:
    """Return the memo of an analysed plan."""
    words = look.language
    planned = _planned(words, result)
    if result.plan.survey is not None:
        return survey_brief(planned, result, look)
    return replace(
        planned,
        subtitle=_subtitle(words, result),
        answer=verdict(words, result),
        reason=reason(words, result),
        numbers=size_table(words, result)
        if names.ratio_failed(result)
        else Numbers(*numbers(words, result)),
        doubts=doubts(words, result),
        steps=wording.next_steps(words, result),
        charts=_charts(result, look),
    )


def _planned(words: Language, result: ExperimentResult) -> Brief:
    """Return what the memos of all experiments say alike: of the plan, and nothing it found."""
    said, changes = wording.status(words, result)
    return Brief(
        heading=names.heading(words, result),
        subtitle="",
        question=names.hypothesis(words, result),
        answer="",
        reason="",
        numbers=Numbers([], []),
        doubts=(),
        steps=(),
        grade=_grade(words, result),
        name=result.plan.name,
        fingerprint=result.provenance.fingerprint,
        version=result.provenance.version,
        status=said,
        registered=result.registration.status == "registered" and result.registration.late is None,
        changes=changes,
    )


def _grade(words: Language, result: ExperimentResult) -> str:
    if names.ratio_failed(result):
        return words.say(NO_EVIDENCE)
    return evidence(words, Evidence.RANDOMIZED)


def _subtitle(words: Language, result: ExperimentResult) -> str:
    treatments = [names.arm_name(words, result, arm) for arm in result.plan.arms.treatments]
    values = {
        "treatment": words.listing(treatments),
        "control": names.arm_name(words, result, result.plan.arms.control),
        "n": words.whole(
            float(result.parts["sample ratio"].frame.query("stratum == 'all'")["n"].sum())
        ),
    }
    if names.ratio_failed(result):
        return words.say(
            "{treatment} against {control}: {n} customers, in arms that are not as planned",
            **values,
        )
    return words.say("{treatment} against {control}: {n} customers, assigned by lot", **values)


def _charts(result: ExperimentResult, look: Look) -> list[Chart]:
    words = look.language
    charts: list[Chart] = []
    if names.ratio_failed(result):  # no picture of what cannot be trusted, but of why
        return [size_chart(result, look)]
    for name, outcome in result.plan.outcomes.items():
        curves = result.parts.get(f"curves of {name}")
        if isinstance(curves, SurvivalCurves) and not charts:
            label = names.outcome_name(words, name, outcome)
            arms = [names.arm_name(words, result, arm) for arm in curves.frame["arm"]]
            named = replace(curves, frame=curves.frame.assign(arm=arms))
            alt = words.say("The share with the event by days since assignment, an arm a curve.")
            charts.append(Chart(event_curves(named, look, title=label), caption="", alt=alt))
    groups = result.parts.get("subgroups") or result.parts.get(
        f"subgroups of {names.decided(result)}"
    )
    if isinstance(groups, Subgroups):
        named_groups = replace(groups, frame=names.subgroup_names(words, result, groups.frame))
        alt = words.say("The effect in every subgroup, as seen and drawn to the average")
        charts.append(Chart(subgroup_forest(named_groups, look), caption="", alt=alt))
    return charts or [outcomes(result, look)]
