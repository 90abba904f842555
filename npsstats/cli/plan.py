"""`npsstats plan`: how many answers, how precise, how many months."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from npsstats.checks import InputError
from npsstats.cli.wanted import result_options, wanted

if TYPE_CHECKING:
    from npsstats.estimation.precision.plans import Precision

__all__ = ["plan"]

_FOLK = (100, 200)  # "100 responses, better 200": what is judged unless something is asked


@click.command(
    epilog="""\b
Examples:
  npsstats plan                                     is 100 enough? better 200?
  npsstats plan --margin 5 --per-month 23 --picture plan.svg
  npsstats plan --gap 10 --difference --counts 15,30,55"""
)
@click.option("--n", type=int, multiple=True, help="Answers whose margin is wanted; repeatable.")
@click.option("--margin", type=float, multiple=True, help="Wanted margin, ± points; repeatable.")
@click.option(
    "--gap", type=float, multiple=True, help="True gap in points that shall be found; repeatable."
)
@click.option("--difference", is_flag=True, help="Of two groups.")
@click.option("--second", type=int, multiple=True, help="With --n: answers of the second group.")
@click.option(
    "--ratio", type=float, default=1.0, show_default=True, help="Second group's answers to first's."
)
@click.option(
    "--benchmark",
    type=float,
    is_flag=False,
    flag_value=0.0,
    metavar="[SE]",
    help="Against a benchmark with this standard error in points; 0 if fixed.",
)
@click.option("--population", type=int, help="Customers who could be asked at all.")
@click.option("--variance", type=float, help="Of one answer, up to 1; .67 unless told.")
@click.option("--counts", metavar="D,S,P", help="Detractors, passives, promoters so far.")
@click.option("--per-month", type=float, help="Answers a month, to say months.")
@click.option("--pooled", type=float, metavar="KAPPA", help="A store borrows from its network.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Of finding a gap.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Of the interval.")
@result_options
def plan(**given: Any) -> None:
    """Say what so many answers are worth, or how many a margin or a gap takes."""
    from npsstats.reporting.experiment.precision_wording import sentences
    from npsstats.reporting.language import language

    asked_for = wanted(given)
    result = _asked(given)
    words = language(asked_for.lang)
    shown = result.shown().round(1).to_string(index=False)
    doubts = [f"• {words.retell(doubt)}" for doubt in result.diagnostics]
    asked_for.hand(result, text="\n".join([*sentences(result, words), "", shown, *doubts]))


def _asked(given: dict[str, Any]) -> Precision:
    import npsstats as nps

    asked = [name for name in ("n", "margin", "gap") if given[name]]
    if len(asked) > 1:
        raise InputError(f"Give one of --{' and --'.join(asked)}, not {len(asked)} of them.")
    if given["second"] and asked not in ([], ["n"]):
        raise InputError("`--second` goes with --n; with --margin and --gap, give --ratio.")
    common = {
        "variance": given["variance"],
        "counts": _counts(given["counts"]),
        "benchmark_error": given["benchmark"],
        "population": given["population"],
        "per_month": given["per_month"],
        "concentration": given["pooled"],
        "power": given["power"],
        "level": given["level"],
    }
    two = given["difference"] or bool(given["second"])
    if two and common["counts"] is not None:
        # one pilot says how answers vary, not what both groups will score
        common |= {"variance": _variance(common["counts"]), "counts": None}
    if asked in ([], ["n"]):
        n = given["n"] or _FOLK
        matched = tuple(round(given["ratio"] * one) for one in n) if two else None
        return nps.margin(n, given["second"] or matched, **common)
    wanted = {asked[0]: given[asked[0]]}
    return nps.sample_size(**wanted, difference=two, ratio=given["ratio"], **common)


def _variance(counts: list[int]) -> float:
    from npsstats.estimation.precision.variance import known

    return known(None, None, counts, groups=1).variance[0]


def _counts(text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        counts = [int(part) for part in text.split(",")]
    except ValueError:
        counts = []
    if len(counts) != 3:
        raise InputError(
            f"`--counts` must be detractors, passives, promoters such as 15,30,55, got {text!r}."
        )
    return counts
