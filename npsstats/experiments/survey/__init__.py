"""Survey experiments: where the question stands, when it is sent, and what of that is selection."""
