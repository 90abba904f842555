"""What a repeated score gives when nothing was done: regression to the mean."""

from npsstats.experiments.regression_to_mean.room import RegressionToMean, regression_to_mean

__all__ = ["RegressionToMean", "regression_to_mean"]
