"""The rows of a source with their meaning and, where they cannot be used, the reason.

One lazy expression: nothing is read here except what `find_facts` needs to know of a whole column
(the order of day and month, whether ids are whole numbers, whether a key repeats).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.data.cells import DateOrder, Facts, Shape, as_text, clean, missing
from npsstats.data.dates import COMPACT, YEAR_FIRST, YEAR_LAST
from npsstats.data.engine import ROW, cell_name
from npsstats.data.values import WHOLE_ID, read_cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from npsstats.data.tables import Table

__all__ = ["Plan", "find_facts", "judge", "without_repeats"]

_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+$"
_DECIMAL_COMMA = r"^[^,]*,([0-9]{1,2}|[0-9]{4,})$|\..*,|[0-9]{4,},|^[+-]?0,"
_DECIMAL_POINT = r"[0-9],[0-9]{3}\."
_NAMES = {"dmy": "day/month/year", "mdy": "month/day/year"}


@dataclass(frozen=True)
class Plan:
    """How the columns of a source become those of a table.

    Attributes
    ----------
    table
        The table that is declared.
    places
        Canonical name or segment → position of the source's column, in the table's order.
    facts
        Scale, today's date and what was found out.
    text
        The source's cells are text by nature.
    unique
        No key was seen twice, so that duplicates need not be looked for again.
    """

    table: Table
    places: Mapping[str, int]
    facts: Facts
    text: bool = False
    unique: bool = False

    def cell(self, rows: ir.Table, name: str) -> ir.Value:
        """Return the source's cell for a canonical name."""
        return rows[cell_name(self.places[name])]


def judge(rows: ir.Table, plan: Plan) -> ir.Table:
    """Return every row with its values, its cells as text, and the reason to reject it or null.

    Parameters
    ----------
    rows
        Columns named by `cell_name`, and `row` where the source has an order.
    plan
        What they mean.

    Returns
    -------
    ibis.Table
        `row` (from 1, null where the source has no order), `reason`, the canonical names and
        segments, `cell …` (each source cell as text), and `blank …` (true where an optional cell
        held something that cannot be used, so that its value is null).
    """
    import ibis

    faults: list[Any] = []
    fines: list[Any] = []
    quick = False
    values: dict[str, Any] = {}
    cells: dict[str, Any] = {}
    blanks: dict[str, Any] = {}
    for name in plan.places:
        column = plan.table.column(name)
        cell = plan.cell(rows, name)
        reading = read_cell(column, cell, plan.facts)
        cells[f"cell {name}"] = cell if cell.type().is_string() else cell.cast("string")
        absent = [rule for reason, rule in reading.faults if reason.endswith(" missing")]
        wrong = [rule for reason, rule in reading.faults if not reason.endswith(" missing")]
        values[name] = reading.value
        if column.filled:
            faults += [(rule, reason) for reason, rule in reading.faults]
            quick |= reading.fine is not None
            none = ~ibis.or_(*(rule for _, rule in reading.faults))
            fines.append(none if reading.fine is None else reading.fine)
        elif wrong:
            void = ibis.null(reading.value.type())
            values[name] = ibis.cases(
                *((rule, void) for rule in (*absent, *wrong)), else_=reading.value
            )
            blanks[f"blank {name}"] = ~ibis.or_(*absent) & ibis.or_(*wrong)
    row = (rows[ROW] + 1).cast("int64") if ROW in rows.columns else ibis.null("int64")
    nothing = ibis.null("string")
    if quick:
        faults.insert(0, (ibis.and_(*fines), nothing))
    reason = ibis.cases(*faults, else_=nothing) if faults else nothing
    return rows.select(row=row, reason=reason, **values, **cells, **blanks)


def without_repeats(judged: ir.Table, plan: Plan) -> ir.Table:
    """Return judged rows, all usable rows of a key rejected but the first: by day, then by content.

    For sources whose rows have no order of their own, and no number to tell them by.
    """
    import ibis

    key = judged[plan.table.key]
    usable = judged.reason.isnull() & key.notnull()
    order = [judged[name] for name in sorted(plan.places, key=_dates_first)]
    rank = ibis.row_number().over(group_by=[key, usable], order_by=order)
    ranked = judged.mutate(npsstats_repeat=usable & (rank > 0))
    reason = ibis.cases(
        (ranked.npsstats_repeat, f"duplicate {plan.table.noun}"), else_=ranked.reason
    )
    return ranked.mutate(reason=reason).drop("npsstats_repeat")


def _dates_first(name: str) -> tuple[bool, str]:
    return (not name.endswith("date"), name)


def find_facts(
    rows: ir.Table, plan: Plan, date_format: DateOrder | None, decimal: str | None
) -> tuple[Plan, tuple[str, ...]]:
    """Look once at all rows for what no single cell tells.

    Returns
    -------
    tuple of Plan and notes
        The plan with its facts, and sentences on what was found.

    Raises
    ------
    InputError
        If the order of day and month, or the decimal mark, is ambiguous.
    """
    asked = _questions(rows, plan)
    answers: dict[str, Any] = {}
    if asked:
        found = rows.aggregate(**asked).to_pyarrow().to_pylist()[0]
        answers = {name: value or 0 for name, value in found.items()}
    notes: list[str] = []
    shapes: dict[str, tuple[Shape, ...]] = {}
    decimals: dict[str, str] = {}
    whole: set[str] = set()
    for name in plan.places:
        kind = plan.table.column(name).kind
        if kind == "date" and f"late {name}" in answers:
            written: list[Shape] = [
                shape for shape in ("ymd", "compact") if answers[f"{shape} {name}"]
            ]
            if answers[f"late {name}"]:
                order = date_format or _order(name, answers)
                written.append(order)
                if not date_format:
                    notes.append(f"{name} read as {_NAMES[order]}")
            shapes[name] = tuple(written) or ("ymd",)
        elif kind == "date" and getattr(plan.cell(rows, name).type(), "timezone", None):
            notes.append(f"{name} holds moments with a time zone: days are those of UTC")
        elif kind == "number" and answers.get(f"commas {name}"):
            decimals[name] = decimal or _decimal(name, answers)
        elif kind == "id" and f"ids {name}" in answers and _all_whole(name, answers):
            whole.add(name)
    key = plan.table.key
    facts = replace(plan.facts, shapes=shapes, decimals=decimals, whole_ids=frozenset(whole))
    unique = answers.get("keys", 0) == answers.get("different keys", 0)
    return replace(plan, facts=facts, unique=unique or key not in plan.places), tuple(notes)


def _questions(rows: ir.Table, plan: Plan) -> dict[str, Any]:
    """Return the aggregates that answer what has to be known of this source."""
    import ibis

    asked: dict[str, Any] = {}
    for name in plan.places:
        kind = plan.table.column(name).kind
        cell: Any = plan.cell(rows, name)
        written = cell.type().is_string()
        if kind == "date" and written:
            text = clean(cell)
            late = text.re_search(YEAR_LAST)
            asked[f"ymd {name}"] = text.re_search(YEAR_FIRST).sum()
            asked[f"compact {name}"] = text.re_search(COMPACT).sum()
            asked[f"late {name}"] = late.sum()
            # a point between day and month is never American
            asked[f"dmy {name}"] = text.re_search(r"^(1[3-9]|2[0-9]|3[01])[-/.]|^[0-9]+\.").sum()
            asked[f"mdy {name}"] = text.re_search(r"^[0-9]{1,2}[-/](1[3-9]|2[0-9]|3[01])[-/]").sum()
            asked[f"sample {name}"] = text.max(where=late)
        elif kind == "number" and written:
            text = clean(cell)
            asked[f"commas {name}"] = text.contains(",").sum()
            asked[f"thousands {name}"] = text.re_search(_THOUSANDS).sum()
            asked[f"comma {name}"] = text.re_search(_DECIMAL_COMMA).sum()
            asked[f"point {name}"] = text.re_search(_DECIMAL_POINT).sum()
        elif name == "store_id" and written and plan.text:
            text = as_text(cell)
            asked[f"ids {name}"] = (~missing(text)).sum()
            asked[f"whole {name}"] = text.re_search(WHOLE_ID).sum()
        elif kind == "id" and cell.type().is_floating():
            asked[f"ids {name}"] = (cell.notnull() & ~cell.isnan()).sum()
            near = cell.abs() < 1e15
            asked[f"whole {name}"] = ibis.cases((near, cell == cell.floor()), else_=False).sum()
        elif kind == "id" and cell.type().is_decimal():
            asked[f"ids {name}"] = cell.count()
            asked[f"whole {name}"] = (cell == cell.floor()).sum()
    if plan.table.key in plan.places:
        key: Any = plan.cell(rows, plan.table.key)
        key = as_text(key) if key.type().is_string() else key
        asked["keys"] = key.count()
        asked["different keys"] = key.nunique()
    return asked


def _all_whole(name: str, answers: dict[str, Any]) -> bool:
    return bool(answers[f"ids {name}"] == answers[f"whole {name}"] > 0)


def _order(name: str, answers: dict[str, Any]) -> DateOrder:
    day_first, month_first = answers[f"dmy {name}"], answers[f"mdy {name}"]
    # a few slips do not make an order; as many days on either side do not make one at all
    if day_first > 20 * month_first:
        return "dmy"
    if month_first > 20 * day_first:
        return "mdy"
    sample = answers[f"sample {name}"]
    seen = "both orders occur" if day_first else "no day is above 12"
    raise InputError(
        f"`{name}`: day and month cannot be told apart (such as {sample!r}; {seen}). Say "
        'date_format="dmy" for day/month/year or date_format="mdy" for month/day/year.'
    )


def _decimal(name: str, answers: dict[str, Any]) -> str:
    comma, point = answers[f"comma {name}"], answers[f"point {name}"]
    if comma > 20 * point or not answers[f"thousands {name}"] + point:
        return ","
    if point > 20 * comma:
        return "."
    raise InputError(
        f"`{name}`: a comma can mark decimals or thousands (such as 1,234). "
        'Say decimal="," or decimal=".".'
    )
