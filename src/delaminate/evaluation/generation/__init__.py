"""Pictures whose layers are known, drawn by the project itself: no downloads, same seed, same bytes."""
