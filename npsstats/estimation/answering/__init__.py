"""Who answered: weights, propensities, bounds, accounts and buyers."""
