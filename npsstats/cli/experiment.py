"""`npsstats register` and `npsstats analyze`: an experiment's plan, locked and then analysed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import parent_of

if TYPE_CHECKING:
    from npsstats.experiments.experiment import ExperimentResult

__all__ = ["analyze", "register"]


@click.command(
    epilog="""\b
Example:
  npsstats register experiments/callback/plan.toml"""
)
@click.argument("plan")
@click.option("--again", is_flag=True, help="Lock anew a plan that has changed since; both stay.")
def register(plan: str, *, again: bool) -> None:
    """Lock PLAN, a plan.toml, before the data are seen: its hash, the time, the version."""
    from npsstats.experiments.lock import register as lock

    click.echo(lock(plan, again=again))


@click.command(
    epilog="""\b
Examples:
  npsstats analyze experiments/callback/plan.toml
  npsstats analyze plan.toml --data network.toml --json
  npsstats analyze plan.toml --data units.csv --pdf reports/ --lang fr"""
)
@click.argument("plan")
@click.option("--data", metavar="SOURCE", help="A network.toml or a table of units; else [data].")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--brief", is_flag=True, help="Print the decision and what it rests on, no tables.")
@click.option("--out", metavar="FILE.csv", help="Where the table of effects goes.")
@click.option("--pdf", metavar="PLACE", help="Write the memo: a folder, or a .pdf.")
@click.option("--lang", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@click.option("--record", metavar="FILE", help="Add what was learnt to this register.")
def analyze(
    plan: str,
    *,
    data: str | None,
    as_json: bool,
    brief: bool,
    out: str | None,
    pdf: str | None,
    lang: str,
    record: str | None,
) -> None:
    """Analyse the experiment of PLAN as planned: every effect, the checks, the decision."""
    import npsstats as nps

    if out is not None and not out.lower().endswith(".csv"):
        raise InputError(f"`--out` must end in .csv, got {out!r}.")
    result = nps.analyze(plan, data)
    for note in result.notes:
        click.echo(note, err=True)
    if as_json:
        click.echo(_json(result))
    elif brief:
        click.echo(result.headline())
    else:
        click.echo("\n\n".join(str(part) for part in (result, *result.parts.values())))
    if out is not None:
        path = parent_of(out, data or "")
        result.frame.to_csv(path, index=False, lineterminator="\n", float_format="%.8g")
        click.echo(f"{len(result.frame):,} rows written to {path}", err=True)
    if pdf is not None:
        parent_of(pdf, data or "")
        click.echo(nps.memo(result, pdf, lang=lang))
    if record is not None:
        state = result.registration
        lines = nps.record(
            result.frame,
            parent_of(record, data or ""),
            experiment=result.plan.name,
            lock=state.hash,
            exploratory=state.status != "registered",
            primary=result.plan.primary,
            verdict="" if result.decision is None else result.decision.verdict,
        )
        click.echo(f"{lines:,} lines recorded in {record}", err=True)


def _json(result: ExperimentResult) -> str:
    """Return the result as JSON: a number that is not known is null."""
    import json
    from dataclasses import asdict

    def rows(frame: Any) -> Any:
        return json.loads(frame.to_json(orient="records", double_precision=10, date_format="iso"))

    return json.dumps(
        {
            "plan": result.plan.name,
            "registration": asdict(result.registration),
            "decision": None if result.decision is None else result.decision.verdict,
            "reason": None if result.decision is None else result.decision.reason,
            "frame": rows(result.frame),
            "parts": {name: rows(part.frame) for name, part in result.parts.items()},
            "diagnostics": list(result.diagnostics),
            "notes": list(result.notes),
            "provenance": asdict(result.provenance),
        },
        ensure_ascii=False,
        indent=2,
    )
