"""The OpenAPI page is true: what schemathesis makes of it never gets a 5xx, nor an answer that the page does not know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
from installation import Installation

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_schemathesis_finds_no_5xx_and_no_undocumented_answer(
    service: Installation, key: tuple[str, str], tmp_path: Path
) -> None:
    """Hundreds of made-up requests to every operation."""
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"{service.url}/openapi.json"]
    options = {"--auth": ":".join(key), "--checks": CHECKS, "--max-examples": "25", "--seed": "7", "--workers": "2"}
    options |= {"--request-timeout": "20"}
    arguments = [part for option in options.items() for part in option]
    done = subprocess.run([*command, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout[-6000:]


def test_the_page_names_every_route_below_v1(service: Installation) -> None:
    """Locking and unlocking, which are only refused, are left out on purpose."""
    paths = httpx.get(f"{service.url}/openapi.json").json()["paths"]
    assert len(paths) >= 24
    assert all(path.startswith("/v1/") for path in paths)
