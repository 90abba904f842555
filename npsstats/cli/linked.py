"""Reading for the commands of the linkage, and saying what they found."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import parent_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from npsstats.reporting.linkage.facts import LinkageFacts
    from npsstats.reporting.linkage.gathering import LinkageRequest
    from npsstats.reporting.linkage.tables import Tables
    from npsstats.results import Result

__all__ = [
    "answers_alone",
    "as_json",
    "configured",
    "out_of",
    "request_of",
    "say",
    "tables_with",
    "write_csv",
]


def tables_with(source: str, given: dict[str, Any], questions: tuple[str, ...] = ()) -> Tables:
    """Read SOURCE with its purchases."""
    tables = _read(source, given, questions)
    if tables is None:
        raise InputError(
            f"{source!r} comes without purchases: give --purchases FILE, or [sources.purchases] "
            "in network.toml."
        )
    return tables


def answers_alone(source: str, questions: tuple[str, ...]) -> Tables:
    """Read SOURCE, which needs no purchases here."""
    from npsstats.reporting.linkage.tables import answers_of

    data = configured(source)
    return answers_of(source if data is None else data, questions)


def _read(source: str, given: dict[str, Any], questions: tuple[str, ...]) -> Tables | None:
    from npsstats.reporting.linkage.tables import tables_of

    data = configured(source)
    return tables_of(
        source if data is None else data, given["purchases"], given["store_table"], questions
    )


def configured(source: str) -> Any:
    """Return what a network.toml says, or None where SOURCE is none."""
    from npsstats.data.network import load_network

    return load_network(source) if source.lower().endswith(".toml") else None


def request_of(tables: Tables, given: dict[str, Any], source: str) -> LinkageRequest:
    """Return what the linkage is made from, the plan's experiment analysed."""
    from npsstats.reporting.linkage.gathering import LinkageRequest

    experiment = None
    if given.get("plan"):
        import npsstats as nps

        data = source if source.lower().endswith(".toml") else None
        experiment = nps.analyze(nps.load_plan(given["plan"]), data)
    return LinkageRequest(
        tables.purchases,
        tables.stores,
        experiment,
        given.get("margin"),
        tables.questions,
        given["level"],
        given["seed"],
    )


def out_of(given: dict[str, Any], source: str, *, page: bool = True) -> Path | None:
    """Return where the result goes, before anything is read: a .csv, or a .pdf if it has a page."""
    if "://" not in source and not Path(source).expanduser().exists():
        raise InputError(f"There is no file {source!r}. Name a network.toml, or a file of answers.")
    if given["out"] is None:
        return None
    if not page and not given["out"].lower().endswith(".csv"):
        raise InputError(
            f"`--out` must end in .csv here, got {given['out']!r}: this result has no page of its "
            "own. Write --out themes.csv."
        )
    if not given["out"].lower().endswith((".csv", ".pdf")):
        raise InputError(f"`--out` must end in .csv or .pdf, got {given['out']!r}.")
    return parent_of(given["out"], source)


def say(
    result: Result,
    given: dict[str, Any],
    path: Path | None,
    more: Mapping[str, pd.DataFrame | None],
    *,
    source: str,
    subject: str | None = None,
    facts: LinkageFacts | None = None,
) -> None:
    """Print the result, and write what was asked for: `facts` are those of this very result."""
    click.echo(as_json(result, more) if given["as_json"] else str(result))
    if path is None:
        return
    if path.suffix.lower() == ".csv":
        write_csv(result.frame, path)
        return
    if subject is None or facts is None:
        return
    from npsstats.reporting.linkage.document import linkage_pdf

    config = configured(source)
    click.echo(
        linkage_pdf(
            facts,
            subject,
            path,
            lang=given["lang"],
            brand=None if config is None else config.brand,
        ),
        err=True,
    )


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table, and say where."""
    try:
        frame.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")
    except OSError as error:
        raise InputError(
            f"{str(path)!r} cannot be written: {error.strerror}. Name another --out."
        ) from None
    click.echo(f"{len(frame):,} rows written to {path}", err=True)


def as_json(result: Result, more: Mapping[str, pd.DataFrame | None]) -> str:
    """Return a result, and more tables by their names, as one document."""

    def rows(frame: pd.DataFrame) -> Any:
        return json.loads(frame.to_json(orient="records", double_precision=10))

    return json.dumps(
        {
            "headline": result.headline(),
            "frame": rows(result.frame),
            **{name: rows(frame) for name, frame in more.items() if frame is not None},
            "diagnostics": list(result.diagnostics),
            "provenance": asdict(result.provenance),
        },
        ensure_ascii=False,
        indent=2,
        default=str,
    )
