"""What can be done with data as they are, and what each other job lacks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from shlex import quote
from typing import TYPE_CHECKING, ClassVar, NamedTuple, override

import numpy as np
import pandas as pd

from npsstats.aggregates.counting import count
from npsstats.checks import InputError
from npsstats.estimation.comparison.kinds import KIND, mix_effect
from npsstats.estimation.intervals import tango
from npsstats.estimation.precision.margins import margin
from npsstats.estimation.readiness.inventory import sizes, take_stock
from npsstats.estimation.readiness.jobs import JOBS
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from npsstats.data.intake import Intake
    from npsstats.estimation.readiness.inventory import Inventory
    from npsstats.estimation.readiness.jobs import Job

__all__ = ["Ability", "Readiness", "readiness"]


class Ability(NamedTuple):
    """What comes of a job and what the data lack for it: words that every language can retell."""

    does: Said
    lacks: tuple[Said, ...]


@dataclass(frozen=True, repr=False)
class Readiness(Result):
    """A row a job: `job` (its command), `does`, `possible`, and what it `lacks`, in words.

    Attributes
    ----------
    columns
        table, column, rows: what was recognised, with the rows that hold something.
    rejected
        table, reason, rows: what cannot be used, and why.
    notes
        table, note: what was found out on reading, and what to doubt.
    margins
        of ("all", "a store", "a month"), n (answers, in the median), margin (± points).
    inventory
        Answers, stores, months.
    abilities
        A job each, as the rows of the frame.
    """

    columns: pd.DataFrame
    rejected: pd.DataFrame
    notes: pd.DataFrame
    margins: pd.DataFrame
    inventory: Inventory
    abilities: tuple[Ability, ...]

    title: ClassVar[str] = "What can be done with these answers"

    @override
    def headline(self) -> str:
        there, whole = self.inventory, self.margins.iloc[0]
        n = int(whole["n"])
        text = f"{n:,} {'answer' if n == 1 else 'answers'}"
        if there.stores:
            text += f" of {there.stores:,} {'store' if there.stores == 1 else 'stores'}"
        if there.months:
            text += f", {there.months} {'month' if there.months == 1 else 'months'}"
            text += f" ({there.first} to {there.last})"
        able = int(self.frame["possible"].sum())
        return (
            f"{text}: NPS {float(there.counts.nps[0]):+.1f} ± {whole['margin']:.1f} points. "
            f"{able} of {len(self.frame)} jobs can be done."
        )


def readiness(
    tables: Mapping[str, Intake],
    *,
    segments: Sequence[str] = (),
    unread: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> Readiness:
    """Say what can be done with the tables of a retailer.

    Parameters
    ----------
    tables
        Table → its intake, "responses" among them, all read beside each other.
    segments
        Columns of the answers with few values, by which they may be told apart.
    unread
        Table → why it cannot be read.
    level
        Of the margins.

    Raises
    ------
    InputError
        If there are no responses.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> answers = pd.DataFrame({"score": [9, 3, 10] * 20, "store_id": ["A", "B", "C"] * 20})
    >>> found = readiness({"responses": nps.read(answers, quiet=True)})
    >>> found.frame.loc[found.frame["job"] == "estimate --by month", "lacks"].item()
    'the column date'
    """
    if "responses" not in tables:
        raise InputError("`tables` must hold the answers, as `responses`.")
    there = take_stock(tables)
    answered = there.tables["responses"]
    own = [name for name in segments if name in answered]
    rows, abilities = [], []
    for job in JOBS:
        lacks = _lacks(job, there, own, unread or {})
        command = job.command
        if not lacks and _mixed(job, tables["responses"], there, own):
            command += f" {job.mixed}"
        command = command.replace("{segment}", quote(own[0]) if own else "SEGMENT")
        rows.append((command, job.does, not lacks, ", ".join(lacks)))
        abilities.append(Ability(job.does, tuple(lacks)))
    return Readiness(
        frame=pd.DataFrame(rows, columns=["job", "does", "possible", "lacks"]),
        diagnostics=_doubts(unread or {}),
        provenance=Provenance(
            method="what there is against what each job needs",
            options={"segments": own, "level": level},
            fingerprint=sha256("".join(map(repr, tables.values())).encode()).hexdigest()[:16],
        ),
        columns=sizes(there),
        rejected=pd.DataFrame(
            [(name, *each) for name, one in tables.items() for each in one.reasons.items()],
            columns=["table", "reason", "rows"],
        ),
        notes=pd.DataFrame(
            [(name, note) for name, one in tables.items() for note in one.notes],
            columns=["table", "note"],
        ),
        margins=_margins(tables["responses"], there, level),
        inventory=there,
        abilities=tuple(abilities),
    )


def _lacks(
    job: Job, there: Inventory, segments: Sequence[str], unread: Mapping[str, str]
) -> list[Said]:
    """Return what a job lacks, each in a few words: columns, tables, then numbers."""
    answered = there.tables["responses"]
    lacking = [
        said("the column {column}", column=_or(name))
        for name in job.columns
        if not _holds(answered, name)
    ]
    for table, columns in job.tables.items():
        if table not in there.tables:
            lacking.append(
                said("the table {table}, which cannot be read", table=table)
                if table in unread
                else said("the table {table}", table=table)
            )
            continue
        held = there.tables[table]
        lacking += [
            said("the column {column} of {table}", column=_or(name), table=table)
            for name in columns
            if not _holds(held, name)
        ]
    if len(segments) < job.segments:
        lacking.append(said("a column of few values, such as a channel or a region"))
    if lacking:
        return lacking
    n = int(there.counts.n.sum())
    if n < job.answers:
        lacking.append(said("{least} answers (there are {got:,})", least=job.answers, got=n))
    if there.stores < job.stores:
        lacking.append(
            said("{least} stores (there are {got:,})", least=job.stores, got=there.stores)
        )
    if there.months < job.periods:
        lacking.append(
            said("{least} months (there are {got:,})", least=job.periods, got=there.months)
        )
    return lacking


def _mixed(job: Job, answers: Intake, there: Inventory, segments: Sequence[str]) -> bool:
    """Return whether the cells of a job mix kinds of survey so that it is refused raw."""
    key = job.cells.replace("{segment}", segments[0] if segments else "")
    known = key == "month" or key in there.tables["responses"]
    if not key or not known or key == KIND or KIND not in there.tables["responses"]:
        return False
    return mix_effect(count(answers, by=[key, KIND]), [key]).unlike


def _holds(columns: Mapping[str, int], name: str) -> bool:
    return any(each in columns for each in name.split("|"))


def _or(name: str) -> str | Said:
    first, *others = name.split("|")
    return reduce(lambda one, other: said("{one} or {other}", one=one, other=other), others, first)


def _margins(answers: Intake, there: Inventory, level: float) -> pd.DataFrame:
    """Return what margin the answers give: all, and those of a store and of a month."""
    row = tango(there.counts, level=level).frame.iloc[0]
    found = [("all", int(row["n"]), (row["upper"] - row["lower"]) / 2)]
    for what, key, several in (
        ("a store", "store_id", there.stores),
        ("a month", "month", there.months),
    ):
        if several > 1:
            n = max(int(np.median(count(answers, by=key).n)), 1)
            found.append((what, n, margin(n, counts=there.counts, level=level).frame["margin"][0]))
    return pd.DataFrame(found, columns=["of", "n", "margin"])


def _doubts(unread: Mapping[str, str]) -> tuple[Said, ...]:
    return tuple(
        said("The table {table} cannot be read: {why}", table=table, why=why)
        for table, why in unread.items()
    )
