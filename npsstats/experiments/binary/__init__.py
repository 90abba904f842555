"""Outcomes that happen or do not: did the customer buy again, was she called, did she leave."""

from npsstats.experiments.binary.room import binary

__all__ = ["binary"]
