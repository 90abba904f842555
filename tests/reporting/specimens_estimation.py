"""One cheap result of every type of the estimation floor, and weak, empty and failed ones."""

from functools import cache

import numpy as np
import pandas as pd

import npsstats as nps
from npsstats.estimation.readiness.ready import readiness

LONG = "Grand magasin de la rocade nord-ouest, galerie marchande du Vieux Port, niveau deux, no. 12"


@cache
def network():
    return nps.simulate(stores=24, months=3, responses=2400, seed=3)


@cache
def stores():
    rng = np.random.default_rng(5)
    usual = np.array([4, 1, 2, 2, 3, 6, 7, 15, 20, 22, 18]) / 100
    tilt = np.exp(0.12 * np.outer(rng.normal(size=30), np.arange(11) - 5))
    shares = usual * tilt
    counts = [rng.multinomial(90, row / row.sum()) for row in shares]
    return nps.ScoreCounts(counts, pd.DataFrame({"store_id": [f"S{i:03d}" for i in range(30)]}))


@cache
def two_stores():
    rng = np.random.default_rng(1)
    probabilities = np.array([4, 1, 2, 2, 3, 6, 7, 15, 20, 22, 18]) / 100
    counts = rng.multinomial(120, probabilities, size=2)
    counts[0, :3] += 40
    return nps.ScoreCounts(counts, pd.DataFrame({"store_id": ["Lyon", LONG]}))


@cache
def channels():
    cells = pd.DataFrame({"channel": ["e-mail", "SMS", "borne"]})
    scores = [[4] + [0] * 9 + [36], [10] + [0] * 9 + [10], [1] + [0] * 9 + [2]]
    return nps.ScoreCounts(scores, cells)


@cache
def weights():
    population = {"e-mail": 500, "SMS": 500, "borne": 20}
    return nps.post_stratify(channels(), population, by="channel")


@cache
def invited():
    cells = pd.DataFrame({"channel": ["e-mail", "SMS"]})
    scores = nps.ScoreCounts([[20] + [0] * 6 + [30, 0, 50, 100], [5] * 11], cells)
    return nps.InvitationCounts(cells, np.array([1000, 500]), scores.n, scores)


@cache
def buyers():
    cells = pd.DataFrame({"buyer": ["acheteurs", "autres"]})
    scores = nps.ScoreCounts([[10] + [0] * 9 + [90], [20] + [0] * 9 + [30]], cells)
    return nps.InvitationCounts(cells, np.array([400, 600]), scores.n, scores)


@cache
def segments():
    cells = pd.DataFrame(
        {
            "month": ["2025-01"] * 3 + ["2025-02"] * 3,
            "journey": ["retrait", "caisse", "SAV"] * 2,
        }
    )
    scores = [
        [30, 0, 0, 0, 0, 0, 0, 40, 40, 120, 130],
        [60, 0, 0, 0, 0, 0, 0, 40, 60, 40, 30],
        [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1],
        [70, 0, 0, 0, 0, 0, 0, 40, 40, 60, 90],
        [60, 0, 0, 0, 0, 0, 0, 40, 60, 40, 30],
        [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ]
    return nps.ScoreCounts(scores, cells)


@cache
def years():
    cells = pd.DataFrame(
        {
            "month": ["2024-03", "2024-04", "2025-03", "2025-04"] * 2,
            "store_id": ["Lyon"] * 4 + ["Lille"] * 4,
        }
    )
    rng = np.random.default_rng(4)
    return nps.ScoreCounts(rng.integers(0, 20, size=(8, 11)), cells)


@cache
def accounts():
    rng = np.random.default_rng(2)
    answers = pd.DataFrame(
        {
            "score": rng.integers(0, 11, 120),
            "account_id": [f"C{number:02d}" for number in rng.integers(0, 30, 120)],
        }
    )
    return nps.account_nps(nps.read(answers, quiet=True))


@cache
def comparable():
    cells = pd.DataFrame(
        {"store_id": ["A", "A", "B", "B"], "kind": ["transactional", "relational"] * 2}
    )
    scores = [
        [3, 1, 0, 1, 2, 5, 6, 10, 14, 9, 9],
        [2, 1, 0, 1, 1, 3, 3, 4, 4, 3, 3],
        [1, 0, 0, 0, 0, 1, 2, 2, 4, 6, 9],
        [6, 3, 2, 3, 3, 12, 12, 18, 18, 12, 11],
    ]
    return nps.comparable(nps.ScoreCounts(scores, cells), over="kind")


@cache
def estimated():
    return nps.estimate(stores())


@cache
def teams():
    scores = [[1, 0, 0, 1, 0, 2, 3, 4, 6, 3, 2], [0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1], [2] * 11]
    return nps.enps(nps.ScoreCounts(scores, cells=["caisses", "jardin", "réserve"]), by="cell")


@cache
def gamed():
    truth = nps.NetworkTruth(gaming_share=0.1, gaming_tens=0.5)
    return nps.integrity(nps.simulate(stores=30, months=4, responses=4500, seed=2, truth=truth))


@cache
def ready():
    answers = pd.DataFrame(
        {
            "score": [9, 3, 10, 8] * 20,
            "store_id": ["A", "B", "C", "A"] * 20,
            "date": ["2025-01-07"] * 40 + ["2025-02-11"] * 40,
        }
    )
    return readiness({"responses": nps.read(answers, quiet=True)})


def _scale(rows, cells, scale):
    return nps.ScaleCounts(rows, cells, scale)


@cache
def _empty_store():
    counts = np.zeros((3, 11), dtype=int)
    counts[0, 10], counts[0, 0] = 8, 3
    counts[1, 9] = 2
    return nps.estimate(nps.ScoreCounts(counts, pd.DataFrame({"store_id": ["1", "2", LONG]})))


def _weighted_by_store():
    counts = nps.ScoreCounts(
        [[4] + [0] * 9 + [36], [10] + [0] * 9 + [10], [2] + [0] * 9 + [9], [5] * 11],
        pd.DataFrame({"store_id": ["A", "A", "B", "B"], "channel": ["e-mail", "SMS"] * 2}),
    )
    return nps.weighted_nps(
        counts, nps.post_stratify(counts, {"e-mail": 5, "SMS": 5}, by="channel"), by="store_id"
    )


SPECIMENS = {
    "interval": lambda: nps.tango([8, 13, 15]),
    "intervals-many": lambda: nps.adjusted_wald([[n, 5, 60 - n] for n in range(1, 40)]),
    "intervals-channels": lambda: nps.adjusted_wald(channels()),
    "intervals-hidden": lambda: nps.tango(
        nps.ScoreCounts([[1] + [0] * 9 + [2]], pd.DataFrame({"channel": ["borne"]}))
    ),
    "intervals": lambda: nps.adjusted_wald(two_stores()),
    "dirichlet": lambda: nps.dirichlet([8, 13, 15], target=10),
    "difference": lambda: nps.difference([80, 130, 150], [120, 70, 70]),
    "difference-weak": lambda: nps.difference([8, 13, 15], [12, 7, 7]),
    "differences-many": lambda: nps.difference([[8, 13, 15]] * 13, [[12, 7, 7]] * 13),
    "differences": lambda: nps.difference([[8, 13, 15], [1, 2, 90]], [[12, 7, 7], [90, 3, 1]]),
    "estimate": estimated,
    "estimate-target": lambda: nps.estimate(stores(), target=90),
    "estimate-alone": lambda: nps.estimate(stores(), pooling="none"),
    "estimate-one": lambda: nps.estimate(two_stores(), by=None),
    "estimate-empty": _empty_store,
    "estimate-segments": lambda: nps.estimate(channels(), by="channel", pooling="none"),
    "estimate-weighted": lambda: nps.estimate(channels(), by="channel", weights=weights()),
    "ordinal": lambda: nps.estimate(two_stores(), model="ordinal"),
    "comparable": comparable,
    "enps": teams,
    "flags": lambda: nps.flag(estimated()),
    "flags-likely": lambda: nps.flag(estimated(), sure=0.6),
    "flags-none": lambda: nps.flag(_empty_store()),
    "flags-alone": lambda: nps.flag(nps.estimate(two_stores(), pooling="none"), target=0),
    "benchmark": lambda: nps.against(estimated(), 20, std_error=4),
    "benchmark-one": lambda: nps.against(two_stores(), 20, by=None),
    "comparison": lambda: nps.compare(two_stores(), by="store_id"),
    "comparison-none": lambda: nps.compare(nps.ScoreCounts([[6] * 11, [5] * 11, [7] * 11])),
    "comparison-weak": lambda: nps.compare(channels(), by="channel"),
    "change": lambda: nps.change(segments(), by="journey"),
    "change-whole": lambda: nps.change(segments()),
    "year-on-year": lambda: nps.year_on_year(years()),
    "year-on-year-stores": lambda: nps.year_on_year(years(), by="store_id"),
    "weighted": lambda: nps.weighted_nps(channels(), weights()),
    "weighted-stores": _weighted_by_store,
    "weights": weights,
    "accounts": accounts,
    "buyers": lambda: nps.compare_buyers(buyers()),
    "bounds": lambda: nps.nonresponse_bounds(invited().by()),
    "bounds-channels": lambda: nps.nonresponse_bounds(invited()),
    "propensity": lambda: nps.response_propensity(invited()),
    "representativeness": lambda: nps.representativeness(invited()),
    "share": lambda: nps.wilson(17, 20),
    "shares": lambda: nps.jeffreys([17, 20], [20, 20]),
    "response": lambda: nps.response_rate(
        _scale([[600, 400], [90, 10], [500, 510]], ["Lyon", "Lille", LONG], (0, 1))
    ),
    "completion": lambda: nps.completion_rate(_scale([[3, 27]], None, (0, 1)), pooling="none"),
    "csat": lambda: nps.csat(_scale([[1, 0, 2, 5, 12], [30, 10, 10, 0, 0]], ["A", "B"], (1, 5))),
    "ces": lambda: nps.ces(_scale([[1, 0, 2, 2, 5, 9, 11]], None, (1, 7)), pooling="none"),
    "shape": lambda: nps.shape(two_stores().sum(), by=None, draws=400),
    "shape-stores": lambda: nps.shape(two_stores(), draws=400),
    "tell-apart": lambda: nps.tell_apart(
        [40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60], [0, 0, 0, 0, 0, 5, 10, 30, 20, 20, 15], draws=1000
    ),
    "tell-apart-weak": lambda: nps.tell_apart([1] * 11, [0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1]),
    "margin": lambda: nps.margin([100, 200]),
    "sample-size": lambda: nps.sample_size(5),
    "readiness": ready,
    "integrity": gamed,
    "integrity-none": lambda: nps.integrity(network()),
}
