"""Signal or noise, held against known truth: `python benchmarks/signal_or_noise.py [parts]`.

Changes of level: how often a series without any is said to have one (drifts, seasons and flicker
of several kinds), how often a change is found, whether its date's and its size's interval hold the
truth; in networks, whether a store's own change is told from the common one. Alerts: false alarms
over the network in months where nothing out of the ordinary happens, and how often a store that
fell is found, against two naive rules. The last move: whether intervals hold
the true one. Writes docs/tables/signal.md, signal_changes.csv,
signal_networks.csv, signal_alerts.csv and signal_moves.csv (some minutes of one core); the page is
made from the parts once all have been run.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from signal_page import NEAR, SURE, page

from npsstats.forecasting.hierarchical import Hierarchical
from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.series import Series
from npsstats.forecasting.signal.alerts import alerts
from npsstats.forecasting.signal.change_points import change_points
from npsstats.forecasting.signal.last_move import last_move
from npsstats.forecasting.signal.move_words import MORE

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
MONTHS = 36
PASSIVES = 0.3
LEVEL = 30.0

QUIET = (
    ("still", 0.0),
    ("random walk", 1.0),
    ("random walk", 2.0),
    ("AR(1), 0.8", 3.0),
    ("AR(1), 0.8", 6.0),
    ("line", 6.0),
    ("line", 12.0),
    ("season", 5.0),
    ("season", 10.0),
    ("flicker", 3.0),
)
CHANGED = (("still", 0.0), ("random walk", 1.0), ("season", 5.0))


def course(kind: str, size: float, months: int, rng: np.random.Generator) -> np.ndarray:
    """Return a path around zero, points: of a month's step, of a year's, or of one sd."""
    time, steps = np.arange(months), rng.standard_normal(months)
    if kind == "random walk":
        return size * np.cumsum(steps)
    if kind == "line":
        return -size * time / 12
    if kind == "season":
        return size * np.sin(2 * np.pi * (time + rng.integers(12)) / 12)
    if kind == "flicker":
        return size * steps
    if kind == "still":
        return np.zeros(months)
    path = np.zeros(months)
    path[0] = steps[0]
    for month in time[1:]:
        path[month] = 0.8 * path[month - 1] + 0.6 * steps[month]
    return size * path


def answered(true: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return (S, T, 3) answers, n a cell, to true scores in points."""
    net = np.clip(true / 100, -(1 - PASSIVES), 1 - PASSIVES)
    few = (1 - PASSIVES - net) / 2
    return rng.multinomial(n, np.stack([few, np.full(net.shape, PASSIVES), few + net], axis=-1))


def series_of(answers: np.ndarray) -> Series:
    """Return the series of months that end in December 2025."""
    last = pd.Period("2025-12", freq="M")
    return Series.of_counts(answers, [str(last - answers.shape[1] + 1), str(last)])


def one_series(
    kind: str, size: float, n: int, jump: float, repetitions: int
) -> list[dict[str, float]]:
    """Return what is found in single series, a row a repetition."""
    rng = np.random.default_rng([n, int(size), int(jump)])
    found = []
    for _ in range(repetitions):
        true = LEVEL + course(kind, size, MONTHS, rng)
        at = int(rng.integers(6, MONTHS - 6))
        true[at:] += jump * rng.choice([-1, 1])
        series = series_of(answered(true[None], n, rng))
        frame = change_points(series, sure=min(SURE)).frame
        row = {f"any_{sure}": float((frame["probability"] >= sure).any()) for sure in SURE}
        if jump:
            row |= _hit(frame, series, at, true[at] - true[at - 1])
        if kind == "season":
            # the month's step holds the season's, which the size leaves out
            row.pop("size_held", None)
        found.append(row)
    return found


def _hit(frame: pd.DataFrame, series: Series, at: int, size: float) -> dict[str, float]:
    """Return whether the true change was found, and what its intervals hold; of those listed."""
    listed = frame[frame["probability"] >= SURE[1]]
    place = {label: month for month, label in enumerate(series.periods)}
    date, first, last = (listed[name].map(place).to_numpy() for name in ("period", "first", "last"))
    near = np.abs(date - at) <= NEAR
    row = {"found": float(near.any()), "other": float((~near).sum())}
    if near.any():
        it = int(np.flatnonzero(near)[0])
        row["date_held"] = float(first[it] <= at <= last[it])
        row["months"] = float(last[it] - first[it] + 1)
        limits = listed[["lower", "upper"]].to_numpy()[it]
        row["size_held"] = float(limits[0] <= size <= limits[1])
    return row


def changes(repetitions: int = 25) -> pd.DataFrame:
    """Return a row a setting of single series."""
    settings = [(kind, size, n, 0.0) for kind, size in QUIET for n in (50, 4000)]
    settings += [
        (kind, size, n, jump)
        for kind, size in CHANGED
        for n in (400, 4000)
        for jump in (10.0, 20.0)
    ]
    rows = []
    for kind, size, n, jump in settings:
        found = pd.DataFrame(one_series(kind, size, n, jump, repetitions)).mean()
        rows.append({"course": kind, "size": size, "n": n, "change": jump, **found})
    return pd.DataFrame(rows)


def own_changes(repetitions: int = 4, stores: int = 60, changed: int = 5) -> pd.DataFrame:
    """Return a row a setting of networks whose stores drift, flicker and share a season."""
    rows = []
    for n in (20, 60, 200):
        for jump, common in ((0.0, 0.0), (20.0, 0.0), (20.0, 8.0)):
            rng = np.random.default_rng([n, int(jump), int(common)])
            found = []
            for _ in range(repetitions):
                true = LEVEL + 10 * rng.standard_normal((stores, 1))
                true = true + course("season", 4.0, MONTHS, rng)
                true = true + [course("random walk", 0.5, MONTHS, rng) for _ in range(stores)]
                true += 3 * rng.standard_normal(true.shape)
                true[:, 20:] -= common
                at = rng.integers(6, MONTHS - 6, size=changed)
                for store, month in enumerate(at):
                    true[store, month:] -= jump
                series = series_of(answered(true, n, rng))
                frame = change_points(series).frame
                own = frame[frame["reach"] == "own"]
                names = own["series"].astype(int)
                hits = [
                    _hit(own[names == store + 1], series, int(month), -jump)
                    for store, month in enumerate(at)
                ]
                row = pd.DataFrame(hits).drop(columns=["size_held"], errors="ignore").mean()
                network = frame[frame["reach"] == "network"]
                month = series.periods[20]
                held = (network["first"] <= month) & (network["last"] >= month)
                row["false_own"] = float((names > changed).sum() if jump else len(own))
                row["network_found"] = float(held.any())
                row["network_false"] = float((~held | (common == 0)).sum())
                found.append(row)
            rows.append(
                {"stores": stores, "n": n, "own": jump, "common": common}
                | dict(pd.DataFrame(found).mean())
            )
    table = pd.DataFrame(rows)
    none = table["own"] == 0
    table.loc[none, ["found", "other", "date_held", "months"]] = np.nan
    table.loc[table["common"] == 0, "network_found"] = np.nan
    return table


def scores(kind: str, stores: int, span: int, rng: np.random.Generator) -> np.ndarray:
    """Return the true scores of a network that stands still or moves as networks do."""
    true = LEVEL + 10 * rng.standard_normal((stores, 1)) + np.zeros(span)
    if kind == "ordinary":
        true += course("season", 4.0, span, rng) + course("AR(1), 0.8", 2.0, span, rng)
        true += [course("AR(1), 0.8", 3.0, span, rng) for _ in range(stores)]
        true += 2 * rng.standard_normal(true.shape)
    return true


def moves(networks: int = 8, stores: int = 60) -> pd.DataFrame:
    """Return a row a setting: what is said of the last month's move, against the true one."""
    rows = []
    for n in (10, 60, 500):
        for kind in ("still", "ordinary"):
            found = []
            for network in range(networks):
                rng = np.random.default_rng([n, network, len(kind), 5])
                true = scores(kind, stores, MONTHS, rng)
                frame = last_move(series_of(answered(true, n, rng)), draws=400).frame
                move = true[:, -1] - true[:, -2]
                named = frame["verdict"] == MORE
                wrong = named & (np.sign(frame["estimate"]) != np.sign(move))
                found.append(
                    {
                        "interval_holds": (
                            (frame["lower"] <= move) & (move <= frame["upper"])
                        ).mean(),
                        "more_than_chance": named.mean(),
                        "of_these_wrong": wrong.sum(),
                        "named": named.sum(),
                    }
                )
            table = pd.DataFrame(found)
            mean = table.mean()
            mean["error"] = table["interval_holds"].sem()
            many = table["named"].sum()
            mean["of_these_wrong"] = table["of_these_wrong"].sum() / many if many else np.nan
            rows.append({"network": kind, "stores": stores, "n": n, **mean.drop("named")})
    return pd.DataFrame(rows)


class _Held:
    """A model fitted once, that a longer series only updates; a forecast is made once a month."""

    name = "hierarchical"

    def __init__(self, series: Series) -> None:
        self.fitted = Hierarchical().fit(series)
        self.made: dict[int, Predictive] = {}

    def fit(self, series: Series) -> Any:
        """Condition on the series."""
        self.now = series
        return self

    def predict(self, horizon: int, *, draws: int, seed: int) -> Predictive:
        """Return the forecast of the month that follows."""
        month = self.now.shape[1]
        if month not in self.made:
            updated = self.fitted.update(self.now)
            self.made[month] = updated.predict(horizon, draws=draws, seed=seed)
        return self.made[month]


def alarms(networks: int = 5, months: int = 3, stores: int = 60) -> pd.DataFrame:
    """Return a row a setting: what is called news, where nothing is and where some stores fell."""
    rows = []
    for n in (5, 20, 60, 500):
        for kind in ("still", "ordinary"):
            rng = np.random.default_rng([n, len(kind)])
            found = []
            for _ in range(networks):
                span = MONTHS + months
                true = scores(kind, stores, span, rng)
                answers = answered(true, n, rng)
                held = _Held(series_of(answers).until(MONTHS))
                found += [
                    _month(held, answers[:, : MONTHS + month], true[:, MONTHS + month - 1], n, rng)
                    for month in range(1, months + 1)
                ]
            mean = pd.DataFrame(found).mean()
            rows.append({"network": kind, "stores": stores, "n": n, **mean})
    return pd.DataFrame(rows)


def _month(
    held: _Held, answers: np.ndarray, true: np.ndarray, n: int, rng: np.random.Generator
) -> dict[str, float]:
    """Judge one month as it was, and again with two stores in it that fell."""
    options: dict[str, Any] = {"model": held, "draws": 400}
    series = series_of(answers)
    shared, counted = alerts(series, **options), alerts(series, max_false=1.0, **options)
    row = {
        "any_of_10%": float(shared.frame["alert"].any()),
        "false_of_1": float(counted.frame["alert"].sum()),
        "p_under_.05": float(shared.frame["beyond"].mean()),
        "naive_falls": float(shared.frame["naive_fall"].sum()),
    }
    for fall in (10, 20, 40):
        news = answers.copy()
        news[:2, -1] = answered(true[:2, None] - fall, n, rng)[:, 0]
        changed = series_of(news)
        for name, rule in (("10%", {"max_false_share": 0.1}), ("1", {"max_false": 1.0})):
            frame = alerts(changed, **rule, **options).frame
            row[f"found_{fall}_of_{name}"] = float(frame["alert"][:2].mean())
    return row


PARTS = {"alerts": alarms, "networks": own_changes, "changes": changes, "moves": moves}


def main() -> None:
    """Write the tables of the parts asked for, and the page once all of them are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    TABLES.mkdir(parents=True, exist_ok=True)
    for part in parser.parse_args().parts or PARTS:
        table = PARTS[part]().round(4)
        table.to_csv(TABLES / f"signal_{part}.csv", index=False, lineterminator="\n")
        print(table.to_string(index=False), flush=True)
    paths = [TABLES / f"signal_{part}.csv" for part in ("changes", "networks", "alerts", "moves")]
    if all(path.exists() for path in paths):
        text = page(*(pd.read_csv(path) for path in paths))
        (TABLES / "signal.md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
