"""`npsstats forecast`: what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.foreseen import (
    AHEAD,
    MODELS,
    Read,
    checked,
    foreseeing,
    grouping,
    keys_of,
    or_why,
    read,
    series_of,
    traded,
)
from npsstats.cli.linked import configured
from npsstats.cli.wanted import page_option, wanted

if TYPE_CHECKING:
    from pathlib import Path

    from npsstats.cli.wanted import Wanted
    from npsstats.forecasting.forecast import Forecast
    from npsstats.forecasting.series import Series

__all__ = ["forecast"]

_LIKELY = 0.8


@click.command(
    epilog="""\b
Examples:
  npsstats forecast network.toml --target 45
  npsstats forecast answers.csv --score note --date jour --store magasin --by store --out next.csv
  npsstats forecast network.toml --outcome sales --horizon 3"""
)
@foreseeing
@grouping
@AHEAD
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
@page_option
def forecast(source: str, *, horizon: int, outcome: str, **given: Any) -> None:
    """Forecast the NPS of SOURCE, say what its last move is worth, and whether a target is near.

    SOURCE is a network.toml, or a file of answers with dates. The true score lies between lower
    and upper; what so many answers will show, between shown_lower and shown_upper.
    """
    checked(given, source)
    asked_for = wanted(given, source)
    if outcome != "nps":
        _trade(source, horizon, outcome, asked_for, given)
        return
    if given["purchases"]:
        raise InputError("`--purchases` goes with --outcome sales, visits or customers.")
    keys = keys_of(given)
    data = read(source, given, keys)
    found = series_of(data, given, keys)
    target, reached = _target(source, given), None
    with asked_for.working("Forecasting"):
        result = _foretold(found, horizon, given)
        move = or_why("last move", lambda: _moved(found, result, given), found.shape[1] > 1)
        if target is not None:
            reached = or_why("target", lambda: _reached(result, target, data, given))
    text = result.headline() if given["brief"] else str(result)
    if move is not None:
        text += f"\n\n{move.headline()}"
    if reached is not None:
        text += f"\n\n{'All together. ' if keys else ''}{reached.headline()}"
    if target is not None and keys:
        text += f"\n{_each(result, target)}"
    more = {
        "weights": result.weights if len(result.weights) else None,
        "last_move": None if move is None else move.frame,
        "target": None if reached is None else reached.frame,
    }
    asked_for.hand(result, more, text=text)
    if asked_for.page is not None:
        with asked_for.working("Writing the pages"):
            place = _page(asked_for.page, asked_for, source, data, result, target, given)
        asked_for.say(f"{place} written")


def _trade(
    source: str, horizon: int, measure: str, asked_for: Wanted, given: dict[str, Any]
) -> None:
    """Forecast what the stores sell."""
    if asked_for.page is not None:
        raise InputError(f"`--page` is on the score: leave it out with --outcome {measure}.")
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
    measures = list(dict.fromkeys([measure, "sales", "visits", "price"]))
    with asked_for.working("Forecasting"):
        panel = nps.store_panel(
            tables.purchases,
            tables.responses,
            tables.stores,
            period=given["period"],
            measures=measures,
        )
        result = nps.growth_forecast(
            panel, horizon, measure, level=given["level"], seed=given["seed"]
        )
    asked_for.hand(result, text=result.headline() if given["brief"] else None)


def _foretold(series: Series, horizon: int, given: dict[str, Any]) -> Forecast:
    import npsstats as nps

    return nps.forecast(
        series,
        horizon,
        model=given["model"] or MODELS[0],
        answers=given["answers"],
        level=given["level"],
        seed=given["seed"],
    )


def _moved(series: Any, result: Any, given: dict[str, Any]) -> Any:
    """Return what the last move is worth, by the model that forecasts where it knows the past."""
    import npsstats as nps

    fitted = next(iter(result.fitted.values()))
    return nps.last_move(
        series,
        fitted=fitted if hasattr(fitted, "latent") else None,
        level=given["level"],
        seed=given["seed"],
    )


def _target(source: str, given: dict[str, Any]) -> float | None:
    """Return the target of the options, or that of network.toml where the network is forecast."""
    config = configured(source)
    target: float | None = given["target"]
    if target is None and config is not None and not given["by"]:
        target = config.target
    return target


def _reached(result: Forecast, target: float, data: Read, given: dict[str, Any]) -> Any:
    """Return how likely all answers together are to reach the target by the last period.

    They are forecast as one: parts that are drawn apart would add up to too narrow an interval.
    """
    import npsstats as nps

    if given["by"]:
        result = _foretold(series_of(data, given, ()), len(result.periods), given)
    return nps.reach(
        result,
        target,
        result.periods[-1],
        n=given["answers"],
        level=given["level"],
        seed=given["seed"],
    )


def _each(result: Forecast, target: float) -> str:
    """Say of how many series the true score is likely at the target by the last period."""
    chance = (result.predictive.draws[:, :, -1] >= target).mean(axis=1)
    likely, unlikely = int((chance >= _LIKELY).sum()), int((chance <= 1 - _LIKELY).sum())
    sure = f"{100 * _LIKELY:g} %"
    return (
        f"Each by itself. Of {len(chance):,} series, {likely:,} are at {target:g} or above in "
        f"{result.periods[-1]} with a chance of {sure} or more, {unlikely:,} below it with "
        f"{sure} or more."
    )


def _page(
    path: Path,
    asked_for: Wanted,
    source: str,
    data: Read,
    result: Any,
    target: float | None,
    given: dict[str, Any],
) -> Path:
    """Write the pages on the forecast: of the network, and of its stores or whatever --by says."""
    from npsstats.reporting.forecast.document import forecast_pdf
    from npsstats.reporting.forecast.gathering import forecast_facts
    from npsstats.reporting.forecast.request import ForecastRequest

    keys = keys_of(given)
    if not keys and "store_id" in data.answers.accepted.columns:
        keys = ["store_id"]
    config = configured(source)
    own = config is not None and "purchases" in config.sources
    request = ForecastRequest(
        horizon=len(result.periods),
        period=given["period"],
        by=keys[0] if len(keys) == 1 else None,
        target=target,
        purchases=config.read("purchases", beside=data.answers, quiet=True) if own else None,
        stores=data.stores,
        model=given["model"] or MODELS[0],
        answers=given["answers"],
        through=given["through"],
        changed=given["changed"],
        across_kinds=given["across_kinds"],
        level=given["level"],
        seed=given["seed"],
    )
    facts = forecast_facts(data.answers, request, forecast=None if given["by"] else result)
    return forecast_pdf(facts, path, lang=asked_for.lang, brand=asked_for.brand)
