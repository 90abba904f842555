"""`npsstats register` and `npsstats analyze`: an experiment's plan, locked and then analysed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from npsstats.cli.options import parent_of
from npsstats.cli.wanted import result_options, wanted

if TYPE_CHECKING:
    from npsstats.experiments.experiment import ExperimentResult

__all__ = ["analyze", "register"]


@click.command(
    epilog="""\b
Example:
  npsstats register experiments/callback/plan.toml"""
)
@click.argument("plan", type=click.Path())
@click.option("--again", is_flag=True, help="Lock anew a plan that has changed since; both stay.")
def register(plan: str, *, again: bool) -> None:
    """Lock PLAN, a plan.toml, before the data are seen: its hash, the time, the version."""
    from npsstats.experiments.lock import register as lock

    click.echo(lock(plan, again=again))


@click.command(
    epilog="""\b
Examples:
  npsstats analyze experiments/callback/plan.toml
  npsstats analyze experiments/callback/plan.toml --data network.toml --json
  npsstats analyze plan.toml --data units.csv --memo reports/ --lang fr"""
)
@click.argument("plan", type=click.Path())
@click.option("--data", metavar="SOURCE", help="A network.toml or a table of units; else [data].")
@click.option("--brief", is_flag=True, help="Print the decision and what it rests on, no tables.")
@click.option("--record", metavar="FILE", help="Add what was learnt to this register.")
@result_options
def analyze(plan: str, *, data: str | None, brief: bool, record: str | None, **given: Any) -> None:
    """Analyse the experiment of PLAN as planned: every effect, the checks, the decision."""
    import npsstats as nps

    asked_for = wanted(given, data or "")
    register = None if record is None else parent_of(record, data or "", "record")
    with asked_for.working("Analysing the experiment"):
        result = nps.analyze(plan, data)
    for note in result.notes:
        asked_for.say(note)
    text = result.headline()
    if not brief:
        text = "\n\n".join(str(part) for part in (result, *result.parts.values()))
    asked_for.hand(result, _planned(result), text=text)
    if register is not None:
        state = result.registration
        lines = nps.record(
            result.frame,
            register,
            experiment=result.plan.name,
            lock=state.hash,
            exploratory=state.status != "registered",
            primary=result.plan.primary,
            verdict="" if result.decision is None else result.decision.verdict,
        )
        asked_for.say(f"{lines:,} lines recorded in {record}")


def _planned(result: ExperimentResult) -> dict[str, Any]:
    """Return the tables that say what was planned, how it was kept and what was decided."""
    import pandas as pd

    decision = result.decision
    found = {"plan": result.plan.name, **asdict(result.registration)}
    said = None
    if decision is not None:
        said = pd.DataFrame([{"verdict": decision.verdict, "reason": decision.reason}])
    return {
        "registration": pd.DataFrame([found]),
        "verdict": said,
        "notes": pd.DataFrame({"note": list(result.notes)}),
    }
