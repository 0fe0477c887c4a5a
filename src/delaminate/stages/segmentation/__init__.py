"""Target → Mask."""
