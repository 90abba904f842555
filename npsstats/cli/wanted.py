"""What every command that analyses does with its result: one set of options, one place.

A table to read or JSON for machines on standard output; files where they are asked for. What
happens meanwhile is said on standard error, and to a person only.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import parent_of
from npsstats.cli.status import status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from npsstats.results import Result

__all__ = ["RESULT_OPTIONS", "Wanted", "page_option", "result_options", "save", "wanted"]

RESULT_OPTIONS = ("as_json", "out", "memo", "picture", "lang", "quiet")
"""Names of the options that say what becomes of a result."""

_TABLE = (".csv",)
_MEMO = (".pdf", ".md", ".html")
_PICTURE = (".svg", ".pdf", ".png")

_OPTIONS = (
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    click.option("--out", type=click.Path(), metavar="FILE.csv", help="Where the table goes."),
    click.option(
        "--memo", type=click.Path(), metavar="FILE.pdf", help="Write a memo: .pdf, .md or .html."
    ),
    click.option(
        "--picture", type=click.Path(), metavar="FILE.svg", help="Draw it: .svg, .pdf or .png."
    ),
    click.option(
        "--lang",
        type=click.Choice(["en", "fr"]),
        help="Of memo and picture; else that of network.toml, or en.",
    ),
    click.option("--quiet", is_flag=True, help="Say nothing on the way."),
)
_PAGE = click.option(
    "--page", type=click.Path(), metavar="FILE.pdf", help="Write the leadership PDF's page on it."
)


def result_options[F: Callable[..., Any]](command: F) -> F:
    """Add what every command that returns a result can do with it."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def page_option[F: Callable[..., Any]](command: F) -> F:
    """Add the page that the leadership PDF has on the subject."""
    return _PAGE(command)


@dataclass(frozen=True)
class Wanted:
    """What is to be made of a result, judged before anything is read.

    Attributes
    ----------
    as_json, quiet
        Print JSON; say nothing on the way.
    out, memo, picture, page
        Where the table, the memo, the picture and the page go, or None.
    lang
        Of memo, picture and page.
    brand
        Of the network.toml that was read, or None.
    """

    as_json: bool
    quiet: bool
    out: Path | None
    memo: Path | None
    picture: Path | None
    page: Path | None
    lang: str
    brand: Any

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Show what is being done, to a person who waits for it."""
        with status(text, hidden=self.quiet or self.as_json):
            yield

    def hand(
        self,
        result: Result,
        more: Mapping[str, pd.DataFrame | None] | None = None,
        *,
        text: str | None = None,
    ) -> None:
        """Print the result and write the files that were asked for.

        Parameters
        ----------
        result
            What an analysis returned.
        more
            Further tables of the JSON by their names; those that the result has are known.
        text
            What is printed instead of the result's own table.
        """
        if self.as_json:
            from npsstats.cli.as_json import as_json

            click.echo(as_json(result, more or {}))
        else:
            click.echo(str(result) if text is None else text)
        if self.out is not None:
            save(result.frame, self.out, quiet=self.quiet)
        if self.memo is not None or self.picture is not None:
            self._told(result)

    def _told(self, result: Result) -> None:
        import npsstats as nps

        given: dict[str, Any] = {"lang": self.lang, "brand": self.brand}
        if self.memo is not None:
            with self.working("Writing the memo"):
                place = nps.memo(result, self.memo, **given)
            self.say(f"{place} written")
        if self.picture is not None:
            nps.plot(result, self.picture, **given)
            self.say(f"{self.picture} written")

    def say(self, text: str) -> None:
        """Say on standard error what was done."""
        if not self.quiet:
            click.echo(text, err=True)


def wanted(given: dict[str, Any], source: str = "") -> Wanted:
    """Return what is to be made of the result, files judged before anything is read.

    Parameters
    ----------
    given
        The options of the command.
    source
        What is read: never overwritten; a network.toml says language and brand.

    Raises
    ------
    InputError
        If a file's name ends otherwise than it must, or it is the source itself.
    """
    lang, brand = given["lang"], None
    if source.lower().endswith(".toml") and (lang is None or given["memo"] or given["picture"]):
        lang, brand = _of_network(source, lang)
    return Wanted(
        given["as_json"],
        given["quiet"],
        _file(given["out"], "out", _TABLE, source),
        _file(given["memo"], "memo", _MEMO, source, folder=True),
        _file(given["picture"], "picture", _PICTURE, source),
        _file(given.get("page"), "page", (".pdf",), source),
        lang or "en",
        brand,
    )


def _of_network(source: str, lang: str | None) -> tuple[str | None, Any]:
    """Return the language and the brand of a network.toml; a plan.toml has none."""
    from npsstats.data.network import load_network

    config = load_network(source)
    return lang or config.language, config.brand


def _file(
    path: str | None, option: str, endings: tuple[str, ...], source: str, *, folder: bool = False
) -> Path | None:
    if path is None:
        return None
    if folder and (path.endswith("/") or Path(path).is_dir()):
        parent_of(str(Path(path) / "memo.pdf"), source, option)
        return Path(path)
    if Path(path).is_dir():
        raise InputError(f"`--{option}` is a folder, {path!r}. Name a file in it.")
    if not path.lower().endswith(endings):
        known = endings[0] if len(endings) == 1 else f"{', '.join(endings[:-1])} or {endings[-1]}"
        more = (
            " For pages, give --memo FILE.pdf." if option == "out" and path.endswith("pdf") else ""
        )
        raise InputError(f"`--{option}` must end in {known}, got {path!r}.{more}")
    return parent_of(path, source, option)


def save(frame: pd.DataFrame, path: Path, *, quiet: bool = False) -> None:
    """Write a table as every command does, and say where."""
    try:
        frame.to_csv(path, index=False, lineterminator="\n", float_format="%.8g")
    except OSError as error:
        raise InputError(
            f"{str(path)!r} cannot be written: {error.strerror}. Name another --out."
        ) from None
    if not quiet:
        rows = "row" if len(frame) == 1 else "rows"
        click.echo(f"{len(frame):,} {rows} written to {path}", err=True)
