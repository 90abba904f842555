"""`npsstats estimate | rate | shape | accounts`: scores and shares with their uncertainty."""

from __future__ import annotations

from typing import Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import (
    BY,
    LEVEL,
    POOLING,
    SEED,
    ends_of,
    keys_of,
    read_beside,
    read_source,
    source_options,
    write_rejects,
)
from npsstats.cli.wanted import result_options, wanted

__all__ = ["accounts", "cells_of", "estimate", "rate", "shape"]

_RATINGS = ("csat", "ces")


def cells_of(given: dict[str, Any], intake: Any) -> list[str] | None:
    """Return the keys of --by; the stores unless told, or one cell where no store is known."""
    return keys_of(given) or (["store_id"] if "store_id" in intake.accepted.columns else None)


@click.command(
    epilog="""\b
Examples:
  npsstats estimate answers.csv --score note --store magasin --out scores.csv
  npsstats estimate network.toml --by store --target 30 --memo stores.pdf"""
)
@source_options
@BY
@POOLING
@click.option(
    "--model",
    type=click.Choice(["pooled", "ordinal"]),
    default="pooled",
    show_default=True,
    help="pooled: three categories. ordinal: the whole scale, with --formula and --level-key.",
)
@click.option("--formula", metavar="'~ a + b'", help="Covariates of the ordinal model.")
@click.option(
    "--level-key",
    "levels",
    multiple=True,
    metavar="KEY",
    help="Of the ordinal model: the stores' key, or the regions' and then the stores'.",
)
@click.option(
    "--across-kinds", is_flag=True, help="Compare raw even where kinds of survey are mixed."
)
@click.option("--target", type=float, help="NPS to be held against, in points.")
@LEVEL
@SEED
@result_options
def estimate(source: str, **given: Any) -> None:
    """Estimate the NPS of every store in SOURCE, with its uncertainty.

    SOURCE is a CSV, Parquet or Excel file, a database URL, or a network.toml. Rows that cannot be
    used are kept with their reason, in FILE.rejected.csv beside --out.
    """
    import npsstats as nps
    from npsstats.estimation.ordinal.design import formula_keys

    asked_for = wanted(given, source)
    levels = ["store_id" if key == "store" else key for key in given["levels"]]
    also = [*keys_of(given), *formula_keys(given["formula"]), *levels[:-1]]
    intake = read_source(source, given, also=also)
    with asked_for.working("Estimating every cell"):
        result = nps.estimate(
            intake,
            by=cells_of(given, intake),
            model=given["model"],
            pooling=given["pooling"],
            formula=given["formula"],
            levels=levels or None,
            across_kinds=given["across_kinds"],
            target=given["target"],
            level=given["level"],
            seed=given["seed"],
        )
    asked_for.hand(result)
    if asked_for.out is not None:
        write_rejects(intake, asked_for.out, quiet=asked_for.quiet)


@click.command(
    epilog="""\b
Examples:
  npsstats rate network.toml --of response --by channel
  npsstats rate answers.csv --of csat --column csat=Satisfaction --scale-of 1,5 --score note
  npsstats rate staff.csv --of enps --score note --by equipe"""
)
@source_options
@click.option(
    "--of",
    type=click.Choice(["csat", "ces", "enps", "response", "completion"]),
    required=True,
    help="Satisfaction, effort, employees' NPS, answers to invitations, questionnaires completed.",
)
@click.option("--scale-of", metavar="LOW,HIGH", help="What csat or ces offered; 1,5 and 1,7 else.")
@click.option("--invitations", metavar="FILE", help="Of --of response; else of network.toml.")
@BY
@POOLING
@LEVEL
@SEED
@result_options
def rate(source: str, *, of: str, **given: Any) -> None:
    """Estimate satisfaction, effort, employees' NPS, or response in SOURCE, cell by cell."""
    import npsstats as nps

    asked_for = wanted(given, source)
    shared = {name: given[name] for name in ("pooling", "level", "seed")}
    if given["scale_of"] is not None:
        if of not in _RATINGS:
            raise InputError("`--scale-of` goes with --of csat and --of ces.")
        shared["scale"] = ends_of(given["scale_of"], "scale-of")
    also = [*keys_of(given), *([of] if of in _RATINGS else [])]
    also += ["completed"] if of == "completion" else []
    data = _invited(source, given) if of == "response" else read_source(source, given, also=also)
    by = keys_of(given) if of == "enps" else cells_of(given, data)
    made = {"response": nps.response_rate, "completion": nps.completion_rate}.get(of)
    with asked_for.working("Estimating every cell"):
        result = (made or getattr(nps, of))(data, by or None, **shared)
    asked_for.hand(result)


def _invited(source: str, given: dict[str, Any]) -> Any:
    """Return the invitations: of the option, of network.toml, or SOURCE itself."""
    import npsstats as nps

    found = read_beside("invitations", source, given, None)
    if found is None and source.lower().endswith(".toml"):
        raise InputError(
            f"{source!r} comes without invitations: give --invitations FILE, or "
            "[sources.invitations] in network.toml."
        )
    if found is None:
        found = nps.read(source, table="invitations", quiet=given["quiet"])
    return found


@click.command(
    epilog="""\b
Examples:
  npsstats shape answers.csv --score note --store magasin
  npsstats shape network.toml --first S001 --second S002"""
)
@source_options
@BY
@click.option("--first", metavar="CELL", help="With --second: tell two cells apart.")
@click.option("--second", metavar="CELL", help="With --first.")
@click.option("--cut", type=int, default=2, show_default=True, help="Super-detractors score this.")
@LEVEL
@SEED
@result_options
def shape(source: str, *, first: str | None, second: str | None, **given: Any) -> None:
    """Say how scores of SOURCE are spread: divided or lukewarm, how low, what is told.

    Two stores with one NPS may differ in everything else: --first and --second tell.
    """
    import npsstats as nps
    from npsstats.cli.comparing import pair

    asked_for = wanted(given, source)
    intake = read_source(source, given, also=keys_of(given))
    shared = {name: given[name] for name in ("cut", "level", "seed")}
    counts = nps.count(intake, by=cells_of(given, intake))
    with asked_for.working("Drawing the shapes"):
        two = pair(counts, first, second)
        result = (
            nps.shape(counts, counts.keys or None, **shared)
            if two is None
            else nps.tell_apart(*two, **shared)
        )
    asked_for.hand(result)


@click.command(
    epilog="""\b
Example:
  npsstats accounts answers.csv --score note --column account_id=Compte --column ca=CA \\
    --weight revenue --revenue ca"""
)
@source_options
@BY
@click.option(
    "--weight",
    type=click.Choice(["account", "revenue", "respondent"]),
    default="account",
    show_default=True,
    help="What counts once.",
)
@click.option("--revenue", metavar="COLUMN", help="With --weight revenue: what an account brings.")
@LEVEL
@result_options
def accounts(source: str, **given: Any) -> None:
    """Estimate the NPS of business accounts in SOURCE, not of the people who answer for them."""
    import npsstats as nps

    asked_for = wanted(given, source)
    revenue = [given["revenue"]] if given["revenue"] else []
    intake = read_source(source, given, also=[*keys_of(given), "account_id", *revenue])
    result = nps.account_nps(
        intake,
        keys_of(given) or None,
        weight=given["weight"],
        revenue=given["revenue"],
        level=given["level"],
    )
    asked_for.hand(result)
