"""An environment with nothing in it but what was installed there."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Environment:
    """A virtual environment; nothing of this checkout is on its path."""

    folder: Path

    @property
    def binaries(self) -> Path:
        """Where its programs are."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def run(self, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, as a shell would in which the environment is active."""
        known = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
        known |= {"PATH": f"{self.binaries}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": str(self.folder)}
        program, *arguments = command
        return subprocess.run(
            [str(self.binaries / program), *arguments], cwd=cwd, env=known, capture_output=True, text=True, check=False
        )

    def install(self, *what: str, cwd: Path) -> None:
        """Install with pip, in the versions this project is tested with."""
        done = self.run("python", "-m", "pip", "install", "-q", "-c", str(ROOT / "constraints.txt"), *what, cwd=cwd)
        assert done.returncode == 0, done.stderr
