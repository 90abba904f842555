"""CSAT, CES, eNPS, response and completion rates as a user meets them."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps

FIVE = nps.ScaleCounts(
    [[1, 0, 2, 5, 12], [3, 1, 1, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 9]], list("abcd"), (1, 5)
)
YES = nps.ScaleCounts([[60, 40], [9, 1], [0, 0], [0, 5]], list("abcd"), (0, 1))
CALLS = {
    "csat": lambda **o: nps.csat(FIVE, **o),
    "ces": lambda **o: nps.ces(FIVE, scale=(1, 5), **o),
    "response_rate": lambda **o: nps.response_rate(YES, **o),
    "completion_rate": lambda **o: nps.completion_rate(YES, **o),
}


@pytest.mark.parametrize("pooling", ["partial", "none", "complete"])
@pytest.mark.parametrize("name", CALLS)
def test_every_neighbour_has_its_interval_pooling_and_draws(name, pooling):
    result = CALLS[name](pooling=pooling)
    frame = result.frame
    assert frame["cell"].tolist() == list("abcd")
    assert ((frame["lower"] < frame["estimate"]) & (frame["estimate"] < frame["upper"])).all()
    ends = frame[["lower", "upper", "shrinkage"]].to_numpy()
    assert 0 <= ends.min() <= ends.max() <= 1 + 1e-9
    assert np.isnan(frame["raw"].iloc[2])
    drawn = result.draws["posterior"]["share"].to_numpy().reshape(-1, 4)
    assert drawn.mean(axis=0) == pytest.approx(frame["estimate"].to_numpy(), abs=0.02)
    assert result.draws["posterior"]["cell"].to_numpy().tolist() == list("abcd")
    again = CALLS[name](pooling=pooling)
    pd.testing.assert_frame_equal(frame, again.frame)
    assert len(result.network) == (2 if pooling == "partial" else 0)
    assert "95% credible interval" in str(result)
    assert "<table" in result._repr_html_()
    if "mean" in frame:
        assert ((frame["mean_lower"] < frame["mean"]) & (frame["mean"] < frame["mean_upper"])).all()
        assert 1 <= frame["mean_lower"].min() <= frame["mean_upper"].max() <= 5
        drawn = result.draws["posterior"]["mean"].to_numpy().reshape(-1, 4)
        assert drawn.mean(axis=0) == pytest.approx(frame["mean"].to_numpy(), abs=0.1)


def test_shares_and_means_are_those_of_the_counts():
    frame = nps.csat(FIVE).frame
    assert frame["satisfied"].tolist() == [17, 0, 0, 9]
    assert frame["raw"].tolist()[:2] == [0.85, 0]
    assert frame["mean_raw"].tolist()[:2] == pytest.approx([4.35, 1.6])
    assert nps.csat(FIVE, top=1).frame["satisfied"].tolist() == [12, 0, 0, 9]
    assert nps.ces(FIVE, scale=(1, 5), easy_is="low").frame["easy"].tolist() == [1, 4, 0, 0]
    seven = nps.ScaleCounts([1, 2, 3, 4, 5, 6, 7], scale=(1, 7))
    assert nps.ces(seven).frame["easy"].tolist() == [18]
    assert nps.ces(seven, easy=2).frame["easy"].tolist() == [13]


def test_a_scale_turned_round_turns_the_result_round():
    turned = nps.ScaleCounts(FIVE.counts[:, ::-1], list("abcd"), (1, 5))
    high = nps.ces(FIVE, scale=(1, 5), easy_is="high").frame
    low = nps.ces(turned, scale=(1, 5), easy_is="low").frame
    assert high["lower"].to_numpy() == pytest.approx(low["lower"].to_numpy(), abs=1e-9)
    assert high["mean"].to_numpy() == pytest.approx(6 - low["mean"].to_numpy(), abs=1e-5)


def test_what_is_missing_is_said():
    said = " ".join(nps.csat(FIVE).diagnostics)
    assert "1 cell has no answers" in said
    assert "Fewer than five cells" in said
    rows = pd.DataFrame({"csat": [5, None, 3], "store_id": ["a", "a", "b"]})
    assert "1 of 3 rows hold no value of `csat`" in nps.csat(rows).diagnostics[0]
    nothing = nps.response_rate(nps.ScaleCounts([0, 0], scale=(0, 1)))
    assert "no invitations at all" in nothing.diagnostics[0]
    assert "50.0% answered" in str(nothing)


def test_the_simulated_network_gives_back_its_rates(tmp_path):
    config = nps.load_network(nps.simulate(12, 6, 4000, seed=3).write(tmp_path, format="parquet"))
    answers, invited = config.read(quiet=True), config.read("invitations", quiet=True)
    rate = nps.response_rate(invited, by=None)
    assert rate.frame["answered"].item() == answers.n_accepted
    assert rate.frame["n"].item() == invited.n_accepted
    assert nps.csat(answers).frame["n"].sum() + 0 < answers.n_accepted
    assert len(nps.completion_rate(answers, by="channel").frame) > 1
    assert nps.enps(answers, by="store_id").frame["n"].sum() == answers.n_accepted


def test_enps_is_the_nps_in_its_own_words():
    counts = nps.ScoreCounts([[1, 0, 0, 1, 0, 2, 3, 4, 6, 3, 2], [0] * 8 + [4, 4, 4]], ["x", "y"])
    plain, own = nps.estimate(counts, "cell"), nps.enps(counts, by="cell")
    pd.testing.assert_frame_equal(plain.frame, own.frame)
    text = str(own)
    assert "eNPS" in text
    assert "Teams truly differ" in text
    assert "in 2 teams" in text
    assert len(nps.enps(counts).frame) == 1
    assert own.draws["posterior"]["nps"].shape[-1] == 2


def test_enps_tells_no_small_team_nor_what_remains_of_the_total():
    answers = [[0] * 7 + [1] * 4, [0] * 10 + [1], [3, 0, 1, 1, 2, 1, 2, 4, 6, 5, 5]]
    counts = nps.ScoreCounts(answers, ["small", "one", "large"])
    result = nps.enps(counts, by="cell")
    assert result.frame["cell"].tolist() == ["large"]
    assert result.overall["n"].item() == 30
    assert result.diagnostics[0].startswith("2 teams with fewer than 5 answers (5 answers in all)")
    assert len(nps.enps(counts, by="cell", least=1).frame) == 3
    with pytest.raises(nps.InputError, match="No team has 40 answers"):
        nps.enps(counts, by="cell", least=40)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: nps.csat(FIVE, top=5), "`top` must be fewer than the 5 values"),
        (lambda: nps.csat(FIVE, top=0), "`top` must be a whole number of at least 1"),
        (lambda: nps.ces(FIVE), r"on the scale \(1, 5\), not on \(1, 7\)"),
        (lambda: nps.ces(FIVE, scale=(1, 5), easy_is="left"), "`easy_is` must be one of"),
        (lambda: nps.csat(FIVE, pooling="some"), "`pooling` must be one of"),
        (lambda: nps.csat(FIVE, level=95), "`level` must be between 0 and 1"),
        (lambda: nps.csat(FIVE, prior_concentration=0), "`prior_concentration` must be a number"),
        (lambda: nps.csat(FIVE, draws=3), "`draws` must be a whole number of at least 100"),
        (lambda: nps.csat(FIVE, "region"), "`by` must be one of 'cell'"),
        (lambda: nps.csat(pd.DataFrame({"note": [1]})), "There is no column 'csat'"),
        (lambda: nps.enps(nps.ScoreCounts([0] * 11), least=0), "`least` must be a whole number"),
    ],
)
def test_bad_arguments_are_said(call, said):
    with pytest.raises(nps.InputError, match=said):
        call()


def test_real_satisfaction_files(shared_data):
    telco = pd.read_csv(shared_data / "telco_ibm_extended" / "telco_extended.csv")
    rows = telco[["Satisfaction Score", "Contract", "City"]].set_axis(
        ["csat", "kind", "city"], axis=1
    )
    by = nps.csat(rows, by="city").frame
    assert by["n"].sum() == 7043
    raw = rows.assign(top=rows["csat"] >= 4).groupby("city")["top"].agg(["mean", "size"])
    assert by.set_index("city")["raw"].to_numpy() == pytest.approx(raw["mean"].to_numpy())
    # cities hardly differ, so one answer moves nothing; the raw shares are 0 or 1 there
    assert by["estimate"].std() < 0.3 * by["raw"].std()
    one = nps.csat(rows, by="kind", pooling="none").frame
    assert one["mean_raw"].tolist() == pytest.approx(rows.groupby("kind")["csat"].mean().tolist())
    garden = shared_data / "nps_fr_jardinerie_benavent" / "nps.csv"
    intake = nps.read(garden, {"score": "nps", "csat": "satisfaction"}, quiet=True)
    ten = nps.csat(intake, by=None, scale=(0, 10), top=2).frame
    plain = pd.read_csv(garden, encoding="latin-1")
    kept = plain.loc[plain["nps"].notna(), "satisfaction"].dropna()
    assert ten["n"].item() == len(kept)
    assert ten["mean_raw"].item() == pytest.approx(kept.mean())
    assert ten["raw"].item() == pytest.approx((kept >= 9).mean())
