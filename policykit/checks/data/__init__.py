"""Data: the rows at hand, exactly."""
