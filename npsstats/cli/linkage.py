"""`npsstats growth | churn | drivers | verbatims | worth | claims`: from NPS to money."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.linked import answers_alone, out_of, request_of, say, tables_with

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["churn", "claims", "drivers", "growth", "verbatims", "worth"]

_COMMON = (
    click.option("--purchases", metavar="FILE", help="Purchases; else those of network.toml."),
    click.option("--stores", "store_table", metavar="FILE", help="Stores: works, openings."),
    click.option("--level", type=float, default=0.95, show_default=True, help="Of the intervals."),
    click.option("--seed", type=int, default=0, show_default=True, help="Of what is drawn."),
    click.option(
        "--out", metavar="FILE", help="A .csv for the table, or a .pdf for the page on it."
    ),
    click.option("--lang", type=click.Choice(["en", "fr"]), default="en", help="Of the PDF."),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
)


def _common[F: Callable[..., Any]](command: F) -> F:
    """Add SOURCE and the options that all of these commands share."""
    for option in reversed(_COMMON):
        command = option(command)
    return click.argument("source")(command)


def _checked(given: dict[str, Any]) -> None:
    """Refuse a margin that is none before anything is read."""
    from npsstats.reporting.linkage.tried import proper_margin

    if given["margin"] is not None:
        proper_margin(given["margin"])


_MARGIN = click.option("--margin", type=float, help="Contribution in a unit of revenue: 0.3.")


@click.command(
    epilog="""\b
Examples:
  npsstats growth network.toml --period quarter
  npsstats growth answers.csv --purchases receipts.csv --stores stores.csv --json"""
)
@_common
@click.option(
    "--period",
    type=click.Choice(["week", "month", "quarter", "year"]),
    default="month",
    show_default=True,
    help="What a store's growth and score are of.",
)
@click.option(
    "--outcome",
    type=click.Choice(["sales", "visits", "customers", "price"]),
    default="sales",
    show_default=True,
    help="What grows.",
)
@click.option("--lag", type=int, default=1, show_default=True, help="Periods, score to growth.")
def growth(source: str, *, period: str, outcome: str, lag: int, **given: Any) -> None:
    """Set the growth of the stores of SOURCE against their earlier NPS.

    SOURCE is a network.toml, or a file of answers with --purchases.
    """
    from npsstats.aggregates.panel_building import store_panel
    from npsstats.linkage.growth import growth as grown
    from npsstats.reporting.linkage.printed import growth_facts

    path = out_of(given, source)
    tables = tables_with(source, given)
    panel = store_panel(tables.purchases, tables.responses, tables.stores, period=period)
    controls = [name for name in ("works", "age") if name in panel.controls]
    result = grown(panel, outcome=outcome, lag=lag, controls=controls, level=given["level"])
    more = {"lead_lag": result.lead_lag, "explained": result.explained, "leaders": result.leaders}
    facts = growth_facts(result, given["level"])
    say(result, given, path, more, source=source, subject="growth", facts=facts)


@click.command(
    epilog="""\b
Example:
  npsstats churn network.toml --silence 180 --out churn.csv"""
)
@_common
@click.option("--silence", type=int, metavar="DAYS", help="Gone after so many days without buying.")
@click.option(
    "--covariate",
    "covariates",
    multiple=True,
    default=("category",),
    show_default=True,
    help="Known before the month: category, score_age, answers, frequency, monetary…",
)
def churn(source: str, *, silence: int | None, covariates: tuple[str, ...], **given: Any) -> None:
    """Say who leaves, by the last score known before, in SOURCE.

    Gone is who keeps a silence that a customer of the same rhythm would hardly ever keep, or one
    of --silence days.
    """
    from npsstats.aggregates.departures import rhythm, silence as fixed
    from npsstats.aggregates.person_periods import person_periods
    from npsstats.linkage.churn.hazard import hazard
    from npsstats.reporting.linkage.printed import curves_of, hazard_facts

    path = out_of(given, source)
    tables = tables_with(source, given)
    cells = person_periods(
        tables.purchases,
        tables.responses,
        churn=rhythm() if silence is None else fixed(silence),
        covariates=list(covariates),
        stores=tables.stores,
    )
    result = hazard(cells, level=given["level"])
    curves = None
    if "category" in covariates:
        try:
            curves = curves_of(result)
        except InputError as error:
            click.echo(f"No curves: {error}", err=True)
    facts = hazard_facts(result, curves, silence)
    say(result, given, path, {}, source=source, subject="churn", facts=facts)


@click.command(
    epilog="""\b
Example:
  npsstats drivers network.toml --question welcome --question products --question checkout"""
)
@_common
@click.option(
    "--question",
    "questions",
    multiple=True,
    metavar="COLUMN",
    help="A closed question; none at all takes csat and ces, where they were asked.",
)
def drivers(source: str, *, questions: tuple[str, ...], **given: Any) -> None:
    """Say what to mend first: importance and performance of what the survey of SOURCE asked."""
    from npsstats.linkage.driving.priorities import priorities
    from npsstats.reporting.linkage.printed import drivers_facts

    path = out_of(given, source)
    tables = answers_alone(source, questions)
    # judgements of the whole take from the questions beside them: only where asked for
    tables = replace(tables, questions=tuple(dict.fromkeys(questions)) or tables.questions)
    if len(tables.questions) < 2:
        held = "is named" if questions else "of the questions csat and ces is there"
        raise InputError(
            f"{len(tables.questions)} {held} in {source!r}: name two or more, --question COLUMN "
            "--question COLUMN."
        )
    result = priorities(
        tables.responses,
        list(tables.questions),
        cluster="store_id" if "store_id" in tables.responses.accepted.columns else None,
        level=given["level"],
        seed=given["seed"],
    )
    facts = drivers_facts(result, given["level"])
    say(result, given, path, {}, source=source, subject="drivers", facts=facts)


@click.command(
    epilog="""\b
Example:
  npsstats verbatims network.toml --codebook fr --out themes.csv"""
)
@_common
@click.option(
    "--codebook", default="fr", show_default=True, metavar="fr|en|FILE.toml", help="Of the themes."
)
@click.option("--text", default="verbatim", show_default=True, help="Column of the verbatims.")
def verbatims(source: str, *, codebook: str, text: str, **given: Any) -> None:
    """Say what the verbatims of SOURCE speak of, by whom and in which tone; none is printed."""
    from npsstats.linkage.verbatims import verbatims as read

    path = out_of(given, source, page=False)
    tables = answers_alone(source, () if text == "verbatim" else (text,))
    columns = tables.responses.accepted.columns
    result = read(
        tables.responses,
        codebook,
        text=text,
        store="store_id" if "store_id" in columns else None,
        level=given["level"],
        seed=given["seed"],
    )
    say(result, given, path, {}, source=source)


@click.command(
    epilog="""\b
Examples:
  npsstats worth network.toml --margin 0.3 --out worth.pdf --lang fr
  npsstats worth network.toml --margin 0.3 --plan experiments/callback/plan.toml --calls 12000"""
)
@_common
@_MARGIN
@click.option("--plan", metavar="PLAN.toml", help="Plan of the experiment on call-backs.")
@click.option("--calls", type=float, help="Detractors to be called a year.")
@click.option("--call-cost", type=float, help="Money a call; else the plan's.")
@click.option("--horizon", type=int, default=3, show_default=True, help="Years of a customer.")
@click.option("--discount", type=float, default=0.08, show_default=True, help="Annual rate.")
def worth(source: str, **given: Any) -> None:
    """Say what a point of NPS, a recovered detractor, a departure fewer are worth in SOURCE.

    An experiment (--plan) values call-backs; without one nobody knows what they bring.
    """
    from npsstats.reporting.linkage.gathering import value_of

    path = out_of(given, source)
    _checked(given)
    tables = tables_with(source, given)
    request = request_of(tables, given, source)
    money = {name: given[name] for name in ("calls", "call_cost", "horizon", "discount")}
    result, facts = value_of(tables.responses, request, **money)
    say(result, given, path, {}, source=source, subject="worth", facts=facts)


@click.command(
    epilog="""\b
Example:
  npsstats claims network.toml --out claims.pdf --lang fr"""
)
@_common
@_MARGIN
@click.option("--plan", metavar="PLAN.toml", help="Plan of the experiment on call-backs.")
def claims(source: str, **given: Any) -> None:
    """Set the trade's claims on NPS beside the numbers of SOURCE, with a verdict by rule."""
    from npsstats.reporting.linkage.gathering import claims_of

    path = out_of(given, source)
    _checked(given)
    tables = tables_with(source, given)
    result, facts = claims_of(tables.responses, request_of(tables, given, source))
    say(result, given, path, {}, source=source, subject="claims", facts=facts)
