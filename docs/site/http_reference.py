"""The page of the HTTP routes, from the OpenAPI description that the service itself gives at `/openapi.json`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from delaminate.server.api.documentation import EXAMPLE, field_type, resolved


def page() -> str:
    """Markdown: every route with its parameters, its body and its answers."""
    from delaminate.server.app import create_app
    from delaminate.server.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        told = create_app(Settings(data=Path(folder)), with_worker=False).openapi()
    parts = [
        "# HTTP\n",
        "Every route below `/v1`, as `/openapi.json` describes it; a running service shows the same at `/docs`. "
        "Sign in with HTTP Basic: the key as user, its secret as password. "
        "[The service](service.md) says what Scenario's clients find and what is different.\n",
        f"## An example that runs\n\n```sh\n{EXAMPLE.strip()}\n```\n",
    ]
    for path, methods in told["paths"].items():
        parts += [_route(method.upper(), path, route, told) for method, route in methods.items()]
    return "\n".join(parts)


def _route(method: str, path: str, route: dict[str, Any], told: dict[str, Any]) -> str:
    lines = [f"## {method} {path}\n", f"{_text(route.get('description') or route.get('summary'))}\n"]
    named = [
        f"| `{one['name']}` | {one['in']} | {field_type(one['schema'], told)} | {_text(one.get('description'))} |"
        for one in route.get("parameters", ())
    ]
    if named:
        lines.append("\n".join(["| parameter | in | type | |", "|---|---|---|---|", *named]) + "\n")
    for content in route.get("requestBody", {}).get("content", {}).values():
        fields = resolved(content["schema"], told).get("properties", {})
        rows = [
            f"| `{name}` | {field_type(field, told)} | {_text(field.get('description'))} |"
            for name, field in fields.items()
        ]
        if rows:
            lines.append("\n".join(["| field of the body | type | |", "|---|---|---|", *rows]) + "\n")
    lines.append("Answers: " + ", ".join(f"`{code}`" for code in sorted(route["responses"])) + "\n")
    return "\n".join(lines)


def _text(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|").replace("<", "&lt;")
