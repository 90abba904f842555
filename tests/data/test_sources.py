"""Every kind of source gives the same rows, or says what is wrong with it."""

import gzip
import os
import subprocess
import sys
import traceback
import zipfile
from datetime import date
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import npsstats as nps
from npsstats.checks import InputError
from npsstats.data.databases import redact
from npsstats.data.encodings import find_encoding
from npsstats.data.tables import TABLES

TODAY = date(2025, 6, 30)
FRAME = pd.DataFrame(
    {
        "score": [9, 0, 10, 7],
        "store_id": [1, 2, 10, 2],
        "date": [date(2025, 1, 31), date(2025, 2, 1), date(2025, 2, 2), date(2025, 3, 3)],
        "channel": ["email", "sms", None, "réseaux"],
    }
)
CSV = (
    "score,store_id,date,channel\n9,1,2025-01-31,email\n0,2,2025-02-01,sms\n"
    "10,10,2025-02-02,\n7,2,2025-03-03,réseaux\n"
)


def read(source, columns=None, **options):
    return nps.read(source, columns, today=TODAY, quiet=True, **options)


def rows(intake):
    frame = intake.accepted.order_by("date").to_pyarrow().to_pydict()
    return {name: frame[name] for name in ("score", "store_id", "date", "channel")}


EXPECTED = {name: FRAME[name].tolist() for name in ("score", "store_id", "date")} | {
    "channel": ["email", "sms", None, "réseaux"]
}


def excel(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """Write the smallest workbook that Excel would open."""

    def cell(value: object) -> str:
        if isinstance(value, int | float):
            return f"<c><v>{value}</v></c>"
        if isinstance(value, date):
            serial = (value - date(1899, 12, 30)).days
            return f'<c s="1"><v>{serial}</v></c>'
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>' if value else "<c/>"

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    numbers = range(1, len(sheets) + 1)
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r1" '
            f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        named = zip(numbers, sheets, strict=True)
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
            + "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in named)
            + "</sheets></workbook>",
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}">'
            + "".join(
                f'<Relationship Id="r{i}" Type="{relations}/worksheet" '
                f'Target="worksheets/sheet{i}.xml"/>'
                for i in numbers
            )
            + f'<Relationship Id="s" Type="{relations}/styles" Target="styles.xml"/>'
            + "</Relationships>",
        )
        book.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        )
        for i, table in zip(numbers, sheets.values(), strict=True):
            body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in table)
            book.writestr(
                f"xl/worksheets/sheet{i}.xml",
                f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
            )
    return path


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda _: FRAME, id="pandas"),
        pytest.param(lambda _: pl.from_pandas(FRAME), id="polars"),
        pytest.param(lambda _: pl.from_pandas(FRAME).lazy(), id="polars-lazy"),
        pytest.param(lambda _: pa.Table.from_pandas(FRAME), id="arrow"),
        pytest.param(lambda _: FRAME.astype({"channel": "category"}), id="categories"),
        pytest.param(lambda _: FRAME.astype(object), id="objects"),
        pytest.param(lambda _: FRAME.astype({"score": float, "store_id": float}), id="floats"),
        pytest.param(lambda _: FRAME.assign(date=pd.to_datetime(FRAME["date"])), id="moments"),
    ],
)
def test_frames_give_the_same_rows(make):
    assert rows(read(make(None))) == EXPECTED


def test_files_give_the_same_rows(tmp_path):
    text = tmp_path / "a.csv"
    text.write_text(CSV, encoding="utf-8")
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(CSV.encode("latin-1")))
    tabs = tmp_path / "a.TSV"
    tabs.write_text(CSV.replace(",", "\t"), encoding="utf-16")
    parquet = tmp_path / "a.parquet"
    FRAME.to_parquet(parquet)
    table = [list(FRAME), *FRAME.astype(object).where(FRAME.notna(), "").to_numpy().tolist()]
    book = excel(tmp_path / "a.xlsx", {"Réponses": table, "autre": [["x"], ["y"]]})
    for path in (text, packed, tabs, parquet, book, str(text)):
        intake = read(path)
        assert rows(intake) == EXPECTED, path
        assert intake.n_rejected == 0
        assert intake.source == Path(path).name


def test_tables_in_databases_give_the_same_rows(tmp_path):
    file = tmp_path / "shop.db"
    with duckdb.connect(str(file)) as connection:
        connection.register("frame", pa.Table.from_pandas(FRAME))
        connection.execute("CREATE TABLE answers AS FROM frame")
        connection.execute("CREATE SCHEMA crm; CREATE TABLE crm.answers AS FROM frame LIMIT 1")
    assert rows(read(f"duckdb://{file}#answers")) == EXPECTED
    assert rows(read(f"duckdb://{file}", name="answers")) == EXPECTED
    assert read(f"duckdb://{file}#crm.answers").n_accepted == 1
    assert read(f"duckdb://{file}#answers").source == f"duckdb://{file}#answers"
    with pytest.raises(
        InputError, match=r"has no table 'nope'.*Tables there: answers, crm.answers"
    ):
        read(f"duckdb://{file}#nope")
    with pytest.raises(InputError, match=r"Which table of duckdb.*answers"):
        read(f"duckdb://{file}")
    with pytest.raises(InputError, match="there is no file"):
        read(f"duckdb://{tmp_path}/nope.db#answers")
    assert not (tmp_path / "nope.db").exists()


def test_an_ibis_table_stays_where_it_is():
    with pytest.raises(InputError, match="not bound to a database"):
        read(ibis.table({"score": "int64"}, name="held"))
    connection = ibis.duckdb.connect()
    connection.con.register("held", pa.Table.from_pandas(FRAME))
    intake = read(_bound(connection, "held"))
    assert rows(intake) == EXPECTED
    assert intake.accepted.get_backend() is connection
    assert intake.source == "the Ibis table"


def _bound(connection, name):
    with pytest.warns(DeprecationWarning, match="fetch_arrow_table"):
        return connection.table(name)


def test_a_sheet_is_chosen_by_name_or_position(tmp_path):
    book = excel(
        tmp_path / "a.xlsx",
        {"notes": [["rien"], ["du tout"]], "avis": [["note"], [9.0], ["10"], [""], ["9,5"]]},
    )
    for sheet in ("avis", 2):
        intake = read(book, {"score": "note"}, sheet=sheet)
        assert intake.reasons == {"score not a whole number": 1}
        assert "sheet 'avis' of 2" in intake.notes
    with pytest.raises(InputError, match=r"no sheet 'nope'. Sheets there: 'notes', 'avis'"):
        read(book, {"score": "note"}, sheet="nope")
    broken = tmp_path / "b.xlsx"
    broken.write_bytes(b"PK not a workbook")
    with pytest.raises(InputError, match="not a workbook"):
        read(broken)


# ── text files ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "déçu – 3 €"),
        ("utf-8-sig", "déçu – 3 €"),
        ("utf-16", "déçu – 3 €"),
        ("utf-16-le", "déçu – 3 €"),
        ("utf-16-be", "déçu – 3 €"),
        ("cp1252", "déçu – 3 €"),
        ("latin-1", "déçu, très déçu"),
        ("cp1250", "Zażółć gęślą jaźń, świetnie obsługa była"),
        ("cp1251", "Очень хороший магазин"),
        ("cp1253", "Πολύ καλό κατάστημα"),
        ("mac_roman", "Très bien, le magasin est très agréable, à côté"),
    ],
)
def test_the_encoding_is_found_out(tmp_path, encoding, text):
    path = tmp_path / "a.csv"
    path.write_bytes(("score;verbatim\n" + f"9;{text}\n" * 30).encode(encoding))
    intake = read(path)
    assert intake.accepted.verbatim.to_pyarrow().to_pylist() == [text] * 30
    told = read(path, encoding=encoding)
    assert told.accepted.verbatim.to_pyarrow().to_pylist() == [text] * 30


def test_damaged_bytes_never_stop_the_reading(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        "score,verbatim\n8,très déçu à l’été\n9,\xe9\n".encode() + b"7,\xff\xfe ab\x81\n"
    )
    intake = read(path)
    assert intake.n_accepted == 3
    assert "3 damaged characters shown as �" in intake.notes
    path.write_bytes(b"score,verbatim\n" + b"8,d\xe9\xe7u\x81\x82 tr\xe8s \xe0 l'\xe9t\xe9\n" * 9)
    assert find_encoding(path) == "latin-1"
    assert read(path).n_accepted == 9


def test_an_unknown_encoding_or_separator_is_an_error(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(CSV, encoding="utf-8")
    with pytest.raises(InputError, match="`encoding` must be an encoding that Python knows"):
        read(path, encoding="utf-9")
    with pytest.raises(InputError, match="`encoding` must be"):
        read(path, encoding="rot13")
    with pytest.raises(InputError, match="`sep` must be one character"):
        read(path, sep=";;")
    with pytest.raises(InputError, match="`sheet` only concerns Excel files"):
        read(path, sheet=1)
    with pytest.raises(InputError, match="`sep` only concerns text files"):
        read(FRAME, sep=";")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(tmp_path, separator):
    path = tmp_path / "a.txt"
    lines = ["score|note;x", '9|"a, b; c"', "10|d,e", "3|f", "4|g"]
    text = "\n".join(line.replace("|", separator, 1) for line in lines)
    path.write_text(text.replace("note;x", "verbatim"), encoding="utf-8")
    if separator == ",":
        path.write_text(path.read_text().replace("d,e", '"d,e"'), encoding="utf-8")
    assert read(path).accepted.verbatim.to_pyarrow().to_pylist() == ["a, b; c", "d,e", "f", "g"]


def test_decimal_commas_do_not_separate(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("9,0;1\n10,0;2\n8,0;3\n", encoding="utf-8")
    intake = read(path, {"score": 1, "store_id": "2"}, header=False)
    assert intake.accepted.score.to_pyarrow().to_pylist() == [9, 10, 8]
    assert "separator ';'" in intake.notes


def test_excel_marks_the_separator_in_the_first_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("sep=|\nscore|store_id\n9|1\n", encoding="utf-8")
    assert read(path).n_accepted == 1


def test_a_first_line_that_looks_like_data_asks(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("9;2025-01-31\n10;2025-02-01\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"looks like data.*say header=False"):
        read(path, {"score": 1})
    assert read(path, {"score": 1}, header=False).n_accepted == 2
    assert read(path, {"score": 1}, header=True).n_accepted == 1


def test_names_and_values_must_be_as_many(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("score;store\n" + "r1;9;2\n" * 5, encoding="utf-8")
    with pytest.raises(InputError, match="has 2 names but most lines have 3 values"):
        read(path)
    path.write_text("score;store_id\n" + "9;2;\n" * 5, encoding="utf-8")
    assert read(path).n_accepted == 5
    path.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is empty"):
        read(path)
    path.write_text("score;store_id\n", encoding="utf-8")
    with pytest.raises(InputError, match="holds no rows"):
        read(path)


def test_names_may_be_blank_repeated_or_differ_by_capitals(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",note,note,Score,score\nx,1,2,3,4\n", encoding="utf-8")
    got = {
        key: read(path, {"score": column}).accepted.score.to_pyarrow().to_pylist()
        for key, column in {
            "a": "note",
            "b": "note (2)",
            "c": "Score",
            "d": "score",
            "e": 3,
        }.items()
    }
    assert got == {"a": [1], "b": [2], "c": [3], "d": [4], "e": [2]}
    with pytest.raises(InputError, match="Columns there: 'column 1', 'note', 'note"):
        read(path, {"score": "SCORE"})


def test_broken_lines_are_rejected_with_their_number(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("score;store_id\n9;1\n10\n8;2;extra\n7;3\n", encoding="utf-8")
    intake = read(path)
    assert intake.n_accepted == 2
    assert intake.reasons == {"line unreadable": 2}
    lines = intake.rejected.to_pyarrow().to_pydict()["line"]
    assert sorted(lines) == ["line 3: 10", "line 4: 8;2;extra"]


@pytest.mark.parametrize("n", [50, 30_000])
def test_an_open_quote_costs_its_own_line_only(tmp_path, n):
    path = tmp_path / "a.csv"
    good = [f'{i % 11};{i};"bla; bla"' for i in range(n)]
    bad = {7: '5;x;"never closed', n // 2: '5;x;a "b" c', n - 1: '5;x;"d"e"'}
    lines = ["score;store_id;verbatim"]
    for place, line in enumerate(good):
        lines += [line, bad[place]] if place in bad else [line]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    intake = read(path)
    # quotes in the middle of an unquoted value are part of it
    assert intake.n_accepted == n + 1
    assert intake.reasons == {"line unreadable": 2}
    shown = sorted(intake.rejected.to_pyarrow().to_pydict()["line"])
    assert shown == sorted([f'line {n + 4}: 5;x;"d"e"', 'line 10: 5;x;"never closed'])


def test_line_ends_of_every_kind(tmp_path):
    path = tmp_path / "a.csv"
    expected = {"score": [9, 10, 8], "verbatim": ["a", "b\nc", "d"]}
    for text in (
        'score;verbatim\n9;a\n10;"b\nc"\n8;d\n',
        'score;verbatim\r\n9;a\r\n10;"b\nc"\r\n8;d',
        'score;verbatim\r9;a\r10;"b\rc"\r8;d\r',
        'score;verbatim\n9;a\r\n10;"b\nc"\n\n8;d\r\n',
    ):
        path.write_bytes(text.encode())
        got = read(path).accepted.select("score", "verbatim").to_pyarrow().to_pydict()
        assert got == expected, text


def test_backslashes_may_escape_quotes(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('score,verbatim\n9,"a \\"b, c\\" d"\n8,"e"\n', encoding="utf-8")
    intake = read(path)
    assert intake.accepted.verbatim.to_pyarrow().to_pylist() == ['a "b, c" d', "e"]


def test_a_name_with_signs_is_that_file_only(tmp_path):
    for name, score in {"a[1].csv": 9, "a1.csv": 3, "a*.csv": 8, "it's.csv": 7}.items():
        (tmp_path / name).write_text(f"score\nx\n{score}\n", encoding="utf-8")
    for name, score in {"a[1].csv": 9, "a*.csv": 8, "it's.csv": 7}.items():
        intake = read(tmp_path / name)
        assert intake.accepted.score.to_pyarrow().to_pylist() == [score]
        assert intake.n_rejected == 1


# ── what is not there ─────────────────────────────────────────────────────────────────────────


def test_what_is_not_there_is_named(tmp_path):
    (tmp_path / "answers.csv").write_text(CSV, encoding="utf-8")
    with pytest.raises(
        InputError, match=r"There is no file .*answer.csv'. Did you mean 'answers.csv'"
    ):
        read(tmp_path / "answer.csv")
    with pytest.raises(InputError, match="is not a file"):
        read(tmp_path)
    (tmp_path / "a.docx").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=r"'a.docx' ends in '.docx'.*Known: .csv"):
        read(tmp_path / "a.docx")
    (tmp_path / "a.parquet").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="not a Parquet file"):
        read(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="files elsewhere are not read: copy it here first"):
        read("https://example.org/a.csv")
    with pytest.raises(InputError, match="`source` must be a path, a database URL"):
        read(42)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(CSV, encoding="utf-8")
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        read(path)


def test_columns_are_named_or_counted_from_one():
    with pytest.raises(InputError, match=r"no column 'skore'. Did you mean 'score'"):
        read(FRAME, {"score": "skore"})
    with pytest.raises(InputError, match="has 4 columns, there is no column 5"):
        read(FRAME, {"score": 5})
    with pytest.raises(InputError, match="there is no column 0"):
        read(FRAME, {"score": 0})
    with pytest.raises(InputError, match="must be a column's name or its position"):
        read(FRAME, {"score": True})
    assert read(FRAME, {"score": "SCORE "}).n_accepted == 4
    assert read(FRAME, {"score": 1, "store_id": 2}).n_accepted == 4


# ── passwords ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgres://ann:s3cret@h:1/db#t", "postgres://ann:***@h:1/db#t"),
        ("postgres://ann:s3@cr#et@h/db", "postgres://ann:***@h/db"),
        ("postgres://:s3cret@h/db", "postgres://:***@h/db"),
        (
            "postgres://h/db?user=ann&password=s3cret&x=1",
            "postgres://h/db?user=ann&password=***&x=1",
        ),
        ("postgres://ann@h/db", "postgres://ann@h/db"),
        ("duckdb://file.db#t", "duckdb://file.db#t"),
    ],
)
def test_redacted_urls(url, shown):
    assert redact(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cret-é@127.0.0.1:1/db#t",
        "postgres://ann:s3cret-%C3%A9@127.0.0.1:1/db#t",
        "postgres://127.0.0.1:1/db?user=ann&password=s3cret-é#t",
        "nosuch://ann:s3cret-é@127.0.0.1:1/db#t",
        "postgres://ann:s3cret-é@[bad/db#t",
        "postgres://ann:s3cret-é@127.0.0.1:port/db#t",
    ],
)
def test_a_failing_connection_shows_no_password(url, capsys, caplog):
    with pytest.raises(InputError) as caught:
        nps.read(url)
    told = "".join(traceback.format_exception(caught.value))
    told += repr(caught.value) + "".join(map(str, capsys.readouterr())) + caplog.text
    assert "s3cret" not in told
    assert "***" in told
    # nor can a logger find it behind the error
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


# ── the declared tables ───────────────────────────────────────────────────────────────────────


def test_the_five_tables_are_declared_consistently():
    assert list(TABLES) == ["responses", "invitations", "purchases", "callbacks", "stores"]
    for table in TABLES.values():
        assert len(set(table.names)) == len(table.names)
        assert table.key in table.names
        assert all(column.filled for column in table.columns if column.required)
        labels = [column.label for column in table.columns]
        assert len(set(labels)) == len(labels)
    with pytest.raises(InputError, match="`table` must be one of 'responses'"):
        read(FRAME, table="answers")


def test_a_simulated_network_is_read_whole(tmp_path):
    network = nps.simulate(stores=5, months=6, responses=500, seed=7)
    for suffix in ("parquet", "csv"):
        network.write(tmp_path, format=suffix)
        for table in TABLES:
            path = tmp_path / f"{table}.{suffix}"
            intake = nps.read(path, table=table, quiet=True)
            assert intake.n_rejected == 0, (path, intake.reasons)
            assert intake.n_accepted == len(getattr(network, table))
            assert not any("left empty" in note for note in intake.notes)


def test_temporary_files_stay_out_of_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    intake = read("a.csv")
    backend = intake.accepted.get_backend()
    folder = backend.con.execute("SELECT current_setting('temp_directory')").fetchone()[0]
    assert not Path(folder).is_relative_to(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv"]
    # nor does the database draw a progress bar into what a program prints
    bar = backend.con.execute("SELECT current_setting('enable_progress_bar')").fetchone()[0]
    assert bar is False


def test_temporary_files_go_with_the_rows(tmp_path):
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    script = (
        "import npsstats as nps, tempfile, os; i = nps.read('a.csv', quiet=True).accepted\n"
        "assert os.listdir(tempfile.gettempdir())\n"
        "assert i.count().to_pyarrow().as_py() == 4"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    root = Path(nps.__file__).parents[1]
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(root)}
    subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], check=True, cwd=tmp_path, env=environment, timeout=60
    )
    assert not list(temporary.iterdir())
