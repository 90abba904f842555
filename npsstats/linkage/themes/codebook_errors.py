"""What is wrong with a codebook, said with the line and the remedy."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from npsstats.data.toml_errors import line_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

__all__ = ["explain"]

_WANTED = {
    "string_type": "text in quotes is wanted",
    "tuple_type": 'a list in square brackets is wanted, such as ["prix", "tarif"]',
    "dict_type": "a table is wanted",
    "model_type": "a table is wanted",
}
_EXAMPLES = {
    "language": 'language = "fr"',
    "themes": '[themes.price]\nlabel = { en = "Prices" }\nwords = ["price"]',
    "label": 'label = { fr = "Prix", en = "Prices" }',
}


def explain(label: str, text: str, error: ErrorDetails, keys: Mapping[str, Sequence[str]]) -> str:
    """Return one fault of a codebook in words: line, key, rule, remedy.

    Parameters
    ----------
    label
        The file's name.
    text
        What it holds.
    error
        What pydantic says of its content.
    keys
        The keys known in the file's top level (""), its themes, tone and negation.
    """
    place = [part for part in error["loc"] if isinstance(part, str) and part != "[key]"]
    key, table = (place[-1] if place else ""), ".".join(place[:-1])
    kind, given = error["type"], error["input"]
    where = f"{label}, line {_line(text, place, given)}: "
    if kind == "extra_forbidden":
        known = keys[place[0] if len(place) > 1 and place[0] in keys else ""]
        close = get_close_matches(key, known, n=1, cutoff=0.5)
        meant = f" (did you mean `{close[0]}`?)" if close else ""
        inside = f" in [{table}]" if table else ""
        return f"{where}there is no key `{key}`{inside}{meant}. Keys: {', '.join(known)}."
    if kind == "missing":
        example = _EXAMPLES.get(key, f"{key} = …")
        return f"{where}`{'.'.join(place)}` is needed. For example:\n{example}"
    if kind == "value_error":
        return f"{where}[{'.'.join(place)}] {error['ctx']['error']}."
    if kind == "too_short":
        example = _EXAMPLES.get(key, "")
        return f"{where}`{'.'.join(place)}` is empty. For example:\n{example}"
    rule = _WANTED.get(kind, error["msg"][0].lower() + error["msg"][1:])
    return f"{where}`{'.'.join(place)}`: {rule}, got {given!r}."


def _line(text: str, place: list[str], given: object) -> int:
    """Return the line of a key, or within its list the line on which the faulty text stands."""
    start = line_of(text, place)
    if isinstance(given, str):
        for number, line in enumerate(text.splitlines()[start - 1 :], start=start):
            if f'"{given}"' in line:
                return number
    return start
