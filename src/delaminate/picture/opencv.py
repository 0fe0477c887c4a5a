"""OpenCV's decoders, which give all bits of deep PNG, AVIF and JPEG 2000; they print instead of saying why not."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.picture.decoded import Damaged

_ORDER = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}
_SILENCE = threading.Lock()


def sixteen_bits(data: bytes, size: tuple[int, int]) -> NDArray[np.uint16]:
    """H×W×1, 3 or 4 values as they are stored, in the order R, G, B, A.

    Parameters
    ----------
    size : width and height that must come out.

    Raises
    ------
    Damaged
        If it does not decode to 16-bit values of that size.
    """
    import cv2

    logging = cv2.utils.logging
    with _SILENCE:  # the level is one number for the whole process
        level = logging.getLogLevel()
        logging.setLogLevel(logging.LOG_LEVEL_SILENT)
        try:
            read: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error as error:
            raise Damaged("OpenCV") from error
        finally:
            logging.setLogLevel(level)
    if read is None or read.dtype != np.uint16 or read.shape[:2] != size[::-1]:
        raise Damaged("OpenCV")
    if read.ndim == 2:
        read = read[:, :, None]
    values: NDArray[np.uint16] = read[..., _ORDER[read.shape[2]]]
    return values
