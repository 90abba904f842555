"""Labels of periods ('2025-03', '2025-Q1', '2025-W07', '2025') and the days they cover."""

from __future__ import annotations

import re
from datetime import date, timedelta

from npsstats.said import Said, said, said_many

__all__ = [
    "PERIODS",
    "PERIODS_A_YEAR",
    "is_label",
    "period_end",
    "period_label",
    "period_range",
    "period_said",
    "period_start",
    "periods_said",
    "place_in_period",
    "place_in_year",
    "year_before",
]

PERIODS = ("month", "quarter", "year", "week")
"""The keys that counting derives from a date."""
PERIODS_A_YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}


def period_said(period: str) -> Said:
    """Return the name of a kind of period in words that can be said in another language."""
    return {
        "week": said("week"),
        "month": said("month"),
        "quarter": said("quarter"),
        "year": said("year"),
    }[period]


def periods_said(count: int, period: str) -> Said:
    """Return so many periods in words that can be said in another language.

    Examples
    --------
    >>> periods_said(1, "month"), periods_said(12, "week")
    ('1 month', '12 weeks')
    """
    return {
        "week": said_many("{n} week", "{n} weeks", count),
        "month": said_many("{n} month", "{n} months", count),
        "quarter": said_many("{n} quarter", "{n} quarters", count),
        "year": said_many("{n} year", "{n} years", count),
    }[period]


def period_start(label: str) -> date | None:
    """Return the first day of a period's label, or None when it is not one."""
    if re.fullmatch(r"\d{4}", label):
        return date(int(label), 1, 1)
    if re.fullmatch(r"\d{4}-\d{2}", label):
        return date.fromisoformat(label + "-01")
    if quarter := re.fullmatch(r"(\d{4})-Q([1-4])", label):
        return date(int(quarter[1]), 3 * int(quarter[2]) - 2, 1)
    if week := re.fullmatch(r"(\d{4})-W(\d{2})", label):
        return date.fromisocalendar(int(week[1]), int(week[2]), 1)
    return None


def period_end(label: str) -> date | None:
    """Return the last day of a period's label, or None when it is not one."""
    start = period_start(label)
    if start is None:
        return None
    if "W" in label:
        return start + timedelta(days=6)
    months = {4: 12, 7: 1}[len(label)] if "Q" not in label else 3
    month = start.month - 1 + months
    return date(start.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def is_label(label: str, period: str) -> bool:
    """Return whether a text is the label of such a period.

    Examples
    --------
    >>> is_label("2025-12", "month"), is_label("2025-13", "month"), is_label("2025-W53", "week")
    (True, False, False)
    """
    try:
        start = period_start(label)
    except ValueError:
        return False
    return start is not None and period_label(start, period) == label


def place_in_year(label: str) -> int:
    """Return which period of its year a label is, from 0; the 53rd week counts as the 52nd.

    Examples
    --------
    >>> place_in_year("2025-03"), place_in_year("2020-W53"), place_in_year("2025-Q4")
    (2, 51, 3)
    """
    return min(int(re.sub(r"\D", "", label[4:]) or 1) - 1, 51)


def period_range(first: str, last: str, period: str) -> list[str]:
    """Return the labels of all periods from one to another, both included.

    Examples
    --------
    >>> period_range("2024-Q3", "2025-Q1", "quarter")
    ['2024-Q3', '2024-Q4', '2025-Q1']
    """
    labels, label = [first], first
    while label != last and (end := period_end(label)) is not None and end < date.max:
        label = period_label(end + timedelta(days=1), period)
        labels.append(label)
    return labels


def period_label(day: date, period: str) -> str:
    """Return the label of the period that a day lies in.

    Examples
    --------
    >>> period_label(date(2024, 12, 30), "week"), period_label(date(2024, 12, 30), "quarter")
    ('2025-W01', '2024-Q4')
    """
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if period == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return f"{day.year}" if period == "year" else f"{day.year}-{day.month:02d}"


def year_before(label: str) -> str | None:
    """Return the same period one year before, or None where that year has no such week.

    Examples
    --------
    >>> year_before("2025-03"), year_before("2020-W53")
    ('2024-03', None)
    """
    year = int(label[:4]) - 1
    if label.endswith("-W53") and date(year, 12, 28).isocalendar().week < 53:
        return None
    return f"{year:04d}{label[4:]}"


def place_in_period(day: date, period: str) -> tuple[int, int]:
    """Return how far into its period a day is, comparable from year to year.

    For a week its weekday, for a month its day; else the month within and the day, so that a leap
    year does not shift what is compared.

    Examples
    --------
    >>> place_in_period(date(2024, 5, 17), "quarter"), place_in_period(date(2024, 5, 17), "week")
    ((1, 17), (0, 5))
    """
    if period == "week":
        return 0, day.isoweekday()
    if period == "month":
        return 0, day.day
    return ((day.month - 1) % 3 if period == "quarter" else day.month), day.day
