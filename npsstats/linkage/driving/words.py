"""What must be said of every account of drivers."""

from __future__ import annotations

from npsstats.said import said

__all__ = ["ASSOCIATION", "NOISE"]

ASSOCIATION = said(
    "Association, not effect: where drivers and score are answers of one person in one "
    "questionnaire, a good mood shows in all of them (halo, common method). A study of the halo "
    "shows how much is left within customers."
)
NOISE = said(
    "A rating is a noisy reading of what was lived: noise weakens each driver's "
    "own weight and hands part of it to drivers that go with it."
)
