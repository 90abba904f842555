"""What the signs of gaming are read from, counted in the database: no answer leaves it.

Answers by store and profile of closed questions, answers by store and day, repeats by store,
invitations by store and profile. No customer and no verbatim is in what comes up.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.checks import InputError
from npsstats.data.intake import Intake, read
from npsstats.data.network import NetworkConfig
from npsstats.data.simulate import SimulatedNetwork
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["IntegrityCounts", "count_integrity"]

_CLOSED = ("csat", "ces")
_STRATA = ("country", "channel", "kind", "question_position")
_INVITATION_STRATA = ("channel", "kind", "question_position", "reminder", "past_invitations")
_MOST_ASKED = 3  # past invitations are told apart up to so many
_MOST_LEVELS = 12  # a closed question with more different values is cut into tenths of its range
_LEAST_LETTERS = 20  # shorter verbatims ("rien à signaler") are repeated by honest people


@dataclass(frozen=True, eq=False)
class IntegrityCounts:
    """Counts by store, from which every sign of gaming is read.

    Attributes
    ----------
    stores
        Labels of the stores with answers, in order.
    answers
        A row a store and profile: `store` (position), the columns of `closed` and `strata`, n,
        promoters (9 and 10) and tens.
    closed, strata
        Closed questions, and the facts of the survey that scores depend on, in `answers`.
    days
        `store`, `day` (days since 1970-01-01) and n; or None.
    repeats
        Kind (customers, texts, rows) → frame with `store`, extra (answers that repeat an earlier
        one) and chances (answers, or pairs of verbatims, that could have).
    invitations
        A row a store and profile: `store`, profile columns, n and answered; or None.
    absent
        What could not be counted → why.
    """

    stores: tuple[str, ...]
    answers: pd.DataFrame
    closed: tuple[str, ...]
    strata: tuple[str, ...]
    days: pd.DataFrame | None
    repeats: dict[str, pd.DataFrame]
    invitations: pd.DataFrame | None
    absent: dict[str, str]

    @property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of all counts."""
        parts = [self.answers, self.days, *self.repeats.values(), self.invitations]
        text = "".join(part.to_csv(index=False) for part in parts if part is not None)
        return sha256((repr(self.stores) + text).encode()).hexdigest()[:16]


def count_integrity(
    data: Any, invitations: Any = None, *, closed: Sequence[str] | None = None
) -> IntegrityCounts:
    """Count what the signs of gaming are read from, inside the database.

    Parameters
    ----------
    data
        A `SimulatedNetwork`, a `NetworkConfig` (whose invitations are read too), an `Intake` of
        responses, or anything that `read` takes.
    invitations
        An `Intake` of invitations, anything that `read` takes, or None.
    closed
        Closed questions that tell how satisfied a customer is; None takes `csat` and `ces` where
        they are. Others are segments of the responses.

    Raises
    ------
    InputError
        If there is no store, or a closed question is not there.
    """
    segments = [name for name in closed or () if name not in _CLOSED]
    responses, asked = _intakes(data, invitations, segments)
    rows = responses.accepted
    if "store_id" not in rows.columns:
        raise InputError(
            "Signs of gaming are looked for store by store, and the answers have no `store_id`. "
            "Map it when reading: columns={'store_id': ...}."
        )
    for name in closed or ():
        if name not in rows.columns:
            raise InputError(
                f"`closed` names {name!r}, which is not among {', '.join(rows.columns)}. Map it "
                "when reading, as a segment."
            )
    rows = rows.drop_null("store_id")
    rows = rows.mutate(store=rows.store_id.cast("string"))
    questions = tuple(closed if closed is not None else (n for n in _CLOSED if n in rows.columns))
    strata = tuple(name for name in _STRATA if name in rows.columns)
    absent: dict[str, str] = {}
    answers = _profiles(rows, questions, strata)
    stores = tuple(sorted(answers["store"].unique()))
    if not questions:
        absent["tens_given_closed"] = said("the answers have no closed question (csat, ces …)")
    days = None
    if "date" in rows.columns:
        days = _fetch(rows.group_by("store", day=rows.date).aggregate(n=rows.count()))
        days["day"] = days["day"].to_numpy("datetime64[D]").astype(np.int64)
    else:
        absent["bursts"] = said("the answers have no date")
    repeats = _repeats(responses, rows, absent)
    sent = _sent(asked, absent)
    if sent is not None:
        # an invitation to a store without any answer tells nothing of begging
        sent = _numbered(sent[sent["store"].isin(stores)], stores)
    return IntegrityCounts(
        stores,
        _numbered(answers, stores),
        questions,
        strata,
        None if days is None else _numbered(days, stores),
        {name: _numbered(frame, stores) for name, frame in repeats.items()},
        sent,
        absent,
    )


def _numbered(frame: pd.DataFrame, stores: tuple[str, ...]) -> pd.DataFrame:
    """Return the frame with stores by their position, in an order that no database changes."""
    place = {store: position for position, store in enumerate(stores)}
    numbered = frame.assign(store=frame["store"].map(place).astype(np.int64))
    return numbered.sort_values(list(numbered.columns), ignore_index=True)


def _intakes(data: Any, invitations: Any, segments: Sequence[str]) -> tuple[Intake, Intake | None]:
    if isinstance(data, SimulatedNetwork):
        invitations = data.invitations if invitations is None else invitations
        data = data.responses
    elif isinstance(data, NetworkConfig):
        config, data = data, data.read(quiet=True)
        if invitations is None and "invitations" in config.sources:
            invitations = config.read("invitations", quiet=True)
    if not isinstance(data, Intake):
        data = read(data, segments=segments, quiet=True)
    if data.table != "responses":
        raise InputError(f"Gaming is looked for in responses, this intake holds {data.table}.")
    if invitations is not None and not isinstance(invitations, Intake):
        invitations = read(invitations, table="invitations", quiet=True)
    return data, invitations


def _fetch(expression: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = expression.to_pyarrow().to_pandas(integer_object_nulls=True)
    return frame


def _profiles(rows: ir.Table, closed: Sequence[str], strata: Sequence[str]) -> pd.DataFrame:
    keys: dict[str, Any] = {name: rows[name].cast("string") for name in strata}
    if closed:
        seen = rows.aggregate(
            **{
                f"{what} {name}": getattr(rows[name], what)()
                for name in closed
                for what in ("nunique", "min", "max")
            }
        )
        found = seen.to_pyarrow().to_pylist()[0]
    for name in closed:
        column = rows[name]
        low, high = found[f"min {name}"], found[f"max {name}"]
        if found[f"nunique {name}"] > _MOST_LEVELS:
            if not column.type().is_numeric():
                raise InputError(
                    f"`closed`: {name!r} holds {found[f'nunique {name}']} different texts, which "
                    "are no answers to a closed question. Leave it out."
                )
            tenth = (
                10 * (column.cast("float64") - float(low)) / (float(high) - float(low))
            ).floor()
            column = tenth.clip(upper=9)
        keys[name] = column.cast("string")
    grouped = rows.group_by("store", **keys).aggregate(
        n=rows.count(), promoters=(rows.score >= 9).sum(), tens=(rows.score == 10).sum()
    )
    frame = _fetch(grouped)
    for name in keys:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), "").astype(str)
    return frame.astype({"n": np.int64, "promoters": np.int64, "tens": np.int64})


def _repeats(responses: Intake, rows: ir.Table, absent: dict[str, str]) -> dict[str, pd.DataFrame]:
    found: dict[str, pd.DataFrame] = {}
    total = rows.group_by("store").aggregate(chances=rows.count())
    if "customer_id" in rows.columns and "date" in rows.columns:
        known = rows.drop_null("customer_id")
        same = known.group_by("store", "customer_id", "date").aggregate(n=known.count())
        extra = same.group_by("store").aggregate(extra=(same.n - 1).sum(), chances=same.n.sum())
        found["customers"] = _fetch(extra)
    else:
        absent["repeated_customers"] = said("the answers have no customer, or no date")
    if "verbatim" in rows.columns and "date" in rows.columns:
        found["texts"] = _fetch(_same_texts(rows))
    else:
        absent["repeated_texts"] = said("the answers have no verbatim, or no date")
    if "response_id" in rows.columns:
        rejected = responses.rejected.drop_null(["reason", "store_id"])
        twice = rejected.filter(rejected.reason.startswith("duplicate"))
        extra = twice.group_by(store=twice.store_id).aggregate(extra=twice.count())
        frame = _fetch(total).merge(_fetch(extra), on="store", how="left")
        found["rows"] = frame.fillna({"extra": 0})
    else:
        absent["repeated_rows"] = said("the answers have no number (response_id) to tell them by")
    usable = {}
    for name, frame in found.items():
        counted = frame.astype({"extra": np.int64, "chances": np.int64})
        if counted["chances"].sum():
            usable[name] = counted
        else:
            absent[f"repeated_{name}"] = said("too few answers hold one that could be repeated")
    return usable


def _same_texts(rows: ir.Table) -> ir.Table:
    """Count verbatims that another customer of the store wrote too, word for word, that week."""
    text = rows.verbatim.lower().re_replace(r"[^\p{L}\p{N}]+", " ").strip()
    written = rows.select("store", week=rows.date.truncate("W"), text=text, who=_who(rows))
    written = written.filter(written.text.length() >= _LEAST_LETTERS)
    same = written.group_by("store", "week", "text").aggregate(n=written.who.nunique())
    weeks = same.group_by("store", "week").aggregate(
        extra=(same.n - 1).sum(), pairs=same.n.sum() * (same.n.sum() - 1) / 2
    )
    return weeks.group_by("store").aggregate(
        extra=weeks.extra.sum(), chances=weeks.pairs.sum().cast("int64")
    )


def _who(rows: ir.Table) -> Any:
    """Return who answered, so that one customer who repeats himself is no copy of another."""
    import ibis

    if "customer_id" in rows.columns:
        return rows.customer_id.cast("string").fill_null("")
    return ibis.row_number().cast("string")


def _sent(asked: Intake | None, absent: dict[str, str]) -> pd.DataFrame | None:
    if asked is None:
        absent["response_rate"] = said("there are no invitations")
        return None
    rows = asked.accepted
    if "answered" in rows.columns:
        answered = rows.answered.fill_null(False)
    elif "response_id" in rows.columns:
        answered = rows.response_id.notnull()  # noqa: PD004 - Ibis, not pandas
    else:
        absent["response_rate"] = said("the invitations do not say which were answered")
        return None
    if "store_id" not in rows.columns:
        absent["response_rate"] = said("the invitations do not say for which store")
        return None
    keys: dict[str, Any] = {}
    for name in _INVITATION_STRATA:
        if name in rows.columns:
            column = rows[name]
            column = column.clip(upper=_MOST_ASKED) if name == "past_invitations" else column
            keys[name] = column.cast("string")
    rows = rows.mutate(**{f"key {name}": key for name, key in keys.items()}, came=answered)
    rows = rows.drop_null("store_id")
    grouped = rows.group_by(
        store=rows.store_id.cast("string"), **{name: rows[f"key {name}"] for name in keys}
    ).aggregate(n=rows.count(), answered=rows.came.cast("int64").sum())
    frame = _fetch(grouped)
    for name in keys:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), "").astype(str)
    return frame.astype({"n": np.int64, "answered": np.int64})
