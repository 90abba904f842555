"""Columns are guessed by what they are called and what they hold."""

import pandas as pd
import pytest

from npsstats.checks import InputError
from npsstats.data.guessing import guess_columns


def test_names_are_read_whatever_their_accents_and_capitals():
    frame = pd.DataFrame(
        {
            "NOTE": [0, 5, 10],
            "Réf. magasin": [1, 2, 1],
            "Date de réponse": ["2025-01-02", "2025-01-03", "2025-01-04"],
            "E-mail": ["a", "b", "c"],
        }
    )
    guess = guess_columns(frame)
    assert guess.columns == {"score": "NOTE", "store_id": "Réf. magasin", "date": "Date de réponse"}
    assert guess.unknown == {"E-mail": 3}


def test_a_name_that_its_values_belie_is_not_believed():
    frame = pd.DataFrame({"note": ["bien", "mal", "bien"], "date": ["hier", "demain", "hier"]})
    assert not guess_columns(frame).columns


def test_the_one_column_of_scores_is_found_by_its_values():
    frame = pd.DataFrame({"a": range(100, 111), "q1": range(11), "won": [0, 1] * 5 + [0]})
    guess = guess_columns(frame)
    assert guess.columns == {"score": "q1"}
    assert guess.scores == ()


def test_of_two_columns_of_scores_none_is_taken():
    guess = guess_columns(pd.DataFrame({"q1": range(11), "q2": range(11)}))
    assert not guess.columns
    assert guess.scores == ("q1", "q2")


def test_a_file_without_a_header_is_told_by_position(tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("".join(f"{n};{n + 400};2025-03-0{1 + n % 9}\n" for n in range(11)))
    guess = guess_columns(path)
    assert not guess.headed
    assert guess.columns == {"score": 1, "date": 3}


def test_what_cannot_be_opened_is_said(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        guess_columns(tmp_path / "nowhere.csv")
