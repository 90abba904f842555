"""What it means to have left: definitions of churn, each of which says itself in words.

A shop without contracts never sees a customer leave: it sees a silence, and has to say from when
on a silence is a departure. A contract ends on a day.

The event is dated at its onset, the day after the last purchase, never on the day on which the
silence has become long enough: covariates of that day would hold the silence itself. It is booked
in the first period that begins after the last purchase. An answer about that last visit counts if
it was given before the period began; one that comes later does not, so that a visit at the end of
a period often leaves without its answer. A customer is followed as far back from the end of the
data as the silence that counts: up to there everybody's fate is known. Whoever were followed to the
last purchase instead would lend time to those who stayed alone, and lower the hazard.

References
----------
Ehrenberg, A. S. C. (1959). The pattern of consumer purchases. Applied Statistics 8(1), 26–41.
Schmittlein, D. C., Morrison, D. G. & Colombo, R. (1987). Counting your customers: who are they and
what will they do next? Management Science 33(1), 1–24.
"""

from __future__ import annotations

from dataclasses import dataclass

from npsstats.checks import InputError, count, fraction, number, one_of

__all__ = ["Contract", "Departure", "Rhythm", "Silence", "contract", "rhythm", "silence"]


@dataclass(frozen=True)
class Silence:
    """Gone after so many days without a purchase.

    Attributes
    ----------
    days
        Days of silence; a longer one is a departure.
    """

    days: int

    @property
    def words(self) -> str:
        """The definition in a sentence."""
        return f"gone when more than {self.days} days pass without a purchase"


@dataclass(frozen=True)
class Rhythm:
    """Gone when the silence is one that a customer of this rhythm would hardly ever keep.

    With n purchases after the first in T days and a gamma(a, b) of purchase rates between
    customers, a customer who is still one keeps silent for s days with probability
    ((b + T) / (b + T + s))^(a + n); the silence that counts is where this falls to `probability`,
    or, per year, to what adds up to `probability` over the silences of a year: who buys every
    week keeps fifty silences a year, and two or three of them are the longest of twenty.

    Attributes
    ----------
    probability
        Chance, 0 to 1, of as long a silence from somebody who is still a customer.
    per
        Whether it is the chance of a "silence", or of any in a "year".
    shape, rate
        The gamma of purchases a day between customers (a, and b in days); None estimates them
        from the network's counts.
    longest
        Days that are enough whatever the rhythm, or None.
    """

    probability: float
    per: str = "year"
    shape: float | None = None
    rate: float | None = None
    longest: int | None = None

    @property
    def words(self) -> str:
        """The definition in a sentence."""
        cap = "" if self.longest is None else f", or longer than {self.longest} days"
        often = "% of years" if self.per == "year" else "% of silences"
        return (
            f"gone when between purchases the silence is one that a customer of the same rhythm "
            f"keeps in {100 * self.probability:g} {often} or fewer{cap}"
        )

    def threshold(self, purchases: float, days: float) -> float:
        """Return the days of silence that count after `purchases` further ones in `days` days.

        Examples
        --------
        >>> each = Rhythm(0.05, "silence", shape=2.0, rate=60.0)
        >>> yearly = Rhythm(0.05, "year", shape=2.0, rate=60.0)
        >>> round(each.threshold(12, 360), 1), round(yearly.threshold(12, 360), 1)
        (100.2, 200.8)
        """
        a, b = self.gamma
        chance = self.probability
        if self.per == "year":
            a_year = max(365.25 * (a + purchases) / (b + days), 1.0)
            chance = 1 - (1 - chance) ** (1 / a_year)
        return float((b + days) * (chance ** (-1 / (a + purchases)) - 1))

    @property
    def gamma(self) -> tuple[float, float]:
        """The shape and the rate (days).

        Raises
        ------
        InputError
            If they have not been estimated yet.
        """
        if self.shape is None or self.rate is None:
            raise InputError(
                "The rhythm of this network is not known yet. Give `shape` and `rate`, or take the "
                "`churn` of cells counted with it."
            )
        return self.shape, self.rate


@dataclass(frozen=True)
class Contract:
    """Gone on the day the contract ends.

    Attributes
    ----------
    start, end
        Columns of the accounts: first day, and last day (missing: still running).
    tenure, event
        Or else columns: whole periods from the start, and whether it ended (0 or 1).
    """

    start: str | None = None
    end: str | None = None
    tenure: str | None = None
    event: str | None = None

    @property
    def words(self) -> str:
        """The definition in a sentence."""
        if self.tenure is not None:
            return f"gone when `{self.event}` says so, after `{self.tenure}` periods"
        return f"gone on the day the contract ends (`{self.end}`)"


type Departure = Silence | Rhythm | Contract


def silence(days: int) -> Silence:
    """Return the definition of churn by a fixed window.

    Examples
    --------
    >>> silence(days=180).words
    'gone when more than 180 days pass without a purchase'

    Raises
    ------
    InputError
        If `days` is not a whole number of at least 1.
    """
    return Silence(count("days", days, least=1))


def rhythm(
    probability: float = 0.05,
    *,
    per: str = "year",
    shape: float | None = None,
    rate: float | None = None,
    longest: int | None = None,
) -> Rhythm:
    """Return the definition of churn by silence against the customer's own rhythm.

    Parameters
    ----------
    probability, per, shape, rate, longest
        As of `Rhythm`.

    Raises
    ------
    InputError
        If a number is out of its range, or only one of `shape` and `rate` is given.

    Examples
    --------
    >>> rhythm(0.01, per="silence").words
    'gone when between purchases the silence is one that a customer of the same rhythm keeps in 1
    % of silences or fewer'
    """
    fraction("probability", probability)
    one_of("per", per, ("silence", "year"))
    if (shape is None) != (rate is None):
        raise InputError("`shape` and `rate` go together: give both, or neither.")
    for name, value in (("shape", shape), ("rate", rate)):
        if value is not None:
            number(name, value, low=1e-9)
    if longest is not None:
        count("longest", longest, least=1)
    return Rhythm(float(probability), per, shape, rate, longest)


def contract(
    start: str | None = None,
    end: str | None = None,
    *,
    tenure: str | None = None,
    event: str | None = None,
) -> Contract:
    """Return the definition of churn of a contract, by its columns.

    Raises
    ------
    InputError
        If neither `start` and `end`, nor `tenure` and `event` are given, or both pairs are.

    Examples
    --------
    >>> contract("signed", "cancelled").words
    'gone on the day the contract ends (`cancelled`)'
    """
    dates, spans = (start, end), (tenure, event)
    if (None not in dates and spans == (None, None)) or (
        None not in spans and dates == (None, None)
    ):
        return Contract(start, end, tenure, event)
    raise InputError(
        "A contract is told by its first and last day or by its tenure and event: write "
        "contract('signed', 'cancelled'), or contract(tenure='months', event='churned')."
    )
