"""Models that return a whole stack at once."""
