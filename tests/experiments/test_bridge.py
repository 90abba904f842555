"""The bridge: its maps against R, its invariances, and what a series over it says."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.checks import InputError
from npsstats.experiments.survey.crossing.arm_shares import arms_of
from npsstats.experiments.survey.crossing.bridge import bridge
from npsstats.experiments.survey.crossing.map_transfer import (
    Transfer,
    restricted_log_likelihood,
    spread_draws,
)
from npsstats.experiments.survey.crossing.score_maps import (
    Cumulative,
    Equipercentile,
    net,
    spread_prior,
    transition,
)

GOLDEN = Path(__file__).parents[1] / "golden"
OLD, NEW = (
    np.loadtxt(GOLDEN / "bridge_counts.csv", delimiter=",", skiprows=1)[:, 1:]
    .T.astype(int)
    .tolist()
)
LEVELS = pd.DataFrame({"arm": ["last", "first"]})
MAPS = ("equipercentile", "cumulative")


def counts(array, **keys):
    return nps.ScoreCounts(array, pd.DataFrame(keys))


def over(method="equipercentile", old="last", new="first", arms=(OLD, NEW), **options):
    return bridge(nps.ScoreCounts(list(arms), LEVELS), old=old, new=new, method=method, **options)


def shares_of(rng, size):
    return rng.dirichlet(np.full(11, 2.0), size)


# --- maps ---------------------------------------------------------------------------------------


def test_the_transition_is_that_of_pairing_answers_in_order():
    golden = np.loadtxt(GOLDEN / "bridge_transition.csv", delimiter=",", skiprows=1)
    old, new = (np.array(side) / np.sum(side) for side in (OLD, NEW))
    np.testing.assert_allclose(transition(old, new), golden, atol=1e-12)
    worth = Equipercentile.between(old[None], new[None]).values[0]  # noqa: PD011 - points, not pandas
    np.testing.assert_allclose(worth, golden @ net(np.eye(11)), atol=1e-10)


def test_shifts_are_those_of_clm():
    golden = pd.read_csv(GOLDEN / "bridge_shifts.csv")
    old, new = (np.array(side)[None] / np.sum(side) for side in (OLD, NEW))
    np.testing.assert_allclose(Cumulative.between(old, new).shifts[0], golden["shift"], atol=2e-5)
    rows = over("cumulative").frame.iloc[1:]
    assert rows["part"].eq("shift at a cut").all()
    assert rows["at"].tolist() == [str(cut) for cut in golden["cut"]]
    error = golden["std_error"].to_numpy()
    assert (np.abs(rows["estimate"] - golden["shift"].to_numpy()) < 0.12 * error).all()
    np.testing.assert_allclose(rows["std_error"], error, rtol=0.05)


@pytest.mark.parametrize("cls", [Equipercentile, Cumulative])
def test_the_map_gives_the_new_arm_where_the_old_one_is(cls):
    rng = np.random.default_rng(1)
    old, new = shares_of(rng, 50), shares_of(rng, 50)
    np.testing.assert_allclose(cls.between(old, new).of(old), net(new), atol=1e-9)


@pytest.mark.parametrize("cls", [Equipercentile, Cumulative])
def test_equal_arms_change_nothing(cls):
    rng = np.random.default_rng(2)
    old, other = shares_of(rng, 20), shares_of(rng, 20)
    np.testing.assert_allclose(cls.between(old, old).of(other), net(other), atol=1e-9)


@pytest.mark.parametrize("cls", [Equipercentile, Cumulative])
def test_the_map_turns_round_with_the_scale(cls):
    # 0–6 and 9–10 do not mirror each other, so only scores that do
    old = np.zeros((1, 11))
    old[0, [6, 7, 8, 9]] = 0.3, 0.2, 0.1, 0.4
    new = np.zeros((1, 11))
    new[0, [6, 7, 8, 9]] = 0.2, 0.2, 0.2, 0.4
    here = np.zeros((1, 11))
    here[0, [6, 7, 8, 9]] = 0.4, 0.2, 0.2, 0.2

    def flipped(shares):
        out = np.zeros_like(shares)
        out[:, [6, 7, 8, 9]] = shares[:, [9, 8, 7, 6]]
        return out

    plain = cls.between(old, new).of(here)
    turned = cls.between(flipped(old), flipped(new)).of(flipped(here))
    np.testing.assert_allclose(plain, -turned, atol=1e-9)


def test_better_arms_never_map_to_worse_scores():
    rng = np.random.default_rng(3)
    old = shares_of(rng, 200)
    new = old[:, :] @ (0.8 * np.eye(11) + 0.2 * np.eye(11, k=1) + 0.2 * np.eye(11)[:, [10]] * 0)
    new[:, 10] += 0.2 * old[:, 10]
    here = shares_of(rng, 200)
    for cls in (Equipercentile, Cumulative):
        assert (cls.between(old, new).of(here) >= net(here) - 1e-9).all()


def test_values_are_in_order_and_within_the_scale():
    rng = np.random.default_rng(4)
    values = Equipercentile.between(shares_of(rng, 300), shares_of(rng, 300)).values  # noqa: PD011 - points, not pandas
    assert (np.diff(values, axis=1) >= -1e-9).all()
    assert np.abs(values).max() <= 100


def test_scores_nobody_gave_are_worth_their_place():
    old = np.zeros((1, 11))
    old[0, [5, 10]] = 0.5
    new = np.zeros((1, 11))
    new[0, [5, 7, 10]] = 0.4, 0.2, 0.4
    values = Equipercentile.between(old, new).values[0]  # noqa: PD011 - points, not pandas
    assert values[[0, 5, 8, 10]].round(6).tolist() == [-100, -80, 0, 80]
    assert np.isfinite(Cumulative.between(old, new).shifts).all()


@pytest.mark.parametrize("cls", [Equipercentile, Cumulative])
def test_influence_is_the_derivative(cls):
    rng = np.random.default_rng(5)
    found = cls.between(shares_of(rng, 1), shares_of(rng, 1))
    here = shares_of(rng, 1)
    moved = found.influence(here)[0]
    for score in (3, 7, 8, 10):
        step = np.zeros((1, 11))
        step[0, score], step[0, 5] = 1e-6, -1e-6
        slope = (found.at(here + step) - found.at(here - step))[0, 0] / 2e-6
        assert slope == pytest.approx(moved[score] - moved[5], abs=1e-3)


def test_the_prior_is_jeffreys_by_category():
    prior = spread_prior(np.array(OLD))
    np.testing.assert_allclose(np.add.reduceat(prior, [0, 7, 9]), 0.5)
    assert prior[8] > prior[7]


# --- transfer -----------------------------------------------------------------------------------


def test_the_restricted_likelihood_is_metafors():
    misses = pd.read_csv(GOLDEN / "bridge_misses.csv").to_numpy().T
    golden = pd.read_csv(GOLDEN / "bridge_spread.csv").to_numpy()
    found = restricted_log_likelihood(golden[:, 0], *misses)
    np.testing.assert_allclose(found - found[0], golden[:, 1], atol=1e-5)
    grid = np.linspace(0, 5, 5001)
    best = grid[restricted_log_likelihood(grid, *misses).argmax()]
    assert best == pytest.approx(golden[0, 0], abs=2e-3)


def test_few_strata_leave_the_spread_to_its_prior():
    drawn = spread_draws(np.array([1.0, -1.0]), np.array([400.0, 400.0]), 20_000, [0])
    assert drawn.mean() == pytest.approx(5 * np.sqrt(2 / np.pi), abs=0.15)


def test_a_known_stratum_keeps_its_own_deviation():
    spread = np.full(20_000, 3.0)
    found = Transfer(
        ("a", "b"), np.tile([6.0, -6.0], (20_000, 1)), np.array([9.0, 1.0]), spread, 0.5
    )
    e = found.deviations(["a", "b", "new"], [1])
    # half and nine tenths of the way from the mean of both, (6/18 − 6/10) / (1/18 + 1/10)
    np.testing.assert_allclose(e.mean(axis=0), [2.143, -5.571, 0.0], atol=0.08)
    of_mean = 1 / (1 / 18 + 1 / 10)
    sd = np.sqrt([4.5 + 0.25 * of_mean, 0.9 + 0.01 * of_mean, 9 * 1.5])
    np.testing.assert_allclose(e.std(axis=0), sd, rtol=0.03)
    np.testing.assert_array_equal(found.deviations(["new", "a"], [1])[:, ::-1], e[:, [0, 2]])


def stratified(rng, spread, each=400, strata=25):
    """Return counts of two arms whose difference truly differs from stratum to stratum."""
    arms, names, rows = [], [], []
    for s in range(strata):
        move = rng.normal(0, spread)
        for arm in ("last", "first"):
            shares = np.array(OLD) / np.sum(OLD)
            if arm == "first":
                shares[8] -= 0.02 + move / 100
                shares[10] += 0.02 + move / 100
            rows.append(rng.multinomial(each, shares))
            arms.append(arm)
            names.append(f"s{s}")
    return counts(np.array(rows), arm=arms, store=names)


def test_strata_that_differ_are_seen_to():
    rng = np.random.default_rng(6)
    found = [
        bridge(
            stratified(rng, spread, each=2000), old="last", new="first", strata="store", draws=400
        ).frame.iloc[-1]
        for spread in (0.0, 8.0)
    ]
    assert found[0]["part"] == "sd between strata"
    assert found[0]["estimate"] < 2
    assert found[1]["lower"] < 8 < found[1]["upper"]
    assert found[1]["lower"] > 4


def test_strata_widen_what_is_bridged_and_average_out():
    rng = np.random.default_rng(7)
    experiment = stratified(rng, 8.0)
    found = bridge(experiment, old="last", new="first", strata="store", draws=2000)
    bare = bridge(experiment, old="last", new="first", draws=2000)
    stores = [f"s{s}" for s in range(10)]
    series = counts(np.tile(OLD, (10, 1)) // 4, store=stores, month=["2025-01"] * 10)
    one = found(series, changed="2025-02").frame
    same = bare(series, changed="2025-02").frame
    assert (one["std_error"] > same["std_error"]).all()
    month = found(series, changed="2025-02", by="month").frame["std_error"].iloc[0]
    assert month < 0.6 * one["std_error"].mean()
    alone = found(series.by("month"), changed="2025-02")
    assert alone.frame["std_error"].iloc[0] > 1.3 * month
    assert "does not say store" in alone.diagnostics[0]


def test_arms_not_dealt_alike_are_evened_out_by_their_invitations():
    good, bad = np.array(NEW), np.array(OLD)
    experiment = counts(
        [bad // 10, bad, good, good // 10],  # no effect in either store, but the arms' mixes differ
        arm=["last", "first", "last", "first"],
        store=["bad", "bad", "good", "good"],
    )
    naive = bridge(experiment, old="last", new="first").frame.iloc[0]
    blind = bridge(experiment, old="last", new="first", strata="store")
    assert naive["upper"] < 0
    assert blind.frame["upper"].iloc[0] < 0  # who knows what was sent?
    assert "same mix of store" in blind.diagnostics[0]
    assert "hand over InvitationCounts" in blind.diagnostics[0]
    asked = InvitationCounts(experiment.cells, 3 * experiment.n, experiment.n, experiment)
    found = bridge(asked, old="last", new="first", strata="store")
    row = found.frame.iloc[0]
    assert row["lower"] < 0 < row["upper"]
    assert row["std_error"] > 1.2 * naive["std_error"]  # of fewer effective answers
    assert "not dealt alike by store" in found.diagnostics[0]


def losing(size=3000, kept=1 / 3):
    """Return counts without any effect on scores; asked "first", journey B loses answers."""
    good, poor = np.array([0.1, 0.3, 0.6]), np.array([0.4, 0.3, 0.3])
    table = np.zeros((4, 11), dtype=int)
    answers = [size, size, size, size * kept]
    for row, n, shares in zip(table, answers, [good, poor] * 2, strict=True):
        row[[4, 8, 10]] = np.rint(n * shares)
    return counts(table, arm=["last", "last", "first", "first"], journey=["A", "B"] * 2)


@pytest.mark.parametrize("invited", [False, True])
def test_strata_leave_who_answers_in_the_map(invited):
    scores = losing()
    asked = InvitationCounts(scores.cells, np.full(4, 10_000), scores.n, scores)
    given = asked if invited else scores
    plain = bridge(given, old="last", new="first")
    found = bridge(given, old="last", new="first", strata="journey")
    columns = ["estimate", "std_error", "lower", "upper"]
    pd.testing.assert_frame_equal(found.frame[columns].iloc[:12], plain.frame[columns])
    assert found.frame["estimate"].iloc[0] == pytest.approx(15, abs=0.2)
    assert "part of the map" in found.diagnostics[0]
    assert ("hand over" in found.diagnostics[0]) is not invited


def test_a_stratum_moves_by_its_own_and_the_whole_by_who_answers_too():
    scores = losing()
    found = bridge(scores, old="last", new="first", strata="journey")
    series = nps.ScoreCounts(
        scores.counts,
        scores.cells.assign(month=["2025-01", "2025-01", "2025-02", "2025-02"])[
            ["month", "journey"]
        ],
    )
    months = found(series, changed="2025-02", by="month")
    row = months.change().frame.iloc[0]
    assert row["naive"] == pytest.approx(15)
    assert row["lower"] < 0 < row["upper"]  # nothing has changed
    assert abs(row["estimate"]) < 1
    assert months.effect["estimate"].iloc[0] == pytest.approx(15, abs=1)
    journeys = found(series, changed="2025-02").frame
    old = journeys[journeys["bridged"]]
    assert ((old["lower"] < old["nps"]) & (old["nps"] < old["upper"])).all()
    assert (old["shift"].abs() < 3).all()


def test_many_small_strata_that_answer_alike_add_no_noise():
    rng = np.random.default_rng(9)
    experiment = stratified(rng, 0.0, each=40, strata=40)
    found = bridge(experiment, old="last", new="first", strata="store", draws=2000)
    plain = bridge(experiment, old="last", new="first", draws=2000)
    series = counts(
        np.tile(OLD, (40, 1)) // 10, store=[f"s{s}" for s in range(40)], month=["2025-01"] * 40
    )
    ours, bare = (one(series, changed="2025-02", by="month").frame for one in (found, plain))
    assert ours["estimate"].iloc[0] == pytest.approx(bare["estimate"].iloc[0], abs=0.7)
    assert ours["std_error"].iloc[0] < 1.25 * bare["std_error"].iloc[0]


def test_a_switch_that_loses_answers_somewhere_is_covered():
    rng = np.random.default_rng(10)
    truth, own, shares = [], [], np.stack([OLD, NEW]) / np.sum([OLD, NEW], axis=1)[:, None]
    names = [f"s{s}" for s in range(12)]
    for i in range(50):
        level = rng.dirichlet(40 * shares[0], 12)
        after = 0.9 * level + 0.1 * shares[1]
        kept = np.exp(rng.normal(0, 0.4, 12) + net(level) / 60)  # the content answer more
        sizes = np.concatenate([np.full(12, 200), 150 * kept])
        cells = np.vstack([level, after])
        arms = rng.multinomial(rng.poisson(sizes), cells)
        rows = rng.multinomial(rng.poisson(sizes), cells)
        over_it = bridge(
            counts(arms, arm=["last"] * 12 + ["first"] * 12, store=names * 2),
            old="last",
            new="first",
            strata="store",
            draws=400,
            seed=i,
        )
        series = counts(rows, month=["2025-01"] * 12 + ["2025-02"] * 12, store=names * 2)
        row = over_it(series, changed="2025-02", by="month").change().frame.iloc[0]
        truth.append(row["lower"] <= 0 <= row["upper"])
        old = over_it(series, changed="2025-02").frame.query("bridged")
        own.append(((old["lower"] <= net(after)) & (net(after) <= old["upper"])).mean())
    assert np.mean(truth) > 0.82  # four standard errors below .95
    assert 0.92 < np.mean(own) < 0.99


def test_strata_hardly_invited_are_weighted_together():
    scores = counts(
        [[20] * 11, [20] * 11, [1] * 11, [20] * 11, [20] * 11, [0] * 11],
        arm=["last"] * 3 + ["first"] * 3,
        store=["a", "b", "c"] * 2,
    )
    asked = InvitationCounts(
        scores.cells, scores.n + np.array([9, 9, 9, 9, 9, 2]), scores.n, scores
    )
    found = arms_of(scores, "arm", ("last", "first"), "store", asked)
    assert found.labels == ("a", "b")
    whole = 229 + 229 + np.array([20, 2])
    mix = (229 * 2 / whole.sum()) / (229 / whole)
    np.testing.assert_allclose(found.dealt, np.tile(mix, (2, 1)))
    assert np.isfinite(found.weighted).all()


# --- the bridge ---------------------------------------------------------------------------------


@pytest.mark.parametrize("method", MAPS)
def test_the_shift_is_the_difference_of_the_arms(method):
    found = over(method).frame.iloc[0]
    plain = nps.difference(*(np.add.reduceat(side, [0, 7, 9]) for side in (OLD, NEW)))
    row = plain.frame.iloc[0]
    assert abs(found["estimate"]) == pytest.approx(abs(row["estimate"]), abs=0.1)
    assert found["std_error"] == pytest.approx(row["std_error"], rel=0.05)
    assert found["estimate"] > 0


def test_the_way_back_undoes_the_way_there():
    there, back = over("cumulative"), over("cumulative", "first", "last")
    np.testing.assert_allclose(there.score_map.shifts, -back.score_map.shifts, atol=1e-12)
    assert there.frame["estimate"].iloc[0] == pytest.approx(-back.frame["estimate"].iloc[0])
    assert over().frame["estimate"].iloc[0] == pytest.approx(
        -over(old="first", new="last").frame["estimate"].iloc[0]
    )


def test_it_can_be_read_from_invitations_and_results_and_arms_may_be_more():
    scores = counts([OLD, NEW, [5] * 11], arm=["last", "first", "middle"])
    asked = InvitationCounts(scores.cells, 3 * scores.n, scores.n, scores)
    plain = over().frame
    for given in (scores, asked, SimpleNamespace(parts={"survey": SimpleNamespace(counts=asked)})):
        pd.testing.assert_frame_equal(bridge(given, old="last", new="first").frame, plain)


def test_the_same_seed_gives_the_same_numbers():
    series = counts([[3] * 11, [4] * 11], month=["2025-01", "2025-02"])
    first, second = (over(seed=5)(series, changed="2025-02") for _ in range(2))
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert not np.array_equal(over(seed=6)._drawn, over(seed=5)._drawn)


def test_draws_are_for_arviz():
    found = over(draws=400)
    assert found.draws["posterior"]["value"].shape == (4, 100, 12)
    series = found(counts([[3] * 11, [4] * 11], month=["2025-01", "2025-02"]), changed="2025-02")
    drawn = series.draws["posterior"]["nps"]
    assert drawn.sizes == {"chain": 4, "draw": 100, "cell": 2}
    assert float(drawn[..., 0].mean()) == pytest.approx(series.frame["estimate"].iloc[0])


# --- the series ---------------------------------------------------------------------------------

MONTHS = counts(
    [np.array(OLD) // 50, np.array(OLD) // 40, np.array(NEW) // 40],
    month=["2025-01", "2025-02", "2025-03"],
)


def test_new_cells_are_left_as_they_are():
    found = over()(MONTHS, changed="2025-03").frame
    plain = nps.estimate(MONTHS, by="month", pooling="none").frame
    columns = ["nps", "estimate", "std_error", "lower", "upper"]
    np.testing.assert_allclose(found[columns].iloc[2], plain[columns].iloc[2].to_numpy(float))
    assert found["asked"].tolist() == ["old", "old", "new"]
    assert found["bridged"].tolist() == [True, True, False]
    np.testing.assert_allclose(found["nps"], MONTHS.nps)


@pytest.mark.parametrize("method", MAPS)
def test_old_cells_move_by_the_map_and_are_less_sure(method):
    found = over(method, arms=(np.array(OLD) // 10, np.array(NEW) // 10))
    frame = found(MONTHS, changed="2025-03").frame
    plain = nps.estimate(MONTHS, by="month", pooling="none").frame
    shift = found.frame["estimate"].iloc[0]
    moved = (frame["estimate"] - plain["estimate"]).iloc[:2]
    assert moved.tolist() == pytest.approx([shift, shift], abs=0.6)
    np.testing.assert_allclose(frame["shift"].iloc[:2], moved, atol=0.4)
    assert (frame["std_error"] > plain["std_error"]).iloc[:2].all()
    both = np.hypot(plain["std_error"], found.frame["std_error"].iloc[0]).iloc[:2]
    np.testing.assert_allclose(frame["std_error"].iloc[:2], both, rtol=0.1)


def test_an_exact_map_of_equal_arms_leaves_the_posterior():
    huge = tuple(np.array(OLD) * 10_000 for _ in range(2))
    frame = over(arms=huge, draws=8000)(MONTHS, changed="2025-03").frame
    plain = nps.estimate(MONTHS, by="month", pooling="none").frame
    for column in ("estimate", "lower", "upper"):
        np.testing.assert_allclose(frame[column], plain[column], atol=0.6)


def test_cells_asked_both_ways_are_the_mean_of_both():
    series = counts(
        [np.array(OLD) // 50, np.array(NEW) // 25],
        month=["2025-01", "2025-01"],
        question_position=["last", "first"],
    )
    found = over()(series, asked="question_position")
    row = found.frame.iloc[0]
    parts = over()(series, asked="question_position", by=["month", "question_position"]).frame
    assert row["asked"] == "both"
    assert list(found.frame.columns[:2]) == ["month", "n"]
    weighted = np.average(parts["estimate"], weights=parts["n"])
    assert row["estimate"] == pytest.approx(weighted, abs=0.3)
    assert "asked both ways" in found.diagnostics[0]


def test_ways_of_saying_how_cells_were_asked_agree():
    plain = over()(MONTHS, changed="2025-03").frame
    arm = pd.DataFrame({"arm": ["last", "last", "first"]})
    labelled = nps.ScoreCounts(MONTHS.counts, pd.concat([MONTHS.cells, arm], axis=1))
    mapping = dict(zip(MONTHS.labels, arm["arm"], strict=True))
    pd.testing.assert_frame_equal(over()(labelled).frame, plain)
    pd.testing.assert_frame_equal(over()(MONTHS, asked=mapping).frame, plain)
    pd.testing.assert_frame_equal(over().apply(MONTHS, changed="2025-03").frame, plain)


def test_the_maps_error_is_common_to_what_is_bridged():
    small = over(arms=(np.array(OLD) // 20, np.array(NEW) // 20))
    large = counts([OLD, np.array(OLD), NEW], month=["2025-01", "2025-02", "2025-03"])
    series = small(large, changed="2025-03")
    own = np.hypot(
        *[nps.estimate(large, by="month", pooling="none").frame["std_error"].iloc[0]] * 2
    )
    among = series.change("2025-01", "2025-02").frame.iloc[0]
    across = series.change("2025-02", "2025-03").frame.iloc[0]
    map_error = small.frame["std_error"].iloc[0]
    assert among["std_error"] == pytest.approx(own, rel=0.15)
    assert across["std_error"] == pytest.approx(np.hypot(own, map_error), rel=0.1)
    assert series.frame["std_error"].iloc[0] > 3 * own
    correlation = np.corrcoef(series.joint[:, 0], series.joint[:, 1])[0, 1]
    assert correlation > 0.8


def test_the_change_adds_up_by_answers_and_turns_round():
    series = over()(MONTHS, changed="2025-03")
    plain = series.change().frame.iloc[0]
    assert (plain["n_first"], plain["n_second"]) == (MONTHS.n[:2].sum(), MONTHS.n[2])
    named = series.change(["2025-01", "2025-02"], {"month": "2025-03"}).frame.iloc[0]
    assert named["estimate"] == plain["estimate"]
    before = MONTHS.counts[:2].sum(axis=0)
    naive = MONTHS.nps[2] - nps.ScoreCounts(before).nps[0]
    assert plain["naive"] == pytest.approx(naive)
    back = series.change("2025-03", ["2025-01", "2025-02"]).frame.iloc[0]
    assert back["estimate"] == pytest.approx(-plain["estimate"], abs=0.3)
    assert "naive" not in series.change().headline()
    assert "the raw scores differ by" in series.change().headline()


def test_many_small_cells_do_not_add_up_their_priors():
    small = np.array([0, 0, 0, 0, 0, 1, 0, 1, 2, 2, 4])
    series = counts(np.tile(small, (200, 1)), store=[f"s{i}" for i in range(200)])
    huge = tuple(np.array(OLD) * 10_000 for _ in range(2))
    asked = {f"s{i}": "last" if i < 100 else "first" for i in range(200)}
    row = over(arms=huge)(series, asked=asked).change().frame.iloc[0]
    assert row["estimate"] == pytest.approx(0, abs=0.3)


def test_a_series_is_in_the_order_of_time():
    series = counts(
        [NEW, OLD, NEW, OLD],
        store=["b", "b", "a", "a"],
        month=["2025-02", "2025-01", "2025-02", "2025-01"],
    )
    found = over()(series, changed="2025-02")
    assert found.frame["month"].tolist() == ["2025-01", "2025-02"] * 2
    assert found.frame["store"].tolist() == ["b", "b", "a", "a"]
    assert found.frame["asked"].tolist() == ["old", "new"] * 2
    months = over()(series, changed="2025-02", by="month").frame
    assert months["month"].tolist() == ["2025-01", "2025-02"]
    assert months["n"].tolist() == [2 * sum(OLD), 2 * sum(NEW)]


def test_cells_without_answers_have_no_number():
    series = counts([[0] * 11, NEW], month=["2025-01", "2025-02"])
    frame = over()(series, changed="2025-02").frame
    assert frame["asked"].tolist() == ["nobody", "new"]
    assert frame[["nps", "estimate", "lower"]].iloc[0].isna().all()


def test_it_says_what_the_change_makes():
    series = over()(MONTHS, changed="2025-03")
    row = series.effect.iloc[0]
    assert f"alone makes {row.estimate:+.1f} points" in series.headline()
    wider = (series.frame["wider"] * series.frame["n"])[:2].sum() / series.frame["n"][:2].sum()
    assert wider < -0.05  # the map is all but known, and an old score counts for its mean worth
    assert f"are {-wider:.1f} points narrower than" in series.headline()
    few = over(arms=(np.array(OLD) // 20, np.array(NEW) // 20))
    assert "points wider" in few(MONTHS, changed="2025-03").headline()
    assert f"{row.estimate:+.1f} points" in repr(series)
    assert "No cell was asked 'last'" in over()(MONTHS, changed="2025-01").headline()
    assert f"moves by {over().frame['estimate'].iloc[0]:+.1f} points" in over().headline()


def test_it_doubts_what_is_to_be_doubted():
    text = " ".join(over().diagnostics)
    assert "Name strata (" in text
    assert "scores of those who answer" in text
    assert "An arm has" in over(arms=(np.array(OLD) // 80, NEW)).diagnostics[0]
    far = counts([[90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10]], month=["2025-01"])
    assert "hardly tried" in over()(far, changed="2025-02").diagnostics[0]


@pytest.mark.parametrize("method", MAPS)
def test_a_simulated_switch_is_covered(method):
    rng = np.random.default_rng(8)
    before, after = (np.array(side) / np.sum(side) for side in (OLD, NEW))
    truth, cells, changes = net(after), [], []
    months = [f"2025-{m:02d}" for m in range(1, 13)]
    for i in range(50):
        arms = [rng.multinomial(600, side) for side in (before, after)]
        rows = [rng.multinomial(60, before if m < 10 else after) for m in range(12)]
        found = over(method, arms=arms, draws=400, seed=i)(
            counts(rows, month=months), changed="2025-11"
        )
        old = found.frame.iloc[:10]
        cells.append(((old["lower"] <= truth) & (truth <= old["upper"])).mean())
        row = found.change().frame.iloc[0]
        changes.append(row["lower"] <= 0 <= row["upper"])
    # months of one replication share the map: half the answers' worth of independent ones
    assert 0.91 < np.mean(cells) < 0.99
    assert np.mean(changes) > 0.82  # four standard errors below .95


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"key": "position"}, "none named 'position'. Say which one holds the arms: key='arm'"),
        ({"new": "middle"}, "`new` must be one of 'last', 'first', got 'middle'"),
        ({"new": "last"}, "must be two ways of asking, got 'last' twice"),
        ({"strata": "store"}, r"beside the arm \(none\), got 'store'. Count by it too"),
        ({"method": "linear"}, "`method` must be one of 'equipercentile', 'cumulative'"),
        ({"draws": 1001}, "`draws` must be a multiple of four, got 1001"),
        ({"level": 95}, "`level` must be between 0 and 1"),
    ],
)
def test_what_a_bridge_refuses(options, text):
    given = {"old": "last", "new": "first"} | options
    with pytest.raises(InputError, match=text):
        bridge(nps.ScoreCounts([OLD, NEW], LEVELS), **given)


def test_what_no_bridge_can_be_built_from():
    with pytest.raises(InputError, match="Arm 'first' has no answers"):
        over(arms=(OLD, [0] * 11))
    with pytest.raises(InputError, match="`experiment` must be ScoreCounts"):
        bridge([1, 2], old="last", new="first")
    scores = nps.ScoreCounts([OLD, NEW], LEVELS)
    asked = InvitationCounts(scores.cells, scores.n, scores.n)
    with pytest.raises(InputError, match="These invitations hold no scores"):
        bridge(asked, old="last", new="first")
    with pytest.raises(InputError, match="no part 'survey'"):
        bridge(SimpleNamespace(parts={}), old="last", new="first")
    thin = counts([[1] * 11, [1] * 11, [0] * 11], arm=["last", "first", "last"], store=[1, 1, 2])
    with pytest.raises(InputError, match="1 of 2 strata by 'store' have 10 answers each way"):
        bridge(thin, old="last", new="first", strata="store")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "It is not known which cells were asked 'last': the counts have no key 'arm'"),
        ({"changed": "2025-03", "asked": "month"}, "by `asked` or by `changed`, not by both"),
        ({"changed": "March"}, "`changed` must be a period's label such as '2025-03'"),
        ({"changed": "2025-W07"}, "falls within 2025-02, which is then neither old nor new"),
        ({"asked": "month"}, "'month' holds '2025-01', which the bridge from 'last' to 'first'"),
        ({"asked": {"2025-01": "last"}}, "'2025-02' of 'month' has none"),
        ({"changed": "2025-03", "by": "store"}, "`by` must be one of 'month'"),
    ],
)
def test_what_a_series_must_say(options, text):
    with pytest.raises(InputError, match=text):
        over()(MONTHS, **options)


def test_a_mapping_that_falls_short_is_told_of_its_own_key():
    series = counts([OLD, NEW], store=["a", "a"], month=["2025-01", "2025-02"])
    with pytest.raises(InputError, match="'2025-02' of 'month' has none"):
        over()(series, asked={"2025-01": "last"})


def test_what_a_series_cannot_be():
    with pytest.raises(InputError, match="`changed` needs a key 'month'"):
        over()(counts([OLD], store=["a"]), changed="2025-03")
    with pytest.raises(InputError, match=r"'\(none\)' is no month"):
        over()(counts([OLD], month=["(none)"]), changed="2025-03")
    with pytest.raises(InputError, match=r"The series is on the scale \(1, 11\)"):
        over()(nps.ScoreCounts([OLD], ["2025-01"], scale=(1, 11)), changed="2025-03")


def test_what_no_change_is():
    series = over()(MONTHS, changed="2025-03")
    with pytest.raises(InputError, match=r"there is no cell '2026-01'\. Labels are such as"):
        series.change("2026-01", "2025-03")
    with pytest.raises(InputError, match="Cell '2025-02' is on both sides"):
        series.change(["2025-01", "2025-02"], "2025-02")
    with pytest.raises(InputError, match="key of `first`"):
        series.change({"store": "a"})
    with pytest.raises(InputError, match="No cell was asked the old way alone"):
        over()(MONTHS, changed="2025-01").change()
    empty = counts([[0] * 11, NEW], month=["2025-01", "2025-02"])
    with pytest.raises(InputError, match="There are no answers in '2025-01'"):
        over()(empty, changed="2025-02").change("2025-01", "2025-02")
