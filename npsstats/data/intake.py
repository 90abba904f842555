"""Rows in: accepted rows, and rejected rows with a reason each. Nothing is dropped in silence."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from npsstats.checks import InputError
from npsstats.data.doubts import doubts_of
from npsstats.data.line_numbers import with_lines
from npsstats.data.prepared import Prepared, expected, prepare, tally
from npsstats.data.sources import Options, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir
    import numpy as np
    from numpy.typing import NDArray

    from npsstats.data.tables import Table

__all__ = ["Intake", "finish", "read"]

UNREADABLE = "line unreadable"


@dataclass(frozen=True, repr=False, eq=False)
class Intake:
    """What a source gave: the rows that can be used, and the others with the reason.

    Attributes
    ----------
    accepted
        Ibis table, lazy: the canonical columns and the segments that were mapped. `score` is the
        bin from 0 to 10, dates are dates, blank text is null.
    rejected
        Ibis table, lazy: `row` (place among the rows that could be read, from 1; null where the
        source has no order), `reason`, the mapped columns as text as the source holds them, and
        `line` (number and text of a line that is no row at all; `write_rejects` says the lines of
        rows too).
    n_accepted, n_rejected
        Rows; together they are all rows of the source.
    reasons
        Reason → rejected rows, most frequent first.
    notes
        What was found out (encoding, separator, order of dates) and what to doubt.
    source
        What was read; holds no password.
    table
        Name of the table it was read as.
    scale
        The declared scale (lo, hi).
    """

    accepted: ir.Table
    rejected: ir.Table
    n_accepted: int
    n_rejected: int
    reasons: dict[str, int]
    notes: tuple[str, ...]
    source: str
    table: str = "responses"
    scale: tuple[int, int] = (0, 10)
    _lines: Callable[[NDArray[np.int64]], NDArray[np.int64] | None] | None = None

    def __repr__(self) -> str:
        total = self.n_accepted + self.n_rejected
        text = f"{self.source}: {self.n_accepted:,} of {total:,} {self.table} accepted"
        if self.n_rejected:
            listed = ", ".join(f"{reason} {rows:,}" for reason, rows in self.reasons.items())
            text += f", {self.n_rejected:,} rejected ({listed})"
        return "; ".join((text, *self.notes)) + "."

    def write_rejects(self, path: str | Path) -> Path:
        """Write the rejected rows to a file, in the order of the source.

        `line` is where the row stands in a text file, its header counted, as an editor or a
        spreadsheet counts; empty where that cannot be known.

        Parameters
        ----------
        path
            A name ending in `.csv` (UTF-8) or `.parquet`.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        InputError
            If the name ends otherwise, or the folder is not there.
        """
        path = Path(path)
        if not path.parent.is_dir():
            raise InputError(f"There is no folder {str(path.parent)!r} to write the rejects to.")
        rows = with_lines(self.rejected, self._lines).order_by("row")
        if path.suffix.lower() == ".csv":
            rows.to_csv(path)
        elif path.suffix.lower() == ".parquet":
            rows.to_parquet(path)
        else:
            raise InputError(f"`path` must end in .csv or .parquet, got {path.name!r}.")
        return path


def read(
    source: Any,
    columns: Mapping[str, str | int] | None = None,
    *,
    table: str | Table = "responses",
    rest: bool = False,
    segments: Sequence[str] = (),
    scale: tuple[int, int] = (0, 10),
    sheet: str | int | None = None,
    name: str | None = None,
    sep: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    date_format: Literal["dmy", "mdy", "ymd"] | None = None,
    decimal: Literal[".", ","] | None = None,
    today: date | None = None,
    beside: Intake | None = None,
    quiet: bool = False,
) -> Intake:
    """Read a table and judge each of its rows.

    A text file is copied once, as text, into a temporary Parquet file; what is not in memory
    stays there: accepted and rejected rows are queries, and memory stays flat however long the
    source is.

    Parameters
    ----------
    source
        A path (CSV, TSV, TXT, also gzip-compressed; Parquet; Excel), a database URL
        (`postgres://user:password@host/database#schema.table`, `duckdb://file.db#table`), a
        pandas or Polars frame, an Arrow table, or an Ibis table.
    columns
        Canonical name → the source's column, by name or by position from 1. Other names than
        those of `npsstats.data.tables` are kept as segments. None takes the canonical names that
        are there.
    rest
        Take, beside those in `columns`, every other column of the source whose name is canonical.
        Columns that are called otherwise and look like one are then named in the notes.
    table
        Which table it is: responses, invitations, purchases, callbacks or stores; or a `Table`
        of one's own, which declares its columns.
    segments
        Further columns of the source to keep, under their own names.
    scale
        The scale of the scores, (lo, hi). It is declared, never guessed: (0, 10); (1, 10), whose
        values keep their meaning; (1, 11) or any other of eleven steps, moved to 0–10.
    sheet
        An Excel sheet, by name or by position from 1.
    name
        A database table's name, where the URL does not give it.
    sep, encoding
        Separator and encoding of a text file, found out if None.
    header
        Whether the first line names the columns. None takes it for the header, unless it looks
        like data: then you are asked.
    date_format
        Order of day and month in dates written with the year last, found out if None. Dates with
        the year first are always read as such.
    decimal
        Decimal mark of numbers written with commas, found out if None.
    today
        Dates after it are in the future; default, the day it is.
    beside
        An earlier intake of files or frames whose tables shall be joined with this one.
    quiet
        Do not print the line that says what happened (standard error).

    Returns
    -------
    Intake
        Accepted rows, rejected rows with reasons, counts and notes.

    Raises
    ------
    InputError
        If the source or a column is not there, what was found is ambiguous, or nothing in it can
        be used.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"note": ["9", "10,0", "11", ""], "shop": [1, 1, 2, 2]})
    >>> intake = read(answers, {"score": "note", "store_id": "shop"}, quiet=True)
    >>> intake.reasons
    {'score missing': 1, 'score out of range': 1}
    >>> intake.accepted.score.to_list()
    [9, 10]
    """
    prepared = prepare(
        source,
        columns,
        table=table,
        rest=rest,
        segments=segments,
        scale=scale,
        options=Options(sep=sep, encoding=encoding, header=header, sheet=sheet, name=name),
        date_format=date_format,
        decimal=decimal,
        today=today,
        beside=beside.accepted if beside else None,
    )
    judged = prepared.judged
    summary = judged.group_by("reason").aggregate(**tally(judged, prepared.plan))
    intake = finish(prepared, summary.to_pyarrow().to_pylist())
    if not quiet:
        print(intake, file=sys.stderr)  # noqa: T201 - the one line that says what happened
    return intake


def finish(prepared: Prepared, summary: Sequence[Mapping[str, Any]]) -> Intake:
    """Return the intake of a source whose rows have been counted.

    Parameters
    ----------
    prepared
        The source.
    summary
        Mappings with `reason` (None for accepted rows), `n`, and where known `zeros`, `elevens`,
        `below` (rows with these scores, or one below 0) and `blank …`, as `tally` makes them. A
        reason may come twice.

    Raises
    ------
    InputError
        If no row can be used.
    """
    plan, judged = prepared.plan, prepared.judged
    counted: Counter[str | None] = Counter()
    others: Counter[str] = Counter()
    for line in summary:
        counted[line["reason"]] += line["n"]
        if line["reason"] is None:
            others["zeros"] += line.get("zeros") or 0
        for name in ("elevens", "below"):
            others[name] += line.get(name) or 0
        for name in line:
            if name.startswith("blank "):
                others[name] += line[name] or 0
    accepted = counted.pop(None, 0)
    if prepared.broken is not None and (lines := prepared.broken.count().to_pyarrow().as_py()):
        counted[UNREADABLE] = int(lines)
    often = sorted((-rows, str(reason)) for reason, rows in counted.items())
    reasons = {reason: -rows for rows, reason in often}
    if not accepted:
        raise InputError(_nothing(prepared, reasons))
    return Intake(
        accepted=judged.filter(judged.reason.isnull()).select(*plan.places),
        rejected=_rejected(prepared),
        n_accepted=accepted,
        n_rejected=sum(reasons.values()),
        reasons=reasons,
        notes=(*prepared.notes, *doubts_of(plan, accepted, others)),
        source=prepared.source.label,
        table=plan.table.name,
        scale=plan.facts.scale,
        _lines=prepared.lines,
    )


def _rejected(prepared: Prepared) -> ir.Table:
    import ibis

    judged, names = prepared.judged, prepared.plan.places
    bad = judged.filter(judged.reason.notnull())
    rejected = bad.select(
        "row",
        "reason",
        **{name: bad[f"cell {name}"] for name in names},
        line=ibis.null("string"),
    )
    broken = prepared.broken
    if broken is None:
        return rejected
    return rejected.union(
        broken.select(
            row=ibis.null("int64"),
            reason=ibis.literal(UNREADABLE),
            **{name: ibis.null("string") for name in names},
            line="line " + broken.line.cast("string") + ": " + broken.text,
        )
    )


def _nothing(prepared: Prepared, reasons: Mapping[str, int]) -> str:
    """Return the words for a source in which no row can be used."""
    label, plan, judged = prepared.source.label, prepared.plan, prepared.judged
    if not reasons:
        return f"{label} holds no rows. {listed(prepared.source)}"
    main = next(iter(reasons))
    why = ", ".join(f"{reason} {rows:,}" for reason, rows in reasons.items())
    text = f"Nothing in {label} can be used: {sum(reasons.values()):,} rows rejected ({why})."
    for name, place in plan.places.items():
        column = plan.table.column(name)
        if not main.startswith(f"{column.label} "):
            continue
        bad = judged.filter(judged.reason.startswith(f"{column.label} "))
        bad = bad.select(cell=f"cell {name}", absent=bad.reason.endswith(" missing"))
        often = bad.group_by("absent", "cell").aggregate(n=bad.count())
        often = often.order_by("absent", often.n.desc(), "cell").limit(5)
        found = ", ".join(
            "blank" if row["cell"] is None else repr(row["cell"][:40])
            for row in often.to_pyarrow().to_pylist()
        )
        where = prepared.source.names[place]
        return (
            f"{text} `{name}` was read from column {where!r}: expected "
            f"{expected(column, plan.facts)}, found {found}. {listed(prepared.source)}"
        )
    return f"{text} Check the separator and the header. {listed(prepared.source)}"
