"""What was seen in a picture, kept for what is asked of it next: pictures looked at in memory, findings in the store.

A plan, a click into the picture and the job that follows look at the same picture. What a segmenter makes of it is kept
by project, picture and engine for the latest few; what was found lies under `masks/PICTURE/`, so that another process
finds it as well. Whoever may ask for the picture may ask for what was found in it.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import cv2
import numpy as np
from PIL import Image

from delaminate.codec import pack, plain, shape_of, unpack
from delaminate.contracts import Found, Glancer, Instruction, Plan, Segmenter, Stages, Surveyor, Tick, no_tick
from delaminate.pixels import Rgb
from delaminate.server.blobs import Blobs
from delaminate.splitting.search import Search
from delaminate.version import __version__

Key: TypeAlias = tuple[str, ...]
"""Project, picture and engine."""

MASK = "mask_"
"""What ids of findings begin with."""

_MOST = 2
_MOST_PIXELS = 60_000_000
"""Pictures that are kept ready, and pixels of them together; a single one may be larger."""
_IDLE_SECONDS = 900.0


@dataclass(eq=False)
class _Kept:
    prepared: Any = None
    pixels: int = 0
    used: float = field(default_factory=time.monotonic)
    turn: threading.RLock = field(default_factory=threading.RLock)


@dataclass(eq=False)
class Looks:
    """The pictures that this process has looked at lately; one thread at a time works on one of them."""

    _kept: OrderedDict[Key, _Kept] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def has(self, key: Key) -> bool:
        """Whether the picture need not be decoded to be looked at."""
        with self._lock:
            return key in self._kept and self._kept[key].prepared is not None

    def stages(self, stages: Stages, key: Key) -> Stages:
        """The same engine with a segmenter that looks at the picture of the key once."""
        kind = _Survey if isinstance(stages.segmenter, Surveyor) else _Once
        return replace(stages, segmenter=kind(stages.segmenter, self, key))

    def place(self, key: Key) -> _Kept:
        """Where the picture of the key is kept; others go when there are too many or nobody asks for them."""
        with self._lock:
            kept = self._kept.pop(key, None) or _Kept()
            self._kept[key] = kept
            kept.used = time.monotonic()
            for other in [one for one, at in self._kept.items() if kept.used - at.used > _IDLE_SECONDS]:
                del self._kept[other]
            while len(self._kept) > 1 and (
                len(self._kept) > _MOST or sum(one.pixels for one in self._kept.values()) > _MOST_PIXELS
            ):
                self._kept.popitem(last=False)
            return kept


@dataclass(frozen=True, eq=False)
class _Once:
    """A segmenter that prepares one picture once."""

    segmenter: Segmenter
    looks: Looks
    key: Key

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> Any:
        kept = self.looks.place(self.key)
        with kept.turn:
            if kept.prepared is None:
                kept.prepared, kept.pixels = self.segmenter.prepare(rgb, tick), rgb.shape[0] * rgb.shape[1]
            return kept.prepared

    def __call__(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        with self.looks.place(self.key).turn:
            return self.segmenter(prepared, plan, tick)

    def glance(self, prepared: Any, x: int, y: int) -> Found | None:
        """What the segmenter shows at once, nothing where it cannot."""
        if not isinstance(self.segmenter, Glancer):
            return None
        with self.looks.place(self.key).turn:
            return self.segmenter.glance(prepared, x, y)


@dataclass(frozen=True, eq=False)
class _Survey(_Once):
    """The same where the segmenter tells what nobody asked for."""

    def others(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[Found, ...]:
        assert isinstance(self.segmenter, Surveyor)
        with self.looks.place(self.key).turn:
            return self.segmenter.others(prepared, plan, tick)


# ------------------------------------------------------------------------------------------------------- in the store


def keep_found(blobs: Blobs, image_id: str, found: Found) -> str:
    """Keep a finding of a picture; its id, the same for the same finding."""
    content = pack(found)
    mask_id = MASK + hashlib.sha256(content).hexdigest()[:32]
    blobs.put(_key(image_id, mask_id), content)
    return mask_id


def has_found(blobs: Blobs, image_id: str, mask_id: str) -> bool:
    """Whether a finding of that id is kept for the picture."""
    return blobs.size(_key(image_id, mask_id)) is not None


def read_found(blobs: Blobs, image_id: str, mask_id: str) -> Found:
    """A finding that was kept.

    Raises
    ------
    StageFailed
        If there is none any more.
    """
    return unpack(Found, blobs.get(_key(image_id, mask_id)))


def drawn(found: Found, longest: int | None = None) -> bytes:
    """The mask over its box as a PNG, grey with alpha: white where the thing is, clear elsewhere.

    Parameters
    ----------
    longest : most pixels of its longer side, to be looked at only; None keeps every pixel.
    """
    alpha = found.mask.astype(np.uint8) * 255
    if longest is not None and max(alpha.shape) > longest:
        scale = longest / max(alpha.shape)
        size = [max(1, round(side * scale)) for side in alpha.shape[::-1]]
        alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.dstack([np.full_like(alpha, 255), alpha]), "LA").save(file, "PNG", compress_level=1)
    return file.getvalue()


def keep_search(blobs: Blobs, image_id: str, plan: Plan, asked: Instruction, engine: str, found: Search) -> None:
    """Keep what was found for a plan, for the job that follows it."""
    blobs.put(_search_key(image_id, plan, asked, engine), pack(found))


def read_search(blobs: Blobs, image_id: str, plan: Plan, asked: Instruction, engine: str) -> Search | None:
    """What was found for that plan, if anybody has looked for it with this version."""
    key = _search_key(image_id, plan, asked, engine)
    return unpack(Search, blobs.get(key)) if blobs.size(key) is not None else None


def forget(blobs: Blobs, image_id: str) -> None:
    """Remove what was found in a picture that is gone."""
    blobs.clear(f"masks/{image_id}")


def _key(image_id: str, name: str) -> str:
    return f"masks/{image_id}/{name}"


def _search_key(image_id: str, plan: Plan, asked: Instruction, engine: str) -> str:
    """What a search depends on, beside the picture; how the plan was read in words does not matter."""
    told = [plain(replace(plan, note="", planner="", ignored=())), asked.max_layers, engine, __version__]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]
    return _key(image_id, f"search-{shape_of(Search)}-{digest}")
