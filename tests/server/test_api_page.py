"""The page at /docs: whole without a network, true, and with an example that runs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import httpx
from installation import Installation
from PIL import Image, ImageDraw

from delaminate.server.api.documentation import EXAMPLE


def test_the_page_needs_nothing_from_elsewhere(service: Installation) -> None:
    """No script, no address of another host, and a policy that allows neither; every route is on it."""
    answer = httpx.get(f"{service.url}/docs", timeout=60)
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    told = httpx.get(f"{service.url}/openapi.json", timeout=60).json()
    assert all(f"<code>{path}</code>" in answer.text for path in told["paths"])


def test_the_description_has_the_key_and_the_true_codes(service: Installation, key: tuple[str, str]) -> None:
    """Basic auth as a scheme; 400 where a check fails, as is answered, and never 422."""
    told = httpx.get(f"{service.url}/openapi.json", timeout=60).json()
    assert told["components"]["securitySchemes"]["key"]["scheme"] == "basic"
    assert told["security"] == [{"key": []}]
    routes = [route for methods in told["paths"].values() for route in methods.values()]
    assert not [route for route in routes if "422" in route["responses"]]
    assert all({"400", "401"} <= set(route["responses"]) for route in routes)
    url = f"{service.url}/v1/generate/custom/model_scenario-image-layers-extractor"
    assert httpx.post(url, auth=key, json={"maxLayers": "many"}, timeout=60).status_code == 400


def test_the_example_runs(service: Installation, key: tuple[str, str], tmp_path: Path) -> None:
    """As it stands on the page, with a picture beside it; what it fetches is a PSD."""
    picture = Image.new("RGB", (120, 90), (230, 230, 225))
    ImageDraw.Draw(picture).ellipse((30, 20, 80, 70), fill=(210, 30, 40))
    picture.save(tmp_path / "photo.png")
    known = {"URL": service.url, "KEY": key[0], "SECRET": key[1]}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", EXAMPLE],
        cwd=tmp_path,
        env=os.environ | known,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "layers.psd").read_bytes()[:4] == b"8BPS"
