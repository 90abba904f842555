"""Adaptive experiments read at every batch: against R, against simulated truth, and in words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import npsstats as nps
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.checks import InputError
from npsstats.experiments.adaptive.exact import difference_band, net_band, running, share_band
from npsstats.experiments.adaptive.projected import (
    expected_level,
    log_e_values,
    projected_band,
)
from npsstats.experiments.adaptive.sequences import (
    CONSTANT,
    EXACT,
    ODDS,
    WITHIN,
    arm_sequences,
)
from npsstats.experiments.adaptive.trial import Plan, run
from npsstats.experiments.adaptive.within import LEAST, Moments, within_batches
from npsstats.experiments.sequential.mixture import radius, tuning

BANDS = pd.read_csv(Path(__file__).parents[1] / "golden" / "adaptive_bands.csv", comment="#")
E_VALUES = pd.read_csv(Path(__file__).parents[1] / "golden" / "adaptive_e.csv", comment="#")
ARMS = ["a", "b", "c"]


def counted(sent, came, categories=None):
    """Counts by batch and arm from arrays (batches, arms)."""
    sent, came = np.asarray(sent), np.asarray(came)
    batch, arm = np.indices(sent.shape)
    cells = pd.DataFrame({"batch": batch.ravel() + 1, "arm": np.array(ARMS)[arm.ravel()]})
    scores = None
    if categories is not None:
        table = np.zeros((sent.size, 11), dtype=int)
        table[:, [5, 8, 10]] = np.asarray(categories).reshape(-1, 3)
        scores = nps.ScoreCounts(table, cells)
    return InvitationCounts(cells, sent.ravel(), came.ravel(), scores)


def moments(sent, came):
    n = sent.astype(float)
    p = np.divide(came, n, out=np.zeros(n.shape), where=n > 0)
    return Moments(n, p, np.divide(n * p * (1 - p), n - 1, out=np.zeros(n.shape), where=n > 1))


@pytest.mark.parametrize("kind", ["share", "difference", "net"])
def test_bands_agree_with_r(kind):
    rows = BANDS[BANDS["kind"] == kind]
    for alpha, part in rows.groupby("alpha"):
        a, b, c, d = part[["a", "b", "c", "d"]].to_numpy(float).T
        if kind == "share":
            band = share_band(a, a + b, alpha)
        elif kind == "difference":
            band = difference_band((a, a + b), (c, c + d), alpha)
        else:
            band = net_band(np.stack([a, b, c], axis=-1), alpha)
        for end in ("lower", "upper"):
            assert getattr(band, end) == pytest.approx(part[end].to_numpy(), abs=1e-7), end


def test_bands_without_data_and_their_symmetry():
    none = np.zeros(1)
    assert np.ravel(share_band(none, none, 0.05)).tolist() == [0, 1]
    assert np.ravel(difference_band((none, none), (none, none), 0.05)).tolist() == [-1, 1]
    assert np.ravel(net_band(np.zeros((1, 3)), 0.05)).tolist() == [-1, 1]
    one, two = (np.array([30.0]), np.array([200.0])), (np.array([9.0]), np.array([150.0]))
    there, back = difference_band(one, two, 0.05), difference_band(two, one, 0.05)
    assert there.lower == pytest.approx(-back.upper, abs=1e-9)
    assert there.upper == pytest.approx(-back.lower, abs=1e-9)
    net, turned = (net_band(np.array([x]), 0.05) for x in ([9.0, 4, 20], [20.0, 4, 9]))
    assert net.lower == pytest.approx(-turned.upper, abs=1e-9)


def test_what_one_batch_ruled_out_stays_out_and_contradictions_are_empty():
    band = share_band(np.array([10.0, 40, 400]), np.array([100.0, 200, 600]), 0.05)
    kept = running(band)
    assert kept.upper[0] == band.upper[0]
    assert kept.lower[1] == max(band.lower[:2])
    assert np.isnan([kept.lower[2], kept.upper[2]]).all()


def test_exact_bands_hold_at_all_batches_under_adaptive_allocation():
    rng = np.random.default_rng(5)
    rates = np.tile([0.10, 0.10, 0.16], (15, 1))
    trials = run(Plan(rates, 60, 0.5, 0.0), rng.random((400, 15, 3)))
    sent, came = trials.invited.cumsum(axis=1), trials.answered.cumsum(axis=1)
    band = share_band(came, sent, 0.2)
    missed = ((band.lower > rates) | (band.upper < rates)).any(axis=1)
    assert missed.mean(axis=0).max() < 0.2 + 3 * 0.02
    assert missed.mean() > 0.02  # not empty caution either
    pair = ((came[..., 2], sent[..., 2]), (came[..., 0], sent[..., 0]))
    band = difference_band(*pair, 0.2)
    assert ((band.lower > 0.06) | (band.upper < 0.06)).any(axis=1).mean() < 0.2


def test_within_batches_a_drift_drops_out_and_the_pooled_difference_does_not():
    rng = np.random.default_rng(6)
    rates = np.array([0.10, 0.10, 0.14]) + np.linspace(0, 0.15, 12)[:, None]
    trials = run(Plan(rates, 400, 0.5, 0.1), rng.random((400, 12, 3)))
    sent, came = trials.invited, trials.answered
    least = np.minimum(came.cumsum(axis=1), (sent - came).cumsum(axis=1))
    for arm, truth in ((1, 0.0), (2, 0.04)):
        begun = least[..., [0, arm]].min(axis=-1) >= LEAST
        path = within_batches(
            moments(sent[..., arm], came[..., arm]),
            moments(sent[..., 0], came[..., 0]),
            planned=12 * 400 / 6,
            alpha=0.05,
            begun=begun,
        )
        missed = ((path.lower > truth) | (path.upper < truth)).any(axis=1)
        assert missed.mean() < 0.05
        error = path.estimate[:, -1] - truth
        assert abs(error.mean()) < 3.5 * error.std() / 20
    total = came.sum(axis=1) / sent.sum(axis=1)
    off = total[:, 2] - total[:, 0] - 0.04
    assert off.mean() > 5 * off.std() / 20  # late batches, which answer more, are mostly arm 2


def test_the_interval_within_batches_is_the_published_one():
    """By hand: weights, variance, and the mixture's g from the first batch."""
    one, two = (
        moments(np.array([200, 300]), np.array([30, 60])),
        moments(np.array([100, 50]), np.array([10, 4])),
    )
    path = within_batches(one, two, planned=120, alpha=0.05, begun=np.array([True, True]))
    h = np.array([200 * 100 / 300, 300 * 50 / 350])
    gap = np.array([0.15 - 0.10, 0.20 - 0.08])
    v = np.array([0.15 * 0.85 / 199 + 0.1 * 0.9 / 99, 0.2 * 0.8 / 299 + 0.08 * 0.92 / 49])
    assert path.estimate[1] == pytest.approx(h @ gap / h.sum())
    error = np.sqrt(h**2 @ v) / h.sum()
    assert path.std_error[1] == pytest.approx(error)
    pooled = 40 / 300
    first = (300 * pooled * (1 - pooled) + 0.25) / 301  # of the first batch, both arms together
    g = tuning(0.05) * (h**2 @ v) / (120 * first)
    assert path.upper[1] - path.estimate[1] == pytest.approx(float(radius(g, 0.05)) * error)


def columns(rows, *names):
    return tuple(rows[name].to_numpy(float) for name in names)


@pytest.mark.parametrize("case", [1, 2])
def test_e_values_against_a_difference_agree_with_r(case):
    for delta, rows in E_VALUES[E_VALUES["case"] == case].groupby("delta"):
        x1, x0, n1, n0, level, wanted = columns(rows, "x1", "x0", "n1", "n0", "level", "log_e")
        found = log_e_values(delta, (x1, x0), (n1, n0), level, planned=150, alpha=0.05)
        assert found == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("delta", [-0.3, 0.0, 0.12])
@pytest.mark.parametrize(("n1", "n0"), [(3, 7), (12, 2)])
def test_an_e_value_has_a_mean_of_at_most_one_wherever_the_shares_lie(delta, n1, n0):
    """By enumeration of all batches, and of the shares along the line."""
    x1, x0 = (part.ravel().astype(float) for part in np.indices((n1 + 1, n0 + 1)))
    sizes = np.full((len(x1), 1), float(n1)), np.full((len(x1), 1), float(n0))
    level = np.full((len(x1), 1), 0.2)
    e = np.exp(
        log_e_values(delta, (x1[:, None], x0[:, None]), sizes, level, planned=4, alpha=0.05)
    )[:, 0]
    for share in np.linspace(max(0, -delta), min(1, 1 - delta), 21):
        chance = stats.binom.pmf(x1, n1, share + delta) * stats.binom.pmf(x0, n0, share)
        assert chance @ np.where(chance > 0, e, 0.0) <= 1 + 1e-9
    assert e.max() > 1.5


def test_the_band_is_where_e_values_are_small():
    rows = E_VALUES[(E_VALUES["case"] == 1) & (E_VALUES["delta"] == 0)]
    x1, x0, n1, n0, level = columns(rows, "x1", "x0", "n1", "n0", "level")
    band = projected_band((x1, x0), (n1, n0), level, planned=150, alpha=0.05)
    for end in (*band.lower, *band.upper):
        found = log_e_values(end, (x1, x0), (n1, n0), level, planned=150, alpha=0.05)
        assert np.abs(found - np.log(20)).min() < 0.01
    back = projected_band((x0, x1), (n0, n1), level, planned=150, alpha=0.05)
    assert back.lower == pytest.approx(-band.upper, abs=1e-9)
    none = np.zeros(2)
    assert projected_band(
        (none, none), (none + 5, none), none + 0.2, planned=9, alpha=0.05
    ).lower.tolist() == [-1, -1]


def test_a_moving_response_leaves_the_exact_difference_valid():
    rng = np.random.default_rng(11)
    rates = np.array([0.10, 0.10, 0.14]) + np.linspace(0, 0.15, 12)[:, None]
    trials = run(Plan(rates, 300, 0.5, 0.05), rng.random((1000, 12, 3)))
    sent, came = trials.invited.astype(float), trials.answered.astype(float)
    for arm, truth in ((1, 0.0), (2, 0.04)):
        log_e = log_e_values(
            truth,
            (came[..., arm], came[..., 0]),
            (sent[..., arm], sent[..., 0]),
            expected_level(came, sent, (arm, 0)),
            planned=600,
            alpha=0.2,
        )
        missed = (log_e >= np.log(5)).any(axis=1).mean()
        assert missed < 0.2
        assert np.exp(log_e[:, 0]).mean() == pytest.approx(1, abs=0.25)


def test_the_level_expected_knows_nothing_of_the_pairs_own_answers():
    sent = np.full((3, 3), 100.0)
    came = np.array([[10.0, 20, 30], [11, 21, 31], [12, 22, 32]])
    found = expected_level(came, sent, (0, 2))
    assert found == pytest.approx([20.2 / 101, 81.2 / 401, 145.2 / 701])
    other = came.copy()
    other[2, [0, 2]] = 99
    assert expected_level(other, sent, (0, 2)) == pytest.approx(found)


def test_batches_without_both_arms_say_nothing():
    sent1, came1 = np.array([100, 80, 1, 100]), np.array([10, 8, 1, 20])
    sent0, came0 = np.array([0, 100, 100, 50]), np.array([0, 10, 90, 9])
    path = within_batches(
        moments(sent1, came1),
        moments(sent0, came0),
        planned=100,
        alpha=0.05,
        begun=np.array([True] * 4),
    )
    assert np.isnan(path.estimate[0])
    assert path.lower[0] == -np.inf
    assert path.estimate[2] == path.estimate[1] == pytest.approx(0.0)
    assert path.estimate[3] > 0


SENT = [[400, 400, 400], [200, 500, 500], [60, 560, 580], [40, 500, 660]]
CAME = [[30, 52, 60], [14, 66, 78], [5, 70, 88], [2, 64, 104]]


def test_the_frame():
    result = arm_sequences(counted(SENT, CAME), control="a", planned=5000)
    frame = result.frame
    assert len(frame) == 4 * (3 + 2 * 4)
    assert dict(frame["method"].value_counts()) == {CONSTANT: 20, EXACT: 8, WITHIN: 8, ODDS: 8}
    last = result.last("response")
    assert last["n"].to_list() == [700, 1960, 2140]
    assert last["estimate"].to_numpy() == pytest.approx([51 / 700, 252 / 1960, 330 / 2140])
    # at the level for all arms together
    band = running(share_band(np.cumsum(CAME, axis=0), np.cumsum(SENT, axis=0), 0.05 / 3))
    assert last["lower"].to_numpy() == pytest.approx(band.lower[-1])
    assert last["decision"].to_list() == ["ruled out", "can be best", "can be best"]
    pairs = result.last("response difference", CONSTANT)
    assert pairs["arm"].to_list() == ["b", "c"]
    assert (pairs["against"] == "a").all()
    assert pairs["decision"].to_list() == ["open", "differs"]
    # wider than what a reader would say who looks but once
    wide = frame.dropna(subset="naive_lower")
    wide = wide[np.isfinite(wide["lower"])]
    assert (wide["lower"] <= wide["naive_lower"] + 1e-3).mean() > 0.9
    assert "1 of 3 arms are ruled out" in result.headline()
    assert "c against a: +" in result.headline()
    assert "within batches, asymptotic" in repr(result)


def test_without_a_control_the_leader_is_held_against_at_the_level_of_all_pairs():
    result = arm_sequences(counted(SENT, CAME))
    pairs = result.last("response difference", CONSTANT)
    assert pairs["arm"].to_list() == ["a", "b"]
    assert (pairs["against"] == "c").all()
    band = difference_band((252.0, 1960.0), (330.0, 2140.0), 0.05 / 3)
    assert pairs["lower"].iloc[1] <= band.upper
    named = arm_sequences(counted(SENT, CAME), control="c")
    other = named.last("response difference", CONSTANT)
    width = pairs["upper"] - pairs["lower"]
    assert (width > other["upper"] - other["lower"]).all()  # 3 pairs against 2


def test_nps_by_arm_and_its_difference():
    rng = np.random.default_rng(8)
    shares = np.array([[0.3, 0.4, 0.3], [0.2, 0.4, 0.4], [0.15, 0.25, 0.6]])
    categories = np.array([[rng.multinomial(n, p) for n, p in zip(row, shares, strict=True)]
                           for row in np.array(CAME)])  # fmt: skip
    result = arm_sequences(counted(SENT, CAME, categories), control="a")
    net = result.last("NPS")
    total = categories.sum(axis=0)
    wanted = 100 * (total[:, 2] - total[:, 0]) / total.sum(axis=1)
    assert net["estimate"].to_numpy() == pytest.approx(wanted)
    assert (net["unit"] == "points").all()
    band = running(net_band(categories.cumsum(axis=0).astype(float), 0.05 / 3))
    assert net["lower"].to_numpy() == pytest.approx(100 * band.lower[-1])
    gap = result.last("NPS difference")
    assert gap["method"].unique().tolist() == [WITHIN]
    row = gap[gap["arm"] == "c"].iloc[0]
    assert row["lower"] < 45 < row["upper"]
    assert row["estimate"] == pytest.approx(45, abs=25)
    assert any("those who answered" in doubt for doubt in result.diagnostics)


def test_a_drift_is_said_and_the_plain_difference_is_not_believed():
    sent = [[300, 300, 300], [100, 100, 700], [50, 50, 1800]]
    came = [[24, 27, 30], [15, 14, 105], [16, 14, 540]]
    result = arm_sequences(counted(sent, came), control="a")
    said = " ".join(result.diagnostics)
    assert "The response of the same arm moved between batches" in result.diagnostics[0]
    assert "No constant rate fits all batches of 'c'" in said
    assert "believe the second" in said
    last = result.last("response")
    assert last["decision"].to_list()[2] == "contradicted"
    assert np.isnan(last["lower"].iloc[2])
    within = result.last("response difference", WITHIN)
    assert (within["decision"] == "open").all()


def test_a_difference_that_moved_is_said():
    sent = [[2000, 2000, 2000]] * 2
    result = arm_sequences(counted(sent, [[200, 400, 210], [400, 200, 390]]), control="a")
    said = [doubt for doubt in result.diagnostics if "No constant difference" in doubt]
    assert len(said) == 1
    assert said[0] == (
        "No constant difference fits all batches of 'b': the difference itself moved, and only "
        "the asymptotic reading, of its average, holds."
    )
    row = result.last("response difference", WITHIN).iloc[0]
    assert row["lower"] < 0 < row["upper"]
    assert result.last("response difference", EXACT)["decision"].iloc[0] == "contradicted"


def test_a_batch_with_a_flat_contradiction_and_a_lost_arm_still_reads():
    result = arm_sequences(counted([[50, 50, 0], [9, 80, 0]], [[50, 0, 0], [9, 0, 0]]))
    last = result.last("response difference", EXACT).set_index("arm")
    assert last.loc["b", "upper"] < -0.7
    assert last.loc["c", ["lower", "upper"]].to_list() == [-1, 1]
    assert "Within batches nothing is said yet of 'b', 'c'" in " ".join(result.diagnostics)


def test_stated_shares_are_held_against_the_numbers_sent():
    shares = {1: dict.fromkeys(ARMS, 1 / 3), 2: {"a": 1 / 6, "b": 5 / 12, "c": 5 / 12}}
    counts = counted(SENT[:2], CAME[:2])
    fine = arm_sequences(counts, shares=shares)
    assert not any("stated shares" in doubt for doubt in fine.diagnostics)
    frame = pd.DataFrame(
        [(batch, arm, share) for batch, row in shares.items() for arm, share in row.items()],
        columns=["batch", "arm", "share"],
    )
    pd.testing.assert_frame_equal(arm_sequences(counts, shares=frame).frame, fine.frame)
    lost = arm_sequences(counted([[400, 400, 250], SENT[1]], CAME[:2]), shares=shares)
    assert "The numbers sent are not those of the stated shares (p " in lost.diagnostics[0]
    shares[2] = {"a": 0.0, "b": 0.5, "c": 0.5}
    never = arm_sequences(counts, shares=shares)
    assert "Arm 'a' was sent in batch '2', where its share was 0" in never.diagnostics[0]


def test_batches_go_by_number_or_as_told():
    counts = counted(np.full((11, 3), 50), np.arange(33).reshape(11, 3))
    looks = arm_sequences(counts).frame.drop_duplicates("look")
    assert looks["batch"].to_list() == [str(batch) for batch in range(1, 12)]
    order = list(range(11, 0, -1))
    looks = arm_sequences(counts, order=order).frame.drop_duplicates("look")
    assert looks["batch"].to_list() == [str(batch) for batch in order]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"control": "z"}, "`control` must be one of 'a', 'b', 'c', got 'z'."),
        ({"planned": 1}, "`planned` must be a whole number of at least 2, got 1."),
        ({"order": [1, 2, 3]}, "`order` must name each batch once: '4' is not both in it"),
        ({"order": [1, 2, 3, 4, 4]}, "`order` must name each batch once: '4' is not both"),
        ({"shares": {1: {"a": 1.0}}}, "`shares` has none for arm 'b' in batch '1'."),
        (
            {"shares": {batch: {"a": 0.5, "b": 0.5, "c": 0.5} for batch in range(1, 5)}},
            "`shares` of batch '1' must be 0 or more and sum to 1, they sum to 1.5.",
        ),
        (
            {"shares": pd.DataFrame({"batch": [1], "arm": ["a"]})},
            "`shares` must have the columns batch, arm and share; there is no 'share'.",
        ),
    ],
)
def test_errors(options, text):
    with pytest.raises(InputError) as caught:
        arm_sequences(counted(SENT, CAME), **options)
    assert str(caught.value).startswith(text)


def test_errors_of_keys():
    counts = counted(SENT, CAME)
    with pytest.raises(InputError, match="must have the keys 'batch' and 'arm', got 'arm'"):
        arm_sequences(counts.by("arm"))
    one = InvitationCounts(
        pd.DataFrame({"batch": [1, 2], "arm": ["a", "a"]}), np.array([9, 9]), np.array([1, 1])
    )
    with pytest.raises(InputError, match="has the one arm 'a'"):
        arm_sequences(one)
    with pytest.raises(InputError, match="Batch '1', the first, has no invitations"):
        arm_sequences(counted([[0, 0, 0], *SENT], [[0, 0, 0], *CAME]))
