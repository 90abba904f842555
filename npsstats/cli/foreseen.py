"""Reading for the commands that forecast, and the options that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from npsstats import checks
from npsstats.checks import InputError
from npsstats.cli.linked import configured
from npsstats.cli.options import (
    LEVEL,
    SEED,
    keys_of as keys_asked,
    read_beside,
    read_source,
    source_options,
    there,
)
from npsstats.cli.wanted import result_options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from npsstats.forecasting.series import Series
    from npsstats.reporting.linkage.tables import Tables

__all__ = [
    "AHEAD",
    "MODELS",
    "Read",
    "checked",
    "foreseeing",
    "grouping",
    "keys_of",
    "or_why",
    "read",
    "series_of",
    "traded",
]

MODELS = (
    "combined",
    "hierarchical",
    "local level",
    "local trend",
    "discounted Dirichlet",
    "seasonal naive",
    "last value",
)
"""Names of the models; written out, for their modules are slow to load."""

_STORE = "store_id"
_OF_STORES = ("region", "format", "country")  # what the table of stores may say of a store
AHEAD = click.option(
    "--horizon",
    type=click.IntRange(1, 120),
    default=6,
    show_default=True,
    help="Periods ahead.",
)

_SHARED = (
    click.option("--stores", "store_table", metavar="FILE", help="Stores: openings, regions."),
    click.option(
        "--period",
        type=click.Choice(["week", "month", "quarter", "year"]),
        default="month",
        show_default=True,
        help="What the series run over.",
    ),
    click.option("--changed", metavar="PERIOD", help="First one asked by another questionnaire."),
    click.option(
        "--across-kinds", is_flag=True, help="Take all kinds of survey together, mixed as they are."
    ),
    LEVEL,
    SEED,
)

_GROUPING = (
    click.option(
        "--by",
        multiple=True,
        metavar="KEY",
        help="A series for each: store, region, kind, or any column.",
    ),
    click.option("--through", metavar="PERIOD", help="Last period known, such as 2026-05."),
)


def foreseeing[F: Callable[..., Any]](command: F) -> F:
    """Add SOURCE, how it is read, what the series are, and what becomes of the result."""
    command = result_options(command)
    for option in reversed(_SHARED):
        command = option(command)
    return source_options(command)


def grouping[F: Callable[..., Any]](command: F) -> F:
    """Add what becomes a series of its own, and where the series end."""
    for option in reversed(_GROUPING):
        command = option(command)
    return command


class Read(NamedTuple):
    """The answers, and the table of stores if there is one."""

    answers: Any
    stores: Any


def checked(given: dict[str, Any], source: str) -> None:
    """Refuse what can be refused before anything is read."""
    from npsstats.aggregates.periods import is_label

    checks.fraction("level", given["level"])
    checks.count("seed", given["seed"])
    period = given["period"]
    for name in ("through", "changed", "complete_by"):
        label = given.get(name)
        if label is not None and not is_label(label, period):
            here = {"week": "2026-W05", "month": "2026-05", "quarter": "2026-Q2", "year": "2026"}
            raise InputError(
                f"`--{name.replace('_', '-')}` must be the label of a {period}, such as "
                f"{here[period]}, got {label!r}."
            )
    if given.get("target") is not None:
        checks.number("target", given["target"], low=-100, high=100)
    if given.get("answers") is not None:
        checks.number("answers", given["answers"], low=1)
    there(source, "Name a network.toml, or a file of answers.")
    for option in ("purchases", "store_table", "plan"):
        if given.get(option):
            name = "stores" if option == "store_table" else option
            there(given[option], f"Name another --{name}.")


def keys_of(given: dict[str, Any]) -> list[str]:
    """Return what becomes a series of its own, "store" being short for "store_id"."""
    keys = keys_asked(given)
    for place, key in enumerate(keys):
        if key in ("date", "week", "month", "quarter", "year"):
            raise InputError(
                f"`--by` {key} is what series run over: leave it out, and choose it with --period."
            )
        if key in keys[:place]:
            raise InputError(f"`--by` names {key!r} twice. Name each key once.")
    return keys


def read(source: str, given: dict[str, Any], keys: Sequence[str] = ()) -> Read:
    """Read SOURCE with the columns that `keys` need, and the stores where there are any."""
    config = configured(source)
    told = given["store_table"] or (config is not None and "stores" in config.sources)
    own = [key for key in keys if not (told and key in _OF_STORES)]
    answers = read_source(source, given, also=own)
    stores = read_beside("stores", source, given, answers)
    if _STORE in keys and _STORE not in answers.accepted.columns:
        raise InputError(
            f"{source!r} does not say which store an answer is of: name the column, --store COLUMN."
        )
    return Read(answers, stores)


def series_of(found: Read, given: dict[str, Any], keys: Sequence[str]) -> Series:
    """Return the series of scores that the options ask for."""
    import npsstats as nps

    if "date" not in found.answers.accepted.columns:
        raise InputError(
            "The answers have no days, which a forecast needs: name their column, --date COLUMN."
        )
    series = nps.score_series(
        found.answers,
        given["period"],
        by=list(keys) or None,
        stores=found.stores if keys else None,
        through=given["through"],
        changed=given["changed"],
        across_kinds=given["across_kinds"],
    )
    through = given["through"]
    if through is not None and through > series.periods[-1]:
        click.echo(f"The series end with {series.periods[-1]}, before {through}.", err=True)
    return series


def traded(source: str, given: dict[str, Any]) -> Tables | None:
    """Return the answers of SOURCE with its purchases and stores, or None without purchases."""
    from npsstats.reporting.linkage.tables import tables_of

    config = configured(source)
    if config is None and given["purchases"] is None:
        return None
    data = read_source(source, given) if config is None else config
    return tables_of(data, given["purchases"], given["store_table"])


def or_why(what: str, made: Callable[[], Any], enough: bool = True) -> Any:
    """Return what is made, or None with a word on why it is not."""
    try:
        return made() if enough else None
    except InputError as error:
        click.echo(f"No {what}: {error}", err=True)
        return None
