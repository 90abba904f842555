"""Counts are exact, add up, and say which cell they are of."""

import ast
import subprocess
import sys
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp

import npsstats as nps
from npsstats.checks import InputError

TODAY = date(2025, 6, 30)


def read(frame, columns=None, **options):
    return nps.read(frame, columns, today=TODAY, quiet=True, **options)


def spread(*scores):
    return np.bincount(scores, minlength=11)


# ── from arrays ───────────────────────────────────────────────────────────────────────────────


def test_categories_and_points():
    # methods §1: 8 detractors, 13 passives, 15 promoters have the NPS 19.4444
    counts = nps.ScoreCounts(spread(*[0] * 3, *[6] * 5, *[7] * 6, *[8] * 7, *[9] * 5, *[10] * 10))
    assert counts.categories.tolist() == [[8, 13, 15]]
    assert (counts.detractors, counts.passives, counts.promoters) == ([8], [13], [15])
    assert counts.n.tolist() == [36]
    assert counts.nps == pytest.approx([19.4444], abs=5e-5)
    assert (counts.keys, counts.labels, len(counts)) == (["cell"], ["all"], 1)


def test_every_score_is_of_its_category():
    counts = nps.ScoreCounts(np.eye(11, dtype=int))
    assert counts.categories.argmax(axis=1).tolist() == [0] * 7 + [1] * 2 + [2] * 2
    assert counts.nps.tolist() == [-100.0] * 7 + [0.0] * 2 + [100.0] * 2
    assert counts.labels == [str(place) for place in range(1, 12)]


def test_a_cell_without_answers_has_no_nps():
    counts = nps.ScoreCounts(np.zeros((1, 11), dtype=int))
    assert np.isnan(counts.nps).all()
    assert "ScoreCounts: 0 answers in 1 cell" in repr(counts)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((2, 10)), r"shape \(cells, 11\).*got \(2, 10\)"),
        (np.zeros(12), r"got \(12,\)"),
        (np.zeros((1, 2, 11)), r"got \(1, 2, 11\)"),
        (3, r"got \(\)"),
        ([[1] * 11, [1] * 10], r"got \(\)"),
        (-np.eye(11), "none of them negative"),
        (np.eye(11) / 2, "whole numbers"),
        (np.full(11, np.nan), "whole numbers"),
        (np.full(11, np.inf), "whole numbers"),
        (["1"] * 11, "whole numbers"),
        ([True] * 11, "whole numbers"),
    ],
)
def test_arrays_that_are_no_counts(array, words):
    with pytest.raises(InputError, match=words):
        nps.ScoreCounts(array)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["a"], "a label for each of the 2 rows"),
        (["a", "a"], "'a' comes twice"),
        (["1", 1], "'1' comes twice"),
        (pd.DataFrame({"a": [1, 1], "b": ["x", "x"]}), "'1 · x' comes twice"),
        (pd.DataFrame(index=range(2)), "a label for each"),
        ("ab", "must be a sequence of labels"),
        ([None, np.nan], "comes twice"),
    ],
)
def test_labels_that_do_not_tell_cells_apart(cells, words):
    with pytest.raises(InputError, match=words):
        nps.ScoreCounts(np.zeros((2, 11)), cells)


def test_labels_of_every_kind():
    zeros = np.zeros((2, 11))
    assert nps.ScoreCounts(zeros, np.array([3, 1])).labels == ["3", "1"]
    assert nps.ScoreCounts(zeros, pd.Series(["a", None], name="shop")).keys == ["shop"]
    assert nps.ScoreCounts(zeros, pd.Series(["a", None], name="shop")).labels == ["a", "(none)"]
    assert nps.ScoreCounts(zeros, [2.0, None]).labels == ["2.0", "(none)"]
    frame = pd.DataFrame({"store": [1, 1], "channel": ["a", "b"]}, index=[7, 7])
    counts = nps.ScoreCounts(zeros, frame)
    assert counts.labels == ["1 · a", "1 · b"]
    assert list(counts.cells.index) == [0, 1]
    assert counts.frame.columns.tolist() == ["store", "channel", *(f"score_{i}" for i in range(11))]


def test_counts_cannot_be_changed():
    array = np.eye(11, dtype=np.int64)
    counts = nps.ScoreCounts(array)
    array[0, 0] = 99
    assert counts.counts[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        counts.counts[0, 0] = 5
    cells = counts.cells
    cells["cell"] = "x"
    assert counts.labels[0] == "1"
    with pytest.raises(AttributeError):
        counts.scale = (1, 10)


def test_the_fingerprint_is_of_the_content():
    counts = nps.ScoreCounts(np.eye(11, dtype=int), list("abcdefghijk"))
    # printed once and kept: another platform or version must find the same
    assert counts.fingerprint == "9d8e8bab799102e7"
    assert counts == nps.ScoreCounts(np.eye(11), tuple("abcdefghijk"))
    assert hash(counts) == hash(nps.ScoreCounts(np.eye(11), tuple("abcdefghijk")))
    for other in (
        nps.ScoreCounts(np.eye(11, dtype=int), list("abcdefghijK")),
        nps.ScoreCounts(np.eye(11, dtype=int)[::-1], list("abcdefghijk")),
        nps.ScoreCounts(np.eye(11, dtype=int), pd.Series(list("abcdefghijk"), name="shop")),
        nps.ScoreCounts(np.eye(11, dtype=int), list("abcdefghijk"), scale=(1, 11)),
    ):
        assert other != counts
    assert counts != "counts"


# ── adding, cutting ───────────────────────────────────────────────────────────────────────────

arrays = hnp.arrays(np.int64, (4, 11), elements=st.integers(0, 1000))
names = st.lists(st.sampled_from([*"abcdefgh", 1, 2, None]), min_size=4, max_size=4, unique=True)


@given(arrays, names, arrays, names, arrays, names)
@settings(max_examples=20, deadline=None)
def test_adding_is_a_merge(x, x_names, y, y_names, z, z_names):
    a, b, c = (nps.ScoreCounts(*pair) for pair in ((x, x_names), (y, y_names), (z, z_names)))
    total = a + b
    assert total.labels[: len(a)] == a.labels
    assert set(total.labels) == set(a.labels) | set(b.labels)
    assert total.n.sum() == a.n.sum() + b.n.sum()
    # commutative and associative up to the order of cells
    assert (b + a).arrange(total.cells) == total
    assert (a + b) + c == a + (b + c)
    assert sum([a, b, c]) == a + b + c
    assert total.sum() == a.sum() + b.sum()
    for label in b.labels:
        mine = a.where("cell", label).counts if label in a.labels else 0
        assert (total.where("cell", label).counts == mine + b.where("cell", label).counts).all()


def test_only_like_counts_add():
    a = nps.ScoreCounts(np.eye(11)[:2], pd.Series(["x", "y"], name="store"))
    with pytest.raises(InputError, match="Counts by store and by cell cannot be added"):
        a + nps.ScoreCounts(np.zeros(11))
    with pytest.raises(InputError, match=r"on the scales \(0, 10\) and \(1, 11\)"):
        a + nps.ScoreCounts(np.zeros((2, 11)), a.cells, scale=(1, 11))
    with pytest.raises(TypeError):
        a + 1
    assert (a + a).cells["store"].tolist() == ["x", "y"]


def test_cutting_and_arranging():
    cells = pd.DataFrame({"store": [2, 2, 10, 1], "channel": ["web", None, "web", "shop"]})
    counts = nps.ScoreCounts(np.eye(11, dtype=int)[[9, 10, 3, 7]], cells)
    assert counts.by("store").labels == ["2", "10", "1"]
    assert counts.by("store").n.tolist() == [2, 1, 1]
    assert counts.by("channel").labels == ["web", "(none)", "shop"]
    assert counts.by("channel", "store").keys == ["channel", "store"]
    assert counts.by() == counts.sum()
    assert counts.where("channel", "web").cells["store"].tolist() == [2, 10]
    assert counts.where("store", [1, 10]).labels == ["10 · web", "1 · shop"]
    assert counts.take([3, 0]).labels == ["1 · shop", "2 · web"]
    assert counts.take([True, False, False, True]).labels == ["2 · web", "1 · shop"]
    with pytest.raises(InputError, match="`channel` must be one of 'web', '\\(none\\)', 'shop'"):
        counts.where("channel", "tv")
    with pytest.raises(InputError, match="`key` must be one of"):
        counts.where("region", "x")
    with pytest.raises(InputError, match="`by` must be one of"):
        counts.by("region")
    with pytest.raises(InputError, match="`mask` must have 4 values"):
        counts.take([True, False])
    stores = counts.by("store")
    given_order = stores.arrange([1, 7, 2, 10])
    assert given_order.labels == ["1", "7", "2", "10"]
    assert given_order.n.tolist() == [1, 0, 2, 1]
    assert given_order.keys == ["store"]
    assert stores.arrange(["1", "2", "10"]).n.tolist() == [1, 2, 1]
    table = pd.DataFrame({"name": ["x", "y", "z"], "store": [10, 2, 1]})
    assert stores.arrange(table).labels == ["10", "2", "1"]
    with pytest.raises(InputError, match=r"1 cells with 2 answers are not in `cells`: '2'"):
        stores.arrange([1, 10])
    with pytest.raises(InputError, match="`cells` must give store, channel, got 1 columns"):
        counts.arrange([1, 2])
    assert len(counts.take([])) == 0


def test_counts_are_readable():
    counts = nps.ScoreCounts(np.eye(11, dtype=int)[[9, 0]], ["<b>Lyon</b>", "Lille"])
    assert repr(counts).splitlines()[0] == "ScoreCounts: 2 answers in 2 cells, NPS 0.0"
    assert "<b>Lyon" not in counts._repr_html_()
    assert "&lt;b&gt;Lyon" in counts._repr_html_()


# ── from rows ─────────────────────────────────────────────────────────────────────────────────

FRAME = pd.DataFrame(
    {
        "score": [9, 0, 10, 7, 3, 9],
        "store_id": [10, 2, 1, 2, 10, 10],
        "date": pd.to_datetime(
            ["2024-12-30", "2025-01-01", "2025-01-06", "2025-04-01", "2025-06-30", "2025-01-01"]
        ),
        "channel": ["web", None, "sms", "web", "", "web"],
        "csat": [1.0, 2.0, 1.0, None, 2.0, 1.0],
    }
)


def test_counting_by_keys():
    intake = read(FRAME)
    assert nps.count(intake).labels == ["all"]
    assert nps.count(intake).counts[0].tolist() == spread(*FRAME["score"]).tolist()
    stores = nps.count(intake, by="store_id")
    assert stores.labels == ["1", "2", "10"]
    assert stores.cells["store_id"].dtype.kind == "i"
    assert stores.n.tolist() == [1, 2, 3]
    assert nps.count(intake, by=["channel"]).labels == ["sms", "web", "(none)"]
    both = nps.count(intake, by=["store_id", "channel"])
    assert both.labels == ["1 · sms", "2 · web", "2 · (none)", "10 · web", "10 · (none)"]
    assert both.n.tolist() == [1, 1, 1, 2, 1]
    assert both.by("store_id") == stores


def test_counting_by_periods():
    intake = read(FRAME)
    assert nps.count(intake, by="year").labels == ["2024", "2025"]
    assert nps.count(intake, by="quarter").labels == ["2024-Q4", "2025-Q1", "2025-Q2"]
    assert nps.count(intake, by="month").labels == ["2024-12", "2025-01", "2025-04", "2025-06"]
    # ISO weeks: 30 December 2024 and 1 January 2025 are of one week
    weeks = nps.count(intake, by="week")
    assert weeks.labels == ["2025-W01", "2025-W02", "2025-W14", "2025-W27"]
    assert weeks.n.tolist() == [3, 1, 1, 1]
    assert nps.count(intake, by="date").labels[:2] == ["2024-12-30", "2025-01-01"]
    own = read(FRAME.assign(month="mine"), segments=["month"])
    assert nps.count(own, by="month").labels == ["mine"]


def test_given_cells_have_their_order_and_zeros():
    intake = read(FRAME)
    counts = nps.count(intake, by="store_id", cells=[2, 99, 10, 1])
    assert counts.labels == ["2", "99", "10", "1"]
    assert counts.n.tolist() == [2, 0, 3, 1]
    with pytest.raises(InputError, match="3 answers are not in `cells`: '10'"):
        nps.count(intake, by="store_id", cells=[1, 2])


def test_null_keys_of_typed_columns_are_a_cell():
    table = pa.table({"score": [9, 8, 7], "year of": pa.array([2025, None, 2024], pa.int64())})
    counts = nps.count(read(table, segments=["year of"]), by="year of")
    assert counts.cells["year of"].tolist() == [2024, 2025, "(none)"]


def test_any_source_can_be_counted_in_one_go(capsys, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "score,store_id,région\n9,1,N\n10,2,S\nx,1,S\n11,1,N\n11,1,N\n", encoding="utf-8"
    )
    counts = nps.count(path, by="région")
    assert counts.labels == ["N", "S"]
    assert capsys.readouterr().err == (
        "a.csv: 2 of 5 responses accepted, 3 rejected (score out of range 2, score not a number "
        "1); 11 was found 2 times: on a 1–11 scale, declare scale=(1, 11).\n"
    )
    assert nps.count(path, by="store_id") == nps.count(read(path), by="store_id")
    path.write_text("score\nx\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"Nothing in .* can be used"):
        nps.count(path)


def test_an_ibis_table_is_counted_as_it_is():
    intake = read(FRAME)
    some = intake.accepted.filter(intake.accepted.channel == "web")
    assert nps.count(some, by="store_id").n.tolist() == [1, 2]
    for score in ("score + 1", "NULL", "score / 2.0"):
        connection = ibis.duckdb.connect()
        connection.con.execute(
            f"CREATE TABLE t AS SELECT CAST({score} AS DOUBLE) AS score "
            "FROM (SELECT unnest([9, 10]) AS score)"
        )
        with pytest.warns(DeprecationWarning, match="fetch_arrow_table"):
            table = connection.table("t")
        with pytest.raises(InputError, match="`score` must be a whole number from 0 to 10"):
            nps.count(table if "2.0" in score else table.mutate(score=table.score.cast("int64")))


def test_what_cannot_be_counted():
    intake = read(FRAME, {"score": "score", "store_id": "store_id"})
    with pytest.raises(
        InputError, match=r"there is no 'region' among store_id.*columns=\{'region'"
    ):
        nps.count(intake, by="region")
    with pytest.raises(InputError, match=r"there is no 'month'.*map a `date`"):
        nps.count(intake, by="month")
    with pytest.raises(InputError, match="names a key twice"):
        nps.count(intake, by=["store_id", "store_id"])
    with pytest.raises(InputError, match="Counting needs a column `score`; there are store_id"):
        nps.count(intake.accepted.select("store_id"))
    stores = read(pd.DataFrame({"store_id": [1]}), table="stores")
    with pytest.raises(InputError, match="Only responses can be counted, this intake holds stores"):
        nps.count(stores)


rows = st.lists(
    st.tuples(st.integers(0, 10), st.integers(1, 5), st.sampled_from(["a", "b", None])),
    min_size=1,
    max_size=30,
)


@given(rows, rows)
@settings(max_examples=10, deadline=None)
def test_counting_two_tables_is_counting_both(first, second):
    def frame(table):
        return pd.DataFrame(table, columns=["score", "store_id", "channel"])

    def counted(table):
        return nps.count(read(frame(table)), by=["store_id", "channel"])

    both = counted(first + second)
    assert (counted(first) + counted(second)).arrange(both.cells) == both
    expected = frame(first + second).groupby("store_id")["score"].agg(["size", "sum"])
    stores = both.by("store_id").arrange(expected.index)
    assert stores.n.tolist() == expected["size"].tolist()
    assert (stores.counts @ np.arange(11)).tolist() == expected["sum"].tolist()


def test_memory_stays_flat(tmp_path):
    """Count a file whose counted columns are larger than the memory the database may use."""
    path = tmp_path / "big.parquet"
    connection = ibis.duckdb.connect()
    connection.con.execute(
        f"COPY (SELECT i % 11 AS score, i % 50 AS store_id FROM range(6_000_000) AS r(i)) TO "
        f"'{path}' (COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1)"
    )
    assert path.stat().st_size > 90e6
    script = f"""
import resource, npsstats as nps
intake = nps.read({str(path)!r}, quiet=True)
intake.accepted.get_backend().con.execute("SET memory_limit = '30MB'; SET threads = 2")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
counts = nps.count(intake, by="store_id")
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print([int(counts.n.sum()), len(counts), (after - before) // 1024])
"""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    n, cells, grown = ast.literal_eval(done.stdout.strip().splitlines()[-1])
    assert (n, cells) == (6_000_000, 50)
    assert grown < 40
