"""The commands by the job that they do, as `npsstats --help` lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

import click

from npsstats.cli.alerts import alerts
from npsstats.cli.answering import integrity, nonresponse, weigh
from npsstats.cli.assign import assign
from npsstats.cli.backtest import backtest
from npsstats.cli.check import check
from npsstats.cli.commands import demo, report, simulate
from npsstats.cli.comparing import change, comparable, compare, flag
from npsstats.cli.completion import completion
from npsstats.cli.customers import churn, drivers
from npsstats.cli.design import design
from npsstats.cli.estimating import accounts, estimate, rate, shape
from npsstats.cli.experiment import analyze, register
from npsstats.cli.forecast import forecast
from npsstats.cli.init import init
from npsstats.cli.linkage import claims, growth, verbatims, worth
from npsstats.cli.looking import learnt, look, regression_to_mean
from npsstats.cli.plan import plan
from npsstats.cli.scenario import scenario
from npsstats.cli.signal import correlations, reliability
from npsstats.cli.survey import allocate, bridge

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SECTIONS", "Sectioned"]

SECTIONS: Mapping[str, Mapping[click.Command, str]] = {
    "Read and check": {
        check: "what could be done with a file, and what is missing",
        init: "a commented network.toml to begin with",
        simulate: "a network whose truth is known, to try things with",
        completion: "the script with which a shell completes commands",
    },
    "Estimate": {
        estimate: "the NPS of every store, month, segment, and how sure",
        shape: "how scores are spread: divided or lukewarm, how low",
        rate: "satisfaction, effort, employees' NPS, response rates",
        accounts: "the NPS of business accounts, or of their revenue",
        plan: "what 100 answers are worth; how many a margin takes",
    },
    "Compare": {
        compare: "groups with each other, two of them, or with a benchmark",
        change: "what moved the score: segments, their mix; a year ago",
        flag: "stores surely above or below the target",
        comparable: "scores as if all had been asked the same way",
    },
    "Experiment": {
        design: "how many customers, for how long, to find what",
        assign: "who gets which arm; audit that it is what happened",
        register: "lock the plan before data are seen",
        look: "look before the end, without fooling oneself",
        analyze: "every effect, the checks, the decision, as planned",
        learnt: "what several experiments have taught together",
        regression_to_mean: "how many score better next time when nothing is done",
    },
    "Survey": {
        nonresponse: "who answered, who did not, and what NPS could be",
        weigh: "weight answers to all customers, or all who were asked",
        integrity: "stores worth looking into, with a false-alarm rate",
        bridge: "continue a series across a change of questionnaire",
        allocate: "deal out the next invitations over many arms",
    },
    "Money": {
        growth: "growth of stores against their earlier NPS",
        reliability: "how much of a store's score is the store",
        churn: "who leaves, and the customers at risk",
        drivers: "what moves the score, and what to mend first",
        correlations: "stores' true NPS with satisfaction, effort, employees",
        verbatims: "what people write, by an editable codebook",
        worth: "what a point of NPS, or a call, is worth in money",
        claims: "the trade's claims beside your own numbers",
    },
    "Forecast": {
        forecast: "the coming months, the last move, the target",
        alerts: "which stores have news, and which only noise",
        backtest: "how right forecasts would have been",
        scenario: "five points more, or calls: then revenue and churn",
    },
    "Report": {
        report: "the leadership PDF, in French or English",
        demo: "a simulated network, from its answers to the PDF",
    },
}
"""The commands by job, each with the line that `npsstats --help` has on it."""


class Sectioned(click.Group):
    """A group whose help lists its commands by section."""

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(len(name) for name in self.commands)
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(str(each.name).ljust(widest), line) for each, line in commands.items()]
                )
