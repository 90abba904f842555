"""`npsstats assign`: who gets which arm, and whether it is what happened."""

from __future__ import annotations

import sys
from typing import Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import parent_of
from npsstats.cli.wanted import result_options, wanted

__all__ = ["assign"]

_NOT_AS_PLANNED = 3  # exit code: nothing is wrong with the input, but with the experiment


@click.command(
    epilog="""\b
Examples:
  npsstats assign plan.toml customers.csv --out arms.csv
  npsstats assign plan.toml customers.csv --audit calls.csv"""
)
@click.argument("plan", type=click.Path())
@click.argument("units", type=click.Path())
@click.option(
    "--audit", "seen", metavar="SEEN", help="Rows with a unit and the arm it was seen in."
)
@click.option("--arm", default="arm", show_default=True, help="Column of the arm in SEEN.")
@click.option("--size-tiers", default=0, metavar="N", help="Stratify clusters by N tiers of size.")
@result_options
def assign(*, plan: str, units: str, out: str | None, seen: str | None, **given: Any) -> None:
    """Give every unit in UNITS its arm as PLAN says, or audit the arms in which they were seen.

    UNITS is a CSV, Parquet or Excel file, or a database URL: a row a unit, with the columns of
    the unit, its strata and its cluster. Arms go to --out, a .csv or .parquet, rejects beside. The
    same plan and list give the same arms again. An audit that fails exits with code 3.
    """
    from npsstats.experiments.assignment.assign import assign_rule
    from npsstats.experiments.assignment.audit import audit_rule
    from npsstats.experiments.assignment.planned import allocation_of
    from npsstats.experiments.spec import load_plan

    if (out is None) == (seen is None):
        raise InputError("Give one of --out FILE.csv, to assign, and --audit SEEN, to audit.")
    asked_for = wanted({**given, "out": None}, units)
    rule = allocation_of(load_plan(plan), given["size_tiers"])
    if seen is not None:
        result = audit_rule(seen, units, rule, arm=given["arm"])
        asked_for.hand(result)
        if result.failed:
            sys.exit(_NOT_AS_PLANNED)
        return
    path = parent_of(str(out), units)
    assignment = assign_rule(units, rule)
    assignment.write(path)
    asked_for.hand(assignment)
    asked_for.say(f"{len(assignment.frame):,} units written to {path}")
    if len(assignment.rejected):
        rejects = path.with_suffix(".rejected.csv")
        assignment.rejected.to_csv(rejects, index=False, lineterminator="\n")
        asked_for.say(f"{len(assignment.rejected):,} rejected rows written to {rejects}")
