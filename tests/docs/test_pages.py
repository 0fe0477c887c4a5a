"""What the pages show is there: links lead somewhere, commands and options exist, code can be read."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from delaminate.cli import app
from delaminate.version import __version__

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def anchors(page: Path) -> set[str]:
    """What can be linked to within a page: its headings, as sites spell them."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", head).lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of the repository, and to a heading in it where one is named."""
    for target, anchor in re.findall(r"\]\((?![a-z]+:)([^)#\s]*)#?([^)\s]*)\)", page.read_text(encoding="utf-8")):
        there = (page.parent / target).resolve() if target else page
        if there.is_relative_to(ROOT / "src") and not (ROOT / "src").exists():
            continue  # the suite on the built wheel has no sources beside it
        assert there.exists(), f"{target} is not there"
        if anchor:
            assert anchor in anchors(there), f"{target} has no heading {anchor}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_and_options_exist(page: Path) -> None:
    """Every `$ delaminate …` names a command there is, with options it has."""
    root: Any = get_command(app)
    for line in re.findall(r"^\$ (?:[A-Z_]+=\S+ )*delaminate (.+)$", page.read_text(encoding="utf-8"), re.M):
        words = shlex.split(line, comments=True)
        while words and words[0] == "-v":
            words.pop(0)
        command = root
        while hasattr(command, "commands") and words and not words[0].startswith("-"):
            assert words[0] in command.commands, line
            command = command.commands[words.pop(0)]
        known = {spelling for option in command.params for spelling in (*option.opts, *option.secondary_opts)}
        typed = {word.split("=")[0] for word in words if re.fullmatch(r"--?[a-z].*", word)}
        assert typed <= known | {"--help", "-h", "--install-completion", "--show-completion"}, line


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_python_on_a_page_can_be_read(page: Path) -> None:
    """It compiles; that of the README runs, see test_readme.py."""
    for code in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
        ast.parse(code)


def test_the_changelog_has_a_section_for_this_version() -> None:
    """Dated, below what is not released yet."""
    heads = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert heads[0] == ("Unreleased", "")
    assert heads[1][0] == __version__
    assert heads[1][1]
