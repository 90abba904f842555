"""The next batch: probabilities of being best, top-two shares, and what is said of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

import npsstats as nps
from npsstats.aggregates.invitations import InvitationCounts
from npsstats.checks import InputError
from npsstats.experiments.adaptive.allocation import allocate
from npsstats.experiments.adaptive.best import FAR, NEAR, best_of_betas
from npsstats.experiments.adaptive.drift import pearson
from npsstats.experiments.adaptive.top_two import dealt, top_two

GOLDEN = pd.read_csv(
    Path(__file__).parents[1] / "golden" / "adaptive_best.csv", comment="#"
).groupby("case")


def invitations(sent, came, **keys):
    keys = keys or {"arm": [f"arm {place}" for place in range(1, len(sent) + 1)]}
    return InvitationCounts(pd.DataFrame(keys), np.array(sent), np.array(came))


def scored(sent, categories):
    """Counts with that many detractors (5), passives (8) and promoters (10) in each arm."""
    categories = np.array(categories)
    table = np.zeros((len(sent), 11), dtype=int)
    table[:, [5, 8, 10]] = categories
    cells = pd.DataFrame({"arm": [f"arm {place}" for place in range(1, len(sent) + 1)]})
    scores = nps.ScoreCounts(table, cells)
    return InvitationCounts(cells, np.array(sent), categories.sum(axis=1), scores)


@pytest.mark.parametrize("case", [1, 2, 3])
@pytest.mark.parametrize(("cuts", "within"), [(FAR, 1e-9), (NEAR, 5e-4)])
def test_who_is_best_agrees_with_r(case, cuts, within):
    rows = GOLDEN.get_group(case)
    n, x = rows["n"].to_numpy(), rows["x"].to_numpy()
    found = best_of_betas(x + 0.5, n - x + 0.5, cuts)
    assert np.exp(found.log_p) == pytest.approx(rows["p_best"].to_numpy(), abs=within)
    assert found.highest == pytest.approx(rows["highest"].iloc[0], abs=within)


@pytest.mark.parametrize("case", [1, 2, 3])
def test_shares_agree_with_r(case):
    rows = GOLDEN.get_group(case)
    counts = invitations(rows["n"].to_list(), rows["x"].to_list())
    for leader in (0.5, 0.3):
        frame = allocate(counts, leader=leader).frame
        wanted = rows[f"share_{100 * leader:.0f}"].to_numpy()
        assert frame["share"].to_numpy() == pytest.approx(wanted, abs=1e-8)
        assert frame["share"].sum() == pytest.approx(1)


def test_shares_are_how_often_top_two_sampling_plays_each_arm():
    rng = np.random.default_rng(1)
    a, b = np.array([20.5, 24.5, 17.5]), np.array([80.5, 76.5, 83.5])
    draws = 400_000
    first = rng.beta(a, b, (draws, 3)).argmax(axis=1)
    played = np.where(rng.random(draws) < 0.4, first, -1)
    while (again := np.flatnonzero(played < 0)).size:  # draw until another arm is best
        best = rng.beta(a, b, (again.size, 3)).argmax(axis=1)
        played[again] = np.where(best == first[again], -1, best)
    wanted = np.bincount(played) / draws
    found = top_two(best_of_betas(a, b).log_p, 0.4)
    assert found == pytest.approx(wanted, abs=4 * 0.5 / np.sqrt(draws))


def test_arms_that_cannot_be_told_apart_share_equally_and_order_is_no_matter():
    equal = allocate(invitations([300] * 5, [30] * 5)).frame
    assert equal["share"].to_numpy() == pytest.approx(np.full(5, 0.2), abs=1e-12)
    sent, came = np.array([100, 400, 250, 90]), np.array([9, 52, 30, 4])
    order = np.array([2, 0, 3, 1])
    straight = allocate(invitations(sent, came)).frame["share"].to_numpy()
    turned = allocate(invitations(sent[order], came[order])).frame["share"].to_numpy()
    assert turned == pytest.approx(straight[order], rel=1e-9)


def test_what_is_all_but_certain_still_has_a_challenger():
    """Probabilities far below what a double holds: the closest arm challenges."""
    n = 2_000_000
    came = (n * np.array([0.10, 0.20, 0.15, 0.12])).astype(int)
    frame = allocate(invitations([n] * 4, came)).frame
    assert frame["share"].to_numpy() == pytest.approx([0, 0.5, 0.5, 0], abs=1e-6)
    assert np.isfinite(frame.select_dtypes("number").to_numpy()).all()
    log_p = best_of_betas(*np.array([[1500.5, 2500.5, 1600.5], [8500.5, 7500.5, 8400.5]])).log_p
    gap = special.log_ndtr(-np.array([17.6, 15.6]))  # in standard errors
    assert log_p[[0, 2]] == pytest.approx(gap, rel=0.1)


def test_a_minimum_share_and_whole_invitations():
    result = allocate(invitations([500] * 4, [60, 82, 74, 10]), minimum=0.1)
    assert result.frame["share"].min() >= 0.1
    free = allocate(invitations([500] * 4, [60, 82, 74, 10])).frame["share"]
    assert result.frame["share"].to_numpy() == pytest.approx(0.1 + 0.6 * free.to_numpy())
    for total in (1, 3, 997, 10_000):
        numbers = result.split(total)
        assert numbers.sum() == total
        assert (np.abs(numbers.to_numpy() - total * result.frame["share"].to_numpy()) < 1).all()
    assert dealt(np.full((2, 3), 1 / 3), 10).tolist() == [[4, 3, 3]] * 2


def test_nps_and_precision_by_draws():
    counts = scored([1000] * 3, [[20, 30, 50], [30, 40, 30], [10, 170, 20]])
    net = allocate(counts, of="nps", seed=3).frame
    # Dirichlet under a uniform prior: promoters − detractors over all + 3
    wanted = 100 * np.array([30 / 103, 0, 10 / 203])
    assert net["estimate"].to_numpy() == pytest.approx(wanted, abs=0.3)
    assert net["p_best"].argmax() == 0
    margin = allocate(counts, of="precision", seed=3).frame
    shares = (np.array([[20, 30, 50], [30, 40, 30], [10, 170, 20]]) + 1) / [[103], [103], [203]]
    variance = shares[:, 0] + shares[:, 2] - (shares[:, 2] - shares[:, 0]) ** 2
    rough = 196 * np.sqrt(variance / (1000 * np.array([0.1, 0.1, 0.2])))
    assert margin["estimate"].to_numpy() == pytest.approx(rough, rel=0.03)
    assert margin["p_best"].argmax() == 2  # the most answers, and the least spread
    assert margin.loc[2, "share"] == pytest.approx(0.5, abs=0.02)
    again = allocate(counts, of="precision", seed=3).frame
    pd.testing.assert_frame_equal(margin, again)
    other = allocate(counts, of="nps", seed=4).frame
    assert other["p_best"].to_numpy() == pytest.approx(net["p_best"].to_numpy(), abs=0.01)


def test_probabilities_by_draws_agree_with_the_normal_law():
    counts = scored([9000] * 3, [[1000, 1000, 1000], [950, 1000, 1050], [500, 1000, 1500]])
    frame = allocate(counts, of="nps").frame
    z = (frame["estimate"][2] - frame["estimate"]) / np.hypot(
        frame["std_error"][2], frame["std_error"]
    )
    wanted = special.ndtr(-z[:2])
    assert (frame["p_best"][:2] < 1e-20).all()
    assert np.log(frame["p_best"][:2].to_numpy()) == pytest.approx(np.log(wanted), rel=0.02)


def test_what_is_said():
    result = allocate(invitations([500, 500, 500], [60, 90, 5], arm=["a", "b", "c"]), minimum=0.1)
    assert result.headline().startswith("b is best with probability 0.99")
    assert result.diagnostics[0] == ("Fewer than 20 answers in 'c': there the prior still speaks.")
    assert "'b' is best with probability 0.99" in result.diagnostics[1]
    assert len(result.diagnostics) == 2
    assert "% of the next batch" in repr(result)
    free = allocate(invitations([500, 500], [60, 61]))
    assert free.diagnostics[-1].startswith("With no minimum share an arm given up")
    assert free.provenance.seed is None


def test_a_response_that_moved_is_noticed():
    keys = {"batch": [1, 1, 2, 2], "arm": ["a", "b"] * 2}
    moved = invitations([500, 500, 900, 100], [50, 50, 270, 28], **keys)
    assert "moved between batches" in allocate(moved).diagnostics[0]
    still = invitations([500, 500, 900, 100], [50, 60, 92, 11], **keys)
    assert not any("moved" in doubt for doubt in allocate(still).diagnostics)
    # a 2 × 2 table an arm, added up
    from scipy.stats import chi2, chi2_contingency

    parts = [
        chi2_contingency([[50, 450], [270, 630]], correction=False)[0],
        chi2_contingency([[50, 450], [28, 72]], correction=False)[0],
    ]
    found = pearson(np.array([[50, 50], [270, 28]]), np.array([[500, 500], [900, 100]]))
    assert found == pytest.approx(chi2.sf(sum(parts), 2))
    assert pearson(np.array([[5, 6]]), np.array([[50, 60]])) == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"of": "answers"}, "`of` must be one of 'response', 'nps', 'precision', got 'answers'."),
        ({"leader": 1.5}, "`leader` must be between 0 and 1 (exclusive), got 1.5."),
        (
            {"minimum": 0.4},
            "`minimum` of 0.4 for each of 3 arms comes to 1.2, more than the whole batch",
        ),
        ({"of": "nps"}, "`of`='nps' needs the scores of the answers."),
    ],
)
def test_errors(options, text):
    with pytest.raises(InputError) as caught:
        allocate(invitations([10, 10, 10], [1, 2, 3]), **options)
    assert str(caught.value).startswith(text)


def test_errors_of_keys():
    with pytest.raises(InputError, match="must have the key 'arm', got 'delay'"):
        allocate(invitations([10, 10], [1, 2], delay=["1 h", "1 day"]))
    with pytest.raises(InputError, match="has one arm only"):
        allocate(invitations([10], [1]))
    with pytest.raises(InputError, match="`invitations` must be a whole number of at least 1"):
        allocate(invitations([10, 10], [1, 2])).split(0)
