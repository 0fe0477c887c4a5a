"""A project never sees what belongs to another, whichever way it asks."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest
from installation import Installation
from test_contract import finished, run, upload

from conftest import drawn, png
from delaminate.server.ids import new_id


@dataclass(frozen=True)
class Belongings:
    """What the first project has, by the names that paths have for them, and its key and the stranger's."""

    ids: dict[str, str]
    owner: tuple[str, str]
    stranger: tuple[str, str]


@pytest.fixture(scope="module")
def belongings(service: Installation) -> Belongings:
    """One of everything."""
    owner, stranger = service.key(new_id("owner")), service.key(new_id("stranger"))
    sdk = service.sdk(owner)
    asset = upload(sdk)
    job = run(sdk, asset)
    finished(sdk, job)
    archive = sdk.assets.download.request_batch(
        query={"asset_ids": [asset], "inference_ids": [], "model_ids": []}, options={"file_name_template": "{name}"}
    )
    pending = sdk.uploads.create(file_name="a.png", file_size=len(png(drawn())), kind="image", parts=1).upload
    project = sdk.teams.list().teams[0].projects[0].id
    ids = {"asset_id": asset, "job_id": job, "upload_id": pending.id, "project_id": project, "archive": archive.job_id}
    return Belongings(ids, owner, stranger)


BODIES = {
    ("post", "/v1/jobs/{job_id}/action"): {"action": "cancel"},
    ("post", "/v1/jobs/{job_id}/revise"): {"edits": [{"kind": "remove", "layer": "l1"}]},
    ("post", "/v1/uploads/{upload_id}/action"): {"action": "complete"},
    ("put", "/v1/assets/{asset_id}/tags"): {"add": ["mine"], "strict": False},
}


def test_every_path_with_an_id_is_404_for_a_stranger(service: Installation, belongings: Belongings) -> None:
    """Walks the OpenAPI page, so that a new endpoint is walked too."""
    walked = 0
    for path, methods in httpx.get(f"{service.url}/openapi.json", timeout=60).json()["paths"].items():
        name = path.partition("{")[2].partition("}")[0]
        if name not in belongings.ids:
            continue
        key = "archive" if path.startswith("/v1/assets/download/") else name
        url = service.url + path.replace(f"{{{name}}}", belongings.ids[key])
        for method in methods:
            body = BODIES.get((method, path), {}) if method in ("post", "put") else None
            query = {"format": "psd"} if path.endswith("/export") else {}
            answer = httpx.request(method, url, params=query, json=body, auth=belongings.stranger)
            assert answer.status_code == 404, (method, path, answer.text)
            walked += 1
    assert walked >= 11


def test_bodies_that_name_foreign_things_find_nothing(service: Installation, belongings: Belongings) -> None:
    """Reading, deleting, restoring, packing, separating, planning, being a parent."""
    asset = belongings.ids["asset_id"]
    with httpx.Client(base_url=f"{service.url}/v1", auth=belongings.stranger) as http:
        assert http.post("/assets/get-bulk", json={"assetIds": [asset]}).json() == {"assets": []}
        assert http.request("DELETE", "/assets", json={"assetIds": [asset]}).status_code == 200
        skipped = http.post("/assets/restore", json={"assetIds": [asset]}).json()["skippedAssets"]
        assert skipped == [{"assetId": asset, "reason": "not-found"}]
        assert http.post("/assets/download", json={"query": {"assetIds": [asset]}}).status_code == 404
        body = {"image": asset, "separationInstruction": "every box"}
        for path in ("/layers/plan", "/generate/custom/model_scenario-image-layers-extractor"):
            assert http.post(path, json=body).status_code == 404
        assert http.post("/assets", json={"name": "x", "image": _base64(), "parentId": asset}).status_code == 400
    assert service.sdk(belongings.owner).assets.retrieve(asset).asset.id == asset


def _base64() -> str:
    import base64

    return base64.b64encode(png(drawn())).decode()


def test_listings_are_empty_for_a_stranger(service: Installation, belongings: Belongings) -> None:
    """Jobs, assets, tags, usages."""
    with httpx.Client(base_url=f"{service.url}/v1", auth=belongings.stranger) as http:
        assert http.get("/jobs").json() == {"jobs": []}
        assert http.get(f"/assets?parentAssetId={belongings.ids['asset_id']}").json() == {"assets": []}
        assert http.get("/tags").json() == {"tags": []}
        assert http.get("/usages").json()["days"] == []


def test_another_projects_id_in_the_query_is_forbidden(service: Installation, belongings: Belongings) -> None:
    """403, for any endpoint."""
    answer = httpx.get(f"{service.url}/v1/jobs?projectId={belongings.ids['project_id']}", auth=belongings.stranger)
    assert answer.status_code == 403


def test_every_endpoint_of_the_api_needs_a_key(service: Installation) -> None:
    """401 before anything else is looked at."""
    for path, methods in httpx.get(f"{service.url}/openapi.json", timeout=60).json()["paths"].items():
        for method in methods:
            url = service.url + path.replace("{", "").replace("}", "")
            body: dict[str, object] | None = {} if method in ("post", "put", "delete") else None
            answer = httpx.request(method, url, json=body)
            assert answer.status_code == 401, (method, path, answer.text)
