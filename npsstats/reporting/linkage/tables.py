"""The tables that the linkage reads, of whatever a report was handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.data.network import NetworkConfig

__all__ = ["Tables", "answers_of", "tables_of"]

_ASKED = ("csat", "ces")


@dataclass(frozen=True)
class Tables:
    """Answers, purchases and stores in one database, and the questions that were asked."""

    responses: Any
    purchases: Any
    stores: Any
    questions: tuple[str, ...]


def tables_of(
    data: Any, purchases: Any, stores: Any = None, questions: Sequence[str] = ()
) -> Tables | None:
    """Return the tables, or None where there are no purchases to link anything to.

    Parameters
    ----------
    data
        A `NetworkConfig`, an `Intake` of responses, counts, or anything that `read` takes.
    purchases, stores
        As they were handed over, or None: then those of the configuration, if it has them.
    questions
        Closed questions of the survey.

    Raises
    ------
    InputError
        If purchases come with counts, or a question is not there.
    """
    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.data.network import NetworkConfig

    names = tuple(questions)
    if isinstance(data, ScoreCounts):
        if purchases is not None:
            raise InputError(
                "`purchases` need the answers themselves, and counts were given. Hand over the "
                "answers: npsstats.read(...)."
            )
        return None
    if isinstance(data, NetworkConfig):
        if purchases is None and "purchases" not in data.sources:
            return None
        responses = _with_questions(data, names).read(quiet=True)
        purchases = _own(data, "purchases", responses) if purchases is None else purchases
        stores = _own(data, "stores", responses) if stores is None else stores
    elif purchases is None:
        return None
    else:
        responses = _read(data, "responses", None, names)
    return Tables(
        responses,
        _read(purchases, "purchases", responses),
        None if stores is None else _read(stores, "stores", responses),
        _asked(responses, names),
    )


def answers_of(data: Any, questions: Sequence[str] = ()) -> Tables:
    """Return the answers alone, with the questions that were asked.

    Parameters
    ----------
    data, questions
        As for `tables_of`.

    Raises
    ------
    InputError
        If a question is not there.
    """
    from npsstats.data.network import NetworkConfig

    names = tuple(questions)
    if isinstance(data, NetworkConfig):
        responses = _with_questions(data, names).read(quiet=True)
    else:
        responses = _read(data, "responses", None, names)
    return Tables(responses, None, None, _asked(responses, names))


def _asked(responses: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the questions named, and CSAT and CES where they were asked."""
    there = responses.accepted.columns
    if missing := [name for name in names if name not in there]:
        raise InputError(
            f"`questions` names {missing[0]!r}, which is not among the answers' columns "
            f"({', '.join(there)}). Map it when reading, or leave it out."
        )
    return (*names, *[name for name in _ASKED if name in there and name not in names])


def _own(config: NetworkConfig, table: str, beside: Any) -> Any:
    """Return a table of the configuration, or None where it has none."""
    return config.read(table, beside=beside, quiet=True) if table in config.sources else None


def _read(data: Any, table: str, beside: Any, segments: tuple[str, ...] = ()) -> Any:
    from npsstats.data.intake import Intake, read

    if isinstance(data, Intake):
        return data
    return read(data, table=table, beside=beside, segments=segments, quiet=True)


def _with_questions(config: NetworkConfig, names: tuple[str, ...]) -> NetworkConfig:
    segments = dict.fromkeys([*config.segments, *names])
    return config.model_copy(update={"segments": tuple(segments)})
