"""Changes of level and their dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npsstats.reporting.charts.signal_figures import when_changed
from npsstats.reporting.kinds.forecasting.labels import LONGEST, Scale, series_names
from npsstats.reporting.kinds.making import MOST_ROWS, brief_of, interval_head
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing
from npsstats.reporting.style import shorten_middle

if TYPE_CHECKING:
    from npsstats.forecasting.signal.change_points import ChangePoints
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]


def brief(result: ChangePoints, look: Look) -> Brief:
    """Return the memo of the changes that were found, or that none is sure."""
    words, frame, scale = look.language, result.frame, Scale(look.language, result.unit)
    # those of all series first, in time; then those of single ones, the surest first
    own = frame["reach"] == "own"
    frame = frame.assign(own=own, doubt=-frame["probability"].where(own, 0.0))
    frame = frame.sort_values(["own", "doubt"], kind="stable", ignore_index=True)
    rows = records(frame)
    names = series_names(words, frame, result.keys)
    level = float(rows[0].level) if rows else float(result.provenance.options["level"])
    body = [
        [
            name,
            words.period(row.period),
            _between(scale, row),
            words.probability(row.probability),
            scale.move(row.estimate),
            scale.moves(row.lower, row.upper),
        ]
        for name, row in zip(names, rows, strict=True)
    ]
    judged = max(int((~own).sum()) - 1, 0)
    answer, reason = _said(scale, names, rows, judged)
    return brief_of(
        result,
        look,
        heading=words.say("Changes of level"),
        subtitle=words.say_many(
            "{n} series, {first} to {last}",
            "{n} series, {first} to {last}",
            1 if result.own is None else len(result.own),
            first=words.period(result.periods[0]),
            last=words.period(result.periods[-1]),
        ),
        question=words.say("Did the level change, and when?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                words.say("Series"),
                words.say("New level from"),
                words.say("Between"),
                words.say("Probability"),
                words.say("Change, {unit}", unit=scale.of_moves),
                interval_head(words, level),
            ],
            body[:MOST_ROWS] or [[words.say("No change"), *["–"] * 5]],
        ),
        steps=_steps(scale, rows[judged : judged + 1]),
        grade=Evidence.DESCRIPTION,
        name="changes",
        picture=drawing(result, look),
        alt=words.say("How probable it is that the level changed, period by period."),
    )


def drawing(result: ChangePoints, look: Look) -> Picture:
    """Draw the probability of a change in each period: the network's, or the only series'."""
    common = result.frame[result.frame["reach"] != "own"]
    spans = list(zip(common["first"], common["last"], strict=True))
    return when_changed(result.periods, result.network, spans, look)


def _between(scale: Scale, row: Any) -> str:
    words = scale.words
    if row.first == row.last:
        return words.period(row.first)
    first, last = words.period(row.first, short=True), words.period(row.last, short=True)
    return words.say("{lower} to {upper}", lower=first, upper=last)


def _side(scale: Scale, row: Any) -> Standing:
    return standing(scale.moved(row.lower), scale.moved(row.upper))


def _said(scale: Scale, names: list[str], rows: list[Any], place: int) -> tuple[str, str]:
    """Return the answer on the last change of all, or how many series have one of their own.

    `place` is that of the last change of all, or of the surest of single series.
    """
    words = scale.words
    if not rows:
        return (
            words.say("No change of level is sure enough to be dated"),
            words.say("Drift, season and chance explain what is seen."),
        )
    row, side = rows[place], _side(scale, rows[place])
    given = {"period": words.period(row.period)}
    if row.reach != "own":
        answer = {
            Standing.ABOVE: words.say("The level rose in {period}", **given),
            Standing.BELOW: words.say("The level fell in {period}", **given),
            Standing.UNKNOWN: words.say(
                "The level changed in {period}; up or down cannot be told", **given
            ),
        }[side]
    else:
        answer = words.say_many(
            "{n} change in a single series, none of the network",
            "{n} changes in single series, none of the network",
            len(rows),
        )
    reason = words.say(
        "{series}: {size} in {period} ({level} interval {interval}), with a probability of "
        "{p} that there is a change.",
        series=shorten_middle(names[place], LONGEST),
        size=scale.sized(row.estimate),
        level=words.percent(row.level),
        interval=scale.moves(row.lower, row.upper),
        p=words.probability(row.probability),
        **given,
    )
    if place:
        reason = f"{reason} " + words.say("The level had changed before: see the table.")
    if len(rows) > MOST_ROWS:
        reason = f"{reason} " + words.say("The surest changes are listed.")
    return answer, reason


def _steps(scale: Scale, rows: list[Any]) -> list[str]:
    words = scale.words
    if not rows:
        return [words.say("Explain no single change; watch the last period: nps.alerts.")]
    return [
        words.say(
            "Ask what was done or happened around {period}, in the survey as in the stores: the "
            "date says when, not why.",
            period=words.period(rows[0].period),
        ),
        words.say("Forecast from the new level, not from the mean of old and new."),
    ]
