"""Classical and one-cell intervals against the published table and against R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import npsstats as nps
from npsstats.estimation import limits

GOLDEN = pd.read_csv(Path(__file__).parents[1] / "golden" / "intervals.csv", comment="#")
COUNTS = GOLDEN[["detractors", "passives", "promoters"]].to_numpy()

# counts, NPS, Wald, adjusted Wald, Tango (shares): the table the project was founded on
TABLE = [
    ((8, 13, 15), 0.194444, (-0.058813, 0.447702), 0.179487, (-0.062803, 0.421777),
     (-0.067697, 0.428670)),
    ((12, 7, 7), -0.192308, (-0.512473, 0.127858), -0.172414, (-0.471915, 0.127087),
     (-0.478659, 0.135630)),
    ((10, 50, 80), 0.5, (0.396175, 0.603825), 0.489510, (0.385820, 0.593201),
     (0.388342, 0.596437)),
    ((75, 675, 250), 0.175, (0.141372, 0.208628), 0.174477, (0.140859, 0.208094),
     (0.141398, 0.208781)),
    ((2, 0, 9), 0.636364, (0.180510, 1.092217), 0.5, (0.080008, 0.919992), (0.046039, 0.897265)),
    ((0, 0, 5), 1, (1, 1), 0.625, (0.174915, 1.075085), (0.131035, 1)),
    ((0, 5, 0), 0, (0, 0), 0, (-0.300057, 0.300057), (-0.434482, 0.434482)),
]  # fmt: skip
DIRICHLET = [
    ((8, 13, 15), 0.179487, -0.0678, 0.4148),
    ((12, 7, 7), -0.172414, -0.4605, 0.1333),
    ((10, 50, 80), 0.489510, 0.3822, 0.5897),
    ((75, 675, 250), 0.174477, 0.1409, 0.2082),
    ((2, 0, 9), 0.5, 0.0293, 0.8457),
    ((0, 0, 5), 0.625, 0.0694, 0.9479),
    ((0, 5, 0), 0, -0.3482, 0.3482),
]
METHODS = (nps.wald, nps.adjusted_wald, nps.tango, nps.dirichlet)

answers = st.integers(0, 400)
some = st.tuples(answers, answers, answers).filter(lambda x: sum(x) > 0)


@pytest.mark.parametrize(("counts", "net", "wald", "adjusted", "adjusted_wald", "tango"), TABLE)
def test_the_golden_table_to_its_digits(counts, net, wald, adjusted, adjusted_wald, tango):
    close = pytest.approx
    frame = nps.wald(counts).frame[["estimate", "lower", "upper"]].iloc[0] / 100
    assert frame["estimate"] == close(net, abs=6e-7)
    assert tuple(frame[["lower", "upper"]]) == close(np.clip(wald, -1, 1), abs=6e-7)
    frame = nps.adjusted_wald(counts).frame[["estimate", "lower", "upper"]].iloc[0] / 100
    assert frame["estimate"] == close(adjusted, abs=6e-7)
    assert tuple(frame[["lower", "upper"]]) == close(np.clip(adjusted_wald, -1, 1), abs=6e-7)
    frame = nps.tango(counts).frame[["estimate", "lower", "upper"]].iloc[0] / 100
    assert tuple(frame[["lower", "upper"]]) == close(tango, abs=6e-7)
    # before they are held to the scale
    plain = limits.wald_limits(np.array([counts], float), limits.normal_quantile(0.95))
    assert plain.upper[0] == close(wald[1], abs=6e-7)
    plain = limits.adjusted_wald_limits(np.array([counts], float), limits.normal_quantile(0.95))
    assert plain.upper[0] == close(adjusted_wald[1], abs=6e-7)


@pytest.mark.parametrize(("counts", "mean", "lower", "upper"), DIRICHLET)
def test_the_golden_dirichlet_posteriors(counts, mean, lower, upper):
    frame = nps.dirichlet(counts).frame[["estimate", "lower", "upper"]].iloc[0] / 100
    assert frame["estimate"] == pytest.approx(mean, abs=6e-7)
    assert (frame["lower"], frame["upper"]) == pytest.approx((lower, upper), abs=5e-4)


@pytest.mark.parametrize(
    ("method", "name", "parts"),
    [
        (nps.wald, "wald", ("estimate", "std_error", "lower", "upper")),
        (nps.adjusted_wald, "adjusted_wald", ("estimate", "std_error", "lower", "upper")),
        (nps.tango, "tango", ("lower", "upper")),
        (nps.dirichlet, "dirichlet", ("estimate", "lower", "upper")),
    ],
)
def test_agrees_with_r(method, name, parts):
    frame = method(COUNTS).frame
    for part in parts:
        golden = GOLDEN[f"{name}_{part}"].clip(-1, 1)
        # where all answers agree, R's search for a root stops 1e-6 short of the end
        assert (frame[part] / 100).to_numpy() == pytest.approx(golden.to_numpy(), abs=2e-6), part


def test_posterior_probabilities_agree_with_r():
    for points in (0, 30):
        above = nps.dirichlet(COUNTS, target=points).frame["p_above_target"]
        assert above.to_numpy() == pytest.approx(GOLDEN[f"p_above_{points}"].to_numpy(), abs=1e-7)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40, deadline=None)
@given(counts=some)
def test_turning_the_scale_round_turns_the_interval_round(method, counts):
    here, there = (method(x).frame.iloc[0] for x in (counts, counts[::-1]))
    assert here["lower"] == pytest.approx(-there["upper"], abs=1e-5)
    assert here["estimate"] == pytest.approx(-there["estimate"], abs=1e-9)
    assert -100 <= here["lower"] <= here["estimate"] <= here["upper"] <= 100


@pytest.mark.parametrize("method", METHODS)
def test_a_higher_level_is_a_longer_interval(method):
    narrow, wide = (method([[8, 13, 15], [0, 1, 4]], level=x).frame for x in (0.8, 0.99))
    assert (wide["lower"] < narrow["lower"]).all()
    assert (wide["upper"] >= narrow["upper"]).all()


def test_the_real_files_have_their_published_scores(shared_data):
    """R's standard error divides by n; the published ones agree to their digits."""
    published = [
        ("nps_bestmarket_fr/retour_client.csv", {"score": 2}, {"header": False}, 30.967, 1.147),
        ("nps_fr_jardinerie_benavent/nps.csv", {"score": "nps"}, {}, 53.416, 0.558),
        ("nps_cran_testdata/testdata.csv", {"score": "REC"}, {}, 10.0, 2.853),
    ]
    for name, columns, options, score, error in published:
        intake = nps.read(shared_data / name, columns, quiet=True, **options)
        row = nps.wald(nps.count(intake)).frame.iloc[0]
        assert row["estimate"] == pytest.approx(score, abs=6e-4), name
        assert row["std_error"] == pytest.approx(error, abs=1e-3), name


@pytest.mark.parametrize("method", METHODS)
def test_print_says_what_it_is(method):
    text = str(method([8, 13, 15]))
    assert "Net Promoter Score" in text
    assert "from 36 answers" in text
    assert "95%" in text
    assert "<table" in method([8, 13, 15])._repr_html_()


@pytest.mark.parametrize(
    ("counts", "options", "said"),
    [
        ([1, 2], {}, r"detractors, passives and promoters, shape \(3,\) or \(cells, 3\)"),
        ([1, 2, -3], {}, "whole numbers, none negative"),
        ([1, 2, 0.5], {}, "whole numbers, none negative"),
        ([1, 2, float("nan")], {}, "whole numbers, none negative"),
        ([1, 2, 3], {"level": 95}, r"`level` must be between 0 and 1 \(exclusive\), got 95"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_bad_arguments_are_said(method, counts, options, said):
    with pytest.raises(nps.InputError, match=said):
        method(counts, **options)


@pytest.mark.parametrize("method", METHODS[:3])
def test_a_cell_without_answers_has_no_classical_interval(method):
    with pytest.raises(nps.InputError, match="has no answers, so it has no NPS of its own"):
        method([[1, 2, 3], [0, 0, 0]])


def test_a_prior_is_three_positive_numbers():
    with pytest.raises(nps.InputError, match="`prior` must be three positive numbers"):
        nps.dirichlet([1, 2, 3], prior=(0, 1, 1))
    with pytest.raises(nps.InputError, match="`target` must be a number from -100 to 100"):
        nps.dirichlet([1, 2, 3], target=101)
