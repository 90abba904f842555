"""Several experiments and outcomes together: false discoveries, shrinkage, what was learnt."""
