"""A small real result of every kind that experiments return, and of the cases worth showing."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import npsstats as nps
from npsstats.aggregates.arms import ArmMoments
from npsstats.aggregates.durations import DurationCounts
from npsstats.experiments.callback import ignored
from npsstats.experiments.clusters.hierarchical_nuts import ClusteredPosterior
from npsstats.experiments.duration.proportional import proportionality
from npsstats.experiments.effects import Effect
from npsstats.experiments.portfolio.discovery import discoveries
from npsstats.experiments.portfolio.learnt import learnt
from npsstats.experiments.portfolio.register import load_register, record
from npsstats.experiments.targeting.applied import value_of
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.results import Result

CONTROL, TREATED = "témoin", "appelé"
LONG = "Magasin du centre commercial de la périphérie nord, au nom interminable, numéro"
NAMES = (
    CONTROL,
    TREATED,
    "courrier",
    "rachat",
    "panier",
    "note",
    "délai",
    "delai",
    "Nord",
    "Sud",
    "jour",
)

PLAN = """
name = "appels"
title = {{ fr = "Rappel des détracteurs", en = "Calls to detractors" }}
hypothesis = {{ fr = "Un appel fait revenir les clients.", en = "A call brings customers back." }}
[arms]
control = "témoin"
shares = {shares}
[outcomes.rachat]
kind = "binary"
role = "primary"
label = {{ fr = "rachat", en = "bought again" }}
{more}
[decision]
contribution = 20
cost = {cost}
units_per_year = 1000
minimum_n = 50
"""
TWO = "{ témoin = 0.5, appelé = 0.5 }".replace("témoin", '"témoin"').replace("appelé", '"appelé"')
MONEY = '[outcomes.panier]\nkind = "amount"\nunit = "EUR"\n'
GROUPS = '[subgroups.region]\nlabel = { fr = "région", en = "region" }\n'


def units(n: int = 1000, effect: float = 0.2, *, lose: bool = False, seed: int = 1) -> pd.DataFrame:
    """Return customers with what became of them."""
    rng = np.random.default_rng(seed)
    arm = rng.permutation([TREATED, CONTROL] * (n // 2))
    bought = (rng.random(n) < 0.3 + effect * (arm == TREATED)).astype(int)
    frame = pd.DataFrame(
        {
            "arm": arm,
            "rachat": bought,
            "panier": bought * rng.gamma(2, 10, n),
            "region": rng.choice(["Nord", "Sud"], n),
        }
    )
    return frame[(arm == CONTROL) | (np.arange(n) % 5 > 0)] if lose else frame


def plan(*, more: str = MONEY, cost: float = 0.5, shares: str = TWO) -> str:
    """Return a plan's text."""
    return PLAN.format(more=more, cost=cost, shares=shares)


@cache
def moments(effect: float = 0.15, n: int = 800, seed: int = 2) -> ArmMoments:
    """Return moments by arm, store, tier and fold."""
    rng = np.random.default_rng(seed)
    treated = rng.integers(0, 2, n)
    reached = treated * (rng.random(n) < 0.6)
    bought = (rng.random(n) < 0.25 + effect * reached).astype(float)
    values = {
        "rachat": bought,
        "panier": bought * rng.gamma(2, 20, n),
        "reached": reached.astype(float),
        "age": rng.normal(45, 12, n),
        "fidèle": (rng.random(n) < 0.4).astype(float),
    }
    keys = {
        "arm": np.where(treated, TREATED, CONTROL),
        "cluster": rng.integers(0, 14, n),
        "région": rng.choice(["Nord", "Sud", "Est"], n),
        "fold": rng.integers(0, 3, n),
    }
    return ArmMoments.from_values(values, keys)


def only(*names: str, keys: tuple[str, ...] = ("arm",), **made: float) -> ArmMoments:
    """Return some of the moments."""
    return moments(**made).variables(*names).by(*keys)  # type: ignore[arg-type]


def _known(arms: ArmMoments) -> ArmMoments:
    """Return the regions that the policy was taught on."""
    return arms.take((arms.cells["région"] != "Est").to_numpy())


@cache
def durations(ratio: float = 0.6, n: int = 600) -> DurationCounts:
    """Return days to re-purchase, by arm."""
    rng = np.random.default_rng(3)
    treated = rng.integers(0, 2, n)
    days = np.ceil(rng.exponential(np.where(treated, 60 * ratio, 60))).astype(int)
    seen = np.minimum(days, 60)
    return DurationCounts.from_values(
        seen, (days <= 60).astype(int), {"arm": np.where(treated, TREATED, CONTROL)}
    )


@cache
def scores(shift: int = 1) -> nps.ScoreCounts:
    """Return scores by arm."""
    low, high = [6, 4, 5, 8, 12, 20, 25, 40, 60, 40, 30], [3, 2, 4, 6, 10, 14, 22, 40, 65, 50, 40]
    cells = pd.DataFrame({"arm": [CONTROL, TREATED]})
    return nps.ScoreCounts([low, high if shift else low], cells)


@cache
def policy(gain: float = 0.25) -> Result:
    """Return whom to call first."""
    rng = np.random.default_rng(1)
    n = 3000
    tier, fold = rng.choice(["Nord", "Sud"], n), rng.integers(0, 3, n)
    called = rng.integers(0, 2, n)
    bought = rng.random(n) < 0.3 + gain * called * (tier == "Nord")
    arms = ArmMoments.from_values(
        {"rachat": bought.astype(float)},
        {"arm": np.where(called, TREATED, CONTROL), "région": tier, "fold": fold},
    )
    return nps.whom_to_call(
        arms, "rachat", control=CONTROL, capacity=0.4, contribution=30, cost=1, declared=["région"]
    )


@cache
def experiment(
    effect: float = 0.2, n: int = 1000, *, lose: bool = False, more: str = MONEY
) -> ExperimentResult:
    """Return an analysed plan."""
    return nps.analyze(nps.parse_plan(plan(more=more)), units(n, effect, lose=lose))


@cache
def changed() -> ExperimentResult:
    """Return the analysis of a plan that was changed after its registration."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.toml"
        path.write_text(plan(), encoding="utf-8")
        nps.register(path)
        path.write_text(plan(cost=0.9), encoding="utf-8")
        return nps.analyze(path, units())


@cache
def timed() -> ExperimentResult:
    """Return an analysed plan whose outcomes are times and scores as well."""
    frame = units()
    rng = np.random.default_rng(3)
    frame["note"] = rng.integers(0, 11, len(frame))
    frame["delai"] = np.where(frame["rachat"], rng.integers(1, 40, len(frame)), 40)
    more = (
        MONEY + '[outcomes.note]\nkind = "score"\n[outcomes.delai]\nkind = "duration"\n'
        'window = 40\nevent = "rachat"\n' + GROUPS
    )
    return nps.analyze(nps.parse_plan(plan(more=more)), frame)


@cache
def stages(late: float = 0.5) -> list[ArmMoments]:
    """Return what three looks saw."""
    rng = np.random.default_rng(7)

    def stage(share: float) -> ArmMoments:
        bought = np.r_[rng.random(200) < 0.3, rng.random(200) < share].astype(float)
        return ArmMoments.from_values(
            {"rachat": bought}, {"arm": [CONTROL] * 200 + [TREATED] * 200}
        )

    return [stage(late) for _ in range(3)]


@cache
def one_of_two() -> list[ArmMoments]:
    """Return what three looks saw of two treatments, of which the second alone does something."""
    rng = np.random.default_rng(7)

    def stage() -> ArmMoments:
        bought = np.concatenate([rng.random(300) < share for share in (0.3, 0.3, 0.55)])
        arms = np.repeat([CONTROL, "lettre", TREATED], 300)
        return ArmMoments.from_values({"rachat": bought.astype(float)}, {"arm": arms})

    return [stage() for _ in range(3)]


@cache
def followed(*, short: bool = False, turns: bool = False) -> DurationCounts:
    """Return days to the event: one arm followed for 25 days only, or faster at first then slower.

    Without `turns` the arms are alike.
    """
    rng = np.random.default_rng(1)
    arm = np.repeat([CONTROL, TREATED], 1000)
    days = np.ceil(rng.exponential(50, 2000))
    if turns:
        early = rng.random(1000) < 0.4
        late = 8 + rng.exponential(120, 1000)
        days[1000:] = np.ceil(np.where(early, rng.uniform(0, 7, 1000), late))
    last = np.where((arm == TREATED) & short, 25, 60)
    seen = np.minimum(days, last).astype(int)
    return DurationCounts.from_values(seen, (days <= last).astype(int), {"arm": arm})


@cache
def regions() -> ArmMoments:
    """Return an effect in one region, and four customers in a third one."""
    rng = np.random.default_rng(5)
    place = np.arange(400)
    called = place % 2
    region = np.where(place < 4, "Lyon", np.where(rng.random(400) < 0.5, "Nord", "Sud"))
    bought = rng.random(400) < 0.3 + 0.3 * called * (region == "Nord")
    return ArmMoments.from_values(
        {"rachat": bought.astype(float)},
        {"arm": np.where(called, TREATED, CONTROL), "région": region},
    )


@cache
def register(lucky: bool = False) -> Result:
    """Return what five experiments have taught."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.jsonl"
        for place, effect in enumerate((0.2, 0.15, 0.05, 0.1, 0.12) if not lucky else (0.2,)):
            made = nps.binary(
                moments(effect, seed=place).variables("rachat"), "rachat", control=CONTROL
            )
            record(made.frame, path, experiment=f"jour {place}", date="2026-01-05", lock="abc")
        return learnt(load_register(path), outcomes=["rachat"])


def days(*, broken: bool = False) -> pd.DataFrame:
    """Return units a day and arm; `broken` loses a third of the treated from the eighth day on."""
    rng = np.random.default_rng(5)
    rows = []
    for day in range(1, 21):
        for arm in (CONTROL, TREATED):
            lost = broken and arm == TREATED and day > 7
            n = int(rng.poisson(200 if lost else 300))
            rows.append({"day": f"2026-03-{day:02d}", "arm": arm, "n": n})
    return pd.DataFrame(rows)


def customers(n: int = 400) -> pd.DataFrame:
    """Return a list of customers to assign."""
    rng = np.random.default_rng(6)
    return pd.DataFrame({"customer_id": range(n), "région": rng.choice(["Nord", "Sud"], n)})


def rule() -> dict[str, object]:
    """Return how arms are dealt."""
    return {"key": "appels", "shares": {CONTROL: 0.5, TREATED: 0.5}}


def log(*, wrong: bool = False) -> pd.DataFrame:
    """Return in which arm customers were seen."""
    seen = nps.assign(customers(), **rule()).frame[["customer_id", "arm"]].copy()
    if wrong:
        seen.loc[:40, "arm"] = TREATED
    return seen


def lost(*, uneven: bool = False) -> ArmMoments:
    """Return an outcome that is missing of some."""
    rng = np.random.default_rng(8)
    arm = np.repeat([CONTROL, TREATED], 400)
    bought = (rng.random(800) < 0.3).astype(float)
    gone = rng.random(800) < np.where(arm == TREATED, 0.3 if uneven else 0.1, 0.1)
    bought[gone] = np.nan
    return ArmMoments.from_values({"rachat": bought}, {"arm": arm})


@cache
def effects_of_many() -> pd.DataFrame:
    """Return effects on three outcomes."""
    asked = ((0.3, "rachat", "rachat"), (0.0, "rachat", "note"), (0.1, "fidèle", "panier"))
    made = [
        nps.binary(moments(effect, seed=9), name, control=CONTROL).frame.assign(outcome=label)
        for effect, name, label in asked
    ]
    return pd.concat(made, ignore_index=True)


@cache
def clustered_posterior() -> Result:
    """Return the effect with clusters that differ, of draws made by hand: PyMC takes a minute."""
    from xarray import Dataset, DataTree

    rng = np.random.default_rng(4)
    effect, between = rng.normal(0.05, 0.02, (2, 400)), rng.gamma(9, 0.004, (2, 400))
    table = nps.clustered(
        only("rachat", keys=("arm", "cluster")), "rachat", control=CONTROL, design="within"
    )
    frame = pd.DataFrame(
        [
            {"quantity": name, "estimate": x.mean(), "std_error": x.std(),
             "lower": np.quantile(x, 0.025), "upper": np.quantile(x, 0.975), "level": 0.95}
            for name, x in (("effect", effect), ("between_sd", between))
        ]
    )  # fmt: skip
    row = Effect(**table.frame.iloc[0].to_dict())
    drawn = Dataset(
        {"effect": (("chain", "draw"), effect), "between_sd": (("chain", "draw"), between)}
    )
    return ClusteredPosterior(
        frame,
        (said("The chains did not mix (R-hat {worst:.2f}).", worst=1.04),),
        table.provenance,
        effect=row,
        sampled=DataTree.from_dict({"posterior": drawn}),
    )


@cache
def ignoring() -> Result:
    """Return what ignoring detractors costs."""
    result = experiment()
    return ignored(result.plan, result)["cost of ignoring"]


_POPULATION = [4, 3, 5, 8, 12, 28, 40, 120, 280, 250, 250]

SPECIMENS: dict[str, Callable[[], Result]] = {
    "shares": lambda: nps.binary(only("rachat"), "rachat", control=CONTROL),
    "shares, nothing": lambda: nps.binary(only("rachat", effect=0.0), "rachat", control=CONTROL),
    "amounts": lambda: nps.amount(only("panier"), "panier", control=CONTROL, unit="EUR"),
    "scores of arms": lambda: nps.score(scores(), "note", control=CONTROL),
    "scores of arms, alike": lambda: nps.score(scores(0), "note", control=CONTROL),
    "clusters": lambda: nps.clustered(
        only("rachat", keys=("arm", "cluster")), "rachat", control=CONTROL, design="within"
    ),
    "compliance": lambda: nps.compliance(
        only("rachat", "reached"), "rachat", received="reached", control=CONTROL
    ),
    "as treated": lambda: nps.as_treated(only("rachat", "reached"), "rachat", received="reached"),
    "reach": lambda: nps.reach_rates(only("reached"), "reached"),
    "principal strata": lambda: nps.principal_strata(
        only("rachat", "reached"), "rachat", received="reached", control=CONTROL, draws=400
    ),
    "exclusion": lambda: nps.exclusion_sensitivity(
        only("rachat", "reached", effect=0.3), "rachat", received="reached", control=CONTROL
    ),
    "exclusion, nothing": lambda: nps.exclusion_sensitivity(
        only("rachat", "reached", effect=0.0), "rachat", received="reached", control=CONTROL
    ),
    "clusters, Bayesian": clustered_posterior,
    "costs of ignoring": ignoring,
    "durations": lambda: nps.duration(
        durations(), "délai", control=CONTROL, window=60, better="shorter", draws=200
    ),
    "durations, nothing": lambda: nps.duration(
        durations(1.0), "délai", control=CONTROL, window=60, draws=200
    ),
    "curves": lambda: nps.survival_curves(durations(), window=60),
    "effect by day": lambda: nps.effect_by_day(durations(), control=CONTROL, window=60),
    "proportionality": lambda: proportionality(durations(), control=CONTROL, window=60),
    "subgroups": lambda: nps.subgroups(
        only("rachat", keys=("arm", "région")),
        "rachat",
        control=CONTROL,
        by=["région"],
        declared=["région"],
    ),
    "subgroups, many": lambda: nps.subgroups(
        only("rachat", keys=("arm", "cluster")),
        "rachat",
        control=CONTROL,
        by=["cluster"],
    ),
    "policy": policy,
    "policy, nothing": lambda: policy(0.0),
    "policy value": lambda: value_of(policy(), _known(only("rachat", keys=("arm", "région")))),
    "decision": lambda: nps.decide(
        nps.NormalEffect(0.03, 0.005), contribution=40.0, cost=0.5, units_per_year=20_000
    ),
    "decision, open": lambda: nps.decide(
        nps.NormalEffect(0.01, 0.02), contribution=40.0, cost=0.5, minimum_n=100, n=400
    ),
    "decision, keep": lambda: nps.decide(
        nps.NormalEffect(-0.03, 0.005), contribution=40.0, cost=0.5
    ),
    "decision, sizes": lambda: nps.decide(
        nps.NormalEffect(0.03, 0.005), contribution=40.0, cost=0.5, srm_failed=True
    ),
    "sample ratio": lambda: nps.sample_ratio({CONTROL: 5010, TREATED: 4990}),
    "sample ratio, failed": lambda: nps.sample_ratio({CONTROL: 5300, TREATED: 4700}),
    "sample ratio, strata": lambda: nps.sample_ratio(
        only("rachat", keys=("arm", "cluster")), by="cluster"
    ),
    "sequential ratio": lambda: nps.sequential_sample_ratio(days()),
    "sequential ratio, failed": lambda: nps.sequential_sample_ratio(days(broken=True)),
    "balance": lambda: nps.covariate_balance(only("age", "fidèle"), control=CONTROL),
    "missing": lambda: nps.missing_outcome(lost(), control=CONTROL),
    "missing, uneven": lambda: nps.missing_outcome(lost(uneven=True), control=CONTROL),
    "maturity": lambda: nps.maturity({CONTROL: (940, 60), TREATED: (951, 49)}, window=90),
    "maturity, uneven": lambda: nps.maturity({CONTROL: (940, 60), TREATED: (700, 300)}, window=90),
    "assignment": lambda: nps.assign(customers(), **rule()),
    "assignment, blocked": lambda: nps.assign(
        customers(), strata=["région"], method="blocked", **rule()
    ),
    "audit": lambda: nps.audit(log(), customers(), **rule()),
    "audit, failed": lambda: nps.audit(log(wrong=True), customers(), **rule()),
    "design": lambda: nps.design(baseline=0.3, effect=0.03, per_month=1200, window_days=90),
    "design, least effects": lambda: nps.design(baseline=[0.064, 0.3], n_per_arm=1000),
    "design, not worse": lambda: nps.design(baseline=0.3, margin=0.03),
    "design, several": lambda: nps.design(baseline=[0.1, 0.3], effect=[0.02, 0.03]),
    "looks, one of two": lambda: nps.look(
        one_of_two(), "rachat", control=CONTROL, planned=1800, cumulative=False
    ),
    "sequence, one of two": lambda: nps.confidence_sequence(
        one_of_two(), "rachat", control=CONTROL, planned=1800, cumulative=False
    ),
    "curves, one short": lambda: nps.survival_curves(followed(short=True), window=60),
    "effect by day, turning": lambda: nps.effect_by_day(
        followed(turns=True), control=CONTROL, window=60
    ),
    "proportionality, turning": lambda: proportionality(
        followed(turns=True), control=CONTROL, window=60
    ),
    "subgroups, few": lambda: nps.subgroups(
        regions(), "rachat", control=CONTROL, by=["région"], declared=["région"]
    ),
    "subgroups, undeclared": lambda: nps.subgroups(
        regions(), "rachat", control=CONTROL, by=["région"]
    ),
    "decision, small": lambda: nps.decide(
        nps.NormalEffect(0.003, 0.0005), contribution=400.0, cost=0.5
    ),
    "maturity, over": lambda: nps.maturity({CONTROL: (100, 0), TREATED: (100, 0)}, window=90),
    "sequence": lambda: nps.confidence_sequence(
        stages(), "rachat", control=CONTROL, planned=1200, cumulative=False
    ),
    "sequence, goes on": lambda: nps.confidence_sequence(
        stages(0.32), "rachat", control=CONTROL, planned=1200, cumulative=False
    ),
    "looks": lambda: nps.look(stages(), "rachat", control=CONTROL, planned=1200, cumulative=False),
    "looks, goes on": lambda: nps.look(
        stages(0.32), "rachat", control=CONTROL, planned=2400, cumulative=False
    ),
    "looks, end": lambda: nps.look(
        stages(0.32), "rachat", control=CONTROL, planned=1200, cumulative=False
    ),
    "icc": lambda: nps.intracluster_correlation(only("rachat", keys=("arm", "cluster")), "rachat"),
    "regression to the mean": lambda: nps.regression_to_mean(_POPULATION, observed=(81, 100)),
    "regression to the mean, alone": lambda: nps.regression_to_mean(_POPULATION),
    "learnt": register,
    "learnt, one": lambda: register(True),
    "discoveries": lambda: discoveries(
        effects_of_many(), families=[["rachat"], ["note", "panier"]]
    ),
    "discoveries, no order": lambda: discoveries(effects_of_many()),
    "experiment": experiment,
    "experiment, nothing": lambda: experiment(0.04, 200),
    "experiment, sizes": lambda: experiment(n=2000, lose=True),
    "experiment, changed": changed,
    "experiment, times": timed,
    "levels of arms": lambda: experiment().parts["arms"],
}
