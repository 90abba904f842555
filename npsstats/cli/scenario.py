"""`npsstats scenario`: what would come if the score, or the calls, were other than they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats import checks
from npsstats.checks import InputError
from npsstats.cli.foreseen import (
    AHEAD,
    MODELS,
    checked,
    foreseeing,
    read,
    series_of,
    traded,
)
from npsstats.cli.linked import panel_of
from npsstats.cli.wanted import wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from npsstats.aggregates.panels import StorePanel
    from npsstats.reporting.linkage.tables import Tables

__all__ = ["scenario"]


@click.command(
    epilog="""\b
Examples:
  npsstats scenario network.toml --plus 5 --complete-by 2026-06
  npsstats scenario network.toml --plan experiments/callback/plan.toml --coverage 0.5"""
)
@foreseeing
@click.option("--plus", type=float, metavar="POINTS", help="What the score is to be other by.")
@click.option("--complete-by", metavar="PERIOD", help="In which it is so; at once unless told.")
@click.option("--plan", metavar="PLAN.toml", help="Plan of the experiment on call-backs.")
@click.option("--coverage", type=float, help="With it: share of detractors called besides.")
@click.option("--arm", help="Of the plan, where there are several.")
@AHEAD
@click.option("--model", type=click.Choice(MODELS), help="Of the forecast; else several, weighed.")
@click.option("--purchases", metavar="FILE", help="Purchases; else those of network.toml.")
@click.option("--revenue", type=float, metavar="AMOUNT", help="Of a year; else it is forecast.")
@click.option("--silence", type=int, metavar="DAYS", help="Gone after so many without buying.")
def scenario(source: str, *, horizon: int, **given: Any) -> None:
    """Carry POINTS of NPS, or calls to detractors, to the revenue and the churn of SOURCE.

    Each step has its interval and its grade of evidence; what the data do not bear is said and not
    computed. Without purchases the score alone is told.
    """
    checked(given, source)
    _check(given)
    asked_for = wanted(given, source)
    import npsstats as nps

    with asked_for.working("Carrying the change to money"):
        callback = _experiment(source, given)
        tables = traded(source, given)
        shared: dict[str, Any] = {
            "model": given["model"] or MODELS[0],
            "level": given["level"],
            "seed": given["seed"],
        }
        links: dict[str, Any] = {"revenue": given["revenue"]}
        if tables is None:
            ahead = nps.forecast(
                series_of(read(source, given), {**given, "through": None}, ()),
                horizon,
                **shared,
            )
            _within(given["complete_by"], ahead.periods)
        else:
            panel = panel_of(tables, given["period"])
            ahead = nps.forecast(
                panel,
                horizon,
                period=given["period"],
                changed=given["changed"],
                **shared,
            )
            _within(given["complete_by"], ahead.periods)
            links |= _links(tables, panel, horizon, given)
        result = nps.scenario(
            ahead,
            change=given["plus"],
            by=given["complete_by"],
            callback=callback,
            coverage=given["coverage"],
            arm=given["arm"],
            level=given["level"],
            seed=given["seed"],
            **links,
        )
    asked_for.hand(result)


def _check(given: dict[str, Any]) -> None:
    if given["plus"] is None and given["plan"] is None:
        raise InputError("Say what is to change: --plus 5, or --plan PLAN.toml with --coverage.")
    if (given["plan"] is None) != (given["coverage"] is None):
        raise InputError(
            "`--plan` and `--coverage` go together: the experiment on call-backs, and the share of "
            "detractors that shall be called, such as 0.5."
        )
    for name, needs in (("arm", "plan"), ("complete_by", "plus")):
        if given[name] is not None and given[needs] is None:
            raise InputError(f"`--{name.replace('_', '-')}` goes with --{needs}.")
    if given["plus"] is not None:
        checks.number("plus", given["plus"], low=-200, high=200)
    if given["coverage"] is not None:
        checks.number("coverage", given["coverage"], low=0, high=1)
    if given["revenue"] is not None:
        checks.number("revenue", given["revenue"], low=0)
    if given["silence"] is not None:
        checks.count("silence", given["silence"], least=1)


def _within(label: str | None, periods: tuple[str, ...]) -> None:
    if label is not None and label not in periods:
        raise InputError(
            f"`--complete-by` must be one of the periods to come, {periods[0]} to {periods[-1]}, "
            f"got {label!r}. Name one of them, or take a longer --horizon."
        )


def _experiment(source: str, given: dict[str, Any]) -> Any:
    """Return the plan's experiment, analysed."""
    if given["plan"] is None:
        return None
    import npsstats as nps

    data = source if source.lower().endswith(".toml") else None
    return nps.analyze(nps.load_plan(given["plan"]), data)


def _links(
    tables: Tables, panel: StorePanel, horizon: int, given: dict[str, Any]
) -> dict[str, Any]:
    """Return what leads from the score to money and customers, each if the data bear it."""
    import npsstats as nps

    shared = {"level": given["level"]}
    controls = [name for name in ("works", "age") if name in panel.controls]
    made: dict[str, Callable[[], Any]] = {
        "slope": lambda: nps.growth(panel, controls=controls, **shared),
        "churn": lambda: _churn(tables, horizon, given),
    }
    if given["revenue"] is None:
        made["revenue"] = lambda: nps.growth_forecast(panel, horizon, seed=given["seed"], **shared)
    found = {}
    for name, make in made.items():
        try:
            found[name] = make()
        except InputError as error:
            click.echo(f"No {name}: {error}", err=True)
    return found


def _churn(tables: Tables, horizon: int, given: dict[str, Any]) -> Any:
    """Return the customers to be lost, by the last category known before."""
    import npsstats as nps

    silence = given["silence"]
    churn = nps.rhythm() if silence is None else nps.silence(silence)
    shared: dict[str, Any] = {
        "churn": churn,
        "covariates": ["category"],
        "stores": tables.stores,
        "period": given["period"],
    }
    cells = nps.person_periods(tables.purchases, tables.responses, **shared)
    states = nps.account_states(tables.purchases, tables.responses, **shared)
    return nps.project_churn(
        nps.hazard(cells, level=given["level"]),
        states,
        horizon,
        by="category",
        level=given["level"],
        seed=given["seed"],
    )
