"""`npsstats churn | drivers`: who leaves, and what to mend first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.linked import answers_alone, linking, say, tables_with
from npsstats.cli.wanted import page_option, wanted

if TYPE_CHECKING:
    from npsstats.cli.wanted import Wanted
    from npsstats.reporting.linkage.tables import Tables

__all__ = ["churn", "drivers"]

_MONTHS = tuple(range(1, 25))  # of tenure, one by one: what a curve of survival is drawn over


@click.command(
    epilog="""\b
Examples:
  npsstats churn network.toml --silence 180 --page churn.pdf
  npsstats churn network.toml --show at-risk --most 500 --out call.csv"""
)
@linking
@page_option
@click.option("--silence", type=int, metavar="DAYS", help="Gone after so many days without buying.")
@click.option(
    "--covariate",
    "covariates",
    multiple=True,
    default=("category",),
    show_default=True,
    help="Known before the month: category, score_age, answers, frequency, monetary…",
)
@click.option(
    "--show",
    type=click.Choice(["hazard", "survival", "falls", "held-out", "at-risk"]),
    default="hazard",
    show_default=True,
    help="Who leaves; for how long customers stay; whether a fall of the score comes first; how "
    "right it was on later months; the customers at risk, dearest first.",
)
@click.option("--cut", metavar="MONTH", help="Of held-out: the first that is foretold, 2025-06.")
@click.option("--most", type=int, default=100, show_default=True, help="Of at-risk: customers.")
def churn(source: str, *, show: str, **given: Any) -> None:
    """Say who leaves, by the last score known before, in SOURCE.

    Gone is who keeps a silence that a customer of the same rhythm would hardly ever keep, or one
    of --silence days.
    """
    asked_for = wanted(given, source)
    if show != "hazard" and asked_for.page is not None:
        raise InputError("`--page` is on the hazard: leave --show out, or write --memo FILE.pdf.")
    if (show == "held-out") != (given["cut"] is not None):
        raise InputError("`--show held-out` and --cut MONTH go together.")
    tables = tables_with(source, given)
    if show == "hazard":
        _who_leaves(asked_for, tables, given)
        return
    with asked_for.working("Following the customers"):
        result = _shown(tables, show, given)
    asked_for.hand(result)


def _who_leaves(asked_for: Wanted, tables: Tables, given: dict[str, Any]) -> None:
    from npsstats.reporting.linkage.printed import curves_of, hazard_facts

    with asked_for.working("Following the customers"):
        result = _fitted(tables, given)
    curves = None
    if "category" in given["covariates"]:
        try:
            curves = curves_of(result)
        except InputError as error:
            asked_for.say(f"No curves: {error}")
    say(result, asked_for, subject="churn", facts=hazard_facts(result, curves, given["silence"]))


def _shown(tables: Tables, show: str, given: dict[str, Any]) -> Any:
    """Return what --show asks for, the hazard itself excepted."""
    import npsstats as nps

    level, covariates = given["level"], list(given["covariates"])
    if show == "survival":
        return nps.kaplan_meier(_cells(tables, given, [], tenure=_MONTHS), level=level)
    if show == "falls":
        return nps.fall_before_churn(_cells(tables, given, ["move", "score"]), level=level)
    if show == "held-out":
        return nps.held_out(_cells(tables, given, covariates), given["cut"], level=level)
    states = nps.account_states(
        tables.purchases,
        tables.responses,
        churn=_gone(given),
        covariates=covariates,
        stores=tables.stores,
    )
    return nps.at_risk(_fitted(tables, given), states, most=given["most"])


def _fitted(tables: Tables, given: dict[str, Any]) -> Any:
    import npsstats as nps

    return nps.hazard(_cells(tables, given, list(given["covariates"])), level=given["level"])


def _gone(given: dict[str, Any]) -> Any:
    import npsstats as nps

    return nps.rhythm() if given["silence"] is None else nps.silence(given["silence"])


def _cells(tables: Tables, given: dict[str, Any], covariates: list[str], **more: Any) -> Any:
    """Return who was at risk and who left, by what was known before."""
    import npsstats as nps

    return nps.person_periods(
        tables.purchases,
        tables.responses,
        churn=_gone(given),
        covariates=covariates,
        stores=tables.stores,
        **more,
    )


@click.command(
    epilog="""\b
Examples:
  npsstats drivers network.toml --question welcome --question products --question checkout
  npsstats drivers network.toml --show predictors"""
)
@linking
@page_option
@click.option(
    "--question",
    "questions",
    multiple=True,
    metavar="COLUMN",
    help="A closed question; none at all takes csat and ces, where they were asked.",
)
@click.option(
    "--show",
    type=click.Choice(["priorities", "importance", "halo", "predictors"]),
    default="priorities",
    show_default=True,
    help="What to mend first; what the score hangs on; what is but the mood of who answers; which "
    "question foretells buying again.",
)
@click.option("--window", type=int, default=90, show_default=True, help="Of predictors: days.")
def drivers(
    source: str, *, questions: tuple[str, ...], show: str, window: int, **given: Any
) -> None:
    """Say what to mend first: importance and performance of what the survey of SOURCE asked."""
    import npsstats as nps
    from npsstats.reporting.linkage.printed import drivers_facts

    asked_for = wanted(given, source)
    if show != "priorities" and asked_for.page is not None:
        raise InputError("`--page` is on priorities: leave --show out, or write --memo FILE.pdf.")
    foretold = show == "predictors"
    tables = (
        tables_with(source, given, questions)
        if foretold
        else answers_alone(source, given, questions)
    )
    # judgements of the whole take from the questions beside them: only where asked for
    tables = replace(tables, questions=tuple(dict.fromkeys(questions)) or tables.questions)
    if len(tables.questions) < 2:
        held = "is named" if questions else "of the questions csat and ces is there"
        raise InputError(
            f"{len(tables.questions)} {held} in {source!r}: name two or more, --question COLUMN "
            "--question COLUMN."
        )
    asked = list(tables.questions)
    shared = {
        "cluster": "store_id" if "store_id" in tables.responses.accepted.columns else None,
        "level": given["level"],
    }
    with asked_for.working("Weighing the questions"):
        if foretold:
            patterns, _ = nps.answers_and_purchases(
                tables.responses,
                tables.purchases,
                ["score", *asked],
                window=window,
                cluster=shared["cluster"],
            )
            result: Any = nps.predictors_compared(
                patterns,
                "bought_again",
                ["score", *asked],
                level=given["level"],
                seed=given["seed"],
            )
        elif show == "halo":
            result = nps.halo(tables.responses, asked, level=given["level"])
        elif show == "importance":
            result = nps.driver_importance(tables.responses, asked, seed=given["seed"], **shared)
        else:
            result = nps.priorities(tables.responses, asked, seed=given["seed"], **shared)
    if show != "priorities":
        asked_for.hand(result)
        return
    say(result, asked_for, subject="drivers", facts=drivers_facts(result, given["level"]))
