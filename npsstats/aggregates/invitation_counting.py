"""Invitations and their answers → counts, in one join and one group-by inside the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.bins import binned
from npsstats.aggregates.counting import PERIODS, _fetch, _label
from npsstats.aggregates.invitations import InvitationCounts, collapsed
from npsstats.aggregates.scores import NONE
from npsstats.checks import InputError, one_of
from npsstats.data.intake import Intake, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

__all__ = ["count_invitations", "read_table"]

_LINKS = ("invitation_id", "response_id")


def count_invitations(
    data: Any,
    by: str | Sequence[str],
    *,
    responses: Any = None,
    bins: Mapping[str, Sequence[float]] | None = None,
) -> InvitationCounts:
    """Count invitations and answers in every cell, inside the database.

    Parameters
    ----------
    data
        An `Intake` of invitations, an Ibis table with canonical columns, or anything that `read`
        takes.
    by
        Key or keys: columns of the invitations, or "year", "quarter", "month", "week" of the
        day of sending.
    responses
        The answers, likewise, joined by `invitation_id` or else `response_id`; their scores are
        then counted too, by what is known of the invitation. An intake must have been read with
        `beside=` the invitations. Without them, `answered` or `response_id` of the invitations
        says who answered.
    bins
        Key → ascending cuts, for keys that are numbers: {"past_invitations": [1, 3]} makes
        "under 1", "1 to under 3" and "3 and more".

    Returns
    -------
    InvitationCounts
        Cells sorted by label.

    Raises
    ------
    InputError
        If a key or a link between the tables is not there, or an invitation has two answers.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> sent = pd.DataFrame(
    ...     {
    ...         "date": "2025-03-14",
    ...         "customer_id": [1, 2, 3, 4],
    ...         "channel": ["sms", "email", "email", "email"],
    ...         "answered": [True, True, False, False],
    ...     }
    ... )
    >>> counts = nps.count_invitations(nps.read(sent, table="invitations", quiet=True), "channel")
    >>> counts.frame.round(2)
      channel  invited  answered  rate
    0   email        3         1  0.33
    1     sms        1         1  1.00
    """
    keys = [by] if isinstance(by, str) else list(by)
    if not keys or len(set(keys)) != len(keys):
        raise InputError(f"`by` must name keys, each once, got {keys!r}.")
    derived = [key for key in keys if key not in PERIODS]
    sent, beside = read_table(data, "invitations", derived, None)
    groups = _groups(sent, keys, dict(bins or {}))
    if responses is None:
        flag = _answered(sent)
        grouped = sent.group_by(**groups).aggregate(
            invited=sent.count(), answered=flag.cast("int64").sum()
        )
        cells, totals = _labelled(_fetch(grouped), keys)
        numbers = totals[["invited", "answered"]].fillna(0).to_numpy(np.int64)
        return collapsed(cells, numbers[:, 0], numbers[:, 1], None)
    came, _ = read_table(responses, "responses", (), beside)
    cells, totals = _labelled(_fetch(_joined(sent, came, groups)), keys)
    n = totals["n"].to_numpy(np.int64)
    _refuse_repeats(int(n.sum()), sent)
    table = np.zeros((len(totals), 11), dtype=np.int64)
    rows = np.flatnonzero(totals["score"].notna())
    table[rows, totals["score"].iloc[rows].astype(int)] = n[rows]
    return collapsed(cells, n, table.sum(axis=1), None, table)


def read_table(
    data: Any, name: str, segments: Sequence[str], beside: Intake | None
) -> tuple[ir.Table, Intake | None]:
    """Return a table of canonical columns, and the intake that it was read by, if any.

    Raises
    ------
    InputError
        If an intake holds another table than `name`.
    """
    import ibis

    if isinstance(data, ibis.Table):
        return data, None
    if not isinstance(data, Intake):
        data = read(data, table=name, segments=segments, beside=beside)
    if data.table != name:
        raise InputError(f"This needs {name}, but the intake holds {data.table}.")
    return data.accepted, data


def _groups(table: ir.Table, keys: Sequence[str], bins: dict[str, Sequence[float]]) -> Any:
    groups: dict[str, Any] = {}
    for key in bins:
        one_of("bins", key, keys)
    for place, key in enumerate(keys):
        if key in table.columns:
            column = table[key]
            groups[f"key {place}"] = binned(column, key, bins[key]) if key in bins else column
        elif key in PERIODS and "date" in table.columns:
            groups[f"key {place}"] = table["date"].truncate(PERIODS[key])
        else:
            raise InputError(
                f"`by`: there is no {key!r} among the invitations' {', '.join(table.columns)}. "
                f"When reading, map it: columns={{{key!r}: ...}}."
            )
    return groups


def _answered(table: ir.Table) -> ir.BooleanValue:
    if "answered" in table.columns:
        return table["answered"].fill_null(False)
    if "response_id" in table.columns:
        return table["response_id"].notnull()  # noqa: PD004 - Ibis, not pandas
    raise InputError(
        "The invitations do not say who answered: map `answered` or `response_id`, or hand over "
        "the answers as `responses`."
    )


def _joined(sent: ir.Table, came: ir.Table, groups: Any) -> ir.Table:
    """Return the invitations by their keys and by the score of their answer, null where none.

    One join and one group-by: who was asked and what they said come out of the same scan.
    """
    link = next((key for key in _LINKS if key in sent.columns and key in came.columns), None)
    if link is None:
        raise InputError(
            "Answers and invitations have no column in common to join them by: map "
            "`invitation_id` (or `response_id`) in both."
        )
    if sent.get_backend() is not came.get_backend():
        raise InputError(
            "Answers and invitations are in different databases. Read the answers with "
            "beside=invitations, or hand over both as frames or paths."
        )
    alike = sent[link].type() == came[link].type()
    mine, theirs = (side[link] if alike else side[link].cast("string") for side in (sent, came))
    answers = came.filter(came[link].notnull())  # noqa: PD004 - Ibis, not pandas
    answers = answers.select(npsstats_link=theirs, score=came["score"])
    asked = sent.select(npsstats_asked=mine, **groups)
    joined = asked.left_join(answers, [("npsstats_asked", "npsstats_link")])
    return joined.group_by([*groups, "score"]).aggregate(n=joined.count())


def _refuse_repeats(total: int, sent: ir.Table) -> None:
    """Refuse answers that repeat each other: their invitations came out of the join twice."""
    surplus = total - int(sent.count().to_pyarrow().as_py())
    if surplus:
        raise InputError(
            f"{surplus:,} answers repeat the invitation of another one. Keep one answer an "
            "invitation."
        )


def _labelled(grouped: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the labels and the numbers of a query, sorted by label."""
    names = [f"key {place}" for place in range(len(keys))]
    for name, key in zip(names, keys, strict=True):
        values = _label(grouped[name], key).astype(object)
        grouped[name] = values.where(values.notna(), NONE)
    order = grouped[names].apply(lambda column: pd.factorize(column.astype(str), sort=True)[0])
    place = order.sort_values(names, kind="stable").index
    grouped = grouped.loc[place].reset_index(drop=True)
    cells = grouped[names].infer_objects()
    cells.columns = pd.Index(keys)
    return cells, grouped
