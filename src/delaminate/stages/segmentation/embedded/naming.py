"""What things are called: the classifier's features mapped into the space where the network's phrases are.

The network of drawn things (`network.py`) learned names from glimpses of 40 pixels; the classifier of photographs saw
a million pictures and knows a thousand names. This map takes the latter's features to the former's phrases, so that
any words can be compared with what is seen (Frome et al., "DeViSE: a deep visual-semantic embedding model", NIPS 2013).
`training/naming.py` in the repository taught it, on cut-outs laid into pictures.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Naming:
    """Two layers, learned: from the features of a crop by itself and in its surroundings to the phrases' space.

    `sharp` is what agreement with names is multiplied by to give the log odds among them.
    """

    wide: tuple[Floats, Floats]
    out: tuple[Floats, Floats]
    sharp: float

    def __call__(self, features: Floats) -> Floats:
        """Of `Sights.features` (float32 n×2×1280) unit vectors that `Network.of_phrases` compares with; n×96.

        What was not looked at (all zeros) gets zeros.
        """
        seen = np.sqrt(np.maximum(features, 0)).reshape(len(features), -1)
        vectors = np.maximum(seen @ self.wide[0].T + self.wide[1], 0) @ self.out[0].T + self.out[1]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        return np.asarray(vectors * seen.any(axis=1, keepdims=True), np.float32)

    def among(self, vectors: Floats, names: Floats) -> Floats:
        """How likely each vector (n×96) is of each of some names (unit vectors m×96); n×m, each row adds up to 1."""
        logits = self.sharp * (vectors @ names.T)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)


@functools.cache
def trained_naming() -> Naming | None:
    """The map shipped with the package; None where there is none."""
    file = Path(__file__).with_name("naming.npz")
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as stored:
        wide, out = (
            (stored[f"{n}_weight"].astype(np.float32), stored[f"{n}_bias"].astype(np.float32)) for n in ("wide", "out")
        )
        sharp = float(stored["sharp"])
    return Naming(wide, out, sharp)
