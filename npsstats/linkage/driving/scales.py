"""Where the scale of a question ends, though not all of it may have been answered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from npsstats.checks import InputError
from npsstats.linkage.phrases import listed
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Ends", "ends_of", "said_of_ends"]

_NAMED = {"csat": (1.0, 5.0), "ces": (1.0, 7.0)}
_USUAL = ((0.0, 1.0), (1.0, 5.0), (1.0, 7.0), (1.0, 10.0), (0.0, 5.0), (0.0, 10.0))


class Ends(NamedTuple):
    """Both ends of a scale, and what they rest on."""

    low: float
    high: float
    why: str


def ends_of(name: str, answer: Floats, given: tuple[float, float] | None = None) -> Ends:
    """Return the ends of a scale: as given, of its name, of the usual ones, or of its answers.

    Raises
    ------
    InputError
        If answers lie beyond the ends that are given.

    Examples
    --------
    >>> import numpy as np
    >>> ends_of("welcome", np.array([2.0, 3.0, 4.0]))
    Ends(low=1.0, high=5.0, why='guessed')
    >>> ends_of("ces", np.array([2.0, 3.0, 4.0]))[:2]
    (1.0, 7.0)
    >>> ends_of("wait", np.array([2.5, 31.0]))
    Ends(low=2.5, high=31.0, why='answers')
    """
    least, most = float(answer.min()), float(answer.max())
    if given is not None:
        low, high = map(float, given)
        if not low <= least < most <= high:
            raise InputError(
                f"`scales`: answers to {name!r} go from {least:g} to {most:g}, beyond {low:g} to "
                f"{high:g}."
            )
        return Ends(low, high, "given")
    if (answer % 1 == 0).all():
        named = [_NAMED[part] for part in re.split(r"[^a-z]+", name.lower()) if part in _NAMED]
        for low, high in (*named, *_USUAL):
            if low <= least and most <= high:
                return Ends(low, high, "guessed")
    return Ends(least, most, "answers")


def said_of_ends(found: Mapping[str, Ends]) -> Said:
    """Say which ends were used."""
    how = {
        "given": said("as given"),
        "guessed": said("guessed from name and answers"),
        "answers": said("the smallest and the largest answer"),
    }
    parts = []
    for why, text in how.items():
        own = [
            said("{name} {low:g} to {high:g}", name=name, low=one.low, high=one.high)
            for name, one in found.items()
            if one.why == why
        ]
        if own:
            parts.append(said("{own} ({how})", own=own, how=text))
    return said(
        "Scales: {parts}. Who is dissatisfied follows from the ends; others can be set.",
        parts=listed(parts),
    )
