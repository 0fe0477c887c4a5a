"""Builds the compiled cores. Everything else is in pyproject.toml.

They are plain C libraries loaded through ctypes, so no Python headers are needed; where there is no compiler the
build goes on without them and the package uses its numpy cores.
"""

import sys

from setuptools import Extension, setup

FLAGS = ["/O2"] if sys.platform == "win32" else ["-O3", "-std=c99", "-fno-math-errno", "-ffp-contract=off"]

setup(
    ext_modules=[
        Extension(
            f"delaminate.compiled._{name}",
            [f"src/delaminate/compiled/{name}.c"],
            extra_compile_args=FLAGS,
            optional=True,
        )
        for name in ("patchmatch", "matting", "composite", "packbits", "regions")
    ]
)
