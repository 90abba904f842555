"""Curves of the delay against R's glm with natural splines, known truth, and their refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import npsstats as nps
from npsstats.checks import InputError
from npsstats.experiments.survey.arms import survey_arms
from npsstats.experiments.survey.delay import delay_doubts, log_delay, three_logits
from npsstats.experiments.survey.delay.delay_curve import _fit, delay_curve
from npsstats.experiments.survey.delay.delay_reading import delay_cells, grid_of, knots_borne
from npsstats.experiments.survey.purposes import verdicts

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
ARMS = (2.0, 24.0, 72.0, 168.0)


def golden_counts() -> nps.InvitationCounts:
    table = pd.read_csv(GOLDEN / "delay_cells.csv", comment="#")
    return counts_of(
        table[["delay_hours", "journey", "channel"]],
        table["invited"].to_numpy(),
        table[["detractors", "passives", "promoters"]].to_numpy(),
    )


def counts_of(
    cells: pd.DataFrame, invited: np.ndarray, categories: np.ndarray
) -> nps.InvitationCounts:
    eleven = np.zeros((len(cells), 11), dtype=int)
    eleven[:, [3, 8, 10]] = categories
    scores = nps.ScoreCounts(eleven, cells)
    return nps.InvitationCounts(cells, invited, scores.n, scores)


def world(
    rng: np.random.Generator, n: int, delays: tuple[float, ...] = ARMS
) -> nps.InvitationCounts:
    """Draw cells of two journeys and two channels; the channel is not balanced over delays."""
    cells = pd.DataFrame(
        [
            (delay, journey, channel)
            for delay in delays
            for journey in ("delivery", "grocery")
            for channel in ("email", "sms")
        ],
        columns=["delay_hours", "journey", "channel"],
    )
    t = np.log2(cells["delay_hours"].to_numpy())
    invited = rng.poisson(np.where(cells["channel"] == "sms", n / 3 * (1 + t / 8), n))
    three = truth_of(cells)
    came = rng.binomial(invited, three.response)
    told = [three.detractor, 1 - three.detractor - three.promoter, three.promoter]
    categories = np.stack(
        [rng.multinomial(k, p) for k, p in zip(came, np.stack(told, axis=1), strict=True)]
    )
    return counts_of(cells, invited, categories)


def truth_of(cells: pd.DataFrame) -> three_logits.Shares:
    t = np.log2(cells["delay_hours"].to_numpy())
    sms = (cells["channel"] == "sms").to_numpy()
    late = np.where(cells["journey"] == "grocery", -0.12, 0.05)
    detractor = special.expit(-1.4 + 0.08 * t - 0.2 * sms)
    promoter = (1 - detractor) * special.expit(0.4 - 0.06 * t + 0.1 * sms)
    return three_logits.Shares(special.expit(-1 + late * t + 0.4 * sms), detractor, promoter)


@pytest.fixture(scope="module")
def golden() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "delay_curves.csv", comment="#")


@pytest.fixture(scope="module")
def read():
    return delay_curve(
        golden_counts(),
        by="journey",
        adjust=["channel"],
        grid=[0.5, 3, 24, 100, 240],
        draws=400,
    )


def test_curves_are_those_of_r(read, golden):
    keys = ["group", "delay_hours", "quantity"]
    both = read.frame.merge(golden, on=keys, suffixes=("", "_r"))
    assert len(both) == len(read.frame) == 60
    np.testing.assert_allclose(both["estimate"], both["estimate_r"], rtol=1e-6, atol=1e-9)


def test_points_a_doubling_are_those_of_r(read, golden):
    both = read.drift.merge(golden[golden["quantity"] == "drift"], on="group")
    assert len(both) == 3
    np.testing.assert_allclose(both["estimate_x"], both["estimate_y"], rtol=1e-5)


def test_rows_reckoned_in_parts_give_the_same(read, monkeypatch):
    monkeypatch.setattr(three_logits, "CHUNK", 7)
    again = delay_curve(
        golden_counts(), by="journey", adjust=["channel"], grid=[0.5, 240], draws=400
    )
    numbers = ["estimate", "lower", "upper"]
    np.testing.assert_allclose(read.drift[numbers], again.drift[numbers], rtol=1e-9)


def test_likelihood_ratios_are_those_of_r(golden):
    cells = delay_cells(golden_counts(), "delay_hours", "journey", ["channel"])
    at = log_delay.knots(cells.delays, knots_borne(cells, 4))
    others, _ = log_delay.mix_of(cells.group, cells.adjust, cells.asked.invited)
    fitted = _fit(cells, at, others)
    expected = golden.set_index("quantity")["estimate"]
    for name, p in delay_doubts.lack_of_fit(cells, fitted).items():
        assert p == pytest.approx(expected[f"lack {name}"], rel=1e-5)
    straight = three_logits.likelihood_ratio(
        fitted.curve.response, fitted.straight.response, *cells.asked.trials[0]
    )
    assert straight == pytest.approx(expected["line response"], rel=1e-5)
    scores = min(expected["line detractors"], expected["line promoters"])
    assert delay_doubts.straight_line(cells, fitted) == pytest.approx(2 * scores, rel=1e-5)


def test_statsmodels_agrees_on_coefficients_and_covariance():
    from statsmodels.api import GLM, families

    cells = delay_cells(golden_counts(), "delay_hours", "journey", ["channel"])
    at = log_delay.knots(cells.delays, 5)
    others, _ = log_delay.mix_of(cells.group, cells.adjust, cells.asked.invited)
    fitted = _fit(cells, at, others)
    for one, (n, k) in zip(fitted.curve, cells.asked.trials, strict=True):
        reference = GLM(np.stack([k, n - k], axis=1), fitted.x, families.Binomial()).fit(tol=1e-12)
        np.testing.assert_allclose(one.coefficients, reference.params, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(one.covariance, reference.cov_params(), rtol=1e-5, atol=1e-9)


def test_bands_are_those_of_the_delta_method(read):
    """A saturated curve's standard error at an arm is that of the arm's own share."""
    cells = pd.DataFrame({"delay_hours": [2, 24, 72]})
    counts = counts_of(
        cells,
        np.array([4000, 4000, 4000]),
        np.array([[200, 300, 500], [180, 300, 420], [150, 250, 300]]),
    )
    frame = delay_curve(counts, draws=20_000).frame
    rho = counts.rate
    response = frame[frame["quantity"] == "response"]
    np.testing.assert_allclose(response["estimate"], rho, rtol=1e-9)
    np.testing.assert_allclose(response["std_error"], np.sqrt(rho * (1 - rho) / 4000), rtol=0.03)
    categories = counts.scores.categories / counts.answered[:, None]
    spread = categories[:, 2] + categories[:, 0] - (categories[:, 2] - categories[:, 0]) ** 2
    score = frame[frame["quantity"] == "nps"]
    np.testing.assert_allclose(score["estimate"], counts.scores.nps, rtol=1e-9)
    np.testing.assert_allclose(
        score["std_error"], 100 * np.sqrt(spread / counts.answered), rtol=0.03
    )
    margin = frame[frame["quantity"] == "margin_1000"]
    expected = stats.norm.ppf(0.975) * 100 * np.sqrt(spread / (1000 * rho))
    np.testing.assert_allclose(margin["estimate"], expected, rtol=1e-9)


def test_every_delay_is_judged_on_the_same_customers():
    """Channels differ over delays; adjusted, the curve of all follows the truth, and not else."""
    rng = np.random.default_rng(3)
    counts = world(rng, 200_000)
    shares = counts.frame.groupby(["journey", "channel"])["invited"].sum()
    weight = shares / shares.sum()
    cells = pd.DataFrame(list(weight.index), columns=["journey", "channel"])
    true = [
        float(weight.to_numpy() @ truth_of(cells.assign(delay_hours=delay)).response)
        for delay in ARMS
    ]
    rows = delay_curve(counts, by="journey", adjust=["channel"]).frame
    rows = rows[(rows["group"] == "all") & (rows["quantity"] == "response")]
    assert (np.abs(rows["estimate"] - true) < 4 * rows["std_error"]).all()
    naive = delay_curve(counts).frame
    naive = naive[naive["quantity"] == "response"]
    assert np.abs((naive["estimate"] - true) / naive["std_error"]).max() > 8


def test_bands_hold_the_truth_and_the_drift():
    rng = np.random.default_rng(11)
    inside, drift = [], []
    for seed in range(12):
        counts = world(rng, 800)
        result = delay_curve(counts, by="journey", adjust=["channel"], seed=seed, draws=400)
        shares = counts.frame.groupby(["journey", "channel"])["invited"].sum().reset_index()
        for group, part in shares.groupby("journey"):
            weight = part["invited"].to_numpy() / part["invited"].sum()
            rows = result.frame[result.frame["group"] == group]
            for delay in ARMS:
                true = truth_of(part.assign(delay_hours=delay))
                expected = {
                    "response": weight @ true.response,
                    "nps": 100 * weight @ (true.promoter - true.detractor),
                }
                answering = weight * true.response / expected["response"]
                expected["nps_answered"] = 100 * answering @ (true.promoter - true.detractor)
                for quantity, value in expected.items():
                    row = rows[(rows["delay_hours"] == delay) & (rows["quantity"] == quantity)]
                    inside.append(row["lower"].iloc[0] <= value <= row["upper"].iloc[0])
            own = counts.frame[counts.cells["journey"] == group]
            ends = [truth_of(own.assign(delay_hours=own["delay_hours"] * f)) for f in (0.99, 1.01)]
            net = [100 * (end.promoter - end.detractor) for end in ends]
            slope = (net[1] - net[0]) / np.log2(1.01 / 0.99)
            true_slope = np.average(slope, weights=own["invited"])
            row = result.drift[result.drift["group"] == group].iloc[0]
            drift.append(row.lower <= true_slope <= row.upper)
    # 288 bands and 24 slopes at 95 %; benchmarks/timing.py has many more
    assert 0.89 < np.mean(inside) < 0.99
    assert np.mean(drift) > 0.8


def test_simulated_delays_are_found():
    network = nps.simulate(8, 8, 4_000, seed=5, truth=nps.NetworkTruth(gaming_share=0.0))
    sent = nps.read(network.invitations, table="invitations", quiet=True)
    counts = nps.count_invitations(sent, ["journey", "delay_hours"], responses=network.responses)
    result = delay_curve(counts, by="journey")
    assert "invitations without a delay were left out" in result.diagnostics[-1]
    truth = network.truth.delay.rename(columns={"journey": "group"})
    both = result.frame.merge(truth, on=["group", "delay_hours"])
    rows = both[both["quantity"] == "response"]
    assert len(rows) == 20
    assert (np.abs(rows["estimate"] - rows["response_rate"]) < 4 * rows["std_error"]).all()
    rows = both[both["quantity"] == "nps"]
    assert (np.abs(rows["estimate"] - rows["nps_answered"]) < 4 * rows["std_error"]).all()
    best = result.best("response")
    assert best.delay in {2, 24}
    assert best.frame["p_best"].iloc[-1] < 0.01


def test_a_curve_of_raw_delays_is_read_between_its_ends():
    rng = np.random.default_rng(0)
    delays = np.exp(rng.uniform(np.log(1), np.log(200), 300)).round(2)
    counts = world(rng, 20, tuple(np.unique(delays)))
    result = delay_curve(counts, adjust=["channel"], draws=400)
    assert len(result.grid) == 25
    assert (result.grid[0], result.grid[-1]) == (delays.min(), delays.max())
    steps = log_delay.categories(
        counts.cells["delay_hours"].to_numpy(), counts.invited.astype(float)
    )
    assert steps.shape[1] == 9
    assert result.provenance.options["df"] == 4


def test_equal_delays_fall_in_one_bin():
    delays = np.repeat(np.arange(1.0, 31.0), 5)
    steps = log_delay.categories(delays, np.ones(150))
    same = steps.reshape(30, 5, -1)
    assert (same == same[:, :1]).all()
    assert steps.sum(axis=0) == pytest.approx(15)


def test_the_basis_is_natural_and_sums_to_one():
    at = log_delay.knots(np.array([1.0, 2, 5, 20, 100]), 5)
    inside = np.exp(np.linspace(at[0], at[-1], 50))
    assert log_delay.basis(inside, at).sum(axis=1) == pytest.approx(1)
    straight = log_delay.basis(inside, at) @ at
    assert straight == pytest.approx(np.log(inside))


def test_same_seed_same_numbers():
    counts = golden_counts()
    one, two, three = (delay_curve(counts, seed=seed, draws=400) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert not one.frame["lower"].equals(three.frame["lower"])
    assert one.frame["estimate"].equals(three.frame["estimate"])


def test_the_best_delay_by_purpose(read):
    best = read.best("response", group="grocery")
    assert best.delay == 3
    assert best.frame["expected_loss"].min() < 0.01
    assert best.lower <= best.delay <= best.upper
    assert "For response, send after 3 hours" in best.headline()
    worst = read.best("response", "lower", group="grocery")
    assert worst.delay == 240
    flattering = read.best("communication")
    published = read.frame[
        (read.frame["quantity"] == "nps_answered") & (read.frame["group"] == "all")
    ]
    assert flattering.frame["estimate"].to_numpy() == pytest.approx(
        read.paths.answered[-1, :, 1:].mean(axis=1)
    )
    assert flattering.delay == published.loc[published["estimate"].idxmax(), "delay_hours"]
    assert "not the truest" in flattering.diagnostics[0]
    assert flattering.frame["unit"].eq("points").all()
    precise = read.best("precision", group="delivery")
    row = precise.frame.loc[precise.frame["expected_loss"].idxmin()]
    margins = read.frame[
        (read.frame["quantity"] == "margin_1000") & (read.frame["group"] == "delivery")
    ]
    assert row["delay_hours"] == margins.loc[margins["estimate"].idxmin(), "delay_hours"]
    assert precise.provenance.options["purpose"] == "precision"


def test_the_score_published_is_judged_as_the_arms_judge_it():
    """Each journey scores lower later, yet the published score rises: the unhappy fall silent."""
    cells = pd.DataFrame(
        {"arm": list("ssll"), "delay_hours": [2, 2, 168, 168], "journey": ["calm", "cross"] * 2}
    )
    told = [[300, 900, 1800], [1200, 900, 900], [360, 930, 1710], [430, 300, 270]]
    counts = counts_of(cells, np.full(4, 10_000), np.array(told))
    curve = delay_curve(counts, by="journey")
    frame = curve.frame[curve.frame["group"] == "all"].set_index(["quantity", "delay_hours"])[
        "estimate"
    ]
    assert frame["nps", 168] < frame["nps", 2]
    plain = counts.scores.by("arm").nps
    np.testing.assert_allclose(frame["nps_answered"], plain, rtol=1e-6)
    best = curve.best("communication")
    assert best.delay == 168
    arms = verdicts(
        survey_arms(counts, control="s", known=("journey",), draws=400),
        ["communication"],
        tolerance={},
    )
    assert arms.chosen == {"communication": "l"}


def test_the_result_reads_one_way(read):
    assert "points a doubling of the delay" in read.headline()
    text = repr(read)
    assert "Response and score along the delay" in text
    assert "0." in text
    posterior = read.draws["posterior"]
    assert posterior["nps"].shape == (4, 100, 15)
    frame = read.frame
    rows = frame[frame["quantity"] == "nps"].reset_index(drop=True)
    spread = posterior["nps"].std(("chain", "draw")).to_numpy()
    np.testing.assert_allclose(spread, rows["std_error"])


def test_what_there_is_to_doubt():
    counts = golden_counts()
    said = delay_curve(
        counts.by("delay_hours", "journey", "channel"),
        adjust=["channel"],
        df=20,
        randomized=False,
        draws=400,
    )
    assert "not randomized" in said.diagnostics[0]
    assert "association" in said.headline()
    text = " ".join(said.diagnostics)
    assert "20 degrees of freedom were asked for; the delays bear 11." in text
    assert "did not answer" in text
    between = delay_curve(counts, grid=[2, 3, 24], draws=400)
    assert any("Between the delays that were sent" in one for one in between.diagnostics)
    hour = counts_of(
        counts.cells.rename(columns={"channel": "hour"}), counts.invited, counts.scores.categories
    )
    adjusted = delay_curve(hour, adjust=["hour"], draws=400)
    assert any("'hour' must be that of the visit" in one for one in adjusted.diagnostics)


def test_a_curve_too_stiff_is_said():
    rng = np.random.default_rng(1)
    delays = np.array([1.0, 2, 4, 8, 16, 32, 64, 128])
    cells = pd.DataFrame({"delay_hours": delays})
    invited = np.full(8, 20_000)
    came = rng.binomial(invited, np.tile([0.3, 0.2], 4))
    told = [came // 4, came // 4, came - 2 * (came // 4)]
    counts = counts_of(cells, invited, np.stack(told, axis=1))
    said = " ".join(delay_curve(counts, df=2, draws=400).diagnostics)
    assert "The curve of response does not pass where its delays do" in said
    assert "Who answers changes with the delay" in said


def test_a_bent_drift_is_said():
    cells = pd.DataFrame({"delay_hours": [1, 8, 64]})
    told = np.array([[1000, 1000, 3000], [2000, 1000, 2000], [1000, 1000, 3000]])
    said = delay_curve(counts_of(cells, np.array([9000] * 3), told), draws=400).diagnostics
    assert any("One number a doubling does not describe the drift" in one for one in said)


def test_runaway_cells_are_held_and_said():
    cells = pd.DataFrame({"delay_hours": [1, 8, 64]})
    told = np.array([[0, 10, 30], [5, 10, 20], [6, 8, 20]])
    result = delay_curve(counts_of(cells, np.array([100] * 3), told), draws=400)
    assert "a normal prior" in result.diagnostics[0]
    assert np.isfinite(result.frame[["estimate", "lower", "upper"]]).all(axis=None)


def test_thin_counts_are_said():
    cells = pd.DataFrame({"delay_hours": [1, 8, 64]})
    told = np.array([[4, 10, 30], [5, 10, 20], [6, 8, 20]])
    said = delay_curve(counts_of(cells, np.array([100] * 3), told), draws=400).diagnostics
    assert "events to each coefficient" in said[0]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"by": "country"}, "There is no key 'country' among delay_hours, journey, channel"),
        ({"adjust": "channel"}, r"write \['channel'\]"),
        ({"by": "channel", "adjust": ["channel"]}, "'channel' is named twice"),
        ({"grid": [0.1, 3]}, "'all' was sent at 0.5 to 240 hours only. Keep the grid within"),
        ({"grid": [3, 2]}, "`grid` must be two ascending delays or more"),
        ({"df": 0}, "`df` must be a whole number of at least 1, got 0"),
        ({"draws": 401}, "`draws` must be a multiple of 4, got 401. Write draws=2000"),
        ({"level": 95}, "`level` must be between 0 and 1"),
    ],
)
def test_refusals(change, text):
    with pytest.raises(InputError, match=text):
        delay_curve(golden_counts(), **change)


def test_refusals_of_counts():
    counts = golden_counts()
    bare = nps.InvitationCounts(counts.cells, counts.invited, counts.answered)
    with pytest.raises(InputError, match=r"without their scores. Count them with"):
        delay_curve(bare)

    def curve(delays: list, by: list) -> None:
        cells = pd.DataFrame({"delay_hours": delays, "journey": by})
        told = np.full((len(by), 3), 4)
        delay_curve(counts_of(cells, np.full(len(by), 50), told), by="journey")

    with pytest.raises(
        InputError, match=r"must hold numbers, got 'under 24'. Count the invitations"
    ):
        curve(["under 24", "24 and more"], ["grocery"] * 2)
    with pytest.raises(InputError, match=r"must be above 0 hours, got 0. Give what leaves at once"):
        curve([0, 24], ["grocery"] * 2)
    with pytest.raises(InputError, match="No invitation has a 'delay_hours'"):
        curve(["(none)", "(none)"], ["grocery", "delivery"])
    with pytest.raises(InputError, match="do not overlap"):
        curve([2, 24, 72, 168], ["grocery"] * 2 + ["delivery"] * 2)


def test_a_group_with_one_delay_is_refused():
    cells = pd.DataFrame({"delay_hours": [2, 24, 24], "journey": ["a", "a", "b"]})
    told = np.array([[2, 3, 4], [3, 4, 5], [3, 4, 5]])
    with pytest.raises(
        InputError, match="'b' has passives or promoters at 1 delay: a curve needs two"
    ):
        delay_curve(counts_of(cells, np.array([50] * 3), told), by="journey")


def test_the_grid_is_what_all_groups_share():
    cells = pd.DataFrame(
        {"delay_hours": [2, 24, 72, 24, 72, 168], "journey": ["a"] * 3 + ["b"] * 3}
    )
    told = np.full((6, 3), 20)
    read = delay_cells(counts_of(cells, np.full(6, 200), told), "delay_hours", "journey", [])
    assert grid_of(read, None).tolist() == [24, 72]
