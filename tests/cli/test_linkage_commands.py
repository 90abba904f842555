"""`npsstats growth | churn | drivers | verbatims | worth | claims` from the command line."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner
from pypdf import PdfReader

import npsstats as nps
from npsstats.checks import InputError
from npsstats.cli import customers, linkage


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    nps.simulate(10, 19, 3000, seed=4).write(folder, format="parquet")
    return str(folder / "network.toml")


def run(command, *arguments):
    result = CliRunner().invoke(command, [str(each) for each in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_growth_as_json_and_as_a_table(network, tmp_path):
    out = tmp_path / "growth.csv"
    told = json.loads(run(linkage.growth, network, "--json", "--out", out).stdout)
    assert set(told) == {"headline", "frame", "tables", "diagnostics", "provenance"}
    assert {"lead_lag", "explained"} <= set(told["tables"])
    assert told["frame"][0]["estimator"] == "within"
    assert len(pd.read_csv(out)) == len(told["frame"])


def test_churn_by_a_fixed_silence(network):
    told = json.loads(run(customers.churn, network, "--silence", 120, "--json").stdout)
    assert {row["label"] for row in told["frame"]} >= {"detractor", "passive"}


def test_a_page_is_of_the_result_that_was_printed(network, tmp_path):
    out = tmp_path / "churn.pdf"
    how = ("--json", "--page", out, "--lang", "en")
    told = json.loads(run(customers.churn, network, "--silence", 60, *how).stdout)
    row = next(row for row in told["frame"] if row["label"] == "detractor")
    page = PdfReader(out).pages[0].extract_text()
    assert f"{row['ratio']:.2f}" in page
    assert "after 60 days without buying" in page.replace("\n", " ")


def test_a_margin_in_percent_is_refused_before_anything_is_read(network):
    with pytest.raises(InputError, match=r"margin=30: .* write 0\.3 for 30 %"):
        run(linkage.worth, network, "--margin", 30)
    with pytest.raises(InputError, match=r"write 0\.3 for 30 %"):
        run(linkage.claims, network, "--margin", 30)


def test_drivers_and_their_questions(network):
    shown = run(
        customers.drivers, network, "--question", "welcome", "--question", "checkout"
    ).stdout
    table = shown.split("Scales:")[0]
    assert all(name in table for name in ("welcome", "checkout"))
    assert "csat" not in table
    assert "csat" in run(customers.drivers, network).stdout
    with pytest.raises(InputError, match="1 is named in"):
        run(customers.drivers, network, "--question", "welcome")
    with pytest.raises(InputError, match="has no column 'parking'"):
        run(customers.drivers, network, "--question", "parking")


def test_verbatims_are_told_and_none_is_printed(network, tmp_path):
    shown = run(linkage.verbatims, network, "--out", tmp_path / "themes.csv").stdout
    answers = nps.load_network(network).read(quiet=True).accepted
    texts = [text for text in answers.verbatim.to_pyarrow().to_pylist() if text]
    assert len(texts) > 100
    assert not any(text in shown for text in texts if len(text) > 25)


def test_worth_in_money(network):
    told = json.loads(run(linkage.worth, network, "--margin", 0.3, "--json").stdout)
    assert {row["unit"] for row in told["frame"]} >= {"contribution a year", "ratio"}


def test_claims_say_what_is_not_measured_and_have_a_page(network, tmp_path):
    out = tmp_path / "claims.pdf"
    told = json.loads(run(linkage.claims, network, "--json", "--lang", "fr", "--page", out).stdout)
    by = {row["claim"]: row["verdict"] for row in told["frame"]}
    assert by["called back, scores better"] == "not measured"
    assert len(by) == 9
    assert "Ce que dit le métier" in PdfReader(out).pages[0].extract_text()


def test_what_cannot_be_done_is_said(tmp_path):
    answers = tmp_path / "answers.csv"
    answers.write_text("score,customer_id,date\n9,1,2025-01-02\n3,2,2025-01-03\n")
    with pytest.raises(InputError, match="comes without purchases: give --purchases FILE"):
        run(linkage.worth, answers)
    with pytest.raises(InputError, match=r"`--out` must end in \.csv, got"):
        run(linkage.growth, answers, "--out", tmp_path / "growth.txt")
    with pytest.raises(InputError, match="0 of the questions csat and ces is there"):
        run(customers.drivers, answers)


def test_what_cannot_be_read_or_written_is_said_before_anything_is_read(tmp_path):
    with pytest.raises(InputError, match=r"There is no file .*nothing\.csv"):
        run(linkage.growth, tmp_path / "nothing.csv")
    answers = tmp_path / "answers.csv"
    answers.write_text("score\n9\n")
    with pytest.raises(InputError, match=r"must end in \.csv, got .*--memo FILE"):
        run(linkage.verbatims, answers, "--out", tmp_path / "themes.pdf")
