"""Raw comparison across kinds of survey is refused; standardization answers instead."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.estimation.comparison.kinds import mix_effect
from npsstats.estimation.comparison.standardize import direct

HOT = np.array([4, 0, 1, 1, 1, 3, 4, 9, 17, 24, 36]) / 100
COLD = np.array([12, 4, 4, 4, 4, 9, 8, 15, 15, 12, 13]) / 100


def _stores(hot_shares, n=400, seed=0):
    rng = np.random.default_rng(seed)
    rows, counts = [], []
    for store, share in enumerate(hot_shares):
        hot = round(n * share)
        for kind, size, law in (("transactional", hot, HOT), ("relational", n - hot, COLD)):
            rows.append((f"S{store}", kind))
            counts.append(rng.multinomial(size, law))
    return nps.ScoreCounts(np.array(counts), pd.DataFrame(rows, columns=["store_id", "kind"]))


def test_stores_of_unlike_mixes_are_refused_and_told_why():
    counts = _stores([0.9, 0.5, 0.1])
    with pytest.raises(nps.InputError, match=r"relational, transactional.*up to \d+ points"):
        nps.estimate(counts)
    with pytest.raises(nps.InputError, match=r"npsstats\.comparable"):
        nps.compare(counts)
    assert len(nps.estimate(counts, across_kinds=True).frame) == 3
    assert len(nps.estimate(counts, by=["store_id", "kind"]).frame) == 6


def test_rows_are_refused_as_counts_are():
    counts = _stores([0.9, 0.1], n=100)
    rows = counts.frame.melt(["store_id", "kind"], var_name="name", value_name="n")
    rows = rows.loc[rows.index.repeat(rows["n"])]
    rows["score"] = rows["name"].str.removeprefix("score_").astype(int)
    answers = rows[["store_id", "kind", "score"]].reset_index(drop=True)
    with pytest.raises(nps.InputError, match="cannot be compared raw"):
        nps.estimate(answers)
    intake = nps.read(answers, quiet=True)
    with pytest.raises(nps.InputError, match="cannot be compared raw"):
        nps.estimate(intake)
    assert len(nps.estimate(intake, across_kinds=True).frame) == 2


def test_like_mixes_are_compared_without_a_word():
    assert len(nps.estimate(_stores([0.5, 0.5, 0.5])).frame) == 3
    few = _stores([0.6, 0.4, 0.5], n=12)  # apart by chance
    assert len(nps.estimate(few).frame) == 3


def test_the_effect_of_the_mix_is_what_it_does_to_the_scores():
    counts = _stores([1.0, 0.0])
    score = counts.by("kind").nps
    assert mix_effect(counts, ["store_id"]).points == pytest.approx(abs(np.diff(score)[0]) / 2)
    assert mix_effect(counts, ["store_id"]).unlike
    assert mix_effect(counts.where("kind", "relational"), ["store_id"]).points == 0


def test_a_difference_between_kinds_is_refused():
    counts = _stores([0.5])
    hot, cold = counts.where("kind", "transactional"), counts.where("kind", "relational")
    with pytest.raises(nps.InputError, match="asked in transactional surveys"):
        nps.difference(hot, cold)
    assert nps.difference(hot, cold, across_kinds=True).frame["estimate"].iloc[0] > 20


def test_stores_alike_but_for_their_mix_are_alike_at_one_mix():
    result = nps.comparable(_stores([0.9, 0.5, 0.1]), over="kind")
    raw, fair = result.frame["nps"], result.frame["estimate"]
    assert np.ptp(raw) > 25
    assert np.ptp(fair) < 8
    assert np.ptp(result.frame["nps_direct"]) < 15
    within = result.frame["nps_direct"].between(result.frame["lower"], result.frame["upper"])
    assert within.sum() >= 2  # the third has forty answers to weight up


def test_at_the_samples_own_mix_the_direct_score_is_the_raw_one():
    counts = _stores([0.3], n=500)
    result = nps.comparable(counts, over="kind")
    assert result.frame["nps_direct"].iloc[0] == pytest.approx(counts.sum().nps[0])
    assert result.frame["mix_effect"].iloc[0] == pytest.approx(0, abs=1e-9)


def test_direct_standardization_by_hand():
    counts = _stores([0.7, 0.2], n=200)
    mix = pd.DataFrame({"kind": ["relational", "transactional"], "share": [0.25, 0.75]})
    score = counts.nps.reshape(2, 2)
    by_hand = 0.75 * score[:, 0] + 0.25 * score[:, 1]
    assert direct(counts, ["store_id"], mix) == pytest.approx(by_hand)


def test_a_stratum_that_a_cell_lacks_leaves_the_direct_score_open():
    counts = _stores([1.0, 0.5])
    result = nps.comparable(counts, over="kind", mix={"kind": {"relational": 1.0}})
    assert np.isnan(result.frame["nps_direct"].iloc[0])
    assert np.isfinite(result.frame["estimate"]).all()


def test_what_is_usual_is_standardized_unless_named():
    result = nps.comparable(_stores([0.9, 0.1]))
    assert list(result.mix.columns) == ["kind", "share"]
    with pytest.raises(nps.InputError, match="There is nothing to standardize"):
        nps.comparable(nps.ScoreCounts([[1] * 11, [2] * 11]), by="cell")


def _periods(key, labels, hot_shares, n=400):
    counts = _stores(hot_shares, n)
    cells = counts.cells.rename(columns={"store_id": key})
    return nps.ScoreCounts(counts.counts, cells.assign(**{key: np.repeat(labels, 2)}))


def test_a_change_of_mix_is_not_taken_for_a_change():
    counts = _periods("month", ["2025-01", "2025-02"], [0.8, 0.2])
    with pytest.raises(nps.InputError, match="cannot be compared raw"):
        nps.change(counts)
    by_kind = nps.change(counts, by="kind").frame
    total = by_kind.iloc[-1]
    assert abs(total["mix"]) > 3 * abs(total["within"])
    assert nps.change(counts, across_kinds=True).frame["estimate"].iloc[-1] < -10


def test_years_of_unlike_mixes_are_refused():
    counts = _periods("month", ["2024-03", "2025-03"], [0.8, 0.2])
    with pytest.raises(nps.InputError, match="cannot be compared raw"):
        nps.year_on_year(counts)
    assert len(nps.year_on_year(counts, across_kinds=True).frame) == 1
    assert len(nps.year_on_year(counts, by="kind").frame) == 2


def test_the_effect_of_a_kind_is_read_within_stores():
    # 30 points within both stores, none at all in the margins: Simpson's paradox
    scores = [[25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 75], [8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12]]
    scores += [[8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12], [55, 0, 0, 0, 0, 0, 0, 0, 0, 0, 45]]
    keys = pd.DataFrame({"store_id": ["A", "A", "B", "B"], "kind": ["hot", "cold", "hot", "cold"]})
    counts = nps.ScoreCounts(scores, keys)
    assert mix_effect(counts, ["store_id"]).points == pytest.approx(10, abs=0.01)
    with pytest.raises(nps.InputError, match="cannot be compared raw"):
        nps.compare(counts)


def test_one_odd_store_is_not_lost_among_many():
    counts = _stores([1.0] * 300 + [0.0], n=40)
    with pytest.raises(nps.InputError, match="cannot be compared raw"):
        nps.estimate(counts)


def test_neither_weights_nor_the_whole_scale_are_a_way_around():
    counts = _stores([0.9, 0.1])
    weights = pd.DataFrame({"store_id": ["S0", "S1"], "weight": [1.0, 1.0]})
    with pytest.raises(nps.InputError, match="cannot be compared raw"):
        nps.estimate(counts, weights=weights)
    with pytest.raises(nps.InputError, match="cannot be compared raw"):
        nps.estimate(counts, model="ordinal")
    assert len(nps.estimate(counts, model="ordinal", formula="~ kind").frame) == 2


def test_a_kind_confounded_with_the_store_is_said():
    result = nps.comparable(_stores([1.0] * 4 + [0.0] * 4, n=60), over="kind")
    assert "Only 0% of the answers" in result.diagnostics[0]
    assert not nps.comparable(_stores([0.8] * 4 + [0.3] * 4, n=60), over="kind").diagnostics


def test_what_the_cells_are_is_not_standardized_over():
    with pytest.raises(nps.InputError, match="`over` names 'store_id'"):
        nps.comparable(_stores([0.5, 0.5]), over="store_id")


def test_flags_of_standardized_scores_are_held_against_their_own_mean():
    result = nps.comparable(
        _stores([0.5] * 6), over="kind", mix={"kind": {"relational": 1.0}}, draws=400
    )
    assert nps.flag(result).target == pytest.approx(result.frame["estimate"].mean(), abs=0.1)
    assert (
        "at one mix of kind"
        in nps.estimate(
            _stores([0.5] * 3), model="ordinal", formula="~ kind", standardize="network", draws=400
        ).headline()
    )
