"""Charts: each function draws one figure in the common style."""
