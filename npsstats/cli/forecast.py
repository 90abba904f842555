"""`npsstats forecast | alerts | backtest`: what comes next, what is news, how right it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats import checks
from npsstats.checks import InputError
from npsstats.cli.foreseen import (
    MODELS,
    checked,
    foreseeing,
    grouping,
    keys_of,
    place_of,
    read,
    series_of,
    traded,
    write,
)
from npsstats.cli.linked import as_json, configured

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["alerts", "backtest", "forecast"]

_AHEAD = click.option(
    "--horizon",
    type=click.IntRange(1, 120),
    default=6,
    show_default=True,
    help="Periods ahead.",
)
_CSV = click.option("--out", metavar="FILE.csv", help="Where the table goes.")


@click.command(
    epilog="""\b
Examples:
  npsstats forecast network.toml --target 45
  npsstats forecast answers.csv --score note --date jour --store magasin --by store --out next.csv
  npsstats forecast network.toml --outcome sales --horizon 3"""
)
@foreseeing
@grouping
@_AHEAD
@click.option(
    "--outcome",
    type=click.Choice(["nps", "sales", "visits", "customers"]),
    default="nps",
    show_default=True,
    help="What is forecast: the score; or trade, with the score only if it helps.",
)
@click.option("--model", type=click.Choice(MODELS), help="One alone; else several, weighed.")
@click.option("--answers", type=float, metavar="N", help="Expected a period; else as in the past.")
@click.option("--target", type=float, help="NPS to be reached by the last period, in points.")
@click.option("--purchases", metavar="FILE", help="Of --outcome sales; else of network.toml.")
@click.option("--brief", is_flag=True, help="Sentences only.")
@click.option("--out", metavar="FILE", help="A .csv for the table, or a .pdf for the page on it.")
@click.option("--lang", type=click.Choice(["en", "fr"]), default="en", help="Of the PDF.")
def forecast(source: str, *, horizon: int, outcome: str, out: str | None, **given: Any) -> None:
    """Forecast the NPS of SOURCE, say what its last move is worth, and whether a target is near.

    SOURCE is a network.toml, or a file of answers with dates. The true score lies between lower
    and upper; what so many answers will show, between shown_lower and shown_upper.
    """
    checked(given, source)
    if outcome != "nps":
        _trade(source, horizon, outcome, place_of(out, source), given)
        return
    if given["purchases"]:
        raise InputError("`--purchases` goes with --outcome sales, visits or customers.")
    import npsstats as nps

    path = place_of(out, source)
    keys = keys_of(given)
    found = series_of(read(source, given, keys), given, keys)
    result = nps.forecast(
        found,
        horizon,
        model=given["model"] or MODELS[0],
        answers=given["answers"],
        level=given["level"],
        seed=given["seed"],
    )
    shared = {"level": given["level"], "seed": given["seed"]}
    move = _or_why("last move", lambda: nps.last_move(found, **shared), found.shape[1] > 1)
    reached = _reached(result, source, given)
    if given["as_json"]:
        more = {"weights": result.weights if len(result.weights) else None}
        more["last_move"] = None if move is None else move.frame
        more["target"] = None if reached is None else reached.frame
        click.echo(as_json(result, more))
    else:
        click.echo(result.headline() if given["brief"] else str(result))
        for each in (move, reached):
            if each is not None:
                click.echo(f"\n{each.headline()}")
    write(result.frame, path)


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
@_CSV
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

    path = place_of(out, source)
    found = read(source, given, keys_of(given))
    there = "store_id" in found.answers.accepted.columns
    keys = keys_of(given) or (["store_id"] if there else [])
    series = series_of(found, given, keys)
    result = nps.alerts(
        series,
        max_false_share=share,
        max_false=number,
        level=given["level"],
        seed=given["seed"],
    )
    changes = _or_why("changes of level", lambda: nps.change_points(series, level=given["level"]))
    if given["as_json"]:
        click.echo(as_json(result, {"changes": None if changes is None else changes.frame}))
    else:
        click.echo(result)
        if changes is not None:
            click.echo(f"\n{changes.headline()}")
    write(result.frame, path)


@click.command(
    epilog="""\b
Examples:
  npsstats backtest network.toml --horizon 3
  npsstats backtest network.toml --by store --model hierarchical --model "local level" """
)
@foreseeing
@grouping
@_AHEAD
@click.option(
    "--model",
    "models",
    type=click.Choice(MODELS),
    multiple=True,
    help="To be judged; repeatable; the default one unless told.",
)
@click.option("--known", type=int, metavar="N", help="Periods known at the first origin.")
@click.option("--every", type=int, default=1, show_default=True, help="Periods between origins.")
@_CSV
def backtest(source: str, *, horizon: int, out: str | None, **given: Any) -> None:
    """Say how well forecasts made in the past of SOURCE foretold what came.

    At each origin a model sees nothing later. It is held against the last value and the same
    period a year before; one that does not beat them is said not to.
    """
    checked(given, source)
    checks.count("every", given["every"], least=1)
    if given["known"] is not None:
        checks.count("known", given["known"], least=1)
    import npsstats as nps

    path = place_of(out, source)
    keys = keys_of(given)
    result = nps.backtest(
        series_of(read(source, given, keys), given, keys),
        list(dict.fromkeys(given["models"])) or None,
        horizon=horizon,
        origins=given["known"],
        every=given["every"],
        level=given["level"],
        seed=given["seed"],
    )
    more = {"by_horizon": result.by_horizon, "by_origin": result.by_origin}
    click.echo(as_json(result, more) if given["as_json"] else str(result))
    write(result.frame, path)


def _trade(
    source: str, horizon: int, measure: str, path: Path | None, given: dict[str, Any]
) -> None:
    """Forecast what the stores sell."""
    for name in ("by", "through", "changed", "model", "answers", "target", "across_kinds"):
        if given[name]:
            raise InputError(
                f"`--{name.replace('_', '-')}` is of the score: leave it out with --outcome "
                f"{measure}, which is forecast for every store and the network."
            )
    import npsstats as nps

    tables = traded(source, given)
    if tables is None:
        raise InputError(
            f"{source!r} comes without purchases: give --purchases FILE, or [sources.purchases] "
            "in network.toml."
        )
    wanted = list(dict.fromkeys([measure, "sales", "visits", "price"]))
    panel = nps.store_panel(
        tables.purchases,
        tables.responses,
        tables.stores,
        period=given["period"],
        measures=wanted,
    )
    result = nps.growth_forecast(panel, horizon, measure, level=given["level"], seed=given["seed"])
    if given["as_json"]:
        click.echo(as_json(result, {"comparison": result.comparison}))
    else:
        click.echo(result.headline() if given["brief"] else str(result))
    write(result.frame, path)


def _reached(result: Any, source: str, given: dict[str, Any]) -> Any:
    """Return how likely the target is, that of the options or of network.toml."""
    from npsstats.forecasting.business.targets import reach

    config = configured(source)
    target = given["target"] if config is None or given["target"] is not None else config.target
    if target is None:
        return None
    return reach(
        result,
        target,
        result.periods[-1],
        n=given["answers"],
        level=given["level"],
        seed=given["seed"],
    )


def _or_why(what: str, made: Callable[[], Any], enough: bool = True) -> Any:
    """Return what is made, or None with a word on why it is not."""
    try:
        return made() if enough else None
    except InputError as error:
        click.echo(f"No {what}: {error}", err=True)
        return None
