"""Looks at an experiment under way: bounds, the end, and what may be said then."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.sequential.looks import look
from npsstats.experiments.sequential.spending import boundaries
from npsstats.experiments.sequential.stagewise import stagewise

GOLDEN = Path(__file__).parents[1] / "golden"
STOPPED = pd.read_csv(GOLDEN / "sequential_stopped.csv", comment="#")


def moments(values, arms, **others):
    return ArmMoments.from_values({"y": values, **others}, {"arm": arms})


def stage(rng, n=200, effect=0.0, share=0.5, scale=1.0):
    arms = np.where(rng.random(n) < share, "b", "a")
    return moments(rng.normal(effect * (arms == "b"), scale, n), arms)


@pytest.mark.parametrize("case", STOPPED["case"].unique())
def test_the_end_agrees_with_rpact(case):
    part = STOPPED[STOPPED["case"] == case]
    fractions, bounds = part["fraction"].to_numpy(), part["bound"].to_numpy()[:-1]
    row = part.iloc[0]
    found = stagewise(fractions, bounds, np.full(len(bounds), -np.inf), row["z"], 0.95)
    scale = np.sqrt(fractions[-1])
    assert found.p_value / 2 == pytest.approx(row["p_one_sided"], abs=1e-7)
    assert found.estimate * scale == pytest.approx(row["estimate"], abs=2e-5)
    assert found.lower * scale == pytest.approx(row["lower"], abs=2e-5)
    assert found.upper * scale == pytest.approx(row["upper"], abs=2e-5)


def test_a_single_look_is_the_ordinary_test():
    rng = np.random.default_rng(1)
    whole = stage(rng, 400, 0.3)
    row = look([whole], "y", control="a", planned=400).frame.iloc[0]
    se = np.sqrt((whole.variance("y") / whole.n).sum())
    z = row["z"]
    assert row["estimate"] == pytest.approx(np.diff(whole.column("y"))[0])
    assert row["std_error"] == pytest.approx(se)
    assert row["decision"] == "stop"
    assert 0.99 < row["fraction"] < 1  # the arms are not quite even: it is the end all the same
    assert row["bound"] == pytest.approx(1.959964, abs=1e-6)
    assert row["p_value"] == pytest.approx(2 * special.ndtr(-abs(z)), rel=1e-6)
    assert row["unbiased"] == pytest.approx(z * se, rel=1e-6)
    assert row["unbiased_lower"] == pytest.approx((z - 1.959964) * se, rel=1e-5)


def test_stages_and_running_totals_say_the_same():
    rng = np.random.default_rng(2)
    stages = [stage(rng, 100, 0.2) for _ in range(4)]
    totals = [stages[0]]
    for part in stages[1:]:
        totals.append(totals[-1] + part)
    one = look(totals, "y", control="a", planned=500)
    two = look(stages, "y", control="a", planned=500, cumulative=False)
    pd.testing.assert_frame_equal(one.frame, two.frame)
    with pytest.raises(InputError, match="cumulative=False"):
        look([*stages[:1], stage(rng, 40)], "y", control="a", planned=500)


def test_unplanned_looks_pay_for_the_fraction_at_which_they_fall():
    rng = np.random.default_rng(3)
    stages = [stage(rng, n) for n in (90, 13, 150, 47)]
    frame = look(stages, "y", control="a", planned=600, cumulative=False).frame
    bounds = boundaries(frame["fraction"])
    assert frame["bound"].to_numpy() == pytest.approx(bounds)
    n = frame[["n_control", "n_treatment"]].to_numpy()
    assert frame["fraction"].to_numpy() == pytest.approx(n.prod(axis=1) / n.sum(axis=1) / 150)


def test_a_stop_corrects_the_estimate_towards_nothing():
    rng = np.random.default_rng(4)
    stages = [stage(rng, 100, 0.6) for _ in range(3)]
    result = look(stages, "y", control="a", planned=1000, spending="pocock", cumulative=False)
    frame = result.frame
    at = int(np.flatnonzero(frame["decision"] == "stop")[0])
    assert result.stopped
    effect = result.effects().frame.iloc[0]
    assert effect["p_value"] < 0.05
    assert 0 < effect["lower"] < effect["estimate"] < effect["upper"]
    assert (frame["decision"].iloc[at + 1 :] == "after the stop").all()
    assert frame["p_value"].notna().sum() == 1


def test_the_adjusted_answer_is_median_unbiased_and_covers():
    rng = np.random.default_rng(5)
    fractions = np.array([0.25, 0.5, 0.75, 1.0])
    bounds = boundaries(fractions, spending="pocock")
    drift = 2.5
    steps = np.diff(fractions, prepend=0)
    path = np.cumsum(rng.normal(drift * steps, np.sqrt(steps), (400, 4)), axis=1)
    path /= np.sqrt(fractions)
    estimates, naive, held = [], [], 0
    for z in path:
        out = np.abs(z) >= bounds
        end = int(out.argmax()) if out.any() else 3
        found = stagewise(fractions[: end + 1], bounds[:end], -bounds[:end], z[end], 0.95)
        estimates.append(found.estimate)
        naive.append(z[end] / np.sqrt(fractions[end]))
        held += found.lower < drift < found.upper
    assert np.mean(np.array(estimates) < drift) == pytest.approx(0.5, abs=0.07)
    assert np.mean(np.array(naive) < drift) < 0.43  # stopping early exaggerates
    assert held / 400 == pytest.approx(0.95, abs=0.03)


def test_the_interval_leaves_zero_out_just_when_it_stopped():
    rng = np.random.default_rng(6)
    seen = set()
    for effect in (0.0, 0.15, 0.3):
        stages = [stage(rng, 150, effect) for _ in range(4)]
        options = {"control": "a", "planned": 600, "cumulative": False, "final": True}
        said = look(stages, "y", **options).frame["decision"]
        upto = int((said == "continue").sum()) + 1
        end = look(stages[:upto], "y", **options).frame.iloc[-1]
        crossed = end["decision"] == "stop"
        seen.add(crossed)
        assert crossed == (end["p_value"] < 0.05)
        assert crossed == (end["unbiased_lower"] > 0 or end["unbiased_upper"] < 0)
    assert seen == {True, False}


def test_arms_swapped_change_the_sign_alone():
    rng = np.random.default_rng(7)
    stages = [stage(rng, 150, 0.25) for _ in range(4)]
    there = look(stages, "y", control="a", planned=900, cumulative=False, spending="pocock").frame
    back = look(stages, "y", control="b", planned=900, cumulative=False, spending="pocock").frame
    assert there["unbiased"].notna().any()
    for one, two in (("estimate", "estimate"), ("lower", "upper"), ("unbiased", "unbiased")):
        assert there[one].to_numpy() == pytest.approx(-back[two].to_numpy(), nan_ok=True, rel=1e-6)
    assert there["unbiased_lower"].to_numpy() == pytest.approx(
        -back["unbiased_upper"].to_numpy(), nan_ok=True, rel=1e-6
    )


def test_directions():
    rng = np.random.default_rng(8)
    good = [stage(rng, 200, 0.4) for _ in range(2)]
    bad = [stage(rng, 200, -0.4) for _ in range(2)]
    options = {"control": "a", "planned": 500, "cumulative": False}
    for stages, alternative, stops in (
        (good, "greater", True),
        (bad, "greater", False),
        (good, "less", False),
        (bad, "less", True),
    ):
        frame = look(stages, "y", alternative=alternative, **options).frame
        assert frame["decision"].str.startswith("stop").any() == stops
        if stops:
            sign = 1 if alternative == "greater" else -1
            end = frame[frame["p_value"].notna()].iloc[0]
            assert sign * end["unbiased"] > 0
            assert end["unbiased_lower"] < end["unbiased"] < end["unbiased_upper"]


def test_giving_up():
    rng = np.random.default_rng(9)
    stages = [stage(rng, 200, -0.2) for _ in range(2)]
    options = {"control": "a", "planned": 500, "cumulative": False, "alternative": "greater"}
    frame = look(stages, "y", futility_power=0.8, **options).frame
    assert "stop: futile" in set(frame["decision"])
    plain = look(stages, "y", **options).frame
    assert set(plain["decision"]) == {"continue"}
    assert frame["bound"].to_numpy() == pytest.approx(plain["bound"].to_numpy())  # non-binding
    with pytest.raises(InputError, match='alternative="greater"'):
        look(stages, "y", futility_power=0.8, control="a", planned=500, cumulative=False)


def test_what_matured_after_the_stop_counts():
    rng = np.random.default_rng(10)
    stages = [stage(rng, 200, 0.5), stage(rng, 200, 0.5)]
    late = stage(rng, 100, -0.5)
    options = {"control": "a", "planned": 800, "cumulative": False, "spending": "pocock"}
    stopped = look(stages[:1], "y", **options).frame
    assert stopped["decision"].tolist() == ["stop"]
    over = look([stages[0], late], "y", **options)
    assert over.frame["decision"].tolist() == ["stop", "after the stop"]
    assert over.frame["p_value"].notna().tolist() == [False, True]
    assert over.frame["unbiased"].iloc[1] < stopped["unbiased"].iloc[0]
    assert any("deletion method" in doubt for doubt in over.diagnostics)
    # with the look that stopped left out, the last is the only one: an ordinary test
    last = over.frame.iloc[1]
    assert last["p_value"] == pytest.approx(last["p_nominal"], rel=1e-6)


def test_an_experiment_that_ended_short_spends_what_is_left():
    rng = np.random.default_rng(11)
    stages = [stage(rng, 200), stage(rng, 200)]
    options = {"control": "a", "planned": 1000, "cumulative": False}
    under_way = look(stages, "y", **options)
    short = look(stages, "y", final=True, **options)
    assert not under_way.stopped
    assert any("goes on" in doubt for doubt in under_way.diagnostics)
    assert short.frame["bound"].iloc[1] < under_way.frame["bound"].iloc[1]
    assert short.frame["decision"].iloc[1] == "end, bound not crossed"
    assert under_way.effects().frame["method"].iloc[0].endswith("repeated interval")


def test_few_events_are_no_look():
    def sparse(events, n=1000):
        values = np.zeros(2 * n)
        values[: events[0]] = 1
        values[n : n + events[1]] = 1
        return moments(values, np.repeat(["a", "b"], n))

    looks = [sparse((0, 0)), sparse((0, 7)), sparse((3, 14)), sparse((15, 24))]
    result = look(looks, "y", control="a", planned=20_000, cumulative=False, spending="pocock")
    frame = result.frame
    assert frame["decision"].tolist()[:2] == ["too few", "too few"]
    assert frame["bound"].isna().tolist() == [True, True, False, False]
    assert np.isinf(frame["lower"].iloc[1])
    assert frame["estimand"].iloc[0] == "risk difference"
    assert frame["bound"].iloc[2] == pytest.approx(boundaries([0.3], spending="pocock")[0])
    assert any("passed over" in doubt for doubt in result.diagnostics)
    assert any("would have stopped at look 2" in doubt for doubt in result.diagnostics)


def test_an_arm_that_comes_later_and_a_day_without_news():
    rng = np.random.default_rng(12)
    first = moments(rng.normal(size=50), np.repeat("a", 50))
    second = stage(rng, 300)
    totals = [first, first + second, first + second, first + second + stage(rng, 300)]
    frame = look(totals, "y", control="a", planned=900).frame
    assert frame["decision"].tolist() == ["too few", "continue", "nothing new", "continue"]
    assert frame["n_treatment"].iloc[0] == 0


def test_three_arms_each_against_the_control():
    rng = np.random.default_rng(13)
    arms = np.repeat(["a", "b", "c"], 200)
    values = rng.normal(np.repeat([0, 0, 1.0], 200), 1)
    result = look([moments(values, arms)], "y", control="a", planned=1200)
    assert result.frame["arm"].tolist() == ["b", "c"]
    assert result.frame["fraction"].to_numpy() == pytest.approx(0.5)
    assert result.frame["decision"].tolist() == ["continue", "stop"]
    assert any("likelier" in doubt for doubt in result.diagnostics)
    uneven = {"a": 0.5, "b": 0.25, "c": 0.25}
    frame = look([moments(values, arms)], "y", control="a", planned=1200, shares=uneven).frame
    assert frame["fraction"].to_numpy() == pytest.approx(100 / (1200 / (1 / 0.5 + 1 / 0.25)))


def test_covariates_sharpen_a_look():
    rng = np.random.default_rng(14)
    arms = np.repeat(["a", "b"], 300)
    before = rng.normal(size=600)
    values = 0.2 * (arms == "b") + before + rng.normal(0, 0.5, 600)
    whole = moments(values, arms, before=before)
    raw = look([whole], "y", control="a", planned=1000).frame.iloc[0]
    sharp = look([whole], "y", control="a", planned=1000, covariates=["before"]).frame.iloc[0]
    assert sharp["std_error"] < 0.6 * raw["std_error"]
    assert sharp["estimate"] == pytest.approx(0.2, abs=3 * sharp["std_error"])


def test_information_instead_of_units():
    rng = np.random.default_rng(15)
    whole = stage(rng, 400, scale=2.0)
    row = look([whole], "y", control="a", information=50).frame.iloc[0]
    assert row["fraction"] == pytest.approx(1 / row["std_error"] ** 2 / 50)


def test_what_cannot_be_looked_at_is_refused():
    whole = stage(np.random.default_rng(16), 60)
    with pytest.raises(InputError, match="`by_look` is empty"):
        look([], "y", control="a", planned=100)
    with pytest.raises(InputError, match="one of the two"):
        look([whole], "y", control="a")
    with pytest.raises(InputError, match="`control` must be one of the arms"):
        look([whole], "y", control="ignored", planned=100)
    with pytest.raises(InputError, match="`shares` lacks arm 'b'"):
        look([whole], "y", control="a", planned=100, shares={"a": 0.5})
    with pytest.raises(InputError, match="`alternative` must be one of"):
        look([whole], "y", control="a", planned=100, alternative="two")


def test_the_page_shows_what_matters():
    rng = np.random.default_rng(17)
    result = look([stage(rng, 300, 0.5)], "y", control="a", planned=300, spending="pocock")
    assert "b, look 1: stop" in repr(result)
    assert "group-sequential" in repr(result)
