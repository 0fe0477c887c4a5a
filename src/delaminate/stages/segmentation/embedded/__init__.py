"""The segmenter that needs no download and no GPU."""
