"""Pages of a static site, drawn from layouts."""
