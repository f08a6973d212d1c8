"""Decisions to effects."""
