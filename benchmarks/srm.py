"""How often sample-ratio tests alarm, and how soon: `python benchmarks/srm.py` (a minute).

Experiments as planned are simulated many times, looked at once and every day; then experiments
whose allocation is off. Writes docs/tables/srm.csv and docs/tables/srm.md.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from npsstats.experiments.balance.ratio_test import ratio_test
from npsstats.experiments.balance.sequential_ratio import log_bayes_factors

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
DAYS = 60
REPEATS = 4000
SEED = 2024
LEVELS = (0.05, 0.01, 0.001)
SPREADS = (10.0, 100.0, 1_000.0, 10_000.0, 100_000.0)
PLANS = {
    "two equal arms": (0.5, 0.5),
    "90 : 10": (0.9, 0.1),
    "three equal arms": (1 / 3, 1 / 3, 1 / 3),
    "50 : 30 : 20": (0.5, 0.3, 0.2),
}
SIZES = (12, 60, 600, 60_000)  # units in all, over the days
SHIFTS = {  # what is assigned where equal arms are planned, and units a day
    "52 : 48, 200 a day": ((0.52, 0.48), 200),
    "51 : 49, 1,000 a day": ((0.51, 0.49), 1_000),
    "55 : 45, 30 a day": ((0.55, 0.45), 30),
}

_HEAD = """# False alarms of sample-ratio tests

`python benchmarks/srm.py` makes this page. Shares of experiments as planned that alarm;
{repeats:,} experiments a row, so that .05 is known to ±{error:.3f}, over {days} days.

- **once**: `sample_ratio` on the last day, exact where an arm should have fewer than 20 units. It
  alarms at its level, or less where few units take few values.
- **chi-square once**: without the exact test; too many alarms where an arm is small.
- **chi-square daily**: the lowest chi-square p-value of all days, which is not to be done.
- **sequential daily**: `sequential_sample_ratio`, looked at every day."""

_FOUND = """
## How soon a true mismatch is found

Equal arms were planned; looked at every day for {days} days at .001. Averaging over concentrations
costs little where 10,000 alone suits, and finds what it misses. A median of {never} means: not
within the {days} days.

| true shares | concentration | found | median day |
|---|---|---|---|"""


def days_of(rng: np.random.Generator, total: int, shares: tuple[float, ...], n: int) -> np.ndarray:
    """Return cumulative counts of n experiments, shape (n, days, arms)."""
    a_day = np.diff(np.linspace(0, total, DAYS + 1).round().astype(int))
    daily = np.stack([rng.multinomial(size, shares, size=n) for size in a_day], axis=1)
    return daily.cumsum(axis=1)


def once(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the p-value of each row of counts; rows that are the same are tested once."""
    rows, where = np.unique(counts, axis=0, return_inverse=True)
    p_values = np.array([ratio_test(row, shares).p_value for row in rows])
    return p_values[where.ravel()]


def chi_square(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return chi-square p-values, shape (...), 1 where there are no units yet."""
    n = counts.sum(axis=-1, keepdims=True)
    expected = np.maximum(n * shares, 1e-12)
    statistic = ((counts - n * shares) ** 2 / expected).sum(axis=-1)
    return np.where(n[..., 0] > 0, stats.chi2.sf(statistic, len(shares) - 1), 1.0)


def alarms(repeats: int = REPEATS, sizes: tuple[int, ...] = SIZES) -> pd.DataFrame:
    """Return the share of experiments as planned that alarm, a row a plan, size and level."""
    rows = []
    for plan, given in PLANS.items():
        shares = np.array(given)
        for total in sizes:
            rng = np.random.default_rng([SEED, len(plan), total])
            so_far = days_of(rng, total, given, repeats)
            last = once(so_far[:, -1], shares)
            plain = chi_square(so_far[:, -1], shares)
            daily = chi_square(so_far, shares).min(axis=1)
            highest = log_bayes_factors(so_far, shares, SPREADS).max(axis=1)
            rows += [
                {
                    "plan": plan,
                    "units": total,
                    "level": level,
                    "once": np.mean(last < level),
                    "chi_square_once": np.mean(plain < level),
                    "chi_square_daily": np.mean(daily < level),
                    "sequential_daily": np.mean(highest >= -np.log(level)),
                }
                for level in LEVELS
            ]
    return pd.DataFrame(rows)


def found(repeats: int = REPEATS // 4, level: float = 0.001) -> pd.DataFrame:
    """Return how often and when a true mismatch is found, looked at every day."""
    rows = []
    planned = np.array([0.5, 0.5])
    for shift, (true, a_day) in SHIFTS.items():
        rng = np.random.default_rng([SEED, a_day])
        so_far = days_of(rng, a_day * DAYS, true, repeats)
        for name, spreads in (("averaged", SPREADS), ("10,000 alone", (10_000.0,))):
            over = log_bayes_factors(so_far, planned, spreads) >= -np.log(level)
            seen = over.any(axis=1)
            first = np.where(seen, over.argmax(axis=1) + 1, DAYS + 1)
            rows.append(
                {
                    "true shares": shift,
                    "concentration": name,
                    "found": np.mean(seen),
                    "median_day": np.median(first),
                }
            )
    return pd.DataFrame(rows)


def page(table: pd.DataFrame, shifts: pd.DataFrame) -> str:
    """Return the tables as a page of Markdown."""
    error = np.sqrt(0.05 * 0.95 / REPEATS)
    lines = [_HEAD.format(repeats=REPEATS, error=1.96 * error, days=DAYS)]
    for level, part in table.groupby("level", sort=False):
        lines += [
            "",
            f"## Level {level:g}",
            "",
            "| plan | units | once | chi-square once | chi-square daily | sequential daily |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {row['plan']} | {row['units']:,} | {row['once']:.4f} "
            f"| {row['chi_square_once']:.4f} | {row['chi_square_daily']:.4f} "
            f"| {row['sequential_daily']:.4f} |"
            for _, row in part.iterrows()
        ]
    lines.append(_FOUND.format(days=DAYS, never=DAYS + 1))
    lines += [
        f"| {row['true shares']} | {row['concentration']} | {row['found']:.3f} "
        f"| {row['median_day']:.0f} |"
        for _, row in shifts.iterrows()
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the tables and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    repeats = parser.parse_args().repeats
    table, shifts = alarms(repeats).round(6), found(repeats // 4).round(6)
    TABLES.mkdir(parents=True, exist_ok=True)
    table.to_csv(TABLES / "srm.csv", index=False, lineterminator="\n")
    shifts.to_csv(TABLES / "srm_found.csv", index=False, lineterminator="\n")
    (TABLES / "srm.md").write_text(page(table, shifts), encoding="utf-8", newline="\n")
    print(table.to_string(index=False), shifts.to_string(index=False), sep="\n\n")


if __name__ == "__main__":
    main()
