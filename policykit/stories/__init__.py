"""The order of the rooms, one story a verb."""
