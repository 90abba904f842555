"""The page of signal and noise, made from the tables of `signal_or_noise`."""

import numpy as np
import pandas as pd

SURE = (0.5, 0.8, 0.95)
NEAR = 4  # months within which a change named counts as the true one


def _lines(table: pd.DataFrame) -> list[str]:
    lines = ["| " + " | ".join(name.replace("_", " ") for name in table) + " |"]
    lines.append("|" + "---|" * len(table.columns))
    for row in table.itertuples(index=False):
        cells = [
            value if isinstance(value, str) else "–" if np.isnan(value) else f"{value:.3g}"
            for value in row
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _over(table: pd.DataFrame, name: str, cases: int = 0) -> str:
    """Return the mean over rows with its standard error: binomial, or of the rows' spread."""
    mean, rows = table[name].mean(), len(table)
    error = np.sqrt(mean * (1 - mean) / cases / rows) if cases else table[name].sem()
    return f"{mean:.3f} ± {error:.3f}"


def page(
    single: pd.DataFrame, network: pd.DataFrame, news: pd.DataFrame, moved: pd.DataFrame
) -> str:
    """Return the tables as a page of Markdown."""
    any_ = [f"any_{sure}" for sure in SURE]
    quiet = single[single["change"] == 0][["course", "size", "n", *any_]]
    changed = single[single["change"] > 0]
    return "\n".join(
        [
            "# Signal or noise, held against known truth",
            "",
            "Made by `python benchmarks/signal_or_noise.py`. Scores in points, months, 36 of them.",
            "A row holds 25 series, 4 networks or 15 months of 5 networks: a share in one row has",
            "a standard error of up to .1. What is claimed is the mean over rows, with its error.",
            "",
            "## Changes that are none",
            "",
            "Share of series without a change of level in which one is named, by the probability",
            "asked (`any 0.8` is the default). `size`: a month's step (random walk), one sd",
            "(AR(1), flicker), a year's fall (line), the amplitude (season).",
            "",
            "Over all rows: "
            + ", ".join(f"{_over(quiet, f'any_{sure}', 25)} at {sure}" for sure in SURE)
            + ".",
            "",
            *_lines(quiet),
            "",
            "## Changes that are",
            "",
            f"`found`: one is named at most {NEAR} months from it, at probability 0.8; `other`:",
            "further ones a series. `date held`, `size held`: the share of those found whose 95 %",
            "interval holds the truth; `months`: the date interval's mean length. A size is",
            "that of the month's whole step, drift included.",
            "",
            *_lines(changed),
            "",
            "## Networks: a store's own change and a common one",
            "",
            "Stores drift (0.5 a month), flicker (sd 3) and share a season. Five of the stores",
            "fall by `own` points for good, each at its own date; all by `common` in one month.",
            "`found`, `date held`, `months`: own changes as above. `false own`: changes named in",
            "other stores, a network. `network found`: its interval holds the common one;",
            "`network false`: others.",
            "",
            *_lines(network),
            "",
            "## Alerts",
            "",
            "Months in which nothing out of the ordinary happens: `any of 10%` is the share of",
            "months with any alarm where `max_false_share=0.1`; `false of 1` the mean number of",
            "alarms where `max_false=1`; `p under .05` the share of stores outside their own 95 %",
            "interval (conservative where n is small); `naive falls` the number of stores that",
            "fell by more than 10 points from the month before. Then two stores fall by 10, 20 or",
            "40 points in the month judged: the share of them found. An ordinary network has a",
            "season, a common AR(1) of sd 2, own AR(1) of sd 3 and flicker of 2.",
            "",
            f"Over all rows: any alarm {_over(news, 'any_of_10%', 15)}; alarms of 1 asked",
            f"{_over(news, 'false_of_1')}; stores beyond {_over(news, 'p_under_.05')}.",
            "",
            *_lines(news),
            "",
            "## The last move",
            "",
            "What `last_move` says of the last month in the same networks. `interval holds`: the",
            "share of 95 % intervals that hold the true move, `error` its standard error over",
            "networks; `more than chance`: the share of stores with that verdict, and `of these",
            "wrong` how many of them in the other direction. Where answers are few, what passes in",
            "single months is hardly told from sampling, and intervals are too short.",
            "",
            *_lines(moved),
            "",
        ]
    )
