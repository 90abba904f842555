"""Which column of a file is probably which: a proposal that a person looks at.

Nothing is read by a guess. `npsstats check` and `npsstats init` write guesses down, with the rest
of the file's columns, so that whoever knows the file can say yes or no.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.data.engine import cell_name, outdated_calls
from npsstats.data.sources import Options, open_source
from npsstats.data.tables import table_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Guess", "called_like", "guess_columns", "in_french"]

_LOOKED_AT = 5000  # rows
_MOST_LABELS = 60  # a column of more values is no segment
_SURE = 0.9  # share of the values that must be what the name says
_DAY = re.compile(r"^\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b")
_SCORE = re.compile(r"^\s*(?:\d|10|11)(?:[.,]0+)?\s*$")

# what retailers call their columns, in French and in English, the most telling first
_CALLED: Mapping[str, Sequence[str]] = {
    "score": (
        *("score", "nps", "note", "nps_score", "score_nps", "note_nps", "nps_note", "rec", "ltr"),
        *("recommandation", "recommendation", "note_recommandation", "likelihood_to_recommend"),
        *("recommend", "recommander", "q_nps", "nps_rating", "rating"),
    ),
    "store_id": (
        *("store_id", "store", "magasin", "id_magasin", "code_magasin", "ref_magasin", "pdv"),
        *("magasin_id", "store_code", "shop", "shop_id", "point_de_vente", "boutique", "agence"),
        *("branch", "site", "restaurant", "enseigne", "location"),
    ),
    "date": (
        *("date", "date_reponse", "response_date", "answered_at", "date_de_reponse", "jour"),
        *("date_achat", "date_visite", "submitted_at", "created_at", "horodatage", "timestamp"),
        *("start_date", "recorded_date", "day", "date_enquete"),
    ),
    "response_id": ("response_id", "id_reponse", "reponse_id", "answer_id", "cle_retour_client"),
    "customer_id": (
        *("customer_id", "client", "client_id", "id_client", "customer", "customer_number"),
        *("numero_client", "no_client", "carte", "num_carte", "card"),
    ),
    "account_id": ("account_id", "account", "compte", "id_compte", "raison_sociale"),
    "invitation_id": ("invitation_id", "invitation", "id_invitation", "envoi", "id_envoi"),
    "channel": ("channel", "canal", "libelle_source", "survey_channel", "mode"),
    "kind": ("kind", "type_enquete", "survey_type", "survey"),
    "country": ("country", "pays"),
    "journey": ("journey", "parcours", "libelle_categorie"),
    "question_position": ("question_position", "position_question"),
    "delay_hours": ("delay_hours",),
    "completed": ("completed", "complet", "finished", "termine"),
    "hours_to_answer": ("hours_to_answer",),
    "csat": ("csat", "satisfaction", "satisfaction_score", "note_satisfaction"),
    "ces": ("ces", "effort", "effort_score", "note_effort"),
    "verbatim": (
        *("verbatim", "commentaire", "comment", "comments", "commentaires", "explication"),
        *("feedback", "raison", "reason", "avis", "remarque", "texte"),
    ),
}

# words that stand in French names of columns and in no English ones
_FRENCH = {
    *("magasin", "magasins", "canal", "reponse", "commentaire", "commentaires", "pays", "parcours"),
    *("compte", "envoi", "enquete", "achat", "visite", "jour", "avis", "remarque", "texte", "pdv"),
    *("boutique", "agence", "recommandation", "numero", "horodatage", "carte", "montant", "ville"),
    *("nom", "prenom", "quantite", "semaine", "mois", "annee"),
}


@dataclass(frozen=True)
class Guess:
    """What the columns of a file of answers probably are.

    Attributes
    ----------
    columns
        Canonical name → the file's column, by name, or by position from 1 where it has no header.
    names
        All columns of the file, in order.
    headed
        Whether the first line names them.
    segments
        Further columns of few values, by which answers may be told apart.
    scores
        Other columns that could hold the score, where none is surely it.
    unknown
        The columns that were not recognised → how many different values they hold, in the rows
        looked at.
    """

    columns: Mapping[str, str | int]
    names: tuple[str, ...]
    headed: bool
    segments: tuple[str | int, ...]
    scores: tuple[str | int, ...]
    unknown: Mapping[str | int, int] = field(default_factory=dict)


def guess_columns(source: Any, options: Options | None = None) -> Guess:
    r"""Return what the columns of a source of answers probably are.

    A column is taken for what its name says if its values bear that out; where no name says it,
    the one column of whole numbers from 0 to 10 is taken for the score, and the one of days for
    the date.

    Parameters
    ----------
    source
        Anything that `npsstats.read` takes.
    options
        How to open it. A first line that looks like data is taken for data.

    Raises
    ------
    InputError
        If it cannot be opened.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"Note": [9, 3, 10], "Magasin": ["A", "B", "A"], "Canal": "sms"})
    >>> guess_columns(answers).columns
    {'score': 'Note', 'store_id': 'Magasin', 'channel': 'Canal'}
    """
    with outdated_calls():
        opened = _opened(source, options or Options())
        rows = opened.select(range(len(opened.names))).table
        held = rows.limit(_LOOKED_AT).to_pyarrow().to_pydict()
    cells = [
        [str(cell) for cell in held[cell_name(place)] if cell is not None and str(cell).strip()]
        for place in range(len(opened.names))
    ]

    def spelt(place: int) -> str | int:
        return opened.names[place] if opened.headed else place + 1

    found: dict[str, int] = {}
    if opened.headed:
        found = called_like(opened.names, lambda name, place: _fits(name, cells[place]))
    scores = [place for place, values in enumerate(cells) if _scored(values)]
    free = [place for place in scores if place not in found.values()]
    if "score" not in found and len(free) == 1:
        found["score"] = free[0]
    dated = [place for place, values in enumerate(cells) if _share(values, _DAY.match) >= _SURE]
    if "date" not in found and len(dated) == 1:
        found["date"] = dated[0]
    segments = [
        place
        for place, values in enumerate(cells)
        if place not in found.values()
        and 2 <= len(set(values)) <= min(_MOST_LABELS, max(2, len(values) // 5))
        and place not in scores
    ]
    order = table_named("responses").names
    return Guess(
        {name: spelt(found[name]) for name in order if name in found},
        opened.names,
        opened.headed,
        tuple(map(spelt, segments)),
        () if "score" in found else tuple(map(spelt, free)),
        {
            spelt(place): len(set(values))
            for place, values in enumerate(cells)
            if place not in found.values() and values
        },
    )


def _opened(source: Any, options: Options) -> Any:
    """Open the source; a first line that looks like data is no header."""
    try:
        return open_source(source, options)
    except InputError as error:
        if options.header is None and "looks like data" in str(error):
            return open_source(source, Options(**{**vars(options), "header": False}))
        raise


def called_like(
    names: Sequence[str], fits: Callable[[str, int], bool] = lambda _name, _place: True
) -> dict[str, int]:
    """Return canonical name → position of the one column that is called as one calls it.

    Parameters
    ----------
    names
        Of a table of answers, in order.
    fits
        Whether the column at a position may be the one of a canonical name.

    Examples
    --------
    >>> called_like(["Note", "Magasin", "Rayon"])
    {'score': 0, 'store_id': 1}
    """
    plain = [_plain(name) for name in names]
    found: dict[str, int] = {}
    for canonical, called in _CALLED.items():
        for word in called:
            places = [place for place, name in enumerate(plain) if name == word]
            one = len(places) == 1 and places[0] not in found.values()
            if one and fits(canonical, places[0]):
                found[canonical] = places[0]
                break
    return found


def in_french(names: Sequence[str]) -> bool:
    """Return whether columns are named in French.

    Examples
    --------
    >>> in_french(["Note", "Date réponse"]), in_french(["score", "date", "note"])
    (True, False)
    """
    return any(_FRENCH & set(_plain(name).split("_")) for name in names)


def _fits(canonical: str, values: Sequence[str]) -> bool:
    tests: dict[str, Callable[[Sequence[str]], bool]] = {
        "score": lambda cells: _share(cells, _SCORE.match) >= _SURE,
        "date": lambda cells: _share(cells, _DAY.match) >= _SURE,
    }
    kind = table_named("responses").column(canonical).kind
    if canonical in tests:
        return tests[canonical](values)
    if kind == "number":
        return _share(values, re.compile(r"^\s*-?\d+(?:[.,]\d+)?\s*$").match) >= _SURE
    return bool(values)


def _scored(values: Sequence[str]) -> bool:
    """Return whether a column may be one of scores: whole numbers, most of the scale in use."""
    if _share(values, _SCORE.match) < _SURE:
        return False
    seen = {value.strip() for value in values}
    return len(seen) > 4 and bool(seen & {"9", "10"})


def _share(values: Sequence[str], holds: Callable[[str], Any]) -> float:
    return sum(bool(holds(value)) for value in values) / len(values) if values else 0.0


def _plain(name: str) -> str:
    """Return a name in small letters without accents, words joined by `_`."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", bare.casefold()).strip("_")
