"""The codebook: which words name which theme, in a TOML file that anyone can edit.

French and English ones are shipped. An expression is a word or several; how words are compared is
said in `npsstats.linkage.themes.lexicon`. In an expression `a|b` is one or the other, `caiss*`
any word that begins so, `=prix` this very form, and `a … b` up to three words in between.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from npsstats.checks import InputError
from npsstats.linkage.themes.codebook_errors import explain

__all__ = ["Codebook", "Negation", "Slot", "Theme", "Tone", "load_codebook", "parse"]

SHIPPED = ("en", "fr")
_LEAST_STEM = 3  # letters before a *; fewer would match half of the dictionary
_WORD = re.compile(r"=?[^\W\d_]+\*?")


class Slot(NamedTuple):
    """One place of an expression.

    Attributes
    ----------
    words
        What may stand there, as written; a trailing `*` or a leading `=` included.
    gap
        Up to three words may stand before it.
    """

    words: tuple[str, ...]
    gap: bool


@cache
def parse(expression: str) -> tuple[Slot, ...]:
    """Return the places of an expression.

    Raises
    ------
    ValueError
        If it is not one; the message says why and what to write.

    Examples
    --------
    >>> parse("file|queue … caiss*")
    (Slot(words=('file', 'queue'), gap=False), Slot(words=('caiss*',), gap=True))
    """
    slots: list[Slot] = []
    gap = False
    for whole in expression.replace("...", " … ").split():
        if "|" in whole and re.search(r"['’-]", whole):
            raise ValueError(f"{expression!r}: write {whole!r} without apostrophe or hyphen")
    # an apostrophe or a hyphen parts words here as it does in the texts
    for part in re.sub(r"['’-]", " ", expression.replace("...", " … ")).split():
        if part == "…":
            if gap or not slots:
                raise ValueError(f"{expression!r}: … must stand between two words")
            gap = True
            continue
        words = tuple(part.split("|"))
        for word in words:
            if not _WORD.fullmatch(word):
                raise ValueError(
                    f"{expression!r}: {word!r} is no word; write letters, a|b for one or the other"
                )
            if word.endswith("*") and len(word) <= _LEAST_STEM:
                raise ValueError(f"{expression!r}: write at least {_LEAST_STEM} letters before *")
        slots.append(Slot(words, gap))
        gap = False
    if gap or not slots:
        raise ValueError(f"{expression!r}: … must stand between two words")
    return tuple(slots)


def _checked(expression: str) -> str:
    parse(expression)
    return expression


type _Expressions = tuple[Annotated[str, AfterValidator(_checked)], ...]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Theme(_Frozen):
    """What names one theme.

    Attributes
    ----------
    label
        The theme's name for readers, by language.
    words
        Name it; the tone comes from the words around.
    positive, negative
        Name it and say good or ill of it. A negation turns them round.
    exclude
        Are not this theme, in spite of one of its words.
    """

    label: dict[Literal["fr", "en"], str] = Field(min_length=1)
    words: _Expressions = ()
    positive: _Expressions = ()
    negative: _Expressions = ()
    exclude: _Expressions = ()

    @model_validator(mode="after")
    def _said_once(self) -> Theme:
        every = [*self.words, *self.positive, *self.negative, *self.exclude]
        if len(every) == len(self.exclude):
            raise ValueError("needs some `words`, `positive` or `negative`")
        seen: set[str] = set()
        for expression in every:
            if expression in seen:
                raise ValueError(f"{expression!r} is there twice; keep one")
            seen.add(expression)
        return self


class Tone(_Frozen):
    """Words that say good or ill of anything.

    Attributes
    ----------
    positive, negative, exclude
        As in a theme.
    wish
        What follows them in the clause is wanted, so that good words are no praise there.
    compare
        The same of the two words behind them ("plus attractif").
    contrast
        Set what is said against another time, place or colleague, so that a text that holds one
        does not praise without reserve.
    """

    positive: _Expressions = ()
    negative: _Expressions = ()
    wish: _Expressions = ()
    compare: _Expressions = ()
    contrast: _Expressions = ()
    exclude: _Expressions = ()


class Negation(_Frozen):
    """What turns the next words round.

    Attributes
    ----------
    words
        Turn what follows within three words.
    lack
        Those that complain where a theme itself follows them ("pas de conseil").
    after
        Turn the word before them, if `particle` stands before that ("ne recommande pas").
    exclude
        Negate nothing ("un peu").
    """

    words: _Expressions = ()
    lack: _Expressions = ()
    after: _Expressions = ()
    particle: _Expressions = ()
    exclude: _Expressions = ()


class Codebook(_Frozen):
    """Themes, tone and negation of one language.

    Attributes
    ----------
    language
        "fr" or "en": whose dictionary reduces words to their base form.
    stop
        Grammatical words, left out of the counts of words.
    generic
        Common words that make no topic, left out of discovered ones.
    breaks
        Words after which a new clause begins.
    negation, tone, themes
        See `Negation`, `Tone`, `Theme`.
    """

    language: Literal["en", "fr"]
    stop: tuple[str, ...] = ()
    generic: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    negation: Negation = Negation()
    tone: Tone = Tone()
    themes: dict[str, Theme] = Field(min_length=1)

    @cached_property
    def names(self) -> list[str]:
        """The themes' names, in order."""
        return list(self.themes)

    def label(self, theme: str, language: str | None = None) -> str:
        """Return a theme's name for readers of a language, or in whatever language it has."""
        labels = {str(key): text for key, text in self.themes[theme].label.items()}
        return labels.get(language or self.language) or next(iter(labels.values()))


def load_codebook(codebook: str | Path | Codebook = "fr") -> Codebook:
    """Return a codebook: one of those shipped, or one's own.

    Parameters
    ----------
    codebook
        "fr" or "en"; or a TOML file. To write one, copy a shipped one: they stand in
        `npsstats/linkage/themes/codebooks/`.

    Raises
    ------
    InputError
        If the file is not there, is not TOML, or says something that cannot be used; the message
        gives the line and what to do.

    Examples
    --------
    >>> codebook = load_codebook("en")
    >>> codebook.names[:3], codebook.label("waiting", "fr")
    (['welcome', 'availability', 'waiting'], 'Attente et caisse')
    """
    if isinstance(codebook, Codebook):
        return codebook
    if str(codebook) in SHIPPED:
        label = f"{codebook}.toml"
        text = resources.files(__package__).joinpath("codebooks", label).read_text("utf-8")
    else:
        path = Path(codebook).expanduser()
        label, text = path.name, _text(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f'{label} is not TOML: {error}. Text needs quotes: "…".') from None
    try:
        return Codebook.model_validate(_with_tuples(content))
    except ValidationError as error:
        fault = explain(label, text, error.errors(include_url=False)[0], _KEYS)
    raise InputError(fault)


_KEYS: dict[str, tuple[str, ...]] = {
    "": tuple(Codebook.model_fields),
    "themes": tuple(Theme.model_fields),
    "tone": tuple(Tone.model_fields),
    "negation": tuple(Negation.model_fields),
}


def _text(path: Path) -> str:
    if not path.suffix and not path.exists():
        shipped = ", ".join(map(repr, SHIPPED))
        raise InputError(f"`codebook` must be one of {shipped} or a TOML file, got {str(path)!r}.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} cannot be read as UTF-8 text: {error}.") from None


def _with_tuples(value: Any) -> Any:
    """Return the content with arrays as tuples, which cannot be changed."""
    if isinstance(value, dict):
        return {key: _with_tuples(item) for key, item in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value
