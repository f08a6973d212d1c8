"""Fairness: whether groups of people are treated alike."""
