"""Builds the compiled cores and tags the wheel. Everything else is in pyproject.toml.

The cores are plain C libraries loaded through ctypes, so no Python headers are needed and one wheel serves every
Python. Where there is no compiler the build goes on without them: the wheel is one for any machine, and the package
uses its numpy cores.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

FLAGS = (
    ["/O2", "/fp:precise"] if sys.platform == "win32" else ["-O3", "-std=c99", "-fno-math-errno", "-ffp-contract=off"]
)


class Libraries(build_ext):
    """Libraries rather than modules of Python: their names carry no Python, and they export what C says."""

    def get_ext_filename(self, fullname: str) -> str:
        """The same name for every Python."""
        return fullname.replace(".", "/") + (".pyd" if sys.platform == "win32" else ".so")

    def get_export_symbols(self, ext: Extension) -> list[str]:
        """The functions of the file; Windows asks for them by name."""
        return re.findall(r"^\w+ (delaminate_\w+)\(", Path(ext.sources[0]).read_text(encoding="utf-8"), re.M)


class Wheel(bdist_wheel):
    """A wheel for every Python 3 on the platform its cores were built for, or on any where there are none."""

    def get_tag(self) -> tuple[str, str, str]:
        """Python, ABI and platform."""
        built = any(Path(self.get_finalized_command("build").build_lib).glob("delaminate/compiled/_[a-z]*"))
        return "py3", "none", super().get_tag()[2] if built else "any"


setup(
    cmdclass={"build_ext": Libraries, "bdist_wheel": Wheel},
    ext_modules=[
        Extension(
            f"delaminate.compiled._{name}",
            [f"src/delaminate/compiled/{name}.c"],
            extra_compile_args=FLAGS,
            optional=True,
        )
        for name in ("patchmatch", "matting", "composite", "packbits", "regions", "gradients")
    ],
)
