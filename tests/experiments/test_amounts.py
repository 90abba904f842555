"""Amounts against R on the same rows, on real e-mails, and where arms are odd."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats import InputError
from npsstats.aggregates.arms import ArmMoments
from npsstats.aggregates.tails import TailMoments
from npsstats.experiments.amounts import amount
from npsstats.experiments.amounts.means import (
    Mean,
    Pair,
    behrens_fisher,
    difference,
    fieller,
    log_ratio,
)

HERE = Path(__file__).parents[1] / "golden"
GOLDEN = pd.read_csv(HERE / "amounts.csv", comment="#").set_index("name")
ROWS = pd.read_csv(HERE / "amounts_rows.csv")
NAMES = ["spend", "visits", "before", "age"]
MEAN, RATIO = "mean difference", "ratio of means"


def moments(rows=ROWS, names=NAMES):
    return ArmMoments.from_values({name: rows[name] for name in names}, {"arm": rows["arm"]})


def of(rows, **options):
    return amount(moments(rows, ["spend"]), "spend", control="ignored", **options)


def same(row, name, *parts, rel=1e-9):
    for part in parts:
        assert row[part] == pytest.approx(GOLDEN.loc[name, part], rel=rel), (name, part)


def table(spend, arms):
    return pd.DataFrame({"spend": np.asarray(spend, dtype=float), "arm": arms})


@pytest.fixture(scope="module")
def effects():
    return amount(moments(), "spend", control="ignored", covariates=["before", "age"])


def test_means_and_ratios_agree_with_r(effects):
    welch = effects.row(MEAN, "Welch")
    same(welch, "welch", "estimate", "std_error", "lower", "upper")
    assert welch["p_value"] == pytest.approx(GOLDEN.loc["welch", "p"], rel=1e-8)
    ratio = effects.row(RATIO, "Fieller")
    same(ratio, "fieller", "estimate", "lower", "upper", rel=1e-7)
    assert ratio["p_value"] == welch["p_value"]
    log = effects.row(RATIO, "log ratio, delta method")
    same(log, "log_ratio", "estimate", "std_error", "lower", "upper")
    assert log["p_value"] == pytest.approx(GOLDEN.loc["log_ratio", "p"], rel=1e-7)


def test_the_posterior_agrees_with_integrals_in_r(effects):
    row = effects.row(MEAN, "Behrens–Fisher posterior")
    same(row, "behrens_fisher", "estimate", "lower", "upper", rel=1e-7)
    assert row["probability"] == pytest.approx(GOLDEN.loc["behrens_fisher", "p"], abs=1e-9)
    called, ignored = (ROWS[ROWS["arm"] == arm] for arm in ("called", "ignored"))
    few = of(pd.concat([called[:3], ignored[:5]])).row(MEAN, "Behrens–Fisher posterior")
    same(few, "behrens_fisher_few", "estimate", "lower", "upper", rel=1e-7)
    assert few["probability"] == pytest.approx(GOLDEN.loc["behrens_fisher_few", "p"], abs=1e-9)


def test_lin_agrees_with_regressions_of_each_arm(effects):
    row = effects.row(MEAN, "Lin")
    same(row, "lin_fixed", "estimate")
    golden = np.hypot(
        GOLDEN.loc["lin_fixed", "std_error"], GOLDEN.loc["lin_mean_noise", "estimate"]
    )
    assert row["std_error"] == pytest.approx(golden, rel=1e-9)
    # without the noise of the covariates' own mean it lies between two robust errors
    assert GOLDEN.loc["lin_hc2", "std_error"] < GOLDEN.loc["lin_fixed", "std_error"]
    assert GOLDEN.loc["lin_fixed", "std_error"] < GOLDEN.loc["lin_hc3", "std_error"]


def test_cuped_agrees_with_analysis_of_covariance(effects):
    row = effects.row(MEAN, "CUPED")
    same(row, "cuped_hc2", "estimate")
    assert row["std_error"] == pytest.approx(GOLDEN.loc["cuped_hc3", "std_error"], rel=0.002)
    assert row["std_error"] == pytest.approx(GOLDEN.loc["cuped_hc2", "std_error"], rel=0.03)
    assert "take 32.8% off the variance" in effects.diagnostics[-1]


def test_one_covariate_in_cents_changes_nothing(effects):
    rows = ROWS.assign(before=ROWS["before"] * 1e6, age=ROWS["age"] / 1e3 + 1e3)
    again = amount(moments(rows), "spend", control="ignored", covariates=["before", "age"])
    for part in ("estimate", "std_error", "lower", "upper"):
        assert again.frame[part].to_numpy() == pytest.approx(
            effects.frame[part].to_numpy(), rel=1e-6
        )


def test_a_ratio_metric_agrees_with_survey():
    found = amount(moments(), "spend", control="ignored", denominator="visits")
    same(found.row("mean difference per visits", "Welch"), "per_visit", "estimate", "std_error")
    adjusted = amount(
        moments(), "spend", control="ignored", denominator="visits", covariates=["before"]
    )
    sharp = adjusted.row("mean difference per visits", "Lin")
    assert sharp["std_error"] < found.row("mean difference per visits", "Welch")["std_error"]


def test_trimmed_capped_and_two_parts():
    tails = TailMoments.from_values("spend", ROWS["spend"], ROWS["arm"])
    found = of(ROWS, tails=tails)
    yuen = found.row("trimmed mean difference")
    same(yuen, "yuen", "estimate", "std_error", "lower", "upper")
    assert yuen["p_value"] == pytest.approx(GOLDEN.loc["yuen", "p"], rel=1e-8)
    cut = np.quantile(ROWS["spend"][ROWS["spend"] > 0], 0.95, method="inverted_cdf")
    capped = of(ROWS.assign(spend=ROWS["spend"].clip(upper=cut))).row(MEAN, "Welch")
    row = found.row("capped mean difference")
    for part in ("estimate", "std_error", "lower", "upper"):
        assert row[part] == pytest.approx(capped[part], rel=1e-9)
    some = ROWS[ROWS["spend"] > 0]
    given = found.row("mean given any")
    assert given["estimate"] == pytest.approx(of(some).row(MEAN, "Welch")["estimate"])
    assert given["std_error"] == pytest.approx(of(some).row(MEAN, "Welch")["std_error"])
    assert np.isnan(given["p_value"])
    share = ROWS.groupby("arm")["spend"].agg(lambda y: (y > 0).mean())
    assert found.row("share with any")["estimate"] == pytest.approx(
        share["called"] - share["ignored"]
    )
    assert "describes, it is no effect" in found.diagnostics[-1]


def test_the_men_s_e_mail(shared_data):
    rows = pd.read_csv(shared_data / "hillstrom" / "hillstrom_emails.csv")
    rows = rows[rows["segment"] != "Womens E-Mail"].rename(columns={"segment": "arm"})
    found = amount(moments(rows, ["spend", "history"]), "spend", control="No E-Mail")
    row = found.row(MEAN)
    assert row["method"] == "Welch"
    assert row["estimate"] == pytest.approx(0.769827, abs=5e-7)
    assert row["lower"] == pytest.approx(0.48514, abs=5e-6)
    assert row["upper"] == pytest.approx(1.054515, abs=5e-7)
    assert "a few large amounts may decide" in found.diagnostics[0]


def test_a_ratio_carries_the_noise_of_its_baseline():
    rng = np.random.default_rng(3)
    rows = table(
        np.r_[rng.gamma(1, 10, 2000), rng.gamma(1, 10, 12)], ["called"] * 2000 + ["ignored"] * 12
    )
    found = of(rows)
    ratio, raw = found.row(RATIO, "Fieller"), found.row(MEAN, "Welch")
    base = rows.loc[rows["arm"] == "ignored", "spend"].mean()
    wrong = 1 + np.array([raw["lower"], raw["upper"]]) / base
    assert ratio["upper"] > wrong[1]
    assert ratio["lower"] > wrong[0]


def test_a_baseline_like_zero_has_no_finite_ratio():
    found = of(table([0, 0, 0, 1, 5, 6, 7, 9], ["ignored"] * 4 + ["called"] * 4))
    row = found.row(RATIO, "Fieller")
    assert (row["lower"], row["upper"]) == (-np.inf, np.inf)
    assert any("cannot be told from 0" in doubt for doubt in found.diagnostics)


def test_the_direction_of_the_probability():
    more = of(table([1, 2, 3, 2, 9, 8, 9, 7], ["ignored"] * 4 + ["called"] * 4))
    less = of(table([1, 2, 3, 2, 9, 8, 9, 7], ["called"] * 4 + ["ignored"] * 4))
    high, low = (found.row(MEAN, "Behrens–Fisher posterior") for found in (more, less))
    assert high["probability"] > 0.99
    assert low["probability"] == pytest.approx(1 - high["probability"], abs=1e-12)
    assert low["lower"] == pytest.approx(-high["upper"])


@pytest.mark.parametrize("df", [1, 1.5, 4, 1e3, 1e7, 1e12])
def test_equal_arms_of_any_size_are_even_and_the_posterior_is_normal_at_last(df):
    pair = Pair(Mean(10.0, 4.0, df), Mean(10.0, 0.5, df))
    found = behrens_fisher(pair, 0.9)
    assert found.p == pytest.approx(0.5, abs=1e-12)
    assert found.upper - 10 + found.lower == pytest.approx(-10, abs=1e-9)
    if df > 1e6:
        assert found.upper == pytest.approx(difference(pair, 0.9).upper, rel=1e-6)


def test_fieller_with_shared_noise_is_narrower():
    alone = fieller(Pair(Mean(12.0, 1.0, 50), Mean(10.0, 1.0, 50)), 0.95)
    shared = fieller(Pair(Mean(12.0, 0.5, 50), Mean(10.0, 0.5, 50), (0.5, 0.5, 0.5)), 0.95)
    assert shared.upper - shared.lower < alone.upper - alone.lower


def test_arms_without_spread_and_with_one_unit():
    none = of(table([0] * 6, ["called"] * 3 + ["ignored"] * 3))
    row = none.row(MEAN, "Welch")
    assert row["estimate"] == 0
    assert np.isnan([row["lower"], row["upper"], row["p_value"]]).all()
    assert np.isnan(none.row(MEAN, "Behrens–Fisher posterior")["probability"])
    assert any("counts as known without error" in doubt for doubt in none.diagnostics)
    half = of(table([4, 6, 9, 0, 0, 0], ["called"] * 3 + ["ignored"] * 3))
    one_sample = stats.ttest_1samp([4, 6, 9], 0).confidence_interval()
    assert half.row(MEAN, "Welch")["lower"] == pytest.approx(one_sample.low)
    assert np.isnan(half.row(RATIO, "Fieller")["estimate"])
    one = of(table([4, 6, 9, 0], ["called"] * 3 + ["ignored"]))
    assert np.isnan(one.row(MEAN, "Welch")["lower"])
    assert any("has one unit" in doubt for doubt in one.diagnostics)


def test_missing_amounts_come_first_among_the_doubts():
    found = of(table([4, 6, 9, 0, 3, np.nan], ["called"] * 3 + ["ignored"] * 3))
    assert found.diagnostics[0].startswith("Units without a value are left out (1 of arm 'ignored'")
    with pytest.raises(InputError, match="Arm 'ignored' has no units with a value of 'spend'"):
        of(table([4, 6, np.nan], ["called"] * 2 + ["ignored"]))


def test_three_arms_each_against_the_control():
    rows = table([1, 2, 3, 4, 6, 8, 5, 1, 9], ["ignored", "called", "mailed"] * 3)
    found = of(rows)
    assert found.frame["arm"].drop_duplicates().tolist() == ["called", "mailed"]
    only = of(rows, treatment="mailed")
    assert only.frame["arm"].unique().tolist() == ["mailed"]
    both = found.frame[found.frame["arm"] == "mailed"].reset_index(drop=True)
    pd.testing.assert_frame_equal(both, only.frame)


def test_covariates_that_cannot_be_used_are_named():
    rows = ROWS.assign(
        one=1.0, twice=2 * ROWS["before"] + 3, few=(ROWS["arm"] == "called") * ROWS["age"]
    )
    names = [*NAMES, "one", "twice", "few"]
    found = amount(moments(rows, names), "spend", control="ignored", covariates=names[2:])
    plain = amount(moments(), "spend", control="ignored", covariates=["before", "age"])
    for method in ("Lin", "CUPED"):
        assert found.row(MEAN, method)["lower"] == pytest.approx(plain.row(MEAN, method)["lower"])
    said = " ".join(found.diagnostics)
    for words in ("'one' is left out: it is the same", "'twice' is left out: those before"):
        assert words in said
    assert "'few' is left out: it is the same" in said
    tiny = ROWS.groupby("arm").head(3)
    few = amount(moments(tiny), "spend", control="ignored", covariates=["before", "age"])
    assert "'age' is left out: an arm has too few units" in " ".join(few.diagnostics)
    assert np.isfinite(few.row(MEAN, "Lin")["lower"])


@pytest.mark.parametrize("slopes", [(1.0, 1.0), (3.0, 3.0), (3.0, 4.0)])
def test_a_covariate_that_explains_all_is_doubted(slopes):
    rows = ROWS.assign(spend=np.where(ROWS["arm"] == "called", *slopes) * ROWS["before"])
    found = amount(moments(rows), "spend", control="ignored", covariates=["before"])
    assert any("determine 'spend' of every unit" in doubt for doubt in found.diagnostics)
    pd.testing.assert_frame_equal(found.frame, of(rows).frame)  # nothing is adjusted


def test_rounding_below_zero_is_no_variance():
    known = Mean(2.0, 0.0, 10.0)
    pair = Pair(known, known, (1.0, 1.0, 1.0 + 1e-15))
    assert difference(pair, 0.95).std_error == 0
    assert log_ratio(pair, 0.95).std_error == 0
    assert np.isnan(difference(pair, 0.95).lower)


@pytest.mark.parametrize("unit", [1e200, 1e100, 1e-100])
def test_amounts_beyond_all_squares_are_refused(unit):
    rows = ROWS.assign(spend=ROWS["spend"] * unit)
    with pytest.raises(InputError, match=r"'spend' has values of about .* in another unit"):
        of(rows)
    large = ROWS.assign(spend=ROWS["spend"] * 1e60)
    assert of(large).row(MEAN, "Welch")["estimate"] == pytest.approx(
        1e60 * of(ROWS).row(MEAN, "Welch")["estimate"]
    )


def test_a_ratio_that_is_the_same_for_all_has_no_error():
    rows = ROWS.assign(spend=3 * ROWS["visits"])
    found = amount(moments(rows), "spend", control="ignored", denominator="visits")
    assert np.isnan(found.frame["lower"]).all()
    assert any("have the same 'spend'" in doubt for doubt in found.diagnostics)


def test_slopes_that_differ_are_said():
    rng = np.random.default_rng(4)
    before = rng.normal(0, 1, 400)
    arms = np.array(["ignored", "called"] * 200)
    spend = 10 + (arms == "called") * (1 + 2 * before) + rng.normal(0, 1, 400)
    rows = pd.DataFrame({"spend": spend, "before": before, "arm": arms})
    found = amount(
        moments(rows, ["spend", "before"]), "spend", control="ignored", covariates=["before"]
    )
    assert any("predict 'spend' differently" in doubt for doubt in found.diagnostics)


def test_intervals_cover_the_effect_on_a_population():
    """Unequal arms, slopes and spreads; the truth is that of the population, not of the sample."""
    rng = np.random.default_rng(11)
    methods = ("Welch", "Lin", "CUPED", "Behrens–Fisher posterior, Lin")
    held, errors, runs = dict.fromkeys(methods, 0), dict.fromkeys(methods, 0.0), 400
    for _ in range(runs):
        before = rng.exponential(1.0, 90)
        called = np.arange(90) < 60
        spend = 2 + before + called * (0.5 + 2 * before) + rng.exponential(1 + called, 90) - called
        arms = np.where(called, "called", "ignored")
        rows = pd.DataFrame({"spend": spend, "before": before, "arm": arms})
        found = amount(
            moments(rows, ["spend", "before"]), "spend", control="ignored", covariates=["before"]
        )
        for method in methods:
            row = found.row(MEAN, method)
            held[method] += row["lower"] < 2.5 < row["upper"]
            errors[method] += row["estimate"] - 2.5
    for method in methods:
        assert abs(errors[method] / runs) < 0.1, method
        assert 0.92 < held[method] / runs < 0.98, (method, held)


def test_errors_say_the_remedy():
    with pytest.raises(InputError, match="`control` must be one of the arms, 'called', 'ignored'"):
        amount(moments(), "spend", control="none")
    with pytest.raises(InputError, match="are both 'ignored'"):
        amount(moments(), "spend", control="ignored", treatment="ignored")
    with pytest.raises(InputError, match="`variable` must be one of"):
        amount(moments(), "spent", control="ignored")
    rows = ROWS.assign(visits=0)
    with pytest.raises(InputError, match="mean of 'visits' is not above 0 in arm 'ignored'"):
        amount(moments(rows), "spend", control="ignored", denominator="visits")
    tails = TailMoments.from_values("visits", ROWS["visits"], ROWS["arm"])
    with pytest.raises(InputError, match="`tails` are those of 'visits', not of 'spend'"):
        of(ROWS, tails=tails)
