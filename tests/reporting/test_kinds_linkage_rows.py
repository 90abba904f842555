"""Rows that are held against a level: sides as printed, limits for many, rows that a page keeps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from memo_checks import LOOKS
from scipy import stats

from npsstats.reporting.kinds.linkage.rows import Row, Scale, at_once, drawn, number, side, telling
from npsstats.reporting.standing import Standing

NUMBERS = st.floats(-50, 50)


@given(NUMBERS, NUMBERS, st.sampled_from([0, 1, 2]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_side_agrees_with_the_interval_as_printed(one, other, decimals, ratio):
    low, high = sorted((one, other))
    scale = Scale(null=1.0 if ratio else 0.0, decimals=decimals, ratio=ratio)
    where = side(Row("", (low + high) / 2, low, high), scale)
    printed = [
        float(number(LOOKS["en"].language, end, scale).replace("−", "-")) for end in (low, high)
    ]
    if where is Standing.ABOVE:
        assert printed[0] > scale.null
    elif where is Standing.BELOW:
        assert printed[1] < scale.null
    else:
        assert printed[0] <= scale.null <= printed[1]


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=200), st.integers(1, 24))
@settings(max_examples=30, deadline=None)
def test_a_page_keeps_the_row_that_it_is_about_and_the_order(pairs, most):
    rows = [
        Row(str(place), (a + b) / 2, min(a, b), max(a, b)) for place, (a, b) in enumerate(pairs)
    ]
    rows[-1] = replace(rows[-1], strong=True)
    kept = telling(rows, Scale(), most)
    assert rows[-1] in kept
    assert len(kept) == min(most, len(rows))
    assert [rows.index(row) for row in kept] == sorted(rows.index(row) for row in kept)


@given(NUMBERS, st.floats(0.01, 20), st.integers(1, 200), st.booleans())
@settings(max_examples=60, deadline=None)
def test_limits_of_a_row_chosen_from_many_are_wider_and_hold_for_all(middle, half, among, ratio):
    ends = np.array([middle - half, middle, middle + half])
    low, estimate, high = np.exp(ends / 50) if ratio else ends
    row = Row("", estimate, low, high, among=among)
    wide = at_once(row, Scale(ratio=ratio), 0.95)
    if among == 1:
        assert wide == row
        return
    reach = stats.norm.isf(0.025 / among) / stats.norm.isf(0.025) * half
    expected = np.array([middle - reach, middle + reach])
    assert [wide.lower, wide.upper] == pytest.approx(np.exp(expected / 50) if ratio else expected)


def texts_at(picture):
    """Return each text that is drawn with how far it ends from the right edge, in millimetres."""
    renderer = FigureCanvasAgg(picture).get_renderer()
    edge = picture.bbox.width
    dot = 25.4 / picture.dpi
    return {
        text.get_text(): dot * (edge - text.get_window_extent(renderer).x1)
        for text in picture.findobj(Text)
        if text.get_visible() and text.get_text()
    }


def test_numbers_end_a_millimetre_before_the_edge_and_nothing_known_has_no_axis_of_numbers():
    look = LOOKS["en"]
    known = drawn([Row("A store", 1.0, -1.0, 3.0)], Scale(), look, "Points")
    assert (
        texts_at(known)["+1.0 (\N{MINUS SIGN}1.0\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}+3.0)"] > 0.8
    )
    nothing = drawn([Row("A store", np.nan, np.nan, np.nan)], Scale(), look, "Points")
    assert set(texts_at(nothing)) == {"A store", "not identified", "Points"}
