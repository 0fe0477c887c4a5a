"""Seeded crowds of named cut-outs with their visible masks: what the network is measured on.

A scene is 256 pixels square and holds one to nine things over a background from the corpus or a drawn one, some of
them behind others, turned, mirrored, tinted, outlined, shadowed, washed out; sometimes with drawn shapes, text, panes
of glass or smoke in between, which are no things. The corpus is not part of the repository; its README and licences
travel with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import cv2
import numpy as np
from compose import Composite, Corpus, background, shape, text
from numpy.typing import NDArray
from PIL import Image

from delaminate.evaluation.generation.catalogue import THINGS, draw

Floats = NDArray[np.float32]

SIDE = 256
MOST = 9
LONGEST = 160
"""Cut-outs are kept at most this long."""


@dataclass(frozen=True)
class Art:
    """Named cut-outs: premultiplied RGBA uint8 arrays at full, half and quarter size; number of the name; style.

    `all_names` says that only the flat emoji are held out of learning, and no names.
    """

    corpus: Corpus = field(repr=False)
    names: tuple[str, ...]
    phrases: dict[str, frozenset[str]] = field(repr=False)
    pictures: list[tuple[NDArray[np.uint8], ...]] = field(repr=False)
    name_of: NDArray[np.int64]
    style_of: NDArray[np.str_]
    all_names: bool = False

    @classmethod
    def read(cls, path: Path) -> Art:
        """Everything under MIT and CC0; what asks for credit (CC-BY) is left out."""
        corpus = Corpus.read(path)
        rows = [row for row in corpus.cutouts if "CC-BY" not in row["licence"]]
        names = tuple(sorted({row["name"] for row in rows}))
        number = {name: i for i, name in enumerate(names)}
        phrases: dict[str, frozenset[str]] = {}
        for row in rows:
            phrases[row["name"]] = phrases.get(row["name"], frozenset()) | {row["name"], *row["keywords"]}
        pictures = []
        for row in rows:
            cut = Image.fromarray(_decoded(corpus.files[row["file"]]))
            cut = cut.crop(cut.getchannel("A").getbbox())
            if max(cut.size) > LONGEST:
                cut.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
            pictures.append(_levels(cut))
        return cls(
            corpus,
            names,
            phrases,
            pictures,
            np.array([number[row["name"]] for row in rows]),
            np.array([row["style"] for row in rows]),
        )

    @classmethod
    def drawn(cls, corpus: Corpus, each: int = 4) -> Art:
        """What the scene generator draws by code, a style that nobody learned: `each` pictures of every noun."""
        names = tuple(thing.noun for thing in THINGS)
        pictures = [
            _levels(Image.fromarray(draw(thing, LONGEST, Random(seed)).pixels))
            for thing in THINGS
            for seed in range(each)
        ]
        number = np.repeat(np.arange(len(names)), each)
        style = np.full(len(number), "drawn by code")
        return cls(corpus, names, {name: frozenset({name}) for name in names}, pictures, number, style)

    def learning(self) -> NDArray[np.bool_]:
        """Which cut-outs may be learned from: no flat emoji, no shiny one of every sixth name, no eleventh name."""
        apart = np.array([_apart(name) for name in self.names])[self.name_of]
        shiny = (self.style_of == "fluent-3d") & (apart % 6 == 0) & (not self.all_names)
        return np.asarray((self.style_of != "fluent-flat") & ~shiny & ~self.unnamed(), np.bool_)

    def unnamed(self) -> NDArray[np.bool_]:
        """Cut-outs of every eleventh name, which is never learned in any style; none with `all_names`."""
        apart = np.array([_apart(name) for name in self.names])[self.name_of]
        return np.asarray((apart % 11 == 1) & (not self.all_names))


def _levels(cut: Image.Image) -> tuple[NDArray[np.uint8], ...]:
    """A cut-out premultiplied, at full, half and quarter size, with an empty rim for the warp."""
    rgba = np.asarray(cut, np.float32)
    rgba[..., :3] *= rgba[..., 3:] / 255
    levels = [rgba]
    while len(levels) < 3 and min(levels[-1].shape[:2]) > 8:
        height, width = levels[-1].shape[:2]
        smaller = cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(smaller, np.float32))
    return tuple(np.pad(np.rint(v).astype(np.uint8), ((1, 1), (1, 1), (0, 0))) for v in levels)


def _apart(name: str) -> int:
    """A number that depends on the letters of a name only."""
    return sum(ord(c) * (i + 1) for i, c in enumerate(name))


def _decoded(data: bytes) -> NDArray[np.uint8]:
    bgra = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if bgra is None:
        raise ValueError("a cut-out of the corpus is damaged; unpack it again")
    return np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA), np.uint8)


@dataclass
class Crowd:
    """RGB uint8 SIDE×SIDE×3; `masks` uint8 things×SIDE×SIDE (visible alpha, 0..255); number of the cut-out of each."""

    rgb: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    cutouts: list[int]


def grounds(seed: int, corpus: Corpus, count: int) -> list[NDArray[np.uint8]]:
    """Backgrounds to cut scenes from, a quarter larger than a scene; drawn shapes on some of the plain ones."""
    side = SIDE * 5 // 4
    made = []
    for i in range(count):
        rng = np.random.default_rng((seed, i))
        plain = bool(rng.random() < 0.45)
        scene = Composite(background(rng, corpus, side, side, plain))
        if plain and rng.random() < 0.5:
            for _ in range(int(rng.integers(1, 4))):
                l, t = rng.uniform(0, 0.6, 2) * side
                r, b = l + rng.uniform(0.2, 0.6) * side, t + rng.uniform(0.2, 0.6) * side
                shape(rng, scene, str(rng.choice(["circle", "card", "pill", "frame"])), (l, t, r, b))
        if rng.random() < 0.3:
            top = float(rng.uniform(0.02, 0.9) * side)
            text(rng, scene, corpus, (side * 0.1, top, side * 0.9, top + float(rng.uniform(14, 40))))
        made.append(np.clip(np.rint(scene.rgb), 0, 255).astype(np.uint8))
    return made


def crowd(
    seed: int, art: Art, allowed: NDArray[np.int64], under: list[NDArray[np.uint8]], count: int | None = None
) -> Crowd:
    """The scene of a seed from the cut-outs numbered in `allowed` on one of `under`, with `count` things or some."""
    rng = np.random.default_rng(seed)
    if count is None:
        count = int(rng.integers(5, MOST + 1)) if rng.random() < 0.65 else int(rng.integers(1, 4))
    ground = under[rng.integers(len(under))]
    y, x = rng.integers(0, ground.shape[0] - SIDE, 2)
    ground = ground[y : y + SIDE, x : x + SIDE]
    if rng.random() < 0.5:
        ground = ground[:, ::-1]
    rgb = ground.astype(np.float32)
    masks: list[NDArray[np.float32]] = []
    used: list[int] = []
    for cutout, slot in zip(rng.choice(allowed, count, replace=False), _slots(rng, count), strict=True):
        if _place(rng, rgb, masks, art.pictures[cutout], slot, art.style_of[cutout] == "pixel"):
            used.append(int(cutout))
        if rng.random() < 0.03:
            _veil(rng, rgb, masks)
    return Crowd(finished(rng, rgb), np.rint(np.stack(masks) * 255).astype(np.uint8), used)


def _slots(rng: np.random.Generator, count: int) -> list[tuple[float, float, float]]:
    """Centre and side of each thing: cells of a grid, shifted and mostly filled; sometimes anywhere."""
    if count <= 3 or rng.random() < 0.15:
        return [
            (*(rng.uniform(0.2, 0.8, 2) * SIDE), float(rng.uniform(0.2, 0.9)) * SIDE / count**0.5) for _ in range(count)
        ]
    columns = 4 if count > 9 else 3 if count > 4 else 2
    rows = -(-count // columns)
    cells = [(c, r) for r in range(rows) for c in range(columns)]
    rng.shuffle(cells)
    step_x, step_y = SIDE / columns, SIDE / rows
    slots = []
    for c, r in cells[:count]:
        x, y = (c + rng.uniform(0.35, 0.65)) * step_x, (r + rng.uniform(0.35, 0.65)) * step_y
        slots.append((x, y, float(rng.uniform(0.35, 1.15)) * min(step_x, step_y)))
    return slots


def _place(
    rng: np.random.Generator,
    rgb: NDArray[np.float32],
    masks: list[NDArray[np.float32]],
    levels: tuple[NDArray[np.uint8], ...],
    slot: tuple[float, float, float],
    pixel: bool,
) -> bool:
    """Lay a cut-out into a slot; only the pixels around it are touched. False if too little of it lies in the scene."""
    x, y, side = slot
    premultiplied, alpha = posed(rng, levels, side, pixel)
    edge = alpha.shape[0]
    left, top = round(x - edge / 2), round(y - edge / 2)
    if rng.random() < 0.3:
        cast = cv2.GaussianBlur(alpha, (0, 0), float(rng.uniform(1, 5))) * np.float32(rng.uniform(0.15, 0.5))
        lay(rgb, masks, None, cast, left + int(rng.integers(-3, 6)), top + int(rng.integers(0, 9)))
    return lay(rgb, masks, premultiplied, alpha, left, top, named=True)


def posed(
    rng: np.random.Generator,
    levels: tuple[NDArray[np.uint8], ...],
    side: float,
    pixel: bool,
    style: Callable[[Floats, Floats], tuple[Floats, Floats]] | None = None,
) -> tuple[Floats, Floats]:
    """A cut-out `side` pixels long, mirrored, turned, tinted, outlined: premultiplied colour 0..255, alpha 0..1.

    `style` changes both before they are tinted.
    """
    cut = levels[0]
    for smaller in levels[1:]:
        if max(smaller.shape[:2]) >= side:
            cut = smaller
    zoom = side / max(cut.shape[:2])
    turn = float(rng.uniform(-35, 35)) if rng.random() < 0.3 and not pixel else 0.0
    edge = int(side * (1.25 if turn else 1.05)) + 8
    flip = -1 if rng.random() < 0.5 else 1
    c, s = zoom * np.cos(np.radians(turn)), zoom * np.sin(np.radians(turn))
    height, width = cut.shape[:2]
    matrix = np.array([[flip * c, -s, 0], [flip * s, c, 0]])
    matrix[:, 2] = edge / 2 - matrix[:, :2] @ (width / 2, height / 2)
    how = cv2.INTER_NEAREST if pixel and zoom > 1 else cv2.INTER_LINEAR
    part = cv2.warpAffine(cut, matrix, (edge, edge), flags=how).astype(np.float32)
    alpha = part[..., 3] * np.float32(1 / 255)
    plain = part[..., :3]
    if style is not None:
        plain, alpha = style(plain, alpha)
    premultiplied = _tinted(rng, plain, alpha)
    if rng.random() < 0.1:
        wide = cv2.dilate(alpha, np.ones((3, 3)))
        premultiplied += (255 if rng.random() < 0.7 else 0) * (wide - alpha)[..., None]
        alpha = np.asarray(wide, np.float32)
    return premultiplied, alpha


def _tinted(
    rng: np.random.Generator, premultiplied: NDArray[np.float32], alpha: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Another light: brightness, contrast, colour cast, sometimes nearly grey. Premultiplied, 0..255."""
    cover = alpha[..., None]
    colour = premultiplied * np.float32(rng.uniform(0.75, 1.2)) + rng.normal(0, 8, 3).astype(np.float32) * cover
    if rng.random() < 0.12:
        grey = colour.mean(axis=2, keepdims=True)
        colour = grey + (colour - grey) * np.float32(rng.uniform(0.0, 0.7))
    if rng.random() < 0.12:
        keep = np.float32(rng.uniform(0.4, 0.8))
        colour = keep * colour + (1 - keep) * 128 * cover
    return np.clip(colour, 0, 255 * cover)


def lay(
    rgb: NDArray[np.float32],
    masks: list[NDArray[np.float32]],
    premultiplied: NDArray[np.float32] | None,
    alpha: NDArray[np.float32],
    left: int,
    top: int,
    named: bool = False,
) -> bool:
    """Put something on top (None is black); it hides what it covers and, if it is named, gets a mask of its own."""
    height, width = alpha.shape
    l, t, r, b = max(0, left), max(0, top), min(rgb.shape[1], left + width), min(rgb.shape[0], top + height)
    if l >= r or t >= b:
        return False
    a = alpha[t - top : b - top, l - left : r - left]
    if named and a.sum() < 40:
        return False
    rgb[t:b, l:r] *= (1 - a)[..., None]
    if premultiplied is not None:
        rgb[t:b, l:r] += premultiplied[t - top : b - top, l - left : r - left]
    if named:
        for other in masks:
            other[t:b, l:r] *= 1 - a
        full = np.zeros(rgb.shape[:2], np.float32)
        full[t:b, l:r] = a
        masks.append(full)
    return True


def _veil(rng: np.random.Generator, rgb: NDArray[np.float32], masks: list[NDArray[np.float32]]) -> None:
    """A pane of glass or a puff of smoke: no thing, and what is behind it stays visible."""
    side = int(rng.uniform(0.2, 0.6) * SIDE)
    alpha = np.full((side, round(side * float(rng.uniform(0.5, 1.5)))), 1, np.float32)
    if rng.random() < 0.5:
        noise = cv2.GaussianBlur(rng.normal(size=alpha.shape).astype(np.float32), (0, 0), side / 8)
        noise = (noise - noise.min()) / max(float(np.ptp(noise)), 1e-6)
        alpha = noise * np.outer(np.hanning(alpha.shape[0]), np.hanning(alpha.shape[1])).astype(np.float32)
    alpha = alpha * np.float32(rng.uniform(0.15, 0.5))
    colour = alpha[..., None] * rng.uniform(120, 255, 3).astype(np.float32)
    lay(rgb, masks, colour, alpha, int(rng.uniform(-0.1, 0.8) * SIDE), int(rng.uniform(-0.1, 0.8) * SIDE))


def finished(rng: np.random.Generator, rgb: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Light over the whole, grain, a blur or JPEG, rounded to levels."""
    if rng.random() < 0.3:
        rgb = rgb * rng.uniform(0.8, 1.15, 3).astype(np.float32)
    if rng.random() < 0.15:
        rgb = rgb + rng.normal(0, rng.uniform(1, 6), rgb.shape).astype(np.float32)
    if rng.random() < 0.15:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.4, 1.0))), np.float32)
    done = np.clip(np.rint(rgb), 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        jpeg = cv2.imencode(".jpg", done[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 95))])[1]
        done = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
    return np.ascontiguousarray(done)
