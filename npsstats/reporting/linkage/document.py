"""One subject of the linkage as a PDF of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from npsstats.checks import InputError, one_of
from npsstats.reporting.brand import Brand
from npsstats.reporting.language import language
from npsstats.reporting.leadership.pages import churn, claims, drivers, worth
from npsstats.reporting.leadership.subject_document import write_pages
from npsstats.reporting.render import destination
from npsstats.reporting.style import Look

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from npsstats.reporting.linkage.facts import LinkageFacts

__all__ = ["SUBJECTS", "linkage_pdf"]

SUBJECTS = {
    "growth": worth.linked,
    "worth": worth.linked,
    "churn": churn.linked,
    "drivers": drivers.linked,
    "claims": claims.linked,
}


def linkage_pdf(
    facts: LinkageFacts,
    subject: str,
    out: str | PathLike[str],
    *,
    lang: str = "en",
    brand: object = None,
    name: str = "",
) -> Path:
    """Write the page of one subject and return where it is.

    Parameters
    ----------
    facts
        What was gathered.
    subject
        "growth", "worth", "churn", "drivers" or "claims".
    out
        A folder, or the path of a ``.pdf``.
    lang
        "en" or "fr".
    brand
        As for `npsstats.report`.
    name
        What the data are called, under the title.

    Raises
    ------
    InputError
        If there is nothing to say on that subject.
    """
    one_of("subject", subject, SUBJECTS)
    path = destination(out, f"{subject}.pdf")
    words, dressed = language(lang), Brand.of(brand)
    page = SUBJECTS[subject](facts, Look(words, **dressed.palette))
    if page is None:
        raise InputError(
            f"There is nothing to write on {subject}: the data do not bear it. The command without "
            "a PDF says what is missing."
        )
    return write_pages(
        [page],
        path,
        page.title,
        words=words,
        brand=dressed,
        name=name,
        fingerprint=facts.fingerprint,
    )
