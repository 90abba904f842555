"""`npsstats alerts`: which stores have news, and which only noise."""

from __future__ import annotations

from typing import Any

import click

from npsstats import checks
from npsstats.checks import InputError
from npsstats.cli.foreseen import (
    checked,
    foreseeing,
    grouping,
    keys_of,
    or_why,
    read,
    series_of,
)
from npsstats.cli.wanted import wanted

__all__ = ["alerts"]


@click.command(
    epilog="""\b
Examples:
  npsstats alerts network.toml
  npsstats alerts answers.csv --score note --date jour --store magasin --max-false 1"""
)
@foreseeing
@grouping
@click.option(
    "--max-false-share", type=float, help="Of the alerts, expected at most; 0.1 unless told."
)
@click.option("--max-false", type=float, help="Or: expected a period over the network, at most.")
def alerts(source: str, **given: Any) -> None:
    """Say which stores of SOURCE have news in their last period, and which only noise.

    False alarms are counted over the whole network. The stores unless --by says otherwise. When
    levels changed for good is said after the table.
    """
    checked(given, source)
    share, number = given["max_false_share"], given["max_false"]
    if share is not None and number is not None:
        raise InputError("Give one of --max-false-share and --max-false, not both.")
    if share is not None:
        checks.fraction("max_false_share", share)
    if number is not None:
        checks.number("max_false", number, low=0)
    import npsstats as nps

    asked = keys_of(given)
    asked_for = wanted(given, source)
    found = read(source, given, asked)
    there = "store_id" in found.answers.accepted.columns
    keys = asked or (["store_id"] if there else [])
    series = series_of(found, given, keys)
    with asked_for.working("Telling news from noise"):
        result = nps.alerts(
            series,
            max_false_share=share,
            max_false=number,
            level=given["level"],
            seed=given["seed"],
        )
        changes = or_why(
            "changes of level", lambda: nps.change_points(series, level=given["level"])
        )
    if changes is None:
        asked_for.hand(result)
        return
    asked_for.hand(result, {"changes": changes.frame}, text=f"{result}\n\n{changes.headline()}")
