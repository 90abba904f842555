"""`plot`: the picture of any result, in one restrained style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.brand import Brand
from npsstats.reporting.kinds import drawing
from npsstats.reporting.language import language
from npsstats.reporting.style import Look

if TYPE_CHECKING:
    from os import PathLike

    from npsstats.reporting.style import Picture
    from npsstats.results import Result

__all__ = ["plot"]


def plot(
    result: Result,
    path: str | PathLike[str] | None = None,
    *,
    lang: str = "en",
    brand: Any = None,
) -> Picture:
    """Draw a result.

    Parameters
    ----------
    result
        What an analysis returned: an estimate, an experiment, a forecast …
    path
        Where to write it: a name ending in .svg, .pdf or .png. Nowhere unless told.
    lang
        "en" or "fr".
    brand
        Name, logo and colours: a `Brand`, or a mapping.

    Returns
    -------
    Picture
        A `matplotlib.figure.Figure`, 166 mm wide, that a notebook shows by itself. The same
        result gives the same bytes of a file.

    Raises
    ------
    InputError
        If it is no result of npsstats, the name ends otherwise, or the file cannot be written.

    Examples
    --------
    >>> import npsstats as nps
    >>> before = nps.ScoreCounts([[3, 1, 2, 4, 3, 9, 8, 20, 25, 30, 15]])
    >>> after = nps.ScoreCounts([[1, 1, 1, 2, 3, 7, 8, 21, 30, 34, 22]])
    >>> figure = nps.plot(nps.difference(after, before))
    >>> len(figure.axes)
    1
    """
    figure = drawing(result, Look(language(lang), **Brand.of(brand).palette)).settle()
    if path is not None:
        figure.write(path)
    return figure
