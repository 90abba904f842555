"""`npsstats init`: a commented network.toml to begin with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import there

__all__ = ["init"]

_NAME = "network.toml"
_NEXT = {
    "en": "Look it through{known}, then: npsstats check {path}",
    "fr": "À relire{known}, puis : npsstats check {path}",
}
_KNOWN = {"en": " ({names} recognised)", "fr": " (colonnes reconnues : {names})"}


@click.command(
    epilog="""\b
Examples:
  npsstats init --from answers.csv
  npsstats init reseau/ --from answers.csv --lang fr"""
)
@click.argument("folder", type=click.Path(), default=".")
@click.option(
    "--from",
    "answers",
    type=click.Path(),
    metavar="FILE",
    help="Answers whose columns are guessed.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "fr"]),
    help="Of the comments, and of the reports to come; fr where columns are named in French.",
)
def init(folder: str, *, answers: str | None, lang: str | None) -> None:
    """Write a network.toml into FOLDER, every setting explained; an old one is never overwritten.

    It keeps in one place what the commands would have to be told each time: tables, columns,
    segments, target, language, brand.
    """
    from npsstats.reporting.network_file import network_file

    path = Path(folder) / _NAME
    if path.exists():
        raise InputError(f"{str(path)!r} is there already: move it away, or name another FOLDER.")
    if Path(folder).is_file():
        raise InputError(f"{folder!r} is a file. Name the folder in which {_NAME} shall be.")
    guess: Any = None
    place = "answers.csv"
    if answers is not None:
        from npsstats.data.guessing import guess_columns, in_french

        there(answers, "Name a file of answers.")
        guess = guess_columns(answers)
        if "score" not in guess.columns:
            likely = ", ".join(map(str, guess.scores or guess.names[:30]))
            raise InputError(
                f"No column of {answers!r} is surely the score. Write {_NAME} without --from and "
                f"name it there; columns that could be: {likely}."
            )
        if lang is None and guess.headed and in_french(guess.names):
            lang = "fr"
        place = Path(os.path.relpath(answers, folder)).as_posix()
    lang = lang or "en"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(network_file(place, guess, lang=lang), encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{str(path)!r} cannot be written: {error.strerror}. Name another FOLDER."
        ) from None
    click.echo(path)
    known = "" if guess is None else _KNOWN[lang].format(names=", ".join(guess.columns))
    click.echo(_NEXT[lang].format(known=known, path=path), err=True)
