"""Measurements and constraints to verdicts. Pure."""
