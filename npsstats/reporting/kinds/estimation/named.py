"""Names of a result's rows, and which of them a page may show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.aggregates.periods import PERIODS
from npsstats.reporting.kinds.making import FEWEST, hidden
from npsstats.reporting.language import mark
from npsstats.reporting.leadership.store_wording import named
from npsstats.reporting.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.reporting.language import Language

__all__ = [
    "counted",
    "decided",
    "label_keys",
    "names",
    "row_head",
    "spoken",
    "spoken_of_sides",
    "telling",
    "without_few",
]

_BESIDE = mark(
    "2 groups are not shown: one has fewer than {least} answers, and with the other one shown it "
    "could be worked out from the whole."
)
_PLACES = frozenset(
    {"cell", "city", "country", "date", "format", "period", "region", "store", "store_id"}
    | set(PERIODS)
)


def label_keys(frame: pd.DataFrame, first: str = "n") -> list[str]:
    """Return the columns that name a row: those before the first number."""
    return [str(name) for name in frame.columns[: list(frame.columns).index(first)]]


def names(words: Language, frame: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Return a name a row, in the reader's words where they are words of ours."""
    if not keys or (len(frame) == 1 and list(keys) == ["cell"]):
        return [words.say("All answers")] * len(frame)
    columns = [[_name(words, key, str(value)) for value in frame[key]] for key in keys]
    return [" · ".join(row) for row in zip(*columns, strict=True)]


def _name(words: Language, key: str, value: str) -> str:
    if key in PERIODS or key == "period":
        return words.period(value)
    if key == "store_id":
        return named(words, value)
    if key == "cell" and value.isdecimal():
        return words.say("Group {n}", n=value)
    return value


def row_head(words: Language, keys: Sequence[str]) -> str:
    """Return the head of the column of names."""
    return words.say("Store") if list(keys) == ["store_id"] else words.say("Group")


def counted(words: Language, keys: Sequence[str], rows: int) -> str:
    """Return how many rows there are."""
    if list(keys) == ["store_id"]:
        return words.say_many("{n} store", "{n} stores", rows)
    return words.say_many("{n} group", "{n} groups", rows)


def without_few(
    words: Language,
    frame: pd.DataFrame,
    keys: Sequence[str],
    counts: Sequence[str] = ("n",),
    *,
    people: bool | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows that may be named, and what is said of the others.

    A store or a period with three answers is shown with the interval that three answers give; a
    group of people that small is not, as its members could be guessed. Where it is the only one,
    the smallest of the others goes with it: what is left of the whole would tell it.

    Parameters
    ----------
    words
        The reader's language.
    frame
        A row a group.
    keys
        What names a row.
    counts
        Columns of numbers of answers; a row is left out where one of them is 1 to 4.
    people
        Whether rows are groups of people; unless told, they are where a key is neither a place
        nor a time.
    """
    if people is None:
        people = any(key not in _PLACES for key in keys)
    if not people:
        return frame, []
    few = np.zeros(len(frame), dtype=bool)
    for name in counts:
        few |= frame[name].between(1, FEWEST - 1).to_numpy()
    if not few.any():
        return frame, []
    if few.sum() == 1 and len(frame) > 2:
        # one group alone could be worked out from the whole and the others
        rest = frame.loc[~few, list(counts)].sum(axis=1)
        few[frame.index.get_loc(rest.idxmin())] = True
        return frame[~few], [words.say(_BESIDE, least=words.whole(FEWEST))]
    return frame[~few], [hidden(words, int(few.sum()))]


def telling(frame: pd.DataFrame, most: int, by: str = "estimate") -> pd.DataFrame:
    """Return the rows that a page has room for, highest first: those at both ends."""
    ranked = frame.sort_values(by, ascending=False, kind="stable", na_position="last")
    if len(ranked) <= most:
        return ranked
    known = ranked[ranked[by].notna()]
    if len(known) <= most:
        return ranked.head(most)
    top = -(-most // 2)
    return pd.concat([known.head(top), known.tail(most - top)])


def spoken(words: Language, shown: int, every: int) -> list[str]:
    """Say that the table shows the ends only, where it does."""
    if shown >= every:
        return []
    return [
        words.say(
            "The table shows {shown} of {all}, those at both ends; the file of results has all.",
            shown=words.whole(shown),
            all=words.whole(every),
        )
    ]


def decided(frame: pd.DataFrame, sides: Sequence[Standing], most: int) -> pd.DataFrame:
    """Return the rows that a page has room for, highest first: those surely on a side first.

    Parameters
    ----------
    frame
        A row an estimate.
    sides
        On which side each row surely is, if on any.
    most
        Rows that there is room for. Where more are surely on a side, both sides have half of it,
        and what one does not need the other has; where fewer are, the rest of it goes to the
        others at both ends.
    """
    if len(frame) <= most:
        return telling(frame, most)
    by_side = {side: frame[[each is side for each in sides]] for side in Standing}
    above, below = by_side[Standing.ABOVE], by_side[Standing.BELOW]
    high = min(len(above), max(-(-most // 2), most - len(below)))
    low = min(len(below), most - high)
    kept = [
        telling(above, len(above)).head(high),
        telling(below, len(below)).tail(low),
        telling(by_side[Standing.UNKNOWN], most - high - low),
    ]
    return telling(pd.concat(kept), most)


def spoken_of_sides(
    words: Language, shown: Sequence[Standing], every: Sequence[Standing]
) -> list[str]:
    """Say which rows the table of `decided` leaves out, where it does, from the rows' sides."""
    if len(shown) == len(every) or all(side is Standing.UNKNOWN for side in every):
        return spoken(words, len(shown), len(every))
    above, below = (
        every.count(side) - shown.count(side) for side in (Standing.ABOVE, Standing.BELOW)
    )
    values = {"shown": words.whole(len(shown)), "all": words.whole(len(every))}
    if not above + below:
        return [
            words.say(
                "The table shows {shown} of {all}, with all that are surely above or below; the "
                "file of results has all.",
                **values,
            )
        ]
    return [
        words.say(
            "The table shows {shown} of {all}: {above} more surely above and {below} more surely "
            "below are not shown; the file of results has all.",
            **values,
            above=words.whole(above),
            below=words.whole(below),
        )
    ]
