"""Assignment: recomputed unit by unit, balanced where it says so, the same from anywhere."""

from collections import Counter
from fractions import Fraction

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from npsstats.aggregates.allocation import Allocation
from npsstats.aggregates.keyed_hash import FIRST_BITS, hashed, uniform
from npsstats.checks import InputError
from npsstats.experiments.assignment.assign import arm_of, assign, assign_rule

HALVES = {"control": 0.5, "called": 0.5}
THIRDS = {"control": 1 / 3, "called": 1 / 3, "mailed": 1 / 3}
UNEVEN = {"control": 0.2, "called": 0.5, "mailed": 0.3}


@pytest.fixture(scope="module")
def customers():
    rng = np.random.default_rng(5)
    n = 3000
    return pd.DataFrame(
        {
            "customer_id": [f"{number:05d}é" for number in rng.permutation(n)],
            "tier": rng.choice(["gold", "silver", "bronze"], n, p=[0.1, 0.3, 0.6]),
            "region": rng.choice(["N", None], n),
            "store": rng.integers(1, 61, n),
        }
    )


def reference(units, key, shares, held=lambda unit: False):
    """Return the arms of independent assignment, written again from its description."""
    ends = np.cumsum(list(shares.values()))
    arms = []
    for unit in units:
        place = uniform(key, unit)
        first = next((arm for arm, end in zip(shares, ends, strict=True) if place < end), None)
        arms.append("holdout" if held(unit) else first)
    return arms


def blocked_reference(units, strata, key, shares, held=lambda unit: False):
    """Return the arms of blocked assignment, written again from its description."""
    cumulative = np.cumsum([Fraction(share).limit_denominator(1000) for share in shares.values()])
    groups = {}
    for unit, stratum in zip(units, strata, strict=True):
        if not held(unit):
            groups.setdefault(stratum, []).append(unit)
    arms = {}
    for stratum, members in groups.items():
        u = Fraction(hashed("|".join((key, "stratum", *stratum))), FIRST_BITS)
        ranked = sorted(members, key=lambda unit: uniform(key, unit))
        for rank, unit in enumerate(ranked):
            cuts = [int(len(ranked) * share + u) for share in cumulative[:-1]]
            arms[unit] = list(shares)[sum(rank >= cut for cut in cuts)]
    return [arms.get(unit, "holdout") for unit in units]


@pytest.mark.parametrize("shares", [HALVES, THIRDS, UNEVEN])
def test_independent_arms_are_recomputed_unit_by_unit(customers, shares):
    result = assign(customers, key="callback", shares=shares)
    frame = result.frame
    assert frame["customer_id"].to_list() == customers["customer_id"].to_list()
    assert frame["arm"].to_list() == reference(customers["customer_id"], "callback", shares)
    assert frame["hash"].to_list() == [uniform("callback", x) for x in customers["customer_id"]]
    one_by_one = [arm_of(x, key="callback", shares=shares) for x in customers["customer_id"]]
    assert frame["arm"].to_list() == one_by_one
    totals = result.totals.set_index("arm")
    assert totals["n"].sum() == len(customers)
    assert (totals["share"] - totals["planned_share"]).abs().max() < 0.04


@pytest.mark.parametrize("shares", [HALVES, THIRDS, UNEVEN])
def test_blocked_arms_are_recomputed_and_their_quotas_exact(customers, shares):
    rule = {"key": "callback", "shares": shares, "method": "blocked", "holdout": 0.1}
    result = assign(customers, strata=["tier", "region"], holdout_key="keep", **rule)
    strata = list(zip(customers["tier"], customers["region"].fillna("(none)"), strict=True))

    def held(unit):
        return uniform("keep", unit) < 0.1

    wanted = blocked_reference(customers["customer_id"], strata, "callback", shares, held)
    assert result.frame["arm"].to_list() == wanted
    counts = result.counts[result.counts["arm"] != "holdout"]
    for _, part in counts.groupby(["tier", "region"]):
        for arm, n in zip(part["arm"], part["n"], strict=True):
            assert abs(n - shares[arm] * part["n"].sum()) < 1
    assert set(result.frame["region"]) == {"N", "(none)"}


def test_rounding_favours_no_arm():
    """Strata of one: with quotas rounded in order, every unit would go to the same arm."""
    units = pd.DataFrame({"customer_id": np.arange(4000), "pair": np.arange(4000)})
    rule = {"key": "k", "method": "blocked", "strata": "pair"}
    counts = Counter(assign(units, shares=UNEVEN, **rule).frame["arm"])
    for arm, share in UNEVEN.items():
        assert abs(counts[arm] / 4000 - share) < 4 * np.sqrt(share * (1 - share) / 4000)
    assert counts["control"] + counts["called"] + counts["mailed"] == 4000


def test_expected_quotas_are_exact():
    """Over the place of the first cut, sizes average to n times the share."""
    rule = Allocation("k", UNEVEN, method="blocked")
    sizes = np.array([np.diff([0, *rule.cuts(7, [str(label)])]) for label in range(3000)])
    assert sizes.mean(axis=0) == pytest.approx([1.4, 3.5, 2.1], abs=0.04)
    assert sizes.min(axis=0).tolist() == [1, 3, 2]
    assert sizes.max(axis=0).tolist() == [2, 4, 3]


def test_clusters_go_together_and_are_blocked_by_tiers_of_size(customers):
    rule = {"key": "stores", "shares": HALVES, "cluster": "store", "method": "blocked"}
    result = assign(customers, size_tiers=4, **rule)
    frame = result.frame
    assert len(frame[["store", "arm"]].drop_duplicates()) == 60
    sizes = frame.groupby(["size_tier", "store"]).size()
    by_tier = sizes.groupby("size_tier")
    assert by_tier.size().to_list() == [15] * 4
    assert (by_tier.max().to_numpy()[:-1] <= by_tier.min().to_numpy()[1:]).all()
    once = frame.drop_duplicates("store")
    stores = pd.crosstab(once["size_tier"], once["arm"])
    assert (stores["called"] - stores["control"]).abs().max() == 1
    again = result.counts.pivot_table(index="size_tier", columns="arm", values="clusters")
    assert again.to_numpy().tolist() == stores[again.columns].to_numpy().tolist()
    assert frame["hash"].to_list() == [uniform("stores", store) for store in frame["store"]]


def test_independent_clusters_and_their_holdout(customers):
    rule = {"key": "stores", "shares": THIRDS, "cluster": "store"}
    frame = assign(customers, holdout=0.2, holdout_key="keep", **rule).frame
    stores = customers["store"].to_list()
    wanted = reference(stores, "stores", THIRDS, lambda store: uniform("keep", store) < 0.2)
    assert frame["arm"].to_list() == wanted
    assert "holdout" in wanted


def test_one_holdout_spans_experiments(customers):
    rule = {"shares": HALVES, "holdout": 0.15, "holdout_key": "keep-2026"}
    first = assign(customers, key="one", **rule).frame
    second = assign(customers, key="two", method="blocked", **rule).frame
    held = first["arm"] == "holdout"
    assert held.mean() == pytest.approx(0.15, abs=0.03)
    assert (held == (second["arm"] == "holdout")).all()
    rest = first[~held]["arm"] == second[~held]["arm"]
    assert rest.mean() == pytest.approx(0.5, abs=0.05)
    wider = assign(customers, key="one", **{**rule, "holdout": 0.3}).frame["arm"] == "holdout"
    assert wider[held].all()


def test_order_and_form_of_the_list_do_not_matter(customers, tmp_path):
    rule = Allocation("k", THIRDS, strata="tier", method="blocked")
    want = assign_rule(customers, rule)
    shuffled = customers.sample(frac=1, random_state=1)
    csv, parquet = tmp_path / "customers.csv", tmp_path / "customers.parquet"
    shuffled.to_csv(csv, index=False, sep=";")
    customers.to_parquet(parquet)
    connection = ibis.duckdb.connect()
    connection.con.register("customers", pa.Table.from_pandas(customers))
    table = connection.table("customers")
    arms = want.frame.set_index("customer_id")["arm"]
    for source in (shuffled, csv, str(parquet), table):
        again = assign_rule(source, rule)
        assert again.frame.set_index("customer_id")["arm"].to_dict() == arms.to_dict()
        assert again.provenance.fingerprint == want.provenance.fingerprint
    fewer = assign_rule(customers.iloc[1:], rule)
    assert fewer.provenance.fingerprint != want.provenance.fingerprint


def test_text_and_whole_numbers_are_the_same_unit():
    rule = Allocation("k", HALVES)
    number = assign_rule(pd.DataFrame({"customer_id": range(50)}), rule).frame
    text = assign_rule(pd.DataFrame({"customer_id": map(str, range(50))}), rule).frame
    floats = assign_rule(pd.DataFrame({"customer_id": [*map(float, range(50)), None]}), rule)
    assert number["hash"].to_list() == text["hash"].to_list() == floats.frame["hash"].to_list()
    assert floats.frame["customer_id"].to_list() == list(range(50))
    zeros = assign_rule(pd.DataFrame({"customer_id": [f"{i:03d}" for i in range(50)]}), rule)
    assert set(zeros.frame["hash"]) & set(number["hash"]) == set()


def test_rows_without_an_arm_are_kept_with_their_reason(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,store\n1,a\n,a\n2,\n1,a\n3,b\nNA,b\n", encoding="utf-8")
    result = assign(path, key="k", shares=HALVES, cluster="store")
    assert result.frame["customer_id"].to_list() == ["1", "3"]
    assert result.reasons == {
        "customer_id missing": 2,
        "store missing": 1,
        "duplicate customer_id": 1,
    }
    assert result.rejected["row"].to_list() == [1, 2, 3, 5]
    assert "4 rows got no arm" in str(result)
    odd = assign(pd.DataFrame({"customer_id": [1.5, 2.0]}), key="k", shares=HALVES)
    assert odd.reasons == {"customer_id not a whole number": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shares": {"control": 1.0}}, "at least two arms"),
        ({"shares": {"control": 0.5, "called": 0.4}}, "must add up to 1, got 0.9"),
        ({"shares": {"control": 0.0, "called": 1.0}}, r"shares\['control'\]"),
        ({"shares": {"holdout": 0.5, "called": 0.5}}, "other than 'holdout'"),
        ({"shares": ["control", "called"]}, "must give each arm its share"),
        ({"key": "a|b"}, "`key` must be a text without"),
        ({"method": "random"}, "`method` must be one of 'independent', 'blocked'"),
        ({"holdout": 0.1}, "A holdout needs a key of its own"),
        ({"holdout": 0.1, "holdout_key": "k"}, "out of the first arm alone"),
        ({"holdout": 1.0, "holdout_key": "h"}, "nobody is left"),
        ({"holdout": 1.5, "holdout_key": "h"}, "`holdout` must be a number from 0 to 1"),
        ({"size_tiers": 3}, "they need cluster"),
        ({"cluster": "customer_id"}, "is the unit itself"),
        ({"strata": ["tier", "tier"]}, "twice: tier"),
        ({"strata": ["arm"]}, "mistaken for one of the assignment's own"),
        ({"unit": "client"}, "has no column 'client'"),
        ({"cluster": "store", "strata": "tier", "method": "blocked"}, "units in several strata"),
        (
            {"cluster": "store", "method": "blocked", "size_tiers": 3},
            "3 and there are 2 clusters",
        ),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(change, said):
    units = pd.DataFrame(
        {"customer_id": [1, 2, 3], "tier": ["a", "b", "a"], "store": ["x", "x", "y"]}
    )
    with pytest.raises(InputError, match=said):
        assign(units, **{"key": "k", "shares": HALVES, **change})


def test_lists_that_cannot_be_assigned_are_refused():
    twice = pd.DataFrame({"customer_id": [1, 1], "tier": ["a", "b"]})
    with pytest.raises(InputError, match="in different strata or clusters: customer_id '1'"):
        assign(twice, key="k", shares=HALVES, strata="tier")
    assert len(assign(twice, key="k", shares=HALVES).frame) == 1
    with pytest.raises(InputError, match="No unit of the DataFrame can be assigned"):
        assign(twice.iloc[:0], key="k", shares=HALVES)
    with pytest.raises(InputError, match="customer_id missing 1"):
        assign(pd.DataFrame({"customer_id": [None]}), key="k", shares=HALVES)
    with pytest.raises(InputError, match="method='independent'"):
        Allocation("k", HALVES, method="blocked").arm(1)


def test_what_to_doubt_is_said():
    few = pd.DataFrame({"customer_id": range(6), "tier": list("aabbcd"), "store": list("xxyyzz")})
    clustered = assign(few, key="k", shares=HALVES, cluster="store")
    assert any("clusters: arms may differ by luck" in doubt for doubt in clustered.diagnostics)
    kept = assign(few, key="k", shares=HALVES, strata="tier")
    assert any("does not balance strata" in doubt for doubt in kept.diagnostics)
    blocked = assign(few, key="k", shares=HALVES, strata="tier", method="blocked")
    assert any("2 of 4 strata are so small" in doubt for doubt in blocked.diagnostics)
    assert "depend on the whole list" in blocked.diagnostics[-1]
    one = assign(few.iloc[:1], key="k", shares=THIRDS)
    assert any("No unit is in" in doubt for doubt in one.diagnostics)


def test_the_table_is_written_and_read_again(customers, tmp_path):
    result = assign(customers, key="k", shares=HALVES, strata="tier")
    for name in ("arms.csv", "arms.parquet"):
        path = result.write(tmp_path / name)
        read = pd.read_csv(path, dtype={"customer_id": str}) if name.endswith("csv") else None
        read = pd.read_parquet(path) if read is None else read
        pd.testing.assert_frame_equal(read, result.frame, check_dtype=False)
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        result.write(tmp_path / "arms.xlsx")
    with pytest.raises(InputError, match="cannot be written"):
        result.write(tmp_path / "nowhere" / "arms.csv")
