"""Post-stratification and raking: what they must reach, must not depend on, and must refuse."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.estimation.answering.weights import kish, trimmed

KEYS = ["channel", "kind"]


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(3)
    cells = pd.DataFrame(
        [(s, c, k) for s in "ABCD" for c in ("app", "email", "sms") for k in ("cold", "hot")],
        columns=["store_id", *KEYS],
    )
    shares = rng.dirichlet([4, 1, 1, 1, 1, 2, 3, 6, 10, 9, 15], len(cells))
    n = rng.integers(3, 90, len(cells))
    return nps.ScoreCounts([rng.multinomial(*pair) for pair in zip(n, shares, strict=True)], cells)


@pytest.fixture(scope="module")
def population():
    cells = [(c, k) for c in ("app", "email", "sms") for k in ("cold", "hot")]
    frame = pd.DataFrame(cells, columns=KEYS)
    return frame.assign(population=[500, 100, 900, 2000, 300, 1200])


def share(weights, key, label):
    frame = weights.frame
    mass = frame["n"] * frame["weight"]
    return mass[frame[key] == label].sum() / mass.sum()


def test_strata_get_their_share_and_weights_their_mean(counts, population):
    weights = nps.post_stratify(counts, population)
    frame = weights.frame
    mass = frame["n"] * frame["weight"] / frame["n"].sum()
    assert mass.to_numpy() == pytest.approx(frame["population"] / 5000)
    assert mass.sum() == pytest.approx(1)
    row = weights.summary.iloc[0]
    w = np.repeat(frame["weight"], frame["n"])
    assert row["n_effective"] == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert row["design_effect"] == pytest.approx(1 + w.var(ddof=0) / w.mean() ** 2)
    assert row["largest_share"] == pytest.approx(w.max() / w.sum())
    by_store = weights.effective_n(counts, "store_id")
    first = counts.where("store_id", "A")
    w = weights.of(first.cells)
    assert by_store[0] == pytest.approx((first.n @ w) ** 2 / (first.n @ w**2))
    assert len(by_store) == 4


@pytest.mark.parametrize("form", ["mapping", "series", "frame", "counts", "shares"])
def test_a_population_may_come_in_many_forms(counts, form):
    sizes = {"app": 600, "email": 2900, "sms": 1500}
    given = {
        "mapping": sizes,
        "series": pd.Series(sizes).rename_axis("channel"),
        "frame": pd.DataFrame({"channel": list(sizes), "population": list(sizes.values())}),
        "counts": nps.ScoreCounts(
            [[n] + [0] * 10 for n in sizes.values()], pd.Series(list(sizes), name="channel")
        ),
        "shares": {label: n / 5000 for label, n in sizes.items()},
    }[form]
    by = "channel" if form in {"mapping", "shares"} else None
    weights = nps.post_stratify(counts, given, by)
    assert share(weights, "channel", "email") == pytest.approx(0.58)


def test_raking_reaches_every_margin(counts):
    margins = {"channel": {"app": 1, "email": 5, "sms": 4}, "kind": {"cold": 0.3, "hot": 0.7}}
    weights = nps.rake(counts, margins)
    assert share(weights, "channel", "email") == pytest.approx(0.5)
    assert share(weights, "kind", "cold") == pytest.approx(0.3)
    # the odds ratios within are those of the answers
    cells = weights.frame.set_index(KEYS)["weight"]
    for channel in ("email", "sms"):
        ratio = cells[channel, "hot"] * cells["app", "cold"]
        assert ratio == pytest.approx(cells[channel, "cold"] * cells["app", "hot"], rel=1e-7)


def test_raking_to_one_or_to_all_keys_is_post_stratification(counts, population):
    one = nps.rake(counts, {"channel": {"app": 1, "email": 5, "sms": 4}})
    post = nps.post_stratify(counts, {"app": 1, "email": 5, "sms": 4}, "channel")
    assert one.of(counts.cells) == pytest.approx(post.of(counts.cells))
    full = nps.rake(counts, [population])
    assert full.of(counts.cells) == pytest.approx(
        nps.post_stratify(counts, population).of(counts.cells)
    )


def test_scale_order_and_splitting_change_nothing(counts, population):
    weights = nps.post_stratify(counts, population)
    base = nps.weighted_nps(counts, weights, by="store_id").frame
    scaled = population.assign(population=population["population"] * 1e-6)
    order = np.random.default_rng(1).permutation(len(counts))
    half = counts.counts // 2
    cells = pd.concat([counts.cells.assign(half=1), counts.cells.assign(half=2)])
    split = nps.ScoreCounts(np.concatenate([half, counts.counts - half]), cells)
    for data, given in ((counts, scaled), (counts.take(order), population), (split, population)):
        again = nps.weighted_nps(data, nps.post_stratify(data, given), by="store_id").frame
        again = again.set_index("store_id").loc[base["store_id"]]
        for column in ("estimate", "std_error", "lower", "upper", "n_effective"):
            assert again[column].to_numpy() == pytest.approx(base[column].to_numpy(), abs=1e-8)
    tens = weights.frame[[*KEYS, "weight"]].assign(weight=lambda table: 10 * table["weight"])
    fixed = nps.weighted_nps(counts, tens).frame
    assert fixed["estimate"][0] == pytest.approx(
        nps.weighted_nps(counts, weights).frame["estimate"][0]
    )


def test_equal_weights_give_the_plain_interval(counts):
    sizes = pd.DataFrame({"channel": ["app", "email", "sms"], "weight": 7.0})
    frame = nps.weighted_nps(counts, sizes).frame
    plain = nps.wald(counts.sum()).frame
    n = counts.n.sum()
    assert frame["estimate"][0] == pytest.approx(plain["estimate"][0])
    assert frame["std_error"][0] == pytest.approx(plain["std_error"][0] * np.sqrt(n / (n - 1)))
    assert frame["n_effective"][0] == n
    adjusted = nps.adjusted_wald(counts.sum()).frame
    assert frame[["lower", "upper"]].to_numpy() == pytest.approx(
        adjusted[["lower", "upper"]].to_numpy(), abs=0.05
    )


def test_merged_strata_share_a_weight(counts, population):
    thin = counts.take((counts.cells["channel"] != "app").to_numpy())
    with pytest.raises(
        nps.InputError, match=r"2 strata of the population \(12\.0 % of it\).*merge="
    ):
        nps.post_stratify(thin, population)
    weights = nps.post_stratify(thin, population, merge={"channel": {"app": "sms"}})
    frame = weights.frame.set_index(KEYS)
    assert frame.loc[("app", "hot"), "weight"] == frame.loc[("sms", "hot"), "weight"]
    assert share(weights, "channel", "sms") == pytest.approx((500 + 100 + 300 + 1200) / 5000)


def test_a_population_of_nobody_weighs_nothing(counts, population):
    gone = population.assign(
        population=population["population"].where(population["kind"] == "hot", 0)
    )
    weights = nps.post_stratify(counts, gone)
    assert (weights.frame.loc[weights.frame["kind"] == "cold", "weight"] == 0).all()
    assert any("weigh nothing" in text for text in weights.diagnostics)
    only = counts.where("kind", "hot")
    there = nps.weighted_nps(only, nps.post_stratify(only, gone[gone["kind"] == "hot"])).frame
    assert nps.weighted_nps(counts, weights).frame["estimate"][0] == pytest.approx(
        there["estimate"][0]
    )
    cells = nps.weighted_nps(counts, weights, by="kind")
    assert cells.frame["estimate"].isna().tolist() == [True, False]
    assert any("no weighted NPS" in text for text in cells.diagnostics)


def test_trimmed_weights_keep_their_mean_and_their_cap():
    rng = np.random.default_rng(1)
    weight, n = rng.lognormal(0, 1.5, 40), rng.integers(0, 50, 40).astype(float)
    weight *= n.sum() / (n @ weight)
    for cap in (1.0, 1.5, 3.0, 1e3):
        found = trimmed(weight, n, cap)
        assert found[n > 0].max() <= cap * (1 + 1e-9)
        assert n @ found == pytest.approx(n.sum())
    assert trimmed(weight, n, 1e3) == pytest.approx(weight)
    assert kish(np.array(4.0), np.array(0.0)) == 0


def test_trimming_and_heavy_answers_are_said(counts):
    rare = {"app": 9000, "email": 10, "sms": 10}
    heavy = nps.post_stratify(counts, rare, "channel")
    assert any("Weighting costs more than half" in text for text in heavy.diagnostics)
    light = nps.post_stratify(counts, rare, "channel", trim=2)
    assert light.summary["largest_weight"][0] <= 2 + 1e-9
    assert any("2 times the mean" in text for text in light.diagnostics)
    cells = pd.DataFrame({"channel": ["email", "sms"]})
    lone = nps.ScoreCounts([[0] * 10 + [99], [1] + [0] * 10], cells)
    weights = nps.post_stratify(lone, {"email": 50, "sms": 50}, "channel")
    assert "One answer of 'sms' counts as 50.0 average ones" in weights.diagnostics[0]
    assert any("fewer than five" in text for text in weights.diagnostics)
    frame = nps.weighted_nps(lone, weights).frame
    assert frame["estimate"][0] == pytest.approx(0)
    assert -100 <= frame["lower"][0] < frame["upper"][0] <= 100


def test_raking_says_when_margins_contradict_each_other():
    cells = pd.DataFrame({"a": ["x", "y", "y"], "b": ["u", "v", "u"]})
    counts = nps.ScoreCounts(np.eye(11, dtype=int)[[10, 9, 3]] * 30, cells)
    # all of x is u, so u cannot be rarer than x
    torn = nps.rake(counts, {"a": {"x": 0.6, "y": 0.4}, "b": {"u": 0.5, "v": 0.5}})
    assert any("did not converge" in text for text in torn.diagnostics)
    apart = nps.rake(counts, {"a": {"x": 30, "y": 60}, "b": {"u": 600, "v": 300}})
    assert any("totals differ (90 to 900)" in text for text in apart.diagnostics)
    assert apart.frame["weight"].to_numpy() == pytest.approx(1, abs=1e-6)
    with pytest.raises(nps.InputError, match="No answer is left"):
        nps.rake(counts, {"a": {"x": 1, "y": 0}, "b": {"u": 0, "v": 1}})


def test_what_does_not_fit_is_refused(counts, population):
    cases = [
        (lambda: nps.post_stratify(counts, {"app": 1, "email": 2}, "channel"), "nothing of 'sms'"),
        (lambda: nps.post_stratify(counts, {"app": 1}, None), "`by` must name"),
        (lambda: nps.post_stratify(counts, {"x": 1}, "country"), "one of 'store_id'"),
        (
            lambda: nps.post_stratify(counts, {"app": -1, "email": 2, "sms": 1}, "channel"),
            "negative",
        ),
        (lambda: nps.post_stratify(counts, 7, "channel"), "a column `population`"),
        (lambda: nps.post_stratify(counts, pd.concat([population] * 2)), "twice"),
        (lambda: nps.post_stratify(counts, population, trim=0.5), "`trim` must be a number from 1"),
        (
            lambda: nps.post_stratify(counts, population, merge={"country": {}}),
            "`merge` must be one",
        ),
        (lambda: nps.rake(counts, {"channel": {"app": 1, "email": 2}}), "say nothing of 'sms'"),
        (
            lambda: nps.rake(counts, {"channel": {"app": 1, "email": 2, "sms": 3, "fax": 4}}),
            "counts 'fax', which has no answers",
        ),
        (lambda: nps.rake(counts, {}), "`margins` must be"),
        (lambda: nps.weighted_nps(counts, {"app": 1}), "a column `weight`, got dict"),
        (
            lambda: nps.weighted_nps(counts.by("kind"), nps.post_stratify(counts, population)),
            "count them by channel too",
        ),
        (
            lambda: nps.weighted_nps(
                counts,
                nps.post_stratify(counts, {"app": 0.2, "email": 0.4, "sms": 0.4}, "channel"),
                fpc=True,
            ),
            "size of the population",
        ),
        (
            lambda: nps.post_stratify(nps.ScoreCounts([[0] * 11], ["a"]), {"a": 1}, "cell"),
            "no answers",
        ),
    ]
    for call, text in cases:
        with pytest.raises(nps.InputError, match=text):
            call()


@pytest.mark.parametrize("score", [0, 7, 10])
@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize("method", ["adjusted_wald", "tango", "wald"])
def test_one_kind_of_answer_survives(score, times, method):
    cells = pd.DataFrame({"channel": ["email", "sms"]})
    counts = nps.ScoreCounts(np.eye(11, dtype=int)[[score, score]] * times, cells)
    weights = nps.post_stratify(counts, {"email": 3, "sms": 1}, "channel")
    row = nps.weighted_nps(counts, weights, method=method).frame.iloc[0]
    assert row["estimate"] == {0: -100, 7: 0, 10: 100}[score]
    assert row["std_error"] == pytest.approx(0, abs=1e-9)
    assert -100 <= row["lower"] <= row["estimate"] <= row["upper"] <= 100
    if method == "adjusted_wald" and times == 30:
        assert 2 < row["upper"] - row["lower"] < 40


def test_post_stratified_intervals_hold_the_truth_and_the_raw_score_does_not():
    """Answers over-represent happy e-mail customers; half the population is unhappy sms."""
    rng = np.random.default_rng(4)
    cells = pd.DataFrame({"channel": ["email", "sms"]})
    held, raw_held, errors = [], [], []
    for _ in range(200):
        n = rng.multinomial(300, [0.8, 0.2])
        rows = [rng.multinomial(n[0], [0.1, 0.3, 0.6]), rng.multinomial(n[1], [0.4, 0.3, 0.3])]
        counts = nps.ScoreCounts([[d] + [0] * 7 + [s, 0, p] for d, s, p in rows], cells)
        weights = nps.post_stratify(counts, {"email": 0.5, "sms": 0.5}, "channel")
        row = nps.weighted_nps(counts, weights).frame.iloc[0]
        held.append(row["lower"] <= 20 <= row["upper"])
        raw = nps.adjusted_wald(counts.sum()).frame.iloc[0]
        raw_held.append(raw["lower"] <= 20 <= raw["upper"])
        errors.append((row["estimate"], row["std_error"]))
    errors = np.array(errors)
    assert 0.90 < np.mean(held) < 0.985
    assert np.mean(raw_held) < 0.2
    assert errors[:, 0].mean() == pytest.approx(20, abs=1.3)
    assert errors[:, 1].mean() == pytest.approx(errors[:, 0].std(), rel=0.17)


def test_the_committed_page_is_made_of_its_tables():
    import importlib.util
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    place = root / "benchmarks" / "weighting.py"
    spec = importlib.util.spec_from_file_location("weighting", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tables = root / "docs" / "tables"
    table = pd.read_csv(tables / "weighting.csv")
    made = module.page(table, pd.read_csv(tables / "weighting_networks.csv"))
    assert made == (tables / "weighting.md").read_text(encoding="utf-8")
    # what the page says: weighting takes the bias out and its intervals hold the truth
    large = table[table["size"] == "2,400 invited"].set_index("method")
    assert large.loc["raw, adjusted Wald", "coverage"] < 0.1
    for name in ("post-stratified", "raked", "propensity"):
        assert abs(large.loc[name, "bias"]) < 1.5
        assert large.loc[name, "coverage"] > 0.9
    accounts = table[table["method"].str.startswith("account, ")]
    assert accounts["coverage"].min() > 0.92
