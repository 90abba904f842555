"""A result of every type of survey and adaptive experiments, and some that tell nothing."""

from functools import cache

import numpy as np
import pandas as pd
from survey_made import DELAYS, POSITIONS, counted, made

import npsstats as nps
from npsstats.aggregates.answer_hours import AnswerHours
from npsstats.experiments.spec_survey import Factor
from npsstats.experiments.survey.asked import Asked
from npsstats.experiments.survey.delay.answer_times import answer_times
from npsstats.experiments.survey.delay.delay_curve import delay_curve
from npsstats.experiments.survey.delay.send_times import send_times
from npsstats.experiments.survey.factors import factor_effects

SAME = dict.fromkeys(POSITIONS, (0.2, (0.25, 0.25, 0.5)))
LONG = {
    f"{name} · {'questionnaire trimestriel des magasins ' * 2}".strip(): law
    for name, law in POSITIONS.items()
}
ARMS = ("1 h", "1 day", "7 days")


@cache
def position():
    return made(quality=True)


@cache
def alike():
    return made(SAME, n=400, purposes=("communication", "prediction"), incident_gap=0.0)


@cache
def timing():
    return made(
        DELAYS, "24", purposes=("response", "precision", "communication"), delay=True,
        late_delivery=True,
    )  # fmt: skip


def cells(rows):
    """Return `ScoreCounts` of detractors, passives and promoters, a tuple of keys a row."""
    scores = np.zeros((len(rows), 11), int)
    scores[:, [4, 8, 10]] = list(rows.values())
    return nps.ScoreCounts(scores, pd.DataFrame({"month": list(rows)}))


def over_counts(gap=60):
    return np.array([[26, 8, 12, 15, 18, 66, 58, 140, 252, 160, 245],
                     [26 - gap // 6, 8, 12, 15, 18, 66, 58, 140, 252, 160, 245 + gap]])  # fmt: skip


@cache
def over(method="equipercentile", gap=60):
    asked = nps.ScoreCounts(over_counts(gap), pd.DataFrame({"way": ["last", "first"]}))
    return nps.bridge(asked, old="last", new="first", key="way", method=method, draws=400)


@cache
def series(since="2025-07"):
    months = {f"2025-{month:02d}": (60, 60, 120 + month) for month in range(1, 13)}
    return over()(cells(months), changed=since)


@cache
def hours():
    counts = np.zeros((3, 4, 4), int)
    counts[:, :, 3] = [[60, 90, 40, 810], [30, 110, 50, 810], [0, 0, 40, 960]]
    return answer_times(AnswerHours(ARMS, np.array([1.0, 24.0, 168.0]), counts), control="1 day")


@cache
def sending(even=False):
    """Return response by day and hour; on Saturdays half as many answer, unless `even`."""
    rows = [
        {"arm": arm, "sent_weekday": day, "sent_hour": hour}
        for arm in ("a", "b") for day in range(7) for hour in (9, 12, 18)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    sent = np.full(len(frame), 400)
    came = np.where((frame["sent_weekday"] == 5) & (not even), 50, 100)
    scores = np.zeros((len(frame), 11), int)
    scores[:, 10], scores[:, 3] = came - 20, 20
    counts = nps.InvitationCounts(frame, sent, came, nps.ScoreCounts(scores, frame))

    class Counted(Asked):
        def there(self, *keys):
            return keys

        def counts(self, *keys):
            return counts

    return send_times(Counted(position().plan.model_copy(deep=True), None))


@cache
def factors(add_up=True):
    laws = {
        f"{place} · {hours}": (0.25 - 0.02 * i - 0.04 * j + (0 if add_up else 0.1 * i * j),
                               (0.2, 0.2, 0.6))
        for i, place in enumerate(("first", "last")) for j, hours in enumerate(("2", "24"))
    }  # fmt: skip
    invited, _ = counted(laws, 4000)
    arms = nps.survey_arms(invited, control="first · 2", known=["journey"], draws=400)
    crossed = {
        "position": Factor(control="first", shares={"first": 0.5, "last": 0.5}),
        "delay": Factor(control="2", shares={"2": 0.5, "24": 0.5}),
    }
    return factor_effects(arms, crossed)


@cache
def silent(reminded=0.9, least=0):
    """Return what a reminder says; it moves scores from `least` on, or where it is 0 nobody."""
    law = np.array([6, 2, 3, 4, 5, 12, 10, 16, 20, 10, 12]) / 100
    rows = []
    for arm, level in (("old", -0.8), ("new", -0.4)):
        for reminder in (0, 1):
            rate = 1 / (
                1
                + np.exp(
                    -(
                        level
                        + reminded * reminder * (np.arange(11) >= least)
                        + 0.12 * (np.arange(11) - 5)
                    )
                )
            )
            rows.append((arm, reminder, np.round(8000 * law * rate).astype(int)))
    frame = pd.DataFrame({"arm": [row[0] for row in rows], "reminder": [row[1] for row in rows]})
    scores = nps.ScoreCounts(np.array([row[2] for row in rows]), frame)
    sent = nps.InvitationCounts(frame, np.full(4, 8000), scores.n, scores)
    return nps.resistance(sent, control="old")


@cache
def fatigue(less=0.02, randomized=False, lower=0.0):
    frame = pd.DataFrame(
        [{"past_invitations": past, "days_since_last": days}
         for past in range(4) for days in ((20, 60, 200) if past else ("(none)",))]
    )  # fmt: skip
    past = frame["past_invitations"].to_numpy()
    shares = np.array([0.2, 0.3, 0.5]) + lower * past[:, None] * np.array([1, 0, -1])
    told = np.round(3000 * (0.3 - less * past)[:, None] * shares).astype(int)
    scores = np.zeros((len(frame), 11), int)
    scores[:, [4, 8, 10]] = told
    counts = nps.ScoreCounts(scores, frame)
    sent = nps.InvitationCounts(frame, np.full(len(frame), 3000), counts.n, counts)
    return nps.fatigue(sent, draws=400, randomized=randomized)


def moved():
    """Return three batches of which the response rises, the best arm sent most in the last."""
    sent = np.array([400, 400, 400, 100, 600, 100, 100, 100, 600])
    better = np.tile([1, 1, 1.3], 3)
    came = np.round(sent * np.repeat([0.05, 0.15, 0.35], 3) * better).astype(int)
    return nps.InvitationCounts(batches(CLOSE).cells, sent, came)


@cache
def strata():
    counts = over_counts()
    labels = pd.DataFrame({"way": ["last", "first"] * 3, "store": list("aabbcc")})
    both = nps.ScoreCounts(np.vstack([counts, counts + 3, 2 * counts]), labels)
    return nps.bridge(both, old="last", new="first", key="way", strata="store", draws=400)


def batches(rates, size=400):
    rows = [{"batch": batch, "arm": arm} for batch in (1, 2, 3) for arm in ARMS]
    came = [round(size * rates[arm]) for _ in range(3) for arm in ARMS]
    return nps.InvitationCounts(pd.DataFrame(rows), np.full(9, size), np.array(came))


APART = dict(zip(ARMS, (0.10, 0.24, 0.08), strict=True))
CLOSE = dict.fromkeys(ARMS, 0.15)


@cache
def long_arms():
    invited, _ = counted(LONG, 3000)
    return nps.survey_arms(invited, control=next(iter(LONG)), known=["journey"], draws=400)


_MADE = {
    "arms": lambda: position().parts["survey"],
    "arms, alike": lambda: alike().parts["survey"],
    "arms, long names": long_arms,
    "validity": lambda: position().parts["validity of bought"],
    "validity, alike": lambda: alike().parts["validity of bought"],
    "verdicts": lambda: position().parts["verdicts"],
    "verdicts, alike": lambda: alike().parts["verdicts"],
    "quality": lambda: nps.quality_effects(
        counted(POSITIONS, 20_000)[0], "incident", control="last"
    ),
    "quality, told afterwards": lambda: nps.quality_effects(
        counted(SAME, 800, incident_gap=0.0)[0], "incident", control="last", answered_only=True
    ),
    "factors": factors,
    "factors, crossed": lambda: factors(add_up=False),
    "delay curve": lambda: timing().parts["delay curve"],
    "delay curve, observed": lambda: delay_curve(
        _delays(SAME_DELAYS, 300), delay="delay", randomized=False, draws=400
    ),
    "delay curve, both ways": lambda: delay_curve(_delays(BENT, 4000), delay="delay", draws=400),
    "best delay": lambda: timing().parts["delay curve"].best("response"),
    "best delay, alike": lambda: delay_curve(
        _delays(SAME_DELAYS, 300), delay="delay", draws=400
    ).best("communication"),
    "best delay, observed": lambda: delay_curve(
        _delays(DELAYS, 4000), delay="delay", randomized=False, draws=400
    ).best("response"),
    "best delays": lambda: timing().parts["best delay"],
    "answer times": hours,
    "send times": sending,
    "send times, even": lambda: sending(even=True),
    "resistance": silent,
    "resistance, nobody moved": lambda: silent(reminded=0.0),
    "resistance, reversed": lambda: silent(reminded=-0.6),
    "resistance, uneven": lambda: silent(least=8),
    "fatigue": fatigue,
    "fatigue, randomized": lambda: fatigue(less=0.0, randomized=True),
    "fatigue, lower scores": lambda: fatigue(less=0.0, lower=0.05),
    "bridge": over,
    "bridge, strata": strata,
    "bridge, cumulative": lambda: over("cumulative"),
    "bridge, alike": lambda: over(gap=0),
    "series": series,
    "series, all new": lambda: series("2025-01"),
    "change": lambda: series().change(),
    "allocation": lambda: nps.allocate(batches(APART), minimum=0.05),
    "allocation, close": lambda: nps.allocate(batches(CLOSE, size=40)),
    "allocation, moved": lambda: nps.allocate(moved(), minimum=0.05),
    "adaptive cost": lambda: nps.adaptive_cost(APART, per_batch=120, batches=4, replications=60),
    "adaptive cost, alike": lambda: nps.adaptive_cost(
        CLOSE, per_batch=60, batches=3, replications=20
    ),
    "sequences": lambda: nps.arm_sequences(batches(APART), planned=4000),
    "sequences, moved": lambda: nps.arm_sequences(moved(), planned=4000),
    "sequences, not as planned": lambda: nps.arm_sequences(
        batches(APART),
        planned=4000,
        shares={batch: dict(zip(ARMS, (0.7, 0.2, 0.1), strict=True)) for batch in (1, 2, 3)},
    ),
    "sequences, close": lambda: nps.arm_sequences(batches(CLOSE), control="1 h", planned=4000),
    "sequences, few": lambda: nps.arm_sequences(batches(APART, size=10), planned=4000),
}
SPECIMENS = {name: cache(made) for name, made in _MADE.items()}
BENT = {"2": (0.2, (0.3, 0.2, 0.5)), "24": (0.2, (0.15, 0.2, 0.65)), "168": (0.2, (0.5, 0.2, 0.3))}
SAME_DELAYS = {"2": (0.2, (0.2, 0.3, 0.5)), "24": (0.2, (0.2, 0.3, 0.5)),
               "168": (0.2, (0.2, 0.3, 0.5))}  # fmt: skip


def _delays(laws, n):
    invited, _ = counted(laws, n, incident_gap=0.0)
    frame = invited.cells.assign(delay=invited.cells["arm"])
    return nps.InvitationCounts(
        frame, invited.invited, invited.answered, nps.ScoreCounts(invited.scores.counts, frame)
    )
