"""Cells against each other, against a benchmark, and against a year or a month before."""
