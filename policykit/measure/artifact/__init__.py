"""What the bytes of a model's files are, and what they would do to whoever loads them. Nothing is loaded to find out."""
