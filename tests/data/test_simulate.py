"""The simulated network: its tables hold together and its truth can be found again."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.data.network import load_network
from npsstats.data.tables import TABLES

_NAMES = ("responses", "invitations", "purchases", "callbacks", "stores")


@pytest.fixture(scope="module")
def network():
    return nps.simulate(stores=80, months=18, responses=120_000, seed=3)


def digest(network):
    total = hashlib.sha256()
    for name in _NAMES:
        table = getattr(network, name)
        total.update(pd.util.hash_pandas_object(table.astype(object), index=True).to_numpy())
    return total.hexdigest()


def nps_of(score):
    points = 100.0 * ((score >= 9).astype(int) - (score <= 6).astype(int))
    return points.mean(), points.std() / np.sqrt(len(points))


def rate_of(flag):
    return flag.mean(), np.sqrt(flag.mean() * (1 - flag.mean()) / len(flag))


def z_of(seen, truth):
    value, error = seen
    return (value - truth) / error


def bought_again(network, window):
    """Return callbacks followed to the end, with whether the customer came back."""
    trial = network.callbacks
    last = network.purchases["date"].max()
    trial = trial[trial["date"] + pd.Timedelta(days=window) <= last]
    visits = network.purchases[["customer_id", "date"]].merge(
        trial[["customer_id", "date"]], on="customer_id", suffixes=("", "_trial")
    )
    days = (visits["date"] - visits["date_trial"]).dt.days
    back = visits["customer_id"][(days > 0) & (days <= window)]
    return trial.assign(again=trial["customer_id"].isin(back))


# ── the tables ───────────────────────────────────────────────────────────────────────────────────


def test_same_seed_same_tables_and_another_seed_others():
    first, again, other = (nps.simulate(6, 8, 1_500, seed=seed) for seed in (4, 4, 5))
    assert digest(first) == digest(again)
    assert digest(first) != digest(other)
    pd.testing.assert_frame_equal(first.truth.stores, again.truth.stores)


@pytest.mark.parametrize(
    "size", [(120, 24, 12_000), (5, 1, 5_000), (40, 6, 10_000), (1, 36, 4_000)]
)
def test_gives_about_as_many_responses_as_asked(size):
    assert len(nps.simulate(*size, seed=2).responses) == pytest.approx(size[2], rel=0.05)


def test_keys_are_unique_and_found_where_they_point(network):
    n = network
    assert n.responses["response_id"].is_unique
    assert n.invitations["invitation_id"].is_unique
    assert n.purchases["purchase_id"].is_unique
    assert n.callbacks["response_id"].is_unique
    assert n.callbacks["customer_id"].is_unique  # one call-back a detractor
    assert n.responses["invitation_id"].is_unique
    assert n.invitations["purchase_id"].is_unique
    assert n.responses["invitation_id"].isin(n.invitations["invitation_id"]).all()
    assert n.invitations["purchase_id"].isin(n.purchases["purchase_id"]).all()
    assert n.callbacks["response_id"].isin(n.responses["response_id"]).all()
    for name in _NAMES:
        assert getattr(n, name)["store_id"].isin(n.stores["store_id"]).all()
    answered = n.invitations["response_id"].notna()
    assert (answered == n.invitations["answered"]).all()
    assert answered.sum() == len(n.responses)


def test_rows_that_point_to_each_other_agree_and_come_in_order(network):
    asked = network.invitations.merge(
        network.purchases, on="purchase_id", suffixes=("", "_purchase"), validate="1:1"
    )
    assert (asked["date_purchase"] <= asked["date"]).all()
    told = network.responses.merge(
        network.invitations, on="invitation_id", suffixes=("", "_asked"), validate="1:1"
    )
    assert (told["date_asked"] <= told["date"]).all()
    called = network.callbacks.merge(
        network.responses, on="response_id", suffixes=("", "_told"), validate="1:1"
    )
    assert (called["date_told"] < called["date"]).all()
    assert (called["called_date"].dropna() >= called["date"][called["called_date"].notna()]).all()
    assert (called["score"] == called["score_told"]).all()
    for name in ("customer_id", "store_id"):
        for table, other in ((asked, "purchase"), (told, "asked"), (called, "told")):
            assert (table[name].astype(str) == table[f"{name}_{other}"].astype(str)).all()
    for name in ("channel", "kind", "country", "journey", "question_position"):
        assert (told[name] == told[f"{name}_asked"]).all()


def test_columns_have_the_canonical_names_and_possible_values(network):
    for name in _NAMES:
        table, columns = getattr(network, name), TABLES[name].columns
        required = {column.name for column in columns if column.required or column.filled}
        assert required <= set(table.columns), name
        for column in columns:
            if column.name in table.columns and column.low is not None:
                assert table[column.name].dropna().min() >= column.low
    assert network.responses["score"].between(0, 10).all()
    for question in ("welcome", "products", "checkout", "csat"):
        assert network.responses[question].dropna().between(1, 5).all()
    assert network.responses["ces"].dropna().between(1, 7).all()
    assert (network.callbacks["score"] <= 6).all()
    assert ((network.callbacks["score"] <= 2) == (network.callbacks["stratum"] == "super")).all()
    assert (network.callbacks["arm"] == "called")[network.callbacks["reached"].notna()].all()


def test_solicitations_are_numbered_and_the_quarantine_kept(network):
    asked = network.invitations.sort_values(["customer_id", "date"])
    number = asked.groupby("customer_id").cumcount()
    assert (number == asked["past_invitations"]).all()
    gap = asked.groupby("customer_id")["date"].diff().dt.days
    assert (gap.dropna() == asked["days_since_last"].dropna()).all()
    assert gap.min() >= 30
    assert asked["days_since_last"].isna().eq(number == 0).all()


def test_stores_trade_only_while_they_are_open(network):
    assert network.stores["closed"].notna().any()
    visits = network.purchases.merge(network.stores, on="store_id")
    assert (visits["date"] >= visits["opened"]).all()
    assert not (visits["date"] > visits["closed"]).any()
    assert (network.stores["opened"] > network.purchases["date"].min()).any()


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # Ibis 12, DuckDB 2
@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_written_tables_come_back_whole_through_network_toml(tmp_path, suffix):
    network = nps.simulate(4, 6, 400, seed=8)
    config = load_network(network.write(tmp_path / "net", format=suffix))
    for name in _NAMES:
        table = getattr(network, name)
        back = config.read(name, quiet=True)
        assert back.n_accepted == len(table)
        assert back.n_rejected == 0
        read = pd.read_parquet if suffix == "parquet" else pd.read_csv
        raw = read(tmp_path / "net" / f"{name}.{suffix}")
        assert list(raw.columns) == list(table.columns)
    answers = config.read(quiet=True)
    assert set(config.segments) <= set(answers.accepted.columns)
    counts = nps.count(answers, by="store_id", cells=network.stores["store_id"].tolist())
    mine = network.responses.groupby("store_id", observed=False)["score"].agg(nps_of)
    assert counts.nps == pytest.approx([pair[0] for pair in mine])


# ── realism ──────────────────────────────────────────────────────────────────────────────────────


def test_scores_have_the_french_shape(network):
    share = np.bincount(network.responses["score"], minlength=11) / len(network.responses)
    assert 0.42 < share[9:].sum() < 0.62
    assert share[8] > share[7]
    assert share[8] > share[9]
    assert share[10] == share.max()
    assert share[5] > share[4]
    assert share[5] > share[6]
    assert 0.15 < network.invitations["answered"].mean() < 0.30
    assert 0.55 < network.callbacks["reached"].mean() < 0.65
    assert 0.5 < network.responses["verbatim"].isna().mean() < 0.9


def test_members_leave_at_about_two_per_cent_a_month(network):
    people = network.truth.customers
    month = (people["joined"] <= "2025-03-31") & ~(people["left"] < "2025-03-01")
    left = people["left"].between("2025-03-01", "2025-03-31")
    assert 0.012 < left[month].mean() < 0.028


# ── the truth can be found again ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("window", [60, 90])
@pytest.mark.parametrize("stratum", ["all", "super", "moderate"])
def test_callback_changes_repurchase_as_the_truth_says(network, window, stratum):
    trial = bought_again(network, window)
    truth = network.truth.callback.set_index(["stratum", "window"]).loc[(stratum, window)]
    if stratum != "all":
        trial = trial[trial["stratum"] == stratum]
    assert len(trial) == truth["n"]
    called = trial[trial["arm"] == "called"]
    control = rate_of(trial["again"][trial["arm"] == "ignored"])
    treatment = rate_of(called["again"])
    reach = rate_of(called["reached"].astype(bool))
    assert abs(z_of(control, truth["control"])) < 3
    assert abs(z_of(treatment, truth["treatment"])) < 3
    assert abs(z_of(reach, truth["reach"])) < 3
    itt = treatment[0] - control[0]
    assert abs(itt - truth["itt"]) < 3 * np.hypot(treatment[1], control[1])
    assert truth["cace"] == pytest.approx(truth["itt"] / truth["reach"])


def test_super_detractors_gain_more_and_comparing_the_reached_flatters(network):
    truth = network.truth.callback.query("window == 60").set_index("stratum")
    assert truth.loc["super", "cace"] > 1.5 * truth.loc["moderate", "cace"] > 0
    trial = bought_again(network, 60)
    reached = trial["again"][trial["reached"].fillna(value=False)]
    naive = reached.mean() - trial["again"][trial["arm"] == "ignored"].mean()
    assert naive > truth.loc["all", "cace"]


def test_a_call_without_effect_has_none():
    quiet = nps.NetworkTruth(callback_rate_moderate=1, callback_rate_super=1, callback_churn=0)
    network = nps.simulate(20, 12, 30_000, seed=6, truth=quiet)
    assert network.truth.callback["itt"].abs().max() == 0
    trial = bought_again(network, 60)
    arms = [rate_of(trial["again"][trial["arm"] == arm]) for arm in ("called", "ignored")]
    assert abs(arms[0][0] - arms[1][0]) < 3 * np.hypot(arms[0][1], arms[1][1])


def test_position_arms_differ_as_the_truth_says(network):
    truth = network.truth.position.set_index(["position", "stratum"])
    told, asked = network.responses, network.invitations
    for arm, completed in network.truth.parameters.position_completion.items():
        answered = asked["answered"][asked["question_position"] == arm]
        score = told["score"][told["question_position"] == arm]
        incident = told["incident"][told["question_position"] == arm]
        assert abs(z_of(rate_of(answered), truth.loc[(arm, "all"), "response_rate"])) < 3.5
        assert abs(z_of(nps_of(score), truth.loc[(arm, "all"), "nps_answered"])) < 3
        assert abs(z_of(nps_of(score[incident]), truth.loc[(arm, "incident"), "nps_answered"])) < 3
        done = told["completed"][told["question_position"] == arm]
        assert abs(z_of(rate_of(done), completed)) < 3
    level = truth["nps_asked"]
    gap = {
        stratum: level[("first", stratum)] - level[("before_last", stratum)]
        for stratum in ("incident", "no incident")
    }
    assert gap["incident"] > 2 * gap["no incident"] > 0  # order effects live in poor experiences


def test_delay_arms_differ_as_the_truth_says(network):
    told, asked = network.responses, network.invitations
    for row in network.truth.delay.itertuples():
        here, there = (table["delay_hours"].eq(row.delay_hours) for table in (told, asked))
        if row.journey != "all":
            here, there = (
                here & (told["journey"] == row.journey),
                there & (asked["journey"] == row.journey),
            )
        on_time = there & (asked["date"] < asked["date"].max() - pd.Timedelta(days=30))
        answered = asked["answered"][on_time.fillna(value=False)]
        score = told["score"][here.fillna(value=False)]
        assert abs(z_of(rate_of(answered), row.response_rate)) < 4
        assert abs(z_of(nps_of(score), row.nps_answered)) < 3.5
    best = network.truth.delay.loc[lambda t: t.groupby("journey")["response_rate"].idxmax()]
    best = best.set_index("journey")["delay_hours"]
    assert best["restaurant"] == 2
    assert best["delivery"] == 72


def test_naive_nps_is_biased_by_who_answers_and_the_size_is_known(network):
    truth = network.truth
    assert abs(z_of(nps_of(network.responses["score"]), truth.nps_answered)) < 3
    assert 2 < truth.selection_bias < 10
    stores = network.responses.groupby("store_id", observed=True)["score"].agg(
        ["size", lambda s: nps_of(s)[0], lambda s: nps_of(s)[1]]
    )
    stores.columns = ["n", "naive", "error"]
    stores = stores.join(truth.stores.set_index("store_id"))
    stores = stores[stores["n"] >= 100]
    z = (stores["naive"] - stores["nps_answered"]) / stores["error"]
    assert abs(z.mean()) < 3 / np.sqrt(len(z))
    assert z.abs().max() < 4


def test_nobody_biases_nps_when_all_answer_alike():
    alike = nps.NetworkTruth(
        response_experience=0,
        response_extremes=0,
        repurchase_satisfaction=0,  # or those who like it come often, and are asked in vain
    )
    truth = nps.simulate(20, 4, 20_000, seed=9, truth=alike).truth
    assert abs(truth.selection_bias) < 0.4


def test_categories_of_score_foretell_return_and_churn(network):
    truth = network.truth.categories.set_index("category")
    assert truth["repurchase_60"].is_monotonic_increasing
    assert truth["churn"].is_monotonic_decreasing
    people = network.truth.customers.set_index("customer_id")["left"]
    told = network.responses[network.responses["date"] < "2025-09-30"]
    called = network.callbacks["response_id"][network.callbacks["arm"] == "called"]
    told = told[~told["response_id"].isin(called)]
    left = told["customer_id"].map(people)
    still = ~(left < told["date"])
    gone = left.dt.to_period("M").eq(told["date"].dt.to_period("M"))[still]
    category = pd.cut(told["score"], [-1, 6, 8, 10], labels=list(truth.index))[still]
    for name, expected in truth["churn"].items():
        assert abs(z_of(rate_of(gone[category == name]), expected)) < 3.5


def test_growth_is_a_line_in_lagged_nps():
    steep = nps.NetworkTruth(growth_slope=0.10, opening_share=0, closing_share=0, works_share=0)
    network = nps.simulate(250, 24, 2_000, seed=10, truth=steep)
    panel = network.truth.store_months.sort_values(["store_id", "month"])
    panel["growth"] = panel.groupby("store_id")["log_level"].diff()
    panel["lagged"] = panel.groupby("store_id")["nps"].shift() / 100
    panel = panel.dropna()
    slope, _ = np.polyfit(panel["lagged"], panel["growth"], 1)
    error = 0.02 / np.sqrt(len(panel)) / panel["lagged"].std()
    assert abs(slope - 0.10) < 3 * error
    # and the visits follow: their expectation is the level, season apart
    visits = network.purchases.groupby(network.purchases["date"].dt.strftime("%Y-%m")).size()
    level = panel.assign(level=np.exp(panel["log_level"])).groupby("month")["level"].mean()
    season = network.truth.months.set_index("month")["sales_season"]
    assert np.corrcoef(visits[level.index], level * season[level.index])[0, 1] > 0.8


def test_stores_differ_as_declared():
    sharp = nps.NetworkTruth(store_sd=0.5, region_sd=0, spread_sd=0.3)
    stores = nps.simulate(2_000, 1, 500, seed=11, truth=sharp).truth.stores
    assert stores["quality"].std() == pytest.approx(0.5, rel=0.06)
    assert np.log(stores["spread"]).std() == pytest.approx(0.3, rel=0.06)
    assert np.corrcoef(stores["quality"], stores["employee_nps"])[0, 1] == pytest.approx(
        0.5, abs=0.06
    )
    assert np.corrcoef(stores["quality"], stores["effort"])[0, 1] == pytest.approx(0.7, abs=0.05)


def test_an_american_nine_is_a_french_eight():
    truth = nps.NetworkTruth()
    below_nine, below_ten = np.cumsum(truth.score_shares)[[8, 9]]
    american = 1 / (1 + (1 / below_ten - 1) * np.exp(truth.country_effects["US"]))
    assert american == pytest.approx(below_nine, abs=0.03)
    stores = nps.simulate(300, 3, 1_000, seed=12).truth.stores
    style = stores["nps"] - stores["nps_comparable"]
    assert style.abs().median() == 0  # French stores answer in the reference style
    assert style.max() > 15


def test_reference_conditions_give_the_declared_scores():
    plain = nps.NetworkTruth(
        store_sd=0, region_sd=0, month_sd=0, spread_sd=0, trend=0, season=0, gaming_share=0,
        response_experience=0, response_extremes=0, repurchase_satisfaction=0, churn_experience=0,
        fatigue_score=0, delay_score=0, relational_effect=0, callback_score=0,
        country_effects={"FR": 0, "BE": 0, "US": 0},
        channel_effects={"email": 0, "sms": 0, "app": 0},
        position_score={"first": 0, "before_last": 0, "last": 0},
        position_poor={"first": 0, "before_last": 0, "last": 0},
        journey_effects={"grocery": 0, "self_checkout": 0, "restaurant": 0, "delivery": 0},
    )  # fmt: skip
    network = nps.simulate(10, 5, 40_000, seed=13, truth=plain)
    seen = np.bincount(network.responses["score"], minlength=11)
    expected = np.array(plain.score_shares) * seen.sum()
    assert ((seen - expected) ** 2 / expected).sum() < 30  # chi-square, 10 degrees: p = .001
    assert network.truth.nps == pytest.approx(plain.reference_nps, abs=0.5)
    told = network.responses.sort_values(["customer_id", "date"])
    told["before"] = told.groupby("customer_id")["score"].shift()
    pairs = told[told["before"].notna() & (told["kind"] == "transactional")]
    correlation = np.corrcoef(pairs["before"], pairs["score"])[0, 1]
    # arms of lower reliability pull it a little below that of the reference
    assert network.truth.retest["correlation"] - 0.06 < correlation
    assert correlation < network.truth.retest["correlation"] + 0.02


def test_a_detractor_scores_better_next_time_without_anybodys_merit(network):
    retest = network.truth.retest
    assert retest["better"] + retest["same"] + retest["worse"] == pytest.approx(1)
    assert 0.6 < retest["better"] < 0.85


def test_verbatims_name_themes_as_declared(network):
    about = network.truth.verbatims.merge(network.responses, on="response_id")
    assert about["verbatim"].notna().all()
    assert about["response_id"].nunique() == network.responses["verbatim"].notna().sum()
    assert set(about["country"]) == {"FR", "BE"}
    category = pd.cut(about["score"], [-1, 6, 8, 10], labels=["detractor", "passive", "promoter"])
    themes = network.truth.themes.set_index("theme")
    for name, part in about.groupby(category, observed=True):
        seen = part["theme"].value_counts(normalize=True)
        error = np.sqrt(themes[name] * (1 - themes[name]) / len(part))
        assert ((seen[themes.index] - themes[name]).abs() < 4 * error).all()
    wrong_way = about.loc[category == "detractor", "mismatch"]
    assert abs(z_of(rate_of(wrong_way), 0.02)) < 3.5


def test_stores_that_beg_for_tens_are_known(network):
    begging = network.truth.stores.loc[network.truth.stores["gamed"], "store_id"]
    assert len(begging) == 2
    turned = network.responses.set_index("response_id").loc[network.truth.gamed]
    assert (turned["score"] == 10).all()
    assert set(turned["store_id"]) == set(begging)
    own = network.responses["store_id"].isin(begging)
    assert (
        abs(z_of(rate_of(network.responses["response_id"][own].isin(network.truth.gamed)), 0.3)) < 3
    )


# ── edges ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [(1, 1, 1), (1, 24, 40), (300, 1, 50), (3, 2, 60)])
def test_smallest_networks_stand(size):
    network = nps.simulate(*size, seed=1)
    assert len(network.stores) == size[0]
    assert len(network.truth.months) == size[1]
    assert len(network.responses) >= size[2] / 3


@pytest.mark.parametrize("name", ["stores", "months", "responses"])
def test_nothing_to_simulate_is_refused(name):
    with pytest.raises(
        nps.InputError, match=f"`{name}` must be a whole number of at least 1, got 0"
    ):
        nps.simulate(**{name: 0})


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"last_month": "12/2025"}, "must be written YYYY-MM"),
        ({"score_shares": (0.5, 0.5)}, "must hold 11 shares"),
        ({"position_shares": {"first": 0.5, "last": 0.4}}, "sum to 1"),
        ({"position_shares": {"first": 0.5, "end": 0.5}}, "must name the levels"),
        ({"mood_share": 0.7, "visit_share": 0.5}, "mood_share \\+ visit_share"),
        ({"store_sd": -1.0}, "`store_sd` must be a number from 0"),
        ({"store_sd": float("nan")}, "`store_sd` must be a number"),
        ({"delay_hours": (2, 24)}, "one number for each of the 2 delays"),
        ({"driver_weights": {"welcome": 1.0, "products": 1.0, "checkout": 1.0}}, "squared"),
    ],
)
def test_impossible_truths_are_refused(parameters, text):
    with pytest.raises(nps.InputError, match=text):
        nps.NetworkTruth(**parameters)


def test_a_format_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(nps.InputError, match="`format` must be one of 'parquet', 'csv'"):
        nps.simulate(1, 1, 5).write(tmp_path, format="xlsx")
