"""Experiments, said for readers."""
