"""One report says one thing: of the last change, of the periods, of stores and of forecasts."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from click.testing import CliRunner

import npsstats as nps
from npsstats.cli.commands import report as cli_report
from npsstats.reporting.brand import Brand
from npsstats.reporting.forecast import signal_wording
from npsstats.reporting.forecast.facts import ForecastFacts
from npsstats.reporting.language import Language
from npsstats.reporting.leadership import store_wording, wording
from npsstats.reporting.leadership.facts import Movement, Spread
from npsstats.reporting.leadership.gathering import Request, gather
from npsstats.reporting.leadership.pages import (
    method,
    movement as movement_page,
    signal as signal_page,
    stores as stores_page,
    summary,
)
from npsstats.reporting.leadership.report import document
from npsstats.reporting.leadership.source import source_of
from npsstats.reporting.render import compile_pdf
from npsstats.reporting.standing import standing
from npsstats.reporting.style import Look

ENGLISH = Language("en")
LOOK = Look(ENGLISH, **Brand().palette)
INTERVALS = {"above": (0.5, 15.6), "below": (-15.6, -0.5), "unknown": (-1.5, 9.3)}
DIRECTIONS = {" rose": "above", " fell": "below", "cannot be told": "unknown"}


def signal(interval, **changed):
    row = {"before": "2024-05", "period": "2024-06", "n_before": 140, "n": 150, "move": 8.1,
           "margin": 7.5, "observed": 40.0, "lower": interval[0], "upper": interval[1],
           "level": 0.95, "p_fall": 0.99 if interval[1] < 0 else 0.01, "verdict": ""}  # fmt: skip
    return ForecastFacts(move={**row, "p_rise": 1 - row["p_fall"], **changed})


def directions(text):
    """Return the verdicts that a sentence gives; “whether it rose or fell” holds none."""
    plain = text.replace("rose or fell cannot", "cannot").partition("the probability that")[0]
    return {side for said, side in DIRECTIONS.items() if said in plain}


@pytest.mark.parametrize("alone", INTERVALS)
@pytest.mark.parametrize("known", INTERVALS)
def test_no_page_claims_a_direction_that_the_signal_denies(make_facts, alone, known):
    low, high = INTERVALS[alone]
    moved = Movement("2024-05", "2024-06", 140, 150, (low + high) / 2, low, high)
    facts = make_facts(stores=4, movement=moved, forecast=signal(INTERVALS[known]))
    told = signal_wording.believed(ENGLISH, facts.forecast)
    assert directions(told) == {known} == {str(standing(*INTERVALS[known]))}
    remember = summary.page(facts, LOOK, {}).content["remember"]
    first = [text for text in remember if text.startswith("Between")]
    content = movement_page.page(facts, LOOK).content
    assert first == [content["sentences"][0]]
    assert directions(first[0]) == {known}
    assert ENGLISH.interval(low, high, signed=True) in first[0]  # it is said to be of two alone
    assert ENGLISH.interval(*INTERVALS[known], signed=True) in first[0]
    apart = " ".join(text for part in content["segments"] for text in part["sentences"])
    seen = "above" if low + high > 0 else "below"
    assert ("Due to the groups" in apart) == (seen == known)
    assert ("not established" in str(content["sentences"])) == ("Due to" not in apart)


def test_a_signal_of_other_periods_gives_no_verdict(make_facts):
    facts = make_facts(stores=4, forecast=signal((1.0, 2.0), before="2024-04", period="2024-05"))
    assert facts.last_change == facts.movement
    assert "all periods used" not in wording.moved(ENGLISH, facts.last_change, 0.95)


def test_a_month_that_is_not_over_is_compared_nowhere_and_said_once(words):
    rng = np.random.default_rng(1)
    days = [date(2025, 1, 1) + timedelta(days=int(k)) for k in range(345)]  # 11 December
    rows = pd.DataFrame({"date": np.repeat(days, 4), "score": rng.integers(0, 11, 4 * 345)})
    read = nps.read(rows, quiet=True)
    facts = gather(source_of(read), Request())
    series = nps.score_series(read, "month")
    moved = facts.movement
    assert (moved.before, moved.after) == series.periods[-2:] == ("2025-10", "2025-11")
    assert moved.left_out == "2025-12"
    content = movement_page.page(facts, Look(words, **Brand().palette)).content
    first = summary.page(facts, Look(words, **Brand().palette), {}).content
    for said in (" ".join(content["sentences"]), " ".join(first["remember"])):
        assert said.count(words.date(date(2025, 12, 11))) == 1
    assert replace(moved, left_out=None) == gather(source_of(nps.read(
        rows[rows["date"] < date(2025, 12, 1)], quiet=True)), Request()).movement  # fmt: skip


def test_chance_is_not_said_to_separate_stores_where_raw_scores_say_otherwise(make_facts, words):
    facts = make_facts(stores=30, months=3)
    chance = words.say("Most of what separates raw scores is chance.")
    facts = replace(facts, spread=Spread(5.0, 4.0, 6.0))
    assert chance in store_wording.spread(words, facts)
    raw = facts.stores.loc[facts.stores["n"] > 0, "nps"].std()
    for by_moments, said in ((0.9 * raw, False), (0.5 * raw, True)):
        told = replace(facts, method=replace(facts.method, by_moments=by_moments))
        text = store_wording.spread(words, told)
        assert (chance in text) == said
        assert words.number(by_moments) in text
        assert words.say("How the numbers are made") in text  # where the doubt is explained
        note = str(method.page(told, Look(words, **Brand().palette)).content["notes"])
        assert "--model ordinal" in note


def test_the_ordinal_model_ranks_stores_when_asked(words, monkeypatch, tmp_path):
    rng = np.random.default_rng(2)
    usual = np.array([2, 1, 1, 1, 1, 3, 3, 10, 18, 22, 28]) / 90
    scores = rng.multinomial(60, usual, 8)
    counts = nps.ScoreCounts(scores, pd.DataFrame({"store_id": list("ABCDEFGH")}))
    facts = gather(counts, Request(model="ordinal"))
    there = nps.estimate(counts, model="ordinal", target=facts.reference).frame
    held = facts.stores.set_index("store")["estimate"]
    assert held.to_dict() == there.set_index("store_id")["estimate"].to_dict()
    annex = str(method.page(facts, Look(words, **Brand().palette)).content)
    assert "logit" in annex
    assert "κ" not in annex
    asked = {}
    monkeypatch.setattr(nps, "report", lambda *_, **given: asked.update(given))
    answers = tmp_path / "answers.csv"
    answers.write_text("score\n9\n")
    run = CliRunner().invoke(cli_report, [str(answers), "--model", "ordinal", "--quiet"])
    assert run.exit_code == 0, run.output
    assert asked["model"] == "ordinal"


def test_where_stores_have_no_line_the_page_says_where_theirs_is(make_facts, words):
    look = Look(words, **Brand().palette)
    few, many = (stores_page.page(make_facts(stores=n), look) for n in (12, 200))
    assert "--detail" not in str(few.content)
    assert "--detail" in many.content["points"][-1]
    assert words.say("Stores that stand out") in many.content["points"][-1]
    whole = stores_page.page(make_facts(stores=200, detail=True), look)
    assert "--detail" not in str(whole.content)


def test_a_store_of_few_answers_is_not_named_in_the_funnel_and_is_counted(monkeypatch, words):
    seen = []
    monkeypatch.setattr(signal_page.forecast_figures, "moves", lambda frame, *_: seen.append(frame))
    moved = pd.DataFrame(
        {"store": list("ABCDEF"), "n_before": [3, 50, 50, 50, 50, 50], "n": [50, 4, 5, 50, 50, 50],
         "move": [90.0, -90.0, 80.0, 1.0, 2.0, 3.0], "margin": 60.0, "p_value": 0.01,
         "verdict": ""}
    )  # fmt: skip
    coming = replace(signal((1.0, 2.0)), moves=moved)
    page = signal_page.judged(coming, Look(words, **Brand().palette))
    (frame,) = seen
    assert list(frame.loc[frame["named"], "store"]) == ["C"]
    assert page.content["sentences"][-1] == words.say_many(
        "{n} store is not named in the figure: it has fewer than {small} answers in a period.",
        "{n} stores are not named in the figure: they have fewer than {small} answers in a period.",
        2,
        small="5",
    )


def sheets(document, pages):
    pdf = pypdfium2.PdfDocument(compile_pdf(replace(document, pages=pages, most=None)))
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pdf]


def test_the_distribution_is_on_the_first_sheet_where_it_fits_else_it_has_a_heading(make_facts):
    whole = document(make_facts(stores=12, target=30.0), "en", Brand(), None)
    first = whole.pages[0]
    line = "A sentence as long as those of a report on much, which takes two lines of the sheet. "
    for more, here in ((0, True), (5, True), (9, False)):
        remember = [*first.content["remember"], *[2 * line] * more]
        told = replace(first, content={**first.content, "remember": remember})
        front, second = sheets(whole, [told, *whole.pages[1:3]])[:2]
        assert ("Distribution of the answers" in front) == here
        assert ("How customers answered" in second) == (not here)
        assert "Contents" in front


def test_a_note_is_not_alone_at_the_head_of_a_sheet(make_facts):
    whole = document(make_facts(stores=12, target=30.0), "en", Brand(), None)
    front, moved = whole.pages[:2]
    for more in range(4, 13):
        said = [*moved.content["sentences"], *["One more sentence."] * more]
        longer = replace(moved, content={**moved.content, "sentences": said})
        (sheet,) = [text for text in sheets(whole, [front, longer]) if "Rounded figures" in text]
        assert "Together" in sheet  # the head of the table that it is on
