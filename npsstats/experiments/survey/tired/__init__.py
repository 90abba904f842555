"""Past solicitations: what goes with them, and what a quarantine costs and saves."""
