"""Texts, customers at risk and stores to look into: what is said follows from what is counted."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.reporting.language import Language
from npsstats.reporting.leadership.beside import voice_of, watch_of
from npsstats.reporting.leadership.beside_facts import AtRisk, Voice, Watch
from npsstats.reporting.leadership.pages import risk, voice, watch

ENGLISH = Language("en")


def texts(rows):
    """Return answers from (score, text, times)."""
    frame = pd.DataFrame(
        [(score, text) for score, text, times in rows for _ in range(times)],
        columns=["score", "verbatim"],
    )
    return nps.read(frame, quiet=True)


def test_themes_that_few_name_are_left_out_and_few_mentions_are_not_told():
    rows = [
        (2, "trop d'attente en caisse", 20),
        (10, "équipe aimable", 30),
        (10, "attente en caisse", 3),
        (2, "parking trop petit", 4),
    ]
    found = voice_of(texts(rows), "fr", level=0.95, seed=0)
    themes = found.themes.set_index("theme")
    assert found.texts == 57
    assert "parking" not in themes.index
    assert found.hidden >= 1
    assert themes.loc["waiting", "yes"] == 23
    assert np.isnan(themes.loc["waiting", "promoter"])
    assert np.isnan(themes.loc["waiting", "detractor"])  # 23 less 20 would tell of three
    assert themes.loc["welcome", "promoter"] == pytest.approx(30 / 33)
    assert found.rates == {"detractor": 1, "promoter": 1}
    assert found.labels["waiting"]["en"] != found.labels["waiting"]["fr"]


def test_the_codebook_that_fits_the_texts_is_taken_whatever_the_language_of_the_report():
    rows = [(2, "the queue at the checkout was far too long", 10), (10, "friendly staff", 10)]
    found = voice_of(texts(rows), "fr", level=0.95, seed=0)
    assert found.named > 0.9
    assert voice_of(texts([(9, None, 8), (3, None, 4)]), "fr", level=0.95, seed=0) is None


def test_shares_of_few_who_wrote_are_not_told(make_facts, look):
    few = voice_of(
        texts([(2, "attente en caisse", 3), (10, "attente en caisse", 2), (9, None, 20)]),
        "fr", level=0.95, seed=0,
    )  # fmt: skip
    assert few.rates == {}
    page = voice.page(make_facts(voice=few), look)
    said = " ".join(page.content["sentences"])
    assert "%" not in said
    if look.language.code == "en":
        assert "fewer than 5 did" in said
    none = voice.lede(look.language, replace(few, themes=few.themes.iloc[:0], hidden=1))
    assert "thème n" in none or "no theme is named by as many as 5" in none


def test_a_list_that_is_cut_says_so(make_facts, look):
    one = spoken(0.3, 0.2, 0.4)
    many = pd.concat([one.themes] * 5).assign(theme=[f"t{i}" for i in range(5)])
    found = replace(
        one, themes=many, labels={f"t{i}": {"en": f"T{i}", "fr": f"T{i}"} for i in range(5)}
    )
    said = voice.page(make_facts(voice=found), look).content["sentences"][0]
    assert "2 other themes" in said or "2 autres thèmes" in said


def spoken(gap, lower, upper, detractor=0.4, promoter=0.1):
    themes = pd.DataFrame(
        {
            "theme": ["waiting"],
            "yes": [50],
            "share": [0.25],
            "detractor": [detractor],
            "promoter": [promoter],
            "gap": [gap],
            "gap_lower": [lower],
            "gap_upper": [upper],
        }
    )
    rates = {"detractor": 0.4, "passive": 0.2, "promoter": 0.2}
    labels = {"waiting": {"en": "Waiting", "fr": "Attente"}}
    return Voice(200, 800, 0.9, themes, labels, rates, 0)


@pytest.mark.parametrize(
    ("gap", "lower", "upper", "text"),
    [
        (0.3, 0.2, 0.4, "Detractors surely speak more than promoters of: Waiting (40%"),
        (-0.3, -0.4, -0.2, "Promoters surely speak more than detractors of: Waiting"),
        (0.3, -0.1, 0.7, "No theme is shown to be named more by detractors"),
        (0.3, 0.0003, 0.7, "No theme is shown to be named more by detractors"),
        (np.nan, np.nan, np.nan, "Too few wrote to compare"),
    ],
)
def test_a_theme_is_detractors_only_where_the_whole_interval_says_so(
    make_facts, look, gap, lower, upper, text
):
    facts = make_facts(voice=spoken(gap, lower, upper))
    page = voice.page(facts, look)
    if look.language.code == "en":
        assert page.content["sentences"][0].startswith(text)
        assert "lean towards those who write more" in page.content["sentences"][1]
    assert len(page.charts["figures"]) == 1


def test_shares_that_differ_surely_are_not_written_alike(make_facts, look):
    facts = make_facts(voice=spoken(0.004, 0.002, 0.006, detractor=0.0144, promoter=0.0104))
    said = voice.page(facts, look).content["sentences"][0].replace(",", ".")
    assert "1.44" in said
    assert "1.04" in said


def at_risk(alerts, n):
    cells = pd.DataFrame(
        {
            "purchases": ["1 purchase", "1 purchase", "4-9"],
            "last": ["detractor", "promoter", "promoter"],
            "n": pd.array([n, n, 80], dtype="Int64"),
            "money": [10.0, 10.0, 900.0],
            "loss": [1.0, 1.0, 90.0],
        }
    )
    known = alerts is not None and alerts > 0
    money = 1200.0 if known else float("nan")
    return AtRisk(100, 1000.0, 92.0, 40.0, alerts, money, money / 10, cells)


def test_customers_at_risk_are_counts_and_few_are_hidden(make_facts):
    look = _look()
    page = risk.page(make_facts(risk=at_risk(12, pd.NA)), look)
    (table,) = page.content["tables"]
    assert table["rows"][0] == ["1 purchase", "–", "–"]
    assert table["rows"][1] == ["4 to 9 purchases", "0", "80\N{NO-BREAK SPACE}(90.00)"]
    assert "A dash hides fewer than 5 customers" in page.content["note"]
    assert "12 regulars" in page.content["sentences"][0]
    few = risk.page(make_facts(risk=at_risk(None, 30)), look)
    assert few.content["sentences"][0].startswith("Fewer than 5 regulars")
    assert "dash" not in few.content["note"]
    nothing = at_risk(12, 30)
    page = risk.page(make_facts(risk=replace(nothing, cells=nothing.cells.assign(loss=0.0))), look)
    assert page.content["tables"][0]["rows"][1][2] == "80\N{NO-BREAK SPACE}(<\N{NO-BREAK SPACE}1)"
    none = risk.page(make_facts(risk=at_risk(0, 30)), look)
    assert none.content["sentences"][0].startswith("No regular")


def test_stores_are_worth_looking_into_and_not_accused(make_facts):
    look = _look()
    listed = pd.DataFrame(
        {
            "store": ["Lyon", "Nice"],
            "n": [300, 200],
            "sign": ["bursts", "tens_given_closed"],
            "observed": [40.0, 4.0],
            "expected": [8.04, 30.0],
            "of": [300.0, 200.0],
            "p_value": [1e-6, 1e-5],
            "also": [("response_rate",), ()],
        }
    )
    found = Watch(20, listed, 0.05, ("bursts", "tens_given_closed"), ("response_rate",))
    page = watch.page(make_facts(watch=found), look)
    assert page.content["lede"].startswith("2 of 20 stores are worth looking into.")
    (table,) = page.content["tables"]
    assert table["rows"][0] == [
        "Lyon", "answers that crowd within days (and 1 other)", "40", "8.0", "300", "300"
    ]  # fmt: skip
    assert table["rows"][1][2] == "under 5"
    assert "not a proof" in page.content["note"]
    nobody = Watch(20, listed.iloc[:0], 0.05, ("bursts",), ())
    page = watch.page(make_facts(watch=nobody), look)
    assert page.content["lede"].startswith("None of 20 stores")
    assert page.content["tables"] == []


def test_without_stores_there_is_nothing_to_look_into():
    assert watch_of(texts([(9, "bien", 30)]), None, {}) is None


def _look():
    from npsstats.reporting.style import Look

    return Look(ENGLISH, "#1f3a5f", "#a3532b")
