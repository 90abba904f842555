"""The register of what experiments found: a file that is only ever appended to.

JSON lines, one effect a line, so that two branches merge and a reader needs no program. An effect
recorded again with other numbers is a new line with the next revision; the old one stays.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.experiments.effects import COLUMNS

__all__ = ["FIELDS", "Register", "load_register", "record"]

_KEY = ("experiment", "outcome", "arm", "estimand", "method")
_ABOUT = ("experiment", "date", "lock", "exploratory", "primary", "verdict", "revision")
FIELDS = (*_ABOUT, *COLUMNS)
"""What a line holds."""

_TEXT = ("experiment", "date", "verdict", "outcome", "arm", "estimand", "method", "unit")
_NUMBERS = ("estimate", "std_error", "lower", "upper", "level", "p_value", "probability")
_COUNTS = ("revision", "n_control", "n_treatment")
_ENDS = {"inf": np.inf, "-inf": -np.inf}  # JSON has no infinity


@dataclass(frozen=True, eq=False, repr=False)
class Register:
    """The lines of a register.

    Attributes
    ----------
    entries
        A row a line, with `FIELDS` and `line` (from 1), in the order of the file.
    """

    entries: pd.DataFrame

    @cached_property
    def current(self) -> pd.DataFrame:
        """The last revision of each effect, in the order in which they were first recorded."""
        first = self.entries.drop_duplicates(list(_KEY))[list(_KEY)]
        last = self.entries.drop_duplicates(list(_KEY), keep="last")
        return first.merge(last, on=list(_KEY), how="left")[[*FIELDS, "line"]]

    @cached_property
    def revised(self) -> pd.DataFrame:
        """All revisions of the effects that were recorded more than once with other numbers."""
        return self.entries[self.entries.duplicated(list(_KEY), keep=False)].reset_index(drop=True)

    @property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of the entries."""
        return sha256(self.entries.to_csv(index=False).encode()).hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        many = self.entries["experiment"].nunique()
        return f"Register: {len(self.current)} effects of {many} experiments, {len(self)} lines"


def record(
    frame: pd.DataFrame,
    path: str | Path,
    *,
    experiment: str,
    date: dt.date | str | None = None,
    lock: str | None = None,
    exploratory: bool | None = None,
    primary: str | None = None,
    verdict: str = "",
) -> int:
    """Append the effects of an experiment to a register and return how many lines were written.

    Parameters
    ----------
    frame
        Effects with the columns of `Effect`. Those without an estimate are left out.
    path
        The register, JSON lines; made where it does not exist.
    experiment
        Its name: what makes a re-analysis one of the same experiment.
    date
        Of the analysis, ISO 8601; today (UTC) unless said.
    lock
        The hash of the plan's lock, None without one.
    exploratory
        Whether the analysis was not the registered one; by default, whether there is no lock.
    primary
        Name of the primary outcome.
    verdict
        What was decided: "adopt", "keep", "continue" …

    Returns
    -------
    int
        Lines written. An effect recorded before with the same numbers is not written again.

    Raises
    ------
    InputError
        If columns are missing, an effect is there twice, or the register cannot be read.
    """
    if not experiment:
        raise InputError("`experiment` is empty. Name the experiment, as in its plan.")
    lacking = [name for name in COLUMNS if name not in frame]
    if lacking:
        raise InputError(f"`frame` lacks the column {lacking[0]!r}: record the frame of effects.")
    rows = frame[frame["estimate"].notna()]
    twice = rows[rows.duplicated(list(_KEY[1:]))]
    if len(twice):
        row = twice.iloc[0]
        raise InputError(
            f"`frame` has two effects {row['estimand']!r} ({row['method']}) on "
            f"{row['outcome']!r} in arm {row['arm']!r}. Keep one of them."
        )
    about = {
        "experiment": experiment,
        "date": _day(date),
        "lock": lock,
        "exploratory": lock is None if exploratory is None else bool(exploratory),
        "primary": primary,
        "verdict": verdict,
    }
    path = Path(path)
    known: dict[tuple[str, ...], dict[str, Any]] = {}
    if path.exists():
        for there in load_register(path).entries.to_dict("records"):
            known[tuple(there[name] for name in _KEY)] = _line(
                {str(k): v for k, v in there.items()}
            )
    lines = []
    for effect in rows.to_dict("records"):
        entry = _line(about | {"revision": 0} | {name: effect[name] for name in COLUMNS})
        before = known.get(tuple(entry[name] for name in _KEY))
        entry["revision"] = 1 if before is None else before["revision"] + 1
        apart = {"date", "revision"}
        if before is not None and all(before[k] == entry[k] for k in FIELDS if k not in apart):
            continue
        lines.append(json.dumps(entry, ensure_ascii=False, allow_nan=False))
    if lines:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(lines) + "\n")
    return len(lines)


def load_register(path: str | Path) -> Register:
    """Return a register.

    Raises
    ------
    InputError
        With the line: if it is not JSON, lacks a field, holds what cannot be, or its revision is
        not the next one of its effect (a line was removed, or two branches were merged).
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"There is no register {path.name!r}. `record` makes one.") from None
    seen: dict[tuple[str, ...], int] = {}
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path.name}, line {number}"
        entry = _entry(line, where)
        key = tuple(entry[name] for name in _KEY)
        wanted = seen.get(key, 0) + 1
        if entry["revision"] != wanted:
            raise InputError(
                f"{where}: `revision` of {' · '.join(key)} must be {wanted}, got "
                f"{entry['revision']}. A register is only appended to: restore the line that is "
                "missing, or number on after a merge."
            )
        seen[key] = wanted
        entries.append(entry | {"line": number})
    return Register(pd.DataFrame(entries, columns=[*FIELDS, "line"]))


def _entry(line: str, where: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not JSON ({error.msg}). Restore the line.") from None
    if not isinstance(entry, dict):
        raise InputError(f"{where}: must be an object of names and values, got {line[:40]!r}.")
    lacking = [name for name in FIELDS if name not in entry]
    if lacking:
        raise InputError(f"{where}: lacks `{lacking[0]}`. A line holds {', '.join(FIELDS)}.")
    for name, sound, rule in (
        *((name, _is_text, "text") for name in _TEXT),
        *((name, _is_count, "a whole number") for name in _COUNTS),
        *((name, _is_number, "a number or null") for name in _NUMBERS),
        ("exploratory", _is_flag, "true or false"),
    ):
        if not sound(entry[name]):
            raise InputError(f"{where}: `{name}` must be {rule}, got {entry[name]!r}.")
    entry |= {name: _number(entry[name]) for name in _NUMBERS}
    if entry["std_error"] < 0:
        raise InputError(f"{where}: `std_error` must not be negative, got {entry['std_error']:g}.")
    return entry


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return value in _ENDS
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _number(value: str | float | None) -> float:
    if value is None:
        return np.nan
    return _ENDS[value] if isinstance(value, str) else float(value)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as JSON holds it."""
    entry = {name: row[name] for name in FIELDS}
    for name in _NUMBERS:
        value = float(entry[name])
        entry[name] = value if isfinite(value) else None if np.isnan(value) else str(value)
    for name in _COUNTS:
        entry[name] = int(entry[name])
    for name in ("lock", "primary"):
        entry[name] = None if pd.isna(entry[name]) else str(entry[name])
    return entry | {"exploratory": bool(entry["exploratory"])}


def _day(date: dt.date | str | None) -> str:
    if date is None:
        return dt.datetime.now(dt.UTC).date().isoformat()
    try:
        return (date if isinstance(date, dt.date) else dt.date.fromisoformat(date)).isoformat()
    except ValueError:
        raise InputError(f"`date` must be a day like 2026-03-31, got {date!r}.") from None
