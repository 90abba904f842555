"""Tables → a panel of stores and periods: one query a table, inside the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.counting import PERIODS as UNITS
from npsstats.aggregates.invitation_counting import read_table
from npsstats.aggregates.panel_calendar import (
    Calendar,
    calendar_of,
    circumstances,
    what_said,
    without_far,
)
from npsstats.aggregates.panel_queries import (
    FINE,
    UNDATED,
    answer_rows,
    sales_rows,
    store_facts,
)
from npsstats.aggregates.panels import StorePanel
from npsstats.aggregates.scale_moments import ScaleMoments
from npsstats.checks import InputError
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.said import Said

__all__ = ["store_panel"]

_MEASURES = ("sales", "visits", "customers", "price")
_HOLE = 20  # mean visits a period from which a period without any is a hole in the data


def store_panel(
    purchases: Any,
    responses: Any,
    stores: Any = None,
    *,
    period: str = "month",
    scales: Sequence[str] = (),
    measures: Sequence[str] = ("sales", "visits", "price"),
) -> StorePanel:
    """Reduce purchases and answers to a panel of stores and periods.

    Parameters
    ----------
    purchases
        Purchases with `store_id`, `date` and `amount`: an `Intake`, a frame, a path or an Ibis
        table. None where only the answers matter.
    responses
        Answers with `store_id`, `date` and `score`, likewise. The halves are drawn by a keyed
        hash of `customer_id`, so that a customer's answers fall into one half; of `response_id`
        where it is missing; and by a coin with a fixed seed where both are.
    stores
        The stores' table, likewise, with `opened`, `closed`, `works_from`, `works_to`, `region`,
        `format` where known. Without it opening and closing are read off the first and the last
        purchase.
    period
        "week", "month", "quarter" or "year".
    scales
        Further numeric columns of the answers: csat, ces, closed questions.
    measures
        Those wanted of sales, visits, customers and price. Different customers have to be told
        apart, which takes longer than all else.

    Returns
    -------
    StorePanel
        All periods from the first to the last for which there are purchases throughout: a month
        that the data cover in part is dropped with a note. All stores that sold or were judged.

    Raises
    ------
    InputError
        If a column is missing, nothing is left, no period is covered throughout, a store comes
        twice in the stores' table with different facts, or no store both sold and was judged.

    Examples
    --------
    >>> import npsstats as nps
    >>> network = nps.simulate(stores=4, months=6, responses=400, seed=3)
    >>> read = lambda name: nps.read(getattr(network, name), table=name, quiet=True)
    >>> panel = store_panel(read("purchases"), read("responses"), read("stores"))
    >>> panel.shape, int(panel.n.sum()) == len(network.responses)
    ((4, 6), True)
    """
    checks.one_of("period", period, UNITS)
    for measure in measures:
        checks.one_of("measures", measure, _MEASURES)
    answers, _ = read_table(responses, "responses", list(scales), None)
    asked = answer_rows(answers, period, scales)
    sold = None
    if purchases is not None:
        sold = sales_rows(read_table(purchases, "purchases", (), None)[0], period, measures)
    notes: list[Said] = []
    sold, asked = (
        _placed(rows, what, notes) for rows, what in ((sold, "purchases"), (asked, "answers"))
    )
    if sold is not None:
        sold = without_far(sold, period, "purchases", notes)
        _met(sold, asked, notes)
    else:
        asked = without_far(asked, period, "answers", notes)
    known = store_facts(stores)
    calendar = calendar_of(sold if sold is not None else asked, period, notes)
    labels = _labels(sold, asked)
    shape = (len(labels), len(calendar.labels))
    categories, moments = _answer_grids(asked, labels, calendar, scales, notes)
    facts = None if known is None else known.reindex(labels)
    controls = circumstances(sold, labels, calendar, facts, notes)
    totals = {} if sold is None else _totals(sold, labels, calendar, controls["open"], notes)
    if known is not None and (silent := len(known.index.difference(labels))):
        notes.append(said("{n} stores of the stores' table neither sold nor were judged", n=silent))
    if known is not None and (strange := len(set(labels) - set(known.index))):
        notes.append(
            said(
                "{n} of {stores} stores are not in the stores' table",
                n=strange,
                stores=len(labels),
            )
        )
    attributes = (
        {}
        if facts is None
        else {
            name: tuple(None if pd.isna(value) else value for value in facts[name])
            for name in ("region", "format", "country")
            if name in facts
        }
    )
    if not shape[0]:
        raise InputError("No purchase and no answer names a store within the whole periods.")
    return StorePanel(
        stores=tuple(labels),
        periods=calendar.labels,
        period=period,
        categories=categories,
        totals=totals,
        scales=moments,
        controls=controls,
        attributes=attributes,
        notes=tuple(notes),
    )


def _placed(frame: pd.DataFrame | None, what: str, notes: list[Said]) -> Any:
    """Return the rows with an amount, a date and a store; say how many lack one."""
    if frame is None:
        return None
    if "unknown" in frame:
        if lost := int(frame["unknown"].sum()):
            notes.append(
                said(
                    "{n:,} {what} have no amount that is a number and are left out",
                    n=lost,
                    what=what_said(what),
                )
            )
        frame = frame[frame["rows"] > 0]
    undated = frame["start"] == UNDATED
    if lost := int(frame["rows"][undated].sum()):
        notes.append(
            said("{n:,} {what} have no date and are left out", n=lost, what=what_said(what))
        )
    frame = frame[~undated]
    homeless = frame["store"].isna()
    if lost := int(frame["rows"][homeless].sum()):
        notes.append(
            said("{n:,} {what} name no store and are left out", n=lost, what=what_said(what))
        )
    return frame[~homeless].reset_index(drop=True)


def _met(sold: pd.DataFrame, asked: pd.DataFrame, notes: list[Said]) -> None:
    """Say how many stores only sell or are only judged; refuse where no store does both."""
    sell, judged = set(sold["store"]), set(asked["store"])
    if sell and judged and not sell & judged:
        here, there = (", ".join(map(repr, sorted(which)[:3])) for which in (sell, judged))
        raise InputError(
            f"No store both sells and is judged: `store_id` reads {here} among the purchases and "
            f"{there} among the answers. Write the keys alike in both."
        )
    if judged and sell != judged:
        notes.append(
            said(
                "{n} stores sell without an answer, {judged} are judged without sales",
                n=len(sell - judged),
                judged=len(judged - sell),
            )
        )


def _labels(*frames: pd.DataFrame | None) -> list[str]:
    """Return the stores that occur, in the order of numbers where all are numbers."""
    found = {label for frame in frames if frame is not None for label in frame["store"]}
    if all(label.isdecimal() for label in found):
        return sorted(found, key=lambda label: (int(label), label))
    return sorted(found)


def _cells(
    frame: pd.DataFrame, labels: list[str], calendar: Calendar
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Return which rows lie on the grid, and their store and period."""
    store = pd.Index(labels).get_indexer(pd.Index(frame["store"]))
    when = pd.Index(calendar.starts).get_indexer(pd.Index(frame["start"]))
    inside = when >= 0
    return inside, store[inside], when[inside]


def _answer_grids(
    asked: pd.DataFrame,
    labels: list[str],
    calendar: Calendar,
    scales: Sequence[str],
    notes: list[Said],
) -> tuple[NDArray[np.int64], dict[str, ScaleMoments]]:
    inside, store, when = _cells(asked, labels, calendar)
    if lost := int(asked["rows"][~inside].sum()):
        notes.append(
            said("{n:,} answers lie outside the periods of the panel and are left out", n=lost)
        )
    here = asked[inside]
    shape = (len(labels), len(calendar.labels))
    unmarked = here["half"].isna().to_numpy()
    half = np.where(unmarked, 0, here["half"].fillna(0)).astype(np.int64)
    counts = here[["few", "middle", "many"]].to_numpy().astype(np.int64)
    if counts.sum(axis=1).tolist() != here["rows"].astype(int).tolist():
        raise InputError(
            "`score` must be a whole number from 0 to 10 in every row. Let "
            "npsstats.read(table, ...) judge the rows first."
        )
    other = np.zeros_like(counts)
    if unmarked.any():
        # answers without an id are exchangeable: a coin for each is as good as a hash
        coins = np.random.default_rng(0).binomial(counts[unmarked], 0.5)
        counts[unmarked] -= coins
        other[unmarked] = coins
        notes.append(
            said(
                "{n:,} answers have neither customer nor number: their halves were drawn by a "
                "coin, a customer may be in both",
                n=int(counts[unmarked].sum() + coins.sum()),
            )
        )
    categories = np.zeros((*shape, 2, 3), dtype=np.int64)
    np.add.at(categories, (store, when, half), counts)
    np.add.at(categories, (store, when, 1 - half), other)
    moments = {}
    for place, name in enumerate(scales):
        sums = np.zeros((*shape, 2, 3))
        columns = here[[f"n{place}", f"x{place}", f"xx{place}"]].fillna(0.0).to_numpy()
        np.add.at(sums, (store, when, half), columns)
        moments[name] = ScaleMoments(sums)
    return categories, moments


def _totals(
    sold: pd.DataFrame,
    labels: list[str],
    calendar: Calendar,
    is_open: NDArray[np.float64],
    notes: list[Said],
) -> dict[str, NDArray[np.float64]]:
    inside, store, when = _cells(sold, labels, calendar)
    here = sold[inside]
    shape = (len(labels), len(calendar.labels))
    visits = np.zeros(shape)
    visits[store, when] = here["visits"]
    sells = visits.sum(axis=1) > 0
    shut = (is_open == 0) & (visits > 0)
    if shut.any():
        notes.append(
            said(
                "{n:,} purchases fall in periods in which their store was closed, and are left out",
                n=int(visits[shut].sum()),
            )
        )
    usual = visits.sum(axis=1) / np.maximum((visits > 0).sum(axis=1), 1)
    hole = (visits == 0) & (is_open > 0) & (usual >= _HOLE)[:, None]
    if hole.any():
        notes.append(
            said(
                "{n:,} store-periods hold no purchase where the store has {least} or more a "
                "period: taken as holes in the data, not as no sales",
                n=int(hole.sum()),
                least=_HOLE,
            )
        )
    unknown = (is_open == 0) | hole | ~sells[:, None]
    totals = {}
    for name in ("sales", "visits", "items", "item_sales", "customers"):
        if name not in here:
            continue
        grid = np.zeros(shape)
        grid[store, when] = here[name].fillna(0.0) / (FINE if "sales" in name else 1)
        totals[name] = np.where(unknown, np.nan, grid)
    if "items" in totals and not np.nansum(totals["items"]):
        del totals["items"], totals["item_sales"]
    return totals
