"""Assigned is not reached: the effect on those whom the treatment reached because of it."""

from npsstats.experiments.compliance.complier import CACE, Compliance, compliance
from npsstats.experiments.compliance.exclusion import ExclusionSensitivity, exclusion_sensitivity
from npsstats.experiments.compliance.principal import PrincipalStrata, principal_strata
from npsstats.experiments.compliance.reach import (
    AS_TREATED,
    ReachRates,
    as_treated,
    reach_rates,
    refuse_conditioning,
)

__all__ = [
    "AS_TREATED",
    "CACE",
    "Compliance",
    "ExclusionSensitivity",
    "PrincipalStrata",
    "ReachRates",
    "as_treated",
    "compliance",
    "exclusion_sensitivity",
    "principal_strata",
    "reach_rates",
    "refuse_conditioning",
]
