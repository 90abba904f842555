"""Every notebook runs as it is stored, uses public names only and ends with a memo."""

import ast
import importlib.util
import json
import re
from pathlib import Path

import pytest

import npsstats as nps

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_FINGERPRINT = re.compile(r"\b[0-9a-f]{16}\b")
IMPORTED = {"npsstats", "pandas", "pathlib"}


def cells(path, kind):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def code(path):
    return [ast.parse("".join(cell["source"])) for cell in cells(path, "code")]


def texts(cell):
    """Return what a cell shows, but for pictures: another machine draws other bytes."""
    shown = []
    for output in cell["outputs"]:
        shown.append("".join(output.get("text", "")))
        data = output.get("data", {})
        shown += ["".join(data[kind]) for kind in sorted(data) if kind != "image/png"]
        shown += ["a picture"] * ("image/png" in data)
    return shown


def alike(new, old):
    """Tell whether two texts say the same: another machine's arithmetic ends in other digits."""
    texts = [_FINGERPRINT.sub("fingerprint", text) for text in (new, old)]
    words = [" ".join(_NUMBER.sub(" 0 ", text).split()) for text in texts]
    first, second = (
        [float(each.replace(",", "")) for each in _NUMBER.findall(text)] for text in texts
    )
    near = (abs(a - b) <= 0.1 + 0.02 * abs(b) for a, b in zip(first, second, strict=False))
    return words[0] == words[1] and all(near)


@pytest.fixture(scope="module")
def command():
    spec = importlib.util.spec_from_file_location("execute", ROOT / "notebooks" / "execute.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_a_notebook_for_each_group_of_readers():
    assert [path.stem for path in NOTEBOOKS] == [
        "01_tour",
        "02_small_stores",
        "03_callback",
        "04_question_position",
        "05_send_timing",
        "06_growth_and_churn",
        "07_forecast",
        "08_your_own_data",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_executed_again_shows_what_is_stored(path, command):
    again = command.execute(path)
    executed = [cell for cell in again["cells"] if cell["cell_type"] == "code"]
    kept = cells(path, "code")
    assert len(executed) == len(kept)
    for new, old in zip(executed, kept, strict=True):
        pairs = zip(texts(new), texts(old), strict=True)
        assert all(alike(*pair) for pair in pairs), "".join(old["source"])


def test_another_number_or_word_is_not_alike():
    assert alike("NPS +30.4, data 0123456789abcdef", "NPS  +30.3, data ffff456789abcdef")
    assert not alike("NPS +30.4", "NPS +33.4")
    assert not alike("Cannot tell (0.4)", "Adopt (0.4)")
    assert not alike("1 2", "1 2 3")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_light_and_without_its_run(path, command):
    import nbformat

    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < 300_000
    assert command.stored(command.light(nbformat.reads(text, as_version=4))) == text
    assert "/home/" not in text
    assert "/tmp/" not in text  # noqa: S108 no path is made here


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_only(path):
    for tree in code(path):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= IMPORTED
            elif isinstance(node, ast.ImportFrom):
                assert node.module in IMPORTED - {"npsstats"}
            elif isinstance(node, ast.Attribute):
                assert not node.attr.startswith("_"), node.attr
                if isinstance(node.value, ast.Name) and node.value.id == "nps":
                    assert node.attr in nps.__all__


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_tells_what_could_be_wrong_and_ends_with_a_memo(path):
    said = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    assert "**The question.**" in said
    assert "hat could be wrong" in said
    last = cells(path, "code")[-1]
    assert "nps.memo(" in "".join(last["source"])
    (memo,) = texts(last)
    assert memo.startswith("# ")
    assert any("a picture" in texts(cell) for cell in cells(path, "code"))
