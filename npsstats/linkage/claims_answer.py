"""One number of this network, as an answer to a claim."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Answer"]


@dataclass(frozen=True)
class Answer:
    """A number of ours.

    Attributes
    ----------
    reading
        How it was read: "between stores", "within stores", "against satisfaction" …
    estimate, lower, upper, level, n, grade
        As in `Known`.
    identified
        False where the data cannot bear a number.
    why
        A sentence: why not, or what to keep in mind.
    other
        Whether this is another quantity than the one that is claimed: shown, but no verdict.
    """

    reading: str
    estimate: float
    lower: float
    upper: float
    level: float
    n: int
    grade: str
    identified: bool = True
    why: str = ""
    other: bool = False
