"""Files to documents: the only room that reads what users write."""
