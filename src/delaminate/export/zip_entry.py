"""Zip archives whose bytes depend on their content only."""

from __future__ import annotations

import zipfile

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first day a zip knows, instead of the time of writing."""


def add_entry(archive: zipfile.ZipFile, name: str, data: bytes, compress: bool = False) -> None:
    """Add a file; what is compressed already (PNG) is stored."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    archive.writestr(entry, data)
