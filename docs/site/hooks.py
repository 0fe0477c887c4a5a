"""What MkDocs does besides rendering: pages made of the code, pages from elsewhere in the repository, links to them.

The sources link to each other as they lie in the repository, so that they can be read there too. Here each such link is
turned into one between pages; one that leads nowhere is a warning, and `make docs` ends with the first.
"""

from __future__ import annotations

import logging
import posixpath
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import command_reference
import http_reference
import python_reference

ROOT = Path(__file__).parents[2]
_log = logging.getLogger("mkdocs.hooks.delaminate")

FROM_ELSEWHERE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "measured/index.md",
    "training/README.md": "models/training.md",
    "src/delaminate/stages/segmentation/embedded/network.md": "models/network.md",
    "src/delaminate/vocabulary/tables.md": "models/vocabulary.md",
    **{
        f"benchmarks/results/{path.name}": f"measured/{path.name}"
        for path in sorted((ROOT / "benchmarks" / "results").glob("*.md"))
    },
}
"""File of the repository → page."""

MADE = {
    "reference/python.md": python_reference.page,
    "reference/commands.md": command_reference.page,
    "reference/http.md": http_reference.page,
}
"""Page → what writes it."""

AS_TEXT = "as-text:"
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)\s#]+)(#[^)\s]*)?(?=\))")


def on_config(config: Any) -> Any:
    """A folder in the navigation stands for its pages, by name."""
    config.nav = [_opened(entry) for entry in config.nav]
    return config


def _opened(entry: Any) -> Any:
    if isinstance(entry, dict):
        return {title: _opened(inside) for title, inside in entry.items()}
    if isinstance(entry, list):
        return [_opened(one) for one in entry]
    if not entry.endswith("/"):
        return entry
    here = sorted(f"{entry}{path.name}" for path in (ROOT / "docs" / entry).glob("*.md"))
    return here or sorted(page for page in FROM_ELSEWHERE.values() if page.startswith(entry))


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that do not lie in `docs/`."""
    from mkdocs.structure.files import File

    for source, page in FROM_ELSEWHERE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    for page, write in MADE.items():
        files.append(File.generated(config, page, content=write()))
    files.append(File.generated(config, "examples.md", content=_examples()))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001 - MkDocs names them
    """Links as they lie in the repository become links between pages."""
    name = page.file.src_uri
    source = {there: here for here, there in FROM_ELSEWHERE.items()}.get(name, f"docs/{name}")

    def between_pages(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[1]))
        there = _page_of(target)
        if there is None:
            if (ROOT / target).is_file() and not target.startswith("docs/"):
                return f"{AS_TEXT}{found[0]}"  # a file that a reader of the repository can open, and the site has not
            _log.warning("%s links to %s, which is nowhere", source, found[1])
            return found[0]
        return posixpath.relpath(there, posixpath.dirname(name) or ".") + (found[2] or "")

    linked = _LINK.sub(between_pages, markdown)
    return re.sub(rf"\[([^\]]*)\]\({AS_TEXT}[^)]*\)", r"\1", linked)


def _page_of(target: str) -> str | None:
    """Where the site has what lies at a path of the repository."""
    if target in FROM_ELSEWHERE:
        return FROM_ELSEWHERE[target]
    if target == "examples" or target.startswith("examples/"):
        return "examples.md"
    if target == "LICENSE":
        return "index.md"
    if not target.startswith("docs/"):
        return None
    page = target.removeprefix("docs/")
    if (ROOT / target).is_dir():
        page = f"{page.rstrip('/')}/README.md"
    return page if page in MADE or (ROOT / "docs" / page).exists() else None


def _examples() -> str:
    """The scripts of `examples/`, each under its first line."""
    parts = ["# Examples\n"]
    for path in sorted((ROOT / "examples").glob("*.py")):
        parts.append(f"## {path.name}\n\n```python\n{path.read_text(encoding='utf-8').rstrip()}\n```\n")
    return "\n".join(parts)
