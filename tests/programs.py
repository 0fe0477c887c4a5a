"""The programs that open our files. They are not Python packages: `.ci/run` installs them from Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.pixels import levels

DEBIAN = {
    "convert": "imagemagick",
    "gimp": "gimp",
    "krita": "krita",
    "xvfb-run": "xvfb",
    "soffice": "libreoffice-impress",
    "pdftoppm": "poppler-utils",
    "pdftotext": "poppler-utils",
    "chromium": "chromium",
    "inkscape": "inkscape",
}


def program(name: str) -> str:
    """The path of a program; where it is missing the test fails in CI and is skipped, with the reason, elsewhere."""
    found = shutil.which(name, path="/usr/bin:/usr/local/bin:" + os.environ.get("PATH", ""))
    if found is None:
        reason = f"{name} is not installed; apt-get install {DEBIAN[name]}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def run(name: str, *arguments: str | Path, home: Path, seconds: int = 120) -> str:
    """Run a program with a home of its own; what it said on stdout."""
    command = [program(name), *map(str, arguments)]
    environment = os.environ | {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=environment, check=False)
    assert done.returncode == 0, f"{name} failed: {done.stderr[-500:]}"
    return done.stdout


def pixels_of(path: Path) -> NDArray[Any]:
    """A PNG as H×W×4 of its own depth."""
    read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert read is not None, f"nothing was written to {path.name}"
    if read.shape[2] == 3:
        full = np.full((*read.shape[:2], 1), levels(read), read.dtype)
        read = np.concatenate([read, full], axis=2)
    return read[..., [2, 1, 0, 3]]


def apart(ours: NDArray[Any], theirs: NDArray[Any]) -> int:
    """The largest difference in levels, where alpha lets it be seen."""
    assert ours.shape == theirs.shape
    full = levels(theirs)
    if ours.dtype == np.uint16 and theirs.dtype == np.uint8:
        ours = ((ours.astype(np.uint32) + 128) // 257).astype(np.uint8)
    assert ours.dtype == theirs.dtype
    a, b = ours.astype(float), theirs.astype(float)
    colour = np.abs(a[..., :3] * a[..., 3:] - b[..., :3] * b[..., 3:]).max() / full
    return round(float(max(colour, np.abs(a[..., 3] - b[..., 3]).max())))
