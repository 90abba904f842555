"""The trade's claims as records, read from `claims.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf
from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Claim", "load_claims"]

_NEEDED = ("key", "answer", "unit", "year")
_SAID = ("text", "source", "against")


@dataclass(frozen=True)
class Claim:
    """One claim, and what would have to be true.

    Attributes
    ----------
    key
        Its name.
    answer
        The statistic of ours that answers it.
    unit
        Of `low`, `high` and of the answer.
    low, high
        Between what the number would have to lie; infinite where open.
    year
        When it was said.
    text, source, against
        Language → the claim, who says so and where, and what others found (or nothing).
    """

    key: str
    answer: str
    unit: str
    low: float
    high: float
    year: int
    text: Mapping[str, str]
    source: Mapping[str, str]
    against: Mapping[str, str]

    def verdict(self, estimate: float, lower: float, upper: float, *, identified: bool) -> str:
        """Return the verdict on an estimate with its interval, by rule.

        "holds here": the whole interval lies within the claim. "does not hold here": the whole
        interval lies outside. "cannot tell": it reaches across a bound, has no end, or nothing is
        identified. "not measured": there is no number at all.

        Examples
        --------
        >>> twice = next(claim for claim in load_claims() if claim.answer == "leaders")
        >>> twice.verdict(1.1, 0.8, 1.4, identified=True)
        'does not hold here'
        >>> twice.verdict(2.4, 1.6, 3.4, identified=True)
        'cannot tell'
        """
        if not identified:
            return "cannot tell"
        if estimate != estimate:  # noqa: PLR0124 NaN
            return "not measured"
        if self.low <= lower and upper <= self.high:
            return "holds here"
        if upper < self.low or lower > self.high:
            return "does not hold here"
        return "cannot tell"


@cache
def load_claims() -> tuple[Claim, ...]:
    """Return the claims that are shipped, in the order of reading.

    Examples
    --------
    >>> [claim.key for claim in load_claims()][:2]
    ['explains growth', 'leaders grow twice as fast']
    """
    source = files("npsstats.linkage") / "claims.toml"
    return tuple(_claim(entry) for entry in tomllib.loads(source.read_text("utf-8"))["claims"])


def _claim(entry: dict[str, Any]) -> Claim:
    missing = [name for name in (*_NEEDED, *_SAID) if name not in entry]
    missing += [name for name in _SAID if name not in missing and set(entry[name]) != {"en", "fr"}]
    if missing:
        raise InputError(
            f"The claim {entry.get('key', '?')!r} lacks {', '.join(missing)}, or a language of it."
        )
    return Claim(
        **{name: entry[name] for name in (*_NEEDED, *_SAID)},
        low=float(entry.get("low", -inf)),
        high=float(entry.get("high", inf)),
    )
