"""`npsstats reliability | correlations`: how much of a store's score is the store."""

from __future__ import annotations

from typing import Any

import click

from npsstats.cli.linked import answers_alone, linking, panel_of, tables_with
from npsstats.cli.options import read_beside
from npsstats.cli.wanted import wanted

__all__ = ["correlations", "reliability"]


@click.command(
    epilog="""\b
Example:
  npsstats reliability network.toml --period quarter"""
)
@linking
@click.option(
    "--period",
    type=click.Choice(["week", "month", "quarter", "year"]),
    default="month",
    show_default=True,
    help="The shortest that is judged.",
)
def reliability(source: str, *, period: str, **given: Any) -> None:
    """Say how much of what scores do in SOURCE is the stores, and how much who happened to answer.

    Ask it before any link with growth: noise hides what there is.
    """
    import npsstats as nps

    asked_for = wanted(given, source)
    with asked_for.working("Parting signal from noise"):
        panel = panel_of(tables_with(source, given), period)
        result = nps.reliability(panel, level=given["level"])
    asked_for.hand(result)


@click.command(
    epilog="""\b
Example:
  npsstats correlations network.toml --question csat --question ces"""
)
@linking
@click.option(
    "--question", "questions", multiple=True, help="A closed question; csat and ces else."
)
@click.option("--within", metavar="COLUMN", help="Of the stores: compare within its groups only.")
def correlations(
    source: str, *, questions: tuple[str, ...], within: str | None, **given: Any
) -> None:
    """Correlate the stores' true NPS in SOURCE with satisfaction, effort and employees' NPS."""
    import npsstats as nps

    asked_for = wanted(given, source)
    tables = answers_alone(source, given, questions)
    stores = read_beside("stores", source, given, tables.responses)
    with asked_for.working("Parting signal from noise"):
        result = nps.correlations(
            tables.responses,
            stores,
            questions=list(questions) or list(tables.questions),
            within=within,
            level=given["level"],
            seed=given["seed"],
        )
    asked_for.hand(result)
