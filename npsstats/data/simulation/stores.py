"""Stores: where they are, how good they are, and how their trade grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.data.simulation.calendar import SALES_SEASON, Calendar
from npsstats.data.simulation.scale import marginal_nps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from npsstats.data.simulation.columns import Array
    from npsstats.data.simulation.parameters import NetworkTruth

__all__ = ["FORMATS", "Stores", "build_stores", "draw_levels"]

FORMATS = ("hyper", "super", "city")
_FORMAT_SHARES = (0.20, 0.55, 0.25)
_FORMAT_SIZES = np.array([2.5, 1.0, 0.4])
_STAFF = np.array([160, 45, 12])
_EMPLOYEE_NPS, _EMPLOYEE_SD, _ANSWER_VARIANCE = 8.0, 18.0, 0.72
_REGIONS: Mapping[str, tuple[str, ...]] = {
    "FR": ("Nord", "Est", "Ouest", "Centre", "Sud-Ouest", "Sud-Est", "Île-de-France"),
    "BE": ("Wallonie", "Bruxelles"),
    "US": ("New England",),
}


@dataclass(frozen=True)
class Stores:
    """S stores over T months; arrays are (S,) or (S, T).

    Attributes
    ----------
    quality, spread, effort
        Lasting quality (logits, region included), spread of the logistic, effort (logits).
    region, country, format, staff, employee_nps, gamed, channel_odds
        Codes into `regions`, `countries`, `FORMATS`; head count; true employee NPS (points);
        whether the store begs for tens; log-odds of its secondary survey channels.
    path
        Quality in each month: lasting, trend, season, own moves, works.
    nps
        NPS in each month over all persons and journeys, reference conditions, own country (points).
    level
        Trade in each month, a factor on the store's first month: what growth has made of it.
    visits
        Expected visits in each month for a store of size 1 and `purchase_rate` 1.
    opens, closes, works
        First month, month after the last, and (S, 2) first month of works and month after.
    """

    regions: tuple[str, ...]
    countries: tuple[str, ...]
    quality: Array
    spread: Array
    effort: Array
    region: Array
    country: Array
    format: Array
    size: Array
    staff: Array
    employee_nps: Array
    gamed: Array
    channel_odds: Array
    path: Array
    nps: Array
    level: Array
    visits: Array
    opens: Array
    closes: Array
    works: Array

    def __len__(self) -> int:
        return len(self.quality)


def draw_levels(shares: Mapping[str, float], n: int, rng: np.random.Generator) -> Array:
    """Draw n codes (int8) of the levels of `shares`."""
    edges = np.cumsum(list(shares.values()))[:-1]
    return np.searchsorted(edges, rng.random(n, dtype=np.float32), side="right").astype(np.int8)


def build_stores(
    truth: NetworkTruth, n: int, calendar: Calendar, rng: np.random.Generator
) -> Stores:
    """Draw the stores of a network."""
    countries = tuple(truth.country_shares)
    regions = tuple(region for country in countries for region in _REGIONS.get(country, (country,)))
    owner = np.array(
        [i for i, name in enumerate(countries) for _ in _REGIONS.get(name, (name,))], dtype=np.int8
    )
    country = np.sort(draw_levels(truth.country_shares, n, rng))
    count = np.bincount(owner, minlength=len(countries))
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    region = first[country] + (rng.random(n) * count[country]).astype(int)
    size_class = np.searchsorted(np.cumsum(_FORMAT_SHARES)[:-1], rng.random(n), side="right")

    deviate = rng.standard_normal((5, n))
    quality = truth.region_sd * rng.standard_normal(len(regions))[region]
    quality = quality + truth.store_sd * deviate[0]
    spread = np.exp(truth.spread_sd * deviate[1])
    scale = max(float(np.hypot(truth.store_sd, truth.region_sd)), 1e-9)
    rank = quality / scale
    opens, closes, works = _events(truth, n, calendar.months, rng)
    closed_for_works = _within(works[:, 0], works[:, 1], calendar.months)
    path, before = _path(truth, quality, calendar, rng)
    path = path + truth.works_quality * closed_for_works
    style = np.array(list(truth.country_effects.values()))[country][:, None]
    nps = _over_journeys(truth, path + style, spread[:, None])
    nps_before = _over_journeys(truth, before + style, spread[:, None])
    level = _level(truth, nps, nps_before, opens, rng)
    visits = level * SALES_SEASON[calendar.season] * _within(opens, closes, calendar.months)
    staff = _STAFF[size_class] * np.exp(0.25 * rng.standard_normal(n))
    gamed = np.zeros(n, dtype=bool)
    gamed[rng.permutation(n)[: round(truth.gaming_share * n)]] = True
    return Stores(
        regions=regions,
        countries=countries,
        quality=quality,
        spread=spread,
        effort=scale * _correlated(rank, deviate[2], truth.effort_correlation),
        region=region,
        country=country,
        format=size_class,
        size=_FORMAT_SIZES[size_class] * np.exp(truth.size_sd * rng.standard_normal(n)),
        staff=np.maximum(staff.astype(int), 3),
        employee_nps=np.clip(
            _EMPLOYEE_NPS
            + _EMPLOYEE_SD * _correlated(rank, deviate[3], truth.employee_correlation),
            -95,
            95,
        ),
        gamed=gamed,
        channel_odds=truth.channel_store_sd * deviate[4],
        path=path,
        nps=nps,
        level=level,
        visits=visits * np.where(closed_for_works, truth.works_sales, 1.0),
        opens=opens,
        closes=closes,
        works=works,
    )


def _correlated(first: Array, second: Array, correlation: float) -> Array:
    """Return standard deviates that correlate with `first`."""
    return np.asarray(correlation * first + np.sqrt(1 - correlation**2) * second)


def _within(first: Array, after: Array, months: int) -> Array:
    """Return (S, T): whether a month lies in [first, after)."""
    month = np.arange(months)
    return np.asarray((month >= first[:, None]) & (month < after[:, None]))


def _events(
    truth: NetworkTruth, n: int, months: int, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Return opening months, closing months and works (S, 2); none in less than 6 months."""
    opens, closes = np.zeros(n, dtype=int), np.full(n, months)
    works = np.full((n, 2), months)
    if months < 6:
        return opens, closes, works
    order = rng.permutation(n)
    shares = np.cumsum([truth.opening_share, truth.closing_share, truth.works_share])
    edges = np.minimum(np.round(shares * n).astype(int), n - 1)  # one store at least is ordinary
    opening, closing, working = np.split(order[: edges[2]], edges[:2])
    opens[opening] = rng.integers(2, max(3, 2 * months // 3), len(opening))
    closes[closing] = rng.integers(max(3, months // 2), months, len(closing))
    works[working, 0] = rng.integers(1, months - 3, len(working))
    works[working, 1] = works[working, 0] + rng.integers(2, 4, len(working))
    return opens, closes, works


def _path(
    truth: NetworkTruth, quality: Array, calendar: Calendar, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return quality (S, T), and (S, 1) in the month before the first; works left out."""
    months = calendar.months
    move = truth.month_sd * rng.standard_normal((len(quality), months + 1))
    rest = np.sqrt(1 - truth.month_autocorrelation**2)
    for month in range(1, months + 1):
        move[:, month] = truth.month_autocorrelation * move[:, month - 1] + rest * move[:, month]
    time = np.arange(-1, months)
    season = np.concatenate([[(calendar.season[0] - 1) % 12], calendar.season])
    common = truth.trend * (time - (months - 1) / 2) / 12
    common = common + truth.season * np.cos(2 * np.pi * (season - 4) / 12)
    path = quality[:, None] + common + move
    return path[:, 1:], path[:, :1]


def _over_journeys(truth: NetworkTruth, location: Array, spread: Array) -> Array:
    """Return NPS (points) over the mix of journeys."""
    nps = np.zeros_like(location)
    for journey, share in truth.journey_shares.items():
        effect = truth.journey_effects[journey]
        nps += share * marginal_nps(truth, location + effect, spread)
    return nps


def _level(
    truth: NetworkTruth, nps: Array, before: Array, opens: Array, rng: np.random.Generator
) -> Array:
    """Return trade (S, T): growth is a line in last month's true NPS, and a shock."""
    lagged = np.hstack([before, nps[:, :-1]])
    growth = truth.growth_mean + truth.growth_slope * (lagged - truth.reference_nps) / 100
    growth = growth + truth.growth_sd * rng.standard_normal(nps.shape)
    growth[np.arange(nps.shape[1]) <= opens[:, None]] = 0.0
    return np.exp(np.cumsum(growth, axis=1))
