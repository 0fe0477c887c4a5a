"""A picture that is a mask → a thing, wherever it comes from: a file, an asset, a brush."""

from __future__ import annotations

import numpy as np

from delaminate.contracts import Found
from delaminate.errors import BadInstruction
from delaminate.picture import Picture
from delaminate.pixels import box_of, levels


def found_in_mask(mask: Picture, width: int, height: int, name: str = "") -> Found:
    """The thing that a mask marks.

    Parameters
    ----------
    mask : white on black, or, where it has transparency, whatever can be seen of it; half and more counts.
    width, height : of the picture that it belongs to.

    Raises
    ------
    BadInstruction
        If it is of another size than the picture, or marks nothing.
    """
    if (mask.width, mask.height) != (width, height):
        raise BadInstruction(
            f"the mask is {mask.width} x {mask.height} and the picture {width} x {height}; "
            "draw it on a canvas of the picture's size"
        )
    pixels = mask.pixels
    seen = pixels[..., 3] if pixels.shape[2] == 4 and not mask.opaque else pixels[..., :3].max(axis=2)
    marked = seen > levels(pixels) // 2
    box = box_of(marked)
    if box is None:
        raise BadInstruction("the mask marks nothing; draw the thing white on black, or on transparency")
    # Larger things lie further back, as with what the segmenter finds.
    front = -float(np.count_nonzero(marked)) / (width * height)
    return Found(box, np.ascontiguousarray(marked[box.slices]), name, front=front, drawn=True)
