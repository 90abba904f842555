"""Randomized evidence: plan, assignment, balance, effects, decision."""
