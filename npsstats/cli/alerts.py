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
    place_of,
    read,
    series_of,
    write,
)
from npsstats.cli.linked import as_json

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
@click.option("--out", metavar="FILE.csv", help="Where the table goes.")
def alerts(source: str, *, out: str | None, **given: Any) -> None:
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
    path = place_of(out, source)
    found = read(source, given, asked)
    there = "store_id" in found.answers.accepted.columns
    keys = asked or (["store_id"] if there else [])
    series = series_of(found, given, keys)
    result = nps.alerts(
        series,
        max_false_share=share,
        max_false=number,
        level=given["level"],
        seed=given["seed"],
    )
    changes = or_why("changes of level", lambda: nps.change_points(series, level=given["level"]))
    if given["as_json"]:
        click.echo(as_json(result, {"changes": None if changes is None else changes.frame}))
    else:
        click.echo(result)
        if changes is not None:
            click.echo(f"\n{changes.headline()}")
    write(result.frame, path)
