"""Who leaves, when, and what foretells it."""
