"""The whole 0–10 scale with covariates and levels: a multilevel cumulative logit."""
