"""The page of the forecasts' tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["page"]

_HEAD = """# Forecasts: beside others, and how often their intervals hold

`python benchmarks/forecasting.py` makes this page, part by part; its head says how.
"""
_PEERS = """
## {title}

CRPS in {unit} over all origins and horizons to {last}, and at four of them; share of what came that
lay in 80 and 95 % intervals. *Saved*: by how much the default's CRPS is less than the row's, with
its 95 % interval (origins overlap; see `npsstats.forecasting.skill`). AutoETS and
AutoARIMA are statsforecast's, estimated at every origin; the others at every {refit} origins.

| series | origins | model | n | CRPS | at 1 | at 3 | at 6 | at 12 | 80 % | 95 % | saved |
|---|---|---|---|---|---|---|---|---|---|---|---|
{rows}
"""
_COVERAGE = """
## Coverage in networks whose truth is known

Networks of 40 stores, 36 months known, 12 foreseen by the default, which pools models, and by the
hierarchical model alone: share of *true* scores within the intervals, and of the scores that were
*shown*. In parentheses the simulation error, clustered by network. *Worst*: the horizon whose share
is furthest from the level. Required: within 2 points, overall and at every horizon. *By chance*:
what is further than 2 points is so by no more than 3 simulation errors.

| network | times | n | model | level | true | shown | worst horizon, true | within 2 | by chance |
|---|---|---|---|---|---|---|---|---|---|
{rows}

{said}
"""
_SPEED = """
## Speed

{rows}
"""


def page(tables: Path) -> str:
    """Return the page of the parts whose tables there are."""
    text = _HEAD
    for part, title, unit in (("polls", "Polls", "points"), ("walmart", "Weekly sales", "%")):
        if (file := tables / f"forecasting_{part}.csv").exists():
            table = pd.read_csv(file)
            scale = 100 if unit == "%" else 1
            rows = "\n".join(_row(row, scale) for row in table.itertuples())
            text += _PEERS.format(
                title=title, unit=unit, last=12, rows=rows, refit=table["refit"].iloc[0]
            )
            text += "\n" + "\n".join(_verdicts(table)) + "\n"
    if (file := tables / "forecasting_coverage.csv").exists():
        text += _coverage(pd.read_csv(file, dtype={"horizon": str}))
    if (file := tables / "forecasting_speed.csv").exists():
        lines = [
            f"{row.stores:,} stores × {row.months} months, horizon 6, the default: "
            f"{row.total:.1f} s (fit {row.fit:.1f}, draws {row.predict:.1f}) on {row.cores} cores."
            for row in pd.read_csv(file).itertuples()
        ]
        text += _SPEED.format(rows="\n".join(lines))
    return text


def _row(row: object, scale: float) -> str:
    scores = [row.crps, row.crps_1, row.crps_3, row.crps_6, row.crps_12]
    said = " | ".join(f"{scale * score:.2f}" for score in scores)
    saved = "–"
    if row.model != "combined":
        saved = f"{100 * row.saved:+.1f} % ({100 * row.lower:+.1f} to {100 * row.upper:+.1f})"
    return (
        f"| {row.study} | {row.origins} | {row.model} | {row.n:,} | {said} | "
        f"{row.coverage_80:.2f} | {row.coverage_95:.2f} | {saved} |"
    )


def _verdicts(table: pd.DataFrame) -> list[str]:
    """Say on each study what the default beats, and what beats it."""
    said = []
    for study, rows in table.groupby("study", sort=False):
        others = rows[rows["model"] != "combined"]
        better = others.loc[others["saved"] > 0, "model"].tolist()
        worse = others.loc[others["saved"] < 0, "model"].tolist()  # equal where it is all the pool
        text = f"- {study}: the default is ahead of {', '.join(better) or 'none'}"
        said.append(text + (f"; behind {', '.join(worse)}." if worse else "."))
    return said


def _coverage(table: pd.DataFrame) -> str:
    rows, missed = [], []
    cells = ["kind", "n", "model", "level"]
    for (kind, n, model, level), part in table.groupby(cells, sort=False):
        whole = part[part["horizon"] == "all"].iloc[0]
        ahead = part[part["horizon"] != "all"]
        worst = ahead.loc[(ahead["latent"] - level).abs().idxmax()]
        far = max(abs(whole["latent"] - level), abs(worst["latent"] - level))
        excess = (part["latent"] - level).abs() - 3 * part["latent_error"]
        held, surely = far <= 0.02, excess.max() > 0.02
        chance = "–" if held else "no" if surely else "yes"
        if surely:
            missed.append(f"{model} in {kind}, n = {n}, {100 * level:g} %")
        rows.append(
            f"| {kind} | {whole['networks']} | {n} | {model} | {100 * level:g} % "
            f"| {whole['latent']:.3f} "
            f"({whole['latent_error']:.3f}) | {whole['shown']:.3f} ({whole['shown_error']:.3f}) | "
            f"{worst['latent']:.3f} ({worst['latent_error']:.3f}) at {worst['horizon']} | "
            f"{'yes' if held else 'no'} | {chance} |"
        )
    said = "Missed by more than chance: " + ("; ".join(missed) if missed else "none") + "."
    return _COVERAGE.format(rows="\n".join(rows), said=said)
