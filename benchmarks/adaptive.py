"""What adaptive allocation buys, and what it does to intervals: `python benchmarks/adaptive.py`.

Four minutes of one idle core. Top-two Thompson sampling against equal shares, by `adaptive_cost`,
with four, eight and sixteen arms, close and far apart, with and without a drift. Then how often
intervals miss the truth, at the end and at any batch, after adaptive allocation: plain ones, and
those of `arm_sequences`, by its own pure functions.

Writes docs/tables/adaptive.md, adaptive_cost.csv and adaptive_coverage.csv.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import npsstats.experiments.adaptive.exact as bands
from npsstats.experiments.adaptive.cost import adaptive_cost
from npsstats.experiments.adaptive.drift import pearson
from npsstats.experiments.adaptive.projected import (
    expected_level,
    log_e_values,
    projected_band,
)
from npsstats.experiments.adaptive.trial import Plan, Trials, run
from npsstats.experiments.adaptive.within import LEAST, Moments, within_batches
from npsstats.experiments.binary.differences import wilson_limits
from npsstats.experiments.sequential.batches import Batches

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
SEED, LEVEL, Z = 20260301, 0.95, 1.959964
WIDTHS = 40  # experiments whose widths within batches are looked at
BATCHES, PER_ARM = 12, 100  # invitations in a batch: 100 for every arm there is

COSTS = {  # rates, minimum share, drift
    "4 arms, far": (np.array([0.08, 0.10, 0.12, 0.16]), 0.0, 0.0),
    "4 arms, close": (np.array([0.10, 0.11, 0.12, 0.13]), 0.0, 0.0),
    "8 arms, far": (np.linspace(0.06, 0.20, 8), 0.0, 0.0),
    "8 arms, close": (np.linspace(0.10, 0.135, 8), 0.0, 0.0),
    "8 arms, close, every arm 2 %": (np.linspace(0.10, 0.135, 8), 0.02, 0.0),
    "8 arms, close, drift +6 points": (np.linspace(0.10, 0.135, 8), 0.0, 0.06),
    "8 arms, close, drift, every arm 2 %": (np.linspace(0.10, 0.135, 8), 0.02, 0.06),
    "16 arms, one better": (np.array([0.10] * 15 + [0.14]), 0.0, 0.0),
    "16 arms, evenly apart": (np.linspace(0.08, 0.14, 16), 0.0, 0.0),
}
COVERAGE = {  # rates, drift; every arm gets 5 % at least
    "4 arms alike": (np.full(4, 0.12), 0.0),
    "4 arms apart": (np.array([0.10, 0.11, 0.13, 0.16]), 0.0),
    "8 arms alike": (np.full(8, 0.12), 0.0),
    "4 arms alike, drift +6 points": (np.full(4, 0.12), 0.06),
    "4 arms apart, drift −6 points": (np.array([0.10, 0.11, 0.13, 0.16]), -0.06),
}
SHARES = np.array([0.20, 0.35, 0.45])  # of the answers: detractors, passives, promoters
METHODS = {  # as shown: how
    "plain": "the usual interval of all answers so far, one arm at a time",
    "constant": "`arm_sequences`, exact for constant rates",
    "exact": "`arm_sequences`, within batches, exact",
    "within": "`arm_sequences`, within batches, asymptotic",
    "odds": "`arm_sequences`, within batches, exact odds ratio",
}


def cost_table(replications: int) -> pd.DataFrame:
    """Return a row a scenario, measure and design."""
    parts = []
    for place, (name, (rates, minimum, drift)) in enumerate(COSTS.items()):
        cost = adaptive_cost(
            rates.tolist(),
            per_batch=PER_ARM * len(rates),
            batches=BATCHES,
            replications=replications,
            minimum=minimum,
            drift=drift,
            seed=SEED + place,
        )
        adaptive = cost.arms[cost.arms["design"] == "adaptive"]
        worst = adaptive.iloc[int(adaptive["bias"].abs().argmax())]
        kept = cost.frame[["measure", "design", "unit", "estimate", "std_error"]]
        bias = pd.DataFrame(
            {
                "measure": "worst bias of a plain share",
                "design": "adaptive",
                "unit": "share",
                "estimate": [worst["bias"]],
                "std_error": [worst["bias_error"]],
            }
        )
        table = pd.concat([kept, bias], ignore_index=True)
        table.insert(0, "scenario", name)
        parts.append(table.assign(replications=replications))
        print(f"{name}: {cost.headline()}", flush=True)
    return pd.concat(parts, ignore_index=True)


def coverage_table(replications: int) -> pd.DataFrame:
    """Return a row a scenario, estimand and method: how often the truth is missed."""
    rows = []
    for place, (name, (rates, drift)) in enumerate(COVERAGE.items()):
        rng = np.random.default_rng(SEED + 100 + place)
        course = rates + np.linspace(0, drift, BATCHES)[:, None]
        plan = Plan(course, PER_ARM * len(rates), 0.5, 0.05)
        trials = run(plan, rng.random((replications, BATCHES, len(rates))))
        found = missed(trials, course, rng)
        for (estimand, method), (out, width) in found.items():
            rows.append(
                {
                    "scenario": name,
                    "estimand": estimand,
                    "method": method,
                    "replications": len(out),
                    "one_at_end": out[:, -1].mean(),
                    "one_at_any": out.any(axis=1).mean(),
                    "family_at_any": out.any(axis=(1, 2)).mean(),
                    "width": width,
                }
            )
        moved = [pearson(*pair) for pair in zip(trials.answered, trials.invited, strict=True)]
        rows.append(
            {
                "scenario": name,
                "estimand": "drift noticed",
                "method": "Pearson, p < .01",
                "replications": replications,
                "one_at_end": (np.array(moved) < 0.01).mean(),
            }
        )
        print(f"{name}: done", flush=True)
    return pd.DataFrame(rows)


def missed(
    trials: Trials, course: np.ndarray, rng: np.random.Generator
) -> dict[tuple[str, str], tuple[np.ndarray, float]]:
    """Return (estimand, method) → whether the truth is missed, (replications, batches, arms).

    With it the mean width at the end, in points. Arms are all arms, or all but the first, which is
    the control.
    """
    sent, came = trials.invited, trials.answered
    arms = course.shape[1]
    n, x = sent.cumsum(axis=1).astype(float), came.cumsum(axis=1).astype(float)
    so_far = course.cumsum(axis=0) / np.arange(1, BATCHES + 1)[:, None]
    found = {}
    plain = [end.reshape(n.shape) for end in wilson_limits(x.ravel(), n.ravel(), LEVEL)]
    found["response", "plain"] = judged(*plain, so_far)
    alpha = (1 - LEVEL) / arms
    found["response", "constant"] = judged(*kept(bands.share_band(x, n, alpha)), so_far)

    truth = course[0, 1:] - course[0, 0]
    alpha = (1 - LEVEL) / (arms - 1)
    p = x / n
    gap = p[..., 1:] - p[..., :1]
    noise = p * (1 - p) / n
    half = Z * np.sqrt(noise[..., 1:] + noise[..., :1])
    name = "response difference"
    found[name, "plain"] = judged(gap - half, gap + half, truth)
    control = (np.broadcast_to(part[..., :1], gap.shape) for part in (x, n))
    band = bands.difference_band((x[..., 1:], n[..., 1:]), tuple(control), alpha)
    found[name, "constant"] = judged(*kept(band), truth)
    found[name, "exact"] = exactly(trials, truth, alpha)
    mean = came / sent
    moments = Moments(sent.astype(float), mean, sent * mean * (1 - mean) / (sent - 1))
    least = np.minimum(x, n - x)
    ends = pairs(moments, least, PER_ARM * BATCHES / 2, alpha)
    found[name, "within"] = judged(*ends, truth)
    if not truth.any():
        out = odds_missed(trials, alpha)
        found["odds ratio", "odds"] = out, np.nan

    scores = rng.multinomial(came, SHARES)
    total = scores.cumsum(axis=1).astype(float)
    truth = np.full(arms, SHARES[2] - SHARES[0])
    count = np.maximum(total.sum(axis=-1), 1)
    net = (total[..., 2] - total[..., 0]) / count
    half = Z * np.sqrt(((total[..., 2] + total[..., 0]) / count - net**2) / count)
    found["NPS", "plain"] = judged(net - half, net + half, truth)
    band = bands.net_band(total, (1 - LEVEL) / arms)
    found["NPS", "constant"] = judged(*kept(band), truth)
    answers = np.maximum(scores.sum(axis=-1), 1)
    mean = (scores[..., 2] - scores[..., 0]) / answers
    both = (scores[..., 2] + scores[..., 0]) / answers
    spread = answers * (both - mean**2) / np.maximum(answers - 1, 1)
    moments = Moments(scores.sum(axis=-1).astype(float), mean, spread)
    least = total.sum(axis=-1) - total.max(axis=-1)
    ends = pairs(moments, least, course[0].mean() * PER_ARM * BATCHES / 2, alpha)
    found["NPS difference", "within"] = judged(*ends, np.zeros(arms - 1))
    return found


def kept(band: bands.Band) -> tuple[np.ndarray, np.ndarray]:
    """Return what all batches so far allow; batches are the second axis."""
    found = bands.running(bands.Band(*(np.swapaxes(end, 0, 1) for end in band)))
    return np.swapaxes(found.lower, 0, 1), np.swapaxes(found.upper, 0, 1)


def pairs(
    moments: Moments, least: np.ndarray, planned: float, alpha: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return limits within batches of every arm against the first, (replications, batches, …)."""
    ends = []
    for arm in range(1, least.shape[-1]):
        treated, control = (Moments(*(part[..., k] for part in moments)) for k in (arm, 0))
        begun = least[..., [0, arm]].min(axis=-1) >= LEAST
        path = within_batches(treated, control, planned=planned, alpha=alpha, begun=begun)
        ends.append((path.lower, path.upper))
    return tuple(np.stack(end, axis=-1) for end in zip(*ends, strict=True))


def exactly(trials: Trials, truth: np.ndarray, alpha: float) -> tuple[np.ndarray, float]:
    """Return where the true difference is ruled out, and the width in the first experiments."""
    sent, came = trials.invited.astype(float), trials.answered.astype(float)
    planned = PER_ARM * BATCHES / 2
    out, width = [], []
    for arm, delta in enumerate(truth, 1):
        level = expected_level(came, sent, (arm, 0))
        events, units = ((part[..., arm], part[..., 0]) for part in (came, sent))
        log_e = log_e_values(delta, events, units, level, planned=planned, alpha=alpha)
        out.append(np.maximum.accumulate(log_e, axis=1) >= -np.log(alpha))
        for place in range(WIDTHS):
            pair = [tuple(part[place] for part in both) for both in (events, units)]
            band = projected_band(*pair, level[place], planned=planned, alpha=alpha)
            kept = bands.running(band)
            width.append(kept.upper[-1] - kept.lower[-1])
    return np.stack(out, axis=-1), 100 * float(np.nanmean(width))


def judged(lower: np.ndarray, upper: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """Return where the truth is missed (an empty interval misses), and the width at the end."""
    out = ~((lower <= truth) & (truth <= upper))
    width = (upper - lower)[:, -1]
    return out, 100 * float(width[np.isfinite(width)].mean())


def odds_missed(trials: Trials, alpha: float, most: int = 400) -> np.ndarray:
    """Return where an odds ratio of 1 is ruled out, for the first experiments."""
    arms = trials.invited.shape[2]
    out = []
    for sent, came in zip(trials.invited[:most], trials.answered[:most], strict=True):
        log_e = [
            Batches(came[:, [0, arm]], sent[:, [0, arm]], 2.0 * PER_ARM * BATCHES).log_e_values(
                alpha
            )
            for arm in range(1, arms)
        ]
        out.append(np.stack(log_e, axis=-1) >= -np.log(alpha))
    return np.stack(out)


def page(cost: pd.DataFrame, coverage: pd.DataFrame) -> str:
    """Return both tables as a page of Markdown."""
    replications = int(cost["replications"].iloc[0])
    experiments = int(coverage["replications"].iloc[0])
    noise = 100 * np.sqrt(LEVEL * (1 - LEVEL) / experiments)
    lines = [
        "# Adaptive allocation",
        "",
        "`python benchmarks/adaptive.py` makes this page.",
        "",
        "## Against equal shares",
        "",
        (
            f"{replications:,} experiments a scenario and design, on common random numbers: "
            f"{BATCHES} batches of {PER_ARM} invitations for every arm, top-two Thompson sampling "
            "with β = 0.5 after an equal first batch. *Right* is the share of experiments whose "
            "arm most probably best at the end is the best; ± is two Monte Carlo errors of the "
            "paired difference, in points. *Lost* are the answers that the best arm from the "
            "start would have brought more. *Sure* is the mean number of invitations until P(best) "
            "≥ .95, where an experiment that is never sure counts all of its own. *Wrong* is the "
            "share that is first sure of a wrong arm. *Bias* is the plain share of answers minus "
            "the true one, in points, of the arm where that is worst."
        ),
        "",
        "| scenario | right | equal | ± | lost | equal | sure | equal | wrong | equal | bias |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for scenario, part in cost.groupby("scenario", sort=False):
        at = part.set_index(["measure", "design"])["estimate"]
        errors = part.set_index(["measure", "design"])["std_error"]
        right, lost = "right arm chosen", "answers lost"
        sure, wrong = "invitations until sure", "sure of a wrong arm"
        cells = [
            scenario,
            f"{at[right, 'adaptive']:.1%}",
            f"{at[right, 'equal']:.1%}",
            f"{200 * errors[right, 'difference']:.1f}",
            *(f"{at[lost, design]:,.0f}" for design in ("adaptive", "equal")),
            *(f"{at[sure, design]:,.0f}" for design in ("adaptive", "equal")),
            *(f"{at[wrong, design]:.1%}" for design in ("adaptive", "equal")),
            f"{100 * at['worst bias of a plain share', 'adaptive']:+.2f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        (
            "The drift adds 6 points to every arm from the first to the last batch. The "
            "probability that stops an experiment is pooled over batches, as `allocate` pools."
        ),
        "",
        "## Intervals afterwards",
        "",
        (
            "How often intervals at 95 % miss the truth after adaptive allocation (every arm 5 % "
            "of each batch at least): one arm's at the end, one arm's at any of the batches, and "
            "any arm's at any batch, for which the sequences are made. Differences are against the "
            "first arm. A drifting response's truth is the mean of the rates so far. *Width* is at "
            "the end, in points (exact within batches: 40 experiments). "
            f"With {experiments:,} experiments the Monte Carlo error of 5 % is {noise:.1f} points "
            "(the odds ratio: 400 experiments at most, 1.1 points). "
            "Under a drift what is exact for constant rates claims nothing; it stands there to be "
            "seen."
        ),
    ]
    lines += ["", "| method | how |", "|---|---|"]
    lines += [f"| {method} | {how} |" for method, how in METHODS.items()]
    for scenario, part in coverage.groupby("scenario", sort=False):
        lines += ["", f"### {scenario}", ""]
        lines.append("| of | method | at the end | at any batch | any arm, any batch | width |")
        lines.append("|---|---|---|---|---|---|")
        for row in part[part["method"].isin(METHODS)].itertuples():
            width = "–" if np.isnan(row.width) else f"{row.width:.1f}"
            lines.append(
                f"| {row.estimand} | {row.method} | {row.one_at_end:.1%} | {row.one_at_any:.1%} | "
                f"{row.family_at_any:.1%} | {width} |"
            )
        moved = part[part["estimand"] == "drift noticed"]["one_at_end"].iloc[0]
        lines += ["", f"A moved response is said in {moved:.1%} of experiments."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--costs", type=int, default=1000)
    parser.add_argument("--experiments", type=int, default=1000)
    asked = parser.parse_args()
    cost = cost_table(asked.costs)
    coverage = coverage_table(asked.experiments)
    for name, table in (("cost", cost), ("coverage", coverage)):
        table.to_csv(TABLES / f"adaptive_{name}.csv", index=False, float_format="%.6g")
    read = [pd.read_csv(TABLES / f"adaptive_{name}.csv") for name in ("cost", "coverage")]
    (TABLES / "adaptive.md").write_text(page(*read), encoding="utf-8")
    print(page(*read))


if __name__ == "__main__":
    main()
