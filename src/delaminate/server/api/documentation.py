"""The page at `/docs`, made of the OpenAPI description without any script or file of others; and a true description.

FastAPI declares 422 for requests that fail its checks, where this service answers 400, and knows nothing of a check of
keys that is a dependency; its own page loads scripts from elsewhere, which is white where there is no network.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, Response

EXAMPLE = """
# A picture in, a job, its layers as one PSD. KEY and SECRET are what `delaminate key create` printed.
URL=${URL:-http://127.0.0.1:8000}
printf '{"name": "photo.png", "image": "%s"}' "$(base64 < photo.png | tr -d '\\n')" > picture.json
ASSET=$(curl -fsS -u "$KEY:$SECRET" -H 'Content-Type: application/json' --data @picture.json "$URL/v1/assets" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["asset"]["id"])')
JOB=$(curl -fsS -u "$KEY:$SECRET" -H 'Content-Type: application/json' \\
  --data "{\\"image\\": \\"$ASSET\\", \\"separationInstruction\\": \\"the red ball\\", \\"maxLayers\\": 3}" \\
  "$URL/v1/generate/custom/model_scenario-image-layers-extractor" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["job"]["jobId"])')
until curl -fsS -u "$KEY:$SECRET" "$URL/v1/jobs/$JOB" | grep -Eq '"status": ?"(success|failure)"'; do sleep 1; done
curl -fsS -u "$KEY:$SECRET" "$URL/v1/jobs/$JOB/export?format=psd" -o layers.psd
"""
"""Shell lines that run as they stand; a test runs them."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{overflow:auto;padding:1rem;background:#8882;border-radius:.5rem}code{font-family:ui-monospace,monospace}
details{border-top:1px solid #8884;padding:.6rem 0}summary{cursor:pointer}
summary b{display:inline-block;min-width:4.5rem}
table{border-collapse:collapse;margin:.6rem 0}td,th{padding:.15rem 1rem .15rem 0;text-align:left;vertical-align:top}
"""


def add_documentation(app: FastAPI) -> None:
    """Serve `/docs`, and make `/openapi.json` say what the service does."""
    page = ""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = truthful(get_openapi(title=app.title, version=app.version, routes=app.routes))
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        nonlocal page
        page = page or rendered(described())
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


def truthful(told: dict[str, Any]) -> dict[str, Any]:
    """A description with the key in it and without answers that are never given; changed in place."""
    parts = told.setdefault("components", {})
    what = "The key of `delaminate key create` as user, its secret as password."
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "basic", "description": what}}
    told["security"] = [{"key": []}]
    for methods in told["paths"].values():
        for route in methods.values():
            route["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        parts.get("schemas", {}).pop(name, None)
    return told


def rendered(told: dict[str, Any]) -> str:
    """The description as one page of HTML."""
    routes = "".join(
        _route(method.upper(), path, route, told)
        for path, methods in told["paths"].items()
        for method, route in methods.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(told["info"]["title"])} API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><main>'
        f"<h1>{escape(told['info']['title'])} {escape(told['info']['version'])}</h1>"
        "<p>Sign in with HTTP Basic: the key of <code>delaminate key create</code> as user, its secret as password. "
        'The same for programs is at <a href="openapi.json">openapi.json</a>. '
        "Errors are <code>{reason, message, status, code, details, trace_id}</code>.</p>"
        f"<h2>An example that runs</h2><pre><code>{escape(EXAMPLE.strip())}</code></pre><h2>Routes</h2>{routes}"
        "</main></html>"
    )


def _route(method: str, path: str, route: dict[str, Any], told: dict[str, Any]) -> str:
    rows = [
        (one["name"], one["in"], field_type(one["schema"], told), one.get("description", ""))
        for one in route.get("parameters", ())
    ]
    for content in route.get("requestBody", {}).get("content", {}).values():
        fields = resolved(content["schema"], told).get("properties", {})
        rows += [
            (name, "body", field_type(field, told), field.get("description", "")) for name, field in fields.items()
        ]
    cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    table = f"<table><tr><th>name<th>in<th>type<th></tr>{cells}</table>" if rows else ""
    answers = "".join(
        f"<tr><td>{code}</td><td>{escape(answer['description'])}</td></tr>"
        for code, answer in sorted(route["responses"].items())
    )
    about = escape(route.get("description") or route.get("summary", ""))
    head = f"<summary><b>{method}</b> <code>{escape(path)}</code> {escape(route.get('summary', ''))}</summary>"
    return f"<details>{head}<p>{about}</p>{table}<table><tr><th>answer<th></tr>{answers}</table></details>"


def resolved(schema: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, where this one only names it."""
    if "$ref" in schema:
        found: dict[str, Any] = told["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return found
    return schema


def field_type(schema: dict[str, Any], told: dict[str, Any]) -> str:
    """A type in words."""
    if "$ref" in schema:
        known = resolved(schema, told)
        return ", ".join(map(str, known["enum"])) if "enum" in known else schema["$ref"].rsplit("/", 1)[-1]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            names = [field_type(one, told) for one in schema[several] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(names))
    if schema.get("type") == "array":
        return f"list of {field_type(schema.get('items', {}), told)}"
    default = schema.get("default")
    return str(schema.get("type", "anything")) + (f", default {json.dumps(default)}" if default is not None else "")
