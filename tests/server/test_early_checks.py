"""What cannot work is said at once, and what clients really send is taken."""

from __future__ import annotations

import base64
import json

import httpx
import pytest
from scenario_sdk import Scenario
from test_contract import MODEL, finished, run, upload

from conftest import drawn, png

SMALL = base64.b64encode(png(drawn())).decode()


@pytest.mark.parametrize("mark", [{"box": [500, 10, 600, 20]}, {"point": [10, 40]}])
def test_a_region_outside_the_picture_is_400_before_anything_is_queued(
    http: httpx.Client, sdk: Scenario, mark: dict[str, object]
) -> None:
    """For an asset, for a data URL, which leaves no asset, and in a dry run."""
    asset = upload(sdk)
    for image, query in ((asset, ""), (f"data:image/png;base64,{SMALL}", ""), (asset, "?dryRun=true")):
        body = {"image": image, "separationInstruction": "", "regions": [mark]}
        answer = http.post(f"/generate/custom/{MODEL}{query}", json=body)
        assert (answer.status_code, "outside" in answer.json()["reason"]) == (400, True)
    assert http.get("/jobs").json()["jobs"] == []
    assert [one["id"] for one in http.get("/assets").json()["assets"]] == [asset]


def test_a_layer_that_is_not_there_is_400_before_anything_is_queued(http: httpx.Client, sdk: Scenario) -> None:
    """With the names that there are."""
    job_id = run(sdk, upload(sdk))
    finished(sdk, job_id)
    answer = http.post(f"/jobs/{job_id}/revise", json={"edits": [{"kind": "remove", "layer": "nothing"}]})
    assert answer.status_code == 400
    assert len(http.get("/jobs").json()["jobs"]) == 1


def test_a_token_with_half_a_character_is_400(http: httpx.Client) -> None:
    """It was an inner fault."""
    token = base64.urlsafe_b64encode(json.dumps(["created_at", "\ud800", "x"]).encode()).decode()
    assert http.get("/jobs", params={"paginationToken": token}).status_code == 400


@pytest.mark.parametrize("start", ["data:image/png;name=a.png;base64,", "data:image/png;charset=utf-8;base64,"])
def test_data_urls_with_parameters_are_taken(http: httpx.Client, start: str) -> None:
    """As browsers and libraries write them."""
    assert http.post("/assets", json={"name": "x", "image": start + SMALL}).status_code == 200


def test_null_stands_for_what_is_not_said(http: httpx.Client, sdk: Scenario) -> None:
    """For every optional input; what is required stays required."""
    optional = dict.fromkeys(("maxLayers", "inpaintModel", "inpaintPrompt", "seed", "regions", "plan", "hideResults"))
    body = {"image": upload(sdk), "separationInstruction": "every box", **optional}
    assert http.post(f"/generate/custom/{MODEL}", json=body).status_code == 200
    assert http.post(f"/generate/custom/{MODEL}", json={**body, "image": None}).status_code == 400


def test_a_form_is_taken_like_json(http: httpx.Client) -> None:
    """Fields of a form, and a file in one."""
    fields = {"name": "x", "image": SMALL, "hide": "true"}
    assert http.post("/assets", data=fields).status_code == 200
    answer = http.post("/assets", data={"name": "boxes"}, files={"image": ("a.png", png(drawn()), "image/png")})
    assert (answer.status_code, answer.json()["asset"]["properties"]["width"]) == (200, 120)
