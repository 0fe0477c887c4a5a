"""The embedded network: whether a region is a thing, and which of the regions a phrase means.

A small convolutional network of our own (`training/` in the repository says how it was made, `network.md` beside the
weights what it is good for) glimpses at each region: its pixels and its mask, 40 pixels square. It answers how much
of one true thing the region covers, and with a vector that phrases are compared with. Phrases become vectors through
hashed words and letter groups, so that no word is unknown, only less certain. Needs onnxruntime; where it is not
installed `trained_network` answers None and the embedded engine works without. Sources: letter groups, Bojanowski et
al. 2017; comparison of pictures and phrases, Radford et al. 2021; its pairwise sigmoid form, Zhai et al. 2023.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from delaminate.pixels import Box, Mask, box_of
from delaminate.stages.segmentation.embedded.objectness import Judge, judge_of
from delaminate.stages.segmentation.embedded.sessions import can_run, run, session_of

Floats = NDArray[np.float32]

SIDE = 40
"""Pixels of a glimpse."""
BUCKETS = 16384
_AT_ONCE = 64

_STRANGE = 0.3
"""Agreement that letters alone bring about; taken off for words it never learned."""

_SPELLED = 0.8
"""Likeness of letters from which a word is one that it learned, spelled otherwise."""


def glimpse_of(rgb: NDArray[np.uint8], mask: Mask) -> NDArray[np.uint8]:
    """A region (non-empty mask, bool h×w) with a little around it: uint8 SIDE×SIDE×4, RGB and mask 0..255."""
    box = box_of(mask)
    assert box is not None
    side = round(1.2 * max(box.width, box.height)) + 2
    left, top = (box.left + box.right - side) // 2, (box.top + box.bottom - side) // 2
    height, width = mask.shape
    inner = Box(max(0, left), max(0, top), min(width, left + side), min(height, top + side))
    part = np.dstack([rgb[inner.slices], mask[inner.slices].astype(np.uint8) * np.uint8(255)])
    pads = inner.top - top, top + side - inner.bottom, inner.left - left, left + side - inner.right
    if any(pads):
        filled = cv2.copyMakeBorder(part, *pads, cv2.BORDER_REPLICATE)
        filled[..., 3] = cv2.copyMakeBorder(part[..., 3], *pads, cv2.BORDER_CONSTANT)
        part = filled
    how = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (SIDE, SIDE), interpolation=how), np.uint8)


def words_of(phrase: str) -> list[str]:
    """Its words without case and punctuation."""
    return "".join(c if c.isalnum() else " " for c in phrase.casefold()).split()


def parts_of(phrase: str) -> NDArray[np.int64]:
    """Bucket numbers of a phrase: its words twice, and the groups of three and four letters of each."""
    found = []
    for word in words_of(phrase):
        found += [f"={word}"] * 2
        marked = f"<{word}>"
        found += [marked[i : i + n] for n in (3, 4) for i in range(len(marked) - n + 1)]
    return np.array([zlib.crc32(part.encode()) % BUCKETS for part in found or ["="]], np.int64)


@dataclass(frozen=True, eq=False)
class Seen:
    """Of n regions: `worth`, float32 n, expected overlap with a true thing, 0..1; `vectors`, float32 n×96."""

    worth: Floats
    vectors: Floats


@dataclass(frozen=True, eq=False)
class Network:
    """The trained network: `session` is onnxruntime's, the rest turns phrases into vectors and agreement into odds.

    `words` are those of all names and keywords it learned. What follows is fitted to the rest by `training/publish.py`:
    `trust`, slope and offset from agreement to the log odds that a region is what a phrase means; `meaning`, who judges
    what `meaning.measured` measures (without one, agreement alone counts); `absent`, the overlap expected below which a
    phrase is taken to mean nothing that is there; `familiar`, the familiarity from which it may say so.
    """

    session: Any
    parts: Floats
    layers: tuple[tuple[Floats, Floats], tuple[Floats, Floats]]
    naming: float
    names: tuple[str, ...]
    words: frozenset[str]
    trust: tuple[float, float] = (1.0, 0.0)
    meaning: Judge | None = None
    absent: float = 0.0
    familiar: float = 0.0

    def look(self, rgb: NDArray[np.uint8], masks: Sequence[Mask]) -> Seen:
        """Look at regions (bool h×w each) of a picture (uint8 h×w×3); about half a millisecond each."""
        worth, vectors = [np.zeros(0, np.float32)], [np.zeros((0, self.layers[1][0].shape[1]), np.float32)]
        for start in range(0, len(masks), _AT_ONCE):
            glimpses = np.stack([glimpse_of(rgb, mask) for mask in masks[start : start + _AT_ONCE]])
            fed = np.ascontiguousarray(glimpses.transpose(0, 3, 1, 2), np.float32) / np.float32(255)
            worths, found = run(self.session, fed)
            worth.append(worths)
            vectors.append(found)
        return Seen(np.concatenate(worth), np.concatenate(vectors))

    def of_phrases(self, phrases: Sequence[str]) -> Floats:
        """Unit vectors of phrases; float32 n×96."""
        parts = [parts_of(phrase) for phrase in phrases]
        counts = np.array([len(some) for some in parts])
        bags = np.add.reduceat(self.parts[np.concatenate(parts)], np.cumsum(counts) - counts, axis=0) / counts[:, None]
        (wide, wide_bias), (out, out_bias) = self.layers
        found = np.maximum(bags @ wide + wide_bias, 0) @ out + out_bias
        return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6), np.float32)

    @functools.cached_property
    def of_names(self) -> Floats:
        """Unit vectors of all names it learned; float32 n×96."""
        return self.of_phrases(self.names)

    def is_name(self, phrase: str) -> bool:
        """Whether a phrase is, word for word, a name it learned."""
        return " ".join(words_of(phrase)) in self._spelled

    @functools.cached_property
    def _spelled(self) -> frozenset[str]:
        return frozenset(" ".join(words_of(name)) for name in self.names)

    def strange(self, phrase: str) -> float:
        """Share of a phrase's words that it never learned in any spelling, 0..1; 1 of no words."""
        words = words_of(phrase)
        return float(np.mean([not self._learned(word) for word in words])) if words else 1.0

    def _learned(self, word: str) -> bool:
        return word in self.words or bool(get_close_matches(word, self.words, 1, _SPELLED))

    def agreement(self, seen: Seen, phrase: str) -> Floats:
        """How alike regions and a phrase are; float32 n, −1..1, less what letters alone bring about."""
        alike = seen.vectors @ self.of_phrases([phrase])[0]
        return np.asarray(alike - _STRANGE * self.strange(phrase), np.float32)

    def meant(self, seen: Seen, phrase: str) -> Floats:
        """How likely each region is what a phrase means; float32 n, 0..1."""
        slope, offset = self.trust
        return np.asarray(1 / (1 + np.exp(-slope * self.agreement(seen, phrase) - offset)), np.float32)

    def best_name(self, seen: Seen) -> Floats:
        """How well each region agrees with the name that fits it best; float32 n, −1..1."""
        return np.asarray((seen.vectors @ self.of_names.T).max(axis=1, initial=-1), np.float32)

    def familiarity(self, seen: Seen) -> float:
        """How well the three best known of some regions agree with any name, −1..1; −1 of none.

        Things in a hand it never saw agree with no name much, what they are included.
        """
        best = np.sort(self.best_name(seen))[-3:]
        return float(best.mean()) if len(best) else -1.0

    def called(self, seen: Seen) -> list[tuple[str, float]]:
        """The likeliest of the names it learned for each region, with its probability among them, 0..1."""
        scores = self.naming * (seen.vectors @ self.of_names.T)
        best = scores.argmax(axis=1)
        spread = np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1)
        return [(self.names[i], float(1 / total)) for i, total in zip(best, spread, strict=True)]


@functools.cache
def trained_network() -> Network | None:
    """The network shipped with the package, loaded once; None where onnxruntime is not installed."""
    return network_in(Path(__file__).parent, Path(__file__).with_name("meaning.npz")) if can_run() else None


def network_in(folder: Path, meaning: Path | None) -> Network:
    """The network of `network.onnx` and `network.npz` in a folder.

    Parameters
    ----------
    meaning : the file of what was fitted to it; without one it can only look, read names and compare.
    """
    with np.load(folder / "network.npz", allow_pickle=False) as stored:
        wide, out = (
            (stored[f"{n}_weight"].astype(np.float32), stored[f"{n}_bias"].astype(np.float32)) for n in ("wide", "out")
        )
        blind = Network(
            session_of(folder / "network.onnx"),
            stored["parts"].astype(np.float32),
            (wide, out),
            float(stored["naming"]),
            tuple(bytes(stored["names"]).decode().split("\n")),
            frozenset(bytes(stored["words"]).decode().split("\n")),
        )
    if meaning is None:
        return blind
    with np.load(meaning, allow_pickle=False) as fitted:
        trust = float(fitted["trust"][0]), float(fitted["trust"][1])
        judge = judge_of(fitted, "meaning")
        return replace(
            blind, trust=trust, meaning=judge, absent=float(fitted["absent"]), familiar=float(fitted["familiar"])
        )
