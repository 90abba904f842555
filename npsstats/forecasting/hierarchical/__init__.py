"""Many series together, with known sampling errors."""

from npsstats.forecasting.hierarchical.model import FittedHierarchical, Hierarchical

__all__ = ["FittedHierarchical", "Hierarchical"]
