"""The audit agrees with the assignment, and finds every way in which what was seen is not it."""

import pandas as pd
import pytest

from npsstats.checks import InputError
from npsstats.experiments.assignment.assign import assign
from npsstats.experiments.assignment.audit import audit, audit_rule

HALVES = {"control": 0.5, "called": 0.5}
RULES = {
    "independent": {},
    "blocked": {"method": "blocked", "strata": ["tier"]},
    "held out": {"method": "blocked", "strata": ["tier"], "holdout": 0.1, "holdout_key": "keep"},
    "clusters": {"cluster": "store", "method": "blocked", "size_tiers": 3},
    "independent clusters": {"cluster": "store", "strata": ["chain"]},
}


@pytest.fixture(scope="module")
def customers():
    return pd.DataFrame(
        {
            "customer_id": [f"{number:04d}" for number in range(1200)],
            "tier": ["gold", "silver", "silver"] * 400,
            "store": [number % 40 for number in range(1200)],
            "chain": ["A" if number % 40 < 10 else "B" for number in range(1200)],
        }
    )


def seen(frame, **arms):
    changed = frame[["customer_id", "arm"]].astype(object).set_index("customer_id")
    for unit, arm in arms.items():
        changed.loc[unit.removeprefix("u"), "arm"] = arm
    return changed.reset_index()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_an_assignment_agrees_with_its_own_audit(customers, rule, tmp_path):
    result = assign(customers, key="k", shares=HALVES, **rule)
    path = result.write(tmp_path / "arms.csv")
    for rows, units in ((path, None), (path, customers), (result.frame, customers)):
        checked = audit(rows, units, key="k", shares=HALVES, **rule)
        assert not checked.failed, checked
        assert checked.counts["agrees"] == 1200
        assert sum(checked.counts.values()) == 1200
        assert (checked.frame["planned"] == checked.frame["seen"]).all()
        assert checked.frame["planned_share"].sum() == pytest.approx(1)
        assert "as planned" in checked.headline()


def test_every_departure_is_counted_and_named(customers):
    result = assign(customers, key="k", shares=HALVES)
    planned = result.frame.set_index("customer_id")["arm"]
    called = list(planned[planned == "called"].index)
    rows = seen(result.frame, **{f"u{called[0]}": "control", f"u{called[1]}": "mailed"})
    rows.loc[rows["customer_id"] == called[2], "arm"] = None
    rows = rows[rows["customer_id"] != called[3]]
    more = pd.DataFrame(
        {"customer_id": [called[4], called[5], "new", None], "arm": ["control", "called"] * 2}
    )
    checked = audit(pd.concat([rows, more]), customers, key="k", shares=HALVES)
    assert checked.counts == {
        "other arm": 1,
        "several arms": 1,
        "unknown arm": 1,
        "not in the list": 1,
        "without arm": 1,
        "never seen": 1,
        "agrees": 1195,
    }
    assert checked.failed
    said = " ".join(checked.diagnostics)
    assert f"({called[0]} in 'control', planned 'called')" in said
    assert f"in an arm that the plan does not have ({called[1]} in 'mailed')" in said
    assert "1 unit was seen and never assigned: it is not in the list (new)" in said
    assert "Rows without a unit that can be read: 1." in said
    assert "take no decision" in said
    assert "NOT AS PLANNED" in checked.headline()
    last = checked.frame.iloc[-1]
    assert (last["arm"], last["seen"], last["agree"]) == ("mailed", 1, 0)
    assert len(checked.examples) == 5


def test_units_lost_from_one_arm_are_a_mismatch_though_every_arm_agrees(customers):
    result = assign(customers, key="k", shares=HALVES)
    rows = seen(result.frame)
    rows = rows.drop(rows[rows["arm"] == "called"].index[:200])
    checked = audit(rows, customers, key="k", shares=HALVES)
    assert checked.counts["agrees"] == 1000
    assert checked.p_value < 1e-6
    assert checked.failed
    assert checked.diagnostics[0].startswith("Sample-ratio mismatch")
    assert "200 units were assigned and never seen" in checked.diagnostics[-1]
    even = rows.drop(rows[rows["arm"] == "control"].index[:200])
    assert not audit(even, customers, key="k", shares=HALVES).failed


def test_a_holdout_that_nobody_logs_is_no_mismatch(customers):
    rule = {"key": "k", "shares": HALVES, "holdout": 0.2, "holdout_key": "keep"}
    result = assign(customers, **rule)
    rows = seen(result.frame)
    checked = audit(rows[rows["arm"] != "holdout"], customers, **rule)
    assert not checked.failed
    assert "the holdout among them" in checked.diagnostics[0]
    treated = rows.assign(arm=rows["arm"].replace("holdout", "called"))
    broken = audit(treated, customers, **rule)
    assert broken.failed
    assert broken.counts["other arm"] == (rows["arm"] == "holdout").sum()


def test_clusters_are_what_is_counted(customers):
    """Thirty units a store: 39 stores against 1 would be 1170 units, but is 40 draws."""
    rule = {"key": "k", "shares": HALVES, "cluster": "store"}
    result = assign(customers, **rule)
    checked = audit(result.frame, customers, **rule)
    stores = result.frame.drop_duplicates("store")["arm"].value_counts()
    assert checked.p_value > 0.01
    assert stores.sum() == 40


def test_a_part_of_a_blocked_list_cannot_be_recomputed_alone(customers):
    rule = assign(customers, key="k", shares=HALVES, **RULES["blocked"])
    part = rule.frame.iloc[:400]
    wrong = audit_rule(part, None, rule.rule)
    assert wrong.counts["other arm"] > 0
    assert any("give the list that was assigned" in doubt for doubt in wrong.diagnostics)
    right = audit_rule(part, customers, rule.rule)
    assert not right.failed
    assert right.counts["never seen"] == 800


def test_another_key_is_found_out(customers):
    result = assign(customers, key="k", shares=HALVES)
    checked = audit(result.frame, key="other", shares=HALVES)
    assert checked.failed
    assert checked.counts["other arm"] == pytest.approx(600, abs=80)
    assert "…" in checked.diagnostics[0]


def test_a_column_that_is_not_there_is_said(customers):
    with pytest.raises(InputError, match="has no column 'group'"):
        audit(customers, key="k", shares=HALVES, arm="group")
    with pytest.raises(InputError, match="`threshold` must be between 0 and 1"):
        audit(customers, key="k", shares=HALVES, threshold=2)


def test_nothing_seen_of_the_list(customers):
    rows = pd.DataFrame({"customer_id": ["x"], "arm": ["called"]})
    checked = audit(rows, customers, key="k", shares=HALVES)
    assert checked.counts["never seen"] == 1200
    assert checked.failed
    assert pd.isna(checked.p_value)
