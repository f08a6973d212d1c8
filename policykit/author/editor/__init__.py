"""Editors: what is wrong, what could stand here, and what it means, while a policy is being written."""
