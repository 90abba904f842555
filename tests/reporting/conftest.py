"""Facts made up for the tests of the reports: any size, any shape, no estimator."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from npsstats.reporting.brand import Brand
from npsstats.reporting.language import Language
from npsstats.reporting.leadership.facts import (
    Facts,
    Method,
    Movement,
    Quality,
    Score,
    Segment,
    Spread,
)
from npsstats.reporting.standing import standing
from npsstats.reporting.style import Look

KAPPA = 40.0
REFERENCE_SHARES = np.array([0.2, 0.3, 0.5])


def score_of(counts, target=None):
    """Return a `Score` from (detractors, passives, promoters), by a normal approximation."""
    counts = np.asarray(counts, float)
    alpha = counts + 1
    shares = alpha / alpha.sum()
    mean = shares[2] - shares[0]
    sd = np.sqrt((shares[2] + shares[0] - mean**2) / (alpha.sum() + 1))
    lower, upper = np.clip([mean - 1.96 * sd, mean + 1.96 * sd], -0.98, 0.98)
    n = counts.sum()
    nps = (counts[2] - counts[0]) / n if n else float("nan")
    p_above = float("nan") if target is None else float(100 * mean > target)
    return Score(
        n=int(n),
        detractors=int(counts[0]),
        passives=int(counts[1]),
        promoters=int(counts[2]),
        nps=float(100 * nps),
        estimate=float(100 * mean),
        lower=float(100 * lower),
        upper=float(100 * upper),
        p_above=p_above,
    )


def store_table(counts, names, reference):
    """Return the table of stores that `Facts` holds, by a normal approximation."""
    from scipy.stats import norm, rankdata

    alpha = np.asarray(counts, float) + KAPPA * REFERENCE_SHARES
    n = np.asarray(counts).sum(axis=1)
    shares = alpha / alpha.sum(axis=1, keepdims=True)
    mean = shares[:, 2] - shares[:, 0]
    sd = np.sqrt((shares[:, 2] + shares[:, 0] - mean**2) / (alpha.sum(axis=1) + 1))
    with np.errstate(invalid="ignore"):
        raw = 100 * (counts[:, 2] - counts[:, 0]) / n
    lower, upper = 100 * (mean - 1.96 * sd), 100 * (mean + 1.96 * sd)
    rank = rankdata(-mean)
    size = len(names)
    frame = pd.DataFrame(
        {
            "store": names,
            "n": n,
            "nps": raw,
            "estimate": 100 * mean,
            "lower": lower,
            "upper": upper,
            "shrinkage": KAPPA / (KAPPA + n),
            "p_above": norm.sf(reference / 100, mean, sd),
            "expected_rank": rank,
            "rank_lower": np.maximum(rank - size // 5, 1),
            "rank_upper": np.minimum(rank + size // 5, size),
            "standing": [
                str(standing(*pair, reference)) for pair in zip(lower, upper, strict=True)
            ],
        }
    )
    return frame.sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)


@pytest.fixture(scope="session")
def make_facts():
    """Return a maker of `Facts`: `make_facts(stores=80, months=14, target=30, …)`."""

    def make(
        *,
        stores=12,
        months=6,
        target=None,
        segments=("channel",),
        names=None,
        scores=None,
        seed=1,
        quality=True,
        **changed,
    ):
        rng = np.random.default_rng(seed)
        table = None
        if scores is None:
            size = max(stores, 1)
            sizes = rng.poisson(rng.gamma(1.2, 60, size))
            shares = rng.dirichlet(KAPPA * REFERENCE_SHARES, size)
            counts = np.array([rng.multinomial(n, p) for n, p in zip(sizes, shares, strict=True)])
            d, s, p = counts.sum(axis=0)
            weights = ([0.1, 0.03, 0.04, 0.08, 0.1, 0.35, 0.3], [0.4, 0.6], [0.45, 0.55])
            scores = np.concatenate(
                [rng.multinomial(k, w) for k, w in zip((d, s, p), weights, strict=True)]
            )
        scores = np.asarray(scores)
        whole = score_of([scores[:7].sum(), scores[7:9].sum(), scores[9:].sum()], target)
        reference = whole.nps if target is None else float(target)
        only = (names or ["Magasin 1"])[0] if stores == 1 else None
        if stores > 1:
            names = names or [f"Magasin {i + 1}" for i in range(stores)]
            table = store_table(counts, names, reference)
        labels = [f"{2024 + m // 12}-{m % 12 + 1:02d}" for m in range(months)]
        periods = movement = None
        if months:
            estimate = whole.nps + rng.normal(0, 4, months)
            n = rng.integers(60, 900, months)
            half = 150 / np.sqrt(n)
            periods = pd.DataFrame(
                {
                    "period": labels,
                    "n": n,
                    "nps": estimate,
                    "estimate": estimate,
                    "lower": estimate - half,
                    "upper": estimate + half,
                }
            )
        if months > 1:
            change = float(estimate[-1] - estimate[-2])
            room = float(np.hypot(half[-1], half[-2]))
            movement = Movement(
                labels[-2], labels[-1], int(n[-2]), int(n[-1]), change, change - room, change + room
            )
        facts = Facts(
            scores=tuple(int(k) for k in scores),
            scale=(0, 10),
            overall=whole,
            target=target,
            stores=table,
            only_store=only,
            spread=Spread(11.0, 9.0, 13.5) if stores > 1 else None,
            reference=reference,
            periods=periods,
            movement=movement,
            segments=tuple(_segment(name, movement, rng) for name in segments if movement),
            quality=Quality(
                source="answers.csv",
                accepted=whole.n,
                rejected=37,
                reasons={"score missing": 25, "date in the future": 12},
            )
            if quality
            else None,
            first_day=date(2024, 1, 2) if months else None,
            last_day=date(2024 + (months - 1) // 12, (months - 1) % 12 + 1, 20) if months else None,
            method=Method(
                level=0.95,
                seed=0,
                fingerprint="0123456789abcdef",
                version="0.1.0",
                concentration=KAPPA,
                by_moments=float("nan"),
            ),
        )
        return replace(facts, **changed)

    return make


def _segment(name, movement, rng):
    within = rng.normal(movement.estimate / 3, 1, 3)
    mix = np.array([0.6, -0.4, -0.1])
    both = within + mix
    frame = pd.DataFrame(
        {
            "label": ["e-mail", "SMS", "borne en magasin"],
            "n_before": [120, 80, 40],
            "n_after": [110, 95, 38],
            "within": within,
            "mix": mix,
            "lower": both - 1.5,
            "upper": both + 1.5,
            "own_change": 3 * within,
            "p_rise": [0.99, 0.6, 0.02],
            "standout": [True, False, True],
        }
    )
    return Segment(name, float(within.sum()), float(mix.sum()), frame, 0.3)


@pytest.fixture(scope="session", params=["en", "fr"])
def words(request):
    """Return each language in turn."""
    return Language(request.param)


@pytest.fixture(scope="session")
def look(words):
    """Return a look in each language."""
    return Look(words, **Brand().palette)
