"""What is wrong with a plan, said with the line and the remedy."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args, get_origin

from npsstats.data.toml_errors import line_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

__all__ = ["PlanError", "explain", "first_fault"]

_EXAMPLES = {
    "name": 'name = "callback"',
    "hypothesis": 'hypothesis = "Calling detractors back makes more of them buy again."',
    "arms": '[arms]\ncontrol = "ignored"\nshares = { ignored = 0.5, called = 0.5 }',
    "control": 'control = "ignored"',
    "shares": "shares = { ignored = 0.5, called = 0.5 }",
    "outcomes": '[outcomes.repurchase]\nkind = "binary"\nrole = "primary"',
    "kind": 'kind = "binary"',
    "key": 'key = "callback-2026"',
    "units": 'units = "callbacks"',
}
# what pydantic calls a kind of value → what a person writes
_WANTED = {
    "string_type": "text in quotes is wanted",
    "int_type": "a whole number is wanted",
    "float_type": "a number is wanted",
    "bool_type": "true or false is wanted, without quotes",
    "tuple_type": "a list in square brackets is wanted",
    "date_type": "a date is wanted: write it without quotes, such as 2025-06-30",
}
_FILTERS = ("among", "filter", "where", "only", "if", "when", "condition", "exclude")


class PlanError(ValueError):
    """A rule that a plan breaks, and the key (dotted, within its table) that breaks it."""

    def __init__(self, place: str, rule: str) -> None:
        super().__init__(rule)
        self.place = place


def first_fault(errors: Sequence[ErrorDetails]) -> ErrorDetails:
    """Return the fault to name first: a key that is not known, or else the first of them.

    Where a needed key is misspelt there are two faults, and the unknown key explains the other.

    Examples
    --------
    >>> misspelt = [{"type": "missing", "loc": ("name",)}, {"type": "extra_forbidden", "loc": ()}]
    >>> first_fault(misspelt)["type"]
    'extra_forbidden'
    """
    unknown = (error for error in errors if error["type"] == "extra_forbidden")
    return next(unknown, errors[0])


def explain(label: str, text: str, error: ErrorDetails, model: type[BaseModel]) -> str:
    """Return one fault of a plan in words: line, key, rule, remedy.

    Parameters
    ----------
    label
        The file's name.
    text
        What it holds.
    error
        What pydantic says of its content.
    model
        The plan's model, which knows the keys.
    """
    place = [part for part in error["loc"] if isinstance(part, str) and part != "[key]"]
    # pydantic names the branch of a union that it tried; only keys of the file are wanted
    while len(place) > 1 and (place[-1] == "str" or place[-1].startswith("dict[")):
        place.pop()
    fault = error.get("ctx", {}).get("error")
    if isinstance(fault, PlanError):
        place += fault.place.split(".")
    where = f"{label}, line {line_of(text, place)}: "
    key, table = (place[-1] if place else ""), ".".join(place[:-1])
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden" and key in _FILTERS:
        return (
            f"{where}`{key}` would leave units out. All that were assigned are analysed: what came "
            "after assignment (reached, opened, answered) breaks the randomization when it picks "
            "who counts. Name it in `received` and read the complier effect."
        )
    if kind == "extra_forbidden":
        known = _keys(model, place[:-1])
        close = get_close_matches(key, known, n=1, cutoff=0.5)
        meant = f" (did you mean `{close[0]}`?)" if close else ""
        inside = f" in [{table}]" if table else ""
        return f"{where}there is no key `{key}`{inside}{meant}. Keys: {', '.join(known)}."
    if kind == "missing":
        example = f" For example:\n{_EXAMPLES[key]}" if key in _EXAMPLES else ""
        return f"{where}`{'.'.join(place)}` is needed.{example}"
    if isinstance(fault, PlanError):
        return f"{where}`{'.'.join(place)}`: {fault}."
    rule = _WANTED.get(kind, error["msg"][0].lower() + error["msg"][1:])
    if kind in {"model_type", "dict_type"}:
        rule = f"a table is wanted, such as [{'.'.join(place)}] with its keys below"
    return f"{where}`{'.'.join(place)}`: {rule}, got {given!r}."


def _keys(model: type[BaseModel], place: Sequence[str]) -> list[str]:
    """Return the keys that the table at this place may have."""
    here: Any = model
    parts = iter(place)
    for part in parts:
        annotation = here.model_fields[part].annotation
        here = _table(annotation)
        if here is None:
            return []
        if get_origin(annotation) is dict:
            next(parts, None)  # the table's own name
    return list(here.model_fields)


def _table(annotation: Any) -> Any:
    """Return the model inside an annotation: itself, optional, or the values of a mapping."""
    if hasattr(annotation, "model_fields"):
        return annotation
    found = (_table(inside) for inside in get_args(annotation))
    return next((model for model in found if model is not None), None)
