"""A picture, whatever door it comes through: its pixels as they are stored, upright, and what is known about them.

`opening` has the doors, `kinds` tells files apart by their first bytes, and there is a file for every format that
Pillow does not read whole: `tiff`, `png`, `avif`, `heif`, `jpeg2000`, `photoshop`, `openraster`.
"""

from delaminate.picture.about import About
from delaminate.picture.opening import MAX_PIXELS, Picture, open_picture

__all__ = ["MAX_PIXELS", "About", "Picture", "open_picture"]
