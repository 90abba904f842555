"""The analysis of an experiment: from its plan and its data to effects, checks and a decision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from npsstats.experiments.callback import callback
from npsstats.experiments.gathering import gather
from npsstats.experiments.lock import registration
from npsstats.experiments.position import position
from npsstats.experiments.spec import Plan, load_plan
from npsstats.experiments.steps import read
from npsstats.experiments.timing import timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.experiments.gathering import Gathered
    from npsstats.experiments.lock import Registration

__all__ = ["analyze"]


def analyze(plan: Plan | str | Path, data: Any = None) -> ExperimentResult:
    """Analyse an experiment as its plan says, and no otherwise.

    The headline is the effect of assignment on all who were assigned (intention to treat).
    Nothing is conditioned on what came after; only units whose window is over enter an outcome
    in a window, and the others enter survival curves, censored.

    Parameters
    ----------
    plan
        A `plan.toml`, or a `Plan`. One without a lock beside it (`npsstats register`) makes the
        analysis exploratory.
    data
        The table of units; or table name → table, where outcomes are events; or a network (its
        `network.toml`, a `NetworkConfig`, a `SimulatedNetwork`). None takes what [data] names.

    Returns
    -------
    ExperimentResult
        `frame` of every effect, `decision`, and `parts`.

    Raises
    ------
    InputError
        If the plan or the data cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> plan = nps.parse_plan('''
    ... name = "calls"
    ... hypothesis = "Calls bring customers back."
    ... [arms]
    ... control = "ignored"
    ... shares = { ignored = 0.5, called = 0.5 }
    ... [outcomes.bought]
    ... kind = "binary"
    ... role = "primary"
    ... ''')
    >>> units = pd.DataFrame(
    ...     {"arm": ["called", "ignored"] * 200, "bought": [1, 0, 1, 1, 0, 0, 0, 0] * 50}
    ... )
    >>> result = nps.analyze(plan, units)
    >>> result.primary()[["estimand", "estimate", "lower", "upper"]].to_list()
    ['risk difference', ...]
    """
    path = None
    if not isinstance(plan, Plan):
        path = Path(plan).expanduser()
        plan = load_plan(path)
    gathered = gather(plan, data)
    state = registration(plan, path).against(gathered.until)
    return _study(plan)(plan, gathered, state)


def _study(plan: Plan) -> Callable[[Plan, Gathered, Registration], ExperimentResult]:
    """Return what reads a plan: one of the studies, or the steps that all have in common."""
    if plan.callback is not None:
        return callback
    if plan.survey is None:
        return read
    return timing if plan.survey.delay is not None else position
