"""The duration room: hazards that drift, clusters, strata, curves."""

import numpy as np
import pytest
from duration_data import by_hand, compared, counted, simulated
from scipy import stats

from npsstats.checks import InputError
from npsstats.experiments.duration import effect_by_day, survival_curves
from npsstats.experiments.duration.at_window import at_window
from npsstats.experiments.duration.efron import TiedEvents, fit_cox
from npsstats.experiments.duration.kaplan_meier import (
    band_quantile,
    kaplan_meier,
    survival_limits,
)
from npsstats.experiments.duration.pairs import pair
from npsstats.experiments.duration.proportional import drift
from npsstats.experiments.duration.ranks import log_rank, log_rank_influence
from npsstats.experiments.duration.robust import freedom, score_variance

# -- proportional hazards -------------------------------------------------------------------------


def crossing(n=3000, seed=4):
    """Double the chance for a week, then less than control."""
    rng = np.random.default_rng(seed)
    treated = rng.integers(0, 2, n) == 1
    day = np.full(n, 400)
    for t in range(1, 91):
        chance = 0.02 * np.where(treated, 2.5 if t <= 7 else 0.7, 1.0)
        day = np.where((day == 400) & (rng.random(n) < chance), t, day)
    return counted(day, rng.integers(30, 90, n), treated)


def test_a_ratio_that_drifts_puts_the_restricted_mean_first():
    effects = compared(crossing())
    assert effects.frame["estimand"].iloc[0] == "restricted mean difference"
    assert effects.row("hazard ratio")["method"].endswith("an average")
    text = " ".join(effects.diagnostics)
    assert "The hazard ratio of 'call' falls with time" in text
    assert "read the restricted mean first" in text
    steady = compared(simulated())
    assert steady.frame["estimand"].iloc[0] == "risk difference"
    assert "average" not in steady.row("hazard ratio")["method"]


def test_the_proportionality_check_keeps_its_level():
    p_values = []
    for seed in range(200):
        both = pair(simulated(300, 0.02, 0.03, seed=seed), "none", "call", 60)
        p_values.append(drift(fit_cox(TiedEvents.of(both)), both).p_value)
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.035)
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


def test_the_effect_by_days_fades_where_it_fades():
    found = effect_by_day(crossing(12_000), control="none", window=60)
    frame = found.frame.set_index("first_day")
    assert frame.index.tolist() == [1, 8, 31]
    assert frame["last_day"].tolist() == [7, 30, 60]
    for day, truth in ((1, 2.5), (8, 0.7), (31, 0.7)):
        assert frame.loc[day, "lower"] < truth < frame.loc[day, "upper"]
    assert frame.loc[1, "hazard_lower"] > 0 > frame.loc[8, "hazard_upper"]
    assert frame.loc[1, "hazard_control"] == pytest.approx(0.02, abs=0.003)
    assert (frame.loc[1, "probability"], frame.loc[8, "probability"]) == pytest.approx(
        (1, 0), abs=1e-3
    )
    # drawn to each other
    assert frame.loc[1, "shrunk"] < frame.loc[1, "estimate"]
    assert frame.loc[8, "shrunk"] > frame.loc[8, "estimate"]
    assert "every stretch" in found.headline()
    weak = effect_by_day(simulated(200, 0.01, 0.011), control="none", window=60)
    assert "no stretch" in weak.headline()
    assert "1–7" in repr(weak)


@pytest.mark.parametrize(
    ("window", "last_days"), [(60, [7, 30, 60]), (30, [7, 30]), (14, [7, 14]), (7, [7])]
)
def test_stretches_end_with_the_window(window, last_days):
    found = effect_by_day(simulated(), control="none", window=window)
    assert found.frame["last_day"].tolist() == last_days
    assert found.provenance.options["breaks"] == tuple(last_days[:-1])
    with pytest.raises(InputError, match=f"stay under the window of {window} days"):
        effect_by_day(simulated(), control="none", window=window, breaks=(window,))


def test_stretches_add_up_to_the_whole():
    counts = simulated()
    found = effect_by_day(counts, control="none", window=60, breaks=(3, 10, 20)).frame
    until = counts.until(60)
    for name, arm in (("events_control", "none"), ("events_treatment", "call")):
        assert found[name].sum() == until.only(arm=arm).events.sum()
    one = effect_by_day(counts, control="none", window=60, breaks=()).frame.iloc[0]
    whole = compared(counts).row("hazard ratio")
    assert one[["estimate", "lower", "upper"]].tolist() == pytest.approx(
        whole[["estimate", "lower", "upper"]].tolist()
    )


def test_a_stretch_without_events_takes_from_the_others():
    counts = by_hand(([2, 3, 5, 6] + [60] * 36, [1] * 4 + [0] * 36), ([2, 60] * 20, [1, 0] * 20))
    frame = effect_by_day(counts, control="none", window=60).frame
    assert np.isnan(frame["estimate"][1])
    assert (frame["lower"][1], frame["upper"][1]) == (0, np.inf)
    assert frame["shrunk"][1] == pytest.approx(frame["shrunk"][0], rel=0.2)
    assert frame["shrunk_upper"][1] > frame["shrunk_upper"][0]


# -- clusters and strata --------------------------------------------------------------------------


def test_clusters_keep_the_level_where_units_do_not():
    rng = np.random.default_rng(9)
    found = []
    for _ in range(150):
        store = np.repeat(np.arange(40), 30)
        treated = store % 2 == 1  # whole stores
        rate = 0.015 * np.exp(rng.normal(0, 0.5, 40))[store]
        counts = counted(
            np.ceil(rng.exponential(1 / rate)), rng.integers(61, 90, 1200), treated, store=store
        )
        units, stores = (pair(counts, "none", "call", 60, cluster=c) for c in (None, "store"))
        cox = fit_cox(TiedEvents.of(stores))
        influence = cox.contributions(stores).sum(axis=1) / cox.information
        law = stats.t(freedom(stores))
        rank = log_rank(*stores.strata).beyond / np.sqrt(
            score_variance(log_rank_influence(stores), stores)
        )
        robust = at_window(stores, 0.95)
        found.append(
            [
                at_window(units, 0.95).mean.p_value,
                robust.mean.p_value,
                robust.risk.p_value,
                2 * law.sf(abs(cox.beta) / np.sqrt(score_variance(influence, stores))),
                2 * law.sf(abs(rank)),
            ]
        )
    rates = (np.array(found) < 0.05).mean(axis=0)
    assert rates[0] > 0.12
    assert rates[1:] == pytest.approx([0.05] * 4, abs=0.045)


def stored(stores, n=600, seed=3, whole=True):
    rng = np.random.default_rng(seed)
    store = rng.integers(0, stores, n)
    treated = (store % 2 == 1) if whole else rng.integers(0, 2, n) == 1
    rate = 0.015 * np.exp(rng.normal(0, 0.6, stores))[store]
    day = np.ceil(rng.exponential(1 / rate))
    return counted(day, rng.integers(61, 90, n), treated, store=store)


def test_clusters_within_both_arms_gain_from_their_likeness():
    counts = stored(40, n=4000, whole=False)
    plain, robust = compared(counts), compared(counts, cluster="store")
    for estimand in ("risk difference", "restricted mean difference", "hazard ratio"):
        a, b = plain.row(estimand), robust.row(estimand)
        assert a["estimate"] == pytest.approx(b["estimate"])
        assert b["std_error"] == pytest.approx(a["std_error"], rel=0.3)
        assert "clusters" in b["method"]
    whole = compared(stored(40, n=4000), cluster="store")
    row = whole.row("restricted mean difference")
    assert row["std_error"] > 2 * compared(stored(40, n=4000)).row(row["estimand"])["std_error"]
    bayes = whole.frame[whole.frame["probability"].notna()].iloc[-1]
    assert "design effect" in bayes["method"]
    assert bayes["std_error"] == pytest.approx(row["std_error"], rel=0.1)


def test_one_store_an_arm_is_refused_and_few_are_said():
    with pytest.raises(InputError, match="only one cluster"):
        compared(stored(2), cluster="store")
    with pytest.raises(InputError, match="only one cluster"):
        compared(stored(3), cluster="store")  # two against one
    effects = compared(stored(6), cluster="store")
    assert "Only 3 clusters in an arm" in effects.diagnostics[0]
    assert "randomization test" in effects.diagnostics[0]


def test_strata_compare_like_with_like():
    rng = np.random.default_rng(6)
    n = 6000
    kind = rng.integers(0, 2, n)
    treated = rng.random(n) < np.where(kind == 1, 0.8, 0.2)
    day = np.ceil(rng.exponential(np.where(kind == 1, 20, 80)))  # no effect within a kind
    counts = counted(day, rng.integers(61, 90, n), treated, kind=kind)
    pooled, within = compared(counts), compared(counts, strata="kind")
    assert pooled.row("hazard ratio")["lower"] > 1.3
    row = within.row("hazard ratio")
    assert row["lower"] < 1 < row["upper"]
    assert within.row("events beyond expected")["p_value"] > 0.01
    # risks and means are brought to one mix
    assert pooled.row("risk difference")["lower"] > 0.1
    for estimand in ("risk difference", "restricted mean difference"):
        for row in (within.row(estimand), within.row(estimand, "Bayes, beta process")):
            assert abs(row["estimate"]) < 3 * row["std_error"]
    assert "strata" not in " ".join(within.diagnostics)
    # but not with strata too small for that
    code = rng.integers(0, 50, n) + 100 * kind
    many = counted(day, rng.integers(61, 90, n), treated, kind=code)
    assert "other shares in other strata" in " ".join(compared(many, strata="kind").diagnostics)


def test_one_mix_of_strata_is_the_weighted_average_of_their_differences():
    rng = np.random.default_rng(16)
    n = 900
    kind, store = rng.integers(0, 3, n), rng.integers(0, 30, n)
    treated = rng.random(n) < np.array([0.3, 0.5, 0.6])[kind]
    day = np.ceil(rng.exponential(np.array([30, 50, 90])[kind] / (1 + 0.4 * treated)))
    counts = counted(day, rng.integers(30, 90, n), treated, kind=kind, store=store)
    whole = at_window(pair(counts, "none", "call", 60, strata="kind"), 0.95)
    share = np.bincount(kind) / n
    parts = [at_window(pair(counts.only(kind=k), "none", "call", 60), 0.95) for k in range(3)]
    for name in ("risk", "mean"):
        each = [getattr(part, name) for part in parts]
        expected = share @ [part.estimate for part in each]
        assert getattr(whole, name).estimate == pytest.approx(expected)
        error = np.sqrt(share**2 @ [part.std_error**2 for part in each])
        assert getattr(whole, name).std_error == pytest.approx(error)
    # units on their own, told as clusters
    own = counted(day, rng.integers(61, 90, n), treated, kind=kind, unit=np.arange(n))
    robust, plain = (
        at_window(pair(own, "none", "call", 60, strata="kind", cluster=c), 0.95)
        for c in ("unit", None)
    )
    assert robust.mean.std_error == pytest.approx(plain.mean.std_error, rel=0.004)


# -- curves ---------------------------------------------------------------------------------------


def test_bands_hold_for_the_whole_curve():
    rng = np.random.default_rng(12)
    inside, apart = 0, 0
    truth = 0.97 ** np.arange(51)
    for _ in range(600):
        day, seen = rng.geometric(0.03, 200), rng.integers(20, 80, 200).clip(max=50)
        last, had = np.minimum(day, seen), day <= seen
        events = np.bincount(last[had], minlength=51).astype(float)
        at_risk = np.bincount(last, minlength=51)[::-1].cumsum()[::-1].astype(float)
        curve = kaplan_meier(events, at_risk)
        started = curve.survival < 1
        for z, kind in ((band_quantile(curve, 200, 0.95), 0), (1.96, 1)):
            lower, upper = survival_limits(curve.survival, curve.std_error, at_risk, z)
            held = ((lower <= truth) & (truth <= upper))[started].all()
            inside += held and kind == 0
            apart += kind == 1 and not held
    assert inside / 600 == pytest.approx(0.95, abs=0.03)
    assert apart / 600 > 0.15  # limits of each day are no band


def test_curves_end_where_nobody_is_left():
    curves = survival_curves(by_hand(([3, 9], [1, 0]), ([4, 20], [0, 0])), window=20)
    ends = curves.frame.groupby("arm")["day"].max().to_dict()
    assert ends == {"none": 9, "call": 20}
    assert curves.diagnostics == ("Arm 'none': nobody was left after day 9, where its curve ends.",)
    flat = curves.frame.query("arm == 'call' and day == 20").iloc[0]
    assert (flat["estimate"], flat["upper"]) == (1, 1)
    assert flat["lower"] == pytest.approx(0.025)  # one unit, nothing seen
    assert "after 20 days" in curves.headline()
