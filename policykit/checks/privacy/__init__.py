"""Privacy: what the model and its statistics give away about people."""
