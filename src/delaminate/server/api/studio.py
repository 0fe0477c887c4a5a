"""The studio's page at `/` and its files below `/studio/EDITION/`, from memory and under a strict content policy.

The edition is a digest of all files: a browser keeps them for good and asks only for the page, and no page ever runs
with another edition's script.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI, HTTPException, Request
from starlette.responses import Response

FOLDER = Path(__file__).parents[2] / "studio"
"""What is served; package data."""

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""By name, as some systems' own tables call scripts text/plain, which `nosniff` refuses to run."""


def content_policy(public_url: str) -> str:
    """The page's Content-Security-Policy.

    Parameters
    ----------
    public_url : what links to pictures start with; its origin is allowed too. Empty means the page's own.
    """
    parts = urlsplit(public_url)
    linked = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"img-src 'self' blob: data:{linked}",
            f"connect-src 'self'{linked}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            # No text ever becomes markup or code, whatever a script does.
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def add_studio(app: FastAPI, public_url: str) -> None:
    """Serve the page and its files."""
    headers = {
        "Content-Security-Policy": content_policy(public_url),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    files = {file.relative_to(FOLDER).as_posix(): file.read_bytes() for file in FOLDER.rglob("*") if file.is_file()}
    edition = edition_of(files)
    page = files.pop("index.html").replace(b'="studio/', f'="studio/{edition}/'.encode())
    asked = headers | {"Cache-Control": "no-cache", "ETag": f'"{edition}"'}
    kept = headers | {"Cache-Control": "public, max-age=31536000, immutable"}

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def studio(request: Request) -> Response:
        if edition in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=asked)
        return Response(page, media_type=MEDIA_TYPES[".html"], headers=asked)

    @app.api_route(f"/studio/{edition}/{{name:path}}", methods=["GET", "HEAD"], include_in_schema=False)
    async def studio_file(name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        return Response(files[name], media_type=MEDIA_TYPES[Path(name).suffix], headers=kept)


def edition_of(files: Mapping[str, bytes]) -> str:
    """Twelve hexadecimal digits that change with the content of any file and with its name."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]
