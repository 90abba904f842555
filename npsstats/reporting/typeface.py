"""The typeface of text and charts, the same on every machine.

Source Sans Pro comes as a package (SIL Open Font License), so no font of the machine is ever
looked at. DejaVu Sans, which matplotlib ships, stands in for scripts that it lacks (Arabic,
Armenian, Cyrillic extensions, symbols). A character that neither can draw is shown as �: the
PDF/UA standard refuses a document that holds a character without a glyph.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FACE", "FALLBACK", "font_files", "printable", "register"]

FACE = "Source Sans Pro"
FALLBACK = "DejaVu Sans"

_STYLES = ("Light", "Regular", "Semibold", "It")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_FIXED_SPACES = ("\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}")
# Invisible characters that steer layout (bidirectional overrides, joiners, byte-order marks)
# let one name pass for another; control characters are not allowed in SVG.
_STEERING = {"Cc", "Cf", "Cs", "Co", "Cn"}


def font_files() -> tuple[Path, ...]:
    """Return the paths of the font files that a report may use."""
    import matplotlib as mpl

    face = Path(str(files("font_source_sans_pro"))) / "files"
    fallback = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return (*(face / f"SourceSansPro-{style}.otf" for style in _STYLES), fallback)


@cache
def register() -> None:
    """Make the typeface known to matplotlib, which measures chart labels with it."""
    from matplotlib.font_manager import fontManager

    for path in font_files():
        fontManager.addfont(path)


@cache
def _drawable() -> frozenset[int]:
    """Return the code points that the upright face or its fallback can draw."""
    from matplotlib.ft2font import FT2Font

    paths = {path.stem: path for path in font_files()}
    upright = ("SourceSansPro-Regular", "DejaVuSans")
    return frozenset(code for name in upright for code in FT2Font(paths[name]).get_charmap())


def printable(text: str) -> str:
    r"""Return `text` with every character that can be drawn, and � for the others.

    Line breaks and tabs become spaces, so that a name stays on its line.

    Examples
    --------
    >>> printable('#read("x") *b* œ€')
    '#read("x") *b* œ€'
    >>> printable("a\nb\u202ec")
    'a b�c'
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(_drawn(composed)).strip()


def _drawn(text: str) -> Iterable[str]:
    drawable = _drawable()
    for character in text:
        if character.isspace() and character not in _FIXED_SPACES:
            yield " "
        elif unicodedata.category(character) in _STEERING or ord(character) not in drawable:
            yield _REPLACEMENT
        else:
            yield character
