from dataclasses import replace
from itertools import product
from math import lgamma

import numpy as np
import pytest

import npsstats as nps
from npsstats.checks import InputError
from npsstats.forecasting.discounted import DiscountedDirichlet, evidence
from npsstats.forecasting.series import Series

USUAL = np.array([0.25, 0.35, 0.4])


def ways(counts):
    return lgamma(sum(counts) + 1) - sum(lgamma(c + 1) for c in counts)


def months(table, first="2024-01"):
    table = np.asarray(table, dtype=float)
    year, month = divmod(table.shape[1] - 1, 12)
    return Series.of_counts(table, [first, f"{2024 + year}-{month + 1:02d}"])


@pytest.mark.parametrize(("delta", "kappa"), [(0.0, 4.0), (0.6, 3.0), (1.0, 11.0)])
def test_evidence_is_a_probability_over_all_that_could_have_been_answered(delta, kappa):
    possible = [c for c in product(range(4), repeat=3) if sum(c) == 3]
    total = sum(
        np.exp(
            evidence(np.array([path], dtype=float), USUAL, np.array([delta]), np.array([kappa]))
            + sum(map(ways, path))
        ).item()
        for path in product(possible, repeat=3)
    )
    assert np.isclose(total, 1, rtol=0, atol=1e-10)


def test_evidence_is_the_recursion_one_answer_after_another():
    rng = np.random.default_rng(4)
    table = rng.poisson(3, (3, 6, 3)).astype(float)
    table[1, 2] = 0
    for delta, kappa in ((0.3, 5.0), (0.9, 40.0), (1.0, 2.0)):
        slow = 0.0
        for own in table:
            left = np.zeros(3)
            for counts in own:
                alpha = kappa * USUAL + left
                # answers in any order have the same probability: detractors first
                for kind, many in enumerate(counts.astype(int)):
                    for _ in range(many):
                        slow += np.log(alpha[kind] / alpha.sum())
                        alpha[kind] += 1
                left = delta * (left + counts)
        fast = evidence(table, USUAL, np.array([delta]), np.array([kappa]))
        np.testing.assert_allclose(fast, slow, rtol=1e-12)


def test_without_forgetting_it_is_the_conjugate_posterior():
    table = np.random.default_rng(1).poisson([8.0, 6.5, 14.0], (2, 5, 3))
    fitted = DiscountedDirichlet(discounts=(1.0,), concentrations=(3.0,)).fit(months(table))
    known = nps.dirichlet(table.sum(axis=1), prior=tuple(3.0 * fitted.usual))
    np.testing.assert_allclose(fitted.concentration(1)[0, 0], known.alpha, rtol=1e-12)
    np.testing.assert_allclose(fitted.concentration(7)[0, 0], known.alpha, rtol=1e-12)
    predictive = fitted.predict(3, draws=40_000)
    for ahead in range(3):
        np.testing.assert_allclose(predictive.mean[:, ahead], known.frame.estimate, atol=0.3)
        np.testing.assert_allclose(predictive.sd[:, ahead], known.frame.std_error, rtol=0.02)


def test_every_period_to_come_has_its_exact_law_and_hangs_together():
    table = np.random.default_rng(2).poisson([4.0, 3.0, 9.0], (1, 4, 3))
    fitted = DiscountedDirichlet(discounts=(0.7,), concentrations=(6.0,)).fit(months(table))
    predictive = fitted.predict(5, draws=60_000)
    for ahead in range(1, 6):
        alpha = fitted.concentration(ahead)[0, 0, 0]
        total = alpha.sum()
        mean = (alpha[2] - alpha[0]) / total
        square = (alpha[2] + alpha[0]) / total
        sd = np.sqrt((square - mean**2) / (total + 1))
        assert np.isclose(predictive.mean[0, ahead - 1], 100 * mean, rtol=0, atol=0.8)
        assert np.isclose(predictive.sd[0, ahead - 1], 100 * sd, rtol=0.02)
    related = np.corrcoef(predictive.draws[0].T)
    assert related[0, 1] > related[0, 2] > related[0, 4] > 0.05
    # the mass that two periods share is δ of the first's, of all that the second has
    first, second = fitted.concentration(1)[0, 0, 0].sum(), fitted.concentration(2)[0, 0, 0].sum()
    assert np.isclose(related[0, 1], 0.7 * np.sqrt(first / second), rtol=0, atol=0.04)


def test_remembering_nothing_leaves_the_prior():
    fitted = DiscountedDirichlet(discounts=(0.0,), concentrations=(9.0,)).fit(
        months([[[1, 2, 30], [3, 3, 3]]])
    )
    np.testing.assert_allclose(fitted.concentration()[0, 0, 0], 9 * fitted.usual)


def test_discount_is_learnt_from_all_series_together():
    rng = np.random.default_rng(6)
    shares = rng.dirichlet(40 * USUAL, 60)
    steady = np.stack([rng.multinomial(40, shares) for _ in range(24)], axis=1)
    moving = np.stack(
        [rng.multinomial(40, rng.dirichlet(40 * USUAL, 60)) for _ in range(24)], axis=1
    )
    still, restless = (DiscountedDirichlet().fit(months(table)) for table in (steady, moving))
    assert np.isclose(still.weights.sum(), 1)
    assert still.weights.sum(axis=1) @ still.discounts > 0.97
    assert restless.weights.sum(axis=1) @ restless.discounts < 0.3
    kappa = still.weights.sum(axis=0) @ still.concentrations
    assert 20 < kappa < 80


def test_answers_need_not_be_whole_and_may_be_missing():
    table = np.array([[[2.5, 3.5, 4.0], [0, 0, 0], [1.2, 2.0, 6.8]], np.zeros((3, 3))])
    fitted = DiscountedDirichlet().fit(months(table))
    predictive = fitted.predict(2, draws=20_000)
    assert np.isfinite(predictive.draws).all()
    usual = 100 * (fitted.usual[2] - fitted.usual[0])
    np.testing.assert_allclose(predictive.mean[1], usual, atol=1)
    assert (predictive.sd[1] > predictive.sd[0]).all()
    nothing = DiscountedDirichlet().fit(months(np.zeros((1, 1, 3)))).predict(2, draws=4000)
    np.testing.assert_allclose(nothing.mean, 0, atol=3)
    assert nothing.sd.min() > 5


def test_what_comes_later_changes_no_fit_before():
    table = np.random.default_rng(3).poisson(9, (4, 12, 3))
    other = table.copy()
    other[:, 8:, 0] += 40
    one, two = (DiscountedDirichlet().fit(months(t).until(8)) for t in (table, other))
    np.testing.assert_array_equal(one.log_evidence, two.log_evidence)
    np.testing.assert_array_equal(one.predict(3).draws, two.predict(3).draws)
    later = one.update(months(other))
    np.testing.assert_array_equal(later.weights, one.weights)
    assert (later.predict(1).mean < one.predict(1).mean - 10).all()


def test_same_seed_same_draws_however_they_are_cut(monkeypatch):
    fitted = DiscountedDirichlet().fit(months(np.random.default_rng(0).poisson(9, (7, 5, 3))))
    once = fitted.predict(3, draws=200, seed=4)
    np.testing.assert_array_equal(once.draws, fitted.predict(3, draws=200, seed=4).draws)
    monkeypatch.setattr("npsstats.forecasting.discounted._CELLS_AT_ONCE", 400)
    cut = fitted.predict(3, draws=200, seed=4)
    np.testing.assert_allclose(cut.mean, once.mean, atol=5)


def test_refusals_name_the_remedy():
    measure = Series.of_measure([[1.0, 2.0]], ["2024-01", "2024-02"])
    with pytest.raises(InputError, match=r"it has no shares\. Choose the model 'local level'"):
        DiscountedDirichlet().fit(measure)
    with pytest.raises(InputError, match=r"`discounts` must be some numbers in \[0, 1\]"):
        DiscountedDirichlet(discounts=(0.5, 1.2))
    with pytest.raises(InputError, match="`concentrations` must be some numbers greater than 0"):
        DiscountedDirichlet(concentrations=(0.0,))


def test_the_error_of_a_bridge_fades_as_what_it_led_over_is_forgotten():
    table = np.tile([200.0, 300.0, 500.0], (3, 12, 1))
    plain = Series.of_counts(table, ["2024-01", "2024-12"])
    model = DiscountedDirichlet(discounts=[0.5], concentrations=[1e-3])
    for since, share in ((0, 1.0), (2, 0.25), (12, 0.0)):
        led = replace(plain, bridged=np.arange(12) < 12 - since, shift_sd=np.full(3, 8.0))
        drawn = model.fit(led).predict(2, draws=4000).draws
        own = model.fit(plain).predict(2, draws=4000).draws.var(axis=1)
        extra = drawn.var(axis=1) - own
        np.testing.assert_allclose(extra, (8.0 * share) ** 2, rtol=0.12, atol=0.6)
    # one error in common: it does not average out over the series
    whole = replace(plain, bridged=np.ones(12, dtype=bool), shift_sd=np.full(3, 8.0))
    together = model.fit(whole).predict(1, draws=4000).draws.mean(axis=0)
    assert together.std() == pytest.approx(8.0, rel=0.06)
