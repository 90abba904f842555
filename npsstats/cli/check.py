"""`npsstats check`: what could be done with a file, and what is missing."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import read_source, source_options, there
from npsstats.cli.spelling import as_options
from npsstats.cli.status import status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.data.guessing import Guess
    from npsstats.estimation.readiness.ready import Readiness

__all__ = ["check"]

_MOST_SEGMENTS = 6
_HEADERLESS = (
    "The first line looks like data and was read as such (--no-header): columns are numbered from "
    "1. If it names the columns, say --header."
)
_MOST_UNKNOWN = 20
_REMEDY = """\
A column that was not recognised: --store COLUMN, --date COLUMN, --column csat=COLUMN.
Several tables together: npsstats init writes a network.toml for them."""
_SPELT = {"score": "--score", "store_id": "--store", "date": "--date"}


@click.command(
    epilog="""\b
Examples:
  npsstats check answers.csv
  npsstats check answers.csv --score note --store 4
  npsstats check network.toml --json"""
)
@source_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--quiet", is_flag=True, help="Say nothing on the way.")
def check(source: str, *, as_json: bool, **given: Any) -> None:
    """Say what could be done with SOURCE, with which command, and what each other job lacks.

    SOURCE is a file of answers, or a network.toml. Columns are recognised by what they are called
    and hold; an option that names one is believed. Exits with 0 if something can be done, else 2.
    """
    from npsstats.estimation.readiness.ready import readiness

    quiet = {**given, "quiet": True}
    unknown: Mapping[str | int, int] = {}
    headed = True
    with status("Reading", hidden=given["quiet"] or as_json):
        if source.lower().endswith(".toml"):
            tables, segments, unread = _network(source)
            words = ""
        else:
            there(source, "Name a file of answers, or a network.toml.")
            guess = _guessed(source, given)
            words = _take(guess, quiet, source)
            segments, unread, unknown = _segments(guess), {}, guess.unknown
            headed = guess.headed
            tables = {"responses": read_source(source, quiet, also=segments)}
        result = readiness(tables, segments=segments, unread=unread)
    lines = [_line(job, source, words) for job in result.frame["job"]]
    able = result.frame["possible"].to_numpy()
    run = [line if can else "" for line, can in zip(lines, able, strict=True)]
    result = replace(result, frame=result.frame.assign(run=run))
    if as_json:
        from npsstats.cli.as_json import as_json as written

        click.echo(written(result, {}))
    else:
        click.echo(_told(result, unknown, click.get_current_context().command))
        if not headed:
            click.echo(_HEADERLESS, err=True)
    if not able.any():
        raise InputError("Nothing can be done with these answers yet.")


def _guessed(source: str, given: dict[str, Any]) -> Guess:
    """Return what the columns probably are."""
    from npsstats.data.guessing import guess_columns
    from npsstats.data.sources import Options

    names = ("sep", "encoding", "header", "sheet", "name")
    return guess_columns(source, Options(**{name: given[name] for name in names}))


def _take(guess: Guess, given: dict[str, Any], source: str) -> str:
    """Put the guesses into the options where nothing was said; return them as one would type them.

    Raises
    ------
    InputError
        If no column can be the score.
    """
    columns = {name: str(column) for name, column in guess.columns.items()}
    columns |= {
        name: given[key]
        for name, key in (("score", "score"), ("store_id", "store"), ("date", "date_"))
        if given[key] is not None
    }
    stated = [text.partition("=") for text in given["columns"]]
    columns |= {name: column for name, _, column in stated}
    if "score" not in columns:
        likely = ", ".join(map(str, guess.scores)) or "none"
        raise InputError(
            f"Which column of {source!r} holds the scores from 0 to 10 cannot be told: give "
            f"--score COLUMN. Columns that could: {likely}. All of them: "
            f"{', '.join(guess.names[:30])}{', …' if len(guess.names) > 30 else ''}."
        )
    if not guess.headed and given["header"] is None:
        given["header"] = False
    words = [] if guess.headed else ["--no-header"]
    plain = guess.headed and all(name == column for name, column in columns.items())
    if not plain:
        for name, column in columns.items():
            words += [_SPELT[name], column] if name in _SPELT else ["--column", f"{name}={column}"]
    for option in ("sep", "encoding", "date_format", "sheet", "name"):
        if given[option] is not None:
            words += [f"--{option.replace('_', '-')}", str(given[option])]
    if given["scale"] != "0,10":
        words += ["--scale", given["scale"]]
    given["score"], given["store"], given["date_"] = (columns.get(name) for name in _SPELT)
    given["columns"] = tuple(
        f"{name}={column}" for name, column in columns.items() if name not in _SPELT
    )
    return shlex.join(words)


def _segments(guess: Guess) -> list[str]:
    """Return columns by which answers may be told apart: known ones, then others of few values."""
    known = [name for name in ("channel", "kind", "country", "journey") if name in guess.columns]
    return [*known, *map(str, guess.segments)][:_MOST_SEGMENTS]


def _network(source: str) -> tuple[dict[str, Any], list[str], dict[str, str]]:
    """Return the tables of a network.toml, its segments, and why a table cannot be read."""
    from npsstats.data.network import load_network

    config = load_network(source)
    tables = {"responses": config.read(quiet=True)}
    unread = {}
    for name in map(str, config.sources):
        if name == "responses":
            continue
        try:
            tables[name] = config.read(name, beside=tables["responses"], quiet=True)
        except InputError as error:
            unread[name] = str(error)
    return tables, list(config.segments), unread


def _line(job: str, source: str, words: str) -> str:
    """Return the command line of a job, to be copied."""
    command, _, options = job.partition(" ")
    return " ".join(
        part for part in ("npsstats", command, shlex.quote(source), words, options) if part
    )


def _told(result: Readiness, unknown: Mapping[str | int, int], command: click.Command) -> str:
    """Return what is printed: what there is, what can be run, what is missing."""
    columns, rejected, margins = result.columns, result.rejected, result.margins
    lines = [result.headline(), ""]
    for table, own in columns.groupby("table", sort=False):
        held = ", ".join(own["column"])
        lines.append(f"{table}: {held}")
    others = {str(name): n for name, n in unknown.items() if n > 1}
    if others:
        some = [f"{name} ({n:,})" for name, n in list(others.items())[:_MOST_UNKNOWN]]
        more = ", …" if len(others) > _MOST_UNKNOWN else ""
        lines.append(f"not recognised (different values): {', '.join(some)}{more}")
    lines += [
        f"{row.of} has {row.n:,} answers in the median: ± {row.margin:.1f} points"
        for row in margins.iloc[1:].itertuples()
    ]
    lines += [
        f"rejected, {row.table}: {row.reason}, {row.rows:,} {'row' if row.rows == 1 else 'rows'}"
        for row in rejected.itertuples()
    ]
    lines += [
        f"note, {row.table}: {as_options(str(row.note), command, ())}"
        for row in result.notes.itertuples()
    ]
    lines += [f"• {doubt}" for doubt in result.diagnostics]
    able = result.frame[result.frame["possible"]]
    lines += ["", "Can be run now:"]
    for row in able.itertuples():
        lines += [f"  {row.run}", f"      {row.does}"]
    unable = result.frame[~result.frame["possible"]]
    if len(unable):
        lines += ["", "Lacks something:"]
        widest = unable["job"].str.len().max()
        lines += [f"  {row.job:<{widest}}  {row.lacks}" for row in unable.itertuples()]
        lines += ["", _REMEDY]
    return "\n".join(lines)
