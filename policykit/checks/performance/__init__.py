"""Performance: how well the model predicts."""
