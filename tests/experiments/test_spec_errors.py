"""What is wrong with a plan is said in the words of the file."""

import re

import pytest

from npsstats.checks import InputError
from npsstats.experiments.spec import parse_plan

PLAN = """\
name = "calls"
hypothesis = "Calls bring customers back."

[arms]
control = "ignored"
shares = { ignored = 0.5, called = 0.5 }

[outcomes.bought]
kind = "binary"
role = "primary"

[outcomes.spent]
kind = "amount"
table = "purchases"
window = 60

[covariates.before]
table = "purchases"
window = 90

[subgroups.tier]
column = "before"
cuts = [2, 4]
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "[subgroups.tier]",
            '[looks]\ndates = ["2025-06-30"]\n[subgroups.tier]',
            "`looks.dates`: a date is wanted: write it without quotes, such as 2025-06-30, got '2",
        ),
        ("[arms]", 'data = "a.csv"\n[arms]', "`data`: a table is wanted, such as [data] with"),
        ("window = 60", 'window = "60"', "`outcomes.spent.window`: a whole number is wanted"),
        ('"Calls bring customers back."', "3", "`hypothesis`: text in quotes is wanted, got 3"),
        ("cuts = [2, 4]", "cuts = 2", "`subgroups.tier.cuts`: a list in square brackets is wan"),
    ],
)
def test_a_wrong_kind_of_value_is_said_in_the_words_of_the_file(old, new, words):
    with pytest.raises(InputError, match=re.escape(words)):
        parse_plan(PLAN.replace(old, new, 1))


def test_a_misspelt_key_is_named_before_the_one_it_leaves_missing():
    with pytest.raises(InputError, match=r"no key `hypotheses` \(did you mean `hypothesis`\?"):
        parse_plan(PLAN.replace("hypothesis", "hypotheses"))
