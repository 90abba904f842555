"""The demonstration: a network whose truth is known, from its answers to the PDF."""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import click

from npsstats.cli.status import status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["run"]


def run(out: Path, lang: str, seed: int) -> None:
    """Simulate, estimate, report; say where the PDF is and the three numbers that matter."""
    with _step("Loading npsstats"):
        import npsstats as nps
        from npsstats.estimation.estimate import estimate
        from npsstats.reporting.leadership.report import report
        from npsstats.reporting.standing import standing
    with _step("Simulating 120 stores over 24 months"):
        network = nps.simulate(seed=seed)
    with TemporaryDirectory() as folder:
        with _step("Writing and reading back their answers"):
            config = nps.load_network(network.write(folder, format="parquet"))
            intake = config.read(quiet=True)
            stores = config.read("stores", quiet=True).accepted.store_id.execute()
            target = config.target or 0.0
            counts = nps.count(intake, by="store_id", cells=stores)
        with _step("Estimating every store"):
            result = estimate(counts, target=target)
        with _step("Writing the leadership PDF"):
            path = report(config, out, lang=lang)
    row = result.overall.iloc[0]
    true = network.truth.stores.set_index("store_id").loc[stores, "nps_answered"].to_numpy()
    ends = result.frame["lower"], result.frame["upper"]
    held = ((ends[0] <= true) & (true <= ends[1])).mean()
    raw = result.frame["nps"].std()
    spread = result.network.loc["between_sd"]
    # as the PDF does, on the numbers as they are printed
    sides = [str(standing(low, high, target)) for low, high in zip(*ends, strict=True)]
    click.echo(
        f"""
1. NPS {row.nps:+.1f} (95 % credible interval {row.lower:+.1f} to {row.upper:+.1f}), \
{int(row.n):,} answers.
2. Stores truly differ by ±{spread.estimate:.1f} points (one sd); their raw scores by ±{raw:.1f}.
3. Against the target of {target:+.0f}: {sides.count("above")} stores surely above, \
{sides.count("below")} surely below, {sides.count("unknown")} cannot be told.
The truth is known here: {held:.0%} of the stores' 95 % intervals hold it.

{path}"""
    )


@contextmanager
def _step(text: str) -> Iterator[None]:
    """Show a step while it lasts, and how long it took."""
    start = perf_counter()
    with status(text):
        yield
    click.echo(f"✓ {text} ({perf_counter() - start:.1f} s)", err=True)
