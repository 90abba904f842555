"""How many units, how long, and what would be found: the size of an experiment."""
