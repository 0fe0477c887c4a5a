"""delaminate: a picture and a sentence in, exact RGBA layers out."""

__version__ = "0.1.0"
