"""Tests of policies: given estimates go through the gate's own judge."""
