"""How a number was come by, and the words that this allows.

A design permits a vocabulary. Chance dealt the treatment: one may speak of an *effect*. A store is
compared with itself, later with earlier: a higher NPS *is followed by* more growth. Stores or
customers are compared with each other: an *association*. The user said so: it is *assumed*.
No sentence of the linkage uses a word that its grade does not permit; `misused` finds those that
would, and the tests ask it of every sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from npsstats import checks
from npsstats.said import Said, said

__all__ = [
    "ASSUMED",
    "CROSS_SECTION",
    "GRADES",
    "RANDOMIZED",
    "WITHIN",
    "Grade",
    "misused",
    "weakest",
]


@dataclass(frozen=True)
class Grade:
    """A design, and what may be said of a number that comes from it.

    Attributes
    ----------
    name
        What tables show.
    rank
        0 is the strongest.
    noun
        What the number is called in a sentence.
    verb
        How the sentence links the two things.
    causal
        Whether the vocabulary of causes is permitted.
    caveat
        What remains to be doubted by design, in a sentence; empty for a randomized comparison.
    """

    name: str
    rank: int
    noun: str
    verb: str
    causal: bool
    caveat: Said


RANDOMIZED = Grade("randomized", 0, "effect", "changes", True, Said(""))
WITHIN = Grade(
    "within-store lagged",
    1,
    "association within stores",
    "is followed by",
    False,
    said(
        "Each store is compared with itself and NPS comes first, so what is fixed in a store or "
        "common to a period is out; what moves a store's NPS and its trade together is not."
    ),
)
CROSS_SECTION = Grade(
    "cross-section",
    2,
    "association",
    "goes with",
    False,
    said(
        "Different stores or customers are compared: whatever else sets them apart is in the "
        "number."
    ),
)
ASSUMED = Grade(
    "assumed",
    3,
    "assumption",
    "is assumed to go with",
    False,
    said("The number was given, not measured: the result is arithmetic on it."),
)

GRADES: dict[str, Grade] = {
    grade.name: grade for grade in (RANDOMIZED, WITHIN, CROSS_SECTION, ASSUMED)
}
"""Name → grade, the strongest first."""

# What only a randomized comparison may say, in both languages of the reports. "A cause" as a thing
# not recorded is what sensitivity analysis speaks of, and "store effects" are a term of models.
_CAUSAL = re.compile(
    r"\b(?:effects?|impacts?|causes|caused|causing|leads? to|led to|brings? about|drives|driven by|"
    r"raises?|boosts?|lifts?|increases|moves|yields?|brings?|thanks to|because of|results? in|"
    r"influences?|determines?|"
    r"effets?|impacte(?:nt)?|provoque(?:nt)?|entraîne(?:nt)?|engendre(?:nt)?|grâce (?:à|au|aux)|"
    r"augmente(?:nt)?|rapporte(?:nt)?|améliore(?:nt)?|hausse(?:nt)?|influence(?:nt)?|"
    r"détermine(?:nt)?|permet(?:tent)? de|(?<!bien )fait|dû à|due à|dus à)\b",
    re.IGNORECASE,
)
_TERMS = re.compile(
    r"\b(?:moves? the (?:growth|level|other side|stores?)|(?:if it|a point|un point) moves|"
    r"what moves|something else moves|stores? moves?|move(?:s|d)? (?:together|with)|brought in|"
    r"en hausse|la hausse|tout à fait|"
    r"(?:store|period|fixed|random|customer)(?:,? and (?:store|period|customer))? effects|"
    r"not (?:an )?effects?|no effect|effets? (?:fixes?|aléatoires?|de (?:magasin|période)s?)|"
    r"(?:pas|et non|non) (?:un |des )?effets?|en effet|aucun effet)\b",
    re.IGNORECASE,
)


def misused(text: str, grade: Grade | str) -> tuple[str, ...]:
    """Return the words of a text that its grade does not permit.

    Parameters
    ----------
    text
        English or French.
    grade
        A grade or its name.

    Raises
    ------
    InputError
        If there is no such grade.

    Examples
    --------
    >>> misused("A point of NPS leads to 0.1 % more growth.", "cross-section")
    ('leads to',)
    >>> misused("A point of NPS goes with 0.1 % more growth.", "cross-section")
    ()
    >>> misused("The effect of a call is 2 points.", "randomized")
    ()
    """
    if _of(grade).causal:
        return ()
    return tuple(match.lower() for match in _CAUSAL.findall(_TERMS.sub(" ", text)))


def weakest(*grades: Grade | str) -> Grade:
    """Return the weakest of some grades: that of whatever is computed from all of them.

    Examples
    --------
    >>> weakest("randomized", "assumed").name
    'assumed'
    """
    if not grades:
        raise checks.InputError("No grade was given. Name at least one of " + _names() + ".")
    return max((_of(grade) for grade in grades), key=lambda grade: grade.rank)


def _of(grade: Grade | str) -> Grade:
    return grade if isinstance(grade, Grade) else GRADES[checks.one_of("grade", grade, GRADES)]


def _names() -> str:
    return ", ".join(repr(name) for name in GRADES)
