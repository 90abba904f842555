"""One cheap result of every type of the linkage, and weak, refused and failed ones."""

from functools import cache

import numpy as np
import pandas as pd

import npsstats as nps
from npsstats.aggregates.account_states import account_states
from npsstats.aggregates.departures import silence
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.panels import StorePanel
from npsstats.aggregates.questionnaire import AnswerPatterns
from npsstats.aggregates.scores import ScoreCounts
from npsstats.estimation.known import Known, Slope
from npsstats.linkage.churn.curves import survival_curves
from npsstats.linkage.churn.noisy_store import store_score_hazard
from npsstats.linkage.joint import JointSlope
from npsstats.linkage.unrecorded import e_value_of, sensitivity_of
from npsstats.results import Provenance
from npsstats.said import said

LONG = (
    "Amabilité et disponibilité des conseillers du rayon bricolage, jardin et décoration, étage 2"
)
ASKED = ("welcome", "checkout")


def panel(answers, *, stores=60, periods=24, slope=0.4, seed=1):
    """Return months of stores whose growth follows their true NPS by `slope` % a point."""
    rng = np.random.default_rng(seed)
    truth = np.clip(rng.normal(30, 15, (stores, 1)) + rng.normal(0, 10, (stores, periods)), -95, 95)
    passive = 0.33 * (1 - np.abs(truth) / 100)
    promoter = (1 - passive + truth / 100) / 2
    shares = np.stack([1 - passive - promoter, passive, promoter], axis=-1)
    halves = [rng.multinomial(rng.poisson(answers / 2, truth.shape), shares) for _ in range(2)]
    growth = np.zeros(truth.shape)
    growth[:, 1:] = slope * truth[:, :-1] + rng.normal(0, 5, (stores, periods - 1))
    months = tuple(f"{2023 + t // 12}-{t % 12 + 1:02d}" for t in range(periods))
    sales = 1e5 * np.exp(np.cumsum(growth - growth.mean(axis=0), axis=1) / 100)
    names = tuple(f"S{place:03d}" for place in range(stores))
    return StorePanel(names, months, "month", np.stack(halves, axis=2), totals={"sales": sales})


@cache
def growth():
    return nps.growth(panel(200), horizon=2)


@cache
def growth_noisy():
    return nps.growth(panel(6, periods=12, stores=30), horizon=2)


@cache
def answers(n=600, *, signal=True):
    rng = np.random.default_rng(1)
    welcome, checkout, luck = rng.integers(1, 6, (3, n))
    rows = pd.DataFrame({"store_id": np.arange(n) % 20, "welcome": welcome, "checkout": checkout})
    score = welcome + (checkout + luck) // 2 if signal else rng.integers(0, 11, n)
    return AnswerPatterns.of(rows.assign(score=score), ["score", *ASKED], cluster="store_id")


@cache
def long_named():
    rng = np.random.default_rng(1)
    first, second, luck = rng.integers(1, 6, (3, 400))
    rows = pd.DataFrame({"store_id": np.arange(400) % 20, LONG: first, "caisse": second})
    rows = rows.assign(score=first + (second + luck) // 2)
    return AnswerPatterns.of(rows, ["score", LONG, "caisse"], cluster="store_id")


@cache
def stores_asked(stores=60):
    rng = np.random.default_rng(4)
    store = np.repeat(np.arange(stores), 40)
    good = rng.normal(size=stores)[store]
    rows = pd.DataFrame({"store_id": store})
    n = len(store)
    rows["score"] = np.clip(np.round(8 + good + 2 * rng.normal(size=n)), 0, 10)
    rows["ces"] = np.clip(np.round(5 + 0.5 * good + rng.normal(size=n)), 1, 7)
    rows["welcome"] = np.clip(np.round(3 + rng.normal(size=n)), 1, 5)
    return AnswerPatterns.of(rows, ["score", "ces", "welcome"], cluster="store_id")


def two_answers():
    rng = np.random.default_rng(2)
    who = np.repeat(np.arange(400), 2)
    mood, day = rng.normal(size=400)[who], rng.normal(size=800)
    rows = pd.DataFrame({"customer_id": who, "store_id": who % 20})
    for driver in ASKED:
        rows[driver] = np.clip(np.round(3 + mood + day + rng.normal(size=800)), 1, 5)
    rows["score"] = np.clip(np.round(7 + 2 * mood + day + rng.normal(size=800)), 0, 10)
    return nps.read(rows, segments=list(ASKED), quiet=True)


def questions_asked(*, signal=True):
    rng = np.random.default_rng(3)
    mood = rng.normal(size=1200)
    left = mood < -1.2 if signal else rng.random(1200) < 0.1
    rows = pd.DataFrame({"store_id": np.arange(1200) % 40, "left": 1.0 * left})
    rows["csat"] = np.clip(np.round(3.5 + mood + rng.normal(size=1200)), 1, 5)
    rows["ces"] = np.clip(np.round(4.5 + mood + 3 * rng.normal(size=1200)), 1, 7)
    return nps.predictors_compared(rows, "left", ["csat", "ces"])


QUOTE = "Trop d'attente en caisse"


@cache
def verbatims():
    some = [(10, "Équipe très aimable"), (9, "De bons conseils"), (3, QUOTE), (8, "Un peu cher"),
            (2, "Attente interminable, prix trop élevés"), (10, None)]  # fmt: skip
    rows = pd.DataFrame(some * 12 + [(5, "Parking sale")] * 2, columns=["score", "verbatim"])
    rows["store_id"] = np.arange(len(rows)) % 8
    return nps.verbatims(rows, "fr", discovery=False)


@cache
def hazard(*, wide=False):
    if wide:
        rows = pd.DataFrame(
            {"category": ["detractor", "promoter"], "at_risk": [50, 60], "events": [3, 2]}
        )
    else:
        kinds = ["detractor", "passive", "promoter"]
        rows = pd.DataFrame(
            {"category": kinds, "at_risk": [9000, 9000, 20000], "events": [800, 300, 600]}
        )
    return nps.hazard(HazardCells.from_frame(rows, ["category"]), cluster=None)


@cache
def separated():
    kinds = ["detractor", "passive", "promoter"]
    rows = pd.DataFrame({"category": kinds, "at_risk": [90, 900, 2000], "events": [90, 30, 60]})
    return nps.hazard(HazardCells.from_frame(rows, ["category"]), cluster=None)


def cox(slope=0.5):
    rng = np.random.default_rng(1)
    days = rng.normal(size=500)
    life = rng.exponential(np.exp(-slope * days))
    frame = pd.DataFrame({"days": days, "t": np.minimum(life, 1), "left": life < 1})
    return nps.cox(frame, "t", "left", ["days"])


def held_out():
    rows = pd.DataFrame(
        {
            "period": ["2025-01", "2025-01", "2025-02", "2025-02"],
            "category": ["detractor", "promoter"] * 2,
            "at_risk": [1000, 2000, 900, 1900],
            "events": [80, 60, 70, 60],
        }
    )
    cells = HazardCells.from_frame(rows, ["period", "category"])
    return nps.held_out(cells, "2025-02", cluster=None)


def leaking(*, leaks=True):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"left": [0, 1] * 50, "bought": rng.random(100)})
    if leaks:
        frame["churn reason"] = ["price" if left else None for left in frame["left"]]
    return nps.leakage(frame, "left")


def falls(events=(72, 8, 3, 57)):
    rows = pd.DataFrame(
        {"move": ["fall", "same"] * 2, "score": ["3", "3", "10", "10"],
         "at_risk": [900, 100, 100, 1900], "events": events}
    )  # fmt: skip
    return nps.fall_before_churn(HazardCells.from_frame(rows, ["move", "score"]), cluster=None)


@cache
def at_risk(customers=24):
    days = pd.date_range("2025-01-05", periods=60, freq="D").strftime("%Y-%m-%d")
    bought = pd.DataFrame(
        {"customer_id": [f"Dupont-{place:04d}" for place in range(customers) for _ in range(3)]}
    )
    bought["date"] = [days[(place * 7) % 60] for place in range(len(bought))]
    bought["amount"] = 40.0
    told = pd.DataFrame(
        {
            "customer_id": [f"Dupont-{place:04d}" for place in range(customers)],
            "score": [2 if place % 3 else 10 for place in range(customers)],
            "date": "2025-03-01",
            "store_id": "Magasin Secret",
        }
    )
    bought = nps.read(bought, table="purchases", quiet=True)
    told = nps.read(told, beside=bought, quiet=True)
    return nps.at_risk(hazard(), account_states(bought, told, churn=silence(60)))


def store_hazard(answers=40):
    rng = np.random.default_rng(3)
    names = [f"S{i:02d}" for i in range(60)]
    p = rng.uniform(0.3, 0.6, 60)
    counts = np.zeros((60, 11), dtype=int)
    counts[:, [3, 8, 10]] = [rng.multinomial(answers, (0.7 - a, 0.3, a)) for a in p]
    scores = ScoreCounts(counts, pd.DataFrame({"store_id": names, "month": "2025-01"}))
    left = rng.binomial(2000, 0.04 * np.exp(-0.1 * 10 * (2 * p - 0.7)))
    rows = pd.DataFrame({"store_id": names, "at_risk": 2000, "events": left, "period": "2025-02"})
    cells = HazardCells.from_frame(rows, ["store_id", "period"])
    return store_score_hazard(cells, scores, pool=1, store_effects=False)


def joint():
    """Return what `joint_slope` returns of twelve stores, whose chains take ten seconds."""
    frame = pd.DataFrame(
        {
            "term": ["slope", "signal", "shocks"],
            "n": 84,
            "estimate": [0.57, 8.66, 3.97],
            "std_error": [0.18, 1.91, 1.13],
            "lower": [0.26, 5.30, 1.31],
            "upper": [0.93, 12.75, 5.92],
            "level": 0.95,
        }
    )
    prior = said("The slope is mostly its prior's: read the correction by moments instead.")
    source = Provenance("joint normal model by NUTS", {"lag": 1, "scale": "nps"}, "0" * 16, 1)
    return JointSlope(frame, (prior,), source, 1.0, 0.9)


def worth():
    return nps.worth(growth=Slope(0.10, 0.02, period="month", n=6_000), revenue=50e6, margin=0.3)


def worth_unknown():
    unknown = Slope(0.1, 2.4, -float("inf"), float("inf"), why="The noise is too large.")
    return nps.worth(growth=unknown, revenue=50e6)


def claims():
    return nps.claims(churn=Known(1.6, 0.1, 1.4, 1.8, n=900, grade="cross-section"))


SPECIMENS = {
    "reliability": lambda: nps.reliability(panel(200)),
    "reliability, too noisy": lambda: nps.reliability(panel(6, stores=12, periods=12)),
    "growth": growth,
    "growth, not identified": growth_noisy,
    "joint": joint,
    "sensitivity": lambda: sensitivity_of(growth()),
    "sensitivity, nothing to explain": lambda: nps.sensitivity(0.01, 0.02, 300),
    "E-value": lambda: e_value_of(hazard(), "detractor"),
    "E-value, nothing to explain": lambda: nps.e_value(1.2, 0.9, 1.6),
    "claims": claims,
    "claims on growth": lambda: nps.claims(growth=growth()),
    "correlations": lambda: nps.correlations(stores_asked(), questions=["ces", "welcome"]),
    "drivers": lambda: nps.drivers(answers(), list(ASKED)),
    "drivers, long name": lambda: nps.drivers(long_named(), [LONG, "caisse"]),
    "importance": lambda: nps.driver_importance(answers(), list(ASKED)),
    "importance of nothing": lambda: nps.driver_importance(answers(signal=False), list(ASKED)),
    "halo": lambda: nps.halo(two_answers(), list(ASKED)),
    "regression": lambda: nps.regression(answers(), "score ~ welcome + log(checkout)"),
    "priorities": lambda: nps.priorities(answers(), list(ASKED)),
    "priorities, long name": lambda: nps.priorities(long_named(), [LONG, "caisse"]),
    "predictors": questions_asked,
    "predictors of nothing": lambda: questions_asked(signal=False),
    "verbatims": verbatims,
    "worth": worth,
    "worth, not identified": worth_unknown,
    "hazard": hazard,
    "hazard, few": lambda: hazard(wide=True),
    "hazard, separated": separated,
    "Cox": cox,
    "Cox, nothing": lambda: cox(0.0),
    "survival": lambda: survival_curves(hazard(), "category", horizon=12),
    "held out": held_out,
    "leakage": leaking,
    "leakage, none": lambda: leaking(leaks=False),
    "fall": falls,
    "fall, none": lambda: falls((72, 8, 8, 57)),
    "at risk": at_risk,
    "at risk, few": lambda: at_risk(3),
    "marginal": lambda: nps.marginal_churn(hazard(), "category"),
    "store hazard": store_hazard,
    "store hazard, too noisy": lambda: store_hazard(2),
}
