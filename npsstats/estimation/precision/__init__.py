"""How many answers, and what they buy."""
