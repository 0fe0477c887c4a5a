"""Teach the classifier's features the names of things: a map from what it sees into the space where phrases are.

    python training/naming.py look art-corpus.tar photo-corpus.tar --out looks.npz
    python training/naming.py learn looks.npz --out naming.npz

`look` lays every cut-out that may teach into pictures and keeps the features of its crops, by itself and in its
surroundings. `learn` fits a small map to the phrases' vectors of the network of drawn things, which stay as they are;
the flat emoji and every eleventh name are held out first, to report how often the right one of six is taken.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from asked import Supplies, Thing, lay
from compose import Composite, background
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from delaminate.pixels import Mask
from delaminate.stages.segmentation.embedded.classifier import classifier
from delaminate.stages.segmentation.embedded.network import trained_network
from delaminate.stages.segmentation.embedded.sights import square
from delaminate.stages.segmentation.embedded.view import view_of

Floats = NDArray[np.float32]
SIDE = 288
"""Pixels of a side of the pictures that cut-outs are laid into."""
_PHOTOGRAPHED = {"photo", "photo-scan"}


def rough(mask: Mask, rng: np.random.Generator) -> Mask:
    """A mask as segmentation finds it: often right, sometimes swollen, thin, or without a part."""
    kind = rng.integers(5)
    if kind == 0:
        return cv2.dilate(mask.astype(np.uint8), np.ones((7, 7), np.uint8)).view(np.bool_)
    if kind == 1:
        thin = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).view(np.bool_)
        return thin if thin.sum() > 0.4 * mask.sum() else mask
    if kind == 2:
        ys, xs = np.nonzero(mask)
        at = float(np.quantile(ys, 0.8)) if rng.random() < 0.5 else float(np.quantile(xs, 0.8))
        part = mask.copy()
        if rng.random() < 0.5:
            part[round(at) :] = False
        else:
            part[:, round(at) :] = False
        return part if part.sum() > 0.5 * mask.sum() else mask
    return mask


def shown(thing: Thing, supplies: Supplies, rng: np.random.Generator) -> tuple[NDArray[np.uint8], Mask] | None:
    """A picture with the thing in it, and the thing's mask; None where nothing of it is seen."""
    if thing.style in _PHOTOGRAPHED and rng.random() < 0.7:
        picture = supplies.photograph(str(rng.choice(supplies.grounds)))
        zoom = SIDE / min(picture.shape[:2]) * rng.uniform(1, 1.5)
        big = cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)
        y, x = rng.integers(0, big.shape[0] - SIDE + 1), rng.integers(0, big.shape[1] - SIDE + 1)
        ground = big[y : y + SIDE, x : x + SIDE].astype(np.float32)
    else:
        ground = background(rng, supplies.art, SIDE, SIDE, bool(rng.random() < 0.5))
    scene = Composite(ground)
    half = rng.uniform(0.2, 0.5) * SIDE
    x, y = rng.uniform(half, SIDE - half, 2)
    cut = supplies.cutout(thing)
    if rng.random() < 0.2:
        cut = cut.rotate(float(rng.uniform(-25, 25)), expand=True)
    if not lay(scene, cut, (x - half, y - half, x + half, y + half), rng, shadow=bool(rng.random() < 0.3)):
        return None
    mask = np.asarray(scene.objects[0] > 0.5)
    return (np.clip(np.rint(scene.rgb), 0, 255).astype(np.uint8), mask) if mask.sum() > 80 else None


def look(supplies: Supplies, out: Path, each: int) -> None:
    """Features of `each` pictures of every thing; crops by themselves first, then in their surroundings."""
    eye = classifier()
    assert eye is not None
    cv2.setNumThreads(1)
    things = [t for style in sorted(supplies.things) for t in supplies.things[style] if style != "cartoon-part"]
    names = sorted({t.name for t in things})
    kept: list[tuple[int, str, Floats]] = []
    crops: list[Any] = []
    whose: list[Thing] = []

    def flush() -> None:
        found = eye.features(crops).reshape(len(whose), 2, -1)
        kept.extend((names.index(t.name), t.style, f) for t, f in zip(whose, found, strict=True))
        crops.clear()
        whose.clear()

    for n, thing in enumerate(things):
        for k in range(each):
            rng = np.random.default_rng((n, k))
            picture = shown(thing, supplies, rng)
            if picture is None:
                continue
            rgb, mask = picture
            view = view_of(rgb)
            small = rough(view.reduced(mask), rng)
            crops += [square(rgb, view, small, alone=True), square(rgb, view, small, alone=False)]
            whose.append(thing)
        if len(whose) >= 24:
            flush()
        if n % 200 == 0:
            print(n, "of", len(things), flush=True)
    flush()
    np.savez_compressed(
        out,
        features=np.stack([f for _, _, f in kept]).astype(np.float16),
        name=np.array([i for i, _, _ in kept], np.int32),
        style=np.array([s for _, s, _ in kept]),
        names=np.array(names),
    )


WIDTH = 192
"""Numbers between the features and the phrases' space."""
_EPOCHS = 40
_FEED = 256


class Map(nn.Module):
    """Features of a crop by itself and in its surroundings → unit vectors where the phrases are."""

    def __init__(self, out: int) -> None:
        super().__init__()
        self.wide = nn.Linear(2 * 1280, WIDTH)
        self.out = nn.Linear(WIDTH, out)

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """n×2×1280 → n×out."""
        wide = functional.relu(self.wide(torch.sqrt(seen).flatten(1)))
        return functional.normalize(self.out(functional.dropout(wide, 0.2, self.training)), dim=1)


def fitted(seen: Floats, name: NDArray[np.int64], phrases: Floats, seed: int = 0) -> tuple[Map, float]:
    """A map that gives what was seen the vectors of its names rather than those of others, and how sharply it does."""
    torch.manual_seed(seed)
    net, sharp = Map(phrases.shape[1]), nn.Parameter(torch.tensor(2.7))
    tongue, steps = torch.from_numpy(phrases), _EPOCHS * (len(seen) // _FEED)
    optimiser = torch.optim.AdamW([*net.parameters(), sharp], lr=1.5e-3, weight_decay=0.05)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1.5e-3, total_steps=steps + 1)
    rng = np.random.default_rng(seed)
    for _ in range(_EPOCHS):
        order = rng.permutation(len(seen))
        for start in range(0, len(order) - _FEED + 1, _FEED):
            at = order[start : start + _FEED]
            fed = torch.from_numpy(seen[at].astype(np.float32))
            drop = torch.rand(len(at), 2)
            fed = fed * ((drop > 0.15) | (drop.flip(1) <= 0.15))[..., None]
            fed = fed * torch.empty(len(at), 1, 1).uniform_(0.8, 1.25)
            logits = sharp.exp() * net(fed) @ tongue.T
            loss = functional.cross_entropy(logits, torch.from_numpy(name[at]), label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
    return net.eval(), float(sharp.exp().detach())


def among(net: Map, seen: Floats, name: NDArray[np.int64], phrases: Floats, many: int = 6, seed: int = 0) -> float:
    """How often the right one of some things with different names is taken."""
    with torch.no_grad():
        vectors = net(torch.from_numpy(seen.astype(np.float32))).numpy()
    rng, right, tries = np.random.default_rng(seed), 0, 2000
    for _ in range(tries):
        at = rng.integers(0, len(seen), many)
        at = at[np.unique(name[at], return_index=True)[1]]
        rng.shuffle(at)
        right += int((vectors[at] @ phrases[name[at[0]]]).argmax() == 0)
    return right / tries


def learn(looks: Sequence[Path], out: Path, part: int) -> None:
    """Report on what is held out, then store a map that learned from all (`part` 0) or from one half of the names."""
    stored = [np.load(path) for path in looks]
    seen, style = (np.concatenate([s[k] for s in stored]) for k in ("features", "style"))
    names, name = np.unique(np.concatenate([s["names"][s["name"]] for s in stored]), return_inverse=True)
    tongue = trained_network()
    assert tongue is not None
    phrases = tongue.of_phrases(list(names))
    number = np.array([zlib.crc32(str(n).encode()) // 4 for n in names])[name]
    if part:
        keep = number % 2 == part - 1
        net, sharp = fitted(seen[keep], name[keep], phrases)
        print("other half of the names:", among(net, seen[~keep], name[~keep], phrases))
    else:
        flat, unnamed = style == "fluent-flat", number % 11 == 1
        rest = ~flat & ~unnamed
        net, sharp = fitted(seen[rest], name[rest], phrases)
        for what, some in (("learned", rest), ("style held out", flat & ~unnamed), ("name held out", unnamed)):
            print(what, int(some.sum()), among(net, seen[some], name[some], phrases))
        for which in sorted(set(style)):
            some = unnamed & (style == which)
            if some.sum() > 12:
                print("name held out,", which, int(some.sum()), among(net, seen[some], name[some], phrases))
        net, sharp = fitted(seen, name, phrases)
    arrays = {k: v.detach().numpy() for k, v in net.state_dict().items()}
    np.savez_compressed(out, sharp=sharp, **{k.replace(".", "_"): v.astype(np.float16) for k, v in arrays.items()})
    print("stored", out.stat().st_size, "bytes")


def main() -> None:
    """Look or learn."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = ask.add_subparsers(dest="what", required=True)
    looking = what.add_parser("look")
    looking.add_argument("art", type=Path)
    looking.add_argument("photo", type=Path)
    looking.add_argument("--held-out", action="store_true")
    looking.add_argument("--each", type=int, default=2)
    looking.add_argument("--out", type=Path, required=True)
    learning = what.add_parser("learn")
    learning.add_argument("looks", type=Path, nargs="+")
    learning.add_argument("--part", type=int, default=0, help="1 or 2: learn from one half of the names only")
    learning.add_argument("--out", type=Path, required=True)
    given = ask.parse_args()
    if given.what == "learn":
        return learn(given.looks, given.out, given.part)
    look(Supplies.read(given.art, given.photo, apart=given.held_out, teaching=True), given.out, given.each)


if __name__ == "__main__":
    main()
