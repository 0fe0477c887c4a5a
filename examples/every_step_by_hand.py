"""Every step of taking one thing off a picture, by hand: every_step_by_hand.py PICTURE "the thing" OUT.png

This is what `delaminate.split` does for each layer; read it to know where to put your own code.
"""

import sys

import numpy as np
from PIL import Image

from delaminate.composite import over
from delaminate.contracts import Instruction
from delaminate.engines import stage
from delaminate.exact import solve
from delaminate.picture import open_picture

path, words, out = sys.argv[1:]
picture = open_picture(path)

# Instruction → plan → what was found.
plan = stage("planner", "grammar")(Instruction(words), picture.rgb)
segmenter = stage("segmenter", "embedded")
findings = segmenter(segmenter.prepare(picture.rgb), plan)
found = findings[0][0] if findings[0] else sys.exit(f"nothing answers {words!r}")
print(f"found {found.name!r} at {found.box.as_tuple()}, {found.confidence:.0%} sure")

# Mask → alpha, on a crop with some room around the thing.
box = found.box.grown(24, picture.width, picture.height)
crop = np.ascontiguousarray(picture.rgb[box.slices])
mask = np.zeros(crop.shape[:2], np.bool_)
mask[found.box.slices_in(box)] = found.mask
alpha = found.alpha if found.alpha is not None and box == found.box else stage("matter", "closed-form")(crop, mask)

# The hole it leaves, filled from the rest of the picture.
hole = np.zeros(picture.rgb.shape[:2], np.bool_)
hole[box.slices] = alpha > 0.02
patch = stage("inpainter", "content-aware")(picture.rgb, hole, ~hole)
rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
filled = picture.rgb.copy()
filled[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = patch

# The thing's own colour, and the integers that make layer over background the picture again.
colour = stage("foreground", "multilevel")(crop, alpha)
solved = solve(crop, np.ascontiguousarray(filled[box.slices]), alpha, colour)

# The proof.
flat = np.dstack([solved.under, np.full(alpha.shape, 255, np.uint8)])
over(solved.layer, flat)
assert np.array_equal(flat[..., :3], crop), "layer over background must be the picture"
Image.fromarray(solved.layer).save(out)
print(f"wrote {out}; layer over background is the picture, bit for bit")
