"""The trade's claims on a page: numbers with their unit, and what a missing number takes."""

from types import SimpleNamespace

import pytest

from npsstats.reporting.language import Language
from npsstats.reporting.linkage import claimed
from npsstats.reporting.linkage.doubts import why

FRENCH = Language("fr")


@pytest.mark.parametrize(
    ("reason", "cure"),
    [
        ("2 stores and 3 periods are the least that can be compared.", "périodes plus courtes"),
        ("No calendar year is whole: leaders are not compared.", "deux années civiles"),
        ("Nobody is at risk in any whole period.", "un silence plus court"),
        ("A year's revenue needs sales of 12 months; the panel has 5.", "une année entière"),
    ],
)
def test_what_was_not_measured_says_what_it_takes(reason, cure):
    assert cure in why(FRENCH, reason)


def test_the_numbers_of_a_claim_have_their_unit():
    assert claimed.found(FRENCH, 1.8, "ratio") == "×1,80"
    assert claimed.claimed(FRENCH, SimpleNamespace(low=2.0, high=float("inf"), unit="ratio")) == (
        "plus de ×2"
    )
    nats = SimpleNamespace(reading="against NPS", unit="nats gained for 1,000 answers")
    assert "en nats pour" in claimed.read_as(FRENCH, nats)
