"""What a report was handed, read once: every part of it counts the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from npsstats.data.intake import Intake, read
from npsstats.data.network import NetworkConfig
from npsstats.reporting.leadership.source import Source, named, source_of
from npsstats.reporting.linkage.counted import Counted
from npsstats.reporting.linkage.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.reporting.linkage.tables import Tables

__all__ = ["Opened", "opened"]


@dataclass(frozen=True)
class Opened:
    """What a report is made from.

    Attributes
    ----------
    source
        What counts by keys.
    answers
        The `Intake` of responses or the counts that were handed over.
    tables
        Answers beside purchases, or None without purchases.
    invitations
        An `Intake`, or None.
    """

    source: Source
    answers: Any
    tables: Tables | None = None
    invitations: Any = None

    @property
    def rows(self) -> Intake | None:
        """The answers, where they are rows and not counts."""
        return self.answers if isinstance(self.answers, Intake) else None

    def counted(self) -> Counted | None:
        """Return what is counted beside the purchases, once; None without them."""
        tables = self.tables
        if tables is None:
            return None
        return Counted(tables.responses, tables.purchases, tables.stores)


def opened(
    data: Any,
    purchases: Any = None,
    store_table: Any = None,
    segments: Sequence[str] = (),
    questions: Sequence[str] = (),
) -> Opened:
    """Read what a report is made from.

    Parameters
    ----------
    data
        A `NetworkConfig`, an `Intake` of responses, counts, or anything that `read` takes.
    purchases, store_table
        As they were handed over, or None: then those of the configuration, if it has them.
    segments, questions
        Columns that are read beside the canonical ones.

    Raises
    ------
    InputError
        If the data cannot be read, purchases come with counts, or a question is not there.
    """
    from npsstats.aggregates.scores import ScoreCounts

    if isinstance(data, ScoreCounts):
        return Opened(source_of(data), data, tables_of(data, purchases))
    invitations, own = None, None
    asked = tuple(dict.fromkeys([*segments, *questions]))
    if isinstance(data, NetworkConfig):
        answers = data.model_copy(update={"segments": asked}).read(quiet=True)
        own, invitations = (_table(data, name, answers) for name in ("stores", "invitations"))
        purchases = _table(data, "purchases", answers) if purchases is None else purchases
        store_table = own if store_table is None else store_table
    else:
        answers = data if isinstance(data, Intake) else read(data, segments=asked, quiet=True)
    tables = None
    if purchases is not None:
        tables = tables_of(answers, purchases, store_table, questions)
    source = source_of(answers, names=None if own is None else named(own))
    return Opened(source, answers, tables, invitations)


def _table(config: NetworkConfig, name: str, beside: Intake) -> Intake | None:
    return config.read(name, beside=beside, quiet=True) if name in config.sources else None
