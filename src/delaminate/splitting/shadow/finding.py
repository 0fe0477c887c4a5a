"""The shadow of a thing, found by a small network that looks at the thing's outline and the ground around it.

The network (`network.onnx`, made by `training/shade.py`; `network.md` is its card) tells for every place how much light
is gone. Grounds with grain and edges of their own, as bricks, wood and photographs have, are what it learned to tell
from shadows. Where the ground is even, it is followed under the shadow, and that says more exactly how deep it is.

Cost: one look at a copy of `SIDE` pixels a side, some averages over one of `FINE`, whatever the picture's size.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from delaminate.models.onnx_session import answers, can_run, session_of
from delaminate.pixels import Box, Colour, Mask, Rgb, box_of, levels
from delaminate.splitting.shadow.ground import (
    BLACK,
    LitGround,
    Plane,
    averaged,
    blurred,
    gone_between,
    lit_ground,
)
from delaminate.splitting.shadow.light import Shadow
from delaminate.splitting.shadow.plain import shadow_on_plain
from delaminate.splitting.shadow.view import DARK, View, size_of, view_of

SURE, SURER = 0.25, 2.75
"""Logarithm of the odds of a shadow from which one is taken, on drawn grounds and on those that are as uneven as
photographs: there a shadow taken where none is tears the picture."""
UNEVEN = 0.125
"""Unevenness from which a ground is such a one: of drawn hills and seas nine in ten have less than 0.11, of photographs
nine in ten more than 0.18."""
STEP, PLAIN = 0.01, 0.5
"""Change of the logarithm to the next pixel up to which ground is plain; share of it from which it is drawn of plain
pieces, uneven as they are together (`plain`). Of photographs one in ten has so much."""
SMOOTHER = 1.05
"""Share of a plain ground's unevenness that at most is left once its light is back; a disc taken for one adds to it."""
FINE = 320
"""Longest side, in pixels, of the copy on which the light is drawn: shadows are soft."""
SCALES = (8.0, 4.0, 2.0)
"""Deviations, in pixels of the network's copy, over which its answer is compared with the ground, one by one."""
LIT = 0.02
"""Darkening (logarithm) up to which ground counts as lit."""
EDGE = 0.03
"""Darkening at which a shadow ends."""
FADE = 4.0
"""Pixels of the network's copy over which a shadow is followed beyond its edge."""
SMOOTH = 1.5
"""Deviation, in the same, over which the grain of the ground is averaged."""
AROUND = 12.0
"""The same for the colour of the ground that a thing hides."""


def reach(box: Box, width: int, height: int) -> Box:
    """How far round a thing its shadow is looked for."""
    return box.grown(16 + round(0.6 * max(box.width, box.height)), width, height)


def shadow_of(rgb: Rgb, mask: Mask, others: Mask, box: Box) -> Shadow | None:
    """The soft shadow that lies on the ground next to a thing, or None; without onnxruntime only on plain ground.

    Parameters
    ----------
    rgb : H×W×3, the crop `box` of the picture; `box` is the thing's grown as `reach` says.
    mask : H×W, the thing.
    others : H×W, what else was found: no ground.
    """
    network = _network()
    if network is None:
        return shadow_on_plain(rgb, mask, others, box)
    height, width = mask.shape
    size = size_of(height, width)
    small = _copy(rgb, size)
    view = view_of(small, _share(mask, size), _share(others, size))
    if view is None:
        return None
    gone, sure = answers(network, {"view": view.planes[None]})
    dark = np.maximum(gone[0, :, : size[1], : size[0]].transpose(1, 2, 0), 0).astype(np.float32)
    guess = lit_ground(small, view.ground & ~_grown(dark.mean(axis=2) > LIT, 1))
    even = guess is not None and guess.unevenness(1.0) < UNEVEN
    if not even and _plain_share(small, view.ground) > PLAIN:
        plain = shadow_on_plain(rgb, mask, others, box)
        if plain is not None:
            return plain
    if float(sure.ravel()[0]) < (SURE if even else SURER):
        return None
    if guess is not None:
        dark = _compared(dark, small, view, guess)
    scale = min(1.0, FINE / max(height, width))
    fine = (max(8, round(width * scale)), max(8, round(height * scale)))
    larger = max(1.0, fine[0] / size[0])
    seen, near = _copy(rgb, fine), _grown(_share(mask, fine) > 0.02, 1)
    ground = ~near & ~(_share(others, fine) > 0.02)
    dark = np.maximum(cv2.resize(dark, fine, interpolation=cv2.INTER_CUBIC), 0)
    if guess is not None:
        dark = _in_detail(dark, seen, ground, larger)
    share = _attached(dark, near, ground, larger)
    if share is None:
        return None
    light = _light(seen, share, ground, larger)
    if _plain_share(small, view.ground) > PLAIN and not _is_smoother(seen, light, ground):
        return None
    whole = np.clip(cv2.resize(light, (width, height), interpolation=cv2.INTER_CUBIC), np.float32(0.1), 1)
    inner = box_of(whole.min(axis=2) < 1 - 1e-3)
    if inner is None:
        return None
    return Shadow(inner.shifted(box.left, box.top), np.ascontiguousarray(whole[inner.slices]))


@functools.cache
def _network() -> Any:
    return session_of(Path(__file__).with_name("network.onnx")) if can_run() else None


def _compared(dark: Colour, small: Colour, view: View, guess: LitGround) -> Colour:
    """The network's answer, deepened or lightened where the ground, followed under it, says so: from coarse to fine."""
    told, ground = gone_between(small, guess.colours), view.ground.astype(np.float32)
    for scale in SCALES:
        inside = _inside(dark, SMOOTH)
        off = averaged(np.clip(told - dark, -1, 1), ground * inside, scale)
        dark = np.maximum(dark + np.float32(guess.trust(scale)) * inside[..., None] * off, 0)
    return dark


def _in_detail(dark: Colour, seen: Colour, ground: Mask, larger: float) -> Colour:
    """The same once more on a copy that is `larger`; what lies under the thing goes by what lies beside it."""
    guess = lit_ground(seen, ground & ~_grown(dark.mean(axis=2) > LIT, round(larger)), larger)
    if guess is None:
        return dark
    known = ground.astype(np.float32)
    told = gone_between(averaged(seen, known, 0.8), guess.colours)
    off = np.clip(told - dark, -0.6, 0.6) * known[..., None]
    beside = np.where(
        blurred(known, 1.5)[..., None] > 0.05, averaged(off, known, 1.5), averaged(off, known, 4 * larger)
    )
    off = np.where(ground[..., None], off, beside)
    inside = _inside(dark, SMOOTH * larger)[..., None]
    return np.asarray(np.maximum(dark + np.float32(guess.trust(larger)) * inside * off, 0), np.float32)


def _plain_share(small: Colour, ground: Mask) -> float:
    """How much of the ground changes no more than a plain or graded one."""
    logs = np.log(small + np.float32(DARK)).mean(axis=2)
    steps = np.maximum(np.abs(np.diff(logs, axis=1))[1:], np.abs(np.diff(logs, axis=0))[:, 1:])
    inner = ground[1:, 1:] & ground[:-1, 1:] & ground[1:, :-1]
    return float((steps[inner] < STEP).mean()) if inner.any() else 0.0


def _is_smoother(seen: Colour, light: Colour, ground: Mask) -> bool:
    """Whether plain ground becomes smoother once its light is back: what ends in a hard edge is a disc, no shadow."""
    shaded = _grown(light.min(axis=2) < 1 - LIT, 3) & ground
    inner = shaded[1:, 1:] & shaded[:-1, 1:] & shaded[1:, :-1]
    before, after = (
        np.log(field + np.float32(DARK)).mean(axis=2) for field in (seen, seen / np.maximum(light, np.float32(0.1)))
    )
    uneven = [
        float((np.abs(np.diff(f, axis=1))[1:] + np.abs(np.diff(f, axis=0))[:, 1:])[inner].sum())
        for f in (before, after)
    ]
    return uneven[1] < SMOOTHER * uneven[0]


def _inside(dark: Colour, over: float) -> Plane:
    """Whether a place lies in the shadow, 0..1."""
    return np.asarray(np.clip((blurred(dark.mean(axis=2), over) - 0.01) / 0.03, 0, 1), np.float32)


def _attached(dark: Colour, near: Mask, ground: Mask, larger: float) -> Colour | None:
    """The share of light (h×w×3) that is gone in dark places that touch the thing; None where none is to be seen."""
    _, labels = cv2.connectedComponents((dark.mean(axis=2) > EDGE).astype(np.uint8), connectivity=8)
    found = np.isin(labels, np.setdiff1d(labels[_grown(near, round(2 * larger))], [0]))
    if not (found & ground).any():
        return None
    # Beyond the edge it fades out, so that no line stays where it ends.
    away = cv2.distanceTransform((~found).astype(np.uint8), cv2.DIST_L2, 5)
    fade = np.clip(1.5 - away / (FADE * larger), 0, 1).astype(np.float32)
    return np.asarray((1 - np.exp(-dark)) * fade[..., None], np.float32)


def _light(shaded: Colour, share: Colour, ground: Mask, larger: float) -> Colour:
    """The share of the ground's own light that is left where `share` of it, but for BLACK, is gone."""
    known = ground.astype(np.float32)
    usual = averaged(share, known, SMOOTH * larger)
    whole = (averaged(shaded, known, SMOOTH * larger) - BLACK * usual) / np.maximum(1 - usual, np.float32(0.1))
    there = blurred(known, SMOOTH * larger) > 0.05
    around = averaged(np.clip(whole, 0, 255), there.astype(np.float32), AROUND * larger)
    whole = np.clip(np.where(there[..., None], whole, around), 2 * BLACK, 255)
    return np.asarray(1 - share + share * BLACK / whole, np.float32)


def _copy(rgb: Rgb, size: tuple[int, int]) -> Colour:
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small * np.float32(255 / levels(rgb)), np.float32)


def _share(mask: Mask, size: tuple[int, int]) -> Plane:
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA))


def _grown(mask: Mask, times: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=times) > 0)
