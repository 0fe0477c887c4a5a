"""A whole copy of an installation in one folder, taken while it runs, and the way back.

The order is what makes it whole. First the engine's tables, then ours, then the pictures: what a later part knows more
than an earlier one is done again or left over, and what an earlier part names is there in the later ones.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

from delaminate.errors import BadInput, UnwritableOutput
from delaminate.server.ids import now
from delaminate.server.settings import Settings
from delaminate.version import __version__

_TABLES = ("workflows.sqlite", "delaminate.sqlite")
_NOTE = "backup.json"
_UNFINISHED = "#"
"""In names of files that are being written."""


def back_up(settings: Settings, folder: Path) -> int:
    """Copy an installation on SQLite and a folder, running or not, into a new folder; how many pictures it has.

    Raises
    ------
    BadInput
        If the installation is kept elsewhere, or the folder is there already.
    UnwritableOutput
        If it cannot be written; nothing of it stays.
    """
    if settings.database_url or settings.storage_url:
        raise BadInput(
            "only SQLite and a data folder are copied; for Postgres and a bucket see docs/how-to/back-up.md: "
            "pg_dump first, the bucket after it"
        )
    if not (settings.data / _TABLES[1]).exists():
        raise BadInput(f"there is no installation in {settings.data}; set DELAMINATE_DATA")
    if folder.exists():
        raise BadInput(f"{folder} is there already; name a new folder")
    making = folder.with_name(folder.name + ".part")
    try:
        making.mkdir(parents=True, mode=0o700)
        for name in _TABLES:
            if (settings.data / name).exists():
                _copy_table(settings.data / name, making / name)
        for file in settings.data.glob("*.key"):
            shutil.copy2(file, making / file.name)
        count = _copy_pictures(settings.data / "blobs", making / "blobs")
        note = {"made": now(), "version": __version__, "files": count}
        (making / _NOTE).write_text(json.dumps(note), encoding="utf-8")
        making.rename(folder)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise UnwritableOutput(f"{folder} cannot be written: {error.strerror}; nothing was kept") from error
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return count


def _copy_table(source: Path, target: Path) -> None:
    """A consistent copy, whoever writes meanwhile (SQLite's backup API)."""
    before, after = sqlite3.connect(source, timeout=30), sqlite3.connect(target)
    try:
        before.backup(after)
    finally:
        after.close()
        before.close()


def _copy_pictures(source: Path, target: Path) -> int:
    count = 0
    for file in source.rglob("*"):
        if not file.is_file() or _UNFINISHED in file.name:
            continue
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(file, copy)
        except FileNotFoundError:
            continue  # a workpiece of a job that has ended meanwhile
        count += 1
    return count


def restore(settings: Settings, folder: Path) -> int:
    """Make an installation of a copy, in a data folder that is not there yet or empty; how many pictures it has.

    Raises
    ------
    BadInput
        If the folder holds no copy, or the data folder is in use.
    """
    try:
        note = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder} is no backup: it has no {_NOTE}") from error
    if settings.data.exists() and any(settings.data.iterdir()):
        raise BadInput(f"{settings.data} is not empty; move it away first, or set DELAMINATE_DATA to another folder")
    making = settings.data.with_name(settings.data.name + ".part")
    try:
        shutil.copytree(folder, making, ignore=shutil.ignore_patterns(_NOTE))
        if settings.data.exists():
            settings.data.rmdir()
        making.rename(settings.data)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise UnwritableOutput(f"{settings.data} cannot be written: {error.strerror}; nothing was kept") from error
    settings.make_folder()
    return int(note["files"])
