"""The tables a retailer has: columns, types, ranges, keys.

These are facts, not code: intake reads and judges every table by what is declared here, the
simulated network writes tables that satisfy it, and the documentation prints it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from npsstats.checks import one_of

__all__ = ["TABLES", "Column", "Kind", "Table", "table_named"]

type Kind = Literal["id", "text", "score", "whole", "number", "date", "moment", "flag"]


@dataclass(frozen=True)
class Column:
    """One column of a table, under its canonical name.

    Attributes
    ----------
    name
        The name that every analysis uses.
    kind
        `id` (text or whole number, compared for equality), `text`, `score` (a whole number on the
        declared scale), `whole` (whole number), `number`, `date`, `moment` (day and time) or
        `flag` (yes or no).
    meaning
        What it holds, with its unit.
    label
        The word for it in a rejection's reason ("store missing").
    required
        The table cannot be read without this column.
    filled
        A row that lacks a usable value here is rejected. In a column that is not filled, a value
        that cannot be used is left empty and counted in the notes.
    low, high
        The smallest and the largest value that make sense, or None.
    future
        A date after today makes sense.
    """

    name: str
    kind: Kind
    meaning: str
    label: str
    required: bool = False
    filled: bool = False
    low: float | None = None
    high: float | None = None
    future: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its columns in order, its key, and the words for its rows.

    Attributes
    ----------
    name
        The table's name, which is also the plural of its rows.
    noun
        One of its rows ("answer"), as in the reason "duplicate answer".
    key
        The column whose values differ between rows. Duplicates are judged when it is mapped.
    columns
        The canonical columns. The order is that in which a row's faults are judged: a row with
        two of them is rejected for the first.
    """

    name: str
    noun: str
    key: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical names, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of that name; any other name is a segment, read as text."""
        for column in self.columns:
            if column.name == name:
                return column
        return Column(name, "text", "segment", name)


_CUSTOMER = Column("customer_id", "id", "the customer, the same in every table", "customer")
_STORE = Column("store_id", "id", "the store, the same in every table", "store")
_CHANNEL = Column("channel", "text", "how the survey was sent: email, sms, phone…", "channel")
_KIND = Column("kind", "text", "kind of survey: transactional, relational…", "kind")
_COUNTRY = Column("country", "text", "country of the store or the site", "country")
_JOURNEY = Column("journey", "text", "what the customer went through: purchase, return…", "journey")
_POSITION = Column(
    "question_position", "text", "where the NPS question stood: first, last…", "question position"
)
_DELAY = Column("delay_hours", "number", "hours from the experience to the survey", "delay", low=0)

RESPONSES = Table(
    name="responses",
    noun="answer",
    key="response_id",
    columns=(
        Column(
            "score",
            "score",
            "how likely the customer is to recommend, on the declared scale",
            "score",
            required=True,
            filled=True,
        ),
        Column("store_id", "id", "the store that is judged", "store", filled=True),
        Column("date", "date", "day of the answer", "date", filled=True),
        Column("response_id", "id", "the answer's own number", "answer"),
        _CUSTOMER,
        Column("account_id", "id", "the account (business customers)", "account"),
        Column("invitation_id", "id", "the invitation that was answered", "invitation"),
        _CHANNEL,
        _KIND,
        _COUNTRY,
        _JOURNEY,
        _POSITION,
        _DELAY,
        Column("completed", "flag", "whether the whole questionnaire was answered", "completed"),
        Column(
            "hours_to_answer",
            "number",
            "hours from sending to the answer",
            "hours to answer",
            low=0,
        ),
        Column("csat", "number", "satisfaction, on the survey's own scale", "csat", low=0),
        Column("ces", "number", "effort, on the survey's own scale", "ces", low=0),
        Column("verbatim", "text", "what the customer wrote", "verbatim"),
    ),
)

INVITATIONS = Table(
    name="invitations",
    noun="invitation",
    key="invitation_id",
    columns=(
        Column("date", "date", "day the survey was sent", "date", required=True, filled=True),
        Column("customer_id", "id", "who was asked", "customer", required=True, filled=True),
        Column("invitation_id", "id", "the invitation's own number", "invitation"),
        Column("response_id", "id", "the answer it brought, if any", "answer"),
        Column("purchase_id", "id", "the purchase it asks about", "purchase"),
        _STORE,
        Column("sent", "moment", "day and time of sending", "sent"),
        Column("answered", "flag", "whether an answer came", "answered"),
        Column("reminder", "flag", "whether a reminder was sent", "reminder"),
        Column("past_invitations", "whole", "times asked before", "past invitations", low=0),
        Column("days_since_last", "whole", "days since asked before", "days since last", low=0),
        _CHANNEL,
        _KIND,
        _COUNTRY,
        _JOURNEY,
        _POSITION,
        _DELAY,
        Column("arm", "text", "arm of the experiment it belongs to", "arm"),
    ),
)

PURCHASES = Table(
    name="purchases",
    noun="purchase",
    key="purchase_id",
    columns=(
        Column("customer_id", "id", "who bought", "customer", required=True, filled=True),
        Column("date", "date", "day of the purchase", "date", required=True, filled=True),
        Column(
            "amount",
            "number",
            "what was paid, in the currency of the data; a return is negative",
            "amount",
            required=True,
            filled=True,
        ),
        Column("purchase_id", "id", "the purchase's own number", "purchase"),
        _STORE,
        Column("contribution", "number", "margin earned, same currency", "contribution"),
        Column("items", "whole", "articles bought", "items"),
        _JOURNEY,
        Column("channel", "text", "where it was bought: store, web…", "channel"),
        _COUNTRY,
    ),
)

CALLBACKS = Table(
    name="callbacks",
    noun="call-back",
    key="callback_id",
    columns=(
        Column("customer_id", "id", "who was to be called", "customer", required=True, filled=True),
        Column("date", "date", "day the customer was assigned", "date", required=True, filled=True),
        Column(
            "arm", "text", "what was assigned: called, ignored…", "arm", required=True, filled=True
        ),
        Column("callback_id", "id", "the call-back's own number", "call-back"),
        Column("response_id", "id", "the answer that led to it", "answer"),
        _STORE,
        Column("reached", "flag", "whether the customer was reached", "reached"),
        Column("called_date", "date", "day of the call", "day of the call"),
        Column("days_to_call", "whole", "days from assignment to the call", "days to call", low=0),
        Column("stratum", "text", "stratum of the assignment: super, moderate…", "stratum"),
        Column("score", "score", "the score that led to it", "score"),
    ),
)

STORES = Table(
    name="stores",
    noun="store",
    key="store_id",
    columns=(
        Column(
            "store_id",
            "id",
            "the store, the same in every table",
            "store",
            required=True,
            filled=True,
        ),
        Column("name", "text", "what people call it", "name"),
        Column("region", "text", "its region", "region"),
        Column("format", "text", "its format: supermarket, garden centre…", "format"),
        Column("city", "text", "its city", "city"),
        _COUNTRY,
        Column("opened", "date", "first day of business", "opening day", future=True),
        Column("closed", "date", "last day of business", "closing day", future=True),
        Column("works_from", "date", "first day of works", "first day of works", future=True),
        Column("works_to", "date", "last day of works", "last day of works", future=True),
        Column("employees", "whole", "people employed", "employees", low=0),
        Column(
            "employee_nps",
            "number",
            "NPS among employees, in points",
            "employee NPS",
            low=-100,
            high=100,
        ),
        Column("surface", "number", "sales floor, in square metres", "surface", low=0),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table for table in (RESPONSES, INVITATIONS, PURCHASES, CALLBACKS, STORES)
}


def table_named(name: str) -> Table:
    """Return the table of that name.

    Raises
    ------
    InputError
        If there is no such table; the message lists those that there are.

    Examples
    --------
    >>> table_named("stores").key
    'store_id'
    """
    return TABLES[one_of("table", name, TABLES)]
