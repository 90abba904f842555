"""What the parameters of a simulated network must satisfy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

from npsstats import checks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from npsstats.data.simulation.parameters import NetworkTruth

__all__ = ["check_parameters"]

_RULES = (
    # (names, lowest, highest): what the arithmetic of the rooms needs
    (("region_sd", "store_sd", "spread_sd", "month_sd", "growth_sd", "size_sd"), 0, 5),
    (("amount_sd", "channel_store_sd"), 0, 3),
    (("mood_share", "visit_share", "response_rate", "churn_rate"), 0.001, 0.98),
    (("reach_rate", "called_share"), 0.001, 0.999),
    (("blank_share", "mismatch_share", "relational_share", "reminder_share"), 0, 0.95),
    (("gaming_share", "gaming_tens", "business_share", "opening_share"), 0, 1),
    (("closing_share", "works_share", "account_mood"), 0, 1),
    (("month_autocorrelation",), -0.99, 0.99),
    (("effort_correlation", "employee_correlation"), -1, 1),
    (("purchase_rate", "purchase_shape", "works_sales"), 0.01, 20),
    (("callback_rate_moderate", "callback_rate_super"), 1, 20),
    (("callback_days", "callback_score_days", "quarantine_days"), 0, 365),
    (("super_cut",), 0, 6),
)
_GROUPS = ("country", "journey", "channel", "position")


def check_parameters(truth: NetworkTruth) -> None:
    """Raise an InputError for the first parameter that no network can have."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", truth.last_month):
        raise checks.InputError(
            f"`last_month` must be written YYYY-MM, got {truth.last_month!r}. Example: 2025-12."
        )
    _check_shares("score_shares", truth.score_shares, length=11)
    for item in fields(truth):
        value = getattr(truth, item.name)
        numbers = value.values() if isinstance(value, Mapping) else [value]
        for number in numbers:
            if isinstance(number, int | float):
                checks.number(item.name, number)
    for names, low, high in _RULES:
        for name in names:
            checks.number(name, getattr(truth, name), low=low, high=high)
    for group in _GROUPS:
        _check_shares(f"{group}_shares", getattr(truth, f"{group}_shares").values())
        _check_names(truth, group)
    _check_sums(truth)


def _check_sums(truth: NetworkTruth) -> None:
    """Refuse shares of variance and tables that do not fit together."""
    person = truth.mood_share + truth.visit_share
    checks.number("mood_share + visit_share", person, low=0, high=0.98)
    squares = sum(weight**2 for weight in truth.driver_weights.values())
    checks.number("sum of squared driver_weights", squares, low=0.999, high=1.001)
    checks.count("account_size", truth.account_size, least=1)
    for share in truth.verbatim_shares:
        checks.number("verbatim_shares", share, low=0, high=1)
    for name, share in truth.position_completion.items():
        checks.number(f"position_completion[{name!r}]", share, low=0, high=1)
    for name, factor in truth.position_reliability.items():
        checks.number(f"position_reliability[{name!r}]", factor, low=0, high=1)
    checks.number("relational_reliability", truth.relational_reliability, low=0, high=1)
    if not truth.delay_hours or any(hours < 0 for hours in truth.delay_hours):
        raise checks.InputError(
            f"`delay_hours` must hold hours of 0 or more, got {truth.delay_hours!r}."
        )
    _check_rows("delay_response", truth.delay_response, "delays", len(truth.delay_hours))
    by_journey = truth.journey_position_response
    if by_journey is not None:
        length = len(truth.position_shares)
        _check_rows("journey_position_response", by_journey, "positions", length)


def _check_rows(
    name: str, table: Mapping[str, tuple[float, ...]], levels: str, length: int
) -> None:
    """Refuse tables that do not have one number a level for each journey."""
    for journey, odds in table.items():
        if len(odds) != length:
            raise checks.InputError(
                f"`{name}[{journey!r}]` must have one number for each of the {length} {levels}, "
                f"got {len(odds)}."
            )


def _check_shares(name: str, values: Iterable[float], length: int | None = None) -> None:
    """Refuse shares that are negative, do not sum to 1 or are not as many as needed."""
    shares = tuple(values)
    if length is not None and len(shares) != length:
        raise checks.InputError(f"`{name}` must hold {length} shares, got {len(shares)}.")
    if any(share < 0 for share in shares) or abs(sum(shares) - 1) > 1e-6:
        raise checks.InputError(
            f"`{name}` must be shares of 0 or more that sum to 1, got {shares!r} "
            f"(sum {sum(shares):g}). Divide them by their sum."
        )


def _check_names(truth: NetworkTruth, group: str) -> None:
    """Refuse tables of one group that do not name the levels of its shares, in their order."""
    levels = list(getattr(truth, f"{group}_shares"))
    tables = [item.name for item in fields(truth) if item.name.startswith(f"{group}_")]
    for name in [*tables, *(["delay_response"] if group == "journey" else [])]:
        table = getattr(truth, name)
        if isinstance(table, Mapping) and list(table) != levels:
            raise checks.InputError(
                f"`{name}` must name the levels of `{group}_shares` in the same order "
                f"({', '.join(levels)}), got {', '.join(table)}."
            )
