"""What a report can be made from, seen one way: something that counts by keys."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from npsstats.aggregates.periods import PERIODS
from npsstats.aggregates.scores import NONE
from npsstats.reporting.leadership.facts import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.data.intake import Intake

__all__ = ["Source", "named", "source_of"]


@dataclass(frozen=True)
class Source:
    """Data that can be counted by some keys.

    Attributes
    ----------
    count
        Keys → `ScoreCounts` by them; no key counts all responses as one cell.
    keys
        The keys there are.
    store
        The key that tells stores apart, or None.
    quality
        What happened to the rows, or None when there were none to see.
    names
        Store → what people call it, for the stores that are known to exist.
    """

    count: Callable[..., ScoreCounts]
    keys: tuple[str, ...]
    store: str | None = None
    quality: Quality | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def by_store(self) -> ScoreCounts:
        """Count by store; a store that is known and has no response has zeros."""
        counts = self.count(self.store)
        if not self.names:
            return counts
        answered = [label for label in counts.labels if label not in self.names]
        return counts.arrange([*self.names, *answered])

    def days(self) -> tuple[date | None, date | None]:
        """Return the dates of the first and the last response, where days are known."""
        if "date" not in self.keys:
            return None, None
        counts = self.count("date")
        labels = [label for label in counts.take(counts.n > 0).labels if label != NONE]
        days = [datetime.fromisoformat(label).date() for label in labels]
        return (min(days), max(days)) if days else (None, None)


def source_of(
    data: Any, segments: Sequence[str] = (), names: Mapping[str, str] | None = None
) -> Source:
    """Return data of any kind as a `Source`.

    Parameters
    ----------
    data
        A `Source`, a `ScoreCounts`, a `NetworkConfig`, an `Intake` of responses, or anything that
        `read` takes.
    segments
        Columns that `read` keeps beside the canonical ones.
    names
        Store → what people call it, where known; a configuration has its own.

    Raises
    ------
    InputError
        If the data cannot be read.
    """
    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.data.intake import Intake, read
    from npsstats.data.network import NetworkConfig

    if isinstance(data, Source):
        return data
    if isinstance(data, ScoreCounts):
        return Source(cache(data.by), tuple(data.keys), _store_key(data))
    if isinstance(data, NetworkConfig):
        data = data.model_copy(update={"segments": tuple(segments)})
        stores = data.read("stores", quiet=True) if "stores" in data.sources else None
        return _of_rows(data.read(quiet=True), {} if stores is None else named(stores))
    if isinstance(data, Intake):
        return _of_rows(data, names or {})
    return _of_rows(read(data, segments=tuple(segments), quiet=True), {})


def _of_rows(intake: Intake, names: Mapping[str, str]) -> Source:
    from npsstats.aggregates.counting import count

    columns = tuple(intake.accepted.columns)
    return Source(
        cache(lambda *keys: count(intake, by=list(keys))),
        (*columns, *(PERIODS if "date" in columns else ())),
        "store_id" if "store_id" in columns else None,
        Quality(intake.source, intake.n_accepted, intake.n_rejected, dict(intake.reasons)),
        names,
    )


def _store_key(counts: ScoreCounts) -> str | None:
    """Return the key of stores: by its name, else the only key there is."""
    if "store_id" in counts.keys:
        return "store_id"
    others = [key for key in counts.keys if key not in (*PERIODS, "date")]
    return others[0] if len(others) == len(counts.keys) == 1 and len(counts) > 1 else None


def named(stores: Intake) -> dict[str, str]:
    """Return what people call each store, by the table of stores."""
    accepted = stores.accepted
    columns = [name for name in ("store_id", "name") if name in accepted.columns]
    rows = accepted.select(*columns).to_pyarrow().to_pylist()
    given = {str(row["store_id"]): str(row.get("name") or row["store_id"]) for row in rows}
    often = Counter(given.values())
    return {
        store: name if often[name] == 1 else f"{name} ({store})"
        for store, name in sorted(given.items())
    }
