"""What customers wrote, read once.

The one analysis that must see rows is that of verbatims. `written` fetches the answers with a text
and nothing else, and counts inside the database who wrote. What is kept of the words is counted by
`npsstats.aggregates.words`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.data.engine import outdated_calls
from npsstats.data.intake import Intake, read
from npsstats.data.sources import Options, open_source

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["CATEGORIES", "Written", "category_of", "written"]

CATEGORIES = ("detractor", "passive", "promoter")


@dataclass(frozen=True, repr=False, eq=False)
class Written:
    """The answers that hold a text.

    Attributes
    ----------
    texts
        The distinct texts, in the order in which they first occur.
    text
        Place in `texts` of what each answer says, (answers,).
    score
        0 to 10, (answers,).
    store
        Number of each answer's store, from 0; −1 where unknown. None where there are no stores.
    response_id
        The answers' own numbers, or None where the source has none.
    asked
        A row a category: answers `n`, of which with a text `yes`.
    asked_by_store
        A row a category and store: category, known (whether the store is), n, yes. None where
        there are no stores.
    customer
        Number of each answer's customer, from 0; −1 where unknown. None where the source has none.
    unscored
        Texts left out because their row could not be used (no score, for example).
    """

    texts: list[str]
    text: Ints
    score: Ints
    store: Ints | None
    response_id: pd.Series | None
    asked: pd.DataFrame
    unscored: int = 0
    asked_by_store: pd.DataFrame | None = None
    customer: Ints | None = None

    def __len__(self) -> int:
        return len(self.score)

    def __repr__(self) -> str:
        return f"Written: {len(self):,} verbatims, {len(self.texts):,} of them different"

    @cached_property
    def category(self) -> Ints:
        """0 for a detractor, 1 for a passive, 2 for a promoter, (answers,)."""
        return category_of(self.score)

    @cached_property
    def answers(self) -> Ints:
        """Answers of each category that say each text, (texts, 3)."""
        kinds = len(CATEGORIES)
        cells = np.bincount(self.text * kinds + self.category, minlength=len(self.texts) * kinds)
        return cells.reshape(-1, kinds).astype(np.int64)

    @cached_property
    def speakers(self) -> Any:
        """Answers of each text by each customer, sparse (texts, customers).

        An answer whose customer is not known counts as one of its own.
        """
        who = _own(np.full(len(self), -1) if self.customer is None else self.customer)
        return self._cells(who, int(who.max()) + 1)

    @cached_property
    def cells(self) -> Any:
        """Answers of each text by store and category, sparse (texts, 3 × stores), or None.

        Column 3 s + k is category k of store s; an answer without a store is one of its own.
        """
        if self.store is None:
            return None
        store, kinds = _own(self.store), len(CATEGORIES)
        return self._cells(store * kinds + self.category, (int(store.max()) + 1) * kinds)

    def _cells(self, column: Ints, columns: int) -> Any:
        from scipy import sparse

        one = np.ones(len(self), dtype=np.int64)
        return sparse.csr_array((one, (self.text, column)), shape=(len(self.texts), columns))

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of scores, stores and texts."""
        digest = sha256(self.score.astype("<i8").tobytes())
        digest.update(self.text.astype("<i8").tobytes())
        if self.store is not None:
            digest.update(self.store.astype("<i8").tobytes())
        for text in self.texts:
            digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
        return digest.hexdigest()[:16]


def _own(number: Ints) -> Ints:
    """Return numbers from 0, each unknown one by itself."""
    lone = number < 0
    own = number.copy()
    own[lone] = number.max(initial=-1) + 1 + np.arange(int(lone.sum()))
    return np.unique(own, return_inverse=True)[1].astype(np.int64)


def category_of(score: NDArray[Any]) -> Ints:
    """Return 0 for detractors (0–6), 1 for passives (7, 8), 2 for promoters (9, 10).

    Examples
    --------
    >>> category_of(np.array([6, 7, 9])).tolist()
    [0, 1, 2]
    """
    score = np.asarray(score)
    return (score >= 7).astype(np.int64) + (score >= 9)


def written(
    data: Any,
    *,
    text: str = "verbatim",
    score: str = "score",
    store: str | None = "store_id",
    response: str = "response_id",
    customer: str = "customer_id",
) -> Written:
    """Return the answers that hold a text, and how many of each category do.

    Parameters
    ----------
    data
        An `Intake` of responses, an Ibis table of judged rows, or anything that `read` takes.
    text, score, store, response, customer
        Names of the columns. The last three are optional: they are used where they are.

    Raises
    ------
    InputError
        If the column of texts or of scores is not there, or no answer holds a text.
    """
    import ibis

    unscored = 0
    if isinstance(data, Intake):
        if data.table != "responses":
            raise InputError(f"Verbatims stand in responses, this intake holds {data.table}.")
        table, unscored = data.accepted, _lost(data, text)
    elif isinstance(data, ibis.Table):
        table = data
    else:
        names = (text, score, store, response, customer)
        intake, text, score, store, response, customer = _read(data, *names)
        table, unscored = intake.accepted, _lost(intake, text)
    for name, what in ((text, "text"), (score, "score")):
        if name not in table.columns:
            raise InputError(
                f"`{what}`: there is no column {name!r} among {', '.join(table.columns)}. Say "
                f"which it is, for example {what}={table.columns[0]!r}."
            )
    return _fetch(table, text, score, store, response, customer, unscored)


def _read(
    data: Any, text: str, score: str, store: str | None, response: str, customer: str
) -> tuple[Intake, str, str, str, str, str]:
    """Return a source read with these columns, and their canonical names."""
    with outdated_calls():
        names = set(open_source(data, Options()).names)
    columns = {"score": score, "verbatim": text}
    # the optional ones are asked for by name, or taken where they are
    if store is not None and (store in names or store != "store_id"):
        columns["store_id"] = store
    if response in names or response != "response_id":
        columns["response_id"] = response
    elif isinstance(data, pd.DataFrame):
        data = data.assign(response_id=np.arange(1, len(data) + 1))
        columns["response_id"] = "response_id"
    if customer in names or customer != "customer_id":
        columns["customer_id"] = customer
    return read(data, columns), "verbatim", "score", "store_id", "response_id", "customer_id"


def _lost(intake: Intake, text: str) -> int:
    if not intake.n_rejected or text not in intake.rejected.columns:
        return 0
    cell = intake.rejected[text]
    return int(intake.rejected.filter(cell.strip() != "").count().to_pyarrow().as_py())


def _fetch(
    table: ir.Table,
    text: str,
    score: str,
    store: str | None,
    response: str,
    customer: str,
    unscored: int,
) -> Written:
    said = (table[text].cast("string").strip() != "").fill_null(False)
    by = {"score": table[score]}
    columns = {"text": table[text].cast("string"), "score": table[score]}
    if store is not None and store in table.columns:
        by["store"] = columns["store"] = table[store]
    for name, column in (("response", response), ("customer", customer)):
        if column in table.columns:
            columns[name] = table[column]
    grouped = table.group_by(**by).aggregate(n=table.count(), yes=said.sum())
    counts = grouped.to_pyarrow().to_pandas()
    scores = counts["score"]
    if not table[score].type().is_integer() or not scores.between(0, 10).all():
        odd = next((one for one in scores if one not in range(11)), table[score].type())
        raise InputError(
            f"`{score}` must be a whole number from 0 to 10 in every row, got {odd}. Let "
            "npsstats.read(table, ...) judge the rows first."
        )
    if not counts["yes"].sum():
        raise InputError(
            f"No answer holds a text in `{text}`. Say which column holds the verbatims: text=..."
        )
    rows = table.filter(said).select(**columns).to_pyarrow()
    frame = rows.to_pandas(integer_object_nulls=True)
    if "response" in frame:
        frame = frame.sort_values("response", kind="stable", ignore_index=True)
    place, texts = pd.factorize(frame["text"])
    stores, customers = (
        pd.factorize(frame[name], sort=True)[0].astype(np.int64) if name in frame else None
        for name in ("store", "customer")
    )
    asked, by_store = _asked(counts)
    return Written(
        [str(one) for one in texts],
        place.astype(np.int64),
        frame["score"].to_numpy(dtype=np.int64),
        stores,
        frame.get("response"),
        asked,
        unscored,
        by_store,
        customers,
    )


def _asked(counts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the answers, and those with a text, by category; and by category and store."""
    kind = category_of(counts["score"].to_numpy(dtype=np.int64))
    asked = pd.DataFrame(
        {
            "category": CATEGORIES,
            "n": np.bincount(kind, counts["n"], len(CATEGORIES)).astype(np.int64),
            "yes": np.bincount(kind, counts["yes"], len(CATEGORIES)).astype(np.int64),
        }
    )
    if "store" not in counts:
        return asked, None
    named = counts.assign(category=np.array(CATEGORIES)[kind], known=counts["store"].notna())
    keys = ["category", "store", "known"]
    cells = named.groupby(keys, dropna=False, as_index=False)[["n", "yes"]].sum()
    return asked, cells[["category", "known", "n", "yes"]]
