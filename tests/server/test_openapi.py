"""The OpenAPI page is true: what schemathesis makes of it gets no 5xx, and no answer that the page does not know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
from installation import Installation
from test_contract import MODEL, finished, run, upload

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_schemathesis_finds_no_5xx_and_no_undocumented_answer(
    service: Installation, key: tuple[str, str], tmp_path: Path
) -> None:
    """Thousands of made-up requests, most of them at the boundaries of what the page allows."""
    sdk = service.sdk(key)
    asset = upload(sdk)
    job = run(sdk, asset)
    finished(sdk, job)
    pending = sdk.uploads.create(file_name="a.png", file_size=10, kind="image", parts=1).upload.id
    team = sdk.teams.list().teams[0]
    known = {"projectId": team.projects[0].id, "path.project_id": team.projects[0].id, "path.team_id": team.id}
    known |= {"path.asset_id": asset, "path.job_id": job, "path.upload_id": pending, "path.model_id": MODEL}
    lines = [f'"{name}" = "{value}"' for name, value in known.items()]
    (tmp_path / "schemathesis.toml").write_text("[parameters]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{service.url}/openapi.json"]
    options = {"--auth": ":".join(key), "--checks": CHECKS, "--max-examples": "8", "--seed": "7"}
    options |= {"--request-timeout": "20"}
    arguments = [part for option in options.items() for part in option]
    done = subprocess.run(
        [*command, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Authentication failed" not in done.stdout


def test_the_page_names_every_route_below_v1(service: Installation) -> None:
    """Locking and unlocking, which are only refused, are left out on purpose."""
    paths = httpx.get(f"{service.url}/openapi.json", timeout=60).json()["paths"]
    assert len(paths) >= 24
    assert all(path.startswith("/v1/") for path in paths)
