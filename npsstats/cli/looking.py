"""`npsstats look | learnt | regression-to-mean`: an experiment under way, and many of them."""

from __future__ import annotations

from typing import Any

import click

from npsstats.checks import InputError
from npsstats.cli.options import LEVEL, read_source, source_options, there
from npsstats.cli.wanted import result_options, wanted

__all__ = ["learnt", "look", "regression_to_mean"]


@click.command(
    epilog="""\b
Examples:
  npsstats look experiments/callback/plan.toml --data network.toml
  npsstats look plan.toml --data units.csv --planned 4000"""
)
@click.argument("plan", type=click.Path())
@click.option("--data", metavar="SOURCE", help="A network.toml or a table of units; else [data].")
@click.option(
    "--planned", type=int, metavar="N", help="Units at the end, where the plan has no [looks]."
)
@result_options
def look(plan: str, *, data: str | None, planned: int | None, **given: Any) -> None:
    """Look at the primary outcome of PLAN before its end, without fooling oneself.

    A plan with dates in [looks] is read by its bounds; without them, the interval holds at whatever
    time one looks, and however often. Sizes of arms that are not as planned are said first.
    """
    from npsstats.experiments.gathering import gather
    from npsstats.experiments.spec import load_plan
    from npsstats.experiments.spec_parts import LookPlan
    from npsstats.experiments.steps import checks_of, looks_of

    asked_for = wanted(given, data or "")
    read = load_plan(plan)
    if read.clustered:
        raise InputError(
            f"Looks take customers of a store for strangers, and {plan!r} assigns whole clusters. "
            "Analyse it at its end: npsstats analyze."
        )
    if read.looks is None:
        read = read.model_copy(update={"looks": LookPlan(anytime=True, planned_n=planned)})
    elif planned is not None:
        raise InputError("`--planned` is in the plan's [looks] already: leave it out.")
    with asked_for.working("Looking"):
        gathered = gather(read, data)
        parts = looks_of(read, gathered)
        sizes = checks_of(read, gathered)["sample ratio"]
    if not parts:
        raise InputError(
            f"No look of {plan!r} has taken place yet: the data end with {gathered.until}, before "
            "the first date of [looks]."
        )
    text = "\n\n".join([sizes.headline(), *map(str, parts.values())])
    name, result = next(iter(parts.items()))
    more = {key: part.frame for key, part in parts.items() if key != name}
    asked_for.hand(result, {"sizes": sizes.frame, **more}, text=text)


@click.command(
    epilog="""\b
Examples:
  npsstats analyze plan.toml --data units.csv --record register.jsonl
  npsstats learnt register.jsonl --outcome bought --exploratory
  npsstats learnt register.jsonl --show discoveries --exploratory"""
)
@click.argument("register", type=click.Path())
@click.option("--outcome", "outcomes", multiple=True, help="To be read; all unless told.")
@click.option(
    "--show",
    type=click.Choice(["learnt", "discoveries"]),
    default="learnt",
    show_default=True,
    help="Effects drawn together; or which of them stand, all of them counted.",
)
@click.option("--exploratory", is_flag=True, help="Also analyses that were not registered before.")
@LEVEL
@result_options
def learnt(register: str, *, outcomes: tuple[str, ...], show: str, **given: Any) -> None:
    """Read several experiments together: what REGISTER, kept by analyze --record, has taught.

    Large effects of small experiments are drawn to what such experiments find.
    """
    import npsstats as nps

    there(register, "It is made by npsstats analyze --record FILE.")
    asked_for = wanted(given, register)
    kept = nps.load_register(register)
    shared = {"outcomes": outcomes, "exploratory": given["exploratory"], "level": given["level"]}
    if show == "discoveries":
        from npsstats.experiments.portfolio.discovery import discoveries

        rows = kept.current
        if not given["exploratory"]:
            rows = rows[~rows["exploratory"].fillna(value=True).astype(bool)]
        if outcomes:
            rows = rows[rows["outcome"].isin(outcomes)]
        if not len(rows):
            raise InputError(f"{register!r} holds no such effect: see --outcome, --exploratory.")
        asked_for.hand(discoveries(rows, level=given["level"]))
        return
    asked_for.hand(nps.learnt(kept, **shared))


@click.command(
    "regression-to-mean",
    epilog="""\b
Example:
  npsstats regression-to-mean answers.csv --score note --observed 81 100""",
)
@source_options
@click.option("--observed", nargs=2, type=int, metavar="BETTER N", help="Of those called back.")
@click.option(
    "--correlation", type=float, multiple=True, help="Of a customer's two scores; repeatable."
)
@LEVEL
@result_options
def regression_to_mean(source: str, *, correlation: tuple[float, ...], **given: Any) -> None:
    """Say how many detractors of SOURCE score better next time when nobody does anything.

    "81 % of called-back detractors scored better": so do detractors whom nobody calls.
    """
    import npsstats as nps

    asked_for = wanted(given, source)
    counts = nps.count(read_source(source, given))
    shared: dict[str, Any] = {"correlation": correlation} if correlation else {}
    result = nps.regression_to_mean(
        counts, observed=given["observed"] or None, level=given["level"], **shared
    )
    asked_for.hand(result)
