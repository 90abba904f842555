"""What an analysis of verbatims returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, override

import pandas as pd

from npsstats.aggregates.written import CATEGORIES
from npsstats.linkage.themes.prevalence import ALL, NO_THEME
from npsstats.results import Result

if TYPE_CHECKING:
    from npsstats.aggregates.words import TermCounts

__all__ = ["VerbatimResult"]

_LONE = "The one verbatim names no theme."


@dataclass(frozen=True, repr=False)
class VerbatimResult(Result):
    """What the verbatims speak of. Shares are in [0, 1], effects in NPS points.

    Attributes
    ----------
    frame
        A row a theme and category: theme, label, category ("all", detractor, passive, promoter),
        n (verbatims), yes, estimate, std_error, lower, upper (share that names the theme), level,
        n_effective, positive, negative (shares that praise and blame it). The last theme,
        "(none)", is the share that names none.
    words
        Terms (base forms and pairs) by how much more detractors say them; see
        `npsstats.linkage.themes.overused.overused`.
    effects
        The score of those who name a theme against those who do not, an association; see
        `npsstats.linkage.themes.theme_effects.theme_effects`.
    mismatches
        response_id, mismatch, score: the verbatims whose tone belies their score. Empty where the
        answers have no number.
    mismatch_counts
        How many verbatims are on either list of mismatches: texts to read. No rate is given, as
        the reading of the tone is not validated.
    discovered
        Topics that the codebook does not know; see `npsstats.linkage.themes.discovery.discover`.
    gaps
        How much more detractors than promoters name each theme, with intervals that hold for all
        themes at once; see `npsstats.linkage.themes.gaps.theme_gaps`.
    writers
        Share of the answers of each category that hold a text, with interval.
    terms
        The counts that `words` rest on; counts of two periods add.
    """

    words: pd.DataFrame = field(default_factory=pd.DataFrame)
    effects: pd.DataFrame = field(default_factory=pd.DataFrame)
    mismatches: pd.DataFrame = field(default_factory=pd.DataFrame)
    mismatch_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    discovered: pd.DataFrame = field(default_factory=pd.DataFrame)
    writers: pd.DataFrame = field(default_factory=pd.DataFrame)
    terms: TermCounts | None = None
    gaps: pd.DataFrame = field(default_factory=pd.DataFrame)

    title: ClassVar[str] = "Verbatims: themes, tone and words"

    @property
    def coverage(self) -> float:
        """Share of the verbatims that name a theme of the codebook."""
        rows = self.frame[(self.frame["theme"] == NO_THEME) & (self.frame["category"] == ALL)]
        return 1.0 - float(rows["estimate"].iloc[0])

    @override
    def headline(self) -> str:
        frame = self.frame[self.frame["theme"] != NO_THEME].set_index("theme")
        every = frame[frame["category"] == ALL]
        first = every.iloc[int(every["estimate"].to_numpy().argmax())]
        n = int(first["n"])
        if not first["yes"]:
            return f"None of {n:,} verbatims names a theme." if n > 1 else _LONE
        text = (
            f"{100 * self.coverage:.0f}% of {n:,} verbatims name a theme, most often "
            f"{first.label} ({100 * first.estimate:.0f}%)"
        )
        if n == 1:
            text = f"The one verbatim names {first.label}"
        if not len(self.gaps):
            return text + "."
        shown = self.gaps[self.gaps["lower"] > 0].set_index("theme")["estimate"]
        if not len(shown):
            return f"{text}; no theme is shown to be named more by detractors than by promoters."
        theme = str(shown.index[int(shown.to_numpy().argmax())])
        row = frame.loc[[theme]].set_index("category")
        share = 100 * row["estimate"]
        return (
            f"{text}; detractors speak more than promoters of {row['label'].iloc[0]} "
            f"({share['detractor']:.0f}% against {share['promoter']:.0f}%)."
        )

    @override
    def shown(self) -> pd.DataFrame:
        frame = self.frame.assign(share=100 * self.frame["estimate"])
        wide = frame.pivot_table(index="label", columns="category", values="share", sort=False)
        kinds = [kind for kind in (ALL, *CATEGORIES) if kind in wide.columns]
        wide = wide[kinds].rename(columns={kind: f"{kind} %" for kind in kinds})
        shown = wide.rename_axis(columns=None).reset_index().rename(columns={"label": "theme"})
        if not len(self.effects):
            return shown
        effects = self.effects[self.effects["mention"] == "any"].set_index("theme")
        points = self.frame.drop_duplicates("label").set_index("label")["theme"]
        keys = shown["theme"].map(points)
        for name, column in (("NPS", "estimate"), ("lower", "lower"), ("upper", "upper")):
            shown[name] = keys.map(effects[column])
        return shown
