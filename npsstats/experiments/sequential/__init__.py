"""Looking early: boundaries that pay for every look, and sequences that need no plan of looks."""
