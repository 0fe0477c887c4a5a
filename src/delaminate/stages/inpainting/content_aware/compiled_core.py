"""PatchMatch in C: compiled/patchmatch.c on fixed bands, so that the bytes do not depend on the number of threads."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaminate.compiled import in_bands, pointer
from delaminate.stages.inpainting.content_aware.field import FALLOFF, Field, Picture, Positions

_POINTERS = ("picture", "valid", "penalty", "index", "target", "weight", "source", "cost")


class _Struct(ctypes.Structure):
    """`field` of compiled/patchmatch.c."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in _POINTERS),
        ("height", ctypes.c_int32),
        ("width", ctypes.c_int32),
    )


def _bands(count: int) -> int:
    """Few enough that a band is worth a thread, and a function of the count alone."""
    return max(1, min(16, count // 2048))


@dataclass(frozen=True)
class CompiledCore:
    """The core in C; `compiled` is the loaded compiled/patchmatch.c, `workers` the most threads (None: all cores)."""

    compiled: ctypes.CDLL
    workers: int | None = None

    def _struct(self, field: Field) -> ctypes.c_void_p:
        addresses = [pointer(getattr(field, name)) for name in _POINTERS]
        struct = _Struct(*addresses, field.height, field.width)
        return ctypes.cast(ctypes.pointer(struct), ctypes.c_void_p)

    def distances(self, field: Field) -> None:
        struct = self._struct(field)
        count = field.target.size
        in_bands(lambda a, b: self.compiled.pm_distances(struct, a, b), count, _bands(count), self.workers)

    def search(self, field: Field, seed: int, backward: bool, reach: int) -> None:
        struct, before = self._struct(field), field.source.copy()
        count = field.target.size

        def sweep(a: int, b: int) -> None:
            self.compiled.pm_search(struct, a, b, pointer(before), ctypes.c_uint32(seed), int(backward), reach)

        in_bands(sweep, count, _bands(count), self.workers)

    def vote(self, field: Field, colours: Picture, where: Positions, sharpness: float) -> Picture:
        struct, out = self._struct(field), np.empty((where.size, 4), np.int16)
        said, at, falloff, result = pointer(colours), pointer(where), pointer(FALLOFF), pointer(out)

        def band(a: int, b: int) -> None:
            self.compiled.pm_vote(struct, a, b, said, at, falloff, ctypes.c_double(sharpness), result)

        in_bands(band, where.size, _bands(where.size), self.workers)
        return out

    def choose(
        self,
        field: Field,
        where: Positions,
        *,
        known: NDArray[np.uint8],
        origin: Positions,
        samples: Positions,
        seed: int,
    ) -> Positions:
        struct, chosen = self._struct(field), np.empty(where.size, np.int32)
        at, seen, from_, tried, result = (pointer(a) for a in (where, known, origin, samples, chosen))

        def band(a: int, b: int) -> None:
            self.compiled.pm_choose(struct, a, b, at, seen, from_, tried, samples.size, ctypes.c_uint32(seed), result)

        in_bands(band, where.size, max(1, min(16, where.size // 32)), self.workers)
        return chosen
