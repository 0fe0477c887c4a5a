"""Revisions: a new job that leaves the picture, the other layers and the old job as they were."""

from __future__ import annotations

import io
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from scenario_sdk import Scenario
from test_contract import finished, flattened, run, told, upload

from conftest import drawn


@pytest.fixture
def separated(sdk: Scenario) -> dict[str, Any]:
    """A finished job of four boxes: its id and its layers by id."""
    job, _ = finished(sdk, run(sdk, upload(sdk)))
    return {"id": job.job_id, "layers": {row["id"]: row for row in told(job)["layers"]}}


def revise(http: httpx.Client, job_id: str, *edits: dict[str, Any], **query: str) -> httpx.Response:
    """Ask for a revision."""
    return http.post(f"/jobs/{job_id}/revise", json={"edits": edits}, params=query)


def revised(http: httpx.Client, sdk: Scenario, job_id: str, *edits: dict[str, Any]) -> dict[str, Any]:
    """The finished revision: its id, its layers by id, what it cost; and it is exact."""
    answer = revise(http, job_id, *edits)
    assert answer.status_code == 200, answer.text
    job, _ = finished(sdk, answer.json()["job"]["jobId"])
    assert job.status == "success", job.metadata
    assert job.metadata.asset_ids is not None
    assert np.array_equal(np.asarray(flattened(sdk, job.metadata.asset_ids).convert("RGB")), np.asarray(drawn()))
    layers = {row["id"]: row for row in told(job)["layers"]}
    assert job.billing is not None
    return {"id": job.job_id, "layers": layers, "cost": job.billing.cu_cost, "metadata": job.metadata}


def assets(job: dict[str, Any]) -> dict[str, str]:
    """Layer id → asset id."""
    return {name: row["assetId"] for name, row in job["layers"].items()}


def test_one_layer_is_redone_by_a_box_and_the_others_keep_their_assets(
    sdk: Scenario, http: httpx.Client, separated: dict[str, Any]
) -> None:
    """The layer gets the box, the background gives back what it left; the old job is untouched."""
    left, top, right, bottom = separated["layers"]["l2"]["bbox"]
    box = [left, top, right, bottom - 8]
    done = revised(http, sdk, separated["id"], {"kind": "redo", "layer": "l2", "box": box, "name": "upper half"})
    before, after = assets(separated), assets(done)
    assert {name for name in before if before[name] != after[name]} == {"background", "l2"}
    assert (done["layers"]["l2"]["bbox"], done["layers"]["l2"]["name"]) == (box, "upper half")
    assert done["cost"] == 2
    assert told(sdk.jobs.retrieve(separated["id"]).job)["layers"] == list(separated["layers"].values())
    assert (done["metadata"].model_extra or {})["revises"] == separated["id"]


def test_merging_costs_nothing_and_keeps_even_the_background(
    sdk: Scenario, http: httpx.Client, separated: dict[str, Any]
) -> None:
    """Two layers become one with the id of the first; a revision can be revised."""
    merged = revised(http, sdk, separated["id"], {"kind": "merge", "layers": ["l1", "l2"], "name": "badge"})
    before, after = assets(separated), assets(merged)
    assert {name for name in after if before[name] != after[name]} == {"l1"}
    assert (set(after), merged["layers"]["l1"]["name"], merged["cost"]) == (set(before) - {"l2"}, "badge", 0)
    renamed = revised(http, sdk, merged["id"], {"kind": "rename", "layer": "badge", "name": "both"})
    assert (assets(renamed), renamed["layers"]["l1"]["name"]) == (after, "both")


def test_layers_download_as_a_psd_that_flattens_to_the_picture(
    sdk: Scenario, http: httpx.Client, separated: dict[str, Any]
) -> None:
    """And every other format that the server says it has arrives too."""
    offered = http.get("/exporters").json()["exporters"]
    assert {one["id"] for one in offered} >= {"psd", "ora", "zip", "svg", "sprites", "png"}
    for one in offered:
        answer = http.get(f"/jobs/{separated['id']}/export", params={"format": one["id"]})
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, one["mime"])
        assert answer.headers["content-disposition"].endswith(f'.{one["extension"]}"')
        if one["id"] in ("psd", "png"):
            flat = Image.open(io.BytesIO(answer.content)).convert("RGB")
            assert np.array_equal(np.asarray(flat), np.asarray(drawn()))
    refused = http.get(f"/jobs/{separated['id']}/export", params={"format": "doc"})
    assert (refused.status_code, refused.json()["details"]) == (400, {"input": "format"})
