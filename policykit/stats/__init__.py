"""Arithmetic with doubt: numbers in, estimates out, pure."""
