"""What an effect is worth: the decision of a whole plan, and what may keep it from one."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import npsstats as nps
from npsstats.experiments.callback import ignored, super_detractors
from npsstats.experiments.evidence import posterior
from npsstats.experiments.worth import decided_arm
from npsstats.results import Provenance

HEAD = """
name = "t"
hypothesis = "h"
unit = "id"
"""
ARMS = """
[arms]
control = "c"
shares = { c = 0.5, t = 0.5 }
"""
CLUSTERED = 'cluster = "store"\nclustered = true\n'
BOUGHT = '[outcomes.bought]\nkind = "binary"\nrole = "primary"\n'
MONEY = "[decision]\ncontribution = 50\ncost = 1\n"


def _analyze(text, frame, head="", arms=ARMS):
    return nps.analyze(nps.parse_plan(HEAD + head + arms + text), frame)


def _units(n=2000, control=0.2, treated=0.3):
    """Return customers of either arm by turns, with the asked shares exactly (n/2 an arm)."""
    arm = np.where(np.arange(n) % 2 == 0, "c", "t")
    place = np.arange(n) // 2 % 100
    share = np.where(arm == "t", treated, control)
    bought = (place < np.rint(100 * share)).astype(int)
    return pd.DataFrame({"id": np.arange(n), "arm": arm, "bought": bought, "place": place})


def _stores(shares, arms, n=100):
    """Return stores of n customers with exact shares."""
    store = np.repeat(np.arange(len(shares)), n)
    place = np.tile(np.arange(n), len(shares))
    return pd.DataFrame(
        {
            "id": np.arange(len(store)),
            "store": store,
            "arm": np.array(list(arms))[store],
            "bought": (place < n * np.array(shares)[store]).astype(int),
            "g": np.where(place % 2 == 0, "x", "y"),
        }
    )


FEW = ([0.2, 0.25, 0.3, 0.31, 0.36, 0.36], "cccttt")


def test_less_of_a_bad_thing_is_worth_money_to_decision_and_policy():
    units = _units(4000, 0.3, 0.2)
    units["g"] = np.where(units["id"] // 2 % 3 == 0, "x", "y")
    lost = (units["g"] == "x") & (units["arm"] == "t")
    units["bought"] = units["bought"].where(~lost, 0)  # x gains more
    text = BOUGHT + 'better = "lower"\n[subgroups.g]\n' + MONEY + "capacity = 0.4\n"
    result = _analyze(text, units)
    assert result.decision.verdict == "adopt"
    assert result.decision.value > 0
    policy = result.parts["policy"]
    best = policy.cells.iloc[0]
    assert best["g"] == "x"
    assert best["effect"] < 0 < best["expected"]
    everybody = policy.frame.set_index("estimand").loc["everybody, against calling nobody"]
    assert everybody["estimate"] == pytest.approx(result.decision.value, rel=0.02)


@pytest.mark.parametrize(("better", "verdict"), [("lower", "adopt"), ("higher", "keep")])
def test_a_duration_guards_in_days_and_its_own_direction(better, verdict):
    units = _units(2000, 0.2, 0.4)
    units["days"] = np.where(units["bought"] == 1, 10 + units["place"] % 10, 40)
    text = BOUGHT + (
        '[outcomes.days]\nkind = "duration"\nevent = "bought"\nwindow = 40\nrole = "guardrail"\n'
        f'margin = 1\nbetter = "{better}"\n{MONEY}'
    )
    result = _analyze(text, units)
    row = result.decision.row("guardrail days")
    mean = units.groupby("arm")["days"].mean()
    assert row["estimate"] == pytest.approx(mean["t"] - mean["c"])
    assert result.decision.verdict == verdict


def test_a_score_guards_in_points_of_the_nps():
    units = _units()
    units["score"] = np.where(units["arm"] == "t", 3, 9) - units["id"] // 2 % 2
    text = BOUGHT + f'[outcomes.score]\nkind = "score"\nrole = "guardrail"\nmargin = 5\n{MONEY}'
    result = _analyze(text, units)
    row = result.decision.row("guardrail score")
    assert row["estimate"] == pytest.approx(-150)
    assert result.decision.verdict == "keep"


def _network():
    """Return customers of 90 days and what they bought; the last purchase is out of any window."""
    units = _units().rename(columns={"id": "customer_id"})
    day = pd.to_timedelta(units["customer_id"] % 90, unit="D")
    units["date"] = pd.Timestamp("2025-01-01") + day
    bought = units[units["bought"] == 1]
    purchases = bought[["customer_id"]].assign(date=bought["date"] + pd.Timedelta(days=3))
    last = pd.DataFrame({"customer_id": [0], "date": [pd.Timestamp("2025-06-30")]})
    purchases = pd.concat([purchases, last], ignore_index=True).assign(amount=10.0)
    return units.drop(columns="bought"), purchases


DATED = '[data]\nunits = "units"\ndate = "date"\n'
WINDOW = 'table = "purchases"\nwindow = 30\n'


def test_the_next_score_guards_by_the_nps_of_those_who_answer_and_says_so():
    units, purchases = _network()
    again = units[units["place"] < 60]
    responses = pd.DataFrame(
        {
            "customer_id": again["customer_id"],
            "date": again["date"] + pd.Timedelta(days=5),
            "score": np.where(again["arm"] == "t", 3, 9),
        }
    )
    text = (HEAD + ARMS + DATED + BOUGHT + WINDOW).replace('"id"', '"customer_id"') + (
        '[outcomes.nps]\nkind = "score"\ntable = "responses"\nrole = "guardrail"\nmargin = 5\n'
    )
    tables = {"units": units, "purchases": purchases, "responses": responses}
    result = nps.analyze(nps.parse_plan(text + MONEY), tables)
    assert result.decision.row("guardrail nps")["estimate"] == pytest.approx(-200, abs=2)
    assert result.decision.verdict == "keep"
    assert any("not a randomized comparison" in doubt for doubt in result.decision.diagnostics)


def test_few_clusters_decide_by_a_t_law():
    result = _analyze(BOUGHT + "[decision]\ncontribution = 20\n", _stores(*FEW), CLUSTERED)
    row, effect = result.primary(), result.decision.row("effect")
    assert effect["probability"] == pytest.approx(1 - row["p_value"] / 2, abs=1e-3)
    assert effect["lower"] == pytest.approx(row["lower"], abs=1e-3)
    assert effect["probability"] < stats.norm.cdf(row["estimate"] / row["std_error"]) - 0.01


@pytest.mark.parametrize("df", [1.5, 4.0, 60.0])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_degrees_of_freedom_come_back_from_the_limits(df, level):
    half = 0.5 * stats.t.ppf((1 + level) / 2, df)
    row = {"estimate": 1.0, "std_error": 0.5, "lower": 1 - half, "upper": 1 + half}
    law = posterior(pd.Series(row | {"level": level}))
    assert law.above(np.array([0.0]))[0] == pytest.approx(stats.t.cdf(2, df), abs=1e-3)


def test_limits_that_are_no_t_interval_are_normal_and_none_are_nothing():
    row = pd.Series({"estimate": 1.0, "std_error": 0.5, "lower": -0.5, "upper": 2.0, "level": 0.95})
    assert type(posterior(row)).__name__ == "NormalEffect"
    row["lower"], row["upper"] = 1 - 0.97998, 1 + 0.97998
    assert type(posterior(row)).__name__ == "NormalEffect"
    row["upper"] = np.inf
    assert posterior(row) is None
    row["std_error"] = np.nan
    assert posterior(row) is None


def test_a_ratio_has_no_value():
    units = _units().assign(visits=3)
    text = '[outcomes.bought]\nkind = "amount"\nper = "visits"\nrole = "primary"\n'
    text += '[outcomes.visits]\nkind = "amount"\n' + MONEY
    with pytest.raises(nps.InputError, match=r"decision.*bought.*outcome = …"):
        _analyze(text, units)


THREE = """
[arms]
control = "c"
shares = { c = 0.34, t = 0.33, u = 0.33 }
"""


def _three(treated):
    return pd.concat(
        [
            pd.DataFrame({"arm": arm, "bought": (np.arange(n) < share * n).astype(int)})
            for arm, n, share in (("c", 1020, 0.2), ("t", 990, treated), ("u", 990, 0.26))
        ],
        ignore_index=True,
    ).reset_index(names="id")


def test_of_several_arms_the_decision_names_the_best_and_is_held_to_more():
    result = _analyze(BOUGHT + MONEY, _three(0.3), arms=THREE)
    decision = result.decision
    assert decided_arm(result.plan, result.parts) == "t"
    assert decision.reason.startswith("t: ")
    assert result.parts["decision on u"].reason.startswith("u: ")
    assert decision.provenance.options["adopt_probability"] == pytest.approx(0.975)
    assert any("best of 2 arms" in said and "overstated" in said for said in decision.diagnostics)


def test_an_arm_to_adopt_goes_before_one_of_more_value():
    """The guardrail keeps the more valuable arm out."""
    units = _three(0.4)
    late = (units["arm"] == "t") & (units["id"] % 3 == 0)
    units["complaint"] = (late | (units["id"] % 10 == 0)).astype(int)
    guard = '[outcomes.complaint]\nkind = "binary"\nrole = "guardrail"\nmargin = 0.05\n'
    result = _analyze(BOUGHT + guard + 'better = "lower"\n' + MONEY, units, arms=THREE)
    assert result.decision.verdict == "adopt"
    assert decided_arm(result.plan, result.parts) == "u"
    assert result.parts["decision on t"].verdict == "keep"
    assert result.parts["decision on t"].value > result.decision.value


def test_one_store_an_arm_is_no_decision_and_no_failure():
    frame = _stores([0.2, 0.4], "ct", 400)
    result = _analyze(BOUGHT + MONEY, frame, CLUSTERED)
    decision = result.decision
    assert decision.verdict == "no decision"
    assert "no standard error" in decision.reason
    assert decision.row("effect")["estimate"] == pytest.approx(0.2)
    assert np.isnan(decision.probability)
    assert decision.value == pytest.approx(9)


def test_a_guardrail_of_which_nothing_is_known_holds_adoption_back():
    units = _units(4000).assign(minutes=7.0)
    guard = '[outcomes.minutes]\nkind = "amount"\nrole = "guardrail"\nmargin = 1\n'
    result = _analyze(BOUGHT + guard + MONEY, units)
    assert result.decision.verdict == "continue"
    assert "'minutes' has no standard error" in result.decision.reason
    assert any("minutes" in said for said in result.decision.diagnostics)
    assert _analyze(BOUGHT + MONEY, units).decision.verdict == "adopt"


def test_a_policy_that_cannot_be_is_left_out_and_told():
    units = _units().assign(g="x")
    result = _analyze(BOUGHT + "[subgroups.g]\n" + MONEY + "capacity = 0.4\n", units)
    assert "policy" not in result.parts
    assert any("Whom to treat first is left out" in said for said in result.decision.diagnostics)


def test_whole_clusters_leave_no_rule_for_customers():
    text = BOUGHT + "[subgroups.g]\n" + MONEY + "capacity = 0.4\n"
    result = _analyze(text, _stores(*FEW), CLUSTERED)
    assert "policy" not in result.parts
    assert any("whole clusters were assigned: a rule" in said for said in result.diagnostics)


def test_super_detractors_are_not_told_apart_where_clusters_were_assigned():
    plan = SimpleNamespace(
        callback=SimpleNamespace(super_cut=3),
        outcomes={"bought": SimpleNamespace(kind="binary")},
        primary="bought",
        clustered=True,
    )
    assert super_detractors(plan, gathered=None).empty


def test_outcomes_missing_differently_by_arm_are_no_decision():
    units = _units(4000, 0.2, 0.4)
    gone = (units["arm"] == "t") & (units["bought"] == 0) & (units["id"] % 3 == 0)
    units["bought"] = units["bought"].astype("Int64").mask(gone)
    decision = _analyze(BOUGHT + MONEY, units).decision
    assert decision.verdict == "no decision"
    assert "missing differently" in decision.reason
    assert any("would be 'adopt'" in said for said in decision.diagnostics)


def _looked(planned):
    units, purchases = _network()
    looks = f"[looks]\ndates = [2025-03-01, 2025-12-31]\nplanned_n = {planned}\n"
    text = (HEAD + ARMS + DATED + BOUGHT + WINDOW + looks + MONEY).replace('"id"', '"customer_id"')
    return nps.analyze(nps.parse_plan(text), {"units": units, "purchases": purchases})


def test_before_a_boundary_is_crossed_one_goes_on():
    result = _looked(1_000_000)
    assert not result.parts["looks"].stopped
    assert result.decision.verdict == "continue"
    assert result.decision.reason.startswith("A look before the end")
    assert any("would be 'adopt'" in said for said in result.decision.diagnostics)


def test_after_a_boundary_is_crossed_one_decides():
    result = _looked(800)
    assert result.parts["looks"].stopped
    assert result.decision.verdict == "adopt"


def _costs(text, frame, **options):
    result = _analyze(text, frame, **options)
    return result, ignored(result.plan, result)["cost of ignoring"]


def test_ignoring_costs_what_the_decision_values():
    units = _units(2000, 0.3, 0.2).rename(columns={"bought": "churned"})
    units["bought"] = units["place"] % 2
    text = BOUGHT + '[outcomes.churned]\nkind = "binary"\nbetter = "lower"\n' + MONEY
    result, cost = _costs(text + 'outcome = "churned"\n', units)
    lost, money = cost.frame.iloc[0], cost.frame.iloc[1]
    assert lost["quantity"] == "churned not spared"
    assert lost["estimate"] == pytest.approx(100)
    assert 0 < lost["lower"] < lost["estimate"] < lost["upper"]
    assert money["estimate"] == pytest.approx(1000 * result.decision.value, rel=0.01)
    assert isinstance(cost.provenance, Provenance)


def test_ignoring_costs_amounts_and_names_the_decided_arm():
    units = _three(0.2)
    units["spend"] = 10 * units["bought"] + units["id"] % 5
    text = '[outcomes.spend]\nkind = "amount"\nunit = "EUR"\nrole = "primary"\n'
    result, cost = _costs(text + "[decision]\ncontribution = 0.4\n", units, arms=THREE)
    mean = units.groupby("arm")["spend"].mean()
    assert cost.frame.iloc[0]["estimate"] == pytest.approx(1000 * (mean["u"] - mean["c"]))
    assert cost.frame.iloc[0]["unit"] == "EUR"
    assert "'u'" in cost.diagnostics[0]
    assert decided_arm(result.plan, result.parts) == "u"
