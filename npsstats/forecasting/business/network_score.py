"""The score to come of one series, or of all of them together, read from a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats import checks
from npsstats.aggregates.periods import PERIODS_A_YEAR, is_label, period_range
from npsstats.checks import InputError
from npsstats.forecasting.predictive import Predictive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]

__all__ = ["ScoreAhead", "place_of"]

_WHOLE = ("network", "all")


@dataclass(frozen=True, eq=False)
class ScoreAhead:
    """One score to come.

    Attributes
    ----------
    name
        The series', or "all together".
    draws
        (D, H) points, of the score itself.
    answers
        (H,) expected.
    polar
        Share of answers that are no passives.
    periods, period
        Labels to come, and the unit of time.
    """

    name: str
    draws: Floats
    answers: Floats
    polar: float
    periods: tuple[str, ...]
    period: str

    @classmethod
    def of(cls, forecast: Any, series: str | None) -> ScoreAhead:
        """Return a series of a forecast; the network, or all weighed by their answers, unless told.

        Raises
        ------
        InputError
            If it is no forecast of scores, or holds no such series.
        """
        needed = ("series", "predictive", "answers", "periods")
        if not all(hasattr(forecast, name) for name in needed):
            raise InputError(
                f"`forecast` must be a forecast of scores, got {type(forecast).__name__}. Write "
                "forecast=npsstats.forecast(data, horizon=6)."
            )
        source = forecast.series
        if source.unit != "points":
            raise InputError(
                f"`forecast` is of a measure in {source.unit}, not of a score in points. Forecast "
                "the score, and hand revenue over as revenue=."
            )
        drawn = np.asarray(forecast.predictive.draws, dtype=float)
        answers = np.broadcast_to(
            np.asarray(forecast.answers, dtype=float), (drawn.shape[0], drawn.shape[2])
        )
        polar = np.asarray(forecast.predictive.polar, dtype=float)
        periods = tuple(forecast.periods)
        names = tuple(source.names)
        wanted = series if series is not None else next((x for x in _WHOLE if x in names), None)
        if wanted is None and len(names) == 1:
            wanted = names[0]
        if wanted is not None:
            at = names.index(checks.one_of("series", wanted, names))
            return cls(wanted, drawn[at], answers[at], float(polar[at]), periods, source.period)
        # weighed as the network's answers will be; alike where none are expected
        weight = np.where(answers.sum(axis=0) > 0, np.nan_to_num(answers), 1.0)
        weight = weight / weight.sum(axis=0)
        return cls(
            "all together",
            np.asarray((drawn * weight[:, None]).sum(axis=0)),
            np.nan_to_num(answers).sum(axis=0),
            float((polar * weight[:, 0]).sum()),
            periods,
            source.period,
        )

    @property
    def detractors(self) -> Floats:
        """Draws of the share of detractors among the answers, (D, H)."""
        net = self.draws / 100
        return np.asarray((np.maximum(self.polar, np.abs(net)) - net) / 2)

    def shown(self, n: Floats, rng: np.random.Generator) -> Floats:
        """Return draws of the score that so many answers (H,) will show, (D, H)."""
        law = Predictive(self.draws[None].astype(np.float32), np.array([self.polar]))
        return np.asarray(law.observed(n[None], rng).draws[0], dtype=float)


def place_of(name: str, label: str, periods: tuple[str, ...]) -> int:
    """Return where a period to come stands.

    Raises
    ------
    InputError
        If the forecast does not reach it, or it has passed.
    """
    if not isinstance(label, str):
        raise InputError(
            f"`{name}` must be a period's label, got {label!r}. Write {name}={periods[-1]!r}."
        )
    if label in periods:
        return periods.index(label)
    kind = next(kind for kind in PERIODS_A_YEAR if is_label(periods[0], kind))
    if not is_label(label, kind):
        raise InputError(
            f"`{name}` must be the label of a {kind}, such as {periods[-1]}, got {label!r}."
        )
    if label < periods[0]:
        raise InputError(
            f"`{name}` must be a period to come, from {periods[0]} on, got {label!r}, which has "
            "passed."
        )
    further = len(periods) - 1 + len(period_range(periods[-1], label, kind))
    raise InputError(
        f"`{name}` must be one of the periods that are forecast, {periods[0]} to {periods[-1]}, "
        f"got {label!r}. Forecast further: horizon={further}."
    )
