"""What is wrong with a TOML file, said with the line and the remedy."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from npsstats.data.databases import redact
from npsstats.data.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic_core import ErrorDetails

__all__ = ["explain", "line_of"]

_EXAMPLE = '[sources.responses]\npath = "answers.csv"'


def explain(label: str, text: str, error: ErrorDetails, keys: Mapping[str, Sequence[str]]) -> str:
    """Return one fault of a TOML file in words: line, key, rule, remedy.

    Parameters
    ----------
    label
        The file's name.
    text
        What it holds.
    error
        What pydantic says of its content.
    keys
        The keys known in the file's top level (""), its sources and its brand.
    """
    place = [part for part in error["loc"] if isinstance(part, str) and part != "[key]"]
    # pydantic names the branch of a union it tried; only keys of the file are wanted
    while len(place) > 1 and place[-1] in {"str", "int", "Path"}:
        place.pop()
    key = place[-1] if place else ""
    table = ".".join(place[:-1])
    where = f"{label}, line {line_of(text, place)}: "
    kind, given = error["type"], error["input"]
    if kind in {"extra_forbidden", "literal_error"} and table in {"", "sources"}:
        if key in TABLES and kind == "extra_forbidden":
            return f"{where}[{key}] belongs under sources: write [sources.{key}]."
        if table == "sources":
            tables = ", ".join(TABLES)
            return f"{where}there is no table {key!r}{_close(key, TABLES)}. Tables: {tables}."
    if kind == "extra_forbidden":
        known = _known_keys(place, keys)
        return (
            f"{where}there is no key `{key}`{f' in [{table}]' if table else ''}"
            f"{_close(key, known)}. Keys: {', '.join(known)}."
        )
    if kind == "missing":
        return f"{where}`{'.'.join(place)}` is needed. For example:\n{_EXAMPLE}"
    if kind == "value_error":
        return f"{where}[{'.'.join(place)}] {error['ctx']['error']}."
    rule = error["msg"][0].lower() + error["msg"][1:]
    return f"{where}`{'.'.join(place)}`: {rule}, got {redact(repr(given))}."


def _known_keys(place: list[str], keys: Mapping[str, Sequence[str]]) -> Sequence[str]:
    return keys[place[0] if place[0] in keys and len(place) > 1 else ""]


def _close(key: str, known: Iterable[str]) -> str:
    close = get_close_matches(key, list(known), n=1, cutoff=0.5)
    return f" (did you mean `{close[0]}`?)" if close else ""


def line_of(text: str, place: list[str]) -> int:
    """Return the line (from 1) on which a key of a TOML text stands, or its nearest table."""
    table: list[str] = []
    best, depth = 1, -1
    for number, line in enumerate(text.splitlines(), start=1):
        head = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        entry = re.match(r"""\s*([A-Za-z0-9_."'\-]+)\s*=""", line)
        if head:
            table = _parts(head[1])
            here = table
        elif entry:
            here = table + _parts(entry[1])
        else:
            continue
        if here == place[: len(here)] and len(here) > depth:
            best, depth = number, len(here)
    return best


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
