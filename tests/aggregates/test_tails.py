"""Tails made in the database against NumPy on the same rows."""

import ibis
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from npsstats import InputError
from npsstats.aggregates.tails import QUANTILES, TailMoments, tail_moments


def rows(seed=1, n=997):
    rng = np.random.default_rng(seed)
    spend = np.round(rng.lognormal(3, 1.4, n) * (rng.random(n) < 0.7), 0)
    arms = rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    return spend, arms


@pytest.mark.parametrize("refunds", [False, True])
def test_every_number_agrees_with_the_rows(refunds):
    spend, arms = rows()
    spend = np.where(np.arange(len(spend)) % 17 == 0, -spend, spend) if refunds else spend
    tails = TailMoments.from_values("spend", spend, arms, trim=0.1, top=0.02, cap=0.9)
    some = spend[spend != 0]
    ends = np.quantile(some, [0.1, 0.9], method="inverted_cdf")
    assert tails.cut == (ends[0] if refunds else -np.inf, ends[1])
    for arm in "abc":
        y, row = np.sort(spend[arms == arm]), tails.of(arm)
        n, off = len(y), int(0.1 * len(y))
        assert (row.n, row["any"], row.negative) == (n, (y != 0).sum(), (y < 0).sum())
        assert row["mean"] == pytest.approx(y.mean())
        assert row.scatter == pytest.approx(y.var() * n)
        assert row.third == pytest.approx(stats.skew(y) * n * y.std() ** 3)
        assert row.largest == y[-1]
        top = int(np.ceil(0.02 * n))
        assert (row.top_n, row.top_sum) == (top, pytest.approx(y[-top:].sum()))
        for name, share in QUANTILES.items():
            assert row[name] == np.quantile(y, share, method="inverted_cdf"), name
        assert row.trimmed_n == n - 2 * off
        assert row.trimmed_mean == pytest.approx(stats.trim_mean(y, 0.1))
        moved = np.asarray(stats.mstats.winsorize(y, (off / n + 1e-9, off / n + 1e-9)))
        assert row.winsor_scatter == pytest.approx(moved.var() * n)
        capped = np.clip(y, *tails.cut)
        assert row.capped_n == (capped != y).sum()
        assert row.capped_mean == pytest.approx(capped.mean())
        assert row.capped_scatter == pytest.approx(capped.var() * n)


def test_a_missing_amount_is_counted_and_left_out():
    values = [1.0, np.nan, 3.0, 5.0, np.nan]
    tails = TailMoments.from_values("spend", values, ["a", "a", "a", "b", "c"])
    assert tails.frame["missing"].tolist() == [1, 0, 1]
    assert tails.frame["n"].tolist() == [2, 1, 0]
    assert tails.of("a")["mean"] == 2


def test_nobody_has_an_amount():
    tails = TailMoments.from_values("spend", [0.0, 0, 0, 0], ["a", "a", "b", "b"])
    assert tails.cut == (-np.inf, np.inf)
    assert tails.frame["any"].tolist() == [0, 0]
    assert tails.of("a").capped_scatter == 0


def test_a_table_in_the_database_with_other_names():
    spend, arms = rows()
    table = ibis.memtable(pa.table({"group": arms, "total": spend.astype(int)}))
    again = tail_moments(table, "total", "group")
    assert again.frame.equals(TailMoments.from_values("total", spend, arms).frame)
    assert again.fingerprint == TailMoments.from_values("total", spend, arms).fingerprint
    assert again.fingerprint != TailMoments.from_values("total", spend + 1, arms).fingerprint


def test_errors_and_words():
    spend, arms = rows()
    tails = TailMoments.from_values("spend", spend, arms)
    assert repr(tails).startswith("TailMoments of spend, 3 arms")
    with pytest.raises(InputError, match="no arm 'd' among 'a', 'b', 'c'"):
        tails.of("d")
    with pytest.raises(InputError, match="no column 'spent' among"):
        tail_moments(ibis.memtable(pa.table({"arm": arms, "spend": spend})), "spent")
    with pytest.raises(InputError, match="`trim` must be a number from 0 to 0"):
        TailMoments.from_values("spend", spend, arms, trim=0.5)
