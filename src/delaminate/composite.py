"""Alpha-over, flattening, and the proof: the residual against the input.

8-bit alpha-over is Pillow's `alpha_composite`, bit for bit (a test compares every pair of alphas); 16-bit is the same
formula at 65535, rounded to nearest. Both quantise after every layer: floats carried through four layers end up to two
levels away. The numpy code below says what the compiled core must give.
"""

from __future__ import annotations

from ctypes import c_ssize_t, c_void_p
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import Core, in_bands, library
from delaminate.errors import BadArray
from delaminate.pixels import Rgba, levels
from delaminate.stack import AS_CUT, Blend, LayerStack, Look

_PRECISION = 7
"""Extra bits Pillow keeps in its integer blend (AlphaComposite.c)."""

_STRIPE = 1 << 17
"""Pixels blended at a time: small enough to stay in cache, and it bounds the scratch of the numpy core."""

_ALONE = 1 << 21
"""Pixels of a canvas that one thread flattens sooner than a second one starts."""


def _over_8(source: NDArray[np.uint8], under: NDArray[np.uint8]) -> None:
    """Blend a flat N×4 source over an N×4 destination, in place, as Pillow does."""
    seen = np.flatnonzero(source[:, 3])
    if seen.size == 0:
        return
    top, below = source[seen].astype(np.uint32), under[seen].astype(np.uint32)
    a, b = top[:, 3], below[:, 3]
    total = a * 255 + b * (255 - a)
    c1 = a * (255 * 255 << _PRECISION) // total
    c2 = (255 << _PRECISION) - c1
    colour = top[:, :3] * c1[:, None] + below[:, :3] * c2[:, None] + np.uint32(0x80 << _PRECISION)
    out = np.empty((seen.size, 4), np.uint8)
    out[:, :3] = (((colour >> 8) + colour) >> 8) >> _PRECISION
    total += 0x80
    out[:, 3] = ((total >> 8) + total) >> 8
    under[seen] = out


def _over_16(source: NDArray[np.uint16], under: NDArray[np.uint16]) -> None:
    """The same at 16 bits: round(top·a + below·(total−a)) / total, in place; alpha 0 leaves the pixel alone."""
    seen = np.flatnonzero(source[:, 3])
    if seen.size == 0:
        return
    top, below = source[seen].astype(np.uint64), under[seen].astype(np.uint64)
    a, b = top[:, 3], below[:, 3]
    full = np.uint64(65535)
    total = a * full + b * (full - a)
    w1 = a * full
    w2 = total - w1
    out = np.empty((seen.size, 4), np.uint16)
    out[:, :3] = (top[:, :3] * w1[:, None] + below[:, :3] * w2[:, None] + (total // 2)[:, None]) // total[:, None]
    out[:, 3] = (total + full // 2) // full
    under[seen] = out


def _over_numpy(source: Rgba, under: Rgba) -> None:
    blend = _over_8 if levels(source) == 255 else _over_16
    rows = max(1, _STRIPE // max(1, source.shape[1]))
    for top in range(0, source.shape[0], rows):
        stripe = np.ascontiguousarray(under[top : top + rows]).reshape(-1, 4)
        blend(np.ascontiguousarray(source[top : top + rows]).reshape(-1, 4), stripe)
        under[top : top + rows] = stripe.reshape(under[top : top + rows].shape)


def _rows_are_packed(pixels: Rgba) -> bool:
    """Whether pixels lie side by side within a row, which is all the compiled core asks."""
    return pixels.strides[1:] == (4 * pixels.itemsize, pixels.itemsize)


def over(source: Rgba, under: Rgba, core: Core = "auto") -> None:
    """Blend `source` over `under`, in place, on one thread.

    Parameters
    ----------
    source, under : H×W×4 straight alpha, both uint8 or both uint16. `under` is changed.
    core : "compiled", "numpy", or "auto" for the first that is there; the bytes are the same.

    Raises
    ------
    BadArray
        If shapes or depths differ.

    Notes
    -----
    Time grows with the pixels where `source` is not transparent. The compiled core needs no extra memory, numpy about
    100 bytes for each of at most 2¹⁷ pixels at a time.
    """
    if source.shape != under.shape or source.dtype != under.dtype or source.shape[-1] != 4:
        raise BadArray(f"cannot blend {source.dtype} {source.shape} over {under.dtype} {under.shape}")
    eight = levels(source) == 255
    compiled = library("composite", core)
    if compiled is None or not (_rows_are_packed(source) and _rows_are_packed(under)):
        _over_numpy(source, under)
        return
    blend = compiled.delaminate_over_8 if eight else compiled.delaminate_over_16
    blend(
        c_void_p(source.ctypes.data),
        c_ssize_t(source.strides[0]),
        c_void_p(under.ctypes.data),
        c_ssize_t(under.strides[0]),
        c_ssize_t(source.shape[0]),
        c_ssize_t(source.shape[1]),
    )


def shown(source: Rgba, look: Look, under: Rgba, core: Core = "auto") -> None:
    """Lay a layer over `under`, in place, as its look says; as it was cut that is `over`.

    W3C Compositing and Blending Level 1, "Simple alpha compositing" and the separable modes multiply and screen, which
    Photoshop and OpenRaster share; in floats, rounded to nearest.
    """
    if not look.visible:
        return
    if look == AS_CUT:
        over(source, under, core)
        return
    full = np.float32(levels(source))
    rows = max(1, _STRIPE // max(1, source.shape[1]))
    for top in range(0, source.shape[0], rows):
        above, below = (part[top : top + rows].astype(np.float32) / full for part in (source, under))
        a, b = above[..., 3:] * np.float32(look.opacity), below[..., 3:]
        colour, ground = above[..., :3], below[..., :3]
        mixed = colour
        if look.blend is Blend.MULTIPLY:
            mixed = colour * ground
        elif look.blend is Blend.SCREEN:
            mixed = colour + ground - colour * ground
        alpha = a + b - a * b
        premultiplied = a * (1 - b) * colour + a * b * mixed + (1 - a) * b * ground
        straight = premultiplied / np.maximum(alpha, np.float32(1e-9))
        done = np.rint(np.concatenate([straight, alpha], axis=2) * full).astype(under.dtype)
        done[done[..., 3] == 0] = 0
        seen = a[..., 0] > 0
        under[top : top + rows][seen] = done[seen]


def flatten(stack: LayerStack, core: Core = "auto") -> Rgba:
    """The stack as one H×W×4 picture of its own depth: bottom to top, each as it looks, quantised after each layer.

    Notes
    -----
    Runs in bands of rows, all layers of a band before the next, so that the canvas stays in cache; the bands
    of a large canvas share the cores. Memory is that of the result.
    """
    canvas = np.empty_like(stack.background.pixels)

    def band(top: int, bottom: int) -> None:
        if stack.background.look == AS_CUT:
            canvas[top:bottom] = stack.background.pixels[top:bottom]
        else:
            canvas[top:bottom] = 0
            shown(stack.background.pixels[top:bottom], stack.background.look, canvas[top:bottom], core)
        for layer in stack.layers[1:]:
            box = layer.box
            first, last = max(top, box.top), min(bottom, box.bottom)
            if first < last:
                below = canvas[first:last, box.left : box.right]
                shown(layer.pixels[first - box.top : last - box.top], layer.look, below, core)

    area = stack.width * stack.height
    in_bands(band, stack.height, -(-area // _STRIPE), workers=None if area > _ALONE else 1)
    return canvas


@dataclass(frozen=True)
class Recomposition:
    """How far a flattened stack is from the picture it came from; both figures are 0 when it is exact."""

    max_error: int
    differing_pixels: int

    @property
    def exact(self) -> bool:
        return self.max_error == 0 and self.differing_pixels == 0


def recomposition(stack: LayerStack, picture: NDArray[Any]) -> Recomposition:
    """Flatten and compare with the input.

    Parameters
    ----------
    picture : H×W×3 or H×W×4 of the stack's depth. Without alpha it counts as opaque.

    Returns
    -------
    Recomposition
        The largest difference in levels over all four channels, and the number of pixels that differ at all.
    """
    flat = flatten(stack)
    if flat.shape[:2] != picture.shape[:2] or flat.dtype != picture.dtype:
        raise BadArray(
            f"cannot compare a {flat.dtype} {flat.shape} stack with a {picture.dtype} {picture.shape} picture"
        )
    channels = picture.shape[2]
    worst, differing = 0, 0
    for row in range(0, flat.shape[0], 64):
        part, wanted = flat[row : row + 64], picture[row : row + 64]
        if np.array_equal(part[..., :channels], wanted) and (channels == 4 or (part[..., 3] == levels(flat)).all()):
            continue
        a = part.astype(np.int32)
        error = np.abs(a[..., :channels] - wanted.astype(np.int32)).max(axis=2)
        if channels == 3:
            error = np.maximum(error, levels(flat) - a[..., 3])
        worst = max(worst, int(error.max()))
        differing += int(np.count_nonzero(error))
    return Recomposition(worst, differing)
