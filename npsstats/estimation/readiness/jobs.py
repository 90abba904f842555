"""The jobs of npsstats and what each needs of the data: facts, not code.

`command` is the job on the command line, its source left out; the command line's own tests hold
that each is there and runs on data that have what it needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.said import Said

__all__ = ["JOBS", "Job"]

_QUESTIONS = ("csat", "ces")


@dataclass(frozen=True)
class Job:
    """One thing to do with data.

    Attributes
    ----------
    command
        The command and the options that make it this job; `{segment}` stands for a column of few
        values.
    does
        What comes of it.
    columns
        Columns of the answers that must hold something; "a|b" is one of them.
    tables
        Further tables, each with the columns that must hold something.
    answers, stores, periods
        The least numbers; periods are months with answers.
    segments
        Columns of few values that must be there.
    cells, mixed
        Key of what is compared; and the option with which that is done where the cells mix kinds
        of survey in different proportions, since raw it is refused.
    """

    command: str
    does: Said
    columns: tuple[str, ...] = ()
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: int = 1
    stores: int = 0
    periods: int = 0
    segments: int = 0
    cells: str = ""
    mixed: str = ""


_INVITED = {"invitations": ("channel",)}
_ANSWERED = ("invitation_id|response_id",)
_BOUGHT = {"purchases": ("customer_id", "store_id", "date", "amount")}
_FOLLOWED = ("customer_id", "date")
_TRADE = ("store_id", "date")
_RAW = "--across-kinds"

JOBS: tuple[Job, ...] = (
    Job("report", said("the leadership PDF"), answers=10),
    Job(
        "estimate",
        said("the NPS of every store, or of all answers, with its uncertainty"),
        cells="store_id",
        mixed="--by store --by kind",
    ),
    Job(
        "estimate --by month",
        said("the NPS of every month"),
        ("date",),
        cells="month",
        mixed="--by kind",
    ),
    Job("shape", said("how scores are spread"), answers=10),
    Job("rate --of csat", said("satisfaction"), ("csat",)),
    Job("rate --of ces", said("effort"), ("ces",)),
    Job("rate --of completion", said("questionnaires completed"), ("completed",)),
    Job(
        "rate --of response", said("answers to invitations"), tables={"invitations": ("store_id",)}
    ),
    Job("accounts", said("the NPS of business accounts"), ("account_id",)),
    Job(
        "flag",
        said("stores surely above or below the target"),
        ("store_id",),
        stores=2,
        cells="store_id",
        mixed=_RAW,
    ),
    Job(
        "compare --by store",
        said("stores against each other"),
        ("store_id",),
        stores=2,
        cells="store_id",
        mixed=_RAW,
    ),
    Job(
        "compare --by {segment}",
        said("segments against each other"),
        segments=1,
        cells="{segment}",
        mixed=_RAW,
    ),
    Job(
        "change --by {segment}",
        said("what moved the score"),
        ("date",),
        periods=2,
        segments=1,
        cells="month",
        mixed="--by kind",
    ),
    Job(
        "change --year-before",
        said("each month against the same a year before"),
        ("date",),
        periods=13,
        cells="month",
        mixed="--by kind",
    ),
    Job(
        "comparable",
        said("scores as if all had been asked the same way"),
        ("store_id", "channel|kind|country"),
        stores=2,
    ),
    Job("regression-to-mean", said("who scores better when nothing is done"), answers=100),
    Job("nonresponse --by channel", said("who answered"), _ANSWERED, _INVITED),
    Job("weigh --by channel", said("answers weighted to all who were asked"), _ANSWERED, _INVITED),
    Job("integrity", said("stores worth looking into"), ("store_id",), stores=5),
    Job("growth", said("growth against earlier NPS"), _TRADE, _BOUGHT, stores=3, periods=6),
    Job("reliability", said("signal in a store's score"), _TRADE, _BOUGHT, stores=3, periods=2),
    Job("churn --silence 90", said("who leaves"), _FOLLOWED, _BOUGHT, periods=6),
    Job("worth", said("what a point is worth in money"), _FOLLOWED, _BOUGHT, periods=6),
    Job("claims", said("the trade's claims beside your numbers"), _FOLLOWED, _BOUGHT, periods=6),
    Job("drivers", said("what to mend first"), _QUESTIONS, answers=100),
    Job(
        "correlations", said("stores' NPS with csat and ces"), ("store_id", *_QUESTIONS), stores=10
    ),
    Job("verbatims", said("what people write"), ("verbatim",)),
    Job("forecast", said("the coming months"), ("date",), periods=3),
    Job("alerts", said("which stores have news"), ("store_id", "date"), stores=2, periods=4),
    Job("backtest", said("how right forecasts would have been"), ("date",), periods=8),
    Job("scenario --plus 5", said("five points more, carried on"), ("date",), periods=3),
)
"""In the order in which they are told: what most people want first."""
