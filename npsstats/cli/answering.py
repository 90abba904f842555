"""`npsstats nonresponse | weigh | integrity`: who answered, who did not, and who was led to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import (
    BY,
    LEVEL,
    keys_of,
    plain_table,
    read_beside,
    read_source,
    source_options,
)
from npsstats.cli.wanted import result_options, wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.invitations import InvitationCounts
    from npsstats.data.intake import Intake

__all__ = ["integrity", "nonresponse", "weigh"]

_INVITATIONS = click.option(
    "--invitations", metavar="FILE", help="Who was asked; else those of network.toml."
)
_KNOWN = ("channel",)  # what is known of every invitation, unless told


@click.command(
    epilog="""\b
Examples:
  npsstats nonresponse network.toml --by channel --by kind
  npsstats nonresponse answers.csv --score note --column invitation_id=envoi \\
    --invitations sent.csv --by channel --show bounds
  npsstats nonresponse network.toml --show buyers --window 90"""
)
@source_options
@_INVITATIONS
@click.option("--purchases", metavar="FILE", help="Of --show buyers; else those of network.toml.")
@BY
@click.option(
    "--show",
    type=click.Choice(["representativeness", "propensity", "bounds", "buyers"]),
    default="representativeness",
    show_default=True,
    help="How alike answers and invitations are; who answers; what NPS could be if the silent "
    "thought anything; buyers beside non-buyers.",
)
@click.option("--window", type=int, default=90, show_default=True, help="Days of a buyer.")
@LEVEL
@result_options
def nonresponse(source: str, *, show: str, window: int, **given: Any) -> None:
    """Say whether those who answered SOURCE are like those who were asked.

    --by names what is known of everybody who was asked; the channel unless told.
    """
    import npsstats as nps

    asked_for = wanted(given, source)
    level = given["level"]
    answers = read_source(source, given)
    if show == "buyers":
        tables = {name: _needed(name, source, given, answers) for name in ("invitations", _BOUGHT)}
        counts = nps.count_buyers(**tables, responses=answers, window=window)
        asked_for.hand(nps.compare_buyers(counts, level=level))
        return
    keys = keys_of(given) or ([] if show == "bounds" else list(_KNOWN))
    invited = _invited(source, given, keys or list(_KNOWN), answers)
    with asked_for.working("Reading who answered"):
        if show == "representativeness":
            result: Any = nps.representativeness(invited, level=level)
        elif show == "propensity":
            result = nps.response_propensity(invited, level=level)
        else:
            result = nps.nonresponse_bounds(invited.by(*keys), level=level)
    asked_for.hand(result)


@click.command(
    epilog="""\b
Examples:
  npsstats weigh answers.csv --score note --column channel=canal --by channel \\
    --population population.csv
  npsstats weigh network.toml --by channel --by kind
where population.csv has a column of each key and one of numbers, called population:
  channel,population
  sms,12000
  email,30000"""
)
@source_options
@click.option(
    "--population",
    "populations",
    multiple=True,
    metavar="FILE.csv",
    help="How many customers there are of each; several files are raked together.",
)
@_INVITATIONS
@click.option("--by", multiple=True, metavar="KEY", help="What is known of customers; repeatable.")
@click.option("--cells", multiple=True, metavar="KEY", help="A score for each: store, month …")
@click.option("--trim", type=float, help="Largest weight, as a multiple of the mean.")
@LEVEL
@result_options
def weigh(source: str, *, populations: tuple[str, ...], **given: Any) -> None:
    """Weight the answers of SOURCE to all customers (--population), or to all who were asked.

    Weights mend only what is known of people, and cost precision.
    """
    import npsstats as nps

    asked_for = wanted(given, source)
    keys = keys_of(given)
    cells = ["store_id" if key == "store" else key for key in given["cells"]]
    if populations:
        frames = [plain_table(path) for path in populations]
        known = [name for frame in frames for name in frame.columns if name != "population"]
        keys = list(dict.fromkeys([*keys, *map(str, known)]))
    if not keys:
        raise InputError("Say what is known of customers: --by KEY, or --population FILE.csv.")
    intake = read_source(source, given, also=[*keys, *cells])
    counts = nps.count(intake, by=list(dict.fromkeys([*keys, *cells])))
    with asked_for.working("Weighing"):
        if not populations:
            invited = _invited(source, given, keys, intake)
            weights: Any = nps.response_propensity(invited).weights(trim=given["trim"])
        elif len(frames) == 1:
            weights = nps.post_stratify(counts, frames[0], trim=given["trim"])
        else:
            weights = nps.rake(counts, frames, trim=given["trim"])
        result = nps.weighted_nps(counts, weights, cells or None, level=given["level"])
    asked_for.hand(result, {"weights": weights.frame})


@click.command(
    epilog="""\b
Examples:
  npsstats integrity network.toml
  npsstats integrity answers.csv --score note --store magasin --column csat=Satisfaction"""
)
@source_options
@_INVITATIONS
@click.option("--closed", multiple=True, metavar="COLUMN", help="A closed question; repeatable.")
@click.option(
    "--false-alarms",
    type=float,
    default=0.05,
    show_default=True,
    help="Of the stores listed, expected to be honest at most.",
)
@result_options
def integrity(source: str, *, closed: tuple[str, ...], false_alarms: float, **given: Any) -> None:
    """List the stores of SOURCE worth looking into: begging for tens, or gaming.

    A store on the list is not thereby guilty, and one that is not listed is not cleared.
    """
    import npsstats as nps

    asked_for = wanted(given, source)
    answers = read_source(source, given, also=closed)
    invitations = read_beside("invitations", source, given, answers)
    with asked_for.working("Looking for signs"):
        result = nps.integrity(
            answers, invitations, closed=list(closed) or None, false_alarms=false_alarms
        )
    asked_for.hand(result)


_BOUGHT = "purchases"


def _invited(
    source: str, given: dict[str, Any], keys: Sequence[str], answers: Intake
) -> InvitationCounts:
    """Return who was asked, who answered and what, by what is known of all who were asked."""
    import npsstats as nps

    invitations = _needed("invitations", source, given, answers)
    return nps.count_invitations(invitations, list(keys), responses=answers)


def _needed(table: str, source: str, given: dict[str, Any], answers: Any) -> Any:
    found = read_beside(table, source, given, answers)
    if found is None:
        raise InputError(
            f"{source!r} comes without {table}: give --{table} FILE, or [sources.{table}] in "
            "network.toml."
        )
    return found
