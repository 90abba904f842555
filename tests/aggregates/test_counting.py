"""The one door to counts that every analysis uses."""

import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.counting import as_counts

CELLS = pd.DataFrame({"month": ["2025-01", "2025-01", "2025-02"], "region": ["N", "S", "N"]})
COUNTS = nps.ScoreCounts([[1] * 11, [2] * 11, [3] * 11], CELLS)


def test_counts_are_added_up_to_the_keys_wanted():
    assert as_counts(COUNTS, ["month", "region"]) is COUNTS
    assert as_counts(COUNTS, "month") == COUNTS.by("month")
    assert as_counts(COUNTS, None) == COUNTS.sum()


def test_the_default_key_takes_counts_without_it_as_they_are():
    assert as_counts(COUNTS, "store_id") is COUNTS
    with pytest.raises(nps.InputError, match="`by` must be one of 'month', 'region'"):
        as_counts(COUNTS, "shop")


def test_rows_are_counted():
    rows = pd.DataFrame({"score": [9, 10, 3], "store_id": ["2", "10", "2"]})
    assert as_counts(rows, "store_id").labels == ["10", "2"]
