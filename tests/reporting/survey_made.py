"""Results of survey experiments made from counts: any arms, any size, no rows."""

import numpy as np
import pandas as pd

import npsstats as nps
from npsstats.experiments.balance.sample_ratio import sample_ratio
from npsstats.experiments.experiment import ExperimentResult
from npsstats.experiments.lock import Registration
from npsstats.experiments.survey.arms import survey_arms
from npsstats.experiments.survey.delay.best_delay import best_delays
from npsstats.experiments.survey.delay.delay_curve import delay_curve
from npsstats.experiments.survey.foretelling.validity import validity
from npsstats.experiments.survey.purposes import verdicts
from npsstats.experiments.survey.quality import QualityEffects
from npsstats.results import Provenance

# what shares 0, 1, … 10 have among detractors, passives and promoters
WITHIN = np.array([0.1, 0.03, 0.07, 0.1, 0.1, 0.35, 0.25, 0.4, 0.6, 0.45, 0.55])
GROUP = np.repeat([0, 1, 2], [7, 2, 2])

PLAN = """
name = "{name}"
unit = "invitation_id"
hypothesis = "Asked first, it tells less — #1, *really*."
{title}
[arms]
control = '{control}'
shares = {{ {shares} }}
{labels}
[data]
units = "invitations"
arm = "arm"
[outcomes.answered]
kind = "binary"
role = "primary"
window = 30
[outcomes.completed]
kind = "binary"
window = 30
[outcomes.score]
kind = "score"
window = 30
[outcomes.bought]
kind = "binary"
table = "purchases"
window = 60
after = "answer"
label = {{ en = "bought again", fr = "rachat" }}
[subgroups.journey]
label = {{ en = "journey", fr = "parcours" }}
[subgroups.journey.labels]
shop = {{ en = "shop", fr = "magasin" }}
delivery = {{ en = "delivery", fr = "livraison" }}
[subgroups.incident]
label = {{ en = "incident", fr = "incident" }}
[subgroups.incident.labels]
true = {{ en = "incident", fr = "incident" }}
false = {{ en = "no incident", fr = "sans incident" }}
[survey]
completed = "completed"
quality = ["incident"]
validity = ["bought"]
purposes = [{purposes}]
{survey}
"""

POSITIONS = {
    "first": (0.25, (0.20, 0.22, 0.58)),
    "before_last": (0.22, (0.25, 0.22, 0.53)),
    "last": (0.20, (0.28, 0.22, 0.50)),
}
"""Arm → the share that answers, and detractors, passives and promoters among them."""
DELAYS = {
    "2": (0.27, (0.20, 0.22, 0.58)),
    "24": (0.24, (0.22, 0.22, 0.56)),
    "168": (0.18, (0.26, 0.22, 0.52)),
}
THREE = ("communication", "representativeness", "prediction")


def plan_of(arms, control, *, purposes=THREE, delay=False, labels="", title="", name="asked"):
    """Return a plan whose arms have equal shares."""
    return nps.parse_plan(
        PLAN.format(
            name=name,
            title=title,
            control=control,
            shares=", ".join(f"'{arm}' = 1" for arm in arms),
            labels=labels,
            purposes=", ".join(f"'{purpose}'" for purpose in purposes),
            survey='delay = "delay"\njourney = "journey"' if delay else "",
        )
    )


def counted(arms, n, *, late_delivery=False, incident_gap=0.15, seed=1):
    """Return invitations by arm, journey and incident, n an arm, and scores by what came after."""
    rng = np.random.default_rng(seed)
    rows, told, after = [], [], []
    for arm, (response, shares) in arms.items():
        for journey, part in (("shop", 0.7), ("delivery", 0.3)):
            for incident, share in (("false", 0.9), ("true", 0.1)):
                rate = response
                if late_delivery and journey == "delivery":  # answered best late
                    rate = 0.12 + 0.012 * np.log(float(arm))
                asked = rng.binomial(n, part * share)
                worse = np.array([incident_gap, 0, -incident_gap]) * (incident == "true")
                answered = rng.binomial(asked, rate)
                scores = rng.multinomial(answered, (np.array(shares) + worse)[GROUP] * WITHIN)
                came = rng.binomial(scores, 0.3 + 0.03 * np.arange(11))
                cell = {"arm": arm, "journey": journey, "incident": incident}
                rows.append({**cell, "asked": asked})
                told.append(scores)
                after += [({**cell, "bought": "1"}, came), ({**cell, "bought": "0"}, scores - came)]
    cells = pd.DataFrame(rows)
    scores = np.array(told)
    asked = cells.pop("asked").to_numpy()
    invited = nps.InvitationCounts(cells, asked, scores.sum(axis=1), nps.ScoreCounts(scores, cells))
    later = pd.DataFrame([cell for cell, _ in after])
    return invited, nps.ScoreCounts(np.array([score for _, score in after]), later)


def by_quality(invited, control):
    """Return what `quality_effects` does of incidents, by a normal approximation."""
    part = invited.by("arm", "incident")
    shares = part.scores.categories / part.scores.n[:, None]
    net = 100 * (shares[:, 2] - shares[:, 0])
    variance = (1e4 * (shares[:, 2] + shares[:, 0]) - net**2) / part.scores.n
    told = part.cells.assign(net=net, variance=variance, n=part.scores.n)
    told = told.set_index(["arm", "incident"])
    rows = []
    for arm in dict.fromkeys(part.cells["arm"]):
        for quality in ("false", "true"):
            one, two = told.loc[(arm, quality)], told.loc[(control, quality)]
            gap, half = one["net"] - two["net"], 1.96 * np.sqrt(one["variance"] + two["variance"])
            row = {"key": "incident", "arm": arm, "quality": quality, "quantity": "NPS difference"}
            row |= {"estimate": gap, "lower": gap - half, "upper": gap + half}
            rows.append(row | {"n_control": two["n"], "n_treatment": one["n"]})
    frame = pd.DataFrame([row for row in rows if row["arm"] != control])
    return QualityEffects(frame, (), Provenance("normal", {}, "0123456789abcdef"))


def made(
    arms=POSITIONS,
    control="before_last",
    n=20_000,
    *,
    purposes=THREE,
    sizes=None,
    delay=False,
    status="registered",
    pending=0,
    quality=False,
    **options,
):
    """Return an `ExperimentResult` as `analyze` of a plan with [survey] does."""
    counting = {
        key: options.pop(key) for key in ("late_delivery", "incident_gap") if key in options
    }
    plan = plan_of(arms, control, purposes=purposes, delay=delay, **options)
    invited, later = counted(arms, n, **counting)
    done = {
        arm: int(0.8 * k) for arm, k in invited.by("arm").cells.assign(k=invited.by("arm").answered)
        .set_index("arm")["k"].items()
    }  # fmt: skip
    read = survey_arms(
        invited, control=control, known=("journey", "incident"), completed=done, draws=1000
    )
    tells = validity(later, control=control, outcome="bought")
    parts = {
        "sample ratio": sample_ratio(sizes or dict.fromkeys(arms, n)),
        "survey": read,
        "validity of bought": tells,
    }
    if quality:
        parts["quality of incident"] = by_quality(invited, control)
    if pending:
        ripe = pd.DataFrame({"arm": list(arms), "n": n + pending, "complete": n})
        parts["maturity"] = type(tells)(ripe, (), tells.provenance, tells.drawn, tells.arms)
    if not parts["sample ratio"].failed:
        survey = plan.survey
        columns = [tells.arms.index(arm) for arm in read.arms]
        drawn = tells.drawn[:, columns][: len(read.drawn.response)]
        parts["verdicts"] = verdicts(
            read,
            list(purposes),
            tolerance={purpose: survey.loss(purpose) for purpose in purposes},
            sure=survey.sure,
            prediction=drawn if "prediction" in purposes else None,
        )
    if delay:
        cells = invited.cells.assign(delay=invited.cells["arm"])
        along = nps.InvitationCounts(
            cells, invited.invited, invited.answered, nps.ScoreCounts(invited.scores.counts, cells)
        )
        curve = delay_curve(along, delay="delay", by="journey", draws=800)
        parts["delay curve"] = curve
        if "verdicts" in parts:
            parts["best delay"] = best_delays(curve, plan.survey, float(control))
    state = Registration(status, "0123456789abcdef", "2025-01-02T03:04:05+00:00")
    if status == "exploratory":
        state = Registration(status, "0123456789abcdef")
    return ExperimentResult(
        read.effects.frame,
        (),
        Provenance("made", {}, "0123456789abcdef", 0),
        plan,
        state,
        parts,
    )
