"""Seeded composites of the art corpus: pictures whose objects are known, at the size segmentation looks at.

Four kinds of scene in equal parts: sprites on a painted, photographic or procedural background; posters (shapes, an
object, lines of text); cards and icons; piles with soft shadows. The corpus is not part of the repository; its README
and licences travel with it.
"""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

LONG = 400
WORDS = [
    "SALE",
    "NEW",
    "Summer",
    "Night",
    "Market",
    "Open",
    "Daily",
    "Fresh",
    "Coffee",
    "Music",
    "Live",
    "Friday",
    "Club",
    "Go",
    "Play",
    "More",
    "Game",
    "Big",
    "Free",
]


@dataclass(frozen=True)
class Corpus:
    """The cut-outs (RGBA), backgrounds (RGB) and font files of the corpus, read once."""

    cutouts: list[dict[str, Any]]
    backgrounds: list[NDArray[np.uint8]]
    fonts: list[bytes]
    files: dict[str, bytes] = field(repr=False, default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Corpus:
        """From art-corpus.tar."""
        with tarfile.open(path) as tar:
            files = {m.name.removeprefix("./"): tar.extractfile(m).read() for m in tar if m.isfile()}  # type: ignore[union-attr]
        rows = [json.loads(line) for line in files["cutouts.jsonl"].splitlines()]
        rows = [r for r in rows if r["style"] != "cartoon-part"]
        backgrounds = [
            np.asarray(Image.open(io.BytesIO(files[json.loads(line)["file"]])).convert("RGB"))
            for line in files["backgrounds.jsonl"].splitlines()
        ]
        fonts = [v for k, v in sorted(files.items()) if k.startswith("fonts/") and k.endswith(("ttf", "otf"))]
        return cls(rows, backgrounds, fonts, files)

    def cutout(self, index: int) -> Image.Image:
        return Image.open(io.BytesIO(self.files[self.cutouts[index]["file"]])).convert("RGBA")


@dataclass
class Composite:
    """A picture being built: RGB uint8, the visible alpha of every object so far, shapes, and boxes of text."""

    rgb: NDArray[np.float32]
    objects: list[NDArray[Any]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    shapes: list[NDArray[Any]] = field(default_factory=list)
    text: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        return self.rgb.shape[1], self.rgb.shape[0]

    def lay(self, colour: NDArray[Any], alpha: NDArray[Any]) -> None:
        """Put something on top; what it covers is no longer visible."""
        self.rgb = colour * alpha[..., None] + self.rgb * (1 - alpha[..., None])
        self.objects = [o * (1 - alpha) for o in self.objects]
        self.shapes = [s * (1 - alpha) for s in self.shapes]


def _random_colour(rng: np.random.Generator) -> NDArray[np.float32]:
    hsv = np.array([[[rng.integers(180), rng.integers(0, 230), rng.integers(20, 256)]]], np.uint8)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0], np.float32)


def background(rng: np.random.Generator, corpus: Corpus, width: int, height: int, plain: bool) -> NDArray[np.float32]:
    """A background: from the corpus, or flat, gradient, rays, checks, noise, hills. float32 h×w×3, 0..255."""
    yy, xx = np.mgrid[:height, :width].astype(np.float32)
    kind = rng.integers(0, 4 if plain else 12)
    if kind >= 5:
        picture = corpus.backgrounds[rng.integers(len(corpus.backgrounds))]
        zoom = max(width / picture.shape[1], height / picture.shape[0]) * rng.uniform(1, 1.5)
        big = cv2.resize(
            picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
        )
        y, x = rng.integers(0, big.shape[0] - height + 1), rng.integers(0, big.shape[1] - width + 1)
        return big[y : y + height, x : x + width].astype(np.float32)
    a, b = _random_colour(rng), _random_colour(rng)
    if rng.random() < 0.6:
        b = np.clip(a + rng.normal(0, 35, 3), 0, 255).astype(np.float32)
    if kind == 0:
        return np.broadcast_to(a, (height, width, 3)).astype(np.float32).copy()
    if kind in (1, 2):
        angle = rng.uniform(0, 2 * np.pi)
        t = np.cos(angle) * xx / width + np.sin(angle) * yy / height
    elif kind == 3:
        centre = rng.uniform(0.2, 0.8, 2) * (width, height)
        t = np.sign(np.sin(np.arctan2(yy - centre[1], xx - centre[0]) * rng.integers(6, 16)))
        b = np.clip(a + rng.normal(0, 22, 3), 0, 255).astype(np.float32)
    else:
        t = cv2.GaussianBlur(rng.normal(size=(height, width)).astype(np.float32), (0, 0), rng.uniform(0.6, 30))
        if rng.random() < 0.3:
            t = np.sign(np.sin(xx * rng.uniform(0.05, 0.3))) + np.sign(np.sin(yy * rng.uniform(0.05, 0.3)))
    t = (t - t.min()) / max(float(np.ptp(t)), 1e-6)
    field_ = a + (b - a) * t[..., None]
    return np.asarray(field_ + rng.normal(0, rng.choice([0, 0, 1.5, 4]), field_.shape), np.float32)


def place(rng: np.random.Generator, scene: Composite, corpus: Corpus, box: tuple[float, float, float, float]) -> None:
    """Put a random cut-out into a box (left, top, right, bottom), sometimes mirrored, turned, tinted, shadowed."""
    index = int(rng.integers(len(corpus.cutouts)))
    cut = corpus.cutout(index)
    width, height = scene.size
    left, top, right, bottom = box
    if rng.random() < 0.5:
        cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixel = corpus.cutouts[index]["style"] == "pixel"
    if rng.random() < 0.3 and not pixel:
        cut = cut.rotate(float(rng.uniform(-30, 30)), Image.Resampling.BICUBIC, expand=True)
    bounds = cut.getchannel("A").getbbox()
    if bounds is None:
        return
    cut = cut.crop(bounds)
    zoom = min((right - left) / cut.width, (bottom - top) / cut.height)
    size = max(4, round(cut.width * zoom)), max(4, round(cut.height * zoom))
    cut = cut.resize(size, Image.Resampling.NEAREST if pixel and zoom > 1 else Image.Resampling.LANCZOS)
    x = round((left + right - size[0]) / 2)
    y = round(bottom - size[1]) if rng.random() < 0.5 else round((top + bottom - size[1]) / 2)
    canvas = Image.new("RGBA", (width, height))
    canvas.paste(cut, (x, y))
    rgba = np.asarray(canvas, np.float32)
    alpha = np.ascontiguousarray(rgba[..., 3] / 255)
    if alpha.sum() < 40:
        return
    colour = np.clip(rgba[..., :3] * rng.uniform(0.8, 1.15) + rng.normal(0, 6, 3), 0, 255)
    if rng.random() < 0.35:
        shift = np.array([[1, 0, rng.integers(-3, 8)], [0, 1, rng.integers(0, 10)]], np.float32)
        cast = cv2.warpAffine(cv2.GaussianBlur(alpha, (0, 0), rng.uniform(1.5, 6)), shift, (width, height))
        scene.lay(np.zeros(3, np.float32), np.asarray(cast * rng.uniform(0.15, 0.55), np.float32))
    scene.lay(colour, alpha)
    scene.objects.append(alpha)
    scene.names.append(corpus.cutouts[index]["name"])


def shape(rng: np.random.Generator, scene: Composite, kind: str, box: tuple[float, float, float, float]) -> None:
    """Draw a circle, card, band, pill or frame, four times oversampled."""
    width, height = scene.size
    big = Image.new("L", (width * 4, height * 4))
    draw = ImageDraw.Draw(big)
    l, t, r, b = (4 * v for v in box)
    if kind == "circle":
        draw.ellipse((l, t, r, b), fill=255)
    elif kind == "band":
        tilt = rng.uniform(-0.25, 0.25) * width * 4
        draw.polygon([(0, t + tilt), (width * 4, t - tilt), (width * 4, b - tilt), (0, b + tilt)], fill=255)
    elif kind == "frame":
        draw.rectangle((l, t, r, b), outline=255, width=int(rng.integers(4, 16)))
    else:
        draw.rounded_rectangle((l, t, r, b), radius=(b - t) / 2 if kind == "pill" else rng.uniform(0, 60), fill=255)
    alpha = np.asarray(big.resize((width, height), Image.Resampling.BOX), np.float32) / 255
    if rng.random() < 0.2 and kind == "card":
        scene.lay(np.full(3, 255, np.float32), alpha * np.float32(rng.uniform(0.15, 0.5)))
        return
    scene.lay(_random_colour(rng), alpha)
    scene.shapes.append(alpha)


def text(rng: np.random.Generator, scene: Composite, corpus: Corpus, box: tuple[float, float, float, float]) -> None:
    """Write a line of words into a box."""
    width, height = scene.size
    left, top, right, bottom = box
    words = " ".join(rng.choice(WORDS, rng.integers(1, 4)))
    font = ImageFont.truetype(
        io.BytesIO(corpus.fonts[rng.integers(len(corpus.fonts))]), max(7, int((bottom - top) * 4))
    )
    big = Image.new("L", (width * 4, height * 4))
    draw = ImageDraw.Draw(big)
    bounds = draw.textbbox((0, 0), words, font=font)
    span = bounds[2] - bounds[0]
    if span > (right - left) * 4:
        words = words.split()[0]
        bounds = draw.textbbox((0, 0), words, font=font)
        span = bounds[2] - bounds[0]
    x = (left + right) * 2 - span / 2
    draw.text((x - bounds[0], top * 4 - bounds[1]), words, font=font, fill=255)
    alpha = np.asarray(big.resize((width, height), Image.Resampling.BOX), np.float32) / 255
    here = np.nonzero(alpha > 0.3)
    if here[0].size == 0:
        return
    scene.lay(_random_colour(rng), alpha)
    scene.text.append((int(here[1].min()), int(here[0].min()), int(here[1].max()) + 1, int(here[0].max()) + 1))


def compose(seed: int, corpus: Corpus) -> Composite:
    """The composite of a seed: RGB at most `LONG` pixels long, float32 0..255 rounded to levels."""
    rng = np.random.default_rng(seed)
    kind = ("sprites", "poster", "cards", "pile")[seed % 4]
    ratio = float(rng.choice([1.0, 1.33, 1.5, 1.6, 1.78]))
    width, height = (LONG, round(LONG / ratio)) if kind in ("sprites", "pile") else (round(LONG / ratio), LONG)
    plain = kind in ("poster", "cards") or rng.random() < 0.3
    scene = Composite(background(rng, corpus, width, height, plain))
    if kind == "sprites":
        count = int(rng.integers(1, 6))
        for slot in range(count):
            side = rng.uniform(0.09, 0.42) * min(width, height)
            x = (slot + rng.uniform(0.2, 0.8)) * width / count
            y = rng.uniform(0.25, 1.0) * height
            place(rng, scene, corpus, (x - side / 2, y - side, x + side / 2, y))
    elif kind == "poster":
        if rng.random() < 0.3:
            shape(rng, scene, "frame", (width * 0.05, height * 0.04, width * 0.95, height * 0.96))
        middle = height * rng.uniform(0.4, 0.62)
        side = width * rng.uniform(0.35, 0.75)
        extra = rng.choice(["circle", "band", "none"])
        if extra == "circle":
            grown = side * rng.uniform(0.55, 0.75)
            shape(rng, scene, "circle", (width / 2 - grown, middle - grown, width / 2 + grown, middle + grown))
        elif extra == "band":
            shape(rng, scene, "band", (0, middle, width, middle + height * rng.uniform(0.1, 0.4)))
        place(rng, scene, corpus, (width / 2 - side / 2, middle - side / 2, width / 2 + side / 2, middle + side / 2))
        text(rng, scene, corpus, (width * 0.08, height * 0.06, width * 0.92, height * rng.uniform(0.1, 0.15)))
        text(rng, scene, corpus, (width * 0.15, height * 0.2, width * 0.85, height * 0.23))
        if rng.random() < 0.6:
            y = height * rng.uniform(0.84, 0.9)
            shape(rng, scene, "pill", (width * 0.2, y, width * 0.8, y + height * 0.07))
            text(rng, scene, corpus, (width * 0.3, y + height * 0.02, width * 0.7, y + height * 0.05))
    elif kind == "cards":
        columns, rows = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        if rng.random() < 0.6:
            shape(rng, scene, "card", (width * 0.06, height * 0.06, width * 0.94, height * 0.94))
        cell_w, cell_h = width * 0.8 / columns, height * 0.8 / rows
        for c in range(columns):
            for r in range(rows):
                x, y = width * 0.1 + c * cell_w, height * 0.1 + r * cell_h
                pad = 0.08 * min(cell_w, cell_h)
                if rng.random() < 0.7:
                    shape(rng, scene, "card", (x + pad, y + pad, x + cell_w - pad, y + cell_h - pad))
                place(
                    rng,
                    scene,
                    corpus,
                    (x + 3 * pad, y + 3 * pad, x + cell_w - 3 * pad, y + cell_h - (4 + 3 * rng.random()) * pad),
                )
                if rng.random() < 0.4:
                    text(
                        rng, scene, corpus, (x + pad, y + cell_h - 2.6 * pad, x + cell_w - pad, y + cell_h - 1.4 * pad)
                    )
    else:
        count = int(rng.integers(1, 5))
        for _ in range(count):
            side = rng.uniform(0.25, 0.65) * min(width, height)
            x, y = rng.uniform(0.25, 0.75) * width, rng.uniform(0.55, 0.98) * height
            place(rng, scene, corpus, (x - side / 2, y - side, x + side / 2, y))
    scene.rgb = np.clip(np.rint(scene.rgb), 0, 255)
    if rng.random() < 0.3:
        quality = int(rng.integers(50, 95))
        bgr = np.ascontiguousarray(scene.rgb[..., ::-1].astype(np.uint8))
        jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        scene.rgb = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))[..., ::-1].astype(np.float32)
    return scene
