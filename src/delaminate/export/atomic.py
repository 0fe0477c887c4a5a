"""Files that are whole or not there: written beside their place under a temporary name, then renamed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from delaminate.errors import UnwritableOutput
from delaminate.export.half_written import placing, writing


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new, seekable binary file that takes the place of `path` when the block ends well, and vanishes when not.

    Raises
    ------
    UnwritableOutput
        If the folder does not exist or cannot be written, or the disk is full.
    """
    part = path.parent / f".{uuid.uuid4().hex}.part"
    with writing(part):
        try:
            with part.open("xb") as file:
                yield file
            with placing:
                part.replace(path)
        except OSError as error:
            raise UnwritableOutput(f"{path} cannot be written: {error.strerror or error}") from error
        finally:
            part.unlink(missing_ok=True)
