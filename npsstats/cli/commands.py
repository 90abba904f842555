"""`npsstats report | simulate | demo`: the leadership PDF, and data to try things with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from npsstats.cli.options import parent_of, read_source, source_options, write_rejects
from npsstats.cli.status import status

__all__ = ["demo", "report", "simulate"]


@click.command(
    epilog="""\b
Examples:
  npsstats report answers.csv --score note --store magasin --lang fr --out reports/
  npsstats report network.toml --plan experiments/callback/plan.toml"""
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
@click.option(
    "--plan",
    "plans",
    multiple=True,
    metavar="PLAN.toml",
    help="Plan of an experiment to report; may be repeated.",
)
@click.option(
    "--model",
    type=click.Choice(["pooled", "ordinal"]),
    default="pooled",
    show_default=True,
    help="What stores are ranked by; the ordinal one reads the whole scale.",
)
@click.option("--detail", is_flag=True, help="Show everything, on as many pages as it takes.")
@click.option("--quiet", is_flag=True, help="Say nothing on the way.")
def report(source: str, *, out: str, **given: Any) -> None:
    """Write the leadership PDF of SOURCE: a file of answers, or a network.toml.

    Rows of a file that cannot be used are kept with their reason, in a .rejected.csv beside it.
    """
    import npsstats as nps

    parent_of(out, source)
    data: Any = source
    segments = list(given["segments"]) or None
    if not source.lower().endswith(".toml"):
        for segment in given["segments"]:
            if not any(text.startswith(f"{segment}=") for text in given["columns"]):
                given["columns"] = (*given["columns"], f"{segment}={segment}")
        data = read_source(source, given)
    network = source if source.lower().endswith(".toml") else None
    with status("Writing the leadership PDF", hidden=given["quiet"]):
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
            # a plan that is read beside a file of answers has data of its own
            experiments=[nps.analyze(plan, network) for plan in given["plans"]],
            detail=given["detail"],
            model=given["model"],
        )
    click.echo(path)
    if data is not source:
        write_rejects(data, path, quiet=given["quiet"])


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
