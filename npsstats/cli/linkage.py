"""`npsstats growth | verbatims | worth | claims`: from NPS to money."""

from __future__ import annotations

from typing import Any

import click

from npsstats.cli.linked import answers_alone, linking, panel_of, request_of, say, tables_with
from npsstats.cli.wanted import page_option, wanted

__all__ = ["claims", "growth", "verbatims", "worth"]


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
  npsstats growth answers.csv --score note --store magasin --date jour \\
    --purchases receipts.csv --stores stores.csv --json"""
)
@linking
@page_option
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
@click.option(
    "--sensitivity", is_flag=True, help="Say how strong an unrecorded cause would have to be."
)
def growth(
    source: str, *, period: str, outcome: str, lag: int, sensitivity: bool, **given: Any
) -> None:
    """Set the growth of the stores of SOURCE against their earlier NPS.

    SOURCE is a network.toml, or a file of answers with --purchases.
    """
    import npsstats as nps
    from npsstats.reporting.linkage.printed import growth_facts

    asked_for = wanted(given, source)
    with asked_for.working("Setting growth against earlier scores"):
        panel = panel_of(tables_with(source, given), period)
        controls = [name for name in ("works", "age") if name in panel.controls]
        result = nps.growth(
            panel, outcome=outcome, lag=lag, controls=controls, level=given["level"]
        )
    if sensitivity:
        asked_for.hand(nps.sensitivity_of(result))
        return
    facts = growth_facts(result, given["level"])
    say(result, asked_for, subject="growth", facts=facts)


@click.command(
    epilog="""\b
Example:
  npsstats verbatims network.toml --codebook fr --out themes.csv"""
)
@linking
@click.option(
    "--codebook", default="fr", show_default=True, metavar="fr|en|FILE.toml", help="Of the themes."
)
@click.option("--text", default="verbatim", show_default=True, help="Column of the verbatims.")
def verbatims(source: str, *, codebook: str, text: str, **given: Any) -> None:
    """Say what the verbatims of SOURCE speak of, by whom and in which tone; none is printed."""
    from npsstats.linkage.verbatims import verbatims as read

    asked_for = wanted(given, source)
    tables = answers_alone(source, given, () if text == "verbatim" else (text,))
    columns = tables.responses.accepted.columns
    result = read(
        tables.responses,
        codebook,
        text=text,
        store="store_id" if "store_id" in columns else None,
        level=given["level"],
        seed=given["seed"],
    )
    asked_for.hand(result)


@click.command(
    epilog="""\b
Examples:
  npsstats worth network.toml --margin 0.3 --page worth.pdf --lang fr
  npsstats worth network.toml --margin 0.3 --plan experiments/callback/plan.toml --calls 12000"""
)
@linking
@page_option
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

    asked_for = wanted(given, source)
    _checked(given)
    tables = tables_with(source, given)
    request = request_of(tables, given, source)
    money = {name: given[name] for name in ("calls", "call_cost", "horizon", "discount")}
    result, facts = value_of(tables.responses, request, **money)
    say(result, asked_for, subject="worth", facts=facts)


@click.command(
    epilog="""\b
Example:
  npsstats claims network.toml --page claims.pdf --lang fr"""
)
@linking
@page_option
@_MARGIN
@click.option("--plan", metavar="PLAN.toml", help="Plan of the experiment on call-backs.")
def claims(source: str, **given: Any) -> None:
    """Set the trade's claims on NPS beside the numbers of SOURCE, with a verdict by rule."""
    from npsstats.reporting.linkage.gathering import claims_of

    asked_for = wanted(given, source)
    _checked(given)
    tables = tables_with(source, given)
    result, facts = claims_of(tables.responses, request_of(tables, given, source))
    say(result, asked_for, subject="claims", facts=facts)
