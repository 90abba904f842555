"""The duration room: directions, traps, edge cases, words."""

import numpy as np
import pandas as pd
import pytest
from duration_data import by_hand, compared, counted, simulated

from npsstats.aggregates.durations import REASONS, DurationCounts
from npsstats.checks import InputError
from npsstats.experiments.duration import duration, effect_by_day
from npsstats.experiments.duration.at_window import at_window
from npsstats.experiments.duration.pairs import pair

ESTIMANDS = (
    "risk difference",
    "restricted mean difference",
    "restricted mean ratio",
    "hazard ratio",
    "events beyond expected",
)


# -- directions -----------------------------------------------------------------------------------


def test_a_treatment_that_hastens_the_event():
    effects = compared(simulated(4000, 0.01, 0.016))
    assert effects.row("risk difference")["lower"] > 0
    assert effects.row("restricted mean difference")["upper"] < 0
    assert effects.row("restricted mean ratio")["upper"] < 1
    assert effects.row("hazard ratio")["lower"] > 1
    assert effects.row("events beyond expected")["lower"] > 0
    bayes = "Bayes, beta process"
    assert effects.row("risk difference", bayes)["probability"] > 0.99
    assert effects.row("restricted mean difference", bayes)["probability"] < 0.01


def test_arms_exchanged():
    counts = simulated()
    there = duration(counts, "x", control="none", window=60)
    back = duration(counts, "x", control="call", window=60)
    for estimand in ESTIMANDS:
        a, b = there.row(estimand), back.row(estimand)
        ratio = a["unit"] == "ratio"
        turned = [1 / b[name] if ratio else -b[name] for name in ("estimate", "upper", "lower")]
        assert [a["estimate"], a["lower"], a["upper"]] == pytest.approx(turned, rel=1e-6)
        assert a["p_value"] == pytest.approx(b["p_value"], rel=1e-6)
        assert (a["n_control"], a["n_treatment"]) == (b["n_treatment"], b["n_control"])


@pytest.mark.parametrize(
    ("hazard", "better", "words"),
    [
        (0.02, "shorter", "times are shorter, which is better"),
        (0.02, "longer", "times are shorter, which is worse"),
        (0.005, "longer", "times are longer, which is better"),
        (0.005, "shorter", "times are longer, which is worse"),
        (0.02, None, "times are shorter."),
    ],
)
def test_better_changes_words_alone(hazard, better, words):
    counts = simulated(4000, 0.01, hazard)
    effects = compared(counts, better=better)
    assert words in effects.headline()
    assert words in repr(effects)
    pd.testing.assert_frame_equal(effects.frame, compared(counts).frame)


def test_an_effect_that_is_not_settled_says_so():
    assert "not settled" in compared(simulated(100, 0.01, 0.0101)).headline()


def test_p_is_small_just_when_the_interval_leaves_none_out():
    for seed in range(25):
        frame = compared(simulated(300, 0.01, 0.015, seed=seed), draws=100).frame
        frame = frame[frame["p_value"].notna()]
        none = np.where(frame["unit"] == "ratio", 1.0, 0.0)
        apart = (frame["lower"] > none) | (frame["upper"] < none)
        assert (apart == (frame["p_value"] < 0.05)).all()


# -- what it is without censoring -----------------------------------------------------------------


def test_without_censoring_it_is_shares_and_means():
    rng = np.random.default_rng(5)
    treated = np.repeat([False, True], [300, 200])
    day = np.ceil(rng.exponential(np.where(treated, 30, 45)))
    found = at_window(pair(counted(day, 400, treated), "none", "call", 60), 0.95)
    shares = [(day[treated == k] <= 60).mean() for k in (False, True)]
    assert (found.risk.control, found.risk.treatment) == pytest.approx(tuple(shares))
    spread = sum(p * (1 - p) / n for p, n in zip(shares, (300, 200), strict=True))
    assert found.risk.std_error == pytest.approx(np.sqrt(spread))
    short = np.minimum(day, 60)
    means = [short[treated == k].mean() for k in (False, True)]
    assert (found.mean.control, found.mean.treatment) == pytest.approx(tuple(means))
    spread = sum(np.var(short[treated == k]) / (treated == k).sum() for k in (False, True))
    assert found.mean.std_error == pytest.approx(np.sqrt(spread))


def test_clusters_of_one_unit_are_units():
    rng = np.random.default_rng(8)
    treated = rng.integers(0, 2, 150) == 1
    day, seen = np.ceil(rng.exponential(40, 150)), rng.integers(62, 90, 150)
    one = pair(counted(day, seen, treated), "none", "call", 60)
    own = pair(counted(day, seen, treated, unit=np.arange(150)), "none", "call", 60, cluster="unit")
    plain, robust = at_window(one, 0.95), at_window(own, 0.95)
    n = one.n
    for part in ("risk", "mean"):
        errors = [getattr(which, part).std_error for which in (plain, robust)]
        assert errors[1] == pytest.approx(errors[0], rel=1 / min(n))
        assert errors[1] > errors[0]  # by n/(n − 1)


# -- immature follow-up ---------------------------------------------------------------------------


def test_immature_units_are_not_units_without_an_event():
    rng = np.random.default_rng(3)
    hazards, n, window = np.array([0.010, 0.016]), 1500, 60
    truth = float(np.diff(1 - (1 - hazards) ** window)[0])
    ours, naive, mature, errors, covered = [], [], [], [], 0
    for _ in range(200):
        treated = np.arange(n) % 2 == 1
        day = rng.geometric(hazards[treated.astype(int)])
        seen = rng.integers(5, 120, n)  # assigned over 115 days, all read on one date
        found = at_window(pair(counted(day, seen, treated), "none", "call", window), 0.95).risk
        ours.append(found.estimate)
        errors.append(found.std_error)
        covered += found.lower <= truth <= found.upper
        bought = day <= np.minimum(seen, window)
        naive.append(bought[treated].mean() - bought[~treated].mean())
        done = seen >= window
        mature.append(bought[treated & done].mean() - bought[~treated & done].mean())
    noise = np.std(ours) / np.sqrt(200)
    assert np.mean(ours) == pytest.approx(truth, abs=3.5 * noise)
    assert np.mean(mature) == pytest.approx(truth, abs=4 * noise)
    assert np.mean(naive) < truth - 10 * noise
    assert np.mean(errors) == pytest.approx(np.std(ours), rel=0.12)
    assert covered / 200 == pytest.approx(0.95, abs=0.04)
    # those not followed to the end say something too
    assert np.std(ours) < 0.95 * np.std(mature)


def test_immature_units_are_counted_in_words():
    counts = by_hand(([60, 60, 30, 8], [0, 0, 0, 1]), ([60, 20, 50, 50], [0, 1, 0, 0]))
    text = " ".join(compared(counts).diagnostics)
    assert "3 units (38%) without an event were not yet followed for 60 days" in text


def test_a_window_that_nobody_reached_is_not_guessed():
    effects = compared(simulated(500, follow=(5, 50)), window=60)
    assert effects.frame["estimand"].iloc[0] == "hazard ratio"
    for estimand in ESTIMANDS[:3]:
        assert np.isnan(effects.row(estimand)["estimate"])
    assert np.isfinite(effects.row("hazard ratio")["estimate"])
    assert effects.frame["probability"].isna().all()
    assert "was followed for 60 days (longest: 49)" in effects.diagnostics[0]


def test_follow_up_that_differs_between_arms_is_said():
    rng = np.random.default_rng(2)
    treated = rng.integers(0, 2, 800) == 1
    day = np.ceil(rng.exponential(100, 800))
    seen = np.where(treated, rng.integers(10, 90, 800), rng.integers(40, 90, 800))
    text = " ".join(compared(counted(day, seen, treated)).diagnostics)
    assert "Follow-up is longer in arm 'none'" in text
    assert "Follow-up" not in " ".join(compared(simulated()).diagnostics)


# -- few events -----------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", ["control", "treatment"])
def test_an_arm_without_events(empty):
    nothing, some = ([60] * 40, [0] * 40), ([60] * 36 + [5, 9, 20, 33], [0] * 36 + [1] * 4)
    counts = by_hand(*((nothing, some) if empty == "control" else (some, nothing)))
    effects = compared(counts)
    row = effects.row("hazard ratio")
    if empty == "control":
        assert row["estimate"] == row["upper"] == np.inf
        assert 0 < row["lower"] < np.inf
    else:
        assert row["estimate"] == row["lower"] == 0
        assert 0 < row["upper"] < np.inf
    assert 0.01 < row["p_value"] < 0.1  # a likelihood ratio, not 0
    risk = effects.row("risk difference")
    assert abs(risk["estimate"]) == pytest.approx(0.1)
    far = 1 - 0.025 ** (1 / 40)  # Clopper–Pearson's limit of 0 of 40
    assert max(abs(risk["lower"]), abs(risk["upper"])) > 0.1
    assert risk["upper" if empty == "treatment" else "lower"] * (
        1 if empty == "treatment" else -1
    ) == pytest.approx(np.hypot(far, 0.1 - 0.0387) - 0.1, abs=0.01)
    mean = effects.row("restricted mean difference")
    assert np.isfinite(mean["lower"])
    assert mean["lower"] < 0 < mean["upper"]
    text = " ".join(effects.diagnostics)
    assert f"No event in arm {'none' if empty == 'control' else 'call'!r}" in text
    assert "hazard ratio is infinite" in text if empty == "control" else "hazard ratio is 0" in text


def test_no_event_at_all():
    effects = compared(by_hand(([60] * 20, [0] * 20), ([60] * 20, [0] * 20)))
    risk = effects.row("risk difference")
    assert (risk["estimate"], risk["p_value"]) == (0, 1)
    assert risk["lower"] == -risk["upper"] < 0
    ratio = effects.row("hazard ratio")
    assert np.isnan(ratio["estimate"])
    assert (ratio["lower"], ratio["upper"]) == (0, np.inf)
    assert "No event in arm 'none'" in effects.diagnostics[0]


def test_one_unit_an_arm():
    effects = compared(by_hand(([60], [0]), ([3], [1])))
    risk = effects.row("risk difference")
    assert (risk["estimate"], risk["upper"]) == (1, 1)
    assert risk["lower"] < 0
    mean = effects.row("restricted mean difference")
    assert mean["estimate"] == -57
    assert mean["lower"] == -60
    assert mean["upper"] > 0


def test_everybody_on_the_first_day():
    effects = compared(by_hand(([0, 0], [1, 1]), ([0, 0], [1, 1])))
    assert np.isnan(effects.row("restricted mean ratio")["estimate"])
    assert effects.row("hazard ratio")["estimate"] == pytest.approx(1)


def test_many_units_cost_nothing_and_p_is_never_0():
    day = np.arange(1, 61)
    rows = []
    for hazard in (0.01, 0.02):
        left = 4e8 * (1 - hazard) ** np.arange(61)
        rows.append(np.rint(-np.diff(left)).astype(np.int64))
    events = np.array(rows)
    censored = np.zeros_like(events)
    censored[:, -1] = 400_000_000 - events.sum(axis=1)
    none = np.zeros((2, len(REASONS)), dtype=np.int64)
    counts = DurationCounts(pd.DataFrame({"arm": ["none", "call"]}), day, events, censored, none)
    effects = compared(counts)
    assert (effects.frame["p_value"].dropna() > 0).all()
    assert effects.frame["probability"].dropna().between(0, 1, inclusive="neither").all()
    # hazards of 1 % and 2 % a day: odds 2 × 0.99/0.98 with ties averaged as Efron has them
    assert effects.row("hazard ratio")["estimate"] == pytest.approx(2.010, abs=0.002)
    risk = effects.row("risk difference")
    assert risk["estimate"] == pytest.approx(0.99**60 - 0.98**60, abs=1e-7)
    assert risk["std_error"] == pytest.approx(
        np.sqrt(sum(p * (1 - p) / 4e8 for p in (0.99**60, 0.98**60))), rel=1e-5
    )


# -- arms, errors, words --------------------------------------------------------------------------


def test_every_arm_against_the_control():
    one, two = simulated(seed=1), simulated(seed=2)
    cells = two.cells.replace({"call": "mail"})
    parts = (two.time, two.events, two.censored, two.rejected)
    counts = one + DurationCounts(cells, *parts).only(arm="mail")
    effects = compared(counts)
    assert effects.frame["arm"].drop_duplicates().tolist() == ["call", "mail"]
    alone = compared(counts, treatment="mail")
    mine = effects.frame[effects.frame["arm"] == "mail"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone.frame)
    assert effects.headline().count("interval") == 2


def test_what_cannot_be_compared_is_said():
    counts = simulated(200)
    with pytest.raises(InputError, match="`control` must be one of"):
        duration(counts, "x", control="nobody", window=60)
    with pytest.raises(InputError, match="another arm than the control"):
        compared(counts, treatment="none")
    with pytest.raises(InputError, match="no arm beside"):
        compared(counts.only(arm="none"))
    with pytest.raises(InputError, match="`window`"):
        compared(counts, window=0)
    with pytest.raises(InputError, match="`better`"):
        compared(counts, better="more")
    with pytest.raises(InputError, match="by='arm'"):
        compared(counts.by())
    with pytest.raises(InputError, match="`by` must be one of"):
        compared(counts, cluster="store")
    with pytest.raises(InputError, match="under the window of 60 days"):
        effect_by_day(counts, control="none", window=60, breaks=(30, 60))
    weekly = DurationCounts.from_values(
        [6, 8, 9], [1, 0, 1], {"arm": ["none", "call", "call"]}, bin=7
    )
    with pytest.raises(InputError, match="Use 6 or 13"):
        compared(weekly, window=10)
    assert compared(weekly, window=13).row("risk difference")["estimate"] == pytest.approx(-0.5)


def test_an_arm_whose_units_are_all_rejected_is_said():
    counts = DurationCounts.from_values([6, -1], [1, 0], {"arm": ["none", "call"]})
    with pytest.raises(InputError, match="'call' has no unit with a duration"):
        compared(counts)


def test_rejected_units_are_said_by_arm():
    counts = DurationCounts.from_values(
        [60, 8, -1, 60, 9, -3, -4, 7],
        [0, 1, 0, 0, 1, 0, 1, 1],
        {"arm": ["none"] * 3 + ["call"] * 4 + [None]},
    )
    text = " ".join(compared(counts).diagnostics)
    assert "3 units were left out (negative duration): none 1, call 2." in text
    assert "1 units have no arm" in text


def test_the_same_seed_gives_the_same_numbers():
    counts = simulated()
    pd.testing.assert_frame_equal(compared(counts).frame, compared(counts).frame)
    other = compared(counts, seed=2)
    bayes = "Bayes, beta process"
    assert other.row("risk difference", bayes)["lower"] != pytest.approx(
        compared(counts).row("risk difference", bayes)["lower"], abs=1e-12
    )
    assert (other.provenance.seed, compared(counts).provenance.seed) == (2, 1)
