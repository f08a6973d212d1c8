"""Latency: how fast an answer comes."""
