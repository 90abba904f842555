"""What a look a day does to the error: `python benchmarks/looking_early.py` (five minutes).

Experiments with 100 customers an arm and day over 60 days, looked at every day and stopped at the
first look that shows a difference. Without an effect, how many stop; with one that 80 % of
experiments without looks would find, how many do, how soon, and how much they then exaggerate.
Writes docs/tables/looking_early.csv and docs/tables/looking_early.md.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from npsstats.experiments.sequential.batches import Batches
from npsstats.experiments.sequential.mixture import radius, tuning
from npsstats.experiments.sequential.spending import boundaries

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
DAYS, PER_DAY, LEAST = 60, 100, 20
ALPHA = 0.05
OUTCOMES = {  # share who buy, sd of the log amount (0: only whether they bought), effect on shares
    "re-purchase, 30 %": (0.30, 0.0, 0.0237),
    "order, 1 %": (0.01, 0.0, 0.0055),
    "amount, 10 % buy": (0.10, 1.0, 0.0258),
}
METHODS = {
    "one look at the end": "no looks: the yardstick",
    "naive": "stop at the first p < .05",
    "O'Brien–Fleming": "look(spending='obrien_fleming')",
    "Pocock": "look(spending='pocock')",
    "anytime": "confidence_sequence, asymptotic",
    "anytime, exact": "confidence_sequence, odds ratio",
}


def simulate(
    share: float, spread: float, experiments: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the daily sums and sums of squares of one arm, each (experiments, days)."""
    buyers = rng.binomial(PER_DAY, share, (experiments, DAYS))
    if not spread:
        return buyers, buyers
    amounts = rng.lognormal(-(spread**2) / 2, spread, buyers.sum())
    cell = np.repeat(np.arange(buyers.size), buyers.ravel())
    sums = [np.bincount(cell, amounts**power, buyers.size) for power in (1, 2)]
    return sums[0].reshape(buyers.shape), sums[1].reshape(buyers.shape)


def contrasts(control: tuple, treated: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Return the difference so far and its z (from Welch's t), each (experiments, days)."""
    n = PER_DAY * np.arange(1, DAYS + 1)
    means, parts = [], []
    for total, square in (control, treated):
        mean = total.cumsum(axis=1) / n
        means.append(mean)
        parts.append(np.maximum(square.cumsum(axis=1) / n - mean**2, 0) / (n - 1))
    variance = parts[0] + parts[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (means[1] - means[0]) / np.sqrt(variance)
        df = variance**2 / ((parts[0] ** 2 + parts[1] ** 2) / (n - 1))
        z = -special.ndtri(special.stdtr(df, -np.abs(ratio)))
    return means[1] - means[0], np.copysign(np.nan_to_num(z), ratio)


def first(out: np.ndarray) -> np.ndarray:
    """Return the day of the first True in each row, from 0; DAYS where there is none."""
    return np.where(out.any(axis=1), out.argmax(axis=1), DAYS)


def spent(z: np.ndarray, taken: np.ndarray, spending: str) -> np.ndarray:
    """Return which looks cross the bounds, which know what looks were passed over."""
    fractions = np.arange(1, DAYS + 1) / DAYS
    out = np.zeros(z.shape, dtype=bool)
    begins = first(taken)
    for begin in np.unique(begins[begins < DAYS]):
        rows = begins == begin
        bounds = boundaries(fractions[begin:], ALPHA, spending)
        out[np.ix_(rows, np.arange(begin, DAYS))] = np.abs(z[rows, begin:]) >= bounds
    return out


def stops(outcome: str, *, effect: bool, experiments: int, seed: int) -> tuple[dict, np.ndarray]:
    """Return the day of each method's stop, and the differences so far."""
    share, spread, more = OUTCOMES[outcome]
    rng = np.random.default_rng(seed)
    control = simulate(share, spread, experiments, rng)
    treated = simulate(share + more * effect, spread, experiments, rng)
    delta, z = contrasts(control, treated)
    last = np.arange(DAYS) == DAYS - 1
    taken = np.ones(z.shape, dtype=bool)
    if not spread:
        events = (control[0] + treated[0]).cumsum(axis=1)
        taken = events >= LEAST
    g = tuning(ALPHA) * np.arange(1, DAYS + 1) / DAYS
    found = {
        "one look at the end": first((np.abs(z) > special.ndtri(1 - ALPHA / 2)) & last),
        "naive": first(np.abs(z) > special.ndtri(1 - ALPHA / 2)),
        "O'Brien–Fleming": first(spent(z, taken, "obrien_fleming")),
        "Pocock": first(spent(z, taken, "pocock")),
        "anytime": first(taken & (np.abs(z) >= radius(g, ALPHA))),
    }
    if not spread:
        units = np.full((DAYS, 2), PER_DAY)
        log_e = []
        for pair in zip(control[0], treated[0], strict=True):
            batches = Batches(np.stack(pair, axis=1), units, 2.0 * PER_DAY * DAYS)
            log_e.append(batches.log_e_values(ALPHA))
        found["anytime, exact"] = first(np.array(log_e) >= -np.log(ALPHA))
    return found, delta


def table(experiments: int = 2000, seed: int = 7) -> pd.DataFrame:
    """Return a row an outcome and method."""
    rows = []
    for place, (outcome, (_, _, more)) in enumerate(OUTCOMES.items()):
        null, _ = stops(outcome, effect=False, experiments=experiments, seed=seed + 2 * place)
        real, delta = stops(
            outcome, effect=True, experiments=experiments, seed=seed + 2 * place + 1
        )
        for method, days in null.items():
            there = real[method]
            end = np.minimum(there, DAYS - 1)
            found = there < DAYS
            at_stop = delta[np.arange(experiments), end]
            rows.append(
                {
                    "outcome": outcome,
                    "method": method,
                    "experiments": experiments,
                    "error": (days < DAYS).mean(),
                    "error_in_a_week": (days < 7).mean(),
                    "power": found.mean(),
                    "expected_units": (end + 1).mean() / DAYS,
                    "exaggeration": at_stop[found].mean() / more,
                }
            )
    return pd.DataFrame(rows)


def page(frame: pd.DataFrame) -> str:
    """Return the table as a page of Markdown."""
    n = int(frame["experiments"].iloc[0])
    noise = 100 * np.sqrt(ALPHA * (1 - ALPHA) / n)
    lines = [
        "# A look a day",
        "",
        (
            f"{n:,} simulated experiments without an effect (A/A) and as many with one, {PER_DAY} "
            f"customers an arm and day over {DAYS} days, looked at every day at the 5 % level; "
            "`python benchmarks/looking_early.py` makes this page."
        ),
        "",
        (
            f"The Monte Carlo error of an error rate of 5 % is {noise:.2f} points. *Power* is of "
            "an effect that some 80 % of experiments without looks find; *units* are the share of "
            "the planned customers that are in at the stop, on average; *exaggeration* is the "
            "plain estimate at a stop over the true effect (`look` reports the corrected one)."
        ),
    ]
    for outcome, part in frame.groupby("outcome", sort=False):
        lines += ["", f"## {outcome}", ""]
        lines.append(
            "| method | as called | error | in the first week | power | units | exaggeration |"
        )
        lines.append("|---|---|---|---|---|---|---|")
        lines += [
            f"| {row.method} | {METHODS[row.method]} | {row.error:.1%} | {row.error_in_a_week:.1%} "
            f"| {row.power:.0%} | {row.expected_units:.0%} | × {row.exaggeration:.2f} |"
            for row in part.itertuples()
        ]
    lines += [
        "",
        (
            f"For a 0/1 outcome, looks with fewer than {LEAST} events in both arms together are "
            "passed over, without spending error; the exact reading needs no such rule. It reads "
            "an odds ratio given each day's number of events, and has no counterpart for amounts."
        ),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Write the table and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=2000)
    frame = table(parser.parse_args().experiments)
    TABLES.mkdir(parents=True, exist_ok=True)
    frame.round(4).to_csv(TABLES / "looking_early.csv", index=False, lineterminator="\n")
    (TABLES / "looking_early.md").write_text(page(frame.round(4)), encoding="utf-8", newline="\n")
    print(frame.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
