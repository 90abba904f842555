"""Remedies of the library in the spelling of the command line: --level 0.9, not level=0.9."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["as_options"]

_GIVEN = re.compile(
    r"(?<![\w.(])(?P<name>[a-z_]+)="
    r"(?P<value>'[^']*'|\"[^\"]*\"|\(\d+, \d+\)|[^\s,;()]*[\w%])"
)
_COLUMNS = re.compile(r"columns=\{'(?P<name>\w+)': (?P<column>'[^']*'|\d+)\}")
_CALL = re.compile(r"npsstats\.\w+\([^()]*\)")  # Python, which stays as it is
_TWICE = re.compile(r"(?P<option>--[\w-]+) \((?P=option)\)")
_NAMED = re.compile(r"^`(?P<name>[a-z_]+)`")


def as_options(text: str, program: click.Command, arguments: Sequence[str]) -> str:
    """Return a sentence with the arguments that the command has as options spelt as those.

    Parameters
    ----------
    text
        Of an error.
    program
        That was called.
    arguments
        With which it was called, its own name left out: the command's name comes first.

    Examples
    --------
    >>> cry = click.Command("cry", params=[click.Option(["--max-false"]), click.Option(["--day"])])
    >>> program = click.Group(commands={"cry": cry})
    >>> as_options("`max_false` must be above 0. Say max_false=0.5 or n=3.", program, ["cry"])
    '`--max-false` must be above 0. Say --max-false 0.5 or n=3.'
    >>> read = click.Command("read", params=[click.Option(["--column"])])
    >>> as_options("For example columns={'score': 'note'}.", read, ())
    "For example --score 'note'."
    """
    command = program
    for word in arguments:
        if not isinstance(command, click.Group) or word not in command.commands:
            break
        command = command.commands[word]
    options = {
        spelt.lstrip("-").replace("-", "_"): (spelt, each.is_flag)
        for each in command.params
        if isinstance(each, click.Option)
        for spelt in each.opts
        if spelt.startswith("--")
    }

    def given(found: re.Match[str]) -> str:
        if found["name"] not in options:
            return found[0]
        spelt, flag = options[found["name"]]
        return spelt if flag else f"{spelt} {_unquoted(found['value'])}"

    def named(found: re.Match[str]) -> str:
        return f"`{options[found['name']][0]}`" if found["name"] in options else found[0]

    def mapped(found: re.Match[str]) -> str:
        spelt = {"score": "--score ", "store_id": "--store ", "date": "--date "}
        return spelt.get(found["name"], f"--column {found['name']}=") + found["column"]

    if "column" in options:
        text = _COLUMNS.sub(mapped, text)
    parts, calls = _CALL.split(text), [*_CALL.findall(text), ""]
    spelt = (_GIVEN.sub(given, part) + call for part, call in zip(parts, calls, strict=True))
    return _NAMED.sub(named, _TWICE.sub(r"\g<option>", "".join(spelt)))


def _unquoted(value: str) -> str:
    if value.startswith("("):  # scale=(1, 10) is --scale 1,10
        return value.strip("()").replace(" ", "")
    inner = value.strip("'\"")
    return value if not inner or re.search(r"\s", inner) else inner
