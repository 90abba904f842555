"""Who gains: effects of subgroups, shrunk together."""

from npsstats.experiments.heterogeneity.subgroups import Subgroups, subgroups

__all__ = ["Subgroups", "subgroups"]
