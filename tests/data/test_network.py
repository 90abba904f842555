"""A network.toml is read, or its fault is told with the line and the remedy."""

from datetime import date
from pathlib import Path

import pytest

import npsstats as nps
from npsstats.checks import InputError
from npsstats.data.network import load_network

WHOLE = """
# the network of an example
segments = ["channel", "canal de vente"]
target = 45
language = "fr"
level = 0.9
period = "quarter"

[brand]
name = "Jardins d'Exemple"
logo = "img/logo.svg"
colours = ["#1f3a5f", "#A3532B"]

[sources.responses]
path = "réponses.csv"
sep = ";"
encoding = "latin-1"
header = true
scale = [1, 10]
date_format = "dmy"

[sources.responses.columns]
score = "note"
store_id = 2
date = "jour"
channel = "canal"

[sources.stores]
path = "sub/stores.parquet"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "logo.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "stores.parquet").write_bytes(b"")
    text = "note;magasin;jour;canal;canal de vente\n9;1;03/04/2025;é;web\n0;2;04/04/2025;;\n"
    (tmp_path / "réponses.csv").write_text(text, encoding="latin-1")
    return tmp_path


def load(folder: Path, text: str):
    path = folder / "network.toml"
    path.write_text(text, encoding="utf-8")
    return load_network(path)


def test_a_whole_file(folder, monkeypatch):
    path = folder / "network.toml"
    path.write_text(WHOLE, encoding="utf-8")
    monkeypatch.chdir(folder.parent)
    network = nps.load_network(Path(folder.name) / "network.toml")
    assert network.target == 45
    assert (network.language, network.level, network.period) == ("fr", 0.9, "quarter")
    assert network.brand.name == "Jardins d'Exemple"
    assert network.brand.logo == folder / "img" / "logo.svg"
    assert (network.brand.primary, network.brand.secondary) == ("#1f3a5f", "#A3532B")
    assert network.sources["stores"].path == folder / "sub" / "stores.parquet"
    intake = network.read(quiet=True)
    assert intake.scale == (1, 10)
    assert intake.reasons == {"score out of range": 1}
    assert intake.accepted.to_pyarrow().to_pylist() == [
        {
            "score": 9,
            "store_id": 1,
            "date": date(2025, 4, 3),
            "channel": "é",
            "canal de vente": "web",
        }
    ]
    with pytest.raises(InputError, match=r"has no \[sources.purchases\]. There are: responses, st"):
        network.read("purchases")


def test_defaults(folder):
    network = load(folder, '[sources.responses]\npath = "réponses.csv"\n')
    assert network.target is None
    assert (network.segments, network.language, network.level) == ((), "en", 0.95)
    assert network.brand.primary is None
    with pytest.raises(ValueError, match="frozen"):
        network.level = 0.5


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("target = 45", "targett = 45"), 4, "no key `targett` (did you mean `target`?)"),
        (("target = 45", 'target = "45"'), 4, "`target`: input should be a valid number, got '45'"),
        (("target = 45", "target = 145"), 4, "`target`: input should be less than or equal to 100"),
        (("level = 0.9", "level = 95"), 6, "`level`: input should be less than 1, got 95"),
        (('"fr"', '"de"'), 5, "`language`: input should be 'en' or 'fr', got 'de'"),
        (('"quarter"', '"day"'), 7, "`period`: input should be 'week', 'month', 'quarter' or"),
        (('["channel", "canal de vente"]', '"channel"'), 3, "`segments`: input should be a valid"),
        (("colours", "colors"), 12, "no key `colors` in [brand] (did you mean `colours`?)"),
        (('"#A3532B"]', "]"), 12, "`brand.colours"),
        (("#A3532B", "brown"), 12, "`brand.colours`: string should match pattern"),
        (("img/logo.svg", "img/nope.svg"), 11, "there is no file"),
        (("img/logo.svg", "réponses.csv"), 11, "`brand.logo` must be an SVG or PNG file"),
        (
            ("encoding =", "encodage ="),
            17,
            "no key `encodage` in [sources.responses] (did you mean `en",
        ),
        (
            ("header = true", 'header = "yes"'),
            18,
            "`sources.responses.header`: input should be a valid",
        ),
        (
            ("scale = [1, 10]", "scale = 10"),
            19,
            "`sources.responses.scale`: input should be a valid t",
        ),
        (
            ('"dmy"', '"jma"'),
            20,
            "`sources.responses.date_format`: input should be 'dmy', 'mdy' or",
        ),
        (("store_id = 2", "store_id = 2.5"), 24, "`sources.responses.columns.store_id`"),
        (("[sources.stores]", "[sources.shops]"), 28, "there is no table 'shops'"),
        (
            ("[sources.stores]", "[stores]"),
            28,
            "[stores] belongs under sources: write [sources.stores]",
        ),
        (
            ("sub/stores.parquet", "nope.parquet"),
            29,
            "Paths are relative to the folder of network.toml",
        ),
        (('path = "sub/stores.parquet"', ""), 28, "needs either `path` (a file) or `url`"),
        (('path = "sub', 'url = "x://y"\npath = "sub'), 28, "not both"),
        (("[brand]", "brand = 3\n[other]"), 9, "`brand`: input should be a valid"),
        (("target = 45", "target = "), 4, "is not TOML: Invalid value (at line 4, column 10)"),
    ],
)
def test_faults_are_told_with_their_line(folder, change, line, words):
    assert change[0] in WHOLE
    with pytest.raises(InputError) as caught:
        load(folder, WHOLE.replace(*change, 1))
    assert words in str(caught.value)
    assert f"line {line}" in str(caught.value)


def test_what_is_not_there(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        load_network(tmp_path / "nope.toml")
    with pytest.raises(
        InputError, match=r"`sources` is needed. For example:\n\[sources.responses\]"
    ):
        load(tmp_path, "target = 3\n")
    (tmp_path / "network.toml").write_bytes("é = 1".encode("latin-1"))
    with pytest.raises(InputError, match="cannot be read as UTF-8"):
        load_network(tmp_path / "network.toml")


def test_passwords_come_from_the_environment_and_are_never_shown(tmp_path, monkeypatch):
    text = '[sources.responses]\nurl = "postgres://ann:${NPS_PASSWORD}@127.0.0.1:1/db#t"\n'
    network = load(tmp_path, text)
    with pytest.raises(InputError, match="environment variable NPS_PASSWORD, which is not set"):
        network.read()
    monkeypatch.setenv("NPS_PASSWORD", "s3c/r@t")
    place = network.sources["responses"].place()
    assert place == "postgres://ann:s3c%2Fr%40t@127.0.0.1:1/db#t"
    with pytest.raises(InputError) as caught:
        network.read()
    assert "s3c" not in str(caught.value) + repr(network)
    monkeypatch.setenv("NPS_URL", "postgres://ann:s3cret@127.0.0.1:1/db#t")
    whole = load(tmp_path, '[sources.responses]\nurl = "${NPS_URL}"\n')
    assert whole.sources["responses"].place() == "postgres://ann:s3cret@127.0.0.1:1/db#t"
    written = '[sources.responses]\nurl = "postgres://ann:s3cret@h/db"\n'
    assert "s3cret" not in repr(load(tmp_path, written)) + str(load(tmp_path, written))
    for fault in ("name = 3\n", 'path = "x"\n', 'nmae = "t"\n'):
        with pytest.raises(InputError) as caught:
            load(tmp_path, written + fault)
        assert "s3cret" not in str(caught.value)
        assert caught.value.__context__ is None


def test_a_simulated_network_reads_itself(tmp_path):
    simulated = nps.simulate(stores=4, months=6, responses=300, seed=3)
    network = load_network(simulated.write(tmp_path, format="csv"))
    responses = network.read(quiet=True)
    assert responses.n_accepted == len(simulated.responses)
    for table in network.sources:
        assert network.read(table, quiet=True, beside=responses).n_rejected == 0
