"""Who gets which arm: the rule that an assignment follows, and that its audit recomputes.

Independent: a unit's place in [0, 1) under the key (`keyed_hash`) is held against the cumulative
shares in the order in which the arms are listed; the arm is the first whose cumulative share is
above the place. No other unit matters, so customers can be assigned as they come.

Blocked: within each stratum the n units are ranked by their hash, i = 0 … n − 1, and get the
first arm for which i < ⌊n C + u⌋, C being its cumulative share and u the place in [0, 1) of the
text `<key>|stratum|<label>|<label>…`. Every arm then has its share of every stratum but for less
than one unit, and since u is as good as drawn for each stratum, what rounding leaves over goes to
no arm more often than its share: the expected size is exactly n times the share. The whole list
is needed: a later batch is a block of its own, so give it a stratum (a column `batch`).

Holdout: a unit whose place under the holdout's own key is below the holdout's share gets the arm
"holdout", whatever the experiment; the others are assigned as if it did not exist.

Clustered: the text that is hashed, ranked and held out is the cluster's; its units go together.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import floor
from typing import TYPE_CHECKING

from npsstats import checks
from npsstats.aggregates.keyed_hash import FIRST_BITS, checked_key, hashed, uniform
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["HOLDOUT", "TIER", "Allocation"]

HOLDOUT = "holdout"
"""The arm of units that no experiment touches."""

TIER = "size_tier"
"""The column of the clusters' size tiers, 1 for the smallest."""

_METHODS = ("independent", "blocked")
_CLOSE = 1e-6  # shares written with six digits may add up to 1 but for so much
_FINEST = 10**9  # a share is taken for the fraction it is written for: .333… for 1/3


@dataclass(frozen=True)
class Allocation:
    """The rule of an assignment.

    Attributes
    ----------
    key
        Names the draw; another key, another draw.
    shares
        Arm → share of the units that are not held out; adds up to 1. The order matters.
    unit
        Column that identifies a unit.
    strata
        Columns within whose combinations arms are balanced.
    cluster
        Column of the clusters that are assigned as a whole, or None.
    holdout
        Share kept out, 0 for none.
    holdout_key
        Names the holdout's draw; experiments with the same one share their holdout.
    method
        "independent" or "blocked".
    size_tiers
        Into how many tiers of size clusters are cut, as a stratum more; 0 for none.
    """

    key: str
    shares: Mapping[str, float]
    unit: str = "customer_id"
    strata: Sequence[str] = ()
    cluster: str | None = None
    holdout: float = 0.0
    holdout_key: str | None = None
    method: str = "independent"
    size_tiers: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no rule."""
        checked_key("key", self.key)
        checks.one_of("method", self.method, _METHODS)
        object.__setattr__(self, "shares", _shares(self.shares))
        given = (self.strata,) if isinstance(self.strata, str) else tuple(self.strata)
        object.__setattr__(self, "strata", given)
        columns = [self.unit, *given, *([self.cluster] if self.cluster else [])]
        if self.cluster == self.unit:
            raise InputError("`cluster` is the unit itself; leave it out.")
        if twice := sorted({name for name in columns if columns.count(name) > 1}):
            raise InputError(f"`strata` names a column twice: {', '.join(twice)}.")
        if clash := [name for name in columns if name in {"arm", "hash", "row", TIER}]:
            raise InputError(
                f"A column called {clash[0]!r} would be mistaken for one of the assignment's own. "
                "Rename it."
            )
        checks.number("holdout", self.holdout, low=0.0, high=1.0)
        if self.holdout == 1:
            raise InputError("`holdout` is 1: nobody is left to experiment on.")
        self._check_holdout_key()
        checks.count("size_tiers", self.size_tiers)
        if self.size_tiers and (self.cluster is None or self.method != "blocked"):
            raise InputError(
                "`size_tiers` are strata of clusters: they need cluster=... and method='blocked'."
            )

    def _check_holdout_key(self) -> None:
        if self.holdout_key is not None:
            checked_key("holdout_key", self.holdout_key)
        if not self.holdout:
            return
        if self.holdout_key is None:
            raise InputError(
                "A holdout needs a key of its own, so that experiments can share it: give "
                "`holdout_key`, such as 'holdout-2026'."
            )
        if self.holdout_key == self.key:
            raise InputError(
                f"`holdout_key` is the experiment's key {self.key!r}: the holdout would be taken "
                "out of the first arm alone. Give it another one."
            )

    @property
    def randomized(self) -> str:
        """The column of what is randomized: the cluster, or else the unit."""
        return self.cluster or self.unit

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms in order, the holdout last where there is one."""
        return (*self.shares, *([HOLDOUT] if self.holdout else []))

    @property
    def planned(self) -> dict[str, float]:
        """Arm → share of all units, the holdout among them."""
        planned = {arm: share * (1 - self.holdout) for arm, share in self.shares.items()}
        return planned | ({HOLDOUT: self.holdout} if self.holdout else {})

    @property
    def cumulative(self) -> tuple[float, ...]:
        """The cumulative shares, the last one 1."""
        return tuple(float(share) for share in self._cumulative())

    def _cumulative(self) -> list[Fraction]:
        exact = [Fraction(share).limit_denominator(_FINEST) for share in self.shares.values()]
        return [*accumulate(exact[:-1]), Fraction(1)]

    def cuts(self, n: int, label: Sequence[str] = ()) -> list[int]:
        """Return, for a stratum of n units, the rank at which each arm ends.

        Examples
        --------
        >>> rule = Allocation("callback", {"control": 0.5, "called": 0.5}, method="blocked")
        >>> rule.cuts(4), rule.cuts(5, ["Lyon"]), rule.cuts(5, ["Lille"])
        ([2, 4], [3, 5], [2, 5])
        """
        start = Fraction(hashed("|".join((self.key, "stratum", *label))), FIRST_BITS)
        return [*(floor(n * share + start) for share in self._cumulative()[:-1]), n]

    def held_out(self, unit: object) -> bool:
        """Tell whether a unit (or cluster) is in the holdout."""
        return self.holdout_key is not None and uniform(self.holdout_key, unit) < self.holdout

    def arm(self, unit: object) -> str:
        """Return the arm of one unit (or cluster), assigned on its own as it comes."""
        if self.method != "independent":
            raise InputError(
                "Blocked assignment needs the whole list at once. A customer can be assigned on "
                "arrival with method='independent'."
            )
        if self.held_out(unit):
            return HOLDOUT
        place = uniform(self.key, unit)
        return next(
            arm for arm, end in zip(self.shares, self.cumulative, strict=True) if place < end
        )


def _shares(given: Mapping[str, float]) -> dict[str, float]:
    try:
        shares = dict(given)
    except (TypeError, ValueError):
        raise InputError(
            "`shares` must give each arm its share, such as {'control': 0.5, 'called': 0.5}, got "
            f"{given!r}."
        ) from None
    if len(shares) < 2:
        raise InputError(
            f"`shares` must name at least two arms, got {', '.join(shares) or 'none'}."
        )
    for arm, share in shares.items():
        if not isinstance(arm, str) or arm != arm.strip() or not arm or arm == HOLDOUT:
            raise InputError(
                f"`shares`: an arm is called {arm!r}. Name it with a text other than 'holdout', "
                "without spaces around it."
            )
        checks.fraction(f"shares[{arm!r}]", share)
    total = sum(shares.values())
    if abs(total - 1) > _CLOSE:
        raise InputError(
            f"`shares` must add up to 1, got {total:g}. Divide each by that: "
            + ", ".join(f"{arm} {share / total:.4g}" for arm, share in shares.items())
            + "."
        )
    return {arm: float(share) for arm, share in shares.items()}
