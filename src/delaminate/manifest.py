"""manifest.json, version 1: write, read, validate."""
