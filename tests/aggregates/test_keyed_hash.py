"""The keyed hash: known answers from the shell, and the same in Python and in the database."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from npsstats.aggregates.keyed_hash import (
    FIRST_BITS,
    hash_expression,
    hashed,
    label_expression,
    label_of,
    uniform,
    unit_text,
)
from npsstats.checks import InputError
from npsstats.data.engine import connect, hold

# printf '%s' 'callback|12' | sha256sum | cut -c1-13
KNOWN = {
    ("callback", "1"): 0xF308B5BCBCAC6,
    ("callback", "12"): 0xA430A2AD76A82,
    ("callback", "007"): 0x6564688CC5577,
    ("callback", "é"): 0x4B2857BC18E30,
    ("holdout-2026", "C000123"): 0x1A832599C29DF,
    ("k", "日本 店"): 0xC42A8B088891B,
}


@pytest.mark.parametrize(("key", "unit"), KNOWN)
def test_known_answers_of_sha256sum(key, unit):
    assert hashed(f"{key}|{unit}") == KNOWN[key, unit]
    assert uniform(key, unit) == KNOWN[key, unit] / FIRST_BITS


def in_database(cells, key="callback"):
    connection = connect()
    table = hold(connection, pa.table({"cell": pa.array(cells)}))
    text, odd = label_expression(table["cell"])
    frame = table.select(text=text, odd=odd, code=hash_expression(key, text)).to_pyarrow()
    return frame.to_pandas(integer_object_nulls=True)


def test_the_database_hashes_as_python_does():
    rng = np.random.default_rng(3)
    letters = list("abcZé日ñß0123 |'\"\\%,;\N{GRINNING FACE}")
    texts = ["".join(rng.choice(letters, size=rng.integers(1, 12))) for _ in range(4000)]
    texts += [f"{number:06d}" for number in range(500)] + [" 007 ", "\t12\n", "NaNa", "a\tb"]
    texts = [text for text in texts if text.strip()]
    found = in_database(texts)
    assert found["text"].to_list() == [unit_text(text) for text in texts]
    assert found["code"].to_list() == [hashed(f"callback|{unit_text(text)}") for text in texts]


@pytest.mark.parametrize(
    "cells",
    [
        np.arange(-5, 3000),
        np.array([0, 1, 2**40, 2**63 - 1]),
        np.array([1.0, -0.0, 12.0, 2.0**53 - 1]),
        [Decimal(12), Decimal(7), Decimal(0)],
        [Decimal("12.00"), Decimal("7.00")],
    ],
)
def test_whole_numbers_hash_as_their_digits(cells):
    found = in_database(cells)
    assert not found["odd"].any()
    assert found["text"].to_list() == [str(int(cell)) for cell in cells]
    assert found["code"].to_list() == [hashed(f"callback|{int(cell)}") for cell in cells]
    for cell in cells:
        if not isinstance(cell, Decimal):
            assert unit_text(cell) == str(int(cell))


def test_a_number_that_is_not_whole_is_odd():
    found = in_database(np.array([1.5, 2.0, 1e17, np.inf, -np.inf]))
    assert found["odd"].to_list() == [True, False, True, True, True]
    assert in_database([Decimal("1.5"), Decimal("2.0")])["odd"].to_list() == [True, False]
    assert in_database([True, False])["odd"].all()


@pytest.mark.parametrize("cell", ["", "   ", "NA", "n/a", "#N/A", "null", "NaN"])
def test_what_stands_for_nothing_is_missing(cell):
    assert in_database([cell, "x"])["text"].isna().to_list() == [True, False]
    with pytest.raises(InputError, match="it is missing"):
        unit_text(cell)


@pytest.mark.parametrize("unit", [None, float("nan"), pd.NA, pd.NaT, np.float64("nan")])
def test_missing_values_of_any_kind_are_refused(unit):
    with pytest.raises(InputError, match="it is missing"):
        unit_text(unit)
    assert label_of(unit) is None


@pytest.mark.parametrize("unit", [1.5, 1e300, float("inf"), True, 2.0**53])
def test_units_that_no_two_programs_write_alike_are_refused(unit):
    with pytest.raises(InputError, match="must be text or a whole number"):
        uniform("callback", unit)


def test_keys_and_text_that_cannot_be_hashed_are_refused():
    for key in ("a|b", "", "  ", 3, None):
        with pytest.raises(InputError, match="`key` must be a text without"):
            uniform(key, 1)
    with pytest.raises(InputError, match="UTF-8"):
        uniform("callback", "\ud800")


def test_places_are_spread_evenly_and_keys_are_independent():
    one = np.array([uniform("one", number) for number in range(4000)])
    two = np.array([uniform("two", number) for number in range(4000)])
    counts = np.histogram(one, bins=20, range=(0, 1))[0]
    assert ((counts - 200) ** 2 / 200).sum() < 43.8  # chi-square, 19 degrees of freedom, .999
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.055


def test_labels_keep_what_units_refuse():
    assert label_of(2.5) == "2.5"
    assert label_of(True) == "True"
    assert label_of(3.0) == "3"
