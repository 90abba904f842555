"""Whose report it is: a name, a logo, two colours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from npsstats.checks import InputError

__all__ = ["Brand"]

_LOGOS = {".svg", ".png", ".jpg", ".jpeg"}
_READABLE = 4.5  # contrast with white that WCAG 2 asks of text, level AA


@dataclass(frozen=True)
class Brand:
    """The name, logo and colours that a report wears.

    Attributes
    ----------
    name
        Shown at the head of every page; may be empty.
    logo
        Path of an SVG, PNG or JPEG file, or None.
    primary, secondary
        Colours as ``#rrggbb``. They are darkened as far as they need to be legible on white.
    """

    name: str = ""
    logo: Path | None = None
    primary: str = "#1f3a5f"
    secondary: str = "#a3532b"

    def __post_init__(self) -> None:
        for name in ("primary", "secondary"):
            object.__setattr__(self, name, _colour(f"brand.{name}", getattr(self, name)))
        if self.logo is not None:
            object.__setattr__(self, "logo", _logo(self.logo))

    @classmethod
    def of(cls, brand: Any) -> Brand:
        """Return a `Brand` from None, a `Brand`, a mapping, or anything with its attributes.

        Raises
        ------
        InputError
            If a key is unknown, a colour is not ``#rrggbb`` or the logo is not a file.
        """
        if brand is None:
            return cls()
        if isinstance(brand, cls):
            return brand
        known = [field.name for field in fields(cls)]
        if not isinstance(brand, Mapping):
            brand = {name: getattr(brand, name, None) for name in known}
        if unknown := sorted(set(brand) - set(known)):
            raise InputError(
                f"`brand` may hold {', '.join(known)}; got {unknown[0]!r}. Remove it or rename it."
            )
        return cls(**{name: value for name, value in brand.items() if value is not None})

    @property
    def palette(self) -> dict[str, str]:
        """The two colours, dark enough to be read on white."""
        return {"primary": legible(self.primary), "secondary": legible(self.secondary)}


def legible(colour: str) -> str:
    """Darken `colour` until its contrast with white is at least 4.5.

    Examples
    --------
    >>> legible("#1f3a5f")
    '#1f3a5f'
    >>> legible("#ffdd00")
    '#877500'
    """
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    for step in range(101):
        darker = [round(c * (100 - step) / 100) for c in channels]
        if 1.05 / (_luminance(darker) + 0.05) >= _READABLE:
            break
    return "#{:02x}{:02x}{:02x}".format(*darker)


def _luminance(channels: list[int]) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2, definition)."""
    linear = [
        c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4
        for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _colour(name: str, value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch("#[0-9a-fA-F]{6}", value):
        raise InputError(f"`{name}` must be a colour such as '#1f3a5f', got {value!r}.")
    return value.lower()


def _logo(value: str | Path) -> Path:
    path = Path(value)
    if path.suffix.lower() not in _LOGOS:
        raise InputError(
            f"`brand.logo` must be an SVG, PNG or JPEG file, got {path.name!r}. Convert the logo."
        )
    if not path.is_file():
        raise InputError(f"`brand.logo` names a file that is not there: {str(value)!r}.")
    return path
