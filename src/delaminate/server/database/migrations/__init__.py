"""Versions of the tables; from the first release on they only add."""
