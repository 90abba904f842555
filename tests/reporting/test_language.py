"""Messages, numbers, dates and typography."""

import re
import string
from collections import Counter
from datetime import date
from importlib.resources import files
from itertools import pairwise

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given, strategies as st

from npsstats.aggregates.periods import period_end, period_range, period_start
from npsstats.checks import InputError
from npsstats.reporting.language import (
    LANGUAGES,
    NARROW_SPACE,
    Language,
    language,
    shown,
)
from npsstats.said import PeriodLabel, said

PACKAGE = files("npsstats")
ROOM = PACKAGE / "reporting"
KEYWORDS = {
    "say": None, "say_many": (1, 2), "mark": None, "mark_many": (1, 2),
    "said": None, "said_many": (1, 2),
}  # fmt: skip
TRANSLATED = [code for code in LANGUAGES if code != "en"]
FRENCH, ENGLISH = Language("fr"), Language("en")


def said_in_code():
    found = extract_from_dir(str(PACKAGE), method_map=[("**.py", "python")], keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


def catalogue(code):
    for path in sorted((ROOM / "locale" / code / "LC_MESSAGES").iterdir()):
        with path.open("rb") as file:
            yield from (message for message in read_po(file, locale=code) if message.id)


def fields(text):
    return Counter(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated_and_none_is_left_over(code):
    translated = Counter(message.id for message in catalogue(code))
    assert set(translated) == said_in_code()
    assert not [message for message, times in translated.items() if times > 1]


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_translation_is_empty_or_fuzzy_and_placeholders_agree(code):
    for message in catalogue(code):
        if not message.id:
            continue
        assert not message.fuzzy
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert len(forms) == len(originals)
        for form in forms:
            assert form
            assert set(fields(form)) == set(fields(originals[-1])), form


def test_every_catalogue_belongs_to_a_known_language():
    there = {path.name for path in (ROOM / "locale").iterdir()}
    assert there == set(TRANSLATED)


def test_french_messages_have_narrow_spaces_and_curly_apostrophes():
    for message in catalogue("fr"):
        if not message.id:
            continue
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        for form in forms:
            text = FRENCH._typeset(form)
            assert "'" not in text
            assert not re.search(r"[^\N{NARROW NO-BREAK SPACE}][;!?%»]", text), text
            assert not re.search(r" :", text), text


def test_typography_never_touches_values():
    text = FRENCH.say("Source: {source}.", source="l'été : 5 %")
    assert text == f"Source{NARROW_SPACE}: l'été : 5 %."


def test_values_are_not_read_as_placeholders():
    assert ENGLISH.say("Source: {source}.", source="{source} {0}") == "Source: {source} {0}."


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (1234.56, "1,234.6", "1_234,6"),
        (-0.04, "0.0", "0,0"),
        (-12.5, "−12.5", "−12,5"),
        (30.967, "31.0", "31,0"),
        (float("nan"), "–", "–"),
    ],
)
def test_numbers(value, english, french):
    assert ENGLISH.number(value) == english
    assert FRENCH.number(value) == french.replace("_", NARROW_SPACE)


def test_signed_numbers():
    assert [ENGLISH.number(x, signed=True) for x in (2.04, -2.04, 0.01)] == ["+2.0", "−2.0", "0.0"]


def test_percentages():
    assert ENGLISH.percent(0.123, 1) == "12.3%"
    assert FRENCH.percent(0.123, 1) == f"12,3{NARROW_SPACE}%"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9999, "more than 99.9%"),
        (0.9876, "98.8%"),
        (0.98, "98%"),
        (0.512, "51%"),
        (0.013, "1.3%"),
        (0.0, "less than 0.1%"),
    ],
)
def test_a_probability_is_never_said_to_be_certain(value, text):
    assert ENGLISH.probability(value) == text


@given(st.floats(0, 1))
def test_no_probability_is_written_as_zero_or_one(value):
    digits = re.findall(r"[\d.]+", ENGLISH.probability(value))
    assert 0 < float(digits[0]) < 100


@given(st.floats(-1e6, 1e6))
def test_what_is_written_is_what_is_judged(value):
    read = ENGLISH.number(value).replace(",", "").replace("−", "-")
    assert float(read) == shown(value)


@pytest.mark.parametrize(
    ("label", "english", "french", "first", "last"),
    [
        ("2025-03", "March 2025", "mars 2025", date(2025, 3, 1), date(2025, 3, 31)),
        ("2024-02", "February 2024", "février 2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-Q4", "Q4 2025", "T4 2025", date(2025, 10, 1), date(2025, 12, 31)),
        ("2025-W07", "W7 2025", "S7 2025", date(2025, 2, 10), date(2025, 2, 16)),
        ("2025", "2025", "2025", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_periods(label, english, french, first, last):
    assert ENGLISH.period(label) == english
    assert FRENCH.period(label) == french
    assert (period_start(label), period_end(label)) == (first, last)


def test_a_label_that_is_no_period_stays_as_it_is():
    assert FRENCH.period("before the move") == "before the move"
    assert period_start("before the move") is None
    assert period_end("before the move") is None


@pytest.mark.parametrize(
    ("period", "first", "last", "length"),
    [
        ("month", "2023-11", "2025-02", 16),
        ("quarter", "2023-Q4", "2025-Q1", 6),
        ("year", "2019", "2025", 7),
        ("week", "2020-W52", "2021-W02", 4),
        ("month", "2025-03", "2025-03", 1),
    ],
)
def test_periods_follow_each_other_without_gaps(period, first, last, length):
    labels = period_range(first, last, period)
    assert (labels[0], labels[-1], len(labels)) == (first, last, length)
    assert len(set(labels)) == length
    for before, after in pairwise(labels):
        assert (period_start(after) - period_end(before)).days == 1


def test_dates():
    assert ENGLISH.date(date(2025, 3, 1)) == "1 March 2025"
    assert FRENCH.date(date(2025, 3, 1)) == "1er mars 2025"


@pytest.mark.parametrize(
    ("period", "said"),
    [("2026-04", "d’avril 2026"), ("2026-08", "d’août 2026"), ("2026-10", "d’octobre 2026"),
     ("2026-03", "de mars 2026")],
)  # fmt: skip
def test_french_elides_before_a_month_that_starts_with_a_vowel(period, said):
    month = FRENCH.period(period)
    assert FRENCH.say("Le score de {month}", month=month) == f"Le score {said}"
    assert FRENCH.say("La note de {store}", store="Avril") == "La note de Avril"
    assert ENGLISH.say("de {month}", month=month) == f"de {month}"


def test_days_and_periods_within_a_sentence_are_written_as_the_language_does():
    some = [PeriodLabel("2025-04"), PeriodLabel("2025-Q2"), "2025-04"]
    text = said("{first} to {last}", first=date(2025, 6, 1), last=some)
    assert text == "2025-06-01 to 2025-04, 2025-Q2, 2025-04"
    assert FRENCH.retell(text) == "1er juin 2025 à avril 2025, T2 2025, 2025-04"
    assert ENGLISH.retell(text) == "1 June 2025 to April 2025, Q2 2025, 2025-04"


@pytest.mark.parametrize(("count", "text"), [(0, "0 réponse"), (1, "1 réponse"), (2, "2 réponses")])
def test_french_plural(count, text):
    assert FRENCH.say_many("{n} response", "{n} responses", count) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 responses"), (1, "1 response")])
def test_english_plural(count, text):
    assert ENGLISH.say_many("{n} response", "{n} responses", count) == text


def test_lists_of_words():
    assert ENGLISH.listing(["a", "b", "c"]) == "a, b and c"
    assert FRENCH.listing(["a", "b", "c"]) == "a, b et c"


def test_an_unknown_language_is_the_users_to_mend():
    with pytest.raises(InputError, match=r"`lang` must be one of 'en', 'fr', got 'de'\."):
        language("de")
