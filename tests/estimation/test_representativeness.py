"""Propensities, R-indicator and bounds, against R, statsmodels and known truths."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

import npsstats as nps

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
KEYS = ["channel", "kind", "journey"]


def golden(what):
    table = pd.read_csv(GOLDEN / "survey_expected.csv")
    return table[table["what"] == what].set_index("cell")


@pytest.fixture(scope="module")
def invited():
    rows = pd.read_csv(GOLDEN / "survey_invited.csv")
    return nps.InvitationCounts(rows[KEYS], rows["invited"].to_numpy(), rows["answered"].to_numpy())


@pytest.fixture(scope="module")
def fitted(invited):
    return nps.response_propensity(invited)


def counts(invited, answered, **cells):
    return nps.InvitationCounts(pd.DataFrame(cells), np.array(invited), np.array(answered))


# ---- propensity ----------------------------------------------------------------------------


def test_effects_are_those_of_glm_row_by_row(fitted):
    expected = golden("log-odds")
    named = {"(Intercept)": "(intercept)"}
    named |= {
        name: f"{key}={name.removeprefix(key)}"
        for name in expected.index
        for key in KEYS
        if name.startswith(key)
    }
    frame = fitted.frame.set_index("term").loc[[named[name] for name in expected.index]]
    assert frame["estimate"].to_numpy() == pytest.approx(expected["estimate"], abs=1e-8)
    assert frame["std_error"].to_numpy() == pytest.approx(expected["std_error"], rel=1e-6)


def test_effects_are_those_of_statsmodels(invited, fitted):
    import statsmodels.api as sm

    both = np.stack([invited.answered, invited.invited - invited.answered], axis=1)
    fit = sm.GLM(both, fitted.design, family=sm.families.Binomial()).fit(tol=1e-14)
    assert fitted.frame["estimate"].to_numpy() == pytest.approx(fit.params, abs=1e-8)
    assert fitted.frame["std_error"].to_numpy() == pytest.approx(fit.bse, rel=1e-6)
    assert fitted.cells["propensity"].to_numpy() == pytest.approx(fit.fittedvalues, abs=1e-9)


def test_a_saturated_propensity_is_post_stratification(invited):
    two = invited.by("channel", "kind")
    rng = np.random.default_rng(2)
    array = [rng.multinomial(n, [0.2] + [0.02] * 9 + [0.62]) for n in two.answered]
    scores = nps.ScoreCounts(array, two.cells)
    full = nps.InvitationCounts(two.cells, two.invited, two.answered, scores)
    inverse = nps.response_propensity(full, interactions=[("channel", "kind")]).weights()
    post = nps.post_stratify(scores, full)
    assert inverse.frame["weight"].to_numpy() == pytest.approx(post.of(two.cells), rel=1e-9)
    one, other = nps.weighted_nps(scores, inverse).frame, nps.weighted_nps(scores, post).frame
    assert one["estimate"][0] == pytest.approx(other["estimate"][0], abs=1e-8)
    # propensity weights also say how far the invited themselves might have been others
    assert 1 <= one["std_error"][0] / other["std_error"][0] < 1.05


@pytest.mark.parametrize(
    ("came", "said"), [([0, 30, 20], "channel=app"), ([100, 30, 20], "channel=app")]
)
def test_separation_is_held_and_said(came, said):
    result = nps.response_propensity(counts([100, 100, 100], came, channel=["app", "email", "sms"]))
    assert any(said in text for text in result.diagnostics)
    assert any("separation" in text for text in result.diagnostics)
    assert (result.frame["estimate"].abs() < 8).all()
    assert np.isfinite(result.weights().frame["weight"]).all()


def test_few_cells_and_one_level_survive():
    one = nps.response_propensity(counts([50], [20], channel=["email"]))
    assert one.frame["term"].tolist() == ["(intercept)"]
    assert special.expit(one.frame["estimate"][0]) == pytest.approx(0.4)
    lone = nps.response_propensity(counts([1], [1], channel=["email"]))
    assert np.isfinite(lone.frame["estimate"]).all()
    twin = counts([50, 70], [20, 10], channel=["email", "sms"], code=["e", "s"])
    result = nps.response_propensity(twin)
    assert any("told apart" in text for text in result.diagnostics)
    assert result.cells["propensity"].to_numpy() == pytest.approx(twin.rate, abs=1e-8)
    with pytest.raises(nps.InputError, match="0 answers to 50 invitations"):
        nps.response_propensity(counts([50], [0], channel=["email"]))
    with pytest.raises(nps.InputError, match="`by` must be one of 'channel'"):
        nps.response_propensity(counts([50], [5], channel=["email"]), by="country")
    with pytest.raises(nps.InputError, match="12 answers to 10 invitations"):
        counts([10], [12], channel=["email"])


# ---- R-indicator ---------------------------------------------------------------------------


def test_the_indicator_and_its_parts_are_those_computed_row_by_row_in_r(fitted):
    frame = nps.representativeness(fitted).frame
    row = golden("R-indicator").loc["all"]
    assert frame["estimate"][0] == pytest.approx(row["estimate"], abs=1e-9)
    assert frame["std_error"][0] == pytest.approx(row["std_error"], rel=1e-6)
    for kind in ("unconditional", "conditional"):
        part = frame[frame["indicator"] == kind].set_index("covariate")
        square = golden(f"{kind} partial squared").loc[part.index]
        # R's is the plain square, ours has its bias taken off, less than a standard error of it
        assert (part["estimate"] ** 2 < square["estimate"]).all()
        assert (square["estimate"] - part["estimate"] ** 2 < square["std_error"]).all()
        error = 2 * part["estimate"] * part["std_error"]
        assert error.to_numpy() == pytest.approx(square["std_error"], rel=1e-6)


def test_the_standard_error_is_that_of_the_bootstrap():
    plain, again = (
        golden("squared spread of propensities"),
        golden("bootstrap of the squared spread"),
    )
    bias = golden("bias of the squared spread").loc["all", "estimate"]
    assert again["std_error"]["all"] == pytest.approx(plain["std_error"]["all"], rel=0.08)
    assert again["estimate"]["all"] - plain["estimate"]["all"] == pytest.approx(bias, rel=0.3)


def test_equal_propensities_give_one_and_no_false_bias():
    rng = np.random.default_rng(8)
    invited, held, raw = np.full(12, 60), [], []
    cells = pd.DataFrame({"store": [f"S{i}" for i in range(12)]})
    for _ in range(80):
        came = rng.binomial(invited, 0.25)
        result = nps.representativeness(nps.InvitationCounts(cells, invited, came))
        held.append(result.frame["upper"][0] >= 1)
        raw.append(1 - 2 * (came / invited).std())
    assert np.mean(raw) < 0.92  # what the unadjusted indicator makes of pure chance
    assert np.mean(held) > 0.87


def test_the_indicator_covers_the_truth():
    rng = np.random.default_rng(9)
    cells = pd.DataFrame([(a, b) for a in "abc" for b in "xyzw"], columns=["channel", "journey"])
    invited = rng.integers(80, 500, 12)
    odds = -1 + np.repeat([0, 0.6, -0.5], 4) + np.tile([0, 0.3, -0.4, 0.1], 3)
    rho = special.expit(odds)
    truth = 1 - 2 * np.sqrt(
        np.average((rho - np.average(rho, weights=invited)) ** 2, weights=invited)
    )
    frames = [
        nps.representativeness(
            nps.InvitationCounts(cells, invited, rng.binomial(invited, rho))
        ).frame.iloc[0]
        for _ in range(160)
    ]
    table = pd.DataFrame(frames)
    assert table["estimate"].astype(float).mean() == pytest.approx(truth, abs=0.006)
    assert table["std_error"].astype(float).mean() == pytest.approx(
        table["estimate"].astype(float).std(), rel=0.2
    )
    assert 0.90 < ((table["lower"] <= truth) & (truth <= table["upper"])).mean() < 0.99


def test_indicators_do_not_depend_on_the_order_of_cells(invited):
    order = np.random.default_rng(1).permutation(len(invited))
    cells = invited.cells.iloc[order].reset_index(drop=True)
    there = nps.InvitationCounts(cells, invited.invited[order], invited.answered[order])
    one, other = (nps.representativeness(part).frame for part in (invited, there))
    assert one["estimate"].to_numpy() == pytest.approx(other["estimate"].to_numpy(), abs=1e-9)
    assert "R-indicator" in nps.representativeness(invited).headline()


def test_the_most_that_bias_can_be_is_no_estimate_of_it():
    rng = np.random.default_rng(10)
    invited = np.full(12, 150)
    rho = special.expit(-1 + np.linspace(-0.5, 0.5, 12))
    truth = 100 * rho.std() / rho.mean()
    cells = pd.DataFrame({"store": [f"S{i}" for i in range(12)]})
    results = [
        nps.representativeness(nps.InvitationCounts(cells, invited, rng.binomial(invited, rho)))
        for _ in range(80)
    ]
    assert np.mean([result.worst_bias >= truth for result in results]) > 0.9
    row = results[0].frame.iloc[0]
    assert results[0].worst_bias == pytest.approx(100 * (1 - row["lower"]) / 2 / results[0].rate)
    assert "With 95 % confidence" in results[0].headline()


# ---- bounds --------------------------------------------------------------------------------


def scored(invited, detractors, passives, promoters):
    row = [detractors] + [0] * 6 + [passives, 0, promoters, 0]
    scores = nps.ScoreCounts([row], ["all"])
    return nps.InvitationCounts(scores.cells, np.array([invited]), scores.n, scores)


def test_bounds_put_every_silent_customer_at_an_end():
    frame = nps.nonresponse_bounds(scored(400, 20, 30, 50)).frame
    worst = nps.adjusted_wald([20 + 300, 30, 50], level=0.9).frame
    best = nps.adjusted_wald([20, 30, 50 + 300], level=0.9).frame
    assert frame["bound_lower"][0] == pytest.approx(100 * (50 - 320) / 400)
    assert frame["bound_upper"][0] == pytest.approx(100 * (350 - 20) / 400)
    # bounds this far apart need only guard one side each: z of 90 % for 95 %
    assert frame["lower"][0] == pytest.approx(worst["lower"][0], abs=1e-6)
    assert frame["upper"][0] == pytest.approx(best["upper"][0], abs=1e-6)


def test_bounds_are_the_adjusted_wald_interval_when_all_answer():
    frame = nps.nonresponse_bounds(scored(100, 20, 30, 50)).frame
    wald = nps.adjusted_wald([20, 30, 50]).frame
    columns = ["lower", "upper"]
    assert frame[columns].to_numpy() == pytest.approx(wald[columns].to_numpy(), abs=1e-6)
    assert frame["bound_lower"][0] == frame["bound_upper"][0] == frame["nps"][0]


def test_limits_do_not_collapse_where_all_answers_agree():
    for answers, side in (((0, 0, 5), "lower"), ((5, 0, 0), "upper"), ((0, 5, 0), "upper")):
        result = nps.nonresponse_bounds(scored(5, *answers))
        row, expected = result.frame.iloc[0], nps.adjusted_wald(list(answers)).frame.iloc[0]
        assert row["bound_lower"] == row["bound_upper"] == row["nps"]
        assert row[side] == pytest.approx(expected[side], abs=1e-6)
        assert row["upper"] - row["lower"] > 20
        assert any("random sample" in text for text in result.diagnostics)


def test_limits_of_the_bounds_hold_where_nearly_all_customers_agree():
    rng = np.random.default_rng(12)
    shares, held = np.array([0.02, 0.03, 0.95]), []
    for answers in rng.multinomial(12, shares, 400):
        row = nps.nonresponse_bounds(scored(12, *answers)).frame.iloc[0]
        held.append(row["lower"] <= 93 <= row["upper"])
    assert np.mean(held) > 0.93


def test_bounds_narrow_with_what_is_assumed_and_survive_the_ends():
    free = nps.nonresponse_bounds(scored(400, 20, 30, 50)).frame
    tight = nps.nonresponse_bounds(scored(400, 20, 30, 50), silent=(-50, 50)).frame
    assert tight["bound_lower"][0] == pytest.approx((30 - 150) / 4)
    assert (tight["lower"] > free["lower"]).all()
    for answers in ((0, 0, 9), (9, 0, 0), (0, 9, 0), (0, 0, 0)):
        frame = nps.nonresponse_bounds(scored(9 + sum(answers), *answers)).frame
        assert -100 <= frame["lower"][0] <= frame["bound_lower"][0]
        assert frame["bound_upper"][0] <= frame["upper"][0] <= 100
    with pytest.raises(nps.InputError, match="need the scores"):
        nps.nonresponse_bounds(counts([10], [5], channel=["email"]))
    with pytest.raises(nps.InputError, match="least, greatest"):
        nps.nonresponse_bounds(scored(10, 1, 1, 1), silent=(50, -50))


# ---- a network whose truth is known --------------------------------------------------------


@pytest.fixture(scope="module")
def network():
    made = nps.simulate(30, 12, 12_000, seed=4)
    sent = nps.read(made.invitations, table="invitations", segments=["reminder"], quiet=True)
    came = nps.read(made.responses, quiet=True, beside=sent)
    keys = ["channel", "kind", "journey", "question_position", "past_invitations"]
    return made, nps.count_invitations(
        sent, keys, responses=came, bins={"past_invitations": [1, 2, 4]}
    )


def test_invitations_are_counted_as_pandas_counts_them(network):
    made, found = network
    plain = made.invitations.groupby(["channel", "kind"], observed=True)["answered"]
    part = found.by("channel", "kind").frame.set_index(["channel", "kind"])
    assert part["invited"].to_dict() == plain.size().to_dict()
    assert found.answered.sum() == len(made.responses)
    assert (found.scores.n == found.answered).all()
    assert (
        found.scores.sum().counts[0] == np.bincount(made.responses["score"], minlength=11)
    ).all()
    assert (found + found).by("channel").invited.tolist() == (
        2 * found.by("channel").invited
    ).tolist()
    assert set(found.cells["past_invitations"]) >= {"under 1", "1 to under 2"}


def test_the_network_is_represented_as_its_propensities_say(network):
    made, found = network
    result = nps.representativeness(found)
    assert 0.8 < result.frame["estimate"][0] < 0.97
    strongest = result.frame[result.frame["indicator"] == "conditional"].nlargest(1, "estimate")
    assert strongest["covariate"].item() in {"channel", "question_position", "past_invitations"}
    weights = nps.response_propensity(found).weights()
    adjusted = nps.weighted_nps(found.scores, weights)
    whole = nps.InvitationCounts(
        pd.DataFrame({"cell": ["all"]}),
        found.invited.sum(keepdims=True),
        found.answered.sum(keepdims=True),
        found.scores.sum(),
    )
    bounds = nps.nonresponse_bounds(whole, adjusted=adjusted)
    row = bounds.frame.iloc[0]
    assert row["bound_lower"] < made.truth.nps < row["bound_upper"]
    assert row["bound_lower"] < row["adjusted"] < row["bound_upper"]
    assert "if the weights tell all" in bounds.headline()
