"""NPS with its uncertainty."""
