"""What comes next, signal or noise, what if: pages, sentences, and how they do without."""

import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from pypdf import PdfReader

import npsstats as nps
from npsstats.checks import InputError
from npsstats.estimation.known import Slope
from npsstats.forecasting.scenarios import scenario
from npsstats.grades import misused
from npsstats.reporting.brand import Brand
from npsstats.reporting.charts.forecast_fans import overhang
from npsstats.reporting.forecast import (
    business as forecast_business,
    business_wording,
    doubts as forecast_doubts,
    signal_wording,
    wording as forecast_wording,
)
from npsstats.reporting.forecast.document import forecast_pdf
from npsstats.reporting.forecast.facts import ForecastFacts
from npsstats.reporting.forecast.gathering import forecast_facts
from npsstats.reporting.forecast.request import ForecastRequest
from npsstats.reporting.forecast.scenario_lines import line
from npsstats.reporting.language import Language
from npsstats.reporting.leadership.pages import forecast, signal, what_if
from npsstats.reporting.leadership.report import document, report
from npsstats.reporting.linkage.facts import LinkageFacts
from npsstats.reporting.render import compile_pdf
from npsstats.reporting.style import PAGE_WIDTH, SMALL, canvas, text_width

MARGIN = (210 - PAGE_WIDTH) / 2 / 25.4 * 72
ENGLISH = Language("en")
LONG = "Très grand magasin de la périphérie nord de Clermont-Ferrand n° {}"


def counts(stores=4, months=18, n=60, seed=1, shocked=True):
    rng = np.random.default_rng(seed)
    usual = np.array([0.02] * 7 + [0.13, 0.2, 0.25, 0.28])
    poor = usual[::-1]
    labels = [f"{2024 + m // 12}-{m % 12 + 1:02d}" for m in range(months)]
    cells = [(f"S{i}", label) for i in range(stores) for label in labels]
    rows = [
        rng.multinomial(n, poor / poor.sum() if shocked and cell == ("S1", labels[-1]) else
                        usual / usual.sum())
        for cell in cells
    ]  # fmt: skip
    return nps.ScoreCounts(np.array(rows), pd.DataFrame(cells, columns=["store_id", "month"]))


def request(**changed):
    asked = {"horizon": 3, "by": "store_id", "target": 45, "model": "hierarchical", **changed}
    return ForecastRequest(**asked)


@pytest.fixture(scope="module")
def gathered():
    linkage = LinkageFacts(
        slope={"estimate": 0.1, "lower": 0.05, "upper": 0.15, "n": 500}, revenue=5e6
    )
    names = {f"S{i}": LONG.format(i) for i in range(4)}
    return forecast_facts(counts(), request(linkage=linkage, names=names))


@pytest.fixture(scope="module")
def traded(gathered):
    """Return facts with revenue and customers to come beside."""
    periods = list(gathered.ahead["period"])
    revenue = pd.DataFrame(
        {"period": periods, "estimate": 4e5, "lower": 3e5, "upper": 5e5, "level": 0.95,
         "growth": 2.0, "growth_lower": -8.0, "growth_upper": 12.0}
    )  # fmt: skip
    past = pd.DataFrame({"period": gathered.history["period"], "estimate": 3.9e5})
    rows = [
        {"quantity": name, "label": "all", "period": period, "horizon": ahead, "estimate": size,
         "lower": size * 0.6, "upper": size * 1.6, "level": 0.95, "grade": "cross-section"}
        for name, size in (("customers", 9000), ("lost so far", 432), ("revenue at risk", 2e4))
        for ahead, period in enumerate(periods, 1)
    ]  # fmt: skip
    return replace(
        gathered, revenue=revenue, revenue_past=past, churn=pd.DataFrame(rows), helps="no",
        saved={"estimate": -0.01, "lower": -0.02, "upper": 0.01, "level": 0.95},
    )  # fmt: skip


def without_business(facts):
    return replace(facts, target=None, scenario=None, reach=None, stores=None, alerts=None,
                   moves=None, skill=None)  # fmt: skip


def sentences(words, facts):
    said = [
        forecast_wording.expected(words, facts),
        forecast_wording.recent(words, facts),
        forecast_wording.shown_then(words, facts),
        forecast_wording.target(words, facts),
        forecast_wording.skill(words, facts),
        forecast_wording.stores(words, facts),
        signal_wording.seen(words, facts),
        signal_wording.believed(words, facts),
        signal_wording.changes(words, facts),
        signal_wording.moves(words, facts),
        signal_wording.alarms(words, facts),
        business_wording.turned(words, facts),
        business_wording.footing(words, facts),
        *business_wording.needed(words, facts),
        business_wording.revenue(words, facts),
        business_wording.helped(words, facts),
        business_wording.customers(words, facts),
        *forecast_doubts.doubts(words, facts, *facts.doubts),
    ]
    return [text for text in said if text]


@pytest.mark.parametrize("code", ["en", "fr"])
@pytest.mark.parametrize("shape", ["all", "little"])
def test_each_page_is_one_sheet_and_stays_on_it(traded, tmp_path, shape, code):
    facts = traded if shape == "all" else without_business(traded)
    path = forecast_pdf(facts, tmp_path, lang=code, brand={"name": "Maison"})
    pdf = path.read_bytes()
    assert path.name == "forecast.pdf"
    whole = pypdfium2.PdfDocument(pdf)
    # without stores the last change needs no sheet of its own
    assert len(whole) == (3 if shape == "all" else 2)
    for page in whole:
        width, height = page.get_size()
        text = page.get_textpage()
        for i in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(i)
            assert left >= MARGIN - 2
            assert right <= width - MARGIN + 2
            assert 20 < bottom <= top < height - 20
    said = [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages]
    words = Language(code)
    titles = [
        re.sub(r"\s", "", words.say(title))
        for title in ("What comes next", "Signal or noise", "What if")
    ]
    places = [next(i for i, page in enumerate(said) if title in page) for title in titles]
    assert places == ([0, 1, 2] if shape == "all" else [0, 0, 1])
    if code == "fr":
        text = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
        assert not re.search(r"[ \d][;:!?%»]", text)
        for word in (" the ", "store", " with ", " than ", " which ", "customer", "score shown"):
            assert word not in text.replace("npsstats", ""), word


def test_same_facts_same_bytes(traded, tmp_path):
    first, second = (forecast_pdf(traded, tmp_path / f"{i}.pdf", lang="fr") for i in range(2))
    assert first.read_bytes() == second.read_bytes()


def test_no_sentence_says_more_than_an_assumption_may(words, traded):
    said = sentences(words, traded)
    assert len(said) > 15
    assert misused(" ".join(said), "assumed") == ()


def test_lede_says_the_last_row_of_the_table(gathered, look):
    page = forecast.foretold(gathered, look)
    row = page.content["tables"][0]["rows"][-1]
    assert all(row[place] in page.content["lede"] for place in (0, 2, 4))
    assert [len(each) for each in page.content["tables"][0]["rows"]] == [7, 7, 7]


def test_many_periods_are_thinned_and_the_last_is_kept(gathered):
    long = pd.concat([gathered.ahead] * 8, ignore_index=True)
    long["horizon"] = np.arange(24)
    kept = forecast.table(replace(gathered, ahead=long))["horizon"].tolist()
    assert (len(kept), kept[0], kept[-1]) == (7, 0, 23)


def test_news_are_listed_by_the_name_that_people_use(gathered, look):
    assert gathered.alerts.loc[gathered.alerts["alert"], "cell"].tolist() == ["S1"]
    page = signal.judged(gathered, look)
    rows = page.content["tables"][0]["rows"]
    assert len(rows) == 1
    assert rows[0][0].endswith("Ferrand n° 1")
    assert "figures" not in page.charts  # four stores make no cloud


def test_a_model_that_does_not_beat_repeating_is_said_not_to(gathered):
    def said(last, seasonal, words=ENGLISH):
        against = {"last value": last, "seasonal naive": seasonal}
        skill = {"crps": 2.0, "against": against, "level": 0.95, "verdict": "", "origins": 8}
        return forecast_wording.skill(words, replace(gathered, skill=skill))

    unsure, sure, nan = (0.26, -0.18, 0.6), (0.4, 0.2, 0.6), np.nan
    # the error is larger or smaller, and so are its limits: one sign for all
    assert said((-0.2, nan, nan), unsure).replace("\N{NO-BREAK SPACE}", " ") == (
        "Tried at 8 past dates, such forecasts were off by 2.0 (CRPS, in points): +20% against "
        "“the last figure repeated” and −26% against “the figures of a year before repeated” (95% "
        "interval: −60% to +18%). It does not beat simply repeating past figures."
    )
    assert "+20\N{NARROW NO-BREAK SPACE}% par rapport à" in said(
        (-0.2, nan, nan), unsure, Language("fr")
    )
    assert said(sure, sure).endswith("It beats simply repeating past figures.")
    assert said(sure, unsure).endswith("but not surely.")
    assert "read this forecast with care" in said((-0.5, -0.9, -0.1), sure)


def test_a_record_too_short_to_tell_is_said_in_words_without_its_percentages(gathered, words):
    def said(**against):
        named = {name.replace("_", " "): saved for name, saved in against.items()}
        skill = {"crps": 2.0, "against": named, "level": 0.95, "verdict": "", "origins": 8}
        return forecast_wording.skill(words, replace(gathered, skill=skill))

    wide, sure = (-0.11, -5.94, 1.0), (0.4, 0.2, 0.6)
    lone, both = said(last_value=wide), said(last_value=wide, seasonal_naive=wide)
    assert lone == both
    assert "%" not in lone
    assert ("too short" in lone) or ("trop court" in lone)
    one = said(last_value=wide, seasonal_naive=sure)
    assert words.percent(0.4) in one
    assert words.percent(5.94) not in one
    assert ("too short" in one) or ("trop court" in one)
    assert ("but not surely" in one) or ("pas sûr" in one)  # it cannot beat all of them
    assert words.percent(0.5) in said(last_value=(-0.5, -2.0, -0.1))  # wide, and surely worse


def test_a_target_is_written_as_it_was_given(gathered, words):
    facts = replace(gathered, target=25.0)
    for text in (forecast_wording.target(words, facts), *business_wording.needed(words, facts)[:1]):
        assert "25" in text
        assert words.number(25.0) not in text


def test_less_than_a_year_is_not_set_beside_the_year_before():
    assert set(forecast_facts(counts(1, 10), request(by=None)).skill["against"]) == {"last value"}


@pytest.mark.parametrize(
    ("below", "start"),
    [(0.95, "likely to be lower"), (0.05, "likely to be higher"), (0.4, "foretold")],
)
def test_a_rise_or_fall_is_said_only_where_it_is_likely(gathered, below, start):
    recent = {"estimate": 30.0, "periods": 12.0, "p_below": below}
    assert start in forecast_wording.recent(ENGLISH, replace(gathered, recent=recent))


def test_the_last_change_is_said_beside_its_margin(gathered):
    move = {**gathered.move, "move": -6.04, "margin": 4.0, "verdict": "more than chance",
            "p_fall": 0.99, "p_rise": 0.01, "lower": -9.0, "upper": -1.0}  # fmt: skip
    facts = replace(gathered, move=move)
    assert signal_wording.seen(ENGLISH, facts) == (
        "From May 2025 to June 2025, the NPS shown fell by 6.0 points, beyond the ±4.0 that 240 "
        "and 240 answers give by chance."
    )
    assert "fell with a probability of 98" in signal_wording.believed(
        ENGLISH, replace(gathered, move={**move, "p_fall": 0.98})
    )
    untold = replace(gathered, move={**move, "upper": 0.04, "verdict": "cannot tell"})
    assert "cannot be told" in signal_wording.believed(ENGLISH, untold)
    silent = replace(gathered, move={**move, "move": np.nan, "observed": np.nan})
    assert signal_wording.seen(ENGLISH, silent).startswith("June 2025: no answers")
    french = signal_wording.seen(Language("fr"), replace(facts, move={**move, "move": -1.0}))
    assert "a reculé de 1,0 point, ce qui reste dans" in french


def test_none_beyond_its_margin_is_said_in_words(gathered, words):
    still = gathered.moves.assign(move=0.0, margin=9.0, verdict="within what chance gives")
    said = signal_wording.moves(words, replace(gathered, moves=still))
    assert {
        "en": "none changed by more than the margin of its answers; chance alone gives less than "
        "one.",
        "fr": "aucun ne varie de plus que la marge de ses réponses\N{NARROW NO-BREAK SPACE}; le "
        "hasard seul en donnerait moins d’un.",
    }[words.code] in said


def test_a_change_of_level_is_dated(gathered):
    row = {"first": "2025-03", "last": "2025-04", "estimate": -5.0, "level": 0.95, "lower": -8.0,
           "upper": -2.0, "probability": 0.93}  # fmt: skip
    facts = replace(gathered, changes=pd.DataFrame([row]))
    assert "between March 2025 and April 2025, by −5.0" in signal_wording.changes(ENGLISH, facts)
    exact = replace(gathered, changes=pd.DataFrame([{**row, "last": "2025-03"}]))
    assert "a changé en mars 2025" in signal_wording.changes(Language("fr"), exact)


def test_the_scenario_takes_the_measured_slope_and_says_so(gathered, look):
    assert gathered.slope_basis == "measured"
    rows = what_if._scenario(look.language, gathered)["rows"]
    assert len(rows) == 3  # the score, and both readings of revenue
    shown = business_wording.row_of(gathered.scenario, "revenue", "if it moves growth")
    level = business_wording.row_of(gathered.scenario, "revenue", "if it moves the level")
    assert shown.estimate > level.estimate > 0
    assert shown.link == "within-store lagged"


def test_no_amount_is_made_up_where_no_slope_is_identified(words, look):
    unknown = LinkageFacts(
        slope={"estimate": np.nan, "lower": np.nan, "upper": np.nan}, revenue=5e6
    )
    found = forecast_facts(counts(1, 8), request(by=None, linkage=unknown))
    assert found.slope_basis == "unidentified"
    assert set(found.scenario["quantity"]) == {"NPS"}
    page = what_if.supposed(found, look)
    assert page.content["tables"][0]["rows"] == []
    said = business_wording.footing(words, found)
    assert {"en": "no revenue is computed", "fr": "aucun montant n’est calculé"}[words.code] in said
    assert forecast_business._measured(replace(unknown, period="quarter"), "month") is None


def test_the_scenario_adds_up_as_it_is_printed(gathered):
    def number(text):
        return float(text.replace("−", "-").replace(",", ""))

    row = business_wording.row_of(gathered.scenario, "revenue", "if it moves growth")
    for start, moved, lower, upper in (
        (1_174_600, 1_163, 496, 2_140), (1e9 + 55, 2_910, 1_220, 5_700),
        (8321.8, 0.54, -0.8, 2.1), (77, 0.04, -0.01, 0.06),
    ):  # fmt: skip
        cells = line(
            ENGLISH,
            "",
            row._replace(baseline=start, estimate=moved, lower=lower, upper=upper),
            sums=True,
        )
        assert number(cells[1]) + number(cells[3]) == pytest.approx(number(cells[2]))
        assert number(cells[3]) == pytest.approx(moved, rel=0.05, abs=0.051)
    assert "+500 to +2,100" in line(ENGLISH, "", row._replace(lower=496, upper=2_140), sums=True)[
        4
    ].replace("\N{NO-BREAK SPACE}", " ")


def test_the_target_asks_for_what_the_numbers_say(gathered):
    said = " ".join(business_wording.needed(ENGLISH, gathered))
    frame = gathered.reach
    gain = frame[(frame["quantity"] == "gain needed") & (frame["of"] == "true score")
                 & (frame["sure"] == 0.8)]["estimate"].iloc[0]  # fmt: skip
    assert f"{ENGLISH.number(gain)} points above what is forecast" in said
    easy = frame.copy()
    easy.loc[easy["quantity"] == "gain needed", "estimate"] = -3.0
    assert "with 3.0 to spare" in " ".join(
        business_wording.needed(ENGLISH, replace(gathered, reach=easy))
    )
    far = frame.copy()
    far.loc[far["quantity"] == "detractors turned promoters", "estimate"] = np.inf
    assert "more than if all detractors turned promoters" in " ".join(
        business_wording.needed(ENGLISH, replace(gathered, reach=far))
    )


def test_sums_are_rounded_to_three_digits():
    assert [business_wording.amount(ENGLISH, size) for size in (65.36, 954_321, -1_234)] == [
        "65", "954,000", "−1,230",
    ]  # fmt: skip


def test_five_months_are_forecast_and_said_to_be_few(words, tmp_path):
    found = forecast_facts(counts(2, 5), request())
    assert len(found.ahead) == 3
    assert "forecast" not in found.missing
    said = " ".join(forecast_doubts.doubts(words, found, "forecast"))
    assert {"en": "Less than a year is known", "fr": "Moins d’un an"}[words.code] in said
    path = forecast_pdf(found, tmp_path / "few.pdf", lang=words.code)
    text = PdfReader(path).pages[0].extract_text()
    assert words.period("2024-08") in re.sub(r"\s+", " ", text)


def test_where_nothing_can_be_forecast_the_page_says_why(words, tmp_path):
    found = ForecastFacts(missing={"forecast": "There is no 'date'."})
    path = forecast_pdf(found, tmp_path / "none.pdf", lang=words.code)
    assert len(pypdfium2.PdfDocument(path.read_bytes())) == 1
    assert forecast_wording.foretold(words, found)[:20] in PdfReader(path).pages[0].extract_text()


def test_stores_that_ended_are_named_and_their_model_is_said(gathered, look):
    facts = replace(gathered, ended=("Paris", "Lille"), model="combined")
    page = forecast.foretold(facts, look)
    said = page.content["tables"][1]["sentences"][0]
    assert look.language.listing(["Paris", "Lille"]) + "." in said
    assert forecast_wording.model(look.language, "hierarchical") in page.content["note"]
    many = forecast_wording.stores(ENGLISH, replace(facts, ended=tuple("abcdefg")))
    assert "as closed or silent while others went on: 7." in many


def test_a_store_that_falls_silent_is_found():
    given = counts(3, 10)
    silent = (given.cells["store_id"] == "S1") & (given.cells["month"] > "2024-05")
    kept = nps.ScoreCounts(given.counts[~silent], given.cells[~silent].reset_index(drop=True))
    assert forecast_facts(kept, request()).ended == ("S1",)


def test_reasons_are_said_by_their_kind(words):
    for reason, english in (
        ("The months mix kinds of survey (a, b) in different …", "the mix of kinds of survey"),
        ("There is no 'date'.", "no dates"),
        ("A back-test needs 2 periods at least.", "at least 2 periods"),
        ("Nobody is at risk in any whole period.", "nobody can be said to have left"),
        ("Whatever.", "do not bear it"),
    ):
        found = ForecastFacts(missing={"forecast": reason})
        said = forecast_wording.foretold(words, found)
        assert words.code == "fr" or english in said
    season = "12 months are less than a year and a half: no season is known from them, and a peak"
    said = forecast_doubts.doubts(words, ForecastFacts(doubts={"x": (season,)}), "x")
    assert {"en": "no season can be told", "fr": "aucune saison"}[words.code] in said[0]
    doubt = "the mix of kinds (a, b) changes from month to month, by up to 1.3 points"
    said = forecast_doubts.doubts(Language("fr"), ForecastFacts(doubts={"x": (doubt,)}), "x")
    assert "1,3, en points" in said[0]


def test_a_forecast_that_is_refused_is_one_sentence_below_what_came_before(make_facts, look):
    refused = ForecastFacts(missing={"forecast": "The months mix kinds of survey (a, b)"})
    facts = make_facts(stores=3, months=8, forecast=refused)
    page = forecast.page(facts, look)
    assert not page.fresh
    assert not page.charts
    assert page.content["lede"] == forecast_wording.foretold(look.language, refused)
    assert signal.page(facts, look) is what_if.page(facts, look) is None


def test_report_has_at_most_three_pages_more(make_facts, traded):
    facts = make_facts(stores=4, months=18)
    bare, more = (
        len(pypdfium2.PdfDocument(compile_pdf(document(each, "fr", Brand(), facts.last_day))))
        for each in (facts, replace(facts, forecast=traded))
    )
    assert bare < more <= bare + 3


def test_report_forecasts_from_six_months_on(tmp_path, monkeypatch):
    asked = []

    def stand_in(data, wanted):
        asked.append(wanted)
        return ForecastFacts(missing={"forecast": "nothing"})

    monkeypatch.setattr("npsstats.reporting.forecast.report.forecast_facts", stand_in)
    report(counts(2, 5), tmp_path / "5.pdf")
    assert asked == []
    report(counts(2, 6), tmp_path / "6.pdf", target=20, horizon=4)
    assert [(each.horizon, each.by, each.target) for each in asked] == [(4, "store_id", 20)]
    report(counts(2, 6), tmp_path / "none.pdf", horizon=None)
    assert len(asked) == 1
    with pytest.raises(InputError, match="horizon"):
        report(counts(2, 6), tmp_path / "bad.pdf", horizon=0)


@pytest.mark.parametrize(
    "wrong", [{"horizon": 0}, {"target": 400}, {"period": "day"}, {"level": 1.2}, {"gain": 900}]
)
def test_options_are_checked_before_anything_is_read(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        ForecastRequest(**wrong)


def test_a_backtest_is_drawn_with_its_verdict(tmp_path):
    answers = np.random.default_rng(3).multinomial(80, [0.2, 0.3, 0.5], size=(1, 20))
    found = nps.backtest(
        nps.Series.of_counts(answers, ["2024-01", "2025-08"]), ["hierarchical"], horizon=3, every=3
    )
    for code, said in (("en", "Periods ahead"), ("fr", "Périodes d’avance")):
        first, second = (tmp_path / f"{code}{again}.pdf" for again in ("", "-again"))
        for path in (first, second):
            nps.plot(found, path, lang=code)
        assert first.read_bytes() == second.read_bytes()
        assert said in PdfReader(first).pages[0].extract_text()
    with pytest.raises(InputError, match="svg"):
        nps.plot(found, tmp_path / "x.txt")


def test_a_known_slope_and_no_purchases_still_make_a_scenario(gathered):
    series = nps.score_series(counts(1, 8))
    ahead = nps.forecast(series, 2, model="last value")
    turned = scenario(ahead, change=5, slope=Slope(0.1, 0.01), revenue=1e6)
    facts = replace(gathered, scenario=turned.frame, ahead=gathered.ahead.head(2), gain=-5.0)
    assert business_wording.turned(ENGLISH, facts).startswith("With 5 points of NPS less")


def test_the_last_of_many_weeks_is_given_room_beyond_the_plot(words):
    with canvas(PAGE_WIDTH, 50) as figure:
        few, many = (overhang(["2025-W49"] * n, figure, words) for n in (4, 40))
        wide = text_width([words.period("2025-W49")], SMALL, figure)
    assert few < 0 < many < wide / 2
