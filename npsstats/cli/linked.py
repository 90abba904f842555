"""Reading for the commands of the linkage, and saying what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import LEVEL, SEED, read_source, source_options, there
from npsstats.cli.wanted import result_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from npsstats.aggregates.panels import StorePanel
    from npsstats.cli.wanted import Wanted
    from npsstats.reporting.linkage.facts import LinkageFacts
    from npsstats.reporting.linkage.gathering import LinkageRequest
    from npsstats.reporting.linkage.tables import Tables
    from npsstats.results import Result

__all__ = [
    "answers_alone",
    "configured",
    "linking",
    "panel_of",
    "request_of",
    "say",
    "tables_with",
]

_TABLES = (
    click.option("--purchases", metavar="FILE", help="Purchases; else those of network.toml."),
    click.option("--stores", "store_table", metavar="FILE", help="Stores: works, openings."),
    LEVEL,
    SEED,
)


def linking[F: Callable[..., Any]](command: F) -> F:
    """Add SOURCE, the tables beside it, and what becomes of the result."""
    command = result_options(command)
    for option in reversed(_TABLES):
        command = option(command)
    return source_options(command)


def panel_of(tables: Tables, period: str) -> StorePanel:
    """Return answers, trade and works of the stores on one grid."""
    import npsstats as nps

    return nps.store_panel(tables.purchases, tables.responses, tables.stores, period=period)


def tables_with(source: str, given: dict[str, Any], questions: tuple[str, ...] = ()) -> Tables:
    """Read SOURCE with its purchases."""
    tables = _read(source, given, questions)
    if tables is None:
        raise InputError(
            f"{source!r} comes without purchases: give --purchases FILE, or [sources.purchases] "
            "in network.toml."
        )
    return tables


def answers_alone(source: str, given: dict[str, Any], questions: tuple[str, ...]) -> Tables:
    """Read SOURCE, which needs no purchases here."""
    from npsstats.reporting.linkage.tables import answers_of

    return answers_of(_data(source, given, questions), questions)


def _read(source: str, given: dict[str, Any], questions: tuple[str, ...]) -> Tables | None:
    from npsstats.reporting.linkage.tables import tables_of

    data = _data(source, given, questions)
    return tables_of(data, given["purchases"], given["store_table"], questions)


def _data(source: str, given: dict[str, Any], questions: tuple[str, ...]) -> Any:
    """Return what a network.toml says, or the answers of a file read as the options say."""
    there(source, "Name a network.toml, or a file of answers.")
    config = configured(source)
    return read_source(source, given, also=questions) if config is None else config


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


def say(
    result: Result,
    asked_for: Wanted,
    *,
    subject: str,
    facts: LinkageFacts,
) -> None:
    """Hand the result over, and write the page on it, of which `facts` are, if it is wanted."""
    asked_for.hand(result)
    if asked_for.page is None:
        return
    from npsstats.reporting.linkage.document import linkage_pdf

    with asked_for.working("Writing the page"):
        place = linkage_pdf(
            facts, subject, asked_for.page, lang=asked_for.lang, brand=asked_for.brand
        )
    asked_for.say(f"{place} written")
