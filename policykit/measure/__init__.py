"""Questions to measurements."""
