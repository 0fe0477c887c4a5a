"""Photographs that scikit-image comes with."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def photograph(name: str) -> NDArray[Any]:
    """ "chelsea" (a cat), "coffee", "astronaut" (a person): uint8 H×W×3."""
    spec = find_spec("skimage.data")
    assert spec is not None
    assert spec.origin is not None
    return np.asarray(Image.open(Path(spec.origin).with_name(f"{name}.png")).convert("RGB"))
