"""What in the values of a source makes one wonder whether it was read as it was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.data.judging import Plan

__all__ = ["doubts_of"]

_MANY = 100  # answers without a 0 that are enough to wonder about the scale
_SHARE = 0.01  # of answers that are 11, to wonder likewise: one or two are slips


def doubts_of(plan: Plan, accepted: int, others: Mapping[str, int]) -> list[str]:
    """Return what in the values themselves makes one wonder.

    Parameters
    ----------
    plan
        How the source was read.
    accepted
        Rows that can be used.
    others
        Rows of a kind: `zeros`, `elevens`, `below`, `blank …`, as `tally` counts them.
    """
    doubts = []
    if "score" in plan.places and plan.facts.scale == (0, 10):
        elevens = others.get("elevens", 0)
        # nobody can give a 0 on a scale that begins at 1, and many give its highest value
        from_one = not others.get("zeros") and not others.get("below")
        if from_one and elevens >= max(2, _SHARE * (accepted + elevens)):
            doubts.append(f"11 was found {elevens:,} times: on a 1–11 scale, declare scale=(1, 11)")
        elif not others.get("zeros") and accepted >= _MANY:
            doubts.append(
                f"no 0 among {accepted:,} answers: if the scale starts at 1, declare scale=(1, 10)"
            )
    for name, rows in others.items():
        if name.startswith("blank ") and rows:
            column = name.removeprefix("blank ")
            left = (
                "value that cannot be used was" if rows == 1 else "values that cannot be used were"
            )
            doubts.append(f"{column}: {rows:,} {left} left empty")
    return doubts
