"""`npsstats bridge` and `npsstats allocate`: a series across a change; the next batch's arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import LEVEL, SOURCE, plain_table, read_source, source_options
from npsstats.cli.wanted import result_options, wanted

if TYPE_CHECKING:
    from npsstats.aggregates.scores import ScoreCounts

__all__ = ["allocate", "bridge"]


@click.command(
    epilog="""\b
Examples:
  npsstats bridge answers.csv --plan experiments/question_position/plan.toml --data network.toml \\
    --old last --new before_last --score note --date jour --by month --changed 2025-03
  npsstats bridge answers.csv --plan experiments/question_position/plan.toml --data network.toml \\
    --old last --new before_last --score note --date jour --asked question_position"""
)
@source_options
@click.option("--plan", required=True, help="Plan of the experiment that asked both ways.")
@click.option("--data", metavar="SOURCE", help="Its data; else what the plan's [data] names.")
@click.option("--old", required=True, metavar="ARM", help="The way the series was asked.")
@click.option("--new", required=True, metavar="ARM", help="The way it is to be read.")
@click.option("--by", default="month", show_default=True, help="Cells of the series.")
@click.option("--changed", metavar="PERIOD", help="First period asked the new way: 2025-03.")
@click.option("--asked", metavar="COLUMN", help="Or: the column that says how each was asked.")
@click.option("--strata", metavar="KEY", help="Key of the plan by which the map may differ: month.")
@LEVEL
@result_options
def bridge(source: str, **given: Any) -> None:
    """Continue the series of SOURCE across a change of questionnaire, by the experiment of PLAN.

    Each period asked the old way is read as if it had been asked the new way, with the map's own
    error in its interval.
    """
    import npsstats as nps
    from npsstats.experiments.gathering import gather
    from npsstats.experiments.spec import load_plan

    asked_for = wanted(given, source)
    if (given["changed"] is None) == (given["asked"] is None):
        raise InputError(
            "Say which cells were asked the old way: --changed PERIOD, or --asked COLUMN."
        )
    plan = load_plan(given["plan"])
    if plan.survey is None:
        raise InputError(
            f"The plan {plan.name!r} is not of a survey: a bridge needs an experiment with "
            "[survey], whose arms are the ways of asking."
        )
    strata = (given["strata"],) if given["strata"] else ()
    units = gather(plan, given["data"]).units
    over = nps.bridge(
        units.answers(plan.survey.score, *strata),
        old=given["old"],
        new=given["new"],
        strata=given["strata"],
        level=given["level"],
        seed=plan.seed,
    )
    key = "store_id" if given["by"] == "store" else given["by"]
    if given["asked"]:
        counts = nps.count(
            read_source(source, given, also=[given["asked"]]), by=[key, given["asked"]]
        )
    else:
        arm = plan.data.arm if plan.data is not None else "arm"
        counts = _asked_so(source, given, key, arm)
    series = over.apply(counts, asked=given["asked"], changed=given["changed"])
    asked_for.hand(series, {"bridge": over.frame}, text=f"{over}\n\n{series}")


@click.command(
    epilog="""\b
Example:
  npsstats allocate waves.csv --next 5000 --minimum 0.05
where waves.csv has a line an arm: its name, how many were invited, how many answered:
  arm,invited,answered
  2 hours,500,120
  1 day,500,131"""
)
@SOURCE
@click.option("--next", "size", type=int, default=1000, show_default=True, help="Next batch.")
@click.option("--minimum", type=float, default=0.0, show_default=True, help="Share of every arm.")
@click.option("--leader", type=float, default=0.5, show_default=True, help="Of the leading arm.")
@result_options
def allocate(source: str, *, size: int, minimum: float, leader: float, **given: Any) -> None:
    """Say how many of the next invitations each arm of SOURCE gets, by what answered so far."""
    import pandas as pd

    import npsstats as nps

    asked_for = wanted(given, source)
    table = plain_table(source)
    needed = ("arm", "invited", "answered")
    if missing := [name for name in needed if name not in table.columns]:
        raise InputError(
            f"{source!r} has no column {missing[0]!r}; a line an arm needs {', '.join(needed)}."
        )
    repeated = table["arm"].astype(str).duplicated()
    if repeated.any():
        raise InputError(
            f"Arm {table['arm'][repeated].iloc[0]!r} stands in two lines of {source!r}. Give each "
            "arm one line."
        )
    numbers = table[["invited", "answered"]].apply(pd.to_numeric, errors="coerce")
    odd = numbers.isna() | (numbers % 1 != 0) | (numbers < 0)
    if odd.any(axis=None):
        line = int(odd.any(axis=1).to_numpy().argmax())
        raise InputError(
            f"{source!r}, arm {table['arm'].iloc[line]!r}: `invited` and `answered` must be whole "
            "numbers, none negative."
        )
    counts = nps.InvitationCounts(
        table[["arm"]].astype(str),
        numbers["invited"].to_numpy("int64"),
        numbers["answered"].to_numpy("int64"),
    )
    result = nps.allocate(counts, minimum=minimum, leader=leader)
    dealt = dict(result.split(size).items())
    text = "\n".join([str(result), *(f"{arm}: {n:,}" for arm, n in dealt.items())])
    next_batch = pd.DataFrame(list(dealt.items()), columns=["arm", "invitations"])
    asked_for.hand(result, {"next": next_batch}, text=text)


def _asked_so(source: str, given: dict[str, Any], key: str, arm: str) -> ScoreCounts:
    """Return the counts of the series, without answers that were asked otherwise, if that is told.

    Where the answers say how each was asked (the column of the experiment's arm), those of before
    the change that were not asked the old way, and later ones not asked the new way, are left out.
    """
    import numpy as np

    import npsstats as nps

    try:
        intake = read_source(source, given, also=[arm])
    except InputError:
        return nps.count(read_source(source, given), by=key)
    counts = nps.count(intake, by=[key, arm])
    before = (counts.cells[key].astype(str) < str(given["changed"])).to_numpy()
    way = counts.cells[arm].astype(str).to_numpy()
    kept = np.where(before, way == given["old"], way == given["new"])
    left = int(counts.n[~kept].sum())
    if left:
        click.echo(
            f"{left:,} answers are left out: by {arm!r} they were not asked {given['old']!r} "
            f"before {given['changed']}, or not {given['new']!r} since.",
            err=True,
        )
    if not kept.any():
        raise InputError(f"No answer of {source!r} was asked as --old, --new and --changed say.")
    return nps.ScoreCounts(counts.counts[kept], counts.cells[kept]).by(key)
