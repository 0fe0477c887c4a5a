"""What is installed, fetched and set on this machine, and what an engine makes of it."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.util import find_spec

from delaminate.engines import AUTO, ENGINES, GROUPS, Candidate, candidates, engine
from delaminate.errors import LicenceForbids, StageFailed
from delaminate.models import checkpoints
from delaminate.models.device import has_gpu
from delaminate.models.places import models_folder
from delaminate.models.weights import installed
from delaminate.version import __version__

EXTRAS = {
    "lite": ("words for the engine lite", ("tokenizers",)),
    "models": ("local models on torch", ("torch", "transformers", "diffusers", "huggingface_hub")),
    "hosted": ("models at an endpoint", ("openai",)),
    "formats": ("PPTX, HEIC and JPEG XL", ("pptx", "pillow_heif", "pillow_jxl")),
    "server": ("the service and the studio", ("fastapi", "uvicorn", "dbos", "obstore")),
    "evaluation": ("measuring", ("scipy",)),
}
"""Extra → what it is for, and the modules that tell whether it is installed."""

_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "DATABASE_URL", "STORAGE_URL")
_OTHERS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "U2NET_HOME", "HF_ENDPOINT")


@dataclass(frozen=True)
class RoleChoice:
    """The stage that "auto" takes for a role, and those it would rather take."""

    role: str
    taken: str
    better: tuple[Candidate, ...]


@dataclass(frozen=True)
class EngineState:
    """An engine by name; `lacking` is one sentence, or "" where it is ready."""

    name: str
    lacking: str


@dataclass(frozen=True)
class ExtraState:
    """An extra of this package; `command` installs it and is "" where it is there."""

    name: str
    command: str


@dataclass(frozen=True)
class WeightsState:
    """Weights that this package knows; `command` fetches them and is "" where they are there."""

    name: str
    purpose: str
    path: str
    command: str


@dataclass(frozen=True)
class Checkup:
    """Everything `delaminate doctor` tells; secrets only as "set"."""

    machine: str
    models_folder: str
    pinned: str
    roles: tuple[RoleChoice, ...]
    engines: tuple[EngineState, ...]
    extras: tuple[ExtraState, ...]
    weights: tuple[WeightsState, ...]
    settings: dict[str, str]


def checkup() -> Checkup:
    """Look at this machine; nothing is loaded, fetched or asked over the network."""
    gpu = "a GPU" if has_gpu() else "no GPU that torch sees"
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {gpu}"
    return Checkup(
        f"delaminate {__version__}, Python {platform.python_version()}, {system}",
        str(models_folder()),
        os.environ.get("DELAMINATE_ENGINE", ""),
        tuple(_choice(role) for role in GROUPS),
        tuple(EngineState(name, _lacking(name)) for name in ENGINES if name not in {AUTO, "untaught"}),
        tuple(_extra(name) for name in EXTRAS),
        tuple(_weights(known) for known in checkpoints.CHECKPOINTS),
        {name: _shown(name) for name in sorted(os.environ) if name.startswith("DELAMINATE_") or name in _OTHERS},
    )


def _choice(role: str) -> RoleChoice:
    """What "auto" takes for a role, whatever is pinned."""
    better: list[Candidate] = []
    for candidate in candidates(role, getattr(ENGINES[AUTO], role), commercial_safe=checkpoints.commercial_safe()):
        if not candidate.lacking:
            return RoleChoice(role, candidate.name, tuple(better))
        better.append(candidate)
    return RoleChoice(role, "", tuple(better))


def _lacking(name: str) -> str:
    try:
        engine(name)
    except (StageFailed, LicenceForbids) as error:
        return str(error)
    return ""


def _extra(name: str) -> ExtraState:
    purpose, modules = EXTRAS[name]
    there = all(find_spec(module) is not None for module in modules)
    return ExtraState(purpose, "" if there else f"pip install 'delaminate[{name}]'")


def _weights(known: checkpoints.Checkpoint) -> WeightsState:
    path = installed(known.name)
    size = f"delaminate models pull {known.name}  # {known.size}, {known.licence}"
    return WeightsState(known.name, known.purpose, str(path or ""), "" if path else size)


def _shown(name: str) -> str:
    """A setting's value, unless it is or may hold a secret."""
    value = os.environ[name]
    return "(set)" if any(part in name for part in _SECRET) or "@" in value else value
