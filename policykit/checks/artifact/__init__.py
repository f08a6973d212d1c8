"""Artifact: what the model's own files would do to whoever loads them."""
