"""The leadership PDF from data: real estimators, real files."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader

import npsstats as nps
from npsstats.checks import InputError
from npsstats.reporting.leadership.gathering import Request, gather
from npsstats.reporting.leadership.report import report

SPACES = str.maketrans({"\N{NARROW NO-BREAK SPACE}": " ", "\N{NO-BREAK SPACE}": " "})


def text_of(path):
    pages = PdfReader(BytesIO(Path(path).read_bytes())).pages
    return "\n".join(page.extract_text() for page in pages).translate(SPACES)


def answers(rows=600, stores=6, seed=1):
    rng = np.random.default_rng(seed)
    days = pd.date_range("2025-01-01", "2025-04-20", periods=rows)
    shop = rng.integers(stores, size=rows)
    chance = np.array([0.02] * 7 + [0.13, 0.2, 0.25, 0.28])
    return pd.DataFrame(
        {
            "score": rng.choice(11, p=chance / chance.sum(), size=rows),
            "store_id": np.array([f"Shop {i}" for i in range(stores)])[shop],
            "date": days.date.astype(str),
            "channel": rng.choice(["web", "store"], size=rows),
        }
    )


@pytest.fixture(scope="module")
def intake():
    return nps.read(answers(), quiet=True)


@pytest.fixture(scope="module")
def written(intake, tmp_path_factory):
    """Return the path of a leadership PDF in English."""
    folder = tmp_path_factory.mktemp("written")
    path = report(intake, folder, lang="en", target=30, segments=["channel"])
    assert path == folder / "leadership.pdf"
    return path


def test_facts_hold_what_the_estimators_say(intake):
    facts = gather(intake, Request(target=30.0, segments=("channel",)))
    counts = nps.count(intake, by="store_id")
    estimate = nps.estimate(counts, target=30.0)
    by_store = estimate.frame.set_index("store_id")
    held = facts.stores.set_index("store")
    for name in ("n", "nps", "estimate", "lower", "upper", "expected_rank"):
        assert held[name].to_dict() == by_store[name].to_dict()
    assert held["p_above"].to_dict() == by_store["p_above_target"].to_dict()
    assert facts.stores["estimate"].is_monotonic_decreasing
    assert facts.overall.nps == pytest.approx(counts.sum().nps[0])
    assert facts.overall.lower == pytest.approx(estimate.overall["lower"].iloc[0])
    assert facts.method.fingerprint == counts.fingerprint
    assert (facts.first_day, facts.last_day) == (date(2025, 1, 1), date(2025, 4, 20))
    assert list(facts.periods["period"]) == ["2025-01", "2025-02", "2025-03", "2025-04"]


def test_the_parts_of_a_change_add_up_to_it(intake):
    facts = gather(intake, Request(segments=("channel", "store_id")))
    raw = facts.periods["nps"].to_numpy()
    assert facts.movement.estimate == pytest.approx(raw[-2] - raw[-3])  # April is not over
    for segment in facts.segments:
        assert segment.within + segment.mix == pytest.approx(facts.movement.estimate)
        assert segment.frame[["within", "mix"]].to_numpy().sum() == pytest.approx(
            facts.movement.estimate
        )
        assert segment.frame["n_after"].sum() == facts.movement.n_after


def test_without_a_target_stores_are_held_against_the_network(intake):
    facts = gather(intake, Request())
    assert facts.target is None
    assert facts.reference == pytest.approx(facts.overall.nps)
    against = nps.estimate(intake, target=facts.reference).frame.set_index("store_id")
    assert facts.stores.set_index("store")["p_above"].to_dict() == pytest.approx(
        against["p_above_target"].to_dict()
    )


def test_a_month_without_answers_is_a_gap():
    rows = answers()
    rows = rows[~rows["date"].str.startswith("2025-02")]
    facts = gather(nps.read(rows, quiet=True), Request())
    assert facts.periods["n"].to_list()[1] == 0
    assert facts.periods["period"].to_list()[1] == "2025-02"
    assert (facts.movement.before, facts.movement.after) == ("2025-01", "2025-03")


def test_the_network_of_stores_is_said_in_numbers_that_agree(intake, written):
    text = text_of(written)
    facts = gather(intake, Request(target=30.0, segments=("channel",)))
    assert f"observed NPS of {facts.overall.nps:.1f}" in text
    assert f"95% credible interval: {facts.overall.lower:.1f} to {facts.overall.upper:.1f}" in text
    found = re.search(r"(\d+) surely above the target of 30, (\d+) surely below", text)
    assert int(found[1]) == (facts.stores["lower"].round(1) > 30).sum()
    assert int(found[2]) == (facts.stores["upper"].round(1) < 30).sum()
    assert "By channel" in text
    assert "April 2025 is not compared: its answers stop on 20 April 2025" in text


def test_same_input_same_bytes(intake, written, tmp_path):
    again = report(intake, tmp_path, lang="en", target=30, segments=["channel"])
    assert again.read_bytes() == written.read_bytes()


def test_the_date_is_the_datas_or_the_one_given(intake, written, tmp_path):
    own = PdfReader(written).metadata.creation_date
    told = PdfReader(
        report(intake, tmp_path / "b.pdf", day=date(2030, 1, 2), horizon=None)
    ).metadata
    assert own.date() == date(2025, 4, 20)
    assert told.creation_date.date() == date(2030, 1, 2)


def test_counts_without_keys_make_a_report(tmp_path):
    counts = nps.ScoreCounts([0] * 10 + [1])
    text = text_of(report(counts, tmp_path / "one.pdf", lang="fr"))
    assert "1 réponse (promoteurs : 1, passifs : 0, détracteurs : 0)" in text
    assert "1 seule réponse" in text
    assert "Absent de ce rapport" in text


def test_counts_by_one_key_are_stores(tmp_path):
    rows = [[1, 0, 0, 0, 0, 0, 2, 3, 4, 9, 9], [0] * 11, [5, 0, 0, 2, 0, 0, 0, 3, 4, 0, 2]]
    counts = nps.ScoreCounts(rows, cells=["Lyon", '#read("/etc/passwd")', "=SUM(A1)"])
    text = text_of(report(counts, tmp_path / "three.pdf", target=30))
    assert {"Lyon", '#read("/etc/passwd")', "=SUM(A1)"} <= set(text.split("\n")) or all(
        name in text for name in ("Lyon", '#read("/etc/passwd")', "=SUM(A1)")
    )
    assert "1 store has no response" in text


def test_counts_by_period_move(tmp_path):
    cells = pd.DataFrame({"month": ["2025-01", "2025-02"]})
    counts = nps.ScoreCounts([[5] * 11, [1] * 7 + [20] * 4], cells)
    text = text_of(report(counts, tmp_path / "two.pdf", lang="fr"))
    assert "Entre janvier 2025 et février 2025, le NPS a fortement progressé" in text
    assert "aucun magasin n’est indiqué" in text


def test_a_path_is_read(tmp_path):
    answers().to_csv(tmp_path / "answers.csv", index=False)
    text = text_of(
        report(tmp_path / "answers.csv", tmp_path / "out", segments=["channel"], horizon=None)
    )
    assert "Source: answers.csv." in text


def test_a_network_toml_says_what_the_arguments_do_not(tmp_path):
    answers().to_csv(tmp_path / "answers.csv", index=False)
    config = tmp_path / "network.toml"
    config.write_text(
        'target = 42\nlanguage = "fr"\nsegments = ["channel"]\nperiod = "quarter"\nlevel = 0.9\n'
        '[sources.responses]\npath = "answers.csv"\n'
        '[brand]\nname = "Maison Dœuf"\ncolours = ["#113355", "#aa3311"]\n',
        encoding="utf-8",
    )
    text = text_of(report(config, tmp_path / "a.pdf", horizon=None))
    assert "objectif de 42" in text
    assert "T1 2025 et T2 2025" in text
    assert "Intervalle de crédibilité à 90 %" in text
    assert "Par segment : canal" in text
    assert "Maison Dœuf" in text
    told = text_of(
        report(config, tmp_path / "b.pdf", lang="en", target=10, segments=(), horizon=None)
    )
    assert "target of 10" in told
    assert "By channel" not in told


def test_bestmarket(shared_data, tmp_path):
    intake = nps.read(
        shared_data / "nps_bestmarket_fr" / "retour_client.csv",
        {"score": 2, "store_id": 4, "date": 5},
        header=False,
        sep=";",
        quiet=True,
    )
    text = text_of(report(intake, tmp_path, lang="fr", horizon=None))
    assert "3 000 réponses (promoteurs : 1 200, passifs : 1 529, détracteurs : 271)" in text
    assert "NPS observé de 31,0" in text
    assert "Sur 83 magasins" in text


def test_jardinerie(shared_data, tmp_path):
    intake = nps.read(
        shared_data / "nps_fr_jardinerie_benavent" / "nps.csv",
        {"score": "nps"},
        scale=(1, 10),
        quiet=True,
    )
    text = text_of(report(intake, tmp_path, lang="fr"))
    assert "NPS observé de 53,4" in text
    assert "échelle de 1 à 10" in text
    assert "note absente" in text
    assert "aucune date n’est indiquée" in text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"lang": "de"}, "`lang` must be one of 'en', 'fr', got 'de'."),
        ({"target": 140}, "`target` must be a number from -100 to 100, got 140."),
        ({"level": 95}, "`level` must be between 0 and 1 (exclusive), got 95."),
        ({"period": "day"}, "`period` must be one of 'month', 'quarter', 'year', 'week'"),
        ({"segments": "channel"}, "`segments` must be a list of names, got the text 'channel'."),
        ({"segments": ["region"]}, "`segments` names 'region', which is not in the data"),
        ({"seed": -1}, "`seed` must be a whole number of at least 0, got -1."),
        ({"brand": {"primary": "blue"}}, "`brand.primary` must be a colour"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_written(intake, tmp_path, arguments, text):
    with pytest.raises(InputError) as error:
        report(intake, tmp_path / "new", **arguments)
    assert str(error.value).startswith(text)
    assert not (tmp_path / "new").exists()


def test_no_answers_are_no_report(tmp_path):
    with pytest.raises(InputError, match="every count is zero"):
        report(nps.ScoreCounts([[0] * 11]), tmp_path)


def test_a_file_that_is_no_pdf_is_not_overwritten(intake, tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("keep me")
    with pytest.raises(InputError, match=r"`out` must be a folder or the path of a \.pdf file"):
        report(intake, other)
    assert other.read_text() == "keep me"


def test_stores_are_called_by_their_names_and_the_silent_ones_are_there(tmp_path):
    rows = answers(stores=4).assign(store_id=lambda frame: frame["store_id"].str[-1])
    rows.to_csv(tmp_path / "answers.csv", index=False)
    (tmp_path / "stores.csv").write_text("store_id,name\n0,Lyon\n1,Nice\n2,Nice\n9,Brest\n")
    (tmp_path / "network.toml").write_text(
        '[sources.responses]\npath = "answers.csv"\n[sources.stores]\npath = "stores.csv"\n'
    )
    facts = gather(nps.load_network(tmp_path / "network.toml"), Request())
    called = facts.stores.set_index("store")["n"]
    assert set(called.index) == {"Lyon", "Nice (1)", "Nice (2)", "Brest", "3"}
    assert called["Brest"] == 0
    assert called["3"] == (rows["store_id"] == "3").sum()
    text = text_of(report(tmp_path / "network.toml", tmp_path, horizon=None))
    assert "1 store has no response" in text
    assert "Nice (2)" in text
