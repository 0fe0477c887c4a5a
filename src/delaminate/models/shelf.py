"""The folder of models, as files arrive in it: whole and with the right hash, or not at all.

`NAME/FILE` is put in place by one rename after its SHA-256 was checked. While it comes it is `.HASH.part` beside the
names; a broken download stays there to be gone on with, anything else that goes wrong leaves nothing. One pull of a
file at a time works, others wait for it, in this process and in others. Nothing is written outside the folder.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from delaminate.contracts import Tick, no_tick
from delaminate.errors import StageFailed
from delaminate.models.cache import file_lock, thread_lock
from delaminate.models.sources import BrokenOff, Pinned, Source


def sha256_of(path: Path) -> str:
    """In hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def recorded(place: Path) -> str:
    """The SHA-256 that was written down when the file came first; "" where none was."""
    try:
        return _record(place).read_text(encoding="ascii").split()[0]
    except (OSError, ValueError, IndexError):
        return ""


def expected(file: Pinned, place: Path) -> str:
    """The SHA-256 that a file must have there: the known one, else that of its first pull, "" where it never came."""
    return file.sha256 or recorded(place)


def _record(place: Path) -> Path:
    return place.with_name(f"{place.name}.sha256")


def _begun(file: Pinned, place: Path) -> str:
    """What its files are called while it comes."""
    return f".{file.sha256[:16] or hashlib.sha256(f'{place.parent.name}/{file.name}'.encode()).hexdigest()[:16]}"


def put(file: Pinned, folder: Path, sources: Sequence[Source], tick: Tick = no_tick, said: str = "") -> Path:
    """Get a file from the first source that has it, into `folder`, a folder of the models folder; or find it there.

    Parameters
    ----------
    said : the SHA-256 that whoever hands over a file of unknown hash wrote down; "" where nobody did.

    Raises
    ------
    StageFailed
        If no source has it, one has another file of that name, or the folder cannot be written.
    """
    place, shelf = folder / file.name, folder.parent
    try:
        with _there(folder), _alone(shelf / f"{_begun(file, place)}.lock"):
            if not (place.is_file() and sha256_of(place) == expected(file, place)):
                _fetch(file, place, sources, tick, said)
            return place
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StageFailed(f"the disk of {shelf} is full; make room there, or set DELAMINATE_MODELS") from error
        raise StageFailed(
            f"{shelf} cannot be written ({error.strerror}); set DELAMINATE_MODELS to a folder that can"
        ) from error


def _fetch(file: Pinned, place: Path, sources: Sequence[Source], tick: Tick, said: str) -> None:
    shelf = place.parent.parent
    part, work = shelf / f"{_begun(file, place)}.part", shelf / f"{_begun(file, place)}.work"
    wanted = expected(file, place) or said
    reasons = []
    for source in sources:
        check_room(shelf, source.room(file))
        shutil.rmtree(work, ignore_errors=True)  # of a pull that was killed
        work.mkdir()
        try:
            came = _from(source, file, wanted, part, work, tick)
            if not file.sha256:
                _write_down(place, came)
            part.replace(place)
            return
        except StageFailed as error:
            reasons.append(f"{source}: {error}")
        except OSError:
            part.unlink(missing_ok=True)
            raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    kept = " (what came is kept: the same command goes on from there)" if part.exists() else ""
    raise StageFailed(f"{file.name} could not be fetched from {'; from '.join(reasons)}{kept}")


def _write_down(place: Path, sha256: str) -> None:
    """As `sha256sum` writes and checks it."""
    new = _record(place).with_suffix(".new")
    new.write_text(f"{sha256}  {place.name}\n", encoding="ascii")
    new.replace(_record(place))


def _from(source: Source, file: Pinned, wanted: str, part: Path, work: Path, tick: Tick) -> str:
    """Fetch into `part` and check; what is left of an earlier try and does not fit is thrown away and fetched anew.

    Returns
    -------
    str
        The SHA-256 of what came: the one that is wanted, or any where none is.
    """
    begun = part.exists()
    try:
        source.fetch(file, part, work, tick)
    except BrokenOff:
        if part.exists() and not part.stat().st_size:
            part.unlink()
        raise
    except StageFailed:
        part.unlink(missing_ok=True)
        raise
    came = sha256_of(part)
    if came == (wanted or came):
        return came
    part.unlink()
    if begun:
        return _from(source, file, wanted, part, work, tick)
    whose = "this package knows" if file.sha256 else "came the first time"
    raise StageFailed(f"what came is another file than {whose} (SHA-256 {came[:12]}…) and was thrown away")


def check_room(shelf: Path, needed: int) -> None:
    """Refuse in a sentence what the disk of a folder has no room for."""
    free = shutil.disk_usage(shelf).free
    if free < needed:
        raise StageFailed(
            f"{needed / 1e6:.0f} MB are needed in {shelf} and {free / 1e6:.0f} MB are free; make room there, "
            "or set DELAMINATE_MODELS to a folder on another disk"
        )


@contextmanager
def _there(folder: Path) -> Iterator[None]:
    """Make a folder; of the folders made for it none stays empty."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):
            for path in made:
                path.rmdir()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that a file stands for; the file is gone afterwards."""
    with thread_lock(str(path)):
        while True:
            with path.open("a") as lock, file_lock(lock.fileno()):
                # Whoever held it before has deleted it; a lock on what is gone excludes nobody.
                if not _is(path, lock.fileno()):
                    continue
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return


def _is(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except OSError:
        return False
