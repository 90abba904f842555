"""Whom to call first when not all can be called, and what that is worth."""

from npsstats.experiments.targeting.applied import PolicyValue, rank_customers, value_of
from npsstats.experiments.targeting.policy import Policy, whom_to_call

__all__ = ["Policy", "PolicyValue", "rank_customers", "value_of", "whom_to_call"]
