"""`npsstats bridge` and `npsstats allocate`: a series across a change; the next batch's arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import parent_of, read_source, source_options

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["allocate", "bridge"]


@click.command(
    epilog="""\b
Examples:
  npsstats bridge answers.csv --plan experiments/question_position/plan.toml --data network.toml \\
    --old last --new before_last --score note --date jour --by month --changed 2025-03
  npsstats bridge answers.csv --plan plan.toml --old last --new first --score note \\
    --date jour --by month --asked question_position --out series.csv"""
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
@click.option("--level", type=float, default=0.95, show_default=True, help="Of the intervals.")
@click.option("--out", metavar="FILE.csv", help="Where the series goes.")
def bridge(source: str, *, out: str | None, **given: Any) -> None:
    """Continue the series of SOURCE across a change of questionnaire, by the experiment of PLAN.

    Each period asked the old way is read as if it had been asked the new way, with the map's own
    error in its interval.
    """
    import npsstats as nps
    from npsstats.experiments.gathering import gather
    from npsstats.experiments.spec import load_plan

    path = _csv(out, source)
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
    keys = ["store_id" if given["by"] == "store" else given["by"]]
    also = [given["asked"]] if given["asked"] else []
    intake = read_source(source, given, also=also)
    counts = nps.count(intake, by=[*keys, *also])
    series = over.apply(counts, asked=given["asked"], changed=given["changed"])
    click.echo(f"{over}\n\n{series}")
    if path is not None:
        series.frame.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")
        click.echo(f"{len(series.frame):,} rows written to {path}", err=True)


@click.command(
    epilog="""\b
Example:
  npsstats allocate arms.csv --next 5000 --minimum 0.05
where arms.csv has a line an arm: its name, how many were invited, how many answered:
  arm,invited,answered
  2 hours,500,120
  1 day,500,131"""
)
@click.argument("source")
@click.option("--next", "size", type=int, default=1000, show_default=True, help="Next batch.")
@click.option("--minimum", type=float, default=0.0, show_default=True, help="Share of every arm.")
@click.option("--leader", type=float, default=0.5, show_default=True, help="Of the leading arm.")
def allocate(source: str, *, size: int, minimum: float, leader: float) -> None:
    """Say how many of the next invitations each arm of SOURCE gets, by what answered so far."""
    import pandas as pd

    import npsstats as nps

    try:
        table = pd.read_csv(source)
    except (OSError, ValueError) as error:
        raise InputError(f"{source!r} cannot be read as CSV: {error}.") from None
    wanted = ("arm", "invited", "answered")
    if missing := [name for name in wanted if name not in table.columns]:
        raise InputError(
            f"{source!r} has no column {missing[0]!r}; a line an arm needs {', '.join(wanted)}."
        )
    numbers = table[["invited", "answered"]].apply(pd.to_numeric, errors="coerce")
    if numbers.isna().any(axis=None) or (numbers % 1 != 0).any(axis=None):
        raise InputError(f"`invited` and `answered` of {source!r} must be whole numbers.")
    counts = nps.InvitationCounts(
        table[["arm"]].astype(str),
        numbers["invited"].to_numpy("int64"),
        numbers["answered"].to_numpy("int64"),
    )
    result = nps.allocate(counts, minimum=minimum, leader=leader)
    click.echo(result)
    click.echo("\n".join(f"{arm}: {n:,}" for arm, n in result.split(size).items()))


def _csv(out: str | None, source: str) -> Path | None:
    if out is None:
        return None
    if not out.lower().endswith(".csv"):
        raise InputError(f"`--out` must end in .csv, got {out!r}.")
    return parent_of(out, source)
