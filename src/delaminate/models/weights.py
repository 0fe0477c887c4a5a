"""Named checkpoints: where they come from, what their licences allow, where they lie on this machine.

Weights are fetched by `delaminate models pull` and by nothing else: a split never starts a download.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from delaminate.errors import LicenceForbids, StageFailed, UnknownName
from delaminate.models.hosted import offline

_ACCESS = "https://huggingface.co/{repo}"


@dataclass(frozen=True)
class Checkpoint:
    """One set of weights.

    Parameters
    ----------
    name : what this package calls it.
    repo : its id at the Hugging Face hub.
    purpose : what it is for, in a few words.
    gigabytes : about what it takes on disk, from the number of parameters its makers give.
    licence : its name.
    commercial : whether that allows commercial use.
    gated : whether the makers must grant access first.
    files : patterns of what is fetched; everything when empty.
    """

    name: str
    repo: str
    purpose: str
    gigabytes: float
    licence: str
    commercial: bool = True
    gated: bool = False
    files: tuple[str, ...] = ()


_MODEL = ("*.json", "*.txt", "*.safetensors", "*.model", "LICENSE*")
_PIPELINE = (
    "*.json",
    "*.txt",
    "*.jinja",
    "*/*.json",
    "*/*.txt",
    "*/*.jinja",
    "*/*.safetensors",
    "*/*.model",
    "LICENSE*",
)
_FLUX_NC = "FLUX Non-Commercial License"

CHECKPOINTS = (
    Checkpoint(
        "grounding-dino", "IDEA-Research/grounding-dino-tiny", "finds things by name", 0.7, "Apache-2.0", files=_MODEL
    ),
    Checkpoint("sam2.1", "facebook/sam2.1-hiera-large", "cuts things out", 0.9, "Apache-2.0", files=_MODEL),
    Checkpoint(
        "sam3", "facebook/sam3", "finds and cuts things out by name", 3.4, "SAM License", gated=True, files=_MODEL
    ),
    Checkpoint("vitmatte", "hustvl/vitmatte-small-composition-1k", "soft edges", 0.1, "Apache-2.0", files=_MODEL),
    Checkpoint("birefnet", "ZhengPeng7/BiRefNet_HR-matting", "soft edges", 0.9, "MIT", files=(*_MODEL, "*.py")),
    Checkpoint("flux2-klein-4b", "black-forest-labs/FLUX.2-klein-4B", "fills holes", 16, "Apache-2.0", files=_PIPELINE),
    Checkpoint(
        "flux2-klein-9b", "black-forest-labs/FLUX.2-klein-9B", "fills holes", 35, _FLUX_NC, False, True, _PIPELINE
    ),
    Checkpoint("flux2-dev", "black-forest-labs/FLUX.2-dev", "fills holes", 113, _FLUX_NC, False, True, _PIPELINE),
    Checkpoint(
        "qwen-image-layered", "Qwen/Qwen-Image-Layered", "proposes whole stacks", 57, "Apache-2.0", files=_PIPELINE
    ),
)
"""The checkpoints this package knows."""


def checkpoint(name: str) -> Checkpoint:
    """The checkpoint of a name.

    Raises
    ------
    UnknownName
        If there is none.
    """
    for known in CHECKPOINTS:
        if known.name == name:
            return known
    raise UnknownName(f"there are no weights called {name!r}; there are: {', '.join(c.name for c in CHECKPOINTS)}")


def commercial_safe() -> bool:
    """Whether `DELAMINATE_COMMERCIAL_SAFE` asks for weights that allow commercial use only."""
    return os.environ.get("DELAMINATE_COMMERCIAL_SAFE", "").lower() not in {"", "0", "false", "no"}


def check_commercial(name: str) -> None:
    """Refuse weights that do not allow commercial use, or whose licence is not known.

    Parameters
    ----------
    name : of a checkpoint, or a folder.

    Raises
    ------
    LicenceForbids
        With the licence.
    """
    known = {c.name: c for c in CHECKPOINTS}.get(name)
    if known is None:
        raise LicenceForbids(
            f"the licence of the weights in {name} is not known; leave them out or --commercial-safe off"
        )
    if not known.commercial:
        raise LicenceForbids(
            f"{known.name} may not be used commercially ({known.licence}); "
            "take another model, or leave --commercial-safe off"
        )


def models_folder() -> Path:
    """The folder of models that this package fetches itself: `DELAMINATE_MODELS`, or one among the user's data."""
    given = os.environ.get("DELAMINATE_MODELS")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "delaminate" / "models"


def installed(name: str) -> Path | None:
    """The folder in which weights lie, or None when they are not on this machine.

    Parameters
    ----------
    name : of a checkpoint, or a folder.
    """
    if Path(name).is_dir():
        return Path(name)
    known = checkpoint(name)
    own = models_folder() / known.name
    if own.is_dir():
        return own
    if importlib.util.find_spec("huggingface_hub") is None:
        return None
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(known.repo, local_files_only=True, allow_patterns=list(known.files) or None))
    except LocalEntryNotFoundError:
        return None


def folder(name: str) -> Path:
    """The folder in which weights lie.

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


def pull(name: str, revision: str = "main") -> Path:
    """Fetch weights from the hub, or bring them up to date.

    Parameters
    ----------
    revision : a commit, tag or branch of the repository.

    Returns
    -------
    Path
        The folder they lie in; its name is the commit.

    Raises
    ------
    StageFailed
        If the network may not be used or fails, or access was not granted.
    """
    known = checkpoint(name)
    if offline():
        raise StageFailed("DELAMINATE_OFFLINE is set, so nothing is fetched; unset it")
    if importlib.util.find_spec("huggingface_hub") is None:
        raise StageFailed("install the extra for local models: pip install 'delaminate[models]'")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError

    try:
        return Path(snapshot_download(known.repo, revision=revision, allow_patterns=list(known.files) or None))
    except GatedRepoError as error:
        raise StageFailed(
            f"access to {known.name} must be granted: ask for it at {_ACCESS.format(repo=known.repo)} and log in with "
            "'hf auth login'" + ("; grounded-sam needs no such grant" if name == "sam3" else "")
        ) from error
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise StageFailed(f"{known.name} could not be fetched: {first}; check the network and try again") from error
