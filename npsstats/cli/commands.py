"""The commands, each a few lines around one public function."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.alerts import alerts
from npsstats.cli.assign import assign
from npsstats.cli.backtest import backtest
from npsstats.cli.design import design
from npsstats.cli.experiment import analyze, register
from npsstats.cli.forecast import forecast
from npsstats.cli.linkage import churn, claims, drivers, growth, verbatims, worth
from npsstats.cli.options import parent_of, read_source, source_options
from npsstats.cli.plan import plan
from npsstats.cli.scenario import scenario
from npsstats.cli.survey import allocate, bridge

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COMMANDS"]


@click.command(
    epilog="""\b
Example:
  npsstats estimate answers.csv --score note --store magasin --out stores.csv"""
)
@source_options
@click.option(
    "--by",
    multiple=True,
    metavar="KEY",
    help="Cells: store, month, quarter, year, week, or a --column; the stores unless told.",
)
@click.option(
    "--pooling",
    type=click.Choice(["partial", "none", "complete"]),
    default="partial",
    show_default=True,
    help="How much cells lend each other.",
)
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
@click.option("--level", type=float, default=0.95, show_default=True, help="Of the intervals.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the ranks' draws.")
@click.option("--out", metavar="FILE.csv", help="Where the table goes, its rejects beside it.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def estimate(source: str, *, out: str | None, as_json: bool, **given: Any) -> None:
    """Estimate the NPS of every store in SOURCE, with its uncertainty.

    SOURCE is a CSV, Parquet or Excel file, or a database URL. Rows that cannot be used are kept
    with their reason, in FILE.rejected.csv beside --out.
    """
    import npsstats as nps
    from npsstats.estimation.ordinal.design import formula_keys

    path = None if out is None else parent_of(out, source)
    if path is not None and path.suffix.lower() != ".csv":
        raise InputError(f"`--out` must end in .csv, got {out!r}.")
    levels = ["store_id" if key == "store" else key for key in given["levels"]]
    intake = read_source(source, given, also=[*formula_keys(given["formula"]), *levels[:-1]])
    keys = ["store_id" if key == "store" else key for key in given["by"]] or (
        ["store_id"] if "store_id" in intake.accepted.columns else None
    )
    result = nps.estimate(
        intake,
        by=keys,
        model=given["model"],
        pooling=given["pooling"],
        formula=given["formula"],
        levels=levels or None,
        across_kinds=given["across_kinds"],
        target=given["target"],
        level=given["level"],
        seed=given["seed"],
    )
    click.echo(_json(result) if as_json else str(result))
    if path is not None:
        _write_csv(result.frame, path)
        click.echo(f"{len(result.frame):,} rows written to {path}", err=True)
        if intake.n_rejected:
            rejects = intake.write_rejects(path.with_suffix(".rejected.csv"))
            click.echo(f"{intake.n_rejected:,} rejected rows written to {rejects}", err=True)


@click.command(
    epilog="""\b
Examples:
  npsstats report answers.csv --score note --store magasin --lang fr --out reports/
  npsstats report network.toml"""
)
@source_options
@click.option("--lang", type=click.Choice(["en", "fr"]), help="Language of the PDF.")
@click.option("--target", type=float, help="NPS to be held against, in points.")
@click.option("--segment", "segments", multiple=True, help="Key that a change is taken apart by.")
@click.option(
    "--period", type=click.Choice(["week", "month", "quarter", "year"]), help="What is compared."
)
@click.option("--level", type=float, help="Level of the intervals; 0.95 unless told.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of what is drawn.")
@click.option("--margin", type=float, help="Contribution in a unit of revenue, for NPS in money.")
@click.option(
    "--question", "questions", multiple=True, help="Closed question to set priorities by."
)
@click.option(
    "--out", default="reports/", show_default=True, metavar="PLACE", help="A folder, or a .pdf."
)
def report(source: str, *, out: str, **given: Any) -> None:
    """Write the leadership PDF of SOURCE: a file of answers, or a network.toml."""
    import npsstats as nps

    parent_of(out, source)
    data: Any = source
    segments = list(given["segments"]) or None
    if not source.lower().endswith(".toml"):
        for segment in given["segments"]:
            if not any(text.startswith(f"{segment}=") for text in given["columns"]):
                given["columns"] = (*given["columns"], f"{segment}={segment}")
        data = read_source(source, given)
    path = nps.report(
        data,
        out,
        lang=given["lang"],
        target=given["target"],
        segments=segments,
        period=given["period"],
        level=given["level"],
        seed=given["seed"],
        margin=given["margin"],
        questions=given["questions"],
    )
    click.echo(path)


@click.command(
    epilog="""\b
Example:
  npsstats simulate --out network/ --stores 40 --responses 20000"""
)
@click.option("--out", default="network/", show_default=True, metavar="FOLDER", help="Where to.")
@click.option("--stores", default=120, show_default=True, help="Number of stores.")
@click.option("--months", default=24, show_default=True, help="Number of months.")
@click.option("--responses", default=60_000, show_default=True, help="Answers, about.")
@click.option("--seed", default=1, show_default=True, help="Same seed, same network.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["parquet", "csv"]),
    default="csv",
    show_default=True,
    help="Of the tables.",
)
def simulate(
    *, out: str, stores: int, months: int, responses: int, seed: int, format_: str
) -> None:
    """Simulate a retail network whose truth is known: five tables and a network.toml."""
    import npsstats as nps

    network = nps.simulate(stores, months, responses, seed=seed)
    click.echo(network.write(parent_of(str(Path(out) / "network.toml"), "").parent, format=format_))


@click.command(
    epilog="""\b
Example:
  npsstats demo --lang en --out reports/"""
)
@click.option("--out", default="reports/", show_default=True, metavar="FOLDER", help="Where to.")
@click.option("--lang", type=click.Choice(["en", "fr"]), default="fr", show_default=True)
@click.option("--seed", default=1, show_default=True, help="Same seed, same network.")
def demo(*, out: str, lang: str, seed: int) -> None:
    """Simulate a network, estimate every store, and write the leadership PDF."""
    from npsstats.cli.demo import run

    run(parent_of(str(Path(out) / "leadership.pdf"), "").parent, lang, seed)


COMMANDS = [
    estimate,
    plan,
    design,
    assign,
    register,
    analyze,
    bridge,
    allocate,
    growth,
    churn,
    drivers,
    verbatims,
    worth,
    claims,
    forecast,
    alerts,
    backtest,
    scenario,
    report,
    simulate,
    demo,
]


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    try:
        frame.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")
    except OSError as error:
        raise InputError(
            f"{str(path)!r} cannot be written: {error.strerror}. Name another --out."
        ) from None


def _json(result: Any) -> str:
    import json
    from dataclasses import asdict

    def rows(frame: pd.DataFrame) -> Any:
        return json.loads(frame.to_json(orient="records", double_precision=10))

    return json.dumps(
        {
            "overall": rows(result.overall)[0],
            "frame": rows(result.frame),
            "network": rows(result.network.rename_axis("parameter").reset_index()),
            "diagnostics": list(result.diagnostics),
            "provenance": asdict(result.provenance),
        },
        ensure_ascii=False,
        indent=2,
    )
