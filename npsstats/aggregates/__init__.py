"""Rows reduced once, inside the database, to what the analyses need."""
