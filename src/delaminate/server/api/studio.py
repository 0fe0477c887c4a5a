"""The studio's page at `/` and its files below `/studio/`: static, revalidated, and under a strict content policy."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

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
        # With the entity tag a reload costs a question a file, and no page ever runs with another version's script.
        "Cache-Control": "no-cache",
    }

    files = _Files(headers)

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    app.mount("/studio", files, name="studio")


class _Files(StaticFiles):
    """Files of known kinds with the page's headers."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(directory=FOLDER)
        self._headers = headers

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or 304 where the browser has it."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers.update(self._headers)
        if answer.status_code == 200:
            answer.headers["content-type"] = MEDIA_TYPES.get(Path(full_path).suffix, "application/octet-stream")
        return answer
