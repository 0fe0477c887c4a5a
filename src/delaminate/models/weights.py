"""Weights on this machine: where they lie, what is missing, how they get here, whether they are what they should be.

Weights are fetched by `delaminate models pull` and by nothing else: a split never starts a download.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from delaminate.contracts import Tick, no_tick
from delaminate.errors import BadInput, StageFailed
from delaminate.models import shelf
from delaminate.models.checkpoints import Checkpoint, OneFile, Repository, checkpoint
from delaminate.models.device import once
from delaminate.models.hosted import offline
from delaminate.models.places import models_folder
from delaminate.models.sources import FileAt, FileHere, Source

T = TypeVar("T")

_ACCESS = "https://huggingface.co/{repo}"


def places(known: Checkpoint) -> Iterator[Path]:
    """The files where weights of one file may lie, ours first; there or not."""
    if isinstance(known.origin, OneFile):
        yield models_folder() / known.name / known.origin.file.name
        yield from (place.path for place in known.origin.places if place.path)


def installed(name: str) -> Path | None:
    """The folder, or the one file, in which weights lie, or None when they are not on this machine.

    Parameters
    ----------
    name : of a checkpoint, or a folder.
    """
    if Path(name).exists():
        return Path(name)
    known = checkpoint(name)
    if isinstance(known.origin, OneFile):
        return next((path for path in places(known) if path.is_file()), None)
    own = models_folder() / known.name
    if own.is_dir():
        return own
    # Its library takes long to import; where the hub's cache has no such folder it is not asked.
    if not _in_hub_cache(known.origin) or importlib.util.find_spec("huggingface_hub") is None:
        return None
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(known.origin.repo, local_files_only=True, allow_patterns=list(known.origin.files))
        )
    except LocalEntryNotFoundError:
        return None


def _in_hub_cache(origin: Repository) -> bool:
    """Whether the hub's cache, where its own settings say it is, has anything of a repository."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    cache = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or Path(home) / "hub"
    return (Path(cache).expanduser() / f"models--{origin.repo.replace('/', '--')}").is_dir()


def loaded(name: str, load: Callable[[bytes], T]) -> tuple[T | None, str]:
    """What `load` makes of the one file of weights, once a process; or None and one sentence why not.

    Only the file whose SHA-256 this package knows, or which came at the first pull, is used; but `name` may also be a
    file of the user's own. One that is fetched later is found without a new start.
    """
    if Path(name).is_file():  # one of the user's own
        path = Path(name)
        try:
            return once((path, path.stat().st_mtime_ns, load), lambda: load(path.read_bytes())), ""
        except StageFailed as error:
            return None, f"{path.name}: {error}"
    known = checkpoint(name)
    assert isinstance(known.origin, OneFile)
    why = f"{known.origin.file.name} is not on this machine; fetch it: delaminate models pull"
    why += "" if known.wanted else f" {name}"
    for path in places(known):
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            continue
        try:
            made: T = once((name, path, changed), functools.partial(_load, load, path, known))
            return made, ""
        except StageFailed as error:
            why = str(error)
    return None, why


def _load(load: Callable[[bytes], T], path: Path, known: Checkpoint) -> T:
    assert isinstance(known.origin, OneFile)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StageFailed(f"{path} cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != shelf.expected(known.origin.file, path):
        raise StageFailed(
            f"{path} is not the file this package knows (its SHA-256 differs), so it is not used; "
            f"fetch the right one: delaminate models pull {known.name}"
        )
    return load(content)


def folder(name: str) -> Path:
    """The folder, or the one file, in which weights lie.

    Raises
    ------
    StageFailed
        If they are not on this machine; the message says how to get them.
    """
    there = installed(name)
    if there is None:
        raise StageFailed(f"the weights {name!r} are not on this machine; fetch them: delaminate models pull {name}")
    return there


def missing(*names: str, libraries: tuple[str, ...] = ("torch", "transformers")) -> str:
    """One sentence that says what to install or fetch before these weights can be used; empty when all is there."""
    if any(importlib.util.find_spec(library) is None for library in libraries):
        return "install the extra for local models: pip install 'delaminate[models]'"
    absent = [name for name in names if installed(name) is None]
    return f"fetch the weights: delaminate models pull {' '.join(absent)}" if absent else ""


def pull(name: str, revision: str = "", given: Path | None = None, tick: Tick = no_tick) -> Path:
    """Fetch weights, or bring them up to date.

    Parameters
    ----------
    revision : of a repository: a commit, tag or branch; its "main" when empty.
    given : of one file: that file, or a folder it lies in; of a repository: a folder that has one called as the
        weights are. It is copied instead of fetching anything.

    Returns
    -------
    Path
        The folder they lie in (its name is the commit), or the file.

    Raises
    ------
    BadInput
        If a revision is given for one file, or the folder given has no such repository.
    StageFailed
        If the network may not be used or fails, access was not granted, what comes is not what it should be, or the
        disk cannot take it.
    """
    known = checkpoint(name)
    if isinstance(known.origin, OneFile):
        if revision:
            raise BadInput(f"{name} is one file whose hash is known; it has no revisions")
        return _pull_file(known, known.origin, given, tick)
    if given:
        return _copied(given / name if (given / name).is_dir() else given, models_folder() / name, tick)
    return _pull_repository(known, known.origin, revision or "main")


def _pull_file(known: Checkpoint, origin: OneFile, given: Path | None, tick: Tick) -> Path:
    for path in places(known):
        if given is None and path.is_file() and shelf.sha256_of(path) == shelf.expected(origin.file, path):
            return path
    handed = FileHere(given, known.name) if given else None
    said = shelf.recorded(handed.file(origin.file)) if handed else ""
    sources: list[Source] = [handed] if handed else [*_mirror(known, origin), *origin.sources]
    return shelf.put(origin.file, models_folder() / known.name, sources, tick, said)


def _mirror(known: Checkpoint, origin: OneFile) -> Iterator[Source]:
    """`DELAMINATE_MODELS_MIRROR`: a URL or a folder that holds files as our own folder does."""
    mirror = os.environ.get("DELAMINATE_MODELS_MIRROR", "").rstrip("/")
    if "://" in mirror:
        yield FileAt(f"{mirror}/{known.name}/{origin.file.name}")
    elif mirror:
        yield FileHere(Path(mirror) / known.name / origin.file.name)


def has(given: Path, known: Checkpoint) -> bool:
    """Whether a folder has weights to pull from it."""
    if isinstance(known.origin, OneFile):
        return FileHere(given, known.name).file(known.origin.file).is_file()
    return (given / known.name).is_dir()


def export(name: str, to: Path, tick: Tick = no_tick) -> Path:
    """Copy weights that are here into a folder that `pull` takes them from on a machine without a network.

    Returns
    -------
    Path
        The folder `to`/`name`.

    Raises
    ------
    StageFailed
        If they are not here, are not what they should be, or the disk cannot take them.
    """
    known, there = checkpoint(name), folder(name)
    if not isinstance(known.origin, OneFile):
        return _copied(there, to / name, tick)
    wrong = damage(name)
    if wrong:
        raise StageFailed(f"{there} is not as it should be ({wrong}); fetch it again: delaminate models pull {name}")
    said = shelf.expected(known.origin.file, there)
    shelf.put(known.origin.file, to / name, [FileHere(there)], tick, said)
    return to / name


def _copied(source: Path, to: Path, tick: Tick) -> Path:
    """A folder copied whole, links followed, or not at all."""
    if not source.is_dir() or not any(source.iterdir()):
        raise BadInput(f"there is no folder of weights called {to.name} in {source.parent}")
    files = [path for path in source.rglob("*") if path.is_file()]
    sizes = [path.stat().st_size for path in files]
    new = to.with_name(f".{to.name}.new")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        shelf.check_room(to.parent, sum(sizes))
        shutil.rmtree(new, ignore_errors=True)
        for number, path in enumerate(files):
            tick(sum(sizes[:number]) / max(1, sum(sizes)))
            place = new / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        if to.exists():
            shutil.rmtree(to)
        new.replace(to)
    except OSError as error:
        raise StageFailed(f"{to} cannot be written ({error.strerror}); make room or take another folder") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    tick(1.0)
    return to


def disk(there: Path) -> int:
    """Bytes that a file, or all files of a folder, take."""
    return sum(path.stat().st_size for path in (there.rglob("*") if there.is_dir() else [there]) if path.is_file())


def _pull_repository(known: Checkpoint, origin: Repository, revision: str) -> Path:
    if offline():
        raise StageFailed("DELAMINATE_OFFLINE is set, so nothing is fetched; unset it")
    if importlib.util.find_spec("huggingface_hub") is None:
        raise StageFailed("install the extra for local models: pip install 'delaminate[models]'")
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import GatedRepoError

    try:
        if installed(known.name) is None:
            cache = Path(constants.HF_HUB_CACHE)
            cache.mkdir(parents=True, exist_ok=True)
            shelf.check_room(cache, int(known.gigabytes * 1e9))
        return Path(snapshot_download(origin.repo, revision=revision, allow_patterns=list(origin.files)))
    except GatedRepoError as error:
        raise StageFailed(
            f"access to {known.name} must be granted: ask for it at {_ACCESS.format(repo=origin.repo)} and log in with "
            "'hf auth login'" + ("; grounded-sam needs no such grant" if known.name == "sam3" else "")
        ) from error
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise StageFailed(f"{known.name} could not be fetched: {first}; check the network and try again") from error


def damage(name: str) -> str:
    """What is wrong with weights that are on this machine, in a few words; empty when they are what they should be.

    Raises
    ------
    StageFailed
        If they are not on this machine, or there is nothing to check them by.
    """
    known, there = checkpoint(name), folder(name)
    if isinstance(known.origin, OneFile):
        return "" if shelf.sha256_of(there) == shelf.expected(known.origin.file, there) else "its SHA-256 differs"
    checked = 0
    for path in (path for path in there.rglob("*") if path.is_symlink() and path.is_file()):
        # The hub's cache calls a file what it must hash to: git's SHA-1, or SHA-256 where it is large.
        wanted = path.resolve().name
        if wanted != (shelf.sha256_of(path) if len(wanted) == 64 else _git_hash(path)):
            return f"{path.name} is damaged"
        checked += 1
    if not checked:
        raise StageFailed(f"{there} holds no hashes to check {name} by")
    return ""


def _git_hash(path: Path) -> str:
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
