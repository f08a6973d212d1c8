"""Governance: who answers for the model, and is it written down."""
