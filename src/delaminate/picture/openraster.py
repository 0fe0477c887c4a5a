"""The merged picture inside an OpenRaster or Krita file: a PNG in a zip."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from delaminate.picture.decoded import Damaged, NotRead

_NAME = "mergedimage.png"
_MOST_BYTES = 1 << 30


def merged_png(file: BinaryIO) -> bytes:
    """The bytes of the merged picture.

    Raises
    ------
    NotRead
        If there is none.
    Damaged
        If it claims more than 1 GiB; besides, what `zipfile` raises.
    """
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        if _NAME not in archive.namelist():
            raise NotRead("an OpenRaster or Krita file without its merged picture", "open it and save it again")
        info = archive.getinfo(_NAME)
        if info.file_size > _MOST_BYTES:
            raise Damaged("the merged picture is too large")
        return archive.read(info)
