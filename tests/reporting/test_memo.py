"""A memo is one page, says what its numbers say, and says on every page how it was planned."""

import re

import numpy as np
import pandas as pd
import pypdf
import pytest

import npsstats as nps

PLAN = """
name = "calls"
hypothesis = "Calls bring customers back — #1, *really*."
{more}
[arms]
control = "ignored"
shares = {{ ignored = 0.5, called = 0.5 }}
[outcomes.bought]
kind = "binary"
role = "primary"
label = {{ fr = "rachat", en = "bought again" }}
[outcomes.spent]
kind = "amount"
unit = "EUR"
[subgroups.region]
[decision]
contribution = 20
cost = {cost}
units_per_year = 1000
minimum_n = 50
"""


def _units(n=2000, effect=0.2, lose=False):
    rng = np.random.default_rng(1)
    arm = rng.permutation(["called", "ignored"] * (n // 2))
    bought = (rng.random(n) < 0.3 + effect * (arm == "called")).astype(int)
    frame = pd.DataFrame(
        {
            "arm": arm,
            "bought": bought,
            "spent": bought * rng.gamma(2, 10, n),
            "region": rng.choice(["Nord", "Sud"], n),
        }
    )
    return frame[(arm == "ignored") | (np.arange(n) % 5 > 0)] if lose else frame


def _text(path):
    pages = pypdf.PdfReader(path).pages
    return len(pages), " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture(scope="module")
def adopted():
    return nps.analyze(nps.parse_plan(PLAN.format(more="", cost=0.5)), _units())


@pytest.mark.parametrize(
    ("lang", "verdict", "status"),
    [
        ("en", "Adopt it", "Exploratory: the plan was not registered"),
        ("fr", "À adopter", "Exploratoire : le plan n’a pas été enregistré"),
    ],
)
def test_one_page_in_either_language(adopted, tmp_path, lang, verdict, status):
    path = nps.memo(adopted, tmp_path, lang=lang)
    assert path.name == f"calls-{lang}.pdf"
    pages, text = _text(path)
    assert pages == 1
    plain = text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert verdict in plain
    assert plain.count(status) == 2  # under the title, and at the foot
    assert "#1, *really*" in plain
    row = adopted.primary()
    assert re.search(rf"\+{100 * row['estimate']:.1f}".replace(".", "[.,]"), plain)


def test_the_same_result_gives_the_same_bytes(adopted, tmp_path):
    first = nps.memo(adopted, tmp_path / "a.pdf").read_bytes()
    assert first == nps.memo(adopted, tmp_path / "b.pdf").read_bytes()


def test_weak_evidence_cannot_tell(tmp_path):
    plan = nps.parse_plan(PLAN.format(more="", cost=0.5))
    result = nps.analyze(plan, _units(200, effect=0.04))
    _, text = _text(nps.memo(result, tmp_path))
    assert "Cannot tell yet" in text
    assert "settles nothing" in text


def test_a_failed_sample_ratio_gives_no_decision(tmp_path):
    plan = nps.parse_plan(PLAN.format(more="", cost=0.5))
    result = nps.analyze(plan, _units(lose=True))
    _, text = _text(nps.memo(result, tmp_path))
    assert "No decision" in text
    assert "Adopt" not in text
    assert "not of the sizes that were planned" in text


def test_a_changed_plan_lists_its_changes(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.format(more="", cost=0.5))
    nps.register(path)
    path.write_text(PLAN.format(more="", cost=0.9))
    _, text = _text(nps.memo(nps.analyze(path, _units()), tmp_path))
    assert "Exploratory: the plan was changed after its registration" in text
    assert "decision.cost was 0.5, is 0.9" in text


def test_many_subgroups_with_long_names_stay_on_a_page(tmp_path):
    units = _units()
    units["region"] = [f"Région numéro {i % 40} au nom interminable et long" for i in range(2000)]
    plan = nps.parse_plan(PLAN.format(more="", cost=0.5))
    pages, text = _text(nps.memo(nps.analyze(plan, units), tmp_path, lang="fr"))
    assert pages == 1
    assert "Que faire ensuite" in text


def test_another_language_is_refused(adopted, tmp_path):
    with pytest.raises(nps.InputError, match="`lang` must be one of"):
        nps.memo(adopted, tmp_path, lang="de")
