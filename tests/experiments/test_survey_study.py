"""Whole survey experiments: position, timing, channel, wording, frequency, and two at once."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.checks import InputError
from npsstats.experiments.gathering import gather
from npsstats.experiments.spec import load_plan, parse_plan
from npsstats.experiments.survey.arms import survey_arms

STUDIES = Path(__file__).parents[2] / "experiments"


@pytest.fixture(scope="module")
def network():
    return nps.simulate(12, 14, 8000, seed=11)


@pytest.fixture(scope="module")
def position(network):
    return nps.analyze(STUDIES / "question_position" / "plan.toml", network)


@pytest.fixture(scope="module")
def timing(network):
    return nps.analyze(STUDIES / "send_timing" / "plan.toml", network)


def sent(network, until="2025-12-01"):
    """Return invitations whose answers are all in, with whether and what they answered."""
    asked = network.invitations[network.invitations["date"] <= until]
    told = network.responses[["invitation_id", "score", "completed", "csat", "date"]]
    told = told.rename(columns={"date": "answered_on"})
    return asked.merge(told, on="invitation_id", how="left")


def test_the_headline_counts_all_that_were_sent(network, position):
    asked = sent(network)
    rate = asked.groupby("question_position", observed=True)["answered"].mean()
    row = position.primary("first")
    assert row["estimate"] == pytest.approx(rate["first"] - rate["before_last"], abs=1e-9)
    assert row["n_treatment"] == (asked["question_position"] == "first").sum()


def test_completion_is_of_all_that_were_sent_too(network, position):
    asked = sent(network)
    done = asked.assign(done=asked["completed"].fillna(False).astype(float))
    rate = done.groupby("question_position", observed=True)["done"].mean()
    row = position.frame[position.frame["outcome"] == "completed"].iloc[0]
    assert row["estimate"] == pytest.approx(rate[row["arm"]] - rate["before_last"], abs=1e-9)
    levels = position.parts["survey"].of("completion")["estimate"]
    assert levels.to_dict() == pytest.approx(rate.to_dict(), abs=1e-3)


def test_answers_of_the_day_of_sending_count(network, position):
    quick = network.responses.merge(
        network.invitations[["invitation_id", "date"]], on="invitation_id", suffixes=("", "_sent")
    )
    assert (quick["date"] == quick["date_sent"]).mean() > 0.3  # else nothing is shown here
    told = position.parts["survey"].counts.answered.sum()
    assert told == sent(network)["answered"].sum()


def test_scores_are_weighted_to_all_that_were_sent_by_pandas_too(network, position):
    asked = sent(network)
    net = 100 * ((asked["score"] >= 9).astype(float) - (asked["score"] <= 6).astype(float))
    asked = asked.assign(net=net.where(asked["answered"]))
    keys = ["journey", "channel"]
    mix = asked.groupby(keys, observed=True).size() / len(asked)
    cells = asked.groupby(["question_position", *keys], observed=True)["net"].mean()
    arms = survey_arms(position.parts["survey"].counts, control="before_last", known=keys)
    assert not arms.strata.merged
    for arm in ("first", "last"):
        mean = (cells[arm] * mix).sum() - (cells["before_last"] * mix).sum()
        rows = arms.effects.frame[arms.effects.frame["arm"] == arm]
        assert rows["estimate"].iloc[0] == pytest.approx(mean, abs=1e-6)


def test_what_comes_after_the_answer_is_counted_from_the_answer(network, position):
    asked = sent(network, "2026-01-01").dropna(subset=["answered_on"])
    bought = network.purchases[["customer_id", "date"]].rename(columns={"date": "bought_on"})
    pairs = asked.merge(bought, on="customer_id", how="left")
    days = (pairs["bought_on"] - pairs["answered_on"]).dt.days
    inside = pairs.assign(inside=days.between(1, 60)).groupby("invitation_id")["inside"].any()
    asked = asked.set_index("invitation_id").assign(bought=inside)
    last = min(network.purchases["date"].max(), network.responses["date"].max())
    known = asked["answered_on"] + pd.Timedelta(days=60) <= last
    told = (asked["date"] + pd.Timedelta(days=30) <= last) & (
        asked["answered_on"] <= asked["date"] + pd.Timedelta(days=30)
    )
    expected = asked[known & told].groupby("question_position", observed=True)["bought"].mean()
    frame = position.parts["validity of repurchase"].frame
    found = frame[frame["quantity"] == "rate, all"].set_index("arm")["estimate"]
    assert found.to_dict() == pytest.approx(expected.to_dict(), abs=1e-9)


def test_what_is_known_of_answerers_only_is_no_effect(position):
    assert {"repurchase", "silent"}.isdisjoint(position.frame["outcome"])
    assert {"repurchase", "silent"}.isdisjoint(position.parts["arms"].frame["outcome"])


def test_silence_is_the_absence_of_purchases(network):
    gathered = gather(load_plan(STUDIES / "question_position" / "plan.toml"), network)
    counts = gathered.units.scores("score", "silent")
    cells = counts.cells.assign(n=counts.n)
    known = cells[cells["silent"] != "(none)"]
    silent = known.groupby("silent")["n"].sum()
    told = network.responses.groupby("customer_id")["date"].max()
    later = network.purchases.merge(told.rename("told"), on="customer_id")
    assert 0 < silent["1.0"] / silent.sum() < 0.6
    assert len(later)


def test_bounds_hold_the_truth_of_the_network(network, position):
    truth = network.truth.position.query("stratum == 'all'").set_index("position")
    rows = position.frame[position.frame["method"] == "worst-case bounds of all assigned"]
    for row in rows.itertuples():
        gap = truth.loc[row.arm, "nps_asked"] - truth.loc["before_last", "nps_asked"]
        assert row.lower <= gap <= row.upper
    worst = position.parts["survey"].of("NPS of all asked, worst case")
    inside = truth["nps_asked"].loc[worst.index]
    assert ((worst["lower"] <= inside) & (inside <= worst["upper"])).all()


def test_order_effects_are_read_by_quality(position):
    frame = position.parts["quality of incident"].frame
    told = frame[frame["quantity"] == "NPS difference"]
    assert set(told["quality"]) == {"true", "false"}
    contrast = frame[frame["quantity"].str.contains("less that")]
    assert (contrast["quality"] == "true").all()  # incidents are the rarer
    closed = position.parts["quality of csat"]
    assert "told in the same questionnaire" in closed.diagnostics[0]
    assert "response difference" not in set(closed.frame["quantity"])


def test_each_purpose_has_a_verdict_with_its_loss(position):
    found = position.parts["verdicts"]
    assert set(found.chosen) == {
        "communication",
        "representativeness",
        "prediction of repurchase",
        "prediction of silent",
    }
    assert found.chosen["communication"] == "first"
    assert (found.frame["expected_loss"] >= 0).all()
    assert "communication: first" in position.headline()


def test_arms_of_delays_hold_experiences_of_the_same_days(network, timing):
    asked = network.invitations[network.invitations["kind"] == "transactional"]
    lived = asked["sent"] - pd.to_timedelta(asked["delay_hours"].astype(float), unit="h")
    day = lived.dt.normalize()
    sent_on = network.invitations["sent"].dt.normalize()
    last = min(network.purchases["date"].max(), network.responses["date"].max(), sent_on.max())
    inside = day.between(sent_on.min(), last - pd.Timedelta(days=7))
    sizes = asked[inside].groupby("delay_hours").size()
    ratio = timing.parts["sample ratio"].frame.set_index("arm")["n"]
    assert {arm: ratio[str(arm)] for arm in sizes.index} == sizes.to_dict()
    assert not timing.parts["sample ratio"].failed
    assert any("in some arm they would have been sent before" in note for note in timing.notes)
    # as they stand, arms that leave late are short of their last days
    whole = asked.groupby("delay_hours").size()
    assert whole[168] < whole[2]


def test_a_table_that_begins_and_ends_does_not_make_an_effect_of_its_ends():
    rng = np.random.default_rng(4)
    n = 40_000
    lived = pd.Timestamp("2025-02-10") + pd.to_timedelta(rng.integers(0, 60 * 24, n), unit="h")
    hours = rng.choice([24, 168], n)
    sent = lived + pd.to_timedelta(hours, unit="h")
    # the arms are alike, and customers of February answer more readily than those of March
    answers = rng.random(n) < np.where(lived < pd.Timestamp("2025-03-01"), 0.3, 0.2)
    rows = pd.DataFrame(
        {"invitation_id": range(n), "customer_id": range(n), "sent": sent, "delay_hours": hours}
    ).assign(date=sent.normalize())
    told = rows[answers].assign(score=8, store_id="S", date=lambda x: x["date"])
    inside = rows["date"].between("2025-03-01", "2025-03-28")
    later = told[told["date"] > "2025-03-28"]  # answers go on after the last invitation
    told = pd.concat([told[inside[told.index]], later])
    text = PLAIN.replace('date = "date"', 'date = "sent"\nlag = "delay_hours"')
    arms = '[arms]\ncontrol = "24"\nshares = { 24 = 1, 168 = 1 }'
    text = text.format(arms=arms, data='arm = "delay_hours"').replace("[subgroups.journey]\n", "")
    result = nps.analyze(
        parse_plan(text),
        {"invitations": rows[inside], "responses": told[told.columns.drop("sent")]},
    )
    row = result.primary()
    assert abs(row["estimate"]) < 3 * row["std_error"]
    assert any("before 2025-03-01 or after 2025-03-28" in note for note in result.notes)


def test_answers_that_do_not_name_their_invitation_are_refused(network):
    blind = network.responses.drop(columns="invitation_id")
    tables = {"invitations": network.invitations, "responses": blind}
    tables["purchases"] = network.purchases
    with pytest.raises(InputError, match="do not say to which invitation_id they belong"):
        nps.analyze(STUDIES / "question_position" / "plan.toml", tables)


def test_timing_tells_the_best_delay_journey_by_journey(timing):
    best = timing.parts["best delay"].frame.set_index(["purpose", "group"])
    assert best.loc[("response", "delivery"), "delay_hours"] in (24, 72, 168)
    assert best.loc[("response", "restaurant"), "delay_hours"] == 2
    assert best.loc[("response", "delivery"), "loss_of_common"] > 0
    assert timing.parts["delay curve"].drift is not None


def test_days_and_hours_without_effect_are_not_found_to_have_one(timing):
    frame = timing.parts["send times"].frame
    assert set(frame["key"]) == {"weekday", "hours"}
    assert (frame.groupby(["key", "quantity"])["p_value"].first() > 0.001).all()
    assert "associations" in timing.parts["send times"].diagnostics[0]


def test_fatigue_is_named_an_association(timing):
    assert "not randomized" in timing.parts["fatigue"].diagnostics[0]


def test_time_to_answer_counts_from_sending(network, timing):
    asked = sent(network).query("kind == 'transactional'")
    hours = network.responses.set_index("invitation_id")["hours_to_answer"]
    quick = asked.assign(quick=asked["invitation_id"].map(hours) <= 24)
    rate = quick.groupby("delay_hours")["quick"].mean()
    frame = timing.parts["answer times"].frame
    found = frame[frame["hours"] == 24].set_index("arm")["estimate"]
    assert {arm: found[str(arm)] for arm in rate.index} == pytest.approx(rate.to_dict(), abs=0.005)


PLAIN = """\
name = "asked"
unit = "invitation_id"
customer = "customer_id"
hypothesis = "One way of asking brings more."
{arms}
[data]
units = "invitations"
{data}
date = "date"
[outcomes.answered]
kind = "binary"
role = "primary"
table = "responses"
window = 30
[outcomes.score]
kind = "score"
table = "responses"
window = 30
[subgroups.journey]
[survey]
purposes = ["response", "communication", "representativeness", "precision"]
"""


def test_a_channel_runs_through_the_same_machinery():
    drawn = nps.NetworkTruth(channel_store_sd=0.0, channel_drift=0.0)  # by lot, everywhere alike
    network = nps.simulate(6, 8, 4000, seed=4, truth=drawn)
    arms = '[arms]\ncontrol = "email"\nshares = { email = 0.65, sms = 0.25, app = 0.10 }'
    plan = parse_plan(PLAIN.format(arms=arms, data='arm = "channel"'))
    result = nps.analyze(plan, network)
    truth = network.truth.channel.set_index("channel")["response_rate"]
    row = result.primary("sms")
    gap = truth["sms"] - truth["email"]
    assert row["estimate"] == pytest.approx(gap, abs=4 * row["std_error"] + 0.01)
    assert set(result.parts["verdicts"].chosen) >= {"response", "precision"}


def test_two_things_at_once_give_main_effects_and_what_they_do_together(network):
    factors = """
[factors.position]
column = "question_position"
control = "before_last"
shares = { before_last = 1, first = 1, last = 1 }
[factors.reminded]
column = "reminder"
control = "false"
shares = { false = 0.5, true = 0.5 }
"""
    plan = parse_plan(PLAIN.format(arms=factors, data=""))
    assert plan.arms.control == "before_last · false"
    assert len(plan.arms.shares) == 6
    result = nps.analyze(plan, network)
    frame = result.parts["factors"].frame
    main = frame[(frame["effect"] == "main") & (frame["quantity"] == "response")]
    effect = main.set_index("level_of")["estimate"]
    truth = network.truth.reminder.set_index("reminder")["response_rate"]
    assert effect["true"] == pytest.approx(truth[True] - truth[False], abs=0.01)
    crossed = frame[(frame["effect"] == "interaction") & (frame["quantity"] == "response")]
    assert len(crossed) == 2
    assert (crossed["std_error"] > main["std_error"].min()).all()


def test_wording_in_a_plain_file_needs_no_other_table():
    rng = np.random.default_rng(2)
    n = 6000
    arm = rng.choice(["warm", "plain"], n)
    answered = rng.random(n) < np.where(arm == "warm", 0.4, 0.3)
    score = np.where(answered, rng.integers(4, 11, n), np.nan)
    rows = pd.DataFrame(
        {"arm": arm, "answered": answered, "score": score, "region": rng.choice(["N", "S"], n)}
    )
    plan = parse_plan(
        """
name = "wording"
hypothesis = "Warmer words bring more answers."
[arms]
control = "plain"
shares = { plain = 1, warm = 1 }
[outcomes.answered]
kind = "binary"
role = "primary"
[outcomes.score]
kind = "score"
[subgroups.region]
[survey]
purposes = ["response", "communication"]
"""
    )
    result = nps.analyze(plan, rows)
    assert result.parts["verdicts"].chosen["response"] == "warm"
    assert result.primary()["estimate"] == pytest.approx(0.1, abs=0.04)
    assert result.parts["survey"].counts.invited.sum() == n


def by_customer(often, seldom, seed=3, customers=1500):
    """Return invitations of customers who answer always or hardly ever, so many each."""
    rng = np.random.default_rng(seed)
    monthly = rng.random(customers) < 0.5
    times = np.where(monthly, often, seldom)
    keen = np.repeat(rng.random(customers) < 0.3, times)
    answered = rng.random(times.sum()) < np.where(keen, 0.9, 0.05)
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(customers), times),
            "arm": np.repeat(np.where(monthly, "monthly", "quarterly"), times),
            "answered": answered,
            "score": np.where(answered, rng.integers(5, 11, times.sum()), np.nan),
        }
    )


FREQUENCY = """
name = "frequency"
cluster = "customer_id"
{whole}
hypothesis = "Asked less often, customers answer more readily."
[arms]
control = "quarterly"
shares = {{ quarterly = 1, monthly = 1 }}
[outcomes.answered]
kind = "binary"
role = "primary"
[outcomes.score]
kind = "score"
[survey]
purposes = ["response"]
"""


def test_what_is_drawn_by_customer_is_read_by_customer():
    rows = by_customer(4, 4)
    whole = nps.analyze(parse_plan(FREQUENCY.format(whole="clustered = true")), rows)
    apart = nps.analyze(parse_plan(FREQUENCY.format(whole="")), rows)
    wide, narrow = (item.parts["survey"].of("response")["std_error"] for item in (whole, apart))
    # four alike answers to a customer are worth little more than one
    assert (wide / narrow).to_numpy() == pytest.approx(np.sqrt(1 + 3 * 0.72), abs=0.25)
    assert "response" in whole.parts["verdicts"].chosen
    assert "they take invitations of a cluster for strangers" in " ".join(whole.diagnostics)


def test_arms_that_ask_customers_unlike_often_get_no_verdict():
    plan = parse_plan(FREQUENCY.format(whole="clustered = true"))
    result = nps.analyze(plan, by_customer(12, 4))
    assert "verdicts" not in result.parts
    said = " ".join(result.diagnostics)
    assert "is sent 12.00 invitations in arm 'monthly' and 4.00 in the control" in said
    assert "Make the customer the unit" in said


def test_arms_of_other_sizes_than_planned_get_no_verdict(network):
    arms = '[arms]\ncontrol = "email"\nshares = { email = 0.4, sms = 0.3, app = 0.3 }'
    result = nps.analyze(parse_plan(PLAIN.format(arms=arms, data='arm = "channel"')), network)
    assert "verdicts" not in result.parts
    assert "No verdict is given" in " ".join(result.diagnostics)
    assert "SAMPLE RATIO FAILED" in result.headline()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("purposes = [", 'purposes = ["prediction", ', "prediction needs an outcome that a score"),
        ("purposes = [", 'purposes = ["completion", ', "completion needs the outcome that says so"),
        ("[survey]", '[survey]\nknown = ["region"]', "'region' is not among [subgroups]"),
        ("[survey]", '[survey]\nscore = "answered"', "'answered' must be an outcome with kind"),
        ("[survey]", '[survey]\nvalidity = ["score"]', "must be an outcome with after"),
        ('role = "primary"', 'role = "primary"\nafter = "answer"', "cannot judge arms"),
        ("window = 30", "window = 14", "so their windows must be the same, got answered 14"),
        (
            'purposes = ["response"',
            'delay = "delay_hours"\npurposes = ["prediction"',
            "prediction needs an outcome",
        ),
        ('kind = "score"', 'kind = "score"\nabsent = true', "only a binary outcome that events"),
        ("[survey]", "[survey]\nfoo = 1", "there is no key `foo` in [survey]"),
    ],
)
def test_a_survey_plan_is_checked_line_by_line(old, new, words):
    arms = '[arms]\ncontrol = "email"\nshares = { email = 1, sms = 1 }'
    text = PLAIN.format(arms=arms, data='arm = "channel"').replace(old, new, 1)
    with pytest.raises(InputError) as error:
        parse_plan(text)
    assert words in str(error.value)
    assert "line " in str(error.value)
