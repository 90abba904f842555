"""Amounts: what treatment adds to what a unit spends, on average."""

from npsstats.experiments.amounts.room import amount

__all__ = ["amount"]
