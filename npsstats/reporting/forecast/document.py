"""What comes next as a PDF of its own: the forecast, the last change, what if."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.reporting.brand import Brand
from npsstats.reporting.language import language
from npsstats.reporting.leadership.pages import forecast, signal, what_if
from npsstats.reporting.leadership.subject_document import write_pages
from npsstats.reporting.render import destination
from npsstats.reporting.style import Look

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from npsstats.reporting.forecast.facts import ForecastFacts

__all__ = ["forecast_pdf"]

_PAGES = (forecast.foretold, signal.judged, what_if.supposed)


def forecast_pdf(
    facts: ForecastFacts,
    out: str | PathLike[str],
    *,
    lang: str = "en",
    brand: object = None,
    name: str = "",
) -> Path:
    """Write the forecast, the last change and the scenario, a page each, and return where they are.

    Parameters
    ----------
    facts
        From `npsstats.reporting.forecast.gathering.forecast_facts`.
    out
        A folder, where ``forecast.pdf`` is written, or the path of a ``.pdf``.
    lang
        "en" or "fr".
    brand
        As for `npsstats.report`.
    name
        What the data are called, under the title.

    Returns
    -------
    Path
        The PDF. Same facts, same bytes. Where the data bear no forecast, it says why.

    Raises
    ------
    InputError
        If `out`, `lang` or `brand` cannot be used.
    """
    path = destination(out, "forecast.pdf")
    words, dressed = language(lang), Brand.of(brand)
    look = Look(words, **dressed.palette)
    made = (page(facts, look) for page in _PAGES)
    return write_pages(
        [page for page in made if page is not None],
        path,
        words.say("What comes next"),
        words=words,
        brand=dressed,
        name=name,
        fingerprint=facts.fingerprint,
    )
