"""Picture → how near each pixel is."""
