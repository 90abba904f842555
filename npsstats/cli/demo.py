"""The demonstration: a network whose truth is known, from its answers to the PDF."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["run"]


def run(out: Path, lang: str, seed: int) -> None:
    """Simulate, estimate, report; say where the PDF is and the three numbers that matter."""
    with _step("Loading npsstats"):
        import npsstats as nps
        from npsstats.estimation.estimate import estimate
        from npsstats.reporting.leadership import report
    with _step("Simulating 120 stores over 24 months"):
        network = nps.simulate(seed=seed)
    with TemporaryDirectory() as folder:
        with _step("Writing and reading back their answers"):
            config = nps.load_network(network.write(folder, format="parquet"))
            intake = config.read(quiet=True)
            stores = config.read("stores", quiet=True).accepted.store_id.execute()
            counts = nps.count(intake, by="store_id", cells=stores)
        with _step("Estimating every store"):
            result = estimate(counts, target=config.target)
            flags = nps.flag(result)
        with _step("Writing the leadership PDF"):
            path = report(config, out, lang=lang)
    row = result.overall.iloc[0]
    true = network.truth.stores.set_index("store_id").loc[stores, "nps_answered"].to_numpy()
    held = ((result.frame["lower"] <= true) & (true <= result.frame["upper"])).mean()
    raw = result.frame["nps"].std()
    spread = result.network.loc["between_sd"]
    sides = flags.frame["side"].value_counts()
    click.echo(
        f"""
1. NPS {row.nps:+.1f} (95 % credible interval {row.lower:+.1f} to {row.upper:+.1f}), \
{int(row.n):,} answers.
2. Stores truly differ by ±{spread.estimate:.1f} points (one sd); their raw scores by ±{raw:.1f}.
3. Against the target of {config.target:+.0f}: {sides.get("above", 0)} stores surely above, \
{sides.get("below", 0)} surely below, {len(stores) - len(flags.frame)} cannot be told.
The truth is known here: {held:.0%} of the stores' 95 % intervals hold it.

{path}"""
    )


def _step(text: str) -> AbstractContextManager[None]:
    from contextlib import contextmanager

    @contextmanager
    def timed() -> Iterator[None]:
        from rich.console import Console

        console = Console(stderr=True)
        start = perf_counter()
        with console.status(f"{text} …"):
            yield
        console.print(f"[green]✓[/green] {text} [dim]({perf_counter() - start:.1f} s)[/dim]")

    return timed()
