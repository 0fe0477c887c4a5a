"""Pictures with known masks and what a person would ask of them: what choosing is learned from and measured on.

    python training/asked.py art-corpus.tar photo-corpus.tar --held-out --pictures 20 --out asked.pkl

Six families are composed: sprites, posters, cards, photographed cut-outs on photographs, overlapping things, and drawn
pictures of few large things; "everyday" are photographs with instance masks. Things, grounds and photographs are held
out by their names and sources. Only rows whose licence names neither GPL nor SA are learned from; those that are only
measured with may be of any.
"""

from __future__ import annotations

import argparse
import io
import json
import pickle
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from compose import Composite, Corpus, background, shape, text
from numpy.typing import NDArray
from PIL import Image

from delaminate.pixels import Mask

FAMILIES = ("sprites", "poster", "cards", "photo", "overlap", "drawn", "everyday")
LONG = 560
"""Pixels of the longer side of what is composed."""
_SMALLEST = 0.004
"""Share of the picture from which a thing is asked for."""
_SEEN = 0.55
"""Share of a thing that must be visible for that."""


@dataclass(frozen=True, eq=False)
class Question:
    """An instruction about a picture; `truth` is the mask of what is meant (bool h×w), None where it is not there.

    `kind` is "name", "absent", "subject", "every", "point" or "box"; the latter two carry it in `place` instead of
    words. What "every" asks for is in `truths`, a mask each; "things" is no question, only what there is.
    """

    kind: str
    words: str
    truth: Mask | None
    place: tuple[int, ...] = ()
    truths: tuple[Mask, ...] = ()


@dataclass(frozen=True, eq=False)
class Asked:
    """A picture (uint8 h×w×3), its family, and questions about it."""

    family: str
    rgb: NDArray[np.uint8]
    questions: tuple[Question, ...]


def held_out(name: str, one_in: int = 4) -> bool:
    """Whether something of that name is only measured with."""
    return zlib.crc32(name.encode()) % one_in == 0


def free(licence: str) -> bool:
    """Whether a row of the corpora may teach what is shipped."""
    return "GPL" not in licence and "SA" not in licence


@dataclass(frozen=True)
class Thing:
    """A named cut-out in one of the corpora."""

    name: str
    style: str
    file: str


@dataclass(frozen=True)
class Supplies:
    """What may be composed and asked: cut-outs by style, photographs for grounds, photographs with masks."""

    art: Corpus = field(repr=False)
    files: dict[str, bytes] = field(repr=False)
    things: dict[str, list[Thing]] = field(repr=False)
    grounds: list[str] = field(repr=False)
    masked: list[dict[str, Any]] = field(repr=False)
    names: list[str] = field(repr=False)

    @classmethod
    def read(cls, art: Path, photo: Path, *, apart: bool, teaching: bool = False) -> Supplies:
        """From the two corpora, what is held out or what is not; of that only what may teach, where it is to."""
        corpus = Corpus.read(art)
        with tarfile.open(photo) as tar:
            files = {m.name.removeprefix("./"): tar.extractfile(m).read() for m in tar if m.isfile()}  # type: ignore[union-attr]

        def rows(name: str) -> list[dict[str, Any]]:
            return [json.loads(line) for line in files[name].splitlines()]

        things: dict[str, list[Thing]] = {}
        named = [(r["name"], r["style"], "art/" + r["file"], r["licence"]) for r in corpus.cutouts]
        named += [(r["name"], r["kind"], r["file"], r["licence"]) for r in rows("cutouts.jsonl")]
        clip_art = [r for r in rows("drawn.jsonl") if len(r["name"].split()) < 3 and "(" not in r["name"]]
        named += [
            (r["name"].removeprefix("an ").removeprefix("a "), "clip art", r["file"], r["licence"]) for r in clip_art
        ]
        for name, style, file, licence in named:
            if held_out(name) == apart and ((apart and not teaching) or free(licence)):
                things.setdefault(style, []).append(Thing(name, style, file))
        photos = {r["file"]: r for r in rows("photos.jsonl")}
        scenery = {"endlesssky", "landmarks", "budgie", "debian", "coco", "smarttech"}
        grounds = [
            f
            for f, r in photos.items()
            if r["set"] in scenery and held_out(f) == apart and ((apart and not teaching) or free(r["licence"]))
        ]
        masked = [
            r
            for r in rows("masks.jsonl")
            if held_out(r["photo"]) == apart
            and ((apart and not teaching) or free(photos.get(r["photo"], {"licence": "GPL"})["licence"]))
        ]
        names = sorted({t.name for some in things.values() for t in some})
        return cls(corpus, files, things, grounds, masked, names)

    def cutout(self, thing: Thing) -> Image.Image:
        """RGBA, trimmed."""
        data = self.art.files[thing.file[4:]] if thing.file.startswith("art/") else self.files[thing.file]
        cut = Image.open(io.BytesIO(data)).convert("RGBA")
        return cut.crop(cut.getchannel("A").getbbox())

    def photograph(self, file: str) -> NDArray[np.uint8]:
        """RGB, uint8 h×w×3."""
        return np.asarray(Image.open(io.BytesIO(self.files[file])).convert("RGB"))


def lay(
    scene: Composite,
    cut: Image.Image,
    box: tuple[float, float, float, float],
    rng: np.random.Generator,
    *,
    shadow: bool,
) -> bool:
    """Put a cut-out into a box (left, top, right, bottom), on its lower edge; whether anything is seen of it."""
    width, height = scene.size
    left, top, right, bottom = box
    if rng.random() < 0.5:
        cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    zoom = min((right - left) / cut.width, (bottom - top) / cut.height)
    size = max(4, round(cut.width * zoom)), max(4, round(cut.height * zoom))
    plain = np.asarray(cut, np.float32)
    rgba: NDArray[Any] = np.dstack([plain[..., :3] * plain[..., 3:] / 255, plain[..., 3]])
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    rgba = cv2.resize(rgba, size, interpolation=how)
    x, y = round((left + right - size[0]) / 2), round(bottom - size[1])
    moved = np.array([[1, 0, x], [0, 1, y]], np.float32)
    whole = cv2.warpAffine(rgba, moved, (width, height))
    alpha = whole[..., 3] / 255
    if alpha.sum() < 60:
        return False
    if shadow:
        shift = np.array([[1, 0, rng.integers(-4, 10)], [0, 1, rng.integers(2, 12)]], np.float32)
        cast = cv2.warpAffine(cv2.GaussianBlur(alpha, (0, 0), rng.uniform(2, 8)), shift, (width, height))
        scene.lay(np.zeros(3, np.float32), np.asarray(cast * rng.uniform(0.15, 0.5), np.float32))
    colour = whole[..., :3] / np.maximum(alpha, 1e-3)[..., None] * rng.uniform(0.85, 1.1)
    scene.lay(np.clip(colour, 0, 255), alpha)
    scene.objects.append(alpha)
    return True


def _ground(family: str, rng: np.random.Generator, supplies: Supplies, width: int, height: int) -> NDArray[np.float32]:
    if family in ("photo", "overlap") or (family == "drawn" and rng.random() < 0.2):
        picture = supplies.photograph(str(rng.choice(supplies.grounds)))
        zoom = max(width / picture.shape[1], height / picture.shape[0]) * rng.uniform(1, 1.3)
        big = cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)
        y, x = rng.integers(0, big.shape[0] - height + 1), rng.integers(0, big.shape[1] - width + 1)
        part = big[y : y + height, x : x + width].astype(np.float32)
        blurred = cv2.GaussianBlur(part, (0, 0), rng.uniform(0.5, 3)) if rng.random() < 0.3 else part
        return np.asarray(blurred, np.float32)
    return background(rng, supplies.art, width, height, family in ("poster", "cards"))


_STYLES = {
    "photo": ("photo", "photo", "photo-scan"),
    "overlap": ("photo-scan", "photo", "fluent-3d", "clip art"),
    "drawn": ("clip art", "clip art", "fluent-flat", "kenney-flat"),
    "sprites": ("kenney-flat", "pixel", "pixel", "fluent-flat", "fluent-color", "clip art"),
    "poster": ("fluent-flat", "clip art", "fluent-color", "fluent-3d"),
    "cards": ("fluent-flat", "clip art", "fluent-3d", "pixel", "kenney-flat"),
}


def _boxes(family: str, rng: np.random.Generator, w: int, h: int) -> list[tuple[float, float, float, float]]:
    """Where things go, back to front."""

    def standing(x: float, y: float, side: float) -> tuple[float, float, float, float]:
        return x - side / 2, y - side, x + side / 2, y

    if family == "sprites":
        n = int(rng.integers(2, 7))
        return [
            standing((k + rng.uniform(0.2, 0.8)) * w / n, rng.uniform(0.35, 1) * h, rng.uniform(0.12, 0.42) * h)
            for k in range(n)
        ]
    if family == "poster":
        side = w * rng.uniform(0.4, 0.75)
        return [standing(w / 2, h * rng.uniform(0.6, 0.8), side)]
    if family == "cards":
        columns, rows = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        cw, ch = 0.84 * w / columns, 0.84 * h / rows
        return [
            (
                w * 0.08 + cw * (c + 0.2),
                h * 0.08 + ch * (r + 0.15),
                w * 0.08 + cw * (c + 0.8),
                h * 0.08 + ch * (r + 0.75),
            )
            for c in range(columns)
            for r in range(rows)
        ]
    if family == "overlap":
        return [
            standing(rng.uniform(0.25, 0.75) * w, rng.uniform(0.6, 0.98) * h, rng.uniform(0.3, 0.6) * h)
            for _ in range(int(rng.integers(2, 5)))
        ]
    n = int(rng.choice([1, 1, 2, 3]))
    return [
        standing(
            (k + rng.uniform(0.35, 0.65)) * w / n,
            rng.uniform(0.7, 1.05) * h,
            rng.uniform(0.35, 0.95) * min(h, 1.3 * w / n),
        )
        for k in range(n)
    ]


def composed(family: str, seed: int, supplies: Supplies) -> Asked | None:
    """The picture of a family and a seed; None where it came out with nothing to ask for."""
    rng = np.random.default_rng((seed, FAMILIES.index(family)))
    ratio = float(rng.choice([1.0, 1.25, 1.33, 1.5, 1.78]))
    upright = family in ("poster", "cards") or rng.random() < 0.15
    width, height = (round(LONG / ratio), LONG) if upright else (LONG, round(LONG / ratio))
    scene = Composite(_ground(family, rng, supplies, width, height))
    boxes = _boxes(family, rng, width, height)
    style = str(rng.choice([s for s in _STYLES[family] if supplies.things.get(s)]))
    if family == "poster" and rng.random() < 0.6:
        l, t, r, b = boxes[0]
        kind = str(rng.choice(["circle", "band", "card"]))
        shape(rng, scene, kind, (l - 20, t - 20, r + 20, b + 20) if kind != "band" else (0, t, width, b))
    names: list[str] = []
    for box in boxes:
        if family == "cards" and rng.random() < 0.7:
            w, h = box[2] - box[0], box[3] - box[1]
            shape(rng, scene, "card", (box[0] - 0.2 * w, box[1] - 0.12 * h, box[2] + 0.2 * w, box[3] + 0.25 * h))
        pool = supplies.things[style]
        thing = pool[int(rng.integers(len(pool)))]
        soft = family == "overlap" or (family in ("photo", "drawn", "cards") and rng.random() < 0.4)
        if lay(scene, supplies.cutout(thing), box, rng, shadow=soft):
            names.append(thing.name)
    if family == "poster":
        text(rng, scene, supplies.art, (width * 0.08, height * 0.05, width * 0.92, height * 0.12))
        text(rng, scene, supplies.art, (width * 0.15, height * 0.87, width * 0.85, height * 0.91))
    elif family == "cards":
        for l, _, r, b in boxes:
            if rng.random() < 0.4:
                text(rng, scene, supplies.art, (l, b + 0.05 * (r - l), r, b + 0.17 * (r - l)))
    rgb = np.clip(np.rint(scene.rgb), 0, 255).astype(np.uint8)
    whole = [float(o.sum()) for o in scene.objects]
    masks = [np.asarray(o > 0.5) for o in scene.objects]
    asked = [
        (name, mask)
        for name, mask, full in zip(names, masks, whole, strict=True)
        if mask.mean() > _SMALLEST and mask.sum() > _SEEN * full and names.count(name) == 1
    ]
    if not asked:
        return None
    seen = [mask for mask in masks if mask.mean() > _SMALLEST]
    every = tuple(seen) if len(seen) > 1 and family not in ("poster", "everyday") else ()
    main = asked[0][1] if len(scene.objects) == 1 and asked[0][1].mean() > 0.06 and family != "poster" else None
    return Asked(family, rgb, _questions(rng, asked, names, supplies.names, main, every))


def everyday(row: dict[str, Any], supplies: Supplies) -> Asked | None:
    """A photograph with instance masks: the largest instance of every name that is large and not one of a crowd."""
    rgb = supplies.photograph(row["photo"])
    labels = np.asarray(Image.open(io.BytesIO(supplies.files[row["file"]])))
    rng = np.random.default_rng(zlib.crc32(row["photo"].encode()))
    by_name: dict[str, list[Mask]] = {}
    for instance in row["instances"]:
        if not instance["crowd"]:
            by_name.setdefault(instance["name"], []).append(labels == instance["value"])
    whole = tuple(mask for masks in by_name.values() for mask in masks if mask.mean() > _SMALLEST)
    asked = []
    for name, masks in by_name.items():
        areas = sorted((float(m.mean()) for m in masks), reverse=True)
        largest = max(masks, key=lambda m: int(m.sum()))
        if areas[0] > 0.015 and (len(areas) == 1 or areas[1] < 0.4 * areas[0]):
            asked.append((name, largest))
    if not asked:
        return None
    questions = _questions(rng, asked, list(by_name), supplies.names, None)
    return Asked("everyday", rgb, (*questions, Question("things", "", None, truths=whole)))


_EVERY = ("extract every object", "separate all {} items", "every item on its own layer", "split out each icon")
_COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _questions(
    rng: np.random.Generator,
    asked: Sequence[tuple[str, Mask]],
    there: list[str],
    names: list[str],
    main: Mask | None,
    every: tuple[Mask, ...] = (),
) -> tuple[Question, ...]:
    some = [asked[i] for i in rng.permutation(len(asked))[:3]]
    questions = [Question("name", f"the {name}", mask) for name, mask in some]
    words = {word for name in there for word in name.split()}
    other = next((n for n in (str(v) for v in rng.choice(names, 20)) if not words & set(n.split())), "unicorn")
    questions.append(Question("absent", f"the {other}", None))
    if rng.random() < 0.2:
        questions.append(Question("letters", "".join(rng.choice(list(_LETTERS), 8)), None))
    if main is not None:
        questions.append(Question("subject", "isolate the main subject", main))
    if every:
        said = str(rng.choice(_EVERY)).format(_COUNTED[min(len(every), len(_COUNTED) - 1)])
        questions.append(Question("every", said, None, truths=every))
    for _, mask in some[:2]:
        ys, xs = np.nonzero(mask)
        inner = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
        good = np.argwhere(inner > 0.4 * inner.max())
        y, x = good[int(rng.integers(len(good)))]
        questions.append(Question("point", "", mask, (int(x), int(y))))
        spread = 0.06 * np.array([np.ptp(xs), np.ptp(ys)] * 2)
        box = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]) + rng.normal(0, 1, 4) * spread
        box = np.clip(np.rint(box), 0, np.array(mask.shape[::-1] * 2)).astype(int)
        if box[2] - box[0] > 4 and box[3] - box[1] > 4:
            questions.append(Question("box", "", mask, tuple(int(v) for v in box)))
    return tuple(questions)


def asked_of(supplies: Supplies, each: int, seed: int, families: Sequence[str] = FAMILIES) -> Iterator[Asked]:
    """`each` pictures of every family; of everyday photographs as many as there are, at most twice that."""
    for family in families:
        if family == "everyday":
            order = np.random.default_rng(seed).permutation(len(supplies.masked))
            found = (everyday(supplies.masked[i], supplies) for i in order)
            most = 3 * each
        else:
            found = (composed(family, seed + k, supplies) for k in range(10 * each))
            most = each
        for picture, _ in zip((p for p in found if p is not None), range(most), strict=False):
            yield picture


def main() -> None:
    """Compose and keep."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("art", type=Path)
    ask.add_argument("photo", type=Path)
    ask.add_argument("--held-out", action="store_true")
    ask.add_argument("--pictures", type=int, default=20, help="of every family")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--out", type=Path, required=True)
    given = ask.parse_args()
    supplies = Supplies.read(given.art, given.photo, apart=given.held_out)
    kept = list(asked_of(supplies, given.pictures, given.seed))
    given.out.write_bytes(pickle.dumps(kept))
    print(len(kept), "pictures,", sum(len(a.questions) for a in kept), "questions")


if __name__ == "__main__":
    main()
