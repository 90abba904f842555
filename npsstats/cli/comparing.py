"""`npsstats compare | change | flag | comparable`: what differs, and what only seems to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.estimating import cells_of
from npsstats.cli.options import BY, LEVEL, POOLING, SEED, keys_of, read_source, source_options
from npsstats.cli.wanted import result_options, wanted

if TYPE_CHECKING:
    from npsstats.aggregates.scores import ScoreCounts

__all__ = ["change", "comparable", "compare", "flag", "pair"]

_KINDS = click.option(
    "--across-kinds", is_flag=True, help="Compare raw even where kinds of survey are mixed."
)
_PERIOD = click.option(
    "--period",
    type=click.Choice(["week", "month", "quarter", "year"]),
    default="month",
    show_default=True,
    help="What is compared.",
)
_MAX_FALSE_SHARE = click.option(
    "--max-false-share", type=float, help="Of the flags, expected to be false at most."
)


def pair(counts: ScoreCounts, first: str | None, second: str | None) -> Any:
    """Return the counts of the two cells that --first and --second name, or None.

    Raises
    ------
    InputError
        If only one is named, or there is no such cell.
    """
    if first is None and second is None:
        return None
    if first is None or second is None:
        raise InputError("Give --first and --second together: two cells are told apart.")
    found = []
    for option, label in (("first", first), ("second", second)):
        if label not in counts.labels:
            some = ", ".join(counts.labels[:10])
            raise InputError(f"`--{option}`: there is no cell {label!r}. There are: {some} …")
        found.append(counts.take([each == label for each in counts.labels]))
    return found


@click.command(
    epilog="""\b
Examples:
  npsstats compare answers.csv --score note --column region=Region --by region
  npsstats compare network.toml --by channel --first sms --second email
  npsstats compare network.toml --benchmark 35 --std-error 2"""
)
@source_options
@BY
@click.option(
    "--against",
    default="pairs",
    show_default=True,
    metavar="WHAT",
    help="pairs: each other; rest: each the others together; or the name of one group.",
)
@click.option("--first", metavar="CELL", help="With --second: first minus second, and no more.")
@click.option("--second", metavar="CELL", help="With --first.")
@click.option("--benchmark", type=float, metavar="NPS", help="Hold groups against this instead.")
@click.option("--std-error", type=float, default=0.0, help="Of the benchmark, in points.")
@POOLING
@_KINDS
@LEVEL
@SEED
@result_options
def compare(
    source: str, *, first: str | None, second: str | None, benchmark: float | None, **given: Any
) -> None:
    """Set the groups of SOURCE against each other, or against a benchmark that is itself unsure."""
    import npsstats as nps

    asked_for = wanted(given, source)
    if benchmark is not None and first is not None:
        raise InputError("Give one of --benchmark and --first, not both.")
    intake = read_source(source, given, also=keys_of(given))
    shared = {name: given[name] for name in ("pooling", "level", "seed")}
    kinds = given["across_kinds"]
    cells = cells_of(given, intake)
    with asked_for.working("Comparing"):
        if benchmark is not None:
            result: Any = nps.against(
                intake, benchmark, std_error=given["std_error"], by=cells, **shared
            )
        elif first is not None or second is not None:
            two = pair(nps.count(intake, by=cells), first, second)
            result = nps.difference(*two, across_kinds=kinds, level=given["level"])
        else:
            result = nps.compare(
                intake, cells, against=given["against"], across_kinds=kinds, **shared
            )
    asked_for.hand(result)


@click.command(
    epilog="""\b
Examples:
  npsstats change answers.csv --score note --date jour --column channel=canal --by channel
  npsstats change network.toml --by channel --by region --between 2025-01 2025-03
  npsstats change network.toml --year-before --period quarter"""
)
@source_options
@BY
@_PERIOD
@click.option("--between", nargs=2, metavar="BEFORE AFTER", help="Two periods; the last two else.")
@click.option("--year-before", is_flag=True, help="Each period against the same a year before.")
@_KINDS
@LEVEL
@SEED
@result_options
def change(source: str, *, year_before: bool, **given: Any) -> None:
    """Say what moved the score of SOURCE: change within segments (--by), or change of their mix."""
    import npsstats as nps

    asked_for = wanted(given, source)
    if year_before and given["between"]:
        raise InputError("Give one of --between and --year-before, not both.")
    intake = read_source(source, given, also=keys_of(given))
    shared = {
        "by": keys_of(given) or None,
        "across_kinds": given["across_kinds"],
        "level": given["level"],
    }
    with asked_for.working("Taking the change apart"):
        if year_before:
            result: Any = nps.year_on_year(intake, given["period"], **shared)
        else:
            result = nps.change(
                intake,
                period=given["period"],
                between=given["between"] or None,
                seed=given["seed"],
                **shared,
            )
    asked_for.hand(result)


@click.command(
    epilog="""\b
Example:
  npsstats flag answers.csv --score note --store magasin --target 30 --max-false-share 0.05"""
)
@source_options
@BY
@click.option("--target", type=float, help="NPS in points; that of network.toml, or of all, else.")
@click.option("--std-error", type=float, default=0.0, help="Of the target, if it is unsure.")
@click.option("--sure", type=float, help="Probability asked of each flag; 0.975 unless told.")
@_MAX_FALSE_SHARE
@click.option("--max-false", type=float, help="Or: flags expected to be false at most.")
@POOLING
@_KINDS
@LEVEL
@SEED
@result_options
def flag(source: str, *, target: float | None, std_error: float, **given: Any) -> None:
    """Say which stores of SOURCE are surely above the target, or below, and how many such are not.

    Most stores are neither: their answers cannot tell.
    """
    import npsstats as nps
    from npsstats.cli.linked import configured

    asked_for = wanted(given, source)
    if std_error and target is None:
        raise InputError("`--std-error` is of a --target: give both.")
    config = configured(source)
    if target is None and config is not None:
        target = config.target
    intake = read_source(source, given, also=keys_of(given))
    sure = {name: given[name] for name in ("sure", "max_false_share", "max_false")}
    shared = {name: given[name] for name in ("pooling", "level", "seed")}
    with asked_for.working("Estimating every cell"):
        if std_error and target is not None:
            cells = cells_of(given, intake)
            found: Any = nps.against(intake, target, std_error=std_error, by=cells, **shared)
            result = nps.flag(found, **sure)
        else:
            found = nps.estimate(
                intake, cells_of(given, intake), across_kinds=given["across_kinds"], **shared
            )
            result = nps.flag(found, target=target, **sure)
    asked_for.hand(result)


@click.command(
    epilog="""\b
Example:
  npsstats comparable network.toml --over channel --over kind"""
)
@source_options
@BY
@click.option("--over", multiple=True, metavar="KEY", help="What is put at one mix; repeatable.")
@click.option("--target", type=float, help="NPS to be held against, in points.")
@LEVEL
@SEED
@result_options
def comparable(source: str, *, over: tuple[str, ...], **given: Any) -> None:
    """Give the stores of SOURCE scores that can be compared: as if asked the same way.

    Answers by SMS and by e-mail, hot and cold, are not alike: every store's score at one mix.
    """
    import npsstats as nps

    asked_for = wanted(given, source)
    intake = read_source(source, given, also=[*keys_of(given), *over])
    with asked_for.working("Fitting the whole scale"):
        result = nps.comparable(
            intake,
            cells_of(given, intake) or "store_id",
            over=list(over) or None,
            target=given["target"],
            level=given["level"],
            seed=given["seed"],
        )
    asked_for.hand(result)
