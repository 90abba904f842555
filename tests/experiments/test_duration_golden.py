"""Times to an event against R's survival and km.ci, and against statsmodels."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

from npsstats.aggregates.durations import DurationCounts
from npsstats.experiments.duration import (
    duration,
    effect_by_day,
    proportionality,
    survival_curves,
)
from npsstats.experiments.duration.at_window import at_window
from npsstats.experiments.duration.efron import TiedEvents, fit_cox
from npsstats.experiments.duration.pairs import pair
from npsstats.experiments.duration.proportional import drift
from npsstats.experiments.duration.ranks import log_rank, log_rank_influence
from npsstats.experiments.duration.robust import arm_sums

HERE = Path(__file__).parents[1] / "golden"
ROWS = pd.read_csv(HERE / "duration_rows.csv", comment="#")
GOLDEN = pd.read_csv(HERE / "duration.csv", comment="#").set_index(["set", "what"])["value"]
SETS = ("lung", "veteran", "ties", "stores")
STRATIFIED = ("lung", "veteran", "ties")
WINDOW = {"lung": 700, "veteran": 400, "ties": 60, "stores": 45}
BREAKS = {"lung": (100, 300), "veteran": (50, 150), "ties": (7, 30), "stores": (7, 30)}
ARMS = ("control", "treatment")


def rows_of(name):
    rows = ROWS[ROWS["set"] == name]
    return rows.assign(arm=np.where(rows["arm"] == 1, "treatment", "control"))


@pytest.fixture(scope="module", params=SETS)
def name(request):
    return request.param


def counts_of(name):
    rows = rows_of(name)
    return DurationCounts.from_values(
        rows["time"], rows["event"], rows[["arm", "cluster", "stratum"]]
    )


def pair_of(name, **keys):
    return pair(counts_of(name), "control", "treatment", WINDOW[name], **keys)


def golden(name, what):
    return GOLDEN.loc[name, what]


def squares(values, both):
    """Sums of squares by cluster, without the small-sample factor that R leaves out."""
    return float((arm_sums(values, both).sum(axis=1) ** 2).sum())


def test_curves_agree_with_survfit(name):
    frame = survival_curves(counts_of(name), window=WINDOW[name]).frame
    parts = {"surv": "estimate", "std.err": "std_error", "lower": "lower", "upper": "upper"}
    seen = 0
    for what, value in GOLDEN.loc[name].items():
        match = re.fullmatch(r"(surv|std.err|lower|upper|band)_(\d+)_?(\w*)_arm([01])", what)
        if match is None:
            continue
        part, day, side, arm = match.groups()
        rows = frame[(frame["arm"] == ARMS[int(arm)]) & (frame["day"] == int(day))]
        column = f"band_{side}" if part == "band" else parts[part]
        # km.ci looks its critical value up in a printed table
        assert rows[column].item() == pytest.approx(value, abs=0.004 if side else 1e-9), what
        seen += 1
    assert seen == 28


def test_restricted_means_and_risks_agree_with_survfit(name):
    found = at_window(pair_of(name), 0.95)
    means = found.mean.control, found.mean.treatment
    for k in (0, 1):
        assert means[k] == pytest.approx(golden(name, f"rmean_arm{k}"), rel=1e-10)
    error = np.hypot(*(golden(name, f"rmean_se_arm{k}") for k in (0, 1)))
    assert found.mean.std_error == pytest.approx(error, rel=1e-9)
    risk = [1 - golden(name, f"surv_{WINDOW[name]}_arm{k}") for k in (0, 1)]
    assert found.risk.estimate == pytest.approx(risk[1] - risk[0], abs=1e-10)
    error = np.hypot(*(golden(name, f"std.err_{WINDOW[name]}_arm{k}") for k in (0, 1)))
    assert found.risk.std_error == pytest.approx(error, rel=1e-9)


def test_clusters_in_one_arm_agree_with_survfit():
    both = pair_of("stores", cluster="cluster")
    found = at_window(both, 0.95)
    factor = [count / (count - 1) for count in (11, 13)]
    for part, what in ((found.mean, "rmean_robust"), (found.risk, "surv_robust")):
        errors = [golden("stores", f"{what}_arm{k}") for k in (0, 1)]
        expected = np.sqrt(sum(f * e**2 for f, e in zip(factor, errors, strict=True)))
        assert part.std_error == pytest.approx(expected, rel=1e-9), what


def test_log_rank_agrees_with_survdiff(name):
    both = pair_of(name)
    for rho in (0, 1):
        found = log_rank(*both.strata, rho)
        assert found.beyond == pytest.approx(golden(name, f"beyond_rho{rho}"), rel=1e-9)
        assert found.beyond**2 / found.variance == pytest.approx(
            golden(name, f"logrank_rho{rho}"), rel=1e-9
        )
    by_cluster = pair_of(name, cluster="cluster")
    square = squares(log_rank_influence(by_cluster), by_cluster)
    beyond = log_rank(*by_cluster.strata).beyond
    assert beyond**2 / square == pytest.approx(golden(name, "logrank_robust"), rel=1e-8)
    if name in STRATIFIED:
        found = log_rank(*pair_of(name, strata="stratum").strata)
        assert found.beyond == pytest.approx(golden(name, "beyond_strata"), rel=1e-9)
        assert found.beyond**2 / found.variance == pytest.approx(
            golden(name, "logrank_strata"), rel=1e-9
        )


@pytest.mark.parametrize("kind", ["plain", "strata"])
def test_cox_agrees_with_coxph(name, kind):
    if kind == "strata" and name not in STRATIFIED:
        return
    keys = {"strata": "stratum"} if kind == "strata" else {}
    fit = fit_cox(TiedEvents.of(pair_of(name, **keys)))
    assert fit.beta == pytest.approx(golden(name, f"cox_{kind}"), abs=1e-8)
    assert fit.std_error == pytest.approx(golden(name, f"cox_se_{kind}"), rel=1e-8)
    assert fit.deviance(0.0) == pytest.approx(golden(name, f"cox_lr_{kind}"), rel=1e-8)
    lower, upper = fit.profile(float(special.ndtri(0.975)))
    assert lower == pytest.approx(golden(name, f"cox_lower_{kind}"), abs=1e-6)
    assert upper == pytest.approx(golden(name, f"cox_upper_{kind}"), abs=1e-6)
    both = pair_of(name, cluster="cluster", **keys)
    again = fit_cox(TiedEvents.of(both))
    influence = again.contributions(both).sum(axis=1) / again.information
    assert np.sqrt(squares(influence, both)) == pytest.approx(
        golden(name, f"cox_robust_{kind}"), rel=1e-7
    )
    for scale in ("km", "days", "log"):
        what = f"zph_{'identity' if scale == 'days' else scale}_{kind}"
        if (name, what) in GOLDEN.index:
            found = drift(fit, pair_of(name, **keys), scale)
            assert found.chi2 == pytest.approx(golden(name, what), rel=1e-6), what


def test_stretches_agree_with_coxph(name):
    asked = {"control": "control", "window": WINDOW[name], "breaks": BREAKS[name]}
    frame = effect_by_day(counts_of(name), **asked).frame
    robust = effect_by_day(counts_of(name), cluster="cluster", **asked).frame
    clusters = rows_of(name)["cluster"].nunique()
    for k in range(3):
        assert np.log(frame["estimate"][k]) == pytest.approx(
            golden(name, f"stretch_{k + 1}"), abs=1e-7
        )
        assert frame["std_error"][k] == pytest.approx(golden(name, f"stretch_se_{k + 1}"), rel=1e-7)
        plain = robust["std_error"][k] * np.sqrt((clusters - 1) / clusters)
        assert plain == pytest.approx(golden(name, f"stretch_robust_{k + 1}"), rel=1e-7)


def test_agrees_with_statsmodels():
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.duration.survfunc import SurvfuncRight

    rows = rows_of("ties")
    treated = (rows["arm"] == "treatment").to_numpy()
    # statsmodels takes weights for curves, and for Cox none: it is handed the rows
    fit = PHReg(rows["time"], treated[:, None].astype(float), rows["event"], ties="efron").fit()
    counts = counts_of("ties")
    row = duration(counts, "x", control="control", window=80).row("hazard ratio")
    assert np.log(row["estimate"]) == pytest.approx(fit.params[0], abs=1e-7)
    assert row["std_error"] == pytest.approx(fit.bse[0], rel=1e-6)
    cell = counts.by("arm").only(arm="control")
    long = pd.DataFrame({"event": cell.events[0], "censored": cell.censored[0], "time": cell.time})
    long = long.melt("time")
    long = long[long["value"] > 0]
    curve = SurvfuncRight(long["time"], long["variable"] == "event", freq_weights=long["value"])
    mine = survival_curves(counts).frame.query("arm == 'control'").set_index("day")
    assert mine.loc[curve.surv_times, "estimate"].to_numpy() == pytest.approx(curve.surv_prob)


def test_the_drift_says_its_direction():
    counts = counts_of("veteran")
    found = proportionality(counts, control="control", window=400).frame.iloc[0]
    assert found["chi2"] == pytest.approx(golden("veteran", "zph_km_plain"), rel=1e-6)
    back = proportionality(counts, control="treatment", window=400).frame.iloc[0]
    assert back["estimate"] == pytest.approx(-found["estimate"])
    assert back["p_value"] == pytest.approx(found["p_value"])
