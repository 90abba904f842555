"""`npsstats backtest`: how right forecasts would have been."""

from __future__ import annotations

from typing import Any

import click

from npsstats import checks
from npsstats.checks import InputError
from npsstats.cli.foreseen import (
    AHEAD,
    MODELS,
    checked,
    foreseeing,
    grouping,
    keys_of,
    read,
    series_of,
)
from npsstats.cli.wanted import wanted

__all__ = ["backtest"]


@click.command(
    epilog="""\b
Examples:
  npsstats backtest network.toml --horizon 3
  npsstats backtest network.toml --by store --model hierarchical --model "local level" """
)
@foreseeing
@grouping
@AHEAD
@click.option(
    "--model",
    "models",
    type=click.Choice(MODELS),
    multiple=True,
    help="To be judged; repeatable; the default one unless told.",
)
@click.option("--known", type=int, metavar="N", help="Periods known at the first origin.")
@click.option("--every", type=int, default=1, show_default=True, help="Periods between origins.")
def backtest(source: str, *, horizon: int, **given: Any) -> None:
    """Say how well forecasts made in the past of SOURCE foretold what came.

    At each origin a model sees nothing later. It is held against the last value and the same
    period a year before; one that does not beat them is said not to.
    """
    checked(given, source)
    checks.count("every", given["every"], least=1)
    if given["known"] is not None:
        checks.count("known", given["known"], least=1)
    keys = keys_of(given)
    asked_for = wanted(given, source)
    import npsstats as nps

    series = series_of(read(source, given, keys), given, keys)
    if given["known"] is not None and given["known"] >= series.shape[1]:
        raise InputError(
            f"`--known` must be less than the {series.shape[1]} {series.period}s that there are, "
            f"so that something came after them, got {given['known']}."
        )
    with asked_for.working("Forecasting from every origin"):
        result = nps.backtest(
            series,
            list(dict.fromkeys(given["models"])) or None,
            horizon=horizon,
            origins=given["known"],
            every=given["every"],
            level=given["level"],
            seed=given["seed"],
        )
    asked_for.hand(result)
