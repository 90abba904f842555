"""Scores: NPS, and how the whole distribution of answers shifts."""

from npsstats.experiments.scores.next_score import next_score
from npsstats.experiments.scores.room import score

__all__ = ["next_score", "score"]
