"""The trade's claims beside this network's own numbers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats.checks import InputError
from npsstats.estimation.known import Known, Slope
from npsstats.grades import misused
from npsstats.linkage.claims import VERDICTS, claims
from npsstats.linkage.claims_read import load_claims
from npsstats.linkage.value import worth
from npsstats.linkage.worth.retention import Retention
from tests.linkage.test_value_spending import rows, value_of

INF = float("inf")


def growth(within: tuple[float, float, float] = (0.02, 0.01, 0.03)) -> SimpleNamespace:
    """A result of growth by its interface: between and within, shares, leaders."""

    def row(estimator: str, reading: str, numbers: tuple[float, float, float]) -> dict[str, object]:
        names = dict(zip(("estimate", "lower", "upper"), numbers, strict=True))
        return {"estimator": estimator, "reading": reading, "errors": "cluster", "level": 0.95,
                "n": 900, "std_error": 0.005, **names}  # fmt: skip

    frame = [
        row("within", "naive", (0.001, 0.0005, 0.0015)),
        row("within", "corrected", within),
        row("between", "corrected", (0.012, 0.010, 0.014)),
    ]
    explained = [
        row("within", "naive", (0.001, 0.0, 0.002)),
        row("within", "corrected", (0.05, 0.02, 0.10)),
        row("between", "corrected", (0.40, 0.25, 0.55)),
    ]
    leaders = pd.DataFrame(
        [
            {"quantity": "ratio", **row("", "as chosen", (1.2, 1.0, 1.4))},
            {"quantity": "ratio", **row("", "corrected", (1.4, 1.1, 1.9))},
        ]
    )
    return SimpleNamespace(
        frame=pd.DataFrame(frame),
        explained=pd.DataFrame(explained),
        leaders=leaders,
        diagnostics=("The slope on the true score is not identified: too much noise.",),
        scale="nps",
        errors="cluster",
        period="month",
        lag=1,
    )


def verdicts(**given: object) -> dict[tuple[str, str], str]:
    frame = claims(**given).frame
    return {
        (str(claim), str(reading)): str(verdict)
        for claim, reading, verdict in frame[["claim", "reading", "verdict"]].to_numpy()
    }


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((0.40, 0.25, 0.55), "holds here"),
        ((0.40, 0.20, 0.60), "holds here"),
        ((0.05, 0.00, 0.10), "does not hold here"),
        ((0.90, 0.70, 0.95), "does not hold here"),
        ((0.40, 0.10, 0.55), "cannot tell"),
        ((0.40, 0.25, 0.65), "cannot tell"),
        ((0.40, -INF, INF), "cannot tell"),
        ((np.nan, np.nan, np.nan), "not measured"),
    ],
)
def test_the_verdict_is_a_rule_on_the_interval(
    interval: tuple[float, float, float], expected: str
) -> None:
    claim = next(claim for claim in load_claims() if claim.key == "explains growth")
    assert claim.verdict(*interval, identified=True) == expected
    assert claim.verdict(*interval, identified=False) == "cannot tell"


def test_growth_answers_between_and_within_stores() -> None:
    found = verdicts(growth=growth())
    assert found["explains growth", "between stores, by month"] == "holds here"
    assert found["explains growth", "within stores, by month"] == "does not hold here"
    assert found["leaders grow twice as fast", "true leaders"] == "does not hold here"
    # 12 × .012 = .144 (.120 to .168) % a year; 12 × .02 = .24 (.12 to .36)
    assert found["seven points are one percent", "between stores, by month"] == "holds here"
    assert found["seven points are one percent", "within stores, by month"] == "cannot tell"
    frame = claims(growth=growth()).frame.set_index(["claim", "reading"])
    assert frame.loc[("explains growth", "within stores, by month"), "side"] == "less"
    assert (
        frame.loc[("seven points are one percent", "between stores, by month"), "grade"]
        == "cross-section"
    )
    assert (
        frame.loc[("explains growth", "within stores, by month"), "grade"] == "within-store lagged"
    )


def test_a_slope_that_is_not_identified_cannot_tell_and_says_why() -> None:
    found = claims(growth=growth((np.nan, -INF, INF)))
    row = found.frame[
        (found.frame["claim"] == "seven points are one percent")
        & (found.frame["reading"] == "within stores, by month")
    ].iloc[0]
    assert row["verdict"] == "cannot tell"
    assert np.isnan(row["estimate"])
    assert any("too much noise" in said for said in found.diagnostics)
    found = worth(growth=growth((np.nan, -INF, INF)), revenue=1e6)
    assert found.headline().endswith("The slope on the true score cannot be told: too much noise.")
    slope = worth(growth=growth(), revenue=1e6).given.slope
    assert slope == Slope(0.02, 0.005, 0.01, 0.03, 0.95, n=900, period="month")


def comparison(reference: str, ratio: float = 1.0) -> SimpleNamespace:
    others = [name for name in ("score", "csat", "ces") if name != reference]
    pairs = pd.DataFrame({"predictor": others})
    pairs["difference"], pairs["lower"], pairs["upper"] = [-3.0, -9.0], [-5.0, -12.0], [-1.0, -6.0]
    pairs["ratio"], pairs["ratio_lower"], pairs["ratio_upper"] = ratio, 0.5 * ratio, 1.5 * ratio
    frame = pd.DataFrame({"predictor": ["score"], "level": [0.95], "n": [5000]})
    return SimpleNamespace(frame=frame, pairs=pairs, reference=reference)


def test_comparisons_answer_on_effort_and_on_the_best_question() -> None:
    found = verdicts(comparison=[comparison("score"), comparison("csat", 5.0)])
    assert found["effort foretells better", "against the score"] == "does not hold here"
    assert found["effort foretells better", "against satisfaction"] == "holds here"
    assert found["the best question", "against csat, the best of the others"] == "holds here"
    frame = claims(comparison=comparison("score")).frame.set_index("claim")
    best = frame.loc["the best question"]
    wider = stats.norm.ppf(1 - 0.025 / 2) / stats.norm.ppf(0.975)  # two rivals at once
    assert best["estimate"] == 3.0
    assert (best["lower"], best["upper"]) == pytest.approx((3 - 2 * wider, 3 + 2 * wider))
    unknown = verdicts(comparison=comparison("score", np.nan))
    assert unknown["effort foretells better", "against the score"] == "cannot tell"


def test_value_answers_on_promoters_and_retention() -> None:
    kept = Retention.of_hazards([0.02, 0.015, 0.01], np.diag([0.002, 0.001, 0.001]) ** 2)
    value = worth(customers=value_of(rows(1)), retention=kept, discount=0.08)
    frame = claims(value=value).frame
    lasting = frame[frame["claim"] == "retention is profit"].iloc[0]
    # a life of v Σ (ρ / (1 + d))^k, summed over categories, before and after
    spent = value.given.spending
    lives = [(spent.n * spent.raw / (1.08 - kept.estimate - more)).sum() for more in (0.0, 0.05)]
    assert lasting["estimate"] == pytest.approx(100 * (lives[1] / lives[0] - 1))
    assert lasting["lower"] < lasting["estimate"] < lasting["upper"]
    ratios = frame[frame["claim"] == "promoters are worth more"]
    assert list(ratios["reading"]) == [
        "in a year, equal recorded prior spend and store",
        "in a year, as they are",
        "over 3 years, as they are",
    ]
    assert list(ratios["verdict"]) == ["another quantity"] * 2 + ["does not hold here"]
    assert list(ratios["side"]) == ["", "", "less"]


def test_retention_that_has_no_five_points_left() -> None:
    value = worth(customers=value_of(rows(1)), retention=0.97)
    frame = claims(value=value).frame.set_index("claim")
    assert frame.loc["retention is profit", "verdict"] == "cannot tell"
    assert frame.loc["retention is profit", "why"].startswith("Retention has no five points")


def test_a_life_without_an_end_is_not_identified() -> None:
    kept = Retention(np.array([0.6, 0.7, 0.9]), np.diag([0.01, 0.01, 0.08]) ** 2)
    value = worth(customers=value_of(rows(1)), retention=kept, discount=0.03)
    row = claims(value=value).frame.set_index("claim").loc["retention is profit"]
    assert row["verdict"] == "cannot tell"
    assert "a life has no end" in row["why"]


def test_leaders_of_a_noisy_list_are_not_taken_as_chosen() -> None:
    noisy = growth()
    noisy.leaders = noisy.leaders[noisy.leaders["reading"] == "as chosen"]
    frame = claims(growth=noisy).frame.set_index("claim")
    row = frame.loc["leaders grow twice as fast"]
    assert (row["reading"], row["verdict"]) == ("true leaders", "cannot tell")
    assert np.isnan(row["estimate"])


def test_each_claim_says_why_it_was_not_measured() -> None:
    found = claims(missing={"growth": "2 stores are the least that can be compared."})
    frame = found.frame.set_index("claim")
    assert (frame["verdict"] == "not measured").all()
    assert (frame["why"] != "").all()
    assert frame.loc["explains growth", "why"] == "2 stores are the least that can be compared."
    assert "experiment" in frame.loc["called back, scores better", "why"]


def test_called_back_is_judged_against_the_control_arm() -> None:
    frame = pd.DataFrame(
        {
            "null": ["assumed", "control arm"],
            "whole": True,
            "measure": "better",
            "estimate": [0.60, 0.70],
            "observed": 0.72,
            "excess": [0.12, 0.02],
            "excess_lower": [0.09, -0.02],
            "excess_upper": [0.15, 0.06],
            "level": 0.95,
        }
    )
    both = SimpleNamespace(parts={"regression to the mean": SimpleNamespace(frame=frame)})
    alone = SimpleNamespace(frame=frame.iloc[:1])
    name = "called back, scores better"
    judged = claims(callback=both).frame.set_index("claim").loc[name]
    assert judged["verdict"] == "cannot tell"
    assert judged["grade"] == "randomized"
    assert judged["why"] == "72 % scored better; 70 % would with nothing done."
    assert claims(callback=alone).frame.set_index("claim").loc[name, "grade"] == "cross-section"


def test_a_fall_before_leaving() -> None:
    fitted = SimpleNamespace(
        frame=pd.DataFrame(
            {
                "term": ["category", "move"],
                "label": ["detractor", "fall"],
                "ratio": [2.0, 1.4],
                "ratio_lower": [1.8, 1.1],
                "ratio_upper": [2.2, 1.8],
                "n": [500, 300],
            }
        ),
        level=0.95,
    )
    found = claims(churn=fitted).frame.set_index("claim").loc["a fall precedes churn"]
    assert (found["estimate"], found["verdict"], found["n"]) == (1.4, "holds here", 300)
    twice = pd.DataFrame({"comparison": ["fall against none", "at equal last score"]})
    twice = twice.assign(label="fall", ratio=[1.4, 1.0], ratio_lower=[1.1, 0.8])
    twice = twice.assign(ratio_upper=[1.8, 1.3], level=0.95, n=300)
    both = verdicts(churn=SimpleNamespace(frame=twice))
    assert both["a fall precedes churn", "fall against none"] == "holds here"
    assert both["a fall precedes churn", "at equal last score"] == "cannot tell"
    stated = claims(churn=Known(1.05, lower=0.9, upper=1.2)).frame.set_index("claim")
    assert stated.loc["a fall precedes churn", "verdict"] == "cannot tell"


def test_every_claim_has_words_in_both_languages_and_a_source() -> None:
    found = load_claims()
    assert len({claim.key for claim in found}) == len(found) == 9
    for claim in found:
        for said in (claim.text, claim.source, claim.against):
            assert set(said) == {"en", "fr"}
        assert all(claim.text.values())
        assert all(claim.source.values())
        assert claim.low < claim.high


def test_our_own_sentences_claim_no_more_than_their_grade() -> None:
    value = worth(customers=value_of(rows(1)), retention=0.8)
    found = claims(growth=growth(), value=value, comparison=comparison("score"))
    assert misused(" ".join([found.headline(), *found.diagnostics]), "cross-section") == ()
    for grade, why in found.frame[["grade", "why"]].to_numpy():
        assert misused(why, grade or "cross-section") == ()
    assert set(found.frame["verdict"]) <= set(VERDICTS)


def test_only_some_claims_and_a_name_that_is_none() -> None:
    assert len(claims(only=["leaders grow twice as fast"]).frame) == 1
    with pytest.raises(InputError, match="`only` names no claim 'x'; there are explains growth"):
        claims(only=["x"])


def test_why_a_claim_on_customers_is_not_measured_is_never_what_is_said_of_growth() -> None:
    noted = SimpleNamespace(
        diagnostics=("When trade falls back, the best fifth may look better.", "No leaders.")
    )
    why = claims(growth=SimpleNamespace(**{**vars(growth()), **vars(noted)})).frame
    why = why.groupby("claim")["why"].first()
    assert "churn after a fall" in why["a fall precedes churn"]
    assert "other questions" in why["the best question"]
    assert "call-backs" in why["called back, scores better"]
