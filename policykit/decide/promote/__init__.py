"""Promotion: the effect of a permit, in whatever keeps the models that are in use."""
