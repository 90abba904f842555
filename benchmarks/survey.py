"""Survey experiments on simulated networks whose truth is known: naive, weighted and bounded.

    python benchmarks/survey.py [--replications 500]

Every replication is a network of its own (`npsstats.data.simulation`): 8 stores, 10 months, some
8,000 answers to 37,000 invitations, each with a place of the question and a delay drawn by lot.
Its truth puts every invitation in every arm in turn: whether it would be answered, and the NPS of
all who were asked and of those who answer (`simulation.population.arm_effects`), by position, and
by delay of the transactional ones. Two kinds of networks:

- *known*: who answers depends on the journey, arm by arm, and not otherwise on what was lived;
  journeys are liked very unequally. The weights know the journey.
- *unknown*: the simulator's own. Who answers depends on what was lived, which nobody recorded.

Replication i has seed i; effects by incident are read in every fifth. Then 400
experiments of two and of four arms that do not differ, for what the verdicts make of them. Writes
docs/tables/survey.csv, survey_verdicts.csv and survey.md.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is: two processes share two cores
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

import npsstats as nps
from npsstats.data.simulation import population, survey
from npsstats.data.simulation.answers import incident_odds
from npsstats.data.simulation.engine import History, run
from npsstats.experiments.contrasts import share_difference
from npsstats.experiments.selection import Answers, trimming_bounds, worst_case_bounds
from npsstats.experiments.spec_survey import PURPOSES
from npsstats.experiments.survey.arms import survey_arms
from npsstats.experiments.survey.quality import quality_effects

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"
STORES, MONTHS, RESPONSES = 8, 10, 8000
WORKERS = 2
ALIKE = 400  # experiments without any difference
BY_INCIDENT = 5  # one in so many replications, whose MOVER limits take their time

UNKNOWN = nps.NetworkTruth(gaming_share=0.0)
KNOWN = nps.NetworkTruth(
    gaming_share=0.0,
    response_experience=0.0,
    response_extremes=0.0,
    fatigue_response=0.0,
    fatigue_recency=0.0,
    journey_effects={"grocery": 0.0, "self_checkout": -0.9, "restaurant": 0.9, "delivery": -0.6},
    journey_position_response={
        "grocery": (0.0, 0.0, 0.0),
        "self_checkout": (0.9, 0.0, -0.6),
        "restaurant": (-0.6, 0.0, 0.6),
        "delivery": (0.6, 0.0, -0.4),
    },
)
TRUTHS = {"known": KNOWN, "unknown": UNKNOWN}
TOLERANCE = {
    purpose: PURPOSES[purpose]
    for purpose in ("communication", "representativeness", "response", "precision")
}
CONTROL = {"position": "before_last", "delay": "24"}


def arms_of(history: History, study: str) -> np.ndarray:
    """Return the arm's label of every invitation, "" where it has none."""
    asked, truth = history.invitations, history.truth
    if study == "position":
        return np.array(list(truth.position_shares))[asked.position]
    return np.array([*map(str, truth.delay_hours), ""])[asked.delay]


def counted(history: History, study: str, incident: np.ndarray) -> nps.InvitationCounts:
    """Return invitations by arm, journey, kind and incident, with the scores of the answers."""
    asked = history.invitations
    score = np.full(len(asked), 11)
    score[history.answers.invitation] = history.answers.score
    journeys = np.array(list(history.truth.journey_shares))
    frame = pd.DataFrame(
        {
            "arm": arms_of(history, study),
            "journey": journeys[asked.journey],
            "kind": np.where(asked.delay == survey.RELATIONAL, "cold", "hot"),
            "incident": np.where(incident, "yes", "no"),
        }
    )
    keys = list(frame)
    there = frame["arm"] != ""
    frame, score = frame[there].reset_index(drop=True), score[there.to_numpy()]
    codes = frame.groupby(keys).ngroup().to_numpy()
    cells = frame.groupby(codes).first().reset_index(drop=True)
    table = np.zeros((len(cells), 12), dtype=np.int64)
    np.add.at(table, (codes, score), 1)
    told = table[:, :11]
    return nps.InvitationCounts(
        cells, table.sum(axis=1), told.sum(axis=1), nps.ScoreCounts(told, cells)
    )


def truths(history: History, study: str) -> dict[str, dict[str, float]]:
    """Return arm → response, NPS of all asked and of those who answer, and of the always-answering.

    The last compares an arm with the control among those who would answer in both.
    """
    asked = history.invitations
    if study == "delay":
        asked = asked.take(asked.delay != survey.RELATIONAL)
    intercept = survey.response_intercept(history.truth)
    levels = (
        list(history.truth.position_shares)
        if study == "position"
        else [str(hours) for hours in history.truth.delay_hours]
    )
    found = {
        name: population._in_arm(history, asked, intercept, **{study: code})  # noqa: SLF001
        for code, name in enumerate(levels)
    }
    control_chance, control_nps, _ = found[CONTROL[study]]
    made = {}
    for name, (chance, score, told) in found.items():
        both = np.minimum(chance, control_chance)
        made[name] = {
            "response": float(chance.mean()),
            "asked": float(score.mean()),
            "answered": float((chance * told).sum() / chance.sum()),
            "always": float((both * (score - control_nps)).sum() / both.sum()),
        }
    return made


def replication(kind: str, seed: int) -> pd.DataFrame:
    """Return the rows of one network."""
    rng = np.random.default_rng(seed)
    history = run(TRUTHS[kind], STORES, MONTHS, RESPONSES, rng)
    odds = incident_odds(history.truth, history.invitations.experience)
    incident = rng.random(len(odds)) < 1 / (1 + np.exp(-odds))
    rows: list[dict[str, Any]] = []
    for study, control in CONTROL.items():
        counts = counted(history, study, incident)
        true = truths(history, study)
        arms = survey_arms(counts, control=control, known=("journey", "kind"), seed=seed)
        heads = counts.by("arm")
        assigned = dict(zip(heads.cells["arm"], map(int, heads.invited), strict=True))
        told = dict(zip(heads.cells["arm"], heads.scores.counts, strict=True))
        for arm in true:
            if arm == control:
                continue
            gap = {name: true[arm][name] - true[control][name] for name in ("response", "asked")}
            gap["answered"] = true[arm]["answered"] - true[control]["answered"]
            effects = arms.effects.frame[arms.effects.frame["arm"] == arm]
            naive, response, lee, worst, wider = among_answers(
                (told[arm], assigned[arm]), (told[control], assigned[control]), seed
            )
            weighted, posterior = (effects.iloc[place] for place in (0, 1))
            selection = effects.iloc[2]
            readings = [
                ("response, of all asked", "Miettinen–Nurminen", response, gap["response"]),
                ("NPS, as published", "among answers", naive, gap["answered"]),
                ("NPS, of all asked", "naive, among answers", naive, gap["asked"]),
                ("NPS, of all asked", "weighted, post-stratification", weighted, gap["asked"]),
                ("NPS, of all asked", "weighted, posterior", posterior, gap["asked"]),
                ("selection in NPS", "posterior", selection, gap["answered"] - gap["asked"]),
                ("NPS, of all asked", "worst-case bounds", worst, gap["asked"]),
                ("NPS, of those who always answer", "Lee bounds", lee, true[arm]["always"]),
                (
                    "NPS, of those who always answer",
                    "Lee bounds, with sampling error",
                    wider,
                    true[arm]["always"],
                ),
            ]
            rows += [
                {
                    "networks": kind,
                    "study": study,
                    "estimand": estimand,
                    "method": method,
                    "arm": arm,
                    "seed": seed,
                    "truth": truth,
                    **found[["estimate", "lower", "upper"]].to_dict(),
                }
                for estimand, method, found, truth in readings
            ]
        if study == "position" and seed % BY_INCIDENT == 0:
            rows += by_incident(history, counts, incident, kind, seed)
    return pd.DataFrame(rows)


def among_answers(
    one: tuple[np.ndarray, int], two: tuple[np.ndarray, int], seed: int
) -> tuple[pd.Series, ...]:
    """Return NPS among answers (Wald: thousands of them), response, and both bounds."""
    thirds = [np.add.reduceat(told, [0, 7, 9]) for told, _ in (one, two)]
    naive = nps.difference(*thirds, method="wald").frame.iloc[0]
    heads = [(int(told.sum()), asked) for told, asked in (one, two)]
    row = share_difference("answered", "", "response", *heads, 0.95)
    response = pd.Series({name: getattr(row, name) for name in ("estimate", "lower", "upper")})
    sides = [
        Answers(part.astype(float), n) for part, (_, n) in zip(thirds, (one, two), strict=True)
    ]
    found = [
        bounds([-100.0, 0.0, 100.0], *sides, seed=seed)
        for bounds in (trimming_bounds, worst_case_bounds)
    ]
    ends = [pd.Series({"estimate": np.nan, "lower": b.low, "upper": b.high}) for b in found]
    wider = pd.Series({"estimate": np.nan, "lower": found[0].lower, "upper": found[0].upper})
    return naive, response, *ends, wider


def by_incident(
    history: History, counts: nps.InvitationCounts, incident: np.ndarray, kind: str, seed: int
) -> list[dict[str, Any]]:
    """Return the rows of scores of those who answer, with an incident and without."""
    asked = history.invitations
    intercept = survey.response_intercept(history.truth)
    told = {}
    for code, name in enumerate(history.truth.position_shares):
        chance, _, score = population._in_arm(history, asked, intercept, position=code)  # noqa: SLF001
        told[name] = {
            label: float((chance * score)[part].sum() / chance[part].sum())
            for label, part in (("yes", incident), ("no", ~incident))
        }
    found = quality_effects(counts, "incident", control="before_last").frame
    rows = []
    for row in found[found["quantity"] != "response difference"].itertuples():
        gap = {label: told[row.arm][label] - told["before_last"][label] for label in ("yes", "no")}
        contrast = row.quantity != "NPS difference"
        name = "incident less none" if contrast else f"incident {row.quality}"
        rows.append(
            {
                "networks": kind,
                "study": "position",
                "estimand": "NPS, incident less none"
                if contrast
                else f"NPS, incident {row.quality}",
                "method": "among answers",
                "arm": row.arm,
                "seed": seed,
                "truth": gap["yes"] - gap["no"] if contrast else gap[row.quality],
                "estimate": row.estimate,
                "lower": row.lower,
                "upper": row.upper,
            }
        )
    return rows


def alike(case: tuple[int, int, int]) -> pd.DataFrame:
    """Return the verdicts of one experiment whose arms do not differ: arms, asked an arm, seed."""
    arms, asked, seed = case
    rng = np.random.default_rng([seed, arms, asked])
    cells = pd.DataFrame(
        [(arm, kind) for arm in "abcd"[:arms] for kind in ("x", "y")], columns=["arm", "kind"]
    )
    invited = rng.multinomial(asked, [0.6, 0.4], size=arms).ravel()
    shares = np.array([[0.2, 0.3, 0.5], [0.4, 0.3, 0.3]])
    told = np.zeros((len(cells), 11), dtype=np.int64)
    for row, n in enumerate(invited):
        told[row, [4, 8, 10]] = rng.multinomial(rng.binomial(n, 0.25), shares[row % 2])
    counts = nps.InvitationCounts(cells, invited, told.sum(axis=1), nps.ScoreCounts(told, cells))
    read = survey_arms(counts, control="a", known=["kind"], seed=seed)
    found = nps.verdicts(read, list(TOLERANCE), tolerance=TOLERANCE).chosen
    away = [verdict not in (None, "a") for verdict in found.values()]
    rows = [*zip(found, away, strict=True), ("any of them", any(away))]
    return pd.DataFrame(rows, columns=["purpose", "away"]).assign(arms=arms, asked=asked)


def verdict_table(replications: int, pool: ProcessPoolExecutor) -> pd.DataFrame:
    """Return how often a verdict leaves the control where no arm differs from it."""
    cases = [
        (arms, asked, seed)
        for arms in (2, 4)
        for asked in (3_000, 30_000)
        for seed in range(replications)
    ]
    rows = pd.concat(pool.map(alike, cases, chunksize=20), ignore_index=True)
    table = rows.groupby(["arms", "asked", "purpose"], sort=False)["away"].mean()
    return table.rename("share").reset_index()


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Return bias and coverage by estimator and arm."""
    rows = rows.assign(
        error=rows["estimate"] - rows["truth"],
        held=(rows["lower"] <= rows["truth"]) & (rows["truth"] <= rows["upper"]),
        width=rows["upper"] - rows["lower"],
    )
    keys = ["networks", "study", "estimand", "method", "arm"]
    groups = rows.groupby(keys, sort=False)
    table = groups.agg(
        replications=("seed", "size"),
        truth=("truth", "mean"),
        bias=("error", "mean"),
        sd=("error", "std"),
        coverage=("held", "mean"),
        width=("width", "mean"),
    ).reset_index()
    table["mc"] = table["sd"] / np.sqrt(table["replications"])
    table["z"] = table["bias"] / table["mc"]
    return table


_HEAD = """# Survey experiments against their truth

`python benchmarks/survey.py` makes this page; what is simulated is said in its first lines.
{n} networks of each kind, by incident {few}. NPS and its differences in points, response in
shares; arms against `before_last`, or against sending after 24 hours. Bias is the mean of
estimate − truth, z that over its Monte Carlo error; coverage is the share of 95 % intervals, or of
bounds, that hold the truth (its own Monte Carlo error is .01). Bounds have no estimate; as they
stand they are those of the sample, and where they are narrow sampling alone can leave the truth
outside.

*NPS, of all asked* is what the arm does to the scores if everybody had answered; *as published*
what it does to the score of those who do, selection included; *selection* is the second less the
first. Where who answers depends on the journey and the weights know it, the naive comparison
among those who answer is biased for the first and the weighted one is not. Where it depends on
what nobody recorded, weights cannot mend it (and their rows say by how much they miss); the bounds
hold it all the same.
"""


def page(table: pd.DataFrame, alike: pd.DataFrame) -> str:
    """Return the page."""
    counts = table["replications"]
    lines = [_HEAD.format(n=int(counts.max()), few=int(counts.min()))]
    for kind, part in table.groupby("networks", sort=False):
        lines += [
            f"## Networks in which selection is {kind}",
            "",
            "| study | difference in | reading | arm | truth | bias | z | coverage | width |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for row in part.itertuples():
            digits = 4 if row.estimand.startswith("response") else 2
            bias = "–" if np.isnan(row.bias) else f"{row.bias:+.{digits}f}"
            z = "–" if np.isnan(row.z) else f"{row.z:+.1f}"
            lines.append(
                f"| {row.study} | {row.estimand} | {row.method} | {row.arm} | "
                f"{row.truth:+.{digits}f} | {bias} | {z} | {row.coverage:.3f} | "
                f"{row.width:.{digits}f} |"
            )
        lines.append("")
    wide = alike.pivot_table(index=["arms", "asked"], columns="purpose", values="share", sort=False)
    lines += [
        "## Verdicts where no arm differs",
        "",
        f"Share of {ALIKE} experiments in which the verdict leaves the control, at the default",
        "tolerances: what it costs to judge several purposes of several arms.",
        "",
        "| arms | asked an arm | " + " | ".join(wide.columns) + " |",
        "|" + "---|" * (2 + wide.shape[1]),
    ]
    lines += [
        f"| {arms} | {asked:,} | " + " | ".join(f"{share:.3f}" for share in row) + " |"
        for (arms, asked), row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    """Run the networks, write the tables and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=500)
    asked = parser.parse_args()
    parts = []
    with ProcessPoolExecutor(WORKERS) as pool:
        for kind in TRUTHS:
            seeds = range(1, asked.replications + 1)
            parts += pool.map(partial(replication, kind), seeds, chunksize=5)
            print(f"{kind}: {len(seeds)} networks", flush=True)
        verdicts = verdict_table(ALIKE, pool)
    table = summary(pd.concat(parts, ignore_index=True))
    TABLES.mkdir(parents=True, exist_ok=True)
    table.round(6).to_csv(TABLES / "survey.csv", index=False, lineterminator="\n")
    verdicts.to_csv(TABLES / "survey_verdicts.csv", index=False, lineterminator="\n")
    text = page(table, verdicts)
    (TABLES / "survey.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
