"""Units in clusters: what a comparison of arms may claim when customers belong to stores."""

from npsstats.experiments.clusters.clustered import clustered
from npsstats.experiments.clusters.hierarchical_nuts import ClusteredPosterior, clustered_bayes
from npsstats.experiments.clusters.intracluster import (
    IntraclusterCorrelation,
    intracluster_correlation,
)

__all__ = [
    "ClusteredPosterior",
    "IntraclusterCorrelation",
    "clustered",
    "clustered_bayes",
    "intracluster_correlation",
]
