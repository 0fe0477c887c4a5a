"""Where models lie on this machine: our own folder, and where other programs and packages keep the same files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias


def models_folder() -> Path:
    """The folder of models that this package fetches itself: `DELAMINATE_MODELS`, or one among the user's data."""
    given = os.environ.get("DELAMINATE_MODELS")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "delaminate" / "models"


@dataclass(frozen=True)
class InSharedFolder:
    """A file in a folder that several programs use: the one a variable names, else one in the user's home."""

    variable: str
    folder: str
    name: str

    @property
    def path(self) -> Path | None:
        return Path(os.environ.get(self.variable) or Path.home() / self.folder) / self.name


@dataclass(frozen=True)
class InPackage:
    """A file in an installed package, which is not imported for it."""

    package: str
    name: str

    @property
    def path(self) -> Path | None:
        spec = find_spec(self.package)
        return Path(spec.origin).parent / self.name if spec and spec.origin else None


Place: TypeAlias = InSharedFolder | InPackage
