"""The codebooks that are shipped, and what is wrong with one's own."""

from pathlib import Path

import pytest

from npsstats.checks import InputError
from npsstats.linkage.themes.codebook import Codebook, Slot, load_codebook, parse

SMALL = """
language = "en"
[negation]
words = ["not", "no"]
[tone]
positive = ["good"]
[themes.price]
label = { en = "Prices", fr = "Prix" }
words = ["price"]
negative = ["expensive"]
"""


def faulty(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_codebook(path)
    return str(raised.value)


def test_both_codebooks_have_the_same_themes_with_labels_in_both_languages():
    french, english = load_codebook("fr"), load_codebook("en")
    assert french.names == english.names
    assert len(french.names) >= 14
    for name in french.names:
        assert french.label(name, "fr") == english.label(name, "fr")
        assert french.label(name, "en") == english.label(name, "en")


def test_own_codebook(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(SMALL, encoding="utf-8")
    book = load_codebook(path)
    assert book.names == ["price"]
    assert (book.label("price"), book.label("price", "fr")) == ("Prices", "Prix")
    assert load_codebook(book) is book
    assert isinstance(book, Codebook)


def test_expressions():
    assert parse("pas assez de choix")[1] == Slot(("assez",), gap=False)
    assert parse("file d'attente") == parse("file d attente")
    assert parse("a|b ... caiss*") == (Slot(("a", "b"), False), Slot(("caiss*",), gap=True))


def test_faults_are_told_with_their_line(tmp_path):
    said = faulty(tmp_path, SMALL.replace('"expensive"]', '"dear",\n  "ca*"]'))
    assert said == (
        "mine.toml, line 11: [themes.price.negative] 'ca*': write at least 3 letters before *."
    )
    said = faulty(tmp_path, SMALL.replace("negative =", "negatif ="))
    assert said.startswith(
        "mine.toml, line 10: there is no key `negatif` in [themes.price] "
        "(did you mean `negative`?). Keys: label, words"
    )
    said = faulty(tmp_path, SMALL.replace('"expensive"', '"price"'))
    assert said == "mine.toml, line 7: [themes.price] 'price' is there twice; keep one."
    said = faulty(tmp_path, SMALL.replace('["price"]', '"price"'))
    assert "line 9: `themes.price.words`: a list in square brackets is wanted" in said
    said = faulty(tmp_path, SMALL.replace('language = "en"', ""))
    assert said.endswith('`language` is needed. For example:\nlanguage = "fr"')
    said = faulty(tmp_path, SMALL.replace('label = { en = "Prices", fr = "Prix" }', ""))
    assert '`themes.price.label` is needed. For example:\nlabel = { fr = "Prix"' in said


@pytest.mark.parametrize(
    ("expression", "rule"),
    [
        ("… choix", "must stand between two words"),
        ("choix …", "must stand between two words"),
        ("d'un|l'autre", "without apostrophe or hyphen"),
        ("prix 2", "'2' is no word"),
        ("", "must stand between two words"),
    ],
)
def test_what_is_no_expression(expression, rule):
    with pytest.raises(ValueError, match=rule):
        parse(expression)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="must be one of 'en', 'fr' or a TOML file, got 'de'"):
        load_codebook("de")
    with pytest.raises(InputError, match="There is no file"):
        load_codebook(tmp_path / "none.toml")
    assert "is not TOML" in faulty(tmp_path, "themes = [")
