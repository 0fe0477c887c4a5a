"""The wheel in an empty environment: small, whole, and what the README says to type works there."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from fresh.environment import ROOT, Environment

README = (ROOT / "README.md").read_text(encoding="utf-8")
BUDGET_MB = 425
"""Megabytes of the files of a base install, compiled Python not counted: 407 when this was written, of which OpenCV,
onnxruntime and NumPy are 293."""

SIZE = """
import importlib.metadata as m
files = {path.locate() for found in m.distributions() if found.metadata["Name"] not in ("pip", "setuptools")
         for path in found.files or () if path.suffix != ".pyc"}
print(sum(file.stat().st_size for file in files if file.is_file()) / 1e6)
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the pictures that the pages name."""
    picture = Image.new("RGB", (240, 180), (226, 226, 230))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((30, 40, 100, 110), fill=(205, 30, 40))
    draw.rectangle((140, 60, 200, 120), fill=(30, 60, 190))
    for name in ("photo.jpg", "poster.png"):
        picture.save(tmp_path / name, quality=95)
    (tmp_path / "pictures").mkdir()
    picture.save(tmp_path / "pictures" / "one.png")
    return tmp_path


def test_the_base_install_is_small(base: Environment, tmp_path: Path) -> None:
    """No SciPy, no scikit-image, no NetworkX, and all files together within the budget."""
    done = base.run("python", "-c", SIZE, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < BUDGET_MB
    names = base.run("python", "-m", "pip", "list", cwd=tmp_path).stdout.lower()
    assert not {"scipy", "scikit-image", "networkx"} & set(names.split())


def test_the_wheel_is_for_every_python_and_says_what_it_is(wheel: Path) -> None:
    """One version, that of `version.py`; typed; the cores inside where the tag names a platform."""
    name, version, python, abi, platform = wheel.stem.split("-")
    told = re.search(r'__version__ = "(.+)"', (ROOT / "src/delaminate/version.py").read_text(encoding="utf-8"))
    assert told is not None
    assert (name, version, python, abi) == ("delaminate", told[1], "py3", "none")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(f"delaminate-{version}.dist-info/METADATA").decode()
    assert "delaminate/py.typed" in names
    assert any(one.startswith("delaminate/compiled/_regions.") for one in names) == (platform != "any")
    assert "Programming Language :: Python :: 3.13" in metadata
    assert not [one for one in names if one.startswith(("tests/", "benchmarks/"))]


def test_the_compiled_cores_are_used(base: Environment, wheel: Path, tmp_path: Path) -> None:
    """Each of them loads where the wheel has them."""
    code = (
        "from delaminate.compiled import library as l; print(all(l(n) for n in 'composite matting patchmatch'.split()))"
    )
    done = base.run("python", "-c", code, cwd=tmp_path)
    assert done.stdout.strip() == str(not wheel.stem.endswith("any")), done.stderr


COMMANDS = [line[2:] for block in re.findall(r"```console\n(.*?)```", README, re.S) for line in block.splitlines()]
HERE = [line for line in COMMANDS if line.startswith(("delaminate split", "delaminate plan", "delaminate flatten"))]


@pytest.mark.parametrize("command", HERE)
def test_a_command_of_the_readme_runs_from_the_wheel(command: str, base: Environment, desk: Path) -> None:
    """Typed as it stands, with the pictures it names beside it; 3 is an answer too where it says --strict."""
    done = base.run(*shlex.split(command, comments=True), cwd=desk)
    assert done.returncode in ((0, 3) if "--strict" in command else (0,)), done.stderr


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.S))
def test_the_python_of_the_readme_runs_from_the_wheel(code: str, base: Environment, desk: Path) -> None:
    """Pasted as it stands."""
    done = base.run("python", "-c", code, cwd=desk)
    assert done.returncode == 0, done.stderr


def test_every_install_line_of_the_readme_names_an_extra_there_is() -> None:
    """And the docs' hints: `pip install 'delaminate[extra]'`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pages = [README, *(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))]
    pages += [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    named = {
        extra for page in pages for found in re.findall(r"delaminate\[([a-z,-]+)\]", page) for extra in found.split(",")
    }
    assert named
    assert named <= set(project["optional-dependencies"])


def test_a_hint_to_install_an_extra_works_where_the_wheel_is_installed(base: Environment, tmp_path: Path) -> None:
    """pip takes the package that is there; nothing has to be published for that."""
    done = base.run("python", "-m", "pip", "install", "--dry-run", "delaminate[formats]", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "python-pptx" in done.stdout


def test_measuring_says_what_it_lacks(base: Environment, tmp_path: Path) -> None:
    """`delaminate evaluate` is an extra; so is the service."""
    for command, extra in (
        (("evaluate", "--generate", "1"), "evaluation"),
        (("serve",), "server"),
        (("studio",), "server"),
    ):
        done = base.run("delaminate", *command, cwd=tmp_path)
        assert done.returncode == 1
        assert f"pip install 'delaminate[{extra}]'" in done.stderr


def test_the_studio_and_the_service_start_from_the_wheel(base: Environment, wheel: Path, desk: Path) -> None:
    """With the extra `server`: a key is made, the service answers, and so does the studio's page."""
    base.install(f"{wheel}[server]", cwd=desk)
    made = base.run("delaminate", "key", "create", "--project", "demo", cwd=desk)
    assert "SCENARIO_SDK_API_KEY=" in made.stdout, made.stderr
    for command, path in ((["serve"], "/readyz"), (["studio", "--no-browser", "--data", "studio"], "/")):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        program = str(base.binaries / "delaminate")
        process = subprocess.Popen(
            [program, *command, "--port", str(port)], cwd=desk, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            assert _answers(f"http://127.0.0.1:{port}{path}")
        finally:
            process.terminate()
            process.wait(60)


def _answers(url: str, seconds: float = 180) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.2)
    return False


def test_without_a_compiler_the_package_is_built_and_works(base: Environment, desk: Path) -> None:
    """The sources build a wheel for any machine, whose numpy cores give an exact split."""
    sources = max((ROOT / "dist").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-cache-dir", "-w", desk / "plain", str(sources)],
        env=os.environ | {"CC": "/nonexistent/cc", "CXX": "/nonexistent/c++"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (plain,) = (desk / "plain").glob("*.whl")
    assert plain.stem.endswith("-py3-none-any")
    with zipfile.ZipFile(plain) as archive:
        archive.extractall(desk / "unpacked")
    code = (
        "import sys; sys.path.insert(0, 'unpacked'); import delaminate; from delaminate.compiled import library\n"
        "assert 'unpacked' in delaminate.__file__ and library('matting') is None\n"
        "print(delaminate.split('poster.png', boxes=[(28, 38, 103, 113)]).exact)"
    )
    split = base.run("python", "-c", code, cwd=desk)
    assert split.stdout.strip() == "True", split.stderr
