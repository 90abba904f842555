"""A change taken apart: against R, additive at every level, and who stands out by chance."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.estimation.comparison.change import _own_changes
from npsstats.estimation.comparison.exchangeable import exchangeable
from npsstats.estimation.comparison.kitagawa import levels, pieces
from npsstats.estimation.limits import wald_limits

GOLDEN = Path(__file__).parents[1] / "golden"
BEFORE = np.array([[20, 30, 50], [10, 5, 5], [3, 9, 40], [1, 2, 2]])
AFTER = np.array([[18, 20, 40], [30, 12, 18], [4, 4, 30], [6, 1, 2]])
COARSE, FINE = ["web", "web", "shop", "shop"], ["north", "south", "north", "south"]


def counted(before, after, **keys):
    """Return counts of two months whose segments are labelled by `keys`."""
    array = np.zeros((2 * len(before), 11), int)
    array[:, [3, 8, 10]] = np.concatenate([before, after])
    cells = pd.DataFrame({"month": ["2025-01"] * len(before) + ["2025-02"] * len(after)})
    for key, labels in keys.items():
        cells[key] = list(labels) * 2
    return nps.ScoreCounts(array, cells)


def doubt(found):
    """Return the expected number of false ones among the segments that stand out."""
    return np.minimum(found["p_rise"], 1 - found["p_rise"])[found["standout"]].sum()


def test_pieces_and_levels_agree_with_r():
    golden = pd.read_csv(GOLDEN / "kitagawa.csv", comment="#")
    tables = np.stack([BEFORE, AFTER]).astype(float)
    found = pieces(tables)
    assert found.within == pytest.approx(golden["within"][:4].to_numpy())
    assert found.mix == pytest.approx(golden["mix"][:4].to_numpy())
    nested = levels(tables, [np.array([0, 0, 1, 1]), np.arange(4)])
    assert nested.within == pytest.approx(golden["within"][4])
    assert nested.mix == pytest.approx([golden["mix_coarse"][4], golden["mix"][4]])


def test_every_account_of_a_change_adds_up_to_it():
    counts = counted(BEFORE, AFTER, channel=COARSE, region=FINE)
    total = counts.by("month").nps[1] - counts.by("month").nps[0]
    found = nps.change(counts, by=["channel", "region"])
    assert found.frame["segment"].tolist()[:2] == ["web · north", "web · south"]
    assert found.frame["region"].tolist() == [*FINE, "total"]
    assert found.frame["estimate"].iloc[:-1].sum() == pytest.approx(total)
    assert found.levels["part"].tolist() == [
        "mix of channel",
        "mix of region within channel",
        "within",
    ]
    assert found.levels["estimate"].sum() == pytest.approx(total)
    assert (found.levels["lower"] < found.levels["estimate"]).all()
    assert (found.levels["estimate"] < found.levels["upper"]).all()
    single = nps.change(counts, by="channel")
    assert single.levels["estimate"].tolist() == pytest.approx(
        single.frame[["mix", "within"]].iloc[-1].tolist()
    )
    assert nps.change(counts).levels["estimate"].tolist() == pytest.approx([total])


def test_levels_add_up_where_groups_come_and_go():
    rng = np.random.default_rng(0)
    for _ in range(50):
        tables = rng.integers(0, 4, (2, 9, 3)) * rng.integers(0, 2, (2, 9, 1)).astype(float)
        tables[:, 0] += 1
        found = levels(tables, [np.repeat(np.arange(3), 3), np.arange(9)])
        whole = tables.sum(axis=1)
        score = 100 * (whole[:, 2] - whole[:, 0]) / whole.sum(axis=1)
        assert found.within + found.mix.sum() == pytest.approx(score[1] - score[0], abs=1e-9)
        plain = pieces(tables)
        assert (plain.within + plain.mix).sum() == pytest.approx(score[1] - score[0], abs=1e-9)


def test_exchangeable_agrees_with_r():
    golden = pd.read_csv(GOLDEN / "exchangeable.csv", comment="#")
    for _, part in golden.groupby("set"):
        found = exchangeable(part["value"].to_numpy(float), part["std_error"].to_numpy(float))
        mean, sd = found.moments()
        assert mean == pytest.approx(part["mean"].to_numpy(), abs=2e-4)
        assert sd == pytest.approx(part["sd"].to_numpy(), abs=2e-4)
        assert found.sf() == pytest.approx(part["p_above_0"].to_numpy(), abs=2e-5)
        assert found.sf(found.ppf(0.3)) == pytest.approx(0.7, abs=1e-9)


def test_exchangeable_at_its_ends():
    alone = exchangeable(np.array([5.0, 0]), np.array([2.0, np.inf]))
    assert alone.moments()[0][0] == pytest.approx(5, abs=1e-6)
    assert alone.moments()[1][0] == pytest.approx(2, abs=1e-6)
    unseen = exchangeable(np.array([5.0, 7, 6, 9]), np.array([1.0, 1, 1, np.inf])).moments()
    assert unseen[0][3] == pytest.approx(6, abs=0.01)  # the mean of the others; its own is not read
    assert unseen[1][3] > unseen[1][0]
    order = np.array([2, 0, 1])
    y, s = np.array([1.0, -4, 8]), np.array([2.0, 1, 3])
    straight, turned = exchangeable(y, s), exchangeable(y[order], s[order])
    assert turned.moments()[0] == pytest.approx(straight.moments()[0][order])


def test_a_reversal_is_said_with_its_probability():
    # within either channel the score falls by 10 points, while the better one grows
    before = [[300, 0, 700], [200, 800, 0]]
    after = [[350 * 3, 0, 650 * 3], [150, 350, 0]]
    found = nps.change(counted(before, after, channel=["app", "sms"]), by="channel")
    assert found.p_reversal > 0.99
    assert "Simpson's paradox; probability 1.00" in found.diagnostics[0]
    assert "in every segment" in found.diagnostics[0]
    assert found.frame["standout"].tolist() == [True, True, False]
    assert (found.standouts["own_upper"] < 0).all()
    sure = found.standouts["p_rise"]
    assert found.expected_false == pytest.approx(sure.sum())  # all of them fell
    said = found.headline()
    assert "own score: 2 of 2 (each rose, or fell, with a probability of at least 97.5%)." in said
    assert "false" not in said
    same = nps.change(counted(BEFORE, BEFORE + 5, channel=list("abcd")), by="channel")
    assert "0 of 4 (none rose, or fell, with" in same.headline()
    assert not any("Simpson" in text for text in same.diagnostics)


def test_a_reversal_by_chance_is_called_chance():
    before, after = [[6, 20, 8], [8, 22, 2]], [[13, 40, 17], [5, 11, 1]]
    found = nps.change(counted(before, after, channel=["app", "sms"]), by="channel")
    row = found.frame.iloc[-1]
    assert row["within"] * row["estimate"] < 0
    assert 0 < found.p_reversal < 0.8
    assert "chance alone can produce this" in " ".join(found.diagnostics)


def test_a_few_segments_may_carry_the_whole():
    before = [[30, 30, 40], [20, 10, 10], [20, 10, 10], [20, 10, 10]]
    after = [[5, 25, 70], [22, 10, 8], [22, 10, 8], [22, 10, 8]]
    found = nps.change(counted(before, after, channel=list("abcd")), by="channel")
    assert "segments that hold 55% of the answers" in " ".join(found.diagnostics)


def test_nothing_stands_out_of_forty_thin_segments_by_chance():
    """Forty segments that did not move: a list made segment by segment holds two by chance."""
    rng = np.random.default_rng(6)
    named, alone, said = 0, 0, 0.0
    for _ in range(40):
        table = rng.multinomial(25, [0.2, 0.3, 0.5], size=80)
        found = _own_changes(table.reshape(2, 40, 3).astype(float), 0.95, 0.05)
        named += found["standout"].sum()
        said += doubt(found)
        one, two = (wald_limits(part.astype(float), 1.0) for part in (table[:40], table[40:]))
        apart = two.estimate - one.estimate
        alone += (np.abs(apart) > 1.96 * np.hypot(one.std_error, two.std_error)).sum()
    assert alone / 40 > 1.5
    assert named / 40 < 0.5
    assert said <= 0.05 * max(named, 1) + 1e-9


def test_no_more_standouts_are_false_than_are_allowed():
    """Segments that truly move by ±15 points (one sd): the share that moved the other way."""
    rng = np.random.default_rng(7)
    wrong, named = 0, 0
    for _ in range(60):
        moved = 0.075 * rng.standard_normal(30)
        first = np.tile([0.25, 0.30, 0.45], (30, 1))
        second = np.clip(first + moved[:, None] * [-1, 0, 1], 0.01, None)
        second /= second.sum(axis=1, keepdims=True)
        true = second[:, 2] - second[:, 0] - 0.2
        tables = [rng.multinomial(60, shares) for shares in (*first, *second)]
        found = _own_changes(np.reshape(tables, (2, 30, 3)).astype(float), 0.95, 0.1)
        flagged, rise = found["standout"], found["p_rise"]
        wrong += ((true > 0) != (rise > 0.5))[flagged].sum()
        named += flagged.sum()
    assert named > 100
    assert 0 < wrong <= 0.1 * named


@pytest.mark.parametrize(
    ("common", "spread", "answers"), [(0.40, 0.0, 5), (0.20, 0.08, 5), (-0.20, 0.08, 12)]
)
def test_pooled_changes_are_not_drawn_to_zero(common, spread, answers):
    """Three hundred stores that all move, by the same or by their own: the mean is theirs."""
    rng = np.random.default_rng(8)
    off, held = [], []
    for _ in range(6):
        true = common + spread * rng.standard_normal(300)
        # both months are as far from even as each other: errors are as wide before as after
        first, second = (
            np.stack([0.35 - net / 2, np.full(300, 0.30), 0.35 + net / 2], axis=1)
            for net in (-true / 2, true / 2)
        )
        tables = [[rng.multinomial(answers, p) for p in month] for month in (first, second)]
        found = _own_changes(np.array(tables, dtype=float), 0.95, 0.05)
        off.append(found["own_change"].mean() - 100 * true.mean())
        held.append((found["own_lower"] <= 100 * true) & (100 * true <= found["own_upper"]))
    assert abs(np.mean(off)) < 2
    assert np.mean(held) >= 0.9


def test_a_segment_seen_once_says_nothing_of_its_own_score():
    before, after = [[5, 5, 10], [0, 0, 0], [4, 8, 9]], [[5, 5, 10], [20, 5, 5], [4, 9, 12]]
    found = nps.change(counted(before, after, channel=["a", "b", "c"]), by="channel")
    once = found.frame.iloc[1]
    assert once[["within_lower", "own_change", "own_upper"]].isna().all()
    assert once["p_rise"] == 0.5
    assert not once["standout"]
    assert "1 segment has answers in one of the two periods only" in " ".join(found.diagnostics)


@pytest.mark.parametrize(
    "tables",
    [
        ([[1, 0, 0]], [[0, 0, 1]]),
        ([[0, 0, 50], [0, 0, 3]], [[0, 0, 40], [0, 0, 1]]),
        ([[50, 0, 0], [3, 0, 0]], [[0, 9, 0], [1, 0, 0]]),
    ],
)
def test_change_survives(tables):
    found = nps.change(counted(*tables, channel=range(len(tables[0]))), by="channel")
    assert np.isfinite(found.frame[["estimate", "lower", "upper", "p_rise"]]).all(axis=None)
    assert "P(increase)" in str(found)


def test_change_refuses_the_period_as_a_segment():
    with pytest.raises(nps.InputError, match="`by` names 'month', which is `period` already"):
        nps.change(counted(BEFORE, AFTER, channel=COARSE, region=FINE), by=["month", "channel"])
