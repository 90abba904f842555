"""Does NPS help to forecast sales, against known truth: `python benchmarks/forecast_growth.py`.

In simulated panels whose growth follows the scores by a slope or not at all: how often the score
is said to help, not to help, or neither; and how often intervals of the network's revenue hold what
came, with trade that wanders and with trade that strays for a month and comes back. Writes
docs/tables/forecast_growth.md, forecast_growth_verdicts.csv and forecast_growth_coverage.csv
(about two minutes of one core).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from npsstats.aggregates.panels import StorePanel
from npsstats.aggregates.periods import period_range
from npsstats.forecasting.business.growth_forecast import NETWORK, growth_forecast
from npsstats.forecasting.business.growth_paths import Past
from npsstats.forecasting.business.growth_trial import compared, origins_of, trial, verdict
from npsstats.forecasting.business.own_levels import OwnLevel
from npsstats.forecasting.series import Series

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
HORIZON = 6
LEVELS = (0.5, 0.8, 0.95)
VERDICTS = ("yes", "no", "cannot be told")
_FADES = 0.8  # share of a deviation of the score that is left a month later
_REGIONS = 4


def panel(
    rng: np.random.Generator,
    *,
    stores: int,
    months: int,
    n: int,
    slope: float = 0.0,
    passing: float = 0.0,
    regional: float = 0.0,
) -> StorePanel:
    """Return a panel: months of 3 % own shocks, a common season of 10 %, scores that stray by 8.

    Parameters
    ----------
    rng
        Source of everything.
    stores, months, n
        Sizes; answers a store and month.
    slope
        Percent of growth for one point of last month's deviation.
    passing
        Percent that sales stray by in a month, gone the next.
    regional
        Percent of growth, and points of score, that a region's stores share: of each on its own.
    """
    own = np.empty((stores, months))
    own[:, 0] = rng.normal(0, 8, stores)
    for month in range(1, months):
        fresh = np.sqrt(1 - _FADES**2) * rng.normal(0, 8, stores)
        own[:, month] = _FADES * own[:, month - 1] + fresh
    region = np.arange(stores) % _REGIONS
    own += regional * rng.normal(0, 1, (_REGIONS, months)).cumsum(axis=1)[region]
    truth = np.clip(30 + rng.normal(0, 10, (stores, 1)) + own, -90, 90)
    passives = 0.33 * (1 - np.abs(truth) / 100)
    promoters = (1 - passives + truth / 100) / 2
    shares = np.stack([1 - passives - promoters, passives, promoters], axis=-1)
    answers = rng.multinomial(n, shares)[:, :, None, :]
    growth = rng.normal(0, 3, (stores, months)) + rng.normal(0, 1, months)
    growth += regional * rng.normal(0, 1, (_REGIONS, months))[region]
    growth[:, 1:] += slope * own[:, :-1]
    wave = 10 * np.sin(2 * np.pi * np.arange(months) / 12)
    strays = rng.normal(0, passing, (stores, months)) if passing else 0.0
    logs = 11.5 + rng.normal(0, 0.5, (stores, 1)) + (growth.cumsum(axis=1) + wave + strays) / 100
    last = 2020 * 12 + months - 1
    return StorePanel(
        tuple(f"S{store:03d}" for store in range(stores)),
        tuple(period_range("2020-01", f"{last // 12}-{last % 12 + 1:02d}", "month")),
        "month",
        np.concatenate([answers, np.zeros_like(answers)], axis=2),
        totals={"sales": np.exp(logs)},
    )


def said_of(made: StorePanel, seed: int) -> str:
    """Return the verdict on a panel, by the default model of stores."""
    scores = Series.of_counts(made.categories.sum(axis=2), made.periods, made.stores)
    past = Past.of(np.log(made.totals["sales"]), scores, 1)
    at = origins_of(len(made.periods), 1, 12)
    return verdict(compared(trial(past, OwnLevel(), at, HORIZON, draws=50, seed=seed), 0.95))


def verdicts(few: int = 24, many: int = 200) -> pd.DataFrame:
    """Return a row a setting: shares of the verdicts."""
    settings = [
        (stores, n, slope, 0.0) for stores in (12, 40) for n in (20, 80) for slope in (0, 0.15, 0.3)
    ]
    settings += [(24, 80, 0, 2.0)]
    rows = []
    for stores, n, slope, regional in settings:
        smallest = (stores, n, slope) == (12, 20, 0)
        panels = many if smallest else 3 * few if slope == 0 else few
        found = []
        for seed in range(panels):
            rng = np.random.default_rng([seed, stores, n, int(100 * slope)])
            made = panel(rng, stores=stores, months=30, n=n, slope=slope, regional=regional)
            found.append(said_of(made, seed))
        shares = {name: found.count(name) / panels for name in VERDICTS}
        row = {"stores": stores, "n": n, "slope": slope, "regional": regional, "panels": panels}
        rows.append(row | shares)
    return pd.DataFrame(rows)


def coverage(panels: int = 40) -> pd.DataFrame:
    """Return a row a setting and horizon: the share of intervals that hold the network's sum."""
    rows = []
    for passing in (0.0, 10.0):
        held = np.zeros((len(LEVELS), panels, HORIZON))
        bias = np.zeros((panels, HORIZON))
        for seed in range(panels):
            rng = np.random.default_rng([seed, int(passing)])
            made = panel(rng, stores=25, months=36 + HORIZON, n=40, passing=passing)
            known = StorePanel(
                made.stores, made.periods[:36], "month", made.categories[:, :36],
                totals={"sales": made.totals["sales"][:, :36]},
            )  # fmt: skip
            came = made.totals["sales"][:, 36:].sum(axis=0)
            found = growth_forecast(known, HORIZON, origins=0, draws=400, seed=seed)
            mine = found.frame[found.frame["store_id"] == NETWORK]
            bias[seed] = 100 * (mine["estimate"] / came - 1)
            for place, level in enumerate(LEVELS):
                tail = (1 - level) / 2
                lower, upper = np.quantile(found.network, [tail, 1 - tail], axis=0)
                held[place, seed] = (lower <= came) & (came <= upper)
        for ahead in range(HORIZON):
            row = {"passing": passing, "horizon": ahead + 1, "panels": panels}
            row |= {f"{level:g}": held[at, :, ahead].mean() for at, level in enumerate(LEVELS)}
            rows.append(row | {"too much": bias[:, ahead].mean()})
    return pd.DataFrame(rows)


def page(said: pd.DataFrame, held: pd.DataFrame) -> str:
    """Return the page made of both tables."""
    return f"""# Revenue to come, held against known truth

Made by `python benchmarks/forecast_growth.py`.

## Does NPS help

Shares of simulated panels of 30 months in which the score is said to help, by the default model
of stores, {HORIZON} months ahead, 12 origins. `slope`: percent of growth for a point of last
month's true deviation (sd 8 points); `regional`: percent and points that a region's stores share,
sales and scores each on their own. Where the slope is 0, "yes" is false.

{_table(said)}

## Intervals of the network's revenue

Share of intervals that hold what came: 25 stores, 36 months known. `passing`: percent that a
store's sales stray by in one month and are back from in the next; `too much`: mean error of the
forecast, percent of what came. The months to come are those in which the season rises by 10 % and
falls back: of a season seen three times the default model takes a part, hence too little.

{_table(held)}
"""


def _table(frame: pd.DataFrame) -> str:
    lines = [f"| {' | '.join(frame.columns)} |", "|" + "---|" * len(frame.columns)]
    lines += [
        f"| {' | '.join(f'{value:.3g}' for value in row)} |"
        for row in frame.itertuples(index=False)
    ]
    return "\n".join(lines)


def main() -> None:
    """Write the tables and their page."""
    made = {"verdicts": verdicts(), "coverage": coverage()}
    for name, frame in made.items():
        frame.round(6).to_csv(TABLES / f"forecast_growth_{name}.csv", index=False)
    said, held = (pd.read_csv(TABLES / f"forecast_growth_{name}.csv") for name in made)
    (TABLES / "forecast_growth.md").write_text(page(said, held), encoding="utf-8")


if __name__ == "__main__":
    main()
