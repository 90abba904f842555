"""Who leaves, when, and what foretells it, from customers counted by `person_periods`."""
