"""Some pages on one subject as a PDF of their own."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from npsstats.reporting.render import Document, compile_pdf

if TYPE_CHECKING:
    from pathlib import Path

    from npsstats.reporting.brand import Brand
    from npsstats.reporting.language import Language
    from npsstats.reporting.render import Page

__all__ = ["write_pages"]


def write_pages(
    pages: list[Page],
    path: Path,
    description: str,
    *,
    words: Language,
    brand: Brand,
    name: str,
    fingerprint: str,
) -> Path:
    """Write pages under one title and return where they are: the same pages, the same bytes.

    Parameters
    ----------
    pages
        What is written.
    path
        The ``.pdf``; its folder is made where there is none.
    description
        What the PDF is on.
    words, brand
        Language and look.
    name, fingerprint
        What the data are called, and which they are.
    """
    document = Document(
        title=words.say("Net Promoter Score"),
        subtitle=name,
        description=description,
        author=brand.name or "npsstats",
        language=words.code,
        footer=words.say(
            "Data {fingerprint} · npsstats {version}",
            fingerprint=fingerprint,
            version=version("npsstats"),
        ),
        brand=brand,
        pages=pages,
    )
    pdf = compile_pdf(document)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pdf)
    return path
