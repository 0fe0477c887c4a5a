"""The table in docs/how-to/formats.md is the table of the code."""

from __future__ import annotations

from pathlib import Path

from delaminate.export.formats import FORMATS, Format

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "formats.md"


def _row(row: Format) -> str:
    held = (row.exact, row.profile, row.resolution, row.groups, row.offsets, row.live_text, row.invented, row.facts)
    files = " ".join(f"`{suffix}`" for suffix in row.suffixes)
    return f"| {row.key} | {files} | {row.depth} | " + " | ".join("yes" if one else "no" for one in held) + " |"


def test_the_page_has_the_row_of_every_format() -> None:
    """Word for word, in order."""
    lines = PAGE.read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("| ") and line in map(_row, FORMATS)] == [
        _row(r) for r in FORMATS
    ]
