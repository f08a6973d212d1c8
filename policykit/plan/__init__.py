"""Documents to questions."""
