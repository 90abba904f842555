"""`npsstats design`: how many customers, for how long, and what they would find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.wanted import RESULT_OPTIONS, result_options, wanted

if TYPE_CHECKING:
    from npsstats.experiments.power.result import Design

__all__ = ["design"]

_SEVERAL = ("baseline", "effect", "n_per_arm", "weeks", "power")


@click.command(
    epilog="""\b
Examples:
  npsstats design experiments/callback/plan.toml --picture design.svg
  npsstats design --baseline .30 --effect .03 --per-month 800 --window-days 90
  npsstats design --baseline .30 --n 1000               what would be found?
  npsstats design --kind nps --effect 5 --looks 4
  npsstats design --baseline .30 --effect .05 --icc .02 --clusters 120"""
)
@click.argument("plan", required=False, type=click.Path())
@click.option(
    "--kind",
    type=click.Choice(["proportion", "nps", "amount", "duration", "restricted_mean"]),
    help="Of the outcome; proportion unless told.",
)
@click.option("--baseline", type=float, multiple=True, help="Of the controls; repeatable.")
@click.option(
    "--effect",
    type=float,
    multiple=True,
    help="Treatment less control, or hazard ratio; repeatable.",
)
@click.option("--n", "n_per_arm", type=int, multiple=True, help="Units of the control; repeatable.")
@click.option(
    "--weeks", type=float, multiple=True, help="Instead of n, at --per-month; repeatable."
)
@click.option("--power", type=float, multiple=True, help="Of finding it; 0.8 unless told.")
@click.option("--alpha", type=float, help="Error, both sides together; 0.05 unless told.")
@click.option(
    "--alternative",
    type=click.Choice(["two-sided", "larger", "smaller"]),
    help="Where success lies; two-sided unless told.",
)
@click.option("--margin", type=float, help="Non-inferiority: how much worse is not yet worse.")
@click.option("--ratio", type=float, help="Units of a treatment for one of the control.")
@click.option("--arms", type=int, help="Arms, the control among them.")
@click.option(
    "--adjust",
    type=click.Choice(["dunnett", "bonferroni", "none"]),
    help="For several treatments; dunnett unless told.",
)
@click.option("--sd", type=float, help="Standard deviation of a customer's amount.")
@click.option("--cv", type=float, help="The same over the baseline.")
@click.option("--variance", type=float, help="Of one NPS answer, up to 1; .67 unless told.")
@click.option("--r-squared", type=float, help="Share of the variance that covariates explain.")
@click.option("--reach", type=float, help="Share of the treated who are reached.")
@click.option("--censoring", type=float, help="Of a duration: share lost within the window.")
@click.option("--window-days", type=float, help="Days until an outcome is known.")
@click.option("--per-month", type=float, help="Eligible units a month, all arms, to say weeks.")
@click.option("--icc", type=float, help="Share of the variance between stores.")
@click.option("--cluster-size", type=float, help="Mean units a store.")
@click.option("--cluster-cv", type=float, help="Standard deviation of the sizes over their mean.")
@click.option("--clusters", type=int, help="Stores there are, all arms together.")
@click.option("--within", is_flag=True, help="Units are assigned one by one within stores.")
@click.option("--looks", type=int, help="How many times the data are judged, the end among them.")
@click.option(
    "--spending",
    type=click.Choice(["obrien_fleming", "pocock"]),
    help="Of the error over looks; obrien_fleming unless told.",
)
@click.option("--prior-mean", type=float, help="What is believed of the effect.")
@click.option("--prior-sd", type=float, help="How unsure that is: adds the assurance.")
@click.option("--worthwhile", type=float, help="Effect from which it pays to adopt.")
@result_options
def design(plan: str | None, *, within: bool, **given: Any) -> None:
    """Say how many units an effect takes, what n units find, or with what power.

    PLAN is a plan.toml with a [design]; options take the place of what it says.
    """
    from npsstats.reporting.experiment.design_wording import sentences
    from npsstats.reporting.language import language

    asked_for = wanted(given)
    stated = {
        name: value
        for name, value in given.items()
        if name not in RESULT_OPTIONS and value not in {None, ()}
    }
    for name in _SEVERAL:
        if name in stated:
            stated[name] = list(stated[name])
    if within:
        stated["randomized"] = "units"
    result = _asked(plan, stated)
    words = language(asked_for.lang)
    shown = result.shown().to_string(index=False, na_rep="–")
    doubts = [f"• {words.retell(doubt)}" for doubt in result.diagnostics]
    asked_for.hand(result, text="\n".join([*sentences(result, words), "", shown, *doubts]))


def _asked(plan: str | None, stated: dict[str, Any]) -> Design:
    if plan is None:
        from npsstats.experiments.power.design import design as plain

        return plain(**stated)
    from npsstats.experiments.power.planned import design_of
    from npsstats.experiments.spec import load_plan

    if "kind" in stated:
        raise InputError("`--kind` is that of the plan's primary outcome: leave it out.")
    return design_of(load_plan(plan), **stated)
