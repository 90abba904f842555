"""Which option serves a purpose best, how sure that is, and what a wrong choice would cost.

The loss of an option is what its value falls short of the best option's; its posterior mean is
what choosing it is expected to cost, in the purpose's own unit.

References
----------
Berger, J. O. (1985). Statistical Decision Theory and Bayesian Analysis, 2nd ed., section 1.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CHOICE_COLUMNS", "choose"]

CHOICE_COLUMNS = (
    "purpose",
    "option",
    "unit",
    "estimate",
    "std_error",
    "lower",
    "upper",
    "level",
    "p_best",
    "expected_loss",
)


def choose(
    values: Floats,
    options: Sequence[str],
    *,
    purpose: str,
    unit: str,
    better: Literal["higher", "lower"] = "higher",
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how each option serves a purpose, from joint draws of their values.

    Parameters
    ----------
    values
        Draws of the options' values, shape (draws, options), joint: a row is one state of the
        world.
    options
        Their names.
    purpose, unit
        What is to be served, and what a value (and so a loss) is measured in.
    better
        Whether a higher value is better, or a lower one.
    level
        Of the equal-tailed intervals.

    Returns
    -------
    pandas.DataFrame
        A row an option, in the order given: `CHOICE_COLUMNS`. `p_best` is the probability that no
        other option is better (ties shared); it is never 0 or 1. `expected_loss` ≥ 0.

    Raises
    ------
    InputError
        If there is one option only, or a draw is not finite.

    Examples
    --------
    >>> draws = np.array([[1.0, 3.0], [2.0, 1.0], [1.0, 2.0], [1.0, 4.0]])
    >>> choose(draws, ["a", "b"], purpose="response", unit="share")[["option", "expected_loss"]]
      option  expected_loss
    0      a           1.50
    1      b           0.25
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or values.shape[1] != len(options) or len(options) < 2:
        raise InputError(
            f"`values` must be draws of at least two options, one column each, got shape "
            f"{values.shape} for {len(options)} options."
        )
    if not np.isfinite(values).all():
        fine = np.isfinite(values).all(axis=0)
        odd = [str(name) for name, known in zip(options, fine, strict=True) if not known]
        raise InputError(f"Draws for {purpose!r} are not finite for {', '.join(odd)}.")
    sign = 1.0 if better == "higher" else -1.0
    best = (sign * values).max(axis=1, keepdims=True)
    at_best = sign * values == best
    shared = (at_best / at_best.sum(axis=1, keepdims=True)).sum(axis=0)
    count = len(values)
    tail = (1 - level) / 2
    lower, upper = np.quantile(values, [tail, 1 - tail], axis=0)
    return pd.DataFrame(
        {
            "purpose": purpose,
            "option": [str(option) for option in options],
            "unit": unit,
            "estimate": values.mean(axis=0),
            "std_error": values.std(axis=0),
            "lower": lower,
            "upper": upper,
            "level": level,
            # as many draws as there are cannot tell never from rarely
            "p_best": (shared + 0.5) / (count + 0.5 * len(options)),
            "expected_loss": (best - sign * values).mean(axis=0),
        },
        columns=list(CHOICE_COLUMNS),
    )
