"""Clustered means against clubSandwich and enumeration, and what few clusters cannot tell."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.clusters import clustered, intracluster_correlation
from npsstats.experiments.clusters.intracluster import anova_icc
from npsstats.experiments.clusters.randomization import (
    least_p,
    number_of_ways,
    redraw_test,
    rerandomize,
)
from npsstats.experiments.clusters.robust import cr0, cr2
from npsstats.experiments.clusters.table import cluster_table

FOLDER = Path(__file__).parents[1] / "golden"
UNITS = pd.read_csv(FOLDER / "clusters_units.csv", comment="#")
GOLDEN = pd.read_csv(FOLDER / "clusters.csv", comment="#").set_index(["case", "what"])
ARMS = np.array(["ignored", "called"])
KEYS = {"cluster": "store", "control": "ignored", "unit": "EUR"}


def moments(frame, *keys):
    by = {"arm": ARMS[frame["arm"]]} | {key: frame[key] for key in ("store", *keys)}
    return ArmMoments.from_values({"y": frame["y"], "x": frame["x"]}, by)


def case(name):
    return UNITS[UNITS["case"] == name]


FITS = [
    (name, what)
    for name, what in GOLDEN.index
    if what in {"plain", "adjusted", "strata", "fixed", "fixed adjusted"}
]


@pytest.mark.parametrize(("name", "what"), FITS)
def test_cr2_agrees_with_clubsandwich(name, what):
    stratum = "stratum" if what == "strata" else None
    table = cluster_table(
        moments(case(name), "stratum"),
        "y",
        ("ignored", "called"),
        cluster="store",
        stratum=stratum,
        covariates=["x"],
    )
    parts = table.products(fixed="fixed" in what, adjusted="adjusted" in what)
    fit, golden = cr2(*parts), GOLDEN.loc[name, what]
    assert fit.estimate == pytest.approx(golden["estimate"], rel=1e-9)
    assert np.sqrt(fit.variance) == pytest.approx(golden["std_error"], rel=1e-8)
    assert fit.df == pytest.approx(golden["df"], rel=1e-7)
    if "fixed" not in what:
        assert np.sqrt(cr0(*parts).variance) == pytest.approx(golden["other"], rel=1e-8)


@pytest.mark.parametrize("name", ["whole", "whole binary", "balanced"])
def test_rows_of_whole_clusters(name):
    result = clustered(moments(case(name)), "y", covariates=["x"], level=0.95, **KEYS)
    for method, what in (("CR2", "plain"), ("CR2, adjusted for x", "adjusted")):
        row, golden = result.row("mean difference", method), GOLDEN.loc[name, what]
        assert row["p_value"] == pytest.approx(golden["p_value"], rel=1e-7)
        half = special.stdtrit(golden["df"], 0.975) * golden["std_error"]
        assert row["upper"] - row["estimate"] == pytest.approx(half, rel=1e-7)
        assert row["estimate"] - row["lower"] == pytest.approx(half, rel=1e-7)
    row, golden = result.row("mean difference per cluster"), GOLDEN.loc[name, "per store"]
    for part in ("estimate", "std_error", "lower", "upper", "p_value"):
        assert row[part] == pytest.approx(golden[part], rel=1e-7), part
    by_stratum = clustered(moments(case(name), "stratum"), "y", stratum="stratum", **KEYS)
    golden = GOLDEN.loc[name, "strata"]
    assert by_stratum.frame.iloc[0]["p_value"] == pytest.approx(golden["p_value"], rel=1e-7)


def test_rows_within_clusters():
    result = clustered(moments(case("within")), "y", design="within", covariates=["x"], **KEYS)
    methods = {
        "CR2, cluster fixed effects": "fixed",
        "CR2, cluster fixed effects, adjusted for x": "fixed adjusted",
        "CR2": "plain",
        "CR2, adjusted for x": "adjusted",
        "paired t-test of cluster means": "per store",
    }
    for method, what in methods.items():
        row = result.frame.set_index("method").loc[method]
        golden = GOLDEN.loc["within", what]
        assert row["estimate"] == pytest.approx(golden["estimate"], rel=1e-9)
        assert row["p_value"] == pytest.approx(golden["p_value"], rel=1e-7)
    these = result.row("mean difference in these clusters")
    frame = case("within")
    by = frame.groupby(["store", "arm"])["y"].agg(["mean", "var", "size"]).unstack()  # noqa: PD010
    weight = by["size"].sum(axis=1) / len(frame)
    expected = (weight * (by["mean"][1] - by["mean"][0])).sum()
    variance = (weight**2 * (by["var"] / by["size"]).sum(axis=1)).sum()
    assert these["estimate"] == pytest.approx(expected)
    assert these["std_error"] == pytest.approx(np.sqrt(variance))


@pytest.mark.parametrize("name", ["whole", "whole binary", "balanced"])
def test_randomization_agrees_with_enumeration(name):
    result = clustered(moments(case(name)), "y", level=0.9, **KEYS)
    row, golden = result.row("mean difference", "randomization test"), GOLDEN.loc[name]
    golden = golden.loc["randomization"]
    for part in ("estimate", "p_value", "lower", "upper"):
        assert row[part] == pytest.approx(golden[part], rel=1e-6), part


def test_the_p_value_falls_through_alpha_at_the_limits():
    """With unequal clusters and strata: just inside the limits the test keeps, outside not."""
    rng = np.random.default_rng(4)
    n = rng.integers(5, 60, 14).astype(float)
    treated = np.tile([True, False], 7)
    stratum = np.repeat([0, 1], [6, 8])
    total = n * (rng.normal(0, 1, 14) + treated)
    ways = rerandomize(treated, stratum, rng)
    assert ways.exact
    assert len(ways.ways) == number_of_ways(treated, stratum) == 20 * 70
    found = redraw_test(n, total, treated, ways, 0.95)

    def p_at(shift):
        return redraw_test(n, total - shift * n * treated, treated, ways, 0.95).p_value

    width = found.upper - found.lower
    for end, outward in ((found.lower, -1), (found.upper, 1)):
        assert p_at(end - outward * 1e-6 * width) > 0.05
        assert p_at(end + outward * 1e-6 * width) <= 0.05


def test_sampled_assignments_agree_with_all():
    rng = np.random.default_rng(6)
    n, treated = rng.integers(5, 40, 16).astype(float), np.tile([True, False], 8)
    total = n * (rng.normal(0, 1, 16) + 0.8 * treated)
    stratum = np.zeros(16, dtype=int)
    every = rerandomize(treated, stratum, rng)
    exact = redraw_test(n, total, treated, every, 0.95)
    large = np.tile(treated, 2)
    sampled = rerandomize(large, np.zeros(32, dtype=int), rng)
    assert every.exact
    assert not sampled.exact
    assert (sampled.ways[0] == large).all()
    assert (sampled.ways.sum(axis=1) == 16).all()
    some = every._replace(ways=every.ways[rng.permutation(len(every.ways))[:4000]])
    assert redraw_test(n, total, treated, some, 0.95).p_value == pytest.approx(
        exact.p_value, abs=0.02
    )


def stores(sizes, arms, seed=1, sd=1.0):
    """Return moments of stores with the sizes and arms given."""
    rng = np.random.default_rng(seed)
    store = np.repeat(np.arange(len(sizes)), sizes)
    y = rng.normal(0, sd, len(sizes))[store] + rng.standard_normal(len(store))
    return ArmMoments.from_values(
        {"y": y}, {"arm": ARMS[np.repeat(arms, sizes)], "store": [f"S{s}" for s in store]}
    )


@pytest.mark.parametrize(
    ("sizes", "arms", "least"), [([500, 400, 450], [0, 1, 1], "0.33"), ([900, 900], [0, 1], "1")]
)
def test_three_clusters_or_two_cannot_tell(sizes, arms, least):
    result = clustered(stores(sizes, arms), "y", **KEYS)
    frame = result.frame
    assert frame["estimate"].notna().all()
    assert (frame["lower"] == -np.inf).all()
    assert (frame["upper"] == np.inf).all()
    assert frame["std_error"].isna().all()
    assert frame["p_value"].isna().all()
    assert frame["probability"].isna().all()
    assert "Cannot tell" in result.diagnostics[0]
    assert f"could give is {least}." in result.diagnostics[0]


def test_four_clusters_are_wide_and_the_least_p_is_said():
    result = clustered(stores([100] * 4, [0, 0, 1, 1]), "y", **KEYS)
    row = result.row("mean difference", "CR2")
    assert row["upper"] - row["lower"] > 8 * row["std_error"]  # t with 2 degrees of freedom
    redrawn = result.row("mean difference", "randomization test")
    assert redrawn["p_value"] >= 2 / 6 - 1e-12
    assert (redrawn["lower"], redrawn["upper"]) == (-np.inf, np.inf)
    said = " ".join(result.diagnostics)
    assert "can give is 0.33, above 0.05" in said
    assert "Few clusters by 'store', 2 in the control and 2 in the treatment" in said
    assert "design effect" in said


def test_least_p():
    one = np.zeros(3, dtype=int)
    assert least_p(np.array([True, False, False]), one) == pytest.approx(1 / 3)
    assert least_p(np.array([True, False, False, True]), np.zeros(4, dtype=int)) == 2 / 6


def test_one_store_within_says_what_it_is_about():
    rng = np.random.default_rng(2)
    by = {"arm": ARMS[np.tile([0, 1], 100)], "store": ["S"] * 200}
    result = clustered(
        ArmMoments.from_values({"y": rng.standard_normal(200)}, by), "y", design="within", **KEYS
    )
    these = result.row("mean difference in these clusters")
    assert np.isfinite(these[["lower", "upper"]].astype(float)).all()
    others = result.frame[result.frame["estimand"] != "mean difference in these clusters"]
    assert (others["lower"] == -np.inf).all()
    assert "Cannot tell for others" in result.diagnostics[0]


def test_edges():
    constant = ArmMoments.from_values(
        {"y": np.zeros(40)}, {"arm": ARMS[np.repeat([0, 1], 20)], "store": np.arange(40) // 5}
    )
    frame = clustered(constant, "y", **KEYS).frame
    assert frame["std_error"].isna().all()
    assert frame["estimate"].iloc[0] == 0

    singles = stores([1] * 12, np.repeat([0, 1], 6))
    result = clustered(singles, "y", **KEYS)
    cr, per = result.row("mean difference", "CR2"), result.row("mean difference per cluster")
    assert cr["std_error"] == pytest.approx(per["std_error"])
    with pytest.raises(InputError, match="more units than clusters"):
        intracluster_correlation(singles, "y", cluster="store")


def test_covariates_that_say_nothing_are_left_out():
    frame = case("whole")
    made = ArmMoments.from_values(
        {"y": frame["y"], "x": frame["x"], "one": np.ones(len(frame)), "cents": 100 * frame["x"]},
        {"arm": ARMS[frame["arm"]], "store": frame["store"]},
    )
    for names in (["one"], ["x", "cents"]):
        result = clustered(made, "y", covariates=names, **KEYS)
        assert not result.frame["method"].str.contains("adjusted").any()
        assert f"Covariates {', '.join(names)} are left out" in " ".join(result.diagnostics)
    cents = clustered(made, "y", covariates=["cents"], **KEYS).frame.iloc[1]
    assert cents["std_error"] == pytest.approx(GOLDEN.loc["whole", "adjusted"]["std_error"])


def test_three_arms_each_against_control():
    made = stores([30] * 12, np.tile([0, 1, 1], 4))
    odd = made.cells["store"].isin(["S2", "S5", "S8", "S11"])
    cells = made.cells.assign(arm=made.cells["arm"].where(~odd, "mailed"))
    three = ArmMoments(cells, made.names, made.n, made.mean, made.scatter, made.missing)
    result = clustered(three, "y", **KEYS)
    assert set(result.frame["arm"]) == {"called", "mailed"}
    alone = clustered(three, "y", treatment="mailed", **KEYS)
    assert alone.frame.equals(result.frame[result.frame["arm"] == "mailed"].reset_index(drop=True))


def test_errors_say_the_remedy():
    within, whole = moments(case("within")), moments(case("whole"))
    with pytest.raises(InputError, match=r"in both arms\. If .* a plan: clustered = false"):
        clustered(within, "y", **KEYS)
    with pytest.raises(InputError, match=r"no 'store' has .* a plan: clustered = true"):
        clustered(whole, "y", design="within", **KEYS)
    with pytest.raises(InputError, match="`by` must be one of 'store', got 'arm'"):
        clustered(whole.by("store"), "y", **KEYS)
    with pytest.raises(InputError, match="none named 'shop'"):
        clustered(whole, "y", control="ignored", cluster="shop")
    same = moments(case("whole").assign(stratum=case("whole")["arm"]), "stratum")
    with pytest.raises(InputError, match="strata and arms determine one another"):
        clustered(same, "y", stratum="stratum", **KEYS)
    mixed = moments(case("whole").assign(stratum=np.arange(len(case("whole"))) % 2), "stratum")
    with pytest.raises(InputError, match="lies in 2 values of 'stratum'"):
        clustered(mixed, "y", stratum="stratum", **KEYS)


def test_icc_agrees_with_psych_where_clusters_are_equal():
    frame = case("balanced")
    made = moments(frame[frame["arm"] == 1]).by("store")
    row, golden = intracluster_correlation(made, "y", cluster="store").frame.iloc[0], GOLDEN
    golden = golden.loc["balanced", "icc"]
    for part in ("estimate", "lower", "upper"):
        assert row[part] == pytest.approx(golden[part], abs=2e-6), part


def test_icc_finds_what_was_put_in():
    rng = np.random.default_rng(8)
    n = rng.integers(5, 60, 4000).astype(float)
    mean = rng.normal(0, 0.5, 4000) + rng.standard_normal(4000) / np.sqrt(n)
    inner = rng.chisquare(n - 1).sum()
    icc = anova_icc(n, mean, inner, np.arange(4000) % 2, 0.95)
    assert icc.lower < 0.2 < icc.upper
    assert icc.estimate == pytest.approx(0.2, abs=0.01)
    alike = anova_icc(n, rng.standard_normal(4000) / np.sqrt(n), inner, np.arange(4000) % 2, 0.95)
    assert alike.lower == 0


def test_cr2_covers_where_the_usual_sandwich_does_not():
    """Ten unequal stores: 95 % by CR2 and Satterthwaite, far less by CR0 and the normal law."""
    rng = np.random.default_rng(12)
    sizes = np.array([5, 8, 10, 12, 15, 20, 25, 40, 60, 120])
    runs, held, usual = 1500, 0, 0
    for _ in range(runs):
        treated = rng.permutation(np.repeat([0.0, 1.0], 5))
        mean = rng.normal(0, 0.4, 10) + rng.standard_normal(10) / np.sqrt(sizes)
        rows = np.stack([treated, np.ones(10), mean], axis=1)
        every = sizes[:, None, None] * rows[:, :, None] * rows[:, None, :]
        gram, cross = every[:, :2, :2], every[:, :2, 2]
        fit, naive = cr2(gram, cross, 0), cr0(gram, cross, 0)
        held += abs(fit.estimate) <= special.stdtrit(fit.df, 0.975) * np.sqrt(fit.variance)
        usual += abs(naive.estimate) <= 1.96 * np.sqrt(naive.variance)
    assert abs(held / runs - 0.95) < 0.02
    assert usual / runs < 0.85


def test_the_bayesian_row_agrees_with_welch_where_stores_are_many_and_equal():
    result = clustered(stores([30] * 300, np.tile([0, 1], 150)), "y", **KEYS)
    bayes, welch = result.frame.iloc[-1], result.row("mean difference per cluster")
    assert bayes["method"].startswith("Bayes")
    assert bayes["estimate"] == pytest.approx(welch["estimate"], abs=0.01 * welch["std_error"])
    assert bayes["std_error"] == pytest.approx(welch["std_error"], rel=0.03)
    assert bayes["probability"] == pytest.approx(
        stats.norm.cdf(welch["estimate"] / welch["std_error"]), abs=0.01
    )
    assert "Few clusters" not in " ".join(result.diagnostics)


def test_the_probability_points_up():
    up, down = (
        clustered(
            ArmMoments.from_values(
                {"y": sign * case("whole")["y"]},
                {"arm": ARMS[case("whole")["arm"]], "store": case("whole")["store"]},
            ),
            "y",
            **KEYS,
        ).frame.iloc[-1]
        for sign in (1, -1)
    )
    assert up["probability"] > 0.5
    assert up["probability"] + down["probability"] == pytest.approx(1, abs=1e-9)
    assert up["lower"] == pytest.approx(-down["upper"], rel=1e-6)
    assert all(low < high for low, high in pairwise([up["lower"], up["estimate"], up["upper"]]))
