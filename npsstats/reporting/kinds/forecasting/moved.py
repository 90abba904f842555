"""Last moves: signal or noise."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from scipy.stats import binom

from npsstats.reporting.charts.forecast_figures import moves as funnel
from npsstats.reporting.charts.intervals import MOST, Line, intervals
from npsstats.reporting.kinds.forecasting.labels import Scale, series_names, span_of
from npsstats.reporting.kinds.making import brief_of, cannot_tell, interval_head
from npsstats.reporting.leadership.facts import records
from npsstats.reporting.memos.brief import Evidence, Numbers
from npsstats.reporting.standing import Standing, standing

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.forecasting.signal.last_move import LastMove
    from npsstats.reporting.language import Language
    from npsstats.reporting.memos.brief import Brief
    from npsstats.reporting.style import Look, Picture

__all__ = ["brief", "drawing"]

_FUNNEL = 5  # series from which a funnel can be seen
_LISTED = 8  # series beside a chart
_ODD = 0.05  # probability under which a number of moves is not chance's alone


def brief(result: LastMove, look: Look) -> Brief:
    """Return the memo of the last moves."""
    words, frame, scale = look.language, result.frame, Scale(look.language, result.unit)
    rows = records(frame)
    sides = [_side(scale, row) for row in rows]
    before, after = span_of(words, str(rows[0].before)), words.period(str(rows[0].period))
    given = {"before": before, "after": after}
    fell, rose = sides.count(Standing.BELOW), sides.count(Standing.ABOVE)
    beyond = _beyond(frame)
    one = len(rows) == 1
    answer, reason = (
        _one(scale, rows[0], sides[0], given)
        if one
        else _several(words, result, fell, rose, beyond)
    )
    names = series_names(words, frame, result.keys)
    return brief_of(
        result,
        look,
        heading=words.say("The last change: signal or noise"),
        subtitle=words.say("{after} against {before}", **given)
        if one
        else words.say(
            "{after} against {before}: {n} series, {beyond} beyond the margin of chance",
            n=words.whole(len(rows)),
            beyond=words.whole(beyond),
            **given,
        )
        if result.unit == "points"
        else words.say("{after} against {before}: {n} series", n=words.whole(len(rows)), **given),
        question=(
            words.say("Did the true score change?")
            if result.unit == "points"
            else words.say("Did the level really change?")
        )
        if one
        else words.say("Which series really changed?"),
        answer=answer,
        reason=reason,
        numbers=Numbers(
            [
                words.say("Series"),
                words.say("Answers before"),
                words.say("Answers"),
                words.say("Change shown, {unit}", unit=scale.of_moves),
                words.say("± by chance"),
                words.say("Real change"),
                interval_head(words, float(rows[0].level)),
            ],
            [_cells(scale, names[at], rows[at]) for at in _order(frame)[:_LISTED]],
        ),
        steps=[_step(words, result.unit, fell, rose)],
        grade=Evidence.DESCRIPTION,
        name="last-change",
        picture=drawing(result, look),
        alt=words.say("Each change beside what chance alone gives."),
    )


def drawing(result: LastMove, look: Look) -> Picture:
    """Draw a single series' change as shown and as believed; the funnel of many; or each."""
    words, frame, scale = look.language, result.frame, Scale(look.language, result.unit)
    names = series_names(words, frame, result.keys)
    rows, order = records(frame), _order(frame)
    if len(rows) == 1:
        lines = _both(scale, rows[0])
    else:
        both = frame[frame["move"].notna() & (frame["margin"] > 0) & (frame["n_before"] > 0)]
        if result.unit == "points" and len(both) > max(_FUNNEL, MOST):
            named = both["move"].abs() > both["margin"]
            chosen = [names[at] for at in both.index]
            return funnel(both.assign(store=chosen, named=named), float(rows[0].level), look)
        lines = [
            Line(
                names[at],
                scale.moved(rows[at].estimate),
                scale.moved(rows[at].lower),
                scale.moved(rows[at].upper),
                _written(scale, rows[at].estimate, rows[at].lower, rows[at].upper),
            )
            for at in order[:MOST]
        ]
    return intervals(lines, look, axis=words.say("Change, {unit}", unit=scale.of_moves), level=0.0)


def _both(scale: Scale, row: Any) -> list[Line]:
    """Return the change as shown, with the margin of chance, and the true one as believed."""
    words = scale.words
    low, high = row.move - row.margin, row.move + row.margin
    seen = Line(
        words.say("Shown, ± what chance gives"),
        scale.moved(row.move),
        scale.moved(low),
        scale.moved(high),
        _written(scale, row.move, low, high)
        if isfinite(row.move)
        else words.say("nothing observed"),
    )
    believed = Line(
        words.say("Real change, given all that is known"),
        scale.moved(row.estimate),
        scale.moved(row.lower),
        scale.moved(row.upper),
        _written(scale, row.estimate, row.lower, row.upper),
        strong=True,
    )
    return [seen, believed]


def _written(scale: Scale, estimate: float, lower: float, upper: float) -> str:
    return scale.words.say(
        "{estimate} ({interval})",
        estimate=scale.move(estimate),
        interval=scale.moves(lower, upper),
    )


def _side(scale: Scale, row: Any) -> Standing:
    return standing(scale.moved(row.lower), scale.moved(row.upper))


def _beyond(frame: pd.DataFrame) -> int:
    return int(((frame["move"].abs() > frame["margin"]) & (frame["margin"] > 0)).sum())


def _order(frame: pd.DataFrame) -> list[int]:
    """Return rows by how sure their change is, the surest first."""
    least = frame[["p_fall", "p_rise"]].max(axis=1).rsub(1)
    size = -frame["estimate"].abs()
    order = frame.assign(least=least, size=size).reset_index(drop=True)
    return order.sort_values(["least", "size"], kind="stable").index.tolist()


def _cells(scale: Scale, name: str, row: Any) -> list[str]:
    words = scale.words
    margin = abs(scale.moved(row.margin))
    return [
        name,
        words.whole(row.n_before) if row.n_before else "–",
        words.whole(row.n) if row.n else "–",
        scale.move(row.move),
        words.number(margin),
        scale.move(row.estimate),
        scale.moves(row.lower, row.upper),
    ]


def _one(scale: Scale, row: Any, side: Standing, given: dict[str, str]) -> tuple[str, str]:
    words = scale.words
    answer = {
        Standing.ABOVE: words.say("It rose"),
        Standing.BELOW: words.say("It fell"),
        Standing.UNKNOWN: cannot_tell(words),
    }[side]
    if isfinite(row.move) and not row.margin > 0:
        seen = words.say(
            "Shown: {move}, counted in full.",
            move=scale.sized(row.move),
        )
    elif isfinite(row.move):
        seen = words.say(
            "Shown: {move}, where chance alone gives ±{margin}.",
            move=scale.sized(row.move),
            margin=words.number(abs(scale.moved(row.margin))),
        )
    else:
        empty = given["after"] if not isfinite(row.observed) else given["before"]
        seen = words.say("{period}: no answers, so that no change can be seen.", period=empty)
    believed = words.say(
        "Given all that is known, the real change is {estimate} ({level} interval {interval}).",
        estimate=scale.move(row.estimate),
        level=words.percent(row.level),
        interval=scale.moves(row.lower, row.upper),
    )
    return answer, f"{seen} {believed}"


def _several(
    words: Language, result: LastMove, fell: int, rose: int, beyond: int
) -> tuple[str, str]:
    frame = result.frame
    if fell + rose:
        answer = words.say(
            "Lower: {fell}; higher: {rose}; each judged by itself",
            fell=words.whole(fell),
            rose=words.whole(rose),
        )
    else:
        answer = words.say("No change is sure")
    rest = words.say(
        "Where an interval reaches to both sides of nought, a real change cannot be told."
    )
    if result.unit != "points":  # counted in full: chance has no margin
        return answer, rest
    told = words.say_many(
        "{n} shown change of {series} is beyond the margin of its answers.",
        "{n} shown changes of {series} are beyond the margin of their answers.",
        beyond,
        series=words.whole(len(frame)),
    )
    chance = _by_chance(words, beyond, int(frame["p_value"].notna().sum()), frame["level"].iloc[0])
    return answer, " ".join(text for text in (told, chance, rest) if text)


def _by_chance(words: Language, beyond: int, judged: int, level: float) -> str:
    """Say whether chance alone gives as many beyond their margins; of a few, their sizes tell."""
    if judged * (1 - level) < 1:
        return ""
    if binom.sf(beyond - 1, judged, 1 - level) <= _ODD:
        return words.say("Chance alone would put fewer of them beyond it.")
    if binom.cdf(beyond, judged, 1 - level) <= _ODD:
        return words.say("Chance alone would put more of them beyond it.")
    return words.say("Chance alone may put as many beyond it.")


def _step(words: Language, unit: str, fell: int, rose: int) -> str:
    if unit != "points" and fell + rose:
        return words.say("Ask what happened in the period, and see whether the next confirms it.")
    if fell:
        return words.say(
            "Read the verbatims of those that fell before anything else; then see whether the next "
            "period confirms it."
        )
    if rose:
        return words.say("See whether the next period confirms it before it is celebrated.")
    if unit != "points":
        return words.say("Do nothing on this change alone: wait for the next period.")
    return words.say(
        "Do nothing on this change alone: wait for the next period, or ask for more answers."
    )
