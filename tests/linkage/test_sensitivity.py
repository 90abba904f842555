"""Robustness values, bounds by benchmarks, E-values."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from npsstats.checks import InputError
from npsstats.grades import GRADES, misused
from npsstats.linkage.e_values import e_value, of_risk_ratio
from npsstats.linkage.robustness import Benchmark, adjusted, partial_r2, robustness_value
from npsstats.linkage.sensitivity import sensitivity

GOLDEN = Path(__file__).parents[1] / "golden"


def test_the_papers_numbers() -> None:
    assert partial_r2(4.18, 783) == pytest.approx(0.022, abs=5e-4)
    assert robustness_value(4.18, 783) == pytest.approx(0.139, abs=5e-4)
    assert robustness_value(4.18, 783, alpha=0.05) == pytest.approx(0.076, abs=5e-4)


def test_robustness_values_are_those_of_sensemakr() -> None:
    golden = pd.read_csv(GOLDEN / "sensitivity_values.csv")
    ours = [
        robustness_value(row.t, row.df, q=row.q, alpha=row.alpha) for row in golden.itertuples()
    ]
    np.testing.assert_allclose(ours, golden["robustness_value"], rtol=1e-8)
    assert (golden["robustness_value"] == 0).any()


def test_bounds_are_those_of_sensemakr() -> None:
    golden = pd.read_csv(GOLDEN / "sensitivity_bounds.csv")
    first = golden.iloc[0]
    female = Benchmark.of_t((first.t_treatment, first.df_treatment), (first.t_outcome, first.df))
    found = sensitivity(
        first.estimate, first.std_error, first.df, benchmarks={"female": female}
    ).frame.iloc[3:]
    for ours, theirs in (
        ("of_treatment", "r2dz_x"),
        ("of_outcome", "r2yz_dx"),
        ("estimate", "adjusted_estimate"),
        ("std_error", "adjusted_se"),
        ("lower", "adjusted_lower_CI"),
        ("upper", "adjusted_upper_CI"),
    ):
        # they take the interval's t of one degree of freedom fewer
        tolerance = 2e-4 if "CI" in theirs else 1e-7
        np.testing.assert_allclose(found[ours], golden[theirs], rtol=tolerance, atol=2e-6)


def test_a_cause_of_known_strength_left_out_is_what_adjusted_says() -> None:
    rng = np.random.default_rng(4)
    n = 400
    cause = rng.normal(size=n)
    nps = 0.5 * cause + rng.normal(size=n)
    growth = 0.3 * nps + 0.4 * cause + rng.normal(size=n)
    short = sm.OLS(growth, sm.add_constant(nps)).fit()
    long = sm.OLS(growth, sm.add_constant(np.column_stack([nps, cause]))).fit()
    aside = sm.OLS(nps, sm.add_constant(cause)).fit()
    found = adjusted(
        short.params[1],
        short.bse[1],
        short.df_resid,
        partial_r2(aside.tvalues[1], aside.df_resid),
        partial_r2(long.tvalues[2], long.df_resid),
    )
    assert found == pytest.approx((long.params[1], long.bse[1]), rel=1e-10)


def test_at_the_robustness_value_nothing_is_left() -> None:
    t, df = 3.1, 120
    value = robustness_value(t, df, q=1)
    assert adjusted(t, 1.0, df, value, value)[0] == pytest.approx(0, abs=1e-10)
    half = robustness_value(t, df, q=0.5)
    assert adjusted(-t, 1.0, df, half, half)[0] == pytest.approx(-t / 2)


def test_a_clustered_error_moves_the_interval_and_not_the_shares() -> None:
    plain = sensitivity(1.0, 0.2, 200)
    wide = sensitivity(1.0, 0.3, 200, classical_error=0.2)
    assert wide.robustness == plain.robustness
    assert 0 < wide.robustness_of_limit < plain.robustness_of_limit
    assert "clustering" in " ".join(wide.diagnostics)


def test_where_the_interval_holds_zero_the_words_say_so() -> None:
    found = sensitivity(1.0, 0.9, 100)
    assert found.robustness_of_limit == 0
    assert found.headline().startswith("The interval already holds 0")
    risk = e_value(1.1, 0.8, 1.5)
    assert risk.e_value_limit == 1
    assert risk.headline().startswith("The interval already holds no difference")


def test_a_benchmark_that_overturns_the_interval_is_said() -> None:
    strong = Benchmark(0.03, 0.4)
    said = sensitivity(0.0973, 0.0233, 783, benchmarks={"season": strong}, times=[1]).diagnostics
    expected = "With a cause 1 × as strong as season in the regression, the interval would hold 0."
    assert said == (expected,)


@pytest.mark.parametrize("grade", [name for name in GRADES if name != "randomized"])
def test_no_sentence_says_more_than_its_grade(grade: str) -> None:
    for result in (
        sensitivity(0.1, 0.02, 500, grade=grade),
        sensitivity(0.1, 0.2, 500, grade=grade),
        e_value(2.0, 1.5, 3.0, grade=grade),
        e_value(2.0, 0.5, 3.0, grade=grade, measure="hazard ratio", rare=False),
    ):
        assert misused(" ".join([result.headline(), *result.diagnostics]), grade) == ()


def test_e_values_of_the_paper() -> None:
    assert of_risk_ratio(3.9) == pytest.approx(7.26, abs=5e-3)
    # R tipr 1.0.2, as its reference prints them
    assert of_risk_ratio(0.9) == pytest.approx(1.462475, abs=5e-7)
    assert of_risk_ratio(1.3) == pytest.approx(1.9245, abs=5e-6)
    found = e_value(3.9, 1.8, 8.7)
    assert found.e_value_limit == pytest.approx(3.0, abs=5e-3)
    # the same turned round: 0.22 (0.15 to 0.32)
    turned = e_value(1 / 3.9, 1 / 8.7, 1 / 1.8)
    assert turned.e_value == pytest.approx(found.e_value)
    assert turned.e_value_limit == pytest.approx(found.e_value_limit)


@pytest.mark.parametrize(
    ("measure", "rare", "numbers", "expected"),
    [
        # by hand from table 2 of the paper: √.86 = .9274, √.99 = .9950
        ("odds ratio", False, (0.86, 0.75, 0.99), (1.37, 1.08)),
        # (1 − .5^√.56) / (1 − .5^√(1/.56)) = .6700, of .69: .7735
        ("hazard ratio", False, (0.56, 0.46, 0.69), (2.35, 1.91)),
        ("hazard ratio", True, (0.56, 0.46, 0.69), (2.97, 2.26)),
        # d = −0.42, se 0.14: exp(−.91 × .42) = .6823; upper exp(−.3822 + 1.78 × .14) = .8755
        ("mean difference", True, (-0.42, -0.42 - 1.959964 * 0.14, -0.42 + 1.959964 * 0.14),
         (2.29, 1.54)),
    ],
)  # fmt: skip
def test_other_measures(
    measure: str, rare: bool, numbers: tuple[float, float, float], expected: tuple[float, float]
) -> None:
    found = e_value(*numbers, measure=measure, rare=rare)
    assert (found.e_value, found.e_value_limit) == pytest.approx(expected, abs=6e-3)


def test_an_e_value_is_enough_and_no_less() -> None:
    """A binary cause with both risk ratios at E turns a null into the estimate (Ding's bound)."""
    ratio = 2.5
    strength = of_risk_ratio(ratio)
    bound = strength * strength / (strength + strength - 1)
    assert bound == pytest.approx(ratio)


def test_errors_say_the_remedy() -> None:
    with pytest.raises(InputError, match="chance has dealt with unrecorded causes"):
        sensitivity(1, 1, 10, grade="randomized")
    with pytest.raises(InputError, match="`std_error` must be a finite number above 0, got 0"):
        sensitivity(1, 0, 10)
    with pytest.raises(InputError, match="would explain all of the covariate"):
        Benchmark(0.5, 0.1).bound(2)
    with pytest.raises(InputError, match="ratios, not their logarithms"):
        e_value(0.5, 1.1, 2.0)
    with pytest.raises(InputError, match="`lower` of a risk ratio must be finite and above 0"):
        e_value(0.5, -0.1, 2.0)
    with pytest.raises(InputError, match=r"`with_outcome` must be a partial R²"):
        Benchmark(0.1, 1.2)


@pytest.mark.parametrize(
    ("text", "grade", "words"),
    [
        ("The effect of NPS", "cross-section", ("effect",)),
        ("NPS drives growth", "within-store lagged", ("drives",)),
        ("L'effet de l'appel", "cross-section", ("effet",)),
        ("Le NPS entraîne la croissance", "assumed", ("entraîne",)),
        ("with store and period effects", "cross-section", ()),
        ("avec des effets fixes", "cross-section", ()),
        ("an unrecorded cause would have to", "cross-section", ()),
        ("The effect of the call", "randomized", ()),
    ],
)
def test_words_by_grade(text: str, grade: str, words: tuple[str, ...]) -> None:
    assert misused(text, grade) == words
