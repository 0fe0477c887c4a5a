"""The inpainter that fills from the picture itself."""
