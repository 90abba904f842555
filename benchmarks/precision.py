"""Do the planned margins and powers come out? `python benchmarks/precision.py` (a minute).

For several populations and wanted margins, every possible sample of the planned size is
enumerated: the mean half-width of its adjusted Wald interval, the chance that it is as short as
planned, and how often it holds the truth; then, for wanted gaps, how often Tango's interval leaves
the benchmark out. Samples from a finite population, two groups and pooled stores are simulated.
Writes docs/tables/precision.csv and precision.md.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

import npsstats as nps
from npsstats.estimation.pooled import hyperposterior
from npsstats.estimation.precision.plans import Precision

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
POPULATIONS = {  # shares of detractors, passives, promoters
    "thirds (.67)": (1 / 3, 1 / 3, 1 / 3),
    "typical retail (.54)": (0.15, 0.30, 0.55),
    "nearly all promoters (.15)": (0.02, 0.08, 0.90),
    "worst case (1)": (0.50, 0.0, 0.50),
}
MARGINS = (5, 10, 20)
GAPS = (10, 15)
DRAWS = 20_000
SEED = 20260101


def outcomes(n: int, shares: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return every (detractors, passives, promoters) that is likely, and its probability."""
    ranges = []
    for share in shares[:2]:
        reach = 7 * np.sqrt(n * share * (1 - share)) + 1
        ranges.append(np.arange(max(0, int(n * share - reach)), min(n, int(n * share + reach)) + 1))
    d, s = np.meshgrid(*ranges, indexing="ij")
    counts = np.stack([d, s, n - d - s], axis=-1)[d + s <= n]
    log = special.gammaln(n + 1) - special.gammaln(counts + 1).sum(axis=1)
    mass = np.exp(log + special.xlogy(counts, shares).sum(axis=1))
    kept = mass > 1e-12
    return counts[kept], mass[kept]


def margins() -> pd.DataFrame:
    """Return what comes out of the planned margins, a row a population and margin."""
    rows = []
    for name, shares in POPULATIONS.items():
        for wanted in MARGINS:
            n = int(nps.sample_size(wanted, shares=shares).frame["n"].item())
            counts, mass = outcomes(n, shares)
            frame = nps.adjusted_wald(counts).frame
            half = (frame["upper"] - frame["lower"]).to_numpy() / 2
            net = 100 * (shares[2] - shares[0])
            held = ((frame["lower"] <= net) & (net <= frame["upper"])).to_numpy()
            rows.append((name, wanted, n, mass @ half, mass @ (half <= wanted), mass @ held))
    columns = ["population", "wanted", "n", "half_width", "p_as_short", "coverage"]
    return pd.DataFrame(rows, columns=columns)


def powers() -> pd.DataFrame:
    """Return the power at the planned sizes, a row a population, gap and side."""
    rows = []
    for name, shares in POPULATIONS.items():
        net = 100 * (shares[2] - shares[0])
        for gap in GAPS:
            n = int(nps.sample_size(gap=gap, shares=shares).frame["n"].item())
            counts, mass = outcomes(n, shares)
            frame = nps.tango(counts).frame
            for side in (-1, 1):
                benchmark = net - side * gap
                if abs(benchmark) < 100:
                    out = (frame["lower"] > benchmark) | (frame["upper"] < benchmark)
                    place = "above" if side > 0 else "below"
                    rows.append((name, gap, place, n, mass @ out.to_numpy()))
    return pd.DataFrame(rows, columns=["population", "gap", "score_is", "n", "power"])


def simulated() -> pd.DataFrame:
    """Return the other plans, simulated: promised against what came out, in points."""
    rng = np.random.default_rng(SEED)
    shares = np.array(POPULATIONS["typical retail (.54)"])
    z = special.ndtri(0.975)
    rows = []

    def add(name: str, result: Precision, out: float) -> None:
        n = int(result.frame["n"].item())
        rows.append((name, n, result.frame["margin"].item(), out))

    plan = nps.sample_size(5, shares=shares, population=1500)
    n = int(plan.frame["n"].item())
    everyone = (1500 * shares).round().astype(int)
    drawn = rng.multivariate_hypergeometric(everyone, n, DRAWS)
    add("±5 of 1,500 customers", plan, 100 * z * net_share(drawn).std() * n / (n + 3))

    second = (0.30, 0.30, 0.40)
    pair = [shares, second]
    plan = nps.sample_size(10, difference=True, ratio=2, shares=pair)
    sizes = plan.frame[["n", "n_second"]].iloc[0].to_numpy(int)
    first, other = (
        net_share(rng.multinomial(size, p, DRAWS)) * size / (size + 3)
        for size, p in zip(sizes, pair, strict=True)
    )
    add("±10 between two groups, 1 : 2", plan, 100 * z * (first - other).std())

    at_gap = (0.20, 0.30, 0.50)  # ten points below
    n = int(nps.sample_size(gap=10, difference=True, shares=[shares, at_gap]).frame["n"].item())
    one, two = (rng.multinomial(n, p, 4000) for p in (shares, at_gap))
    found = nps.difference(one, two).frame
    power = ((found["lower"] > 0) | (found["upper"] < 0)).mean()
    rows.append(("gap of 10 between two groups: power, %", n, 80.0, 100 * power))

    kappa, v = 40.0, 0.54 * 40 / 41
    plan = nps.sample_size(10, variance=v, concentration=kappa)
    n = int(plan.frame["n_pooled"].item())
    squares = []
    for _ in range(20):
        truth = rng.dirichlet(kappa * shares, 100)
        counts = np.array([rng.multinomial(n, p) for p in truth]).astype(float)
        _, sd = hyperposterior(counts).cells(counts).moments()
        squares.append((sd**2).mean())
    half = 100 * z * np.sqrt(np.mean(squares))
    promised = nps.margin(n, variance=v, concentration=kappa).frame["margin_pooled"].item()
    rows.append(("±10 pooled, κ = 40, 100 stores", n, promised, half))
    return pd.DataFrame(rows, columns=["plan", "n", "promised", "came_out"])


def net_share(counts: np.ndarray) -> np.ndarray:
    """Return promoters less detractors, a share."""
    return (counts[:, 2] - counts[:, 0]) / counts.sum(axis=1)


def page(widths: pd.DataFrame, power: pd.DataFrame, others: pd.DataFrame) -> str:
    """Return the tables as a page of Markdown."""
    lines = [
        "# Do the planned margins and powers come out?",
        "",
        "`python benchmarks/precision.py` makes this page. The shares of the population are given",
        "to the plan; level 95 %, power 80 %.",
        "",
        "## Margins, by full enumeration",
        "",
        "| population (variance) | wanted | n | mean half-width | P(as short) | coverage |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.population} | ±{row.wanted} | {row.n:,} | ±{row.half_width:.2f} | "
        f"{row.p_as_short:.2f} | {row.coverage:.4f} |"
        for row in widths.itertuples()
    ]
    lines += [
        "",
        "A plan holds on average: the half-width of one sample is as often a little longer as a",
        "little shorter.",
        "",
        "## Power against a fixed benchmark (Tango's interval leaves it out), by full enumeration",
        "",
        "| population (variance) | gap | the score is | n | power |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.population} | {row.gap} | {row.score_is} | {row.n:,} | {row.power:.3f} |"
        for row in power.itertuples()
    ]
    lines += [
        "",
        "The plan does not know on which side the benchmark lies and takes the worse one, where",
        "the variance at the benchmark is the greater.",
        "",
        "## Other plans, simulated",
        "",
        "| plan | n | promised | came out |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row.plan} | {row.n:,} | {row.promised:.2f} | {row.came_out:.2f} |"
        for row in others.itertuples()
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the tables and print them."""
    tables = {"margin": margins(), "power": powers(), "other": simulated()}
    TABLES.mkdir(parents=True, exist_ok=True)
    table = pd.concat(tables, names=["study"]).reset_index("study").round(6)
    table.to_csv(TABLES / "precision.csv", index=False, lineterminator="\n")
    text = page(*tables.values())
    (TABLES / "precision.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
