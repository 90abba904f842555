"""One language of the reports: its messages, its numbers, its dates, its typography.

The source language is English: a message's English text is its key, so the code reads as the
report does. Every other language is one gettext catalogue beside this file,
``locale/<language>/LC_MESSAGES/npsstats.po``, read as it is (no compiled file to keep in step).

Spaces and apostrophes in messages are typed on an ordinary keyboard; `Language` sets the
typographic ones before it fills in the values, so that a value is never altered.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, cached_property
from importlib.resources import files
from math import isfinite, isnan
from string import Formatter
from typing import TYPE_CHECKING, Any

from npsstats.checks import one_of
from npsstats.said import PeriodLabel, Said

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "LANGUAGES",
    "NARROW_SPACE",
    "Language",
    "language",
    "mark",
    "mark_many",
    "shown",
]

LANGUAGES = {"en": "en_GB", "fr": "fr"}
"""The languages of the reports and the Babel locale of each."""

NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
ABSENT = "–"

_TYPOGRAPHY = {
    # English sets no space before a colon or a percent sign: only the apostrophe needs help.
    "en": ((re.compile("'"), "’"),),
    "fr": (
        (re.compile("'"), "’"),
        (re.compile(" (?=[;:!?%»])"), NARROW_SPACE),
        (re.compile("(?<=«) "), NARROW_SPACE),
    ),
}

_OF_VALUE = re.compile(r"\b([Dd])e \{(\w+)\}")
_NUMBER = re.compile(r"(?P<sign>\+?),?(?:\.(?P<decimals>\d+))?(?P<kind>[fgd%]?)")
_FORMAT = re.compile(r"\{(\w+):[^{}]*\}")
_TINY = 1e-4
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_VOWEL_MONTHS = re.compile(r"(?:avril|août|octobre) \d{4}$")


def language(code: str) -> Language:
    """Return the `Language` called `code`, or say which there are.

    Raises
    ------
    InputError
        If there is no catalogue for `code`.
    """
    return Language(one_of("lang", code, LANGUAGES))


@dataclass(frozen=True)
class Language:
    """Messages, numbers and dates of one language.

    Examples
    --------
    >>> french = Language("fr")
    >>> french.number(-1234.56).replace("\N{NARROW NO-BREAK SPACE}", "_")
    '−1_234,6'
    >>> Language("en").percent(0.95)
    '95%'
    """

    code: str

    @property
    def locale(self) -> str:
        """The Babel locale that numbers and dates follow."""
        return LANGUAGES[self.code]

    @cached_property
    def _messages(self) -> Any:
        return _catalogue(self.code)

    def say(self, message: str, /, **values: object) -> str:
        """Return `message` in this language with `values` put in as they are."""
        return self._filled(self._messages.gettext(message), values)

    def say_many(self, one: str, many: str, count: int, /, **values: object) -> str:
        """Return the form of a message for `count` things; `{n}` is the count, written out."""
        message = self._messages.ngettext(one, many, count)
        return self._filled(message, {"n": self.whole(count), **values})

    def _filled(self, message: str, values: dict[str, Any]) -> str:
        """Put values in; French writes d'avril where another month follows "de"."""

        def elided(found: re.Match[str]) -> str:
            month = _VOWEL_MONTHS.match(str(values.get(found[2], "")))
            return f"{found[1]}'{{{found[2]}}}" if month else found[0]

        if self.code == "fr":
            message = _OF_VALUE.sub(elided, message)
        return self._typeset(message).format(**values)

    def _typeset(self, message: str) -> str:
        for pattern, replacement in _TYPOGRAPHY[self.code]:
            message = pattern.sub(replacement, message)
        return message

    def retell(self, sentence: str) -> str:
        """Say in this language what an analysis said of its own numbers (`npsstats.said.Said`)."""
        if not isinstance(sentence, Said):
            return sentence
        message = (
            self._messages.ngettext(*sentence.patterns, sentence.number)
            if len(sentence.patterns) == 2
            else self._messages.gettext(sentence.patterns[0])
        )
        formats = {
            name: form
            for pattern in sentence.patterns
            for _, name, form, _ in Formatter().parse(pattern)
            if name is not None
        }
        values = {
            name: self._spoken(value, formats.get(name) or "")
            for name, value in sentence.values.items()
        }
        return self._filled(_FORMAT.sub(r"{\1}", message), values)

    def _spoken(self, value: object, form: str) -> str:
        """Write a value of a sentence as its format asks, in this language's way."""
        if isinstance(value, list | tuple):
            return ", ".join(self._spoken(each, "") for each in value)
        if isinstance(value, date):
            return self.date(value)
        if isinstance(value, str):
            return self.period(value) if isinstance(value, PeriodLabel) else self.retell(value)
        asked = _NUMBER.fullmatch(form)
        if asked is None:
            return format(value, form)
        return self._measured(float(str(value)), asked)

    def _measured(self, number: float, asked: re.Match[str]) -> str:
        """Write a number as a format asks."""
        decimals = asked["decimals"]
        if asked["kind"] == "%":
            return self.percent(number, int(decimals or 0))
        places = int(decimals or 0)
        if asked["kind"] == "g" and 0 < abs(number) < _TINY:
            return self._tiny(number, int(decimals or 6))
        if asked["kind"] == "g" or not asked[0]:
            kept = Decimal(format(number, f".{decimals or 6}g")) if isfinite(number) else Decimal(0)
            places = max(0, -int(kept.as_tuple().exponent))
        return self.number(number, places, signed=bool(asked["sign"]))

    def _tiny(self, number: float, digits: int) -> str:
        """Write a number that has too many zeros to be read by its power of ten: “2.9 × 10⁻³⁶”."""
        figure, power = f"{number:.{digits - 1}e}".split("e")
        shown_power = str(int(power)).translate(_RAISED)
        places = len(figure.rstrip("0").partition(".")[2])
        return f"{self.number(float(figure), places)}{NARROW_SPACE}×{NARROW_SPACE}10{shown_power}"

    # numbers ------------------------------------------------------------------------------

    def number(self, value: float, decimals: int = 1, *, signed: bool = False) -> str:
        """Write `value` with a fixed number of decimals; NaN is written as a dash."""
        from babel.numbers import format_decimal

        if isnan(value):
            return ABSENT
        quantity = Decimal(str(shown(value, decimals)))
        digits = "#,##0" + ("." + "0" * decimals if decimals else "")
        text = self._clean(format_decimal(abs(quantity), digits, locale=self.locale))
        if quantity < 0:
            return MINUS + text
        return "+" + text if signed and quantity > 0 else text

    def whole(self, value: float) -> str:
        """Write a count."""
        return self.number(value, 0)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Write a share in [0, 1] as a percentage."""
        if isnan(share):
            return ABSENT
        return self.number(100 * share, decimals) + self._percent_sign

    def probability(self, value: float) -> str:
        """Write a probability as a percentage that never claims certainty.

        Whole percentages in the middle, tenths in the last two percent at either end, and
        “more than 99.9 %” or “less than 0.1 %” beyond: no posterior probability is 0 or 1.
        """
        if isnan(value):
            return ABSENT
        if value > 0.999:
            return self.say("more than {limit}", limit=self.percent(0.999, 1))
        if value < 0.001:
            return self.say("less than {limit}", limit=self.percent(0.001, 1))
        return self.percent(value, 0 if 0.02 <= value <= 0.98 else 1)

    def interval(self, lower: float, upper: float, *, signed: bool = False) -> str:
        """Write two bounds."""
        text = self.say(
            "{lower} to {upper}",
            lower=self.number(lower, signed=signed),
            upper=self.number(upper, signed=signed),
        )
        return text.replace(" ", "\N{NO-BREAK SPACE}")

    def ranks(self, lower: float, upper: float) -> str:
        """Write the bounds of a rank."""
        return f"{self.whole(lower)}–{self.whole(upper)}"

    def listing(self, items: Iterable[str]) -> str:
        """Join words as a sentence does: “a, b and c”."""
        from babel.lists import format_list

        return str(format_list(list(items), locale=self.locale))

    def series(self, items: Iterable[str]) -> str:
        """Join parts that may hold commas of their own: “a; b; c”."""
        return f"{NARROW_SPACE if self.code == 'fr' else ''}; ".join(items)

    @cached_property
    def _percent_sign(self) -> str:
        return (NARROW_SPACE if self.code == "fr" else "") + "%"

    @staticmethod
    def _clean(text: str) -> str:
        return text.replace("\N{NO-BREAK SPACE}", NARROW_SPACE).replace("-", MINUS)

    # dates --------------------------------------------------------------------------------

    def date(self, day: date) -> str:
        """Write a day: “31 March 2025”."""
        from babel.dates import format_date

        text = str(format_date(day, "long", locale=self.locale))
        return re.sub(r"^1 ", "1er ", text) if self.code == "fr" else text

    def period(self, label: str, *, short: bool = False) -> str:
        """Write the label of a period ('2025-03', '2025-Q1', '2025-W07', '2025') for readers."""
        from babel.dates import format_skeleton

        if re.fullmatch(r"\d{4}-\d{2}", label):
            day = date.fromisoformat(label + "-01")
            return str(format_skeleton("yMMM" if short else "yMMMM", day, locale=self.locale))
        if quarter := re.fullmatch(r"(\d{4})-Q([1-4])", label):
            return self.say("Q{quarter} {year}", quarter=quarter[2], year=quarter[1])
        if week := re.fullmatch(r"(\d{4})-W(\d{2})", label):
            return self.say("W{week} {year}", week=int(week[2]), year=week[1])
        return label


def mark(message: str) -> str:
    """Mark a message for the catalogue where it is written before it is said."""
    return message


def mark_many(one: str, many: str) -> tuple[str, str]:
    """Mark the two forms of a message: see `mark`."""
    return one, many


def shown(value: float, decimals: int = 1) -> float:
    """Return `value` as the reader sees it.

    Sentences decide on these numbers, not on the exact ones, so that a sentence cannot say
    “rose” beside an interval whose printed bound is 0.0.

    Examples
    --------
    >>> shown(0.04), shown(-0.04), shown(30.967)
    (0.0, 0.0, 31.0)
    """
    if not isfinite(value):
        return value
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(str(float(value))).quantize(step, ROUND_HALF_EVEN)) + 0.0


@cache
def _catalogue(code: str) -> Any:
    """Read a language's messages, a file a floor; English, the source language, needs none."""
    from gettext import NullTranslations

    if code == "en":
        return NullTranslations()
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    every = Catalog(locale=code)
    for source in sorted(
        (files("npsstats.reporting") / "locale" / code / "LC_MESSAGES").iterdir(),
        key=lambda file: file.name,
    ):
        with source.open("rb") as file:
            for message in read_po(file, locale=code):
                if message.id:
                    every[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, every)
    compiled.seek(0)
    return Translations(compiled)
