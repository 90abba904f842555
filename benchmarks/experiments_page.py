"""From replications to what is asked of an estimator: its bias, its coverage, its error."""

import numpy as np
import pandas as pd

__all__ = ["page", "summary"]

KEYS = ["study", "estimand", "method"]
LEVELS = (0.05, 0.01, 0.001)
LOW, LEVEL, HIGH, BIASED = 0.94, 0.95, 0.96, 3.0

_HEAD = """# Every estimator of the call-back study against its truth

`python benchmarks/experiments.py networks`, then `pool`, makes this page; what is simulated is
said in the first lines of that file and of `experiments_pairs.py`. Replication i has seed i. Bias
is the mean of estimate − truth, z that over its Monte Carlo error (± MC); coverage is the share of
95 % intervals, and of 95 % credible intervals, that hold the truth; width is their mean. Ratios
are read on the log scale, in truth, bias and width too. "p < 0.05" is given where there is no
effect, and is then the share of false alarms. Posterior means are read like estimates; a prior may
move them, so that their z is no test of the code."""

_PARTS = {
    "networks": """## Whole networks

Each replication is a network of its own: 8 stores, 10 months, 7,000 answers, some 900 detractors
with 60 days of follow-up, half of them called. It goes through the call-back plan's own reading of
tables. The truth is the closed form over that network's detractors, so that it differs a little
from one replication to the next. The checks are of assignments made as planned.""",
    "pool": """## Pairs drawn from a pool

One network of 40 stores and 120,000 answers gives the pairs. Most studies draw 2,000 of them with
replacement and call half. Effects were given 500 replications first; the column n says how many
there are of each. Of scores, 400 answers an arm are drawn from all the next scores of that
arm, or 4,000 customers of whom one in eight answers. Days are followed for 20 to 90 days, by lot;
the hazard ratio's truth is Cox's own on all pairs under every follow-up. Whole stores: 12 an arm,
drawn from the 40 and each given a level of its own (sd 4 EUR); within stores: 16, with effects of
their own too (sd 3 EUR). Subgroups: 8 of 50 to 500 an arm, amounts from a gamma law, effects from
the model's prior. Whom to call: 4,000 customers, six cells, 30 % called; its truth is what the
rule that was chosen brings in the pool.

Not all rows are meant to hold 95 %. The repeated and the anytime intervals must hold at all looks
together, so that they hold more; each end of Lee's bounds is to be held by 95 % or more; the naive
reading at the stop is there to show what looking
does to it. "Mean difference per cluster" and "mean difference" have truths of their own; where
stores' sizes and effects go together, the Bayesian reading of the former draws towards the latter.
Coverage by subgroup is the mean over the eight. "In these clusters" has no interval where a store
has one customer in an arm, a third of the time; its coverage is that of the others.

A median-unbiased estimate is below the truth as often as above it (the table's column `below` in
experiments_pool.csv); its mean may lie off, as it does where the effect stops most trials early.
What the rule is worth is an estimate of rules learnt on four fifths of the customers, and its truth
here is that of the rule learnt on all. Around that truth its estimates scatter some 15 % wider than
its standard error says, since the choice of the rule varies too: read it as a little too sure.""",
}


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row an estimator; ratios are on the log scale.

    A replication with several rows (subgroups) counts once, with their mean.
    """
    rows = rows.copy()
    rows["method"] = rows["method"].str.removesuffix("; an average")  # said of some replications
    ratio = rows["unit"] == "ratio"
    for name in ("truth", "estimate", "lower", "upper"):
        with np.errstate(divide="ignore", invalid="ignore"):
            rows.loc[ratio, name] = np.log(rows.loc[ratio, name])
    rows.loc[ratio, "estimand"] = "log " + rows.loc[ratio, "estimand"]
    rows["error"] = rows["estimate"] - rows["truth"]
    known = rows["lower"].notna() & rows["upper"].notna() & rows["truth"].notna()
    held = (rows["lower"] <= rows["truth"]) & (rows["truth"] <= rows["upper"])
    rows["held"] = held.astype(float).where(known)
    rows["width"] = (rows["upper"] - rows["lower"]).where(known)
    rows["below"] = (rows["error"] < 0).astype(float).where(rows["error"].notna())
    for level in LEVELS:
        under = (rows["p_value"] < level).astype(float)
        rows[f"p_below_{level:g}"] = under.where(rows["p_value"].notna())
    numbers = ["truth", "estimate", "error", "held", "width", "below"]
    numbers += [f"p_below_{level:g}" for level in LEVELS]
    once = rows.groupby([*KEYS, "replication"], sort=False)[numbers].mean()
    grouped = once.groupby(KEYS, sort=False)
    table = grouped.mean().rename(columns={"error": "bias", "held": "coverage"})
    n = grouped.size()
    table.insert(0, "replications", n)
    bias_error = grouped["error"].std() / np.sqrt(grouped["error"].count())
    table.insert(4, "bias_error", bias_error)
    table.insert(5, "z", table["bias"] / bias_error)
    coverage_error = grouped["held"].std() / np.sqrt(grouped["held"].count())
    table.insert(7, "coverage_error", coverage_error)
    # a test is read where there is nothing to find
    idle = np.array([_null(study) for study, *_ in table.index])
    table.loc[~idle, [f"p_below_{level:g}" for level in LEVELS]] = np.nan
    return table.reset_index()


def _null(study: str) -> bool:
    return study == "checks" or study.endswith(", no effect")


def doubtful(table: pd.DataFrame) -> pd.DataFrame:
    """Return rows with bias beyond 3, or coverage outside 94 to 96 % by 2, Monte Carlo errors."""
    binomial = np.sqrt(LEVEL * (1 - LEVEL) / table["replications"])
    error = 2 * np.maximum(table["coverage_error"], binomial)
    short, long = table["coverage"] < LOW - error, table["coverage"] > HIGH + error
    return table[(table["z"].abs() > BIASED) | short | long]


def page(tables: dict[str, pd.DataFrame]) -> str:
    """Return both tables as a page of Markdown."""
    lines = [_HEAD]
    for command, table in tables.items():
        judged = table[table["coverage"].notna()]
        odd = doubtful(judged)
        lines += ["", _PARTS[command], ""]
        lines.append(
            f"Of {len(judged)} rows with a truth, {len(judged) - len(odd)} have a bias within 3 "
            "Monte Carlo errors and a coverage of 94 to 96 %, give or take 2 Monte Carlo errors."
        )
        if len(odd):
            lines += ["The others are:", ""]
            lines += [f"- {line}" for line in map(_odd, odd.to_dict("records"))]
        for study, part in table.groupby("study", sort=False):
            lines += ["", f"### {str(study).capitalize()}", "", *_table(part)]
    return "\n".join([*lines, ""])


def _odd(row: dict[str, object]) -> str:
    return (
        f"{row['study']}, {row['estimand']}, {row['method']}: coverage {row['coverage']:.3f} "
        f"± {row['coverage_error']:.3f}, bias {row['z']:+.1f} Monte Carlo errors"
    )


def _table(part: pd.DataFrame) -> list[str]:
    """Return a study's rows; tests alone have no truth, and effects no rejections of none."""
    names, signs = [], []
    if part["truth"].notna().any():
        names += ["truth", "bias", "bias_error", "z", "coverage", "coverage_error", "width"]
        signs += ["truth", "bias", "± MC", "z", "coverage", "± MC", "width"]
    tested = [f"p_below_{level:g}" for level in LEVELS]
    if part[tested].notna().any(axis=None):
        shown = tested if part["truth"].isna().all() else tested[:1]
        names += shown
        signs += [f"p < {name.removeprefix('p_below_')}" for name in shown]
    lines = [
        f"| estimand | method | n | {' | '.join(signs)} |",
        "|---|---|" + "---|" * (1 + len(signs)),
    ]
    for row in part.to_dict("records"):
        cells = [_cell(name, row[name]) for name in names]
        first = f"| {row['estimand']} | {row['method']} | {row['replications']:,} | "
        lines.append(first + " | ".join(cells) + " |")
    return lines


def _cell(name: str, value: float) -> str:
    if np.isnan(value):
        return ""
    if name == "z":
        return f"{value:+.1f}"
    if name in {"coverage", "coverage_error"} or name.startswith("p_below"):
        return f"{value:.3f}"
    return (
        f"{value:.3g}" if name == "width" else f"{value:+.2g}" if "bias" in name else f"{value:.4g}"
    )
