"""How many decimals the numbers of an experiment's charts need, and their axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.reporting.language import Language

__all__ = ["decimals", "in_points", "percent_ticks", "value_ticks"]

_EFFECTS = ("raw", "raw_lower", "raw_upper", "estimate", "lower", "upper")


def decimals(values: NDArray[np.float64]) -> int:
    """Return decimals that show two digits of the largest value, at most three.

    Examples
    --------
    >>> [decimals(np.array(values)) for values in ([0.043, 0.12], [3.2, 7.0], [812.0])]
    [2, 1, 0]
    """
    known = np.abs(values[np.isfinite(values)])
    largest = float(known.max()) if len(known) else 1.0
    if largest <= 0:
        return 1
    return int(np.clip(1 - np.floor(np.log10(largest)), 0, 3))


def in_points(frame: pd.DataFrame, share: bool) -> pd.DataFrame:
    """Return effects in percentage points where they are shares, as they are otherwise."""
    if not share:
        return frame
    return frame.assign(**{name: 100 * frame[name] for name in _EFFECTS})


def value_ticks(axis: Any, words: Language) -> None:
    """Write the ticks of an axis with as many decimals as tell them apart."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    step = float(np.diff(axis.get_ticklocs()).min())
    digits = next((d for d in range(4) if np.isclose(step * 10**d, round(step * 10**d))), 4)
    axis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value, digits)))


def percent_ticks(axis: Any, words: Language) -> None:
    """Write the ticks of an axis of shares as percentages."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    step = 100 * float(np.diff(axis.get_ticklocs()).min())
    digits = 0 if np.isclose(step, round(step)) else 1
    axis.set_major_formatter(FuncFormatter(lambda value, _: words.percent(value, digits)))
