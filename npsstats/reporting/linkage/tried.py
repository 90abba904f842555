"""What could not be computed, and why: nothing is left out in silence."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from npsstats import checks
from npsstats.checks import InputError
from npsstats.reporting.linkage.facts import LinkageFacts
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from npsstats.reporting.linkage.gathering import LinkageRequest

__all__ = ["SUBJECTS", "Tried", "joined", "proper_margin"]

SUBJECTS = {
    "growth": said("Growth"),
    "revenue": said("A year's revenue"),
    "customers": said("What customers spend"),
    "churn": said("Who leaves"),
    "curves": said("Who is still there"),
    "retention": said("Retention"),
    "fall": said("A fall of the score"),
    "worth": said("Value"),
    "drivers": said("Drivers"),
    "comparison": said("The comparison of questions"),
}


@dataclass(frozen=True)
class Tried:
    """Attempts, and the reasons of those that failed."""

    why: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: LinkageRequest) -> Tried:
        """Return a fresh record, once the options are known to be usable.

        Raises
        ------
        InputError
            If margin or level cannot be one.
        """
        if request.margin is not None:
            proper_margin(request.margin)
        checks.fraction("level", request.level)
        return cls()

    def __call__[T](self, subject: str, make: Callable[[], T]) -> T | None:
        """Return what is made, or None, with the reason kept, where the data do not bear it."""
        try:
            return make()
        except InputError as error:
            self.why.setdefault(subject, str(error))
            return None

    def doubts(self) -> list[Said]:
        """Return a sentence a reason."""
        return [
            said("{subject}: not measured. {why}", subject=SUBJECTS[name], why=why)
            for name, why in self.why.items()
        ]


def proper_margin(margin: float) -> float:
    """Return a margin, or say how one is written.

    Raises
    ------
    InputError
        If it does not lie between 0 and 1.

    Examples
    --------
    >>> proper_margin(30)
    Traceback (most recent call last):
    npsstats.checks.InputError: margin=30: a margin lies between 0 and 1; write 0.3 for 30 %.
    """
    if 1 < margin <= 100:
        raise InputError(
            f"margin={margin:g}: a margin lies between 0 and 1; write {margin / 100:g} for "
            f"{margin:g} %."
        )
    return checks.fraction("margin", margin)


def joined(parts: Sequence[LinkageFacts | None], missing: Mapping[str, str]) -> LinkageFacts:
    """Return facts of which each comes from the part that has it."""
    blank, out = LinkageFacts(), LinkageFacts()
    for part in parts:
        if part is None:
            continue
        own = {each.name: getattr(part, each.name) for each in fields(part)}
        own = {name: value for name, value in own.items() if _told(value, getattr(blank, name))}
        own["doubts"] = {**out.doubts, **part.doubts}
        out = replace(out, **own)
    return replace(out, missing=dict(missing))


def _told(value: object, blank: object) -> bool:
    return value is not None and not (isinstance(value, str | int | float) and value == blank)
