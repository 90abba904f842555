"""Which experiments a report tells of, and which of them values call-backs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.checks import InputError
from npsstats.experiments.experiment import ExperimentResult
from npsstats.reporting.experiment.names import ratio_failed
from npsstats.results import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["of_calls", "reported"]


def reported(experiments: Sequence[Any], callback: Any) -> tuple[Result, ...]:
    """Return the results to report, once each; that of call-backs is one of them.

    Parameters
    ----------
    experiments
        One result or several.
    callback
        The result that values call-backs, or None.

    Raises
    ------
    InputError
        If one of them is no result.
    """
    given = [experiments] if isinstance(experiments, Result) else [*experiments]
    if isinstance(callback, Result):
        given.append(callback)
    given = list({id(each): each for each in given}.values())
    for each in given:
        if not isinstance(each, Result):
            raise InputError(
                f"`experiments` must hold results of npsstats.analyze, got {type(each).__name__!r}."
            )
    return tuple(given)


def of_calls(results: Sequence[Result]) -> ExperimentResult | None:
    """Return the first experiment on call-backs whose effect can be valued."""
    from npsstats.linkage.worth.experiment import CallEffect

    for each in results:
        if not isinstance(each, ExperimentResult) or each.plan.callback is None:
            continue
        try:
            CallEffect.of(each)
        except InputError:
            continue  # it has no value yet, and its own section says what it told
        if not ratio_failed(each):
            return each
    return None
