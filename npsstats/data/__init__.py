"""Rows in: the tables a retailer has, read, checked and kept with their rejects."""
