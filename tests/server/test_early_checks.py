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
PICTURE = f"data:image/png;base64,{SMALL}"


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


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("separationInstructions", "separationInstruction"),
        ("separation_instructon", "separationInstruction"),
        ("maxlayer", "maxLayers"),
        ("Seed", "seed"),
    ],
)
def test_a_misspelt_input_is_said(http: httpx.Client, written: str, meant: str) -> None:
    """It would be ignored, and the job paid for; other unknown inputs are ignored, as Scenario does."""
    body = {"image": PICTURE, "separationInstruction": "the boxes"}
    body.pop(meant, None)
    answer = http.post(f"/generate/custom/{MODEL}", json={**body, written: "the boxes"})
    assert (answer.status_code, f"no input is called {written}: did you mean {meant}?" in answer.json()["reason"]) == (
        400,
        True,
    )
    fine = {"image": PICTURE, "separationInstruction": "the boxes", "ipDetection": True, "colour": "red"}
    assert http.post(f"/generate/custom/{MODEL}?dryRun=true", json=fine).status_code == 269


def test_a_body_that_is_no_json_is_said(http: httpx.Client) -> None:
    """With what is wrong and where."""
    answer = http.post("/assets", content='{"name": ', headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["reason"].startswith("Input body: this is no JSON: expecting value, at character 9")


def test_a_missing_inpaint_model_is_hinted_at_only_when_it_was_named(http: httpx.Client) -> None:
    """The default of the contract is a model that few servers have."""
    body: dict[str, object] = {"image": PICTURE, "separationInstruction": "the boxes"}
    unnamed = http.post("/layers/plan", json=body)
    assert (unnamed.status_code, "hint" in unnamed.json()) == (200, False)
    named = http.post("/layers/plan", json={**body, "inpaintModel": "gpt-image-2"}).json()
    assert named["hint"] == "inpaintModel gpt-image-2 is not configured on this server; content-aware was used instead."
