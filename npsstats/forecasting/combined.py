"""Several models' forecasts in proportion to how well each foresaw what had not happened yet.

Each candidate learns from the series up to a first origin in their last third, stands at that
and at later origins, and says how likely what came 1…H periods later was. The weights are those
under which the mixture of all candidates would have found it likeliest, drawn by a prior towards
the hierarchical model, which knows all that the others do: a dozen overlapping outcomes of one
series are too few to throw it out, and many are enough. Few series are hedged by the last value
where it is well known: it is right after a step that no past has shown. The seasonal naive takes no
part.

References
----------
Geweke & Amisano (2011). Optimal prediction pools. Journal of Econometrics 164, 130–141, equation 6
(the log score of a pool of models, concave in its weights).
Yao, Vehtari, Simpson & Gelman (2018). Using stacking to average Bayesian predictive distributions.
Bayesian Analysis 13, 917–1007, equation 4 (stacking by the log score).
Hall & Mitchell (2007). Combining density forecasts. International Journal of Forecasting 23, 1–13
(pools of densities).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from npsstats.checks import InputError, count, number
from npsstats.forecasting.discounted import DiscountedDirichlet
from npsstats.forecasting.hierarchical import Hierarchical
from npsstats.forecasting.local import LocalLevel, LocalTrend
from npsstats.forecasting.naive import LastValue
from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.spoken import model_said
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from npsstats.forecasting.protocols import Fitted, Model
    from npsstats.forecasting.series import Series
    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["Combined", "FittedCombined", "candidates", "pooled_weights"]

_FEW = 20  # series up to which each may have a state space of its own
_VALIDATED = 400  # series that weights are learned from: more would not move them
_ORIGINS = (6, 12)  # validation origins: with many series, and with a single one
_VALIDATION_DRAWS = 250
_AT_ONCE = 20_000_000  # draws whose densities are held in memory together
_BELIEF = {Hierarchical.name: 5.0, LastValue.name: 3.0}  # parts of the prior; the others have 1
_SHARP = 0.25  # scales up to which a value may be off by sampling for it to be a hedge


@dataclass(frozen=True)
class Combined:
    """The default: every candidate in proportion to its foresight.

    Attributes
    ----------
    models
        The candidates; None takes `candidates(series)`.
    horizon
        Periods ahead up to which the candidates' foresight is weighed.
    prior
        Outcomes that the prior weighs as much as, ≥ 0: five parts of them speak for the
        hierarchical model, three for the last value, one for each other.

    Examples
    --------
    >>> from npsstats.forecasting.series import Series
    >>> answers = [[[20 + t % 3, 30, 50 - t % 3] for t in range(12)]]
    >>> series = Series.of_counts(answers, ["2024-01", "2024-12"])
    >>> fitted = Combined([LocalLevel(), DiscountedDirichlet()], horizon=3).fit(series)
    >>> fitted.weights.model.tolist(), fitted.weights.origins.tolist()
    (['local level', 'discounted Dirichlet'], [4, 4])
    """

    models: Sequence[Model] | None = None
    horizon: int = 6
    prior: float = 6.0
    name: ClassVar[str] = "combined"

    def __post_init__(self) -> None:
        """Refuse what is no horizon, and a combination of nothing."""
        count("horizon", self.horizon, least=1)
        number("prior", self.prior, low=0)
        if self.models is not None:
            names = [model.name for model in self.models]
            if not names or len(set(names)) < len(names):
                raise InputError(
                    f"`models` must be one or more models of different names, got {names!r}."
                )

    def fit(self, series: Series) -> FittedCombined:
        """Weigh the candidates at past origins, then fit each to everything.

        Raises
        ------
        InputError
            If no candidate can be fitted.
        """
        chosen = candidates(series) if self.models is None else tuple(self.models)
        fitted: dict[str, Fitted] = {}
        doubts: list[Said] = []
        for model in chosen:
            try:
                fitted[model.name] = model.fit(series)
            except InputError as error:
                doubts.append(_dropped(model.name, error))
        if not fitted:
            raise InputError(f"No model of the combination can be fitted. {' '.join(doubts)}")
        kept = [model for model in chosen if model.name in fitted]
        alone = len(kept) == 1  # then there is nothing to weigh
        logs, weighed, origins, more = (
            (np.empty((0, 1)), list(fitted), 0, [])
            if alone
            else _foresight(kept, series, self.horizon)
        )
        doubts += more
        if not len(logs) and not alone:
            weighed = list(fitted)
            logs = np.empty((0, len(weighed)))
            doubts.append(
                said(
                    "Nothing could be validated on so few periods: the models are weighed by the "
                    "prior."
                )
            )
        outcomes = len(logs) / self.horizon
        prior = self.prior * _believed(weighed)
        weight = pooled_weights(logs, per_outcome=self.horizon, prior=prior)
        frame = pd.DataFrame(
            {
                "model": weighed,
                "weight": weight,
                "log_score": logs.mean(axis=0) if len(logs) else np.nan,
                "outcomes": round(outcomes),
                "origins": origins,
            }
        )
        members = {name: fitted[name] for name in weighed}
        return FittedCombined(series, members, weight, frame, tuple(doubts))


@dataclass(frozen=True, eq=False)
class FittedCombined:
    """Fitted candidates with their weights.

    Attributes
    ----------
    series
        What it stands at the end of.
    members
        Fitted candidates by name.
    weight
        (M,) of each, summing to 1.
    weights
        The same as a table: model, weight, log_score (mean log density of an outcome, 1/unit),
        outcomes (that were weighed), origins (they were foreseen from).
    diagnostics
        What took no part and why; what could not be weighed.
    """

    series: Series
    members: Mapping[str, Fitted]
    weight: Grid
    weights: pd.DataFrame
    diagnostics: tuple[Said, ...]

    def update(self, series: Series) -> FittedCombined:
        """Return the same weights and hyperparameters at the end of a longer series."""
        moved = {name: member.update(series) for name, member in self.members.items()}
        return replace(self, series=series, members=moved)

    def predict(self, horizon: int, *, draws: int = 1000, seed: int = 0) -> Predictive:
        """Return draws of each candidate in proportion to its weight."""
        shares = _whole(self.weight, draws)
        order = np.random.default_rng(seed).permutation(draws)
        pooled = np.empty((self.series.shape[0], draws, horizon), dtype=np.float32)
        first = 0
        for place, (member, share) in enumerate(
            zip(self.members.values(), shares.tolist(), strict=True)
        ):
            if share:
                # each its own stream: two candidates must not share their luck
                own = member.predict(horizon, draws=share, seed=seed + 7919 * place)
                pooled[:, order[first : first + share]] = own.draws
                first += share
        return Predictive.of(pooled, self.series)


def candidates(series: Series) -> tuple[Model, ...]:
    """Return the models that suit a series.

    The hierarchical suits any; the discounted Dirichlet counted answers; those with a state space a
    series, few series; and the last value these, where it is known to a few points: where it is
    mostly sampling error it is no hedge.
    """
    models: list[Model] = [Hierarchical()]
    if series.categories is not None:
        models.append(DiscountedDirichlet())
    if series.shape[0] <= _FEW:
        models += [LocalLevel(), LocalTrend()]
        known = np.sqrt(np.nanmedian(series.noise)) if series.seen.any() else np.inf
        if known <= _SHARP * series.scale:
            models.append(LastValue())
    return tuple(models)


def pooled_weights(logs: Grid, *, per_outcome: float = 1.0, prior: Grid | float = 0.0) -> Grid:
    """Return the weights that make the pool's density of what came highest, (M,).

    Parameters
    ----------
    logs
        (N, M) log densities of N outcomes under M models.
    per_outcome
        How many of the N count as one: the same period foreseen from several origins.
    prior
        Of a Dirichlet(1 + prior) law of the weights: pseudo-outcomes of each model, (M,) or one
        number for all.

    Notes
    -----
    The maximum of Σ log Σ w_m p_m / per_outcome + prior Σ log w_m, concave, by expectation and
    maximization; each step is at least as good as the last.
    """
    rows, models = logs.shape
    pseudo = np.broadcast_to(np.asarray(prior, dtype=float), (models,))
    weight = np.full(models, 1 / models)
    if not rows:
        return pseudo / pseudo.sum() if pseudo.sum() > 0 else weight
    density = np.exp(logs - logs.max(axis=1, keepdims=True))
    for _ in range(5000):
        share = (weight * density / (density @ weight)[:, None]).sum(axis=0) / per_outcome
        moved = (share + pseudo) / (rows / per_outcome + pseudo.sum())
        done = np.abs(moved - weight).max() < 1e-10
        weight = moved
        if done:
            break
    return weight


def _believed(names: Sequence[str]) -> Grid:
    """Return the shares of the prior that speak for each model, (M,)."""
    parts = np.array([_BELIEF.get(name, 1.0) for name in names])
    return np.asarray(parts / parts.sum())


def _foresight(
    models: Sequence[Model], series: Series, horizon: int
) -> tuple[Grid, list[str], int, list[Said]]:
    """Return log densities (N, M), the models' names, the origins and what took no part."""
    stores = series.shape[0]
    if stores > _VALIDATED:
        series = series.take(np.linspace(0, stores - 1, _VALIDATED).round().astype(np.int64))
    origins = _origins(series)
    if not origins:
        return np.empty((0, 0)), [], 0, []
    known = [series.until(origin) for origin in origins]
    columns: dict[str, Grid] = {}
    doubts = []
    for model in models:
        try:
            fitted = model.fit(known[0])
            columns[model.name] = np.concatenate(
                [_densities(fitted.update(past), series, horizon, past) for past in known]
            )
        except InputError as error:
            doubts.append(_dropped(model.name, error))
    if not columns:
        return np.empty((0, 0)), [], 0, doubts
    return np.stack(list(columns.values()), axis=1), list(columns), len(origins), doubts


def _dropped(name: str, error: InputError) -> Said:
    return said(
        "The model '{model}' takes no part in the combination: {why}",
        model=model_said(name),
        why=str(error),
    )


def _origins(series: Series) -> list[int]:
    """Return numbers of periods to foresee from, over the last third; none where nothing follows.

    The first leaves two periods at least to learn from.
    """
    length = series.shape[1]
    first = max(2, length - max(4, length // 3))
    seen = series.seen.any(axis=0)
    possible = [t for t in range(first, length) if seen[t:].any() and seen[:t].any()]
    least, most = _ORIGINS
    wanted = int(np.clip(160 // series.shape[0], least, most))
    if len(possible) <= wanted:
        return possible
    return [possible[i] for i in np.linspace(0, len(possible) - 1, wanted).round().astype(int)]


def _densities(fitted: Fitted, series: Series, horizon: int, past: Series) -> Grid:
    """Return log densities of what was observed up to `horizon` periods after the past, (n,)."""
    stores, origin = past.shape
    ahead = min(horizon, series.shape[1] - origin)
    values = series.values[:, origin : origin + ahead]  # noqa: PD011 no pandas
    noise = series.noise[:, origin : origin + ahead]
    foreseen = fitted.predict(ahead, draws=_VALIDATION_DRAWS, seed=origin)
    step = max(1, _AT_ONCE // (_VALIDATION_DRAWS * ahead))
    logs = np.concatenate(
        [
            Predictive(
                foreseen.draws[first : first + step], foreseen.polar[first : first + step]
            ).log_density(values[first : first + step], noise[first : first + step])
            for first in range(0, stores, step)
        ]
    )
    return np.asarray(logs[np.isfinite(values)])


def _whole(weight: Grid, total: int) -> NDArray[np.int64]:
    """Return whole numbers in proportion to the weights that sum to `total`."""
    exact = weight * total
    share = np.floor(exact).astype(np.int64)
    rest = np.argsort(share - exact, kind="stable")[: total - int(share.sum())]
    share[rest] += 1
    return share
