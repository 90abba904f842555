"""Principal strata: the weighted draws against PyMC, against sums by hand, and at the edges."""

import numpy as np
import pytest
from scipy import special, stats

from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.compliance import principal_strata
from npsstats.experiments.compliance.principal import arm_counts
from npsstats.experiments.compliance.strata import complete_strata, propose_strata, summed_weights

ONE_SIDED = [[[210, 90], [0, 0]], [[70, 20], [120, 85]]]
TWO_SIDED = [[[150, 60], [30, 15]], [[60, 22], [95, 80]]]
QUANTITIES = ("share_complier", "p_complier_control", "p_complier_treated", "p_never", "cace")
ARMS = ("ignored", "called")


def moments(counts):
    """Return moments of counts, arm × received × outcome."""
    rows = [
        (ARMS[arm], d, y)
        for arm in (0, 1)
        for d in (0, 1)
        for y in (0, 1)
        for _ in range(counts[arm][d][y])
    ]
    arm, d, y = zip(*rows, strict=True)
    return ArmMoments.from_values({"y": y, "d": d}, {"arm": arm})


def strata(counts, **options):
    return principal_strata(moments(counts), "y", received="d", control="ignored", **options)


def test_the_counts_come_back():
    made = moments(TWO_SIDED)
    counts = arm_counts(made, "y", "d")
    assert made.arms == ["called", "ignored"]
    assert counts[[1, 0]].tolist() == TWO_SIDED


def test_the_draws_are_those_of_sums_by_hand():
    """One-sided: the compliers among "control, not received, outcome 1 or 0" summed over."""
    counts = np.array([[[14, 6], [0, 0]], [[6, 4], [5, 9]]])
    (no, yes), (never, complier) = counts[0, 0], counts[1]
    total = np.zeros(3)
    for i in range(yes + 1):
        for j in range(no + 1):
            # i and j of the control arm's units with outcome 1 and 0 are compliers
            log = (
                special.gammaln(yes + 1)
                - special.gammaln(i + 1)
                - special.gammaln(yes - i + 1)
                + special.gammaln(no + 1)
                - special.gammaln(j + 1)
                - special.gammaln(no - j + 1)
                + special.betaln(1 + complier.sum() + i + j, 1 + never.sum() + yes + no - i - j)
                + special.betaln(1 + i, 1 + j)
                + special.betaln(1 + never[1] + yes - i, 1 + never[0] + no - j)
            )
            share = (1 + complier.sum() + i + j) / (2 + counts.sum())
            total += np.exp(log) * np.array([1, share, (1 + i) / (2 + i + j)])
    expected = total[1:] / total[0]
    rng = np.random.default_rng(3)
    proposed = propose_strata(counts, 200_000, rng)
    weights, k_hat = summed_weights(proposed.log_weights)
    sampled = complete_strata(proposed, np.arange(200_000), rng)
    assert k_hat < 0.5
    for name, value in zip(("share_complier", "p_complier_control"), expected, strict=True):
        drawn = sampled[name]
        error = np.sqrt(weights**2 @ (drawn - value) ** 2)
        assert abs(weights @ drawn - value) < 4 * error
    treated = sampled["p_complier_treated"]
    law = stats.beta(1 + complier[1], 1 + complier[0])
    assert weights @ treated == pytest.approx(law.mean(), abs=0.002)


@pytest.mark.twin
@pytest.mark.parametrize("counts", [ONE_SIDED, TWO_SIDED], ids=["one-sided", "two-sided"])
def test_agrees_with_the_twin(counts):
    found = strata(counts, method="pymc", draws=4000, seed=1)
    assert "PyMC" in found.provenance.method
    assert found.diagnostics == ()  # the chains mixed
    assert np.isnan(found.k_hat)
    theirs, ours = found.drawn, strata(counts, draws=8000).drawn
    assert set(ours) == set(theirs)
    for name in QUANTITIES:
        sd = theirs[name].std()
        # 4,000 draws of NUTS are worth 1,500 or more
        assert ours[name].mean() == pytest.approx(theirs[name].mean(), abs=4 * sd / np.sqrt(1500))
        assert ours[name].std() == pytest.approx(sd, rel=0.08), name
        for q in (0.025, 0.975):
            below = (theirs[name] < np.quantile(ours[name], q)).mean()
            assert below == pytest.approx(q, abs=0.014), (name, q)


def test_what_arviz_reads():
    import arviz as az

    found = strata(TWO_SIDED, draws=2000)
    posterior = found.draws["posterior"]
    assert dict(posterior.sizes) == {"chain": 4, "draw": 500}
    summary = az.summary(found.draws, var_names=["cace"], round_to="none")
    assert float(summary["mean"].iloc[0]) == pytest.approx(found.effect.estimate)
    assert "p_always" in posterior
    assert "p_always" not in strata(ONE_SIDED).draws["posterior"]


def test_directions():
    found = strata(ONE_SIDED)
    assert found.effect.probability > 0.9
    mirrored = [[[y, n] for n, y in arm] for arm in ONE_SIDED]
    back = strata(mirrored)
    assert back.effect.probability == pytest.approx(1 - found.effect.probability, abs=0.03)
    assert back.effect.estimate == pytest.approx(-found.effect.estimate, abs=0.01)
    assert found.effect.lower < found.effect.estimate < found.effect.upper
    assert "Effect on compliers: +" in str(found)
    again = strata(ONE_SIDED)
    assert again.frame.equals(found.frame)
    assert not strata(ONE_SIDED, seed=1).frame.equals(found.frame)


@pytest.mark.parametrize(
    "counts",
    [
        [[[50, 0], [0, 0]], [[20, 0], [30, 0]]],
        [[[0, 50], [0, 0]], [[0, 20], [0, 30]]],
        [[[1, 0], [0, 0]], [[0, 0], [0, 1]]],
        [[[20, 30], [0, 0]], [[30, 20], [0, 0]]],
        [[[0, 0], [20, 30]], [[0, 0], [30, 20]]],
        [[[70_000, 30_000], [0, 0]], [[30_000, 10_000], [36_000, 24_000]]],
    ],
    ids=["no events", "all events", "one unit an arm", "nobody", "everybody", "huge"],
)
def test_edges_give_proper_intervals(counts):
    found = strata(counts)
    row = found.effect
    assert -1 <= row.lower < row.upper <= 1
    assert 0 < row.probability < 1
    assert not found.frame["std_error"].isna().any()


def test_data_against_the_assumptions_are_said():
    """Many more outcomes among the control's not-received than any compliers could supply."""
    against = [[[900, 100], [0, 0]], [[100, 800], [50, 50]]]
    found = strata(against)
    assert found.k_hat > 0.7
    assert "Draw them by Markov chains" in found.diagnostics[0]


def test_errors():
    with pytest.raises(InputError, match="multiple of 4"):
        strata(ONE_SIDED, draws=1001)
    made = ArmMoments.from_values({"y": [3, 1], "d": [0, 1]}, {"arm": list(ARMS)})
    with pytest.raises(InputError, match="`y` is not 0 or 1"):
        principal_strata(made, "y", received="d", control="ignored")
    three = ArmMoments.from_values({"y": [0, 1, 1], "d": [0, 1, 1]}, {"arm": ["a", "b", "c"]})
    with pytest.raises(InputError, match="2 treatments, 'b', 'c'"):
        principal_strata(three, "y", received="d", control="a")
