"""Reports to signed files, and back."""
