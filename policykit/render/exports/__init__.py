"""A verified report in the words of other tools: always derived from the signed report, never a source of its own."""
