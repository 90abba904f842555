"""A commented `network.toml` to begin with, in the reader's language."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from npsstats.checks import one_of

if TYPE_CHECKING:
    from npsstats.data.guessing import Guess

__all__ = ["network_file"]

_SEGMENTS = ("channel", "kind", "country", "journey")  # of what is known, by what one breaks down
_OTHERS = 8
_COULD = {"en": "These could be segments too", "fr": "Pourraient aussi servir"}


def network_file(path: str, guess: Guess | None = None, *, lang: str = "en") -> str:
    """Return the text of a `network.toml` with every setting explained.

    Parameters
    ----------
    path
        Of the answers, as the file shall say it.
    guess
        What their columns probably are; without it, columns are given as an example.
    lang
        Language of the comments, and of the reports to come: "en" or "fr".

    Examples
    --------
    >>> import tomllib
    >>> from npsstats.data.guessing import Guess
    >>> guess = Guess({"score": "note", "channel": "canal"}, ("note", "canal"), True, (), ())
    >>> made = tomllib.loads(network_file("answers.csv", guess, lang="fr"))
    >>> made["sources"]["responses"]["columns"], made["segments"]
    ({'score': 'note', 'channel': 'canal'}, ['channel'])
    """
    one_of("lang", lang, ("en", "fr"))
    columns = {"score": "score"} if guess is None else dict(guess.columns)
    own = [name for name in _SEGMENTS if name in columns]
    others = [] if guess is None or not guess.headed else list(guess.segments)[:_OTHERS]
    text = files("npsstats.reporting") / "templates" / f"network.{lang}.toml"
    return Template(text.read_text(encoding="utf-8")).substitute(
        path=_written(path),
        segments=json.dumps(own, ensure_ascii=False),
        others=f"# {_COULD[lang]}: {', '.join(map(_written, others))}\n" if others else "",
        name="",
        header="" if guess is None or guess.headed else "header = false\n",
        columns=", ".join(f"{_key(name)} = {_written(column)}" for name, column in columns.items()),
    )


def _written(value: str | int) -> str:
    """Return a value as TOML writes it: JSON's quotes and escapes are TOML's too."""
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _written(name)
