"""Results on what comes next, one and more of every type: real, small and cheap."""

from functools import cache

import numpy as np
import pandas as pd

import npsstats as nps
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.panels import StorePanel
from npsstats.aggregates.periods import period_range
from npsstats.estimation.known import Slope
from npsstats.forecasting.naive import LastValue
from npsstats.forecasting.series import Series

LONG = "Très grand magasin de la périphérie nord de Clermont-Ferrand, route de Lyon {} — annexe 2"
USUAL = np.array([0.02] * 7 + [0.13, 0.2, 0.25, 0.28])


def counts(stores=1, months=18, n=150, *, names="S{}", shock=0, seed=1):
    """Return answers by store and month; the second store falls in the last `shock` months."""
    rng = np.random.default_rng(seed)
    labels = period_range("2024-01", "2027-12", "month")[:months]
    cells = [(names.format(i), label) for i in range(stores) for label in labels]
    poor = USUAL[::-1] / USUAL.sum()
    fallen = labels[months - shock :]
    rows = [
        rng.multinomial(n, poor if store == names.format(1) and label in fallen else USUAL)
        for store, label in cells
    ]
    return nps.ScoreCounts(np.array(rows), pd.DataFrame(cells, columns=["store_id", "month"]))


def log_series(months=30, jump=0.0, seed=2):
    """Return sales of one store, in logs, which may jump in the middle."""
    rng = np.random.default_rng(seed)
    logs = 10 + rng.normal(0, 0.02, (1, months)) + jump * (np.arange(months) >= months // 2)
    return Series.of_measure(
        logs, ("2024-01", period_range("2024-01", "2030-12", "month")[months - 1])
    )


@cache
def forecast(stores=1, months=18, n=150, *, names="S{}", shock=0, target="network"):
    by = {} if stores == 1 else {"by": "store_id"}
    if target == "levels":
        by = {"levels": ["network", "store_id"]}
    answers = counts(stores, months, n, names=names, shock=shock)
    return nps.forecast(answers, 3, model="hierarchical", draws=400, **by)


@cache
def changed():
    """Return a network whose level falls in its fifteenth month."""
    rng = np.random.default_rng(1)
    shares = np.repeat([[[0.2, 0.3, 0.5]], [[0.35, 0.3, 0.35]]], [14, 10], axis=0)[:, 0]
    answers = [[rng.multinomial(400, share) for share in shares]]
    return nps.change_points(Series.of_counts(answers, ["2023-01", "2024-12"]))


@cache
def panel(stores=8, months=30, swing=0.03):
    rng = np.random.default_rng(1)
    answers = rng.multinomial(15, [0.2, 0.3, 0.5], size=(stores, months, 2))
    sales = 1e5 * np.exp(rng.normal(0.02, swing, (stores, months)).cumsum(axis=1))
    labels = period_range("2023-01", "2027-12", "month")[:months]
    return StorePanel(
        tuple(f"S{i}" for i in range(stores)), tuple(labels), "month", answers,
        totals={"sales": sales, "visits": sales / 40},
    )  # fmt: skip


@cache
def growth(months=30, measure="sales", score=None):
    return nps.growth_forecast(
        panel(months=months), 3, measure, model=LastValue(), draws=200, score=score
    )


@cache
def churn(n=10_000, *, plain=False):
    rows = {"at_risk": [n, 2 * n], "events": [n * 8 // 100, n * 6 // 100]}
    if plain:
        cells = HazardCells.from_frame(
            pd.DataFrame({**rows, "region": ["North", "South"]}), ["region"]
        )
    else:
        names = ["detractor", "passive", "promoter"]
        rows = {"category": names, "at_risk": [n, 2 * n, 3 * n], "events": [n // 8, n // 7, n // 6]}
        cells = HazardCells.from_frame(pd.DataFrame(rows), ["category"])
    return nps.project_churn(nps.hazard(cells, cluster=None), cells, 3, draws=300)


PLAN = """
name = "calls"
hypothesis = "Calls bring customers back."
[arms]
control = "ignored"
shares = { ignored = 0.5, called = 0.5 }
[outcomes.bought]
kind = "binary"
role = "primary"
[decision]
contribution = 20
cost = 1
units_per_year = 1000
minimum_n = 50
"""


@cache
def calls(effect=0.2):
    rng = np.random.default_rng(1)
    arm = rng.permutation(["called", "ignored"] * 1000)
    bought = (rng.random(2000) < 0.3 + effect * (arm == "called")).astype(int)
    return nps.analyze(nps.parse_plan(PLAN), pd.DataFrame({"arm": arm, "bought": bought}))


@cache
def scenario(**asked):
    given = {name: value() if callable(value) else value for name, value in asked.items()}
    return nps.scenario(forecast(), **given)


def alerts(**asked):
    return nps.alerts(counts(6, shock=1, n=80, names=LONG), by="store_id", draws=300, **asked)


SPECIMENS = {
    "forecast": forecast,
    "forecast, short and few": lambda: forecast(months=4, n=12),
    "forecast, three stores": lambda: forecast(3, shock=3),
    "forecast, many long names": lambda: forecast(30, months=8, n=30, names=LONG),
    "forecast, levels": lambda: forecast(3, months=14, target="levels"),
    "backtest": cache(
        lambda: nps.backtest(
            nps.score_series(counts(months=24), "month"), ["local level"], horizon=3, every=3,
            draws=200,
        )
    ),
    "backtest, one origin": cache(
        lambda: nps.backtest(
            nps.score_series(counts(months=10), "month"), ["hierarchical"], horizon=2, origins=[8],
            draws=200,
        )
    ),
    "backtest, naive only": cache(
        lambda: nps.backtest(log_series(), ["last value"], horizon=2, every=4, draws=100)
    ),
    "last move": cache(lambda: nps.last_move(counts(), draws=300)),
    "last move, a fall": cache(
        lambda: nps.last_move(counts(2, shock=1, n=400), by="store_id", draws=300)
    ),
    "last move, many": cache(
        lambda: nps.last_move(counts(40, months=8, n=40, names=LONG), by="store_id", draws=200)
    ),
    "last move, in logs": cache(lambda: nps.last_move(log_series(), against="mean", draws=200)),
    "changes": changed,
    "changes, none": cache(lambda: nps.change_points(counts(months=20))),
    "changes, of stores": cache(
        lambda: nps.change_points(counts(6, months=24, n=200, shock=8, names=LONG), by="store_id")
    ),
    "changes, in logs": cache(lambda: nps.change_points(log_series(jump=0.3))),
    "alerts": cache(alerts),
    "alerts, none": cache(
        lambda: nps.alerts(counts(4, months=10, n=25), by="store_id", draws=300, max_false=1)
    ),
    "growth": growth,
    "growth, short": lambda: growth(months=10, measure="visits"),
    "growth, with the score as asked": lambda: growth(score=True),
    "churn": churn,
    "churn, no category": lambda: churn(plain=True),
    "scenario": lambda: scenario(
        change=5, slope=lambda: Slope(0.1, 0.02), revenue=12e6, churn=churn
    ),
    "scenario, in percent": lambda: scenario(change=-4, slope=lambda: Slope(0.1, 0.08)),
    "scenario, not identified": lambda: scenario(
        change=5, slope=lambda: Slope(float("nan")), revenue=12e6
    ),
    "scenario, calls": lambda: scenario(callback=calls, coverage=0.5),
    "scenario, the score alone": lambda: scenario(change=3),
    "scenario, two levers": lambda: scenario(
        change=2, callback=calls, coverage=0.2, churn=churn
    ),
    "target": cache(lambda: nps.reach(forecast(), 45, "2025-09")),
    "target, out of reach": cache(lambda: nps.reach(forecast(), 95, "2025-08", effect=10)),
    "target, to spare": cache(lambda: nps.reach(forecast(), 10, "2025-08")),
}  # fmt: skip
