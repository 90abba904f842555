"""The page of `timing.py`: its tables as Markdown."""

import numpy as np
import pandas as pd

DESIGNS = {
    "arms": "four arms",
    "continuous": "a continuous delay",
    "bent": "a continuous delay, a sharp bend",
}
PURPOSES = ("response", "precision", "communication")


def page(direct: pd.DataFrame, made: pd.DataFrame, rules: pd.DataFrame, sizes: tuple) -> str:
    """Return the tables as a page of Markdown."""
    lines = [
        "# Timing: bands along the delay, the best delay, fatigue",
        "",
        "`python benchmarks/timing.py` makes this page.",
        "",
        f"{sizes[0]:,} studies ({sizes[3]} with a bend), each with a truth of its own:",
        f"{sizes[1]:,} invitations, two journeys with a curve each, two channels adjusted for,",
        "df = 4, bands at 95 % from 1,000 draws.",
        "",
        (
            "| delay | response | NPS of all sent | NPS of those who answer | margin | points a "
            "doubling | curve said to lack |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    columns = ("response", "nps", "nps_answered", "margin_1000", "drift", "lack said")
    for design, words in DESIGNS.items():
        row = direct.loc[design]
        lines.append(f"| {words} | " + " | ".join(f"{row[name]:.3f}" for name in columns) + " |")
    lines += [
        "",
        (
            "The first five columns are the share of bands (or intervals) that hold the truth; "
            "the last"
        ),
        "is how often a diagnostic says that the curve does not fit.",
        "",
        "## The delay chosen",
        "",
        "Loss in points (of percentage of answers, or of NPS): expected by the result, and had.",
        "",
        "| delay | purpose | loss expected | loss had | P(best) said | was best | interval holds |",
        "|---|---|---|---|---|---|---|",
    ]
    names = ("expected", "had", "p_best", "is best", "holds")
    for design, words in DESIGNS.items():
        for purpose in PURPOSES:
            values = [direct.loc[design, f"{purpose} {name}"] for name in names]
            shown = " | ".join(f"{value:.3f}" for value in values)
            lines.append(f"| {words} | {purpose} | {shown} |")
    lines += ["", *network_lines(made), "", *rule_lines(rules, sizes[2])]
    return "\n".join([*lines, ""])


def network_lines(made: pd.DataFrame) -> list[str]:
    """Return what networks of the simulation show."""
    mean, error = made.mean(), made.std() / np.sqrt(len(made))
    lines = [
        f"## {len(made)} networks of `nps.simulate`: 8 stores, 12 months, 4,000 answers",
        "",
        f"Bands of response by journey and delay hold the truth in {mean['response']:.3f}, bands",
        f"of NPS hold that of those who would answer in {mean['nps_answered']:.3f}.",
        "",
        "Past solicitations are not randomized there: who comes often is asked often, and is more",
        "satisfied. One more solicitation, mean of the networks (standard error):",
        "",
        "| reading | response, points of percentage | holds | NPS, points | holds |",
        "|---|---|---|---|---|",
        f"| the truth | {mean['true response']:+.2f} | | {mean['true nps']:+.2f} | |",
    ]
    for name in ("plain", "adjusted"):
        cells = []
        for quantity in ("response", "nps"):
            key = f"{name} {quantity}"
            cells.append(f"{mean[key]:+.2f} ({error[key]:.2f}) | {mean[f'{key} holds']:.2f}")
        words = "unadjusted" if name == "plain" else "adjusted for journey and channel"
        lines.append(f"| {words} | {' | '.join(cells)} |")
    lines += [
        "",
        "What hides the fatigue of the score is a satisfaction that no key holds; only",
        "randomized solicitations would show it.",
    ]
    return lines


def rule_lines(rules: pd.DataFrame, years: int) -> list[str]:
    """Return quarantines read against quarantines lived through."""
    lines = [
        "## A quarantine read from counts, and lived through",
        "",
        f"{years} years of 6,000 customers each way; all visits are asked, one in 50 days.",
        "Solicitations tire (log-odds −0.12 each; −0.6 at once, fading by e in 30 days). To 1,000",
        "invitations as sent; lived: the same visits under the rule, in expectation.",
        "",
        "| come | days | not sent, read | lived | answers, read | lived | won back | holds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    names = ("not sent", "not sent, lived", "answers", "answers, lived", "won back")
    for (shape, days), row in rules.groupby(["shape", "days"]).mean().iterrows():
        words = "alike" if shape > 100 else "unalike (gamma, shape 1.5)"
        shown = " | ".join(f"{row[name]:.1f}" for name in names)
        lines.append(f"| {words} | {days:.0f} | {shown} | {row['holds']:.2f} |")
    unalike, alike = rules.groupby("shape")["holds"].mean()
    lines += [
        "",
        (
            "The 95 % limits of a rule are too narrow: over the five rules they held the answers "
            "lived"
        ),
        f"through in {unalike:.2f} where customers come unalike, in {alike:.2f} where alike.",
        "",
        "Rules are read as if gaps were drawn alike for everybody. Where they are not, short gaps",
        "follow short gaps, and a rule leaves a little more to send than is read. What is won back",
        (
            "is read a little low: an average of log-odds stands for a spread of them, and how "
            "the last"
        ),
        "solicitation fades is chosen from the counts.",
    ]
    return lines
