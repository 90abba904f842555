"""Options that several commands share, and how they become arguments of `npsstats.read`."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError, fraction, number
from npsstats.cli.spelling import as_options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from npsstats.data.intake import Intake

__all__ = [
    "BY",
    "LEVEL",
    "POOLING",
    "SEED",
    "SOURCE",
    "ends_of",
    "keys_of",
    "parent_of",
    "plain_table",
    "read_beside",
    "read_source",
    "source_options",
    "there",
    "write_rejects",
]

SOURCE = click.argument("source", type=click.Path())

LEVEL = click.option(
    "--level", type=float, default=0.95, show_default=True, help="Of the intervals."
)
SEED = click.option("--seed", type=int, default=0, show_default=True, help="Of what is drawn.")
BY = click.option(
    "--by",
    multiple=True,
    metavar="KEY",
    help="Cells: store, month, quarter, year, week, or any column; repeatable.",
)
POOLING = click.option(
    "--pooling",
    type=click.Choice(["partial", "none", "complete"]),
    default="partial",
    show_default=True,
    help="How much cells lend each other.",
)

_STORE = "store_id"
_PERIODS = ("date", "week", "month", "quarter", "year")
_OF_FILES = (
    *("score", "store", "date_", "columns", "header", "sep", "encoding", "date_format", "sheet"),
    "name",
)

_OPTIONS = (
    click.option("--score", metavar="COLUMN", help="Column of the scores: a name or a position."),
    click.option("--store", metavar="COLUMN", help="Column of the stores."),
    click.option("--date", "date_", metavar="COLUMN", help="Column of the dates."),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="NAME=COLUMN",
        help="Any other column, such as response_id=ID (finds duplicates) or channel=Canal.",
    ),
    click.option(
        "--scale",
        default="0,10",
        show_default=True,
        metavar="LOW,HIGH",
        help="What the question offered: 0,10; 1,10; 1,11.",
    ),
    click.option("--header/--no-header", default=None, help="Does the first line name columns?"),
    click.option("--sep", help="Separator of a text file; found out unless told."),
    click.option("--encoding", help="Encoding of a text file; found out unless told."),
    click.option(
        "--date-format", type=click.Choice(["ymd", "dmy", "mdy"]), help="Order of day and month."
    ),
    click.option("--sheet", help="Sheet of an Excel workbook."),
    click.option("--name", help="Table of a database."),
)


def source_options[F: Callable[..., Any]](command: F) -> F:
    """Add SOURCE and the options that say how to read it."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return SOURCE(command)


def keys_of(given: dict[str, Any]) -> list[str]:
    """Return the keys of --by, "store" being short for "store_id"."""
    return [_STORE if key == "store" else key for key in given["by"]]


def there(path: str, remedy: str) -> None:
    """Refuse a file that is not there, before anything is read."""
    if "://" not in path and not Path(path).expanduser().exists():
        raise InputError(f"There is no file {path!r}. {remedy}")


def read_source(source: str, given: dict[str, Any], also: Sequence[str] = ()) -> Intake:
    """Read the answers of SOURCE: a network.toml, or a file read as the options say.

    The one line of what happened goes to stderr, unless --quiet. Columns that bear the library's
    own names are read whether an option names them or not, so that naming one drops no other.
    Columns in `also` are read under their own names where no option maps them; keys of time and
    the store are no such columns.
    """
    import npsstats as nps

    quiet = given.get("quiet", False)
    _sound(given)
    also = [key for key in dict.fromkeys(also) if key not in (_STORE, *_PERIODS)]
    if source.lower().endswith(".toml"):
        config = nps.load_network(source)
        _none_of_files(source, given)
        segments = dict.fromkeys([*config.segments, *also])
        return config.model_copy(update={"segments": tuple(segments)}).read(quiet=quiet)
    stated = _stated(given)
    named = {**{key: key for key in also}, **stated} if stated else {}
    columns = {key: int(column) if column.isdecimal() else column for key, column in named.items()}
    answers = nps.read(
        source,
        columns or None,
        rest=True,
        segments=() if stated else also,
        scale=ends_of(given["scale"]),
        sheet=given["sheet"],
        name=given["name"],
        sep=given["sep"],
        encoding=given["encoding"],
        header=given["header"],
        date_format=given["date_format"],
        quiet=True,
    )
    if not quiet:
        click.echo(as_options(str(answers), click.get_current_context().command, ()), err=True)
    return answers


def _sound(given: dict[str, Any]) -> None:
    """Refuse numbers that cannot be right before anything is read."""
    if given.get("target") is not None:
        number("target", given["target"], low=-100, high=100)
    if given.get("level") is not None:
        fraction("level", given["level"])
    ends_of(given["scale"])


def read_beside(table: str, source: str, given: dict[str, Any], answers: Intake | None) -> Any:
    """Return another table of the network, read beside the answers; None where there is none.

    Parameters
    ----------
    table
        "invitations", "purchases" or "stores": the option of that name holds a file.
    source
        A network.toml has it too.
    given
        The options.
    answers
        Whose database it is read into.
    """
    import npsstats as nps

    shared = {"beside": answers, "quiet": given.get("quiet", False)}
    file = given["store_table" if table == "stores" else table]
    if file is not None:
        there(file, f"Name another --{table}.")
        return nps.read(file, table=table, **shared)
    if source.lower().endswith(".toml"):
        config = nps.load_network(source)
        if table in config.sources:
            return config.read(table, **shared)
    return None


def _stated(given: dict[str, Any]) -> dict[str, str]:
    """Return canonical name → column, of those that the options name."""
    named = {"score": given["score"], _STORE: given["store"], "date": given["date_"]}
    for text in given["columns"]:
        key, equals, column = text.partition("=")
        if not equals or not key or not column:
            raise InputError(f"`--column` must be NAME=COLUMN, got {text!r}.")
        named[key] = column
    return {key: column for key, column in named.items() if column is not None}


def _none_of_files(source: str, given: dict[str, Any]) -> None:
    """Refuse what says how a file is read where a network.toml says so itself."""
    for name in _OF_FILES:
        if given.get(name) not in (None, ()):
            option = {"date_": "date", "columns": "column"}.get(name, name)
            raise InputError(
                f"`--{option.replace('_', '-')}` is for a file of answers: {source!r} says "
                "itself how its sources are read. Leave the option out, or change the file."
            )


def parent_of(path: str, source: str, option: str = "out") -> Path:
    """Return an output's path, its folder made; the source itself is never overwritten."""
    out = Path(path)
    if out.exists() and Path(source).exists() and out.samefile(source):
        raise InputError(f"`--{option}` is the source itself, {path!r}. Name another file.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"The folder {str(out.parent)!r} cannot be made: {error.strerror}. "
            f"Name another --{option}."
        ) from None
    try:
        _try_to_write(out)
    except OSError as error:
        raise InputError(
            f"{path!r} cannot be written: {error.strerror}. Name another --{option}."
        ) from None
    return out


def _try_to_write(out: Path) -> None:
    """Fail now rather than after the work; what is there already stays as it is."""
    if out.exists() and not out.is_dir():
        with out.open("ab"):
            return
    # only making a file tells: /proc lets everybody write, and then holds no file of ours
    with NamedTemporaryFile(dir=out if out.is_dir() else out.parent):
        pass


def write_rejects(answers: Intake, out: Path, *, quiet: bool) -> None:
    """Keep what could not be read, with its reasons, beside what was made of the rest."""
    if answers.n_rejected:
        rejects = answers.write_rejects(out.with_suffix(".rejected.csv"))
        if not quiet:
            rows = "row" if answers.n_rejected == 1 else "rows"
            click.echo(f"{answers.n_rejected:,} rejected {rows} written to {rejects}", err=True)


def ends_of(text: str, option: str = "scale") -> tuple[int, int]:
    """Return the lowest and the highest value of a scale, written "0,10"."""
    try:
        low, high = (int(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"`--{option}` must be two whole numbers such as 0,10 or 1,10, got {text!r}."
        ) from None
    return low, high


def plain_table(path: str) -> pd.DataFrame:
    """Return a small table of the user's own, such as one of numbers of customers."""
    import pandas as pd

    try:
        return pd.read_csv(path, sep=None, engine="python")
    except (OSError, ValueError) as error:
        raise InputError(f"{path!r} cannot be read as CSV: {error}.") from None
