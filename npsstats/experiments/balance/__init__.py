"""Did the randomization come out as planned: ratios, covariates, follow-up, missing outcomes."""
