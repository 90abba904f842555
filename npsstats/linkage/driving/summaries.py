"""Drivers that sum the others up: held equal, they take from the others what these put into them.

Satisfaction, effort, recommending, coming back are judgements of the whole, given in the same
questionnaire. Beside them, a slope of the welcome is what it does to the score without doing it to
satisfaction: not what mending the welcome would go with.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from npsstats.linkage.driving.effects import points_of
from npsstats.linkage.phrases import listed
from npsstats.said import Said, said, said_many

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.driving.layout import Layout

    Floats = NDArray[np.float64]

__all__ = ["is_summary", "summaries"]

_CORE = """
    csat ces nps effort satisfaction satisfied satisfait satisfaite recommend recommendation
    recommande recommander recommandation intent intention return retour revenir reviendra
    comeback back again repurchase rachat loyalty fidelite overall
"""
_AROUND = """
    global globale general generale customer client score rating note would will likely likelihood
    probability to come buy visit shop us brand de la le a en
"""
_PART = 0.2  # of the others' slopes


def is_summary(name: str) -> bool:
    """Say whether a name is that of a judgement of the whole.

    Examples
    --------
    >>> [is_summary(name) for name in ("csat", "return_intent", "satisfaction_checkout", "returns")]
    [True, True, False, False]
    """
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    words = {word for word in re.split(r"[^a-z]+", plain) if word}
    core, around = set(_CORE.split()), set(_AROUND.split())
    return bool(words & core) and words <= core | around


def summaries(layout: Layout) -> list[Said]:
    """Say which drivers are summary judgements, and the slopes of the others without them."""
    named = [name for name in layout.drivers if is_summary(name)]
    if len(named) == len(layout.drivers):
        return [
            (
                said(
                    "{named}: summary judgements, all of them. They say how the visit was felt as "
                    "a whole, not what to mend.",
                    named=named,
                )
            )
        ]
    if named:
        part, _, slopes = _without(layout, named)
        text = said_many(
            "{named} is a summary judgement of the same questionnaire: held equal, it takes "
            "{part:.0f}% of the slopes of the others. Straight-line points of NPS a step: "
            "{slopes}.",
            "{named} are summary judgements of the same questionnaire: held equal, they take "
            "{part:.0f}% of the slopes of the others. Straight-line points of NPS a step: "
            "{slopes}.",
            len(named),
            named=named,
            part=100 * part,
            slopes=slopes,
        )
        return [text]
    if len(layout.drivers) < 3:  # of two alike, each takes from the other
        return []
    # whoever sums the others up takes from each of them
    found = {name: _without(layout, [name]) for name in layout.drivers}
    found = {name: one for name, one in found.items() if one[0] > _PART and one[1]}
    if not found:
        return []
    name = max(found, key=lambda name: found[name][0])
    part, _, slopes = found[name]
    return [
        (
            said(
                "{name} takes {part:.0f}% of the slopes of the others: if it is a judgement of "
                "the whole, leave it out. Straight-line points of NPS a step: {slopes}.",
                name=name,
                part=100 * part,
                slopes=slopes,
            )
        )
    ]


def _without(layout: Layout, left_out: list[str]) -> tuple[float, bool, Said]:
    """Return the share of the others' slopes that some take, whether of each, and the slopes."""
    owner = np.array(layout.drivers)[layout.owner]
    other = ~np.isin(owner, left_out)
    beside, alone = _line(layout, np.ones_like(other))[other], _line(layout, other)
    mean = layout.weight @ layout.x / layout.n
    spread = np.sqrt(layout.weight @ (layout.x - mean) ** 2 / layout.n)[other]
    part = 1 - float(spread @ (beside * np.sign(alone))) / float(spread @ np.abs(alone))
    from_all = bool((beside * np.sign(alone) < np.abs(alone)).all())
    names = [name for name, one in zip(layout.names, other, strict=True) if one]
    told = listed(
        said("{name} {new:+.1f} without, {old:+.1f} with", name=name, new=new, old=old)
        for name, new, old in zip(names, alone, beside, strict=True)
    )
    return max(part, 0.0), from_all, told


def _line(layout: Layout, columns: NDArray[np.bool_]) -> Floats:
    """Return least-squares slopes of NPS points on some columns."""
    x = layout.x[:, columns]
    x = x - layout.weight @ x / layout.n
    y = layout.counts @ points_of(layout.values)
    bread = x.T @ (layout.weight[:, None] * x)
    return np.asarray(np.linalg.lstsq(bread, x.T @ y, rcond=1e-13)[0])
