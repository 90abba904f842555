"""Margins and numbers of answers: R, exact enumeration, simulation, and what users mistype."""

from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy import special

import npsstats as nps
from npsstats.estimation.precision.planning import Design, least

GOLDEN = pd.read_csv(Path(__file__).parents[1] / "golden" / "precision.csv", comment="#")
Z, Z_POWER = special.ndtri(0.975), special.ndtri(0.8)


def golden(kind):
    return [
        pytest.param(row, id=f"{kind}-{i}") for i, row in GOLDEN[GOLDEN.kind == kind].iterrows()
    ]


def test_the_table_that_the_project_was_founded_on():
    assert nps.sample_size([5, 10, 20]).frame["n"].tolist() == [1027, 255, 62]
    assert nps.sample_size([5, 10], variance=1).frame["n"].tolist() == [1534, 382]


@pytest.mark.parametrize("row", golden("margin"))
def test_sizes_for_a_margin_agree_with_r(row):
    population = None if np.isinf(row.population) else int(row.population)
    found = nps.sample_size(100 * row.goal, variance=row.variance, population=population)
    assert found.frame["n"].item() == row.n


@pytest.mark.parametrize("row", golden("difference"))
def test_sizes_for_a_difference_agree_with_r(row):
    found = nps.sample_size(100 * row.goal, variance=row.variance, difference=True, ratio=row.ratio)
    assert found.frame["n"].item() == row.n
    assert found.frame["n_second"].item() == np.ceil(row.ratio * row.n)


@pytest.mark.parametrize("row", [*golden("one.sample"), *golden("two.sample")])
def test_sizes_for_a_power_agree_with_students_t(row):
    """The normal sizes lie z²/2 (one group) or z²/4 (each of two) below Student's."""
    two = row.kind == "two.sample"
    found = nps.sample_size(gap=100 * row.goal, variance=row.variance, difference=two)
    exact = (1 + two) * (Z + Z_POWER) ** 2 * row.variance / row.goal**2
    assert found.frame["n"].item() == np.ceil(exact)
    assert exact + Z**2 / (4 if two else 2) == pytest.approx(row.n, abs=0.03)


@pytest.mark.parametrize("row", golden("survey"))
def test_the_finite_population_correction_is_that_of_r_survey(row):
    design = Design((row.variance,), (row.population,), 0.0, 1.0, Z, Z_POWER)
    assert design.sampling_error((int(row.n),)) == pytest.approx(row.goal, rel=1e-9)


margins = st.floats(0.5, 60)
variances = st.floats(0.05, 1)


@settings(max_examples=60, deadline=None)
@given(wanted=margins, variance=variances, population=st.none() | st.integers(1, 10**6))
def test_the_size_is_the_smallest_that_holds_its_margin(wanted, variance, population):
    known = {"variance": variance, "population": population}
    n = nps.sample_size(wanted, **known).frame["n"].item()
    assert nps.margin(n, **known).frame["margin"].item() <= wanted * (1 + 1e-12)
    if n > 1:
        assert nps.margin(n - 1, **known).frame["margin"].item() > wanted


@settings(max_examples=60, deadline=None)
@given(gap=margins, variance=variances, ratio=st.floats(0.1, 10), error=st.floats(0, 0.2))
def test_the_size_is_the_smallest_that_finds_its_gap(gap, variance, ratio, error):
    two = nps.sample_size(gap=gap, variance=variance, difference=True, ratio=ratio).frame.iloc[0]
    assert two["detectable"] <= gap * (1 + 1e-12)
    one = nps.sample_size(gap=gap, variance=variance, benchmark_error=error * gap).frame.iloc[0]
    assert one["detectable"] <= gap * (1 + 1e-12)
    if one["n"] > 1:
        less = nps.margin(int(one["n"]) - 1, variance=variance, benchmark_error=error * gap)
        assert less.frame["detectable"].item() > gap


@pytest.mark.parametrize("shares", [(1 / 3, 1 / 3, 1 / 3), (0.15, 0.3, 0.55), (0.5, 0, 0.5)])
@pytest.mark.parametrize("n", [60, 255])
def test_the_margin_is_the_half_width_that_comes_out(shares, n):
    """Every sample of n answers is enumerated and its adjusted Wald interval taken."""
    counts, mass = outcomes(n, shares)
    frame = nps.adjusted_wald(counts).frame
    wide = (frame["upper"] - frame["lower"]).to_numpy() / 2
    promised = nps.margin(n, shares=shares).frame["margin"].item()
    assert mass @ wide == pytest.approx(promised, rel=0.02)
    net = 100 * (shares[2] - shares[0])
    held = (frame["lower"] <= net) & (net <= frame["upper"])
    assert mass @ held > 0.94


@pytest.mark.parametrize("gap", [10, 20])
@pytest.mark.parametrize("shares", [(0.2, 0.3, 0.5), (0.02, 0.08, 0.9)])
def test_the_power_is_the_power_that_comes_out(shares, gap):
    """P(Tango's interval leaves the benchmark out), by enumeration; the worse side is planned."""
    n = nps.sample_size(gap=gap, shares=shares).frame["n"].item()
    counts, mass = outcomes(n, shares)
    near = mass > 1e-7
    frame = nps.tango(counts[near]).frame
    powers = []
    for benchmark in 100 * (shares[2] - shares[0]) + np.array([-gap, gap]):
        out = (frame["lower"] > benchmark) | (frame["upper"] < benchmark)
        powers += [mass[near] @ out.to_numpy()] if abs(benchmark) < 100 else []
    assert min(powers) == pytest.approx(0.8, abs=0.03)


def test_pooling_is_worth_its_concentration_in_answers():
    """Stores drawn from a Dirichlet whose κμ is known: the mean posterior variance is v/(κ + n)."""
    rng = np.random.default_rng(3)
    mu, kappa, n = np.array([0.15, 0.3, 0.55]), 40.0, 30
    shares = rng.dirichlet(kappa * mu, 40_000)
    alpha = kappa * mu + rng.multinomial(n, shares)
    p = alpha / alpha.sum(axis=1, keepdims=True)
    net = p[:, 2] - p[:, 0]
    variance = (p[:, 2] + p[:, 0] - net**2) / (kappa + n + 1)
    within = (mu[2] + mu[0] - (mu[2] - mu[0]) ** 2) * kappa / (kappa + 1)
    found = nps.margin(n, variance=within, concentration=kappa).frame["margin_pooled"].item()
    assert found == pytest.approx(100 * Z * np.sqrt(variance.mean()), rel=2e-3)
    # a population of N customers: what is left is the mean of those who were not asked
    left = 70
    rest = rng.multinomial(left, np.array([rng.dirichlet(a) for a in alpha]))
    known = alpha - kappa * mu
    truth = (known[:, 2] - known[:, 0] + rest[:, 2] - rest[:, 0]) / (n + left)
    guess = (known[:, 2] - known[:, 0] + left * net) / (n + left)
    found = nps.margin(n, variance=within, concentration=kappa, population=n + left)
    expected = 100 * Z * np.sqrt(((truth - guess) ** 2).mean())
    assert found.frame["margin_pooled"].item() == pytest.approx(expected, rel=0.01)


def test_a_census_leaves_no_margin():
    assert nps.margin(400, population=400).frame["margin"].item() == 0
    assert nps.margin(1, population=1).frame["margin"].item() == 0
    assert nps.margin(400, population=400, concentration=50).frame["margin_pooled"].item() == 0
    assert nps.sample_size(0.01, population=7).frame["n"].item() == 7


def test_months_at_a_pace():
    result = nps.sample_size(
        10, per_month=pd.Series({"Lyon": 23.0, "Lille": 0.0}), concentration=60
    )
    frame = result.frame.set_index("store")
    assert frame.loc["Lyon", "months"] == pytest.approx(255 / 23)
    assert frame.loc["Lyon", "n_pooled"] == 198  # 257.4 less κ, rounded up
    assert frame.loc["Lyon", "months_pooled"] == pytest.approx(198 / 23)
    assert frame.loc["Lille", "months"] == inf
    assert any("(Lille) no margin is ever reached" in text for text in result.diagnostics)
    easy = nps.sample_size(30, per_month=0, concentration=60).frame
    assert easy["n_pooled"].item() == 0  # the network alone says it as well
    assert easy["months_pooled"].item() == 0


def test_what_is_known_gives_what_to_expect():
    row = nps.margin(100, shares=(0.15, 0.3, 0.55)).frame.iloc[0]
    assert row["variance"] == pytest.approx(0.54)
    assert (row["estimate"], row["upper"] - row["lower"]) == pytest.approx((40, 2 * row["margin"]))
    counts = nps.ScoreCounts([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]])
    tens = nps.margin(5, counts=counts).frame.iloc[0]
    exact = Z * nps.adjusted_wald([0, 0, 5]).frame["std_error"].item()
    assert exact < tens["margin"] < 1.2 * exact  # five tens are no promise of five more
    pair = nps.margin([90], [40], counts=[[10, 20, 70], [20, 20, 60]]).frame.iloc[0]
    assert pair["estimate"] == pytest.approx(100 * (60 / 103 - 40 / 103))
    assert np.isnan(nps.margin(10, counts=[1, 2, 3], benchmark_error=1).frame["lower"].item())


@pytest.mark.parametrize("counts", [[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9], [1, 0, 0]])
def test_every_pilot_gives_a_plan(counts):
    assert nps.sample_size(10, counts=counts).frame["n"].item() > 10


def test_the_words_say_margins_powers_and_assumptions():
    text = str(nps.margin([100, 200]))
    assert "100 answers give ±15.8 points; 200 answers give ±11.3 points" in text
    assert "assumed to be 0.67" in text
    assert "Four times the answers halve the margin." in text
    text = str(nps.sample_size(gap=10, difference=True, variance=(0.5, 0.6)))
    assert "a gap of 10 points is found by 864 and 864 answers (80% power)" in text
    assert "variance of an answer 0.50 and 0.60" in text
    assert "assumed" not in text
    assert "the NPS less its benchmark" in str(nps.margin(1, benchmark_error=0))
    assert "Under 20 answers" in str(nps.margin(1, benchmark_error=0))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: nps.margin(0), "`n` must be a whole number of at least 1, got 0"),
        (lambda: nps.margin("100"), "`n` must be a whole number"),
        (lambda: nps.margin([]), "`n` is empty"),
        (lambda: nps.margin([100, 200], 100), "`second` must have as many numbers as `n`"),
        (lambda: nps.margin(100, variance=0), "`variance` must be above 0"),
        (lambda: nps.margin(100, variance=1.1), "`variance` must be a number from 0 to 1"),
        (lambda: nps.margin(100, variance=(0.5, 0.5)), "`variance` must be one number, got"),
        (lambda: nps.margin(100, variance=1, shares=(0, 0, 1)), "say the same thing twice"),
        (lambda: nps.margin(100, shares=(0, 0, 1)), "leave nothing to vary"),
        (lambda: nps.margin(100, shares=(15, 30, 55)), "add up to 1"),
        (lambda: nps.margin(100, shares="abc"), "add up to 1"),
        (lambda: nps.margin(100, counts=[[1, 2, 3]] * 2), "`counts` must be of one cell, got 2"),
        (lambda: nps.margin(9, 9, counts=[1, 2, 3]), "`counts` must be of two groups, got 1"),
        (lambda: nps.margin(9, 9, benchmark_error=1), "cannot be asked together"),
        (lambda: nps.margin(100, population=99), "100 answers cannot come from a population of 99"),
        (lambda: nps.margin(9, population=(90, 90)), "`population` must be one number"),
        (lambda: nps.margin(9, level=95), "`level` must be between 0 and 1"),
        (lambda: nps.margin(9, power=0.3), "`power` must be at least 0.5"),
        (lambda: nps.margin(9, per_month=-1), "`per_month` must be a number from 0"),
        (lambda: nps.margin(9, per_month={}), "`per_month` is empty"),
        (lambda: nps.margin(9, concentration=0), "`concentration` must be a number"),
        (nps.sample_size, "either `margin` or `gap`"),
        (lambda: nps.sample_size(5, gap=5), "either `margin` or `gap`"),
        (lambda: nps.sample_size(0), "`margin` must be a number from 0.01 to 100"),
        (lambda: nps.sample_size(5, benchmark_error=3), "No number of answers .* makes it 5.9"),
        (
            lambda: nps.sample_size(1, difference=True, ratio=0.1, population=200),
            "with ratio=0.1: the first group's population ends before",
        ),
    ],
)
def test_bad_arguments_are_said(call, said):
    with pytest.raises(nps.InputError, match=said):
        call()


def test_least_needs_few_looks():
    looked = []
    assert least(lambda n: looked.append(n) or 1e6 / n, 1.0, 1) == 1_000_000
    assert len(looked) < 60


def outcomes(n, shares):
    """Return every (detractors, passives, promoters) that adds up to n, and its probability."""
    d, s = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    counts = np.stack([d, s, n - d - s], axis=-1)[d + s <= n]
    log = special.gammaln(n + 1) - special.gammaln(counts + 1).sum(axis=1)
    return counts, np.exp(log + special.xlogy(counts, shares).sum(axis=1))
