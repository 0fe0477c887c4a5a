"""Revisions: a new job that leaves the picture, the other layers and the old job as they were."""

from __future__ import annotations

import io
from typing import Any

import httpx
import numpy as np
import pytest
import scenario_sdk
from PIL import Image
from scenario_sdk import Scenario
from test_contract import finished, flattened, run, told, upload

from conftest import drawn, png


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


def test_edits_are_carried_out_one_after_another(sdk: Scenario, http: httpx.Client, separated: dict[str, Any]) -> None:
    """A later edit may name what an earlier one made."""
    left, top, right, bottom = separated["layers"]["l2"]["bbox"]
    redo = {"kind": "redo", "layer": "l2", "box": [left, top, right, bottom - 8], "name": "upper"}
    rename = {"kind": "rename", "layer": "upper", "name": "lid"}
    done = revised(http, sdk, separated["id"], redo, {"kind": "remove", "layer": "l3"}, rename)
    assert (list(done["layers"]), done["layers"]["l2"]["name"]) == (["background", "l1", "l2", "l4"], "lid")
    assert [row["z"] for row in done["layers"].values()] == [0, 1, 2, 3]


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


def test_deleting_a_job_deletes_the_layers_that_no_other_job_uses(
    sdk: Scenario, http: httpx.Client, separated: dict[str, Any]
) -> None:
    """What the revision still shows stays, also the picture; a job that is gone is 404."""
    done = revised(http, sdk, separated["id"], {"kind": "remove", "layer": "l2"})
    assert http.delete(f"/jobs/{separated['id']}").json() == {}
    with pytest.raises(scenario_sdk.NotFoundError):
        sdk.jobs.retrieve(separated["id"])
    before, after = assets(separated), assets(done)
    gone = {before["l2"], before["background"]}
    masks = {row.get("inventedMaskAssetId") for row in separated["layers"].values()} - {None}
    asked = [*before.values(), *after.values(), *masks]
    left = {one.id for one in sdk.assets.get_bulk(asset_ids=asked).assets}
    assert left & set(before.values()) == set(before.values()) - gone
    assert left >= set(after.values())
    assert masks & left == {row.get("inventedMaskAssetId") for row in done["layers"].values()} & masks
    assert [job.job_id for job in sdk.jobs.list(type="custom").jobs] == [done["id"]]
    assert revise(http, separated["id"], {"kind": "remove", "layer": "l2"}).status_code == 404


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ({"kind": "remove", "layer": "l9"}, "there is no layer 'l9'; there are: l1 (box at 96), l2"),
        ({"kind": "remove", "layer": "background"}, "the background cannot be edited by itself"),
        ({"kind": "merge", "layers": ["l1", "l1"]}, "at least two layers to merge"),
        ({"kind": "redo", "layer": "l1"}, "a redo needs a box, points or a phrase"),
        ({"kind": "redo", "layer": "l1", "box": [500, 1, 600, 9]}, "outside the picture of 120 x 40"),
        ({"kind": "redo", "layer": "l1", "points": [[5, 41]]}, "outside the picture"),
        ({"kind": "paint", "layer": "l1"}, "Input edits.0"),
        ({"kind": "rename", "layer": "l1"}, "Input edits.0"),
        ({"kind": "refill", "layer": "l1", "inpaintModel": "dall-e"}, "inpaintModel must be one of"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_before_it_is_charged(
    http: httpx.Client, sdk: Scenario, separated: dict[str, Any], edit: dict[str, Any], sentence: str
) -> None:
    """One sentence, and no job."""
    answer = revise(http, separated["id"], edit)
    assert (answer.status_code, sentence in answer.json()["reason"]) == (400, True), answer.text
    assert len(sdk.jobs.list(type="custom").jobs) == 1


def test_only_a_finished_separation_can_be_revised_and_deleted(sdk: Scenario, http: httpx.Client) -> None:
    """Not a failed one, not an upload, not one that nobody knows; and a running one is not deleted."""
    image = upload(sdk)
    broken = run(sdk, image, inpaintPrompt="broken")
    finished(sdk, broken)
    edit = {"kind": "rename", "layer": "l1", "name": "x"}
    assert "it has layers when it has ended as success" in revise(http, broken, edit).json()["reason"]
    assert revise(http, "job_unknown", edit).status_code == 404
    uploaded = sdk.uploads.create(file_name="a.png", file_size=9, kind="image", parts=1).upload
    assert "only separations have layers" in revise(http, str(uploaded.job_id), edit).json()["reason"]
    assert "cancel it before it is deleted" in http.delete(f"/jobs/{uploaded.job_id}").json()["reason"]


def test_a_dry_run_says_the_price_and_starts_nothing(
    sdk: Scenario, http: httpx.Client, separated: dict[str, Any]
) -> None:
    """1 for the revision and 1 for each layer cut or filled; what needs no engine is free."""
    for edits, units in (
        ([{"kind": "rename", "layer": "l1", "name": "x"}, {"kind": "merge", "layers": ["l1", "l2"]}], 0),
        ([{"kind": "refill", "layer": "l1"}, {"kind": "redo", "layer": "l2", "phrase": "box"}], 3),
        ([{"kind": "split", "layer": "l1", "instruction": "the lid", "maxLayers": 3}], 4),
    ):
        answer = revise(http, separated["id"], *edits, dryRun="true")
        assert (answer.status_code, answer.json()["job"], answer.json()["creativeUnitsCost"]) == (269, {}, units)
    assert len(sdk.jobs.list(type="custom").jobs) == 1


def test_a_revision_that_finds_nothing_fails_with_advice_and_costs_nothing(
    sdk: Scenario, http: httpx.Client, separated: dict[str, Any]
) -> None:
    """As a separation does; the reason is for the user."""
    left, top, right, bottom = separated["layers"]["l4"]["bbox"]
    answer = revise(http, separated["id"], {"kind": "redo", "layer": "l1", "box": [left, top, right, bottom]})
    job, _ = finished(sdk, answer.json()["job"]["jobId"])
    assert (job.status, "which lies above" in str(job.metadata.error)) == ("failure", True)
    assert job.billing is not None
    assert job.billing.cu_cost == 0
    assert (sdk.usages.list().model_extra or {})["creativeUnits"] == 6


def test_made_up_pixels_have_a_mask_that_the_layer_names(
    sdk: Scenario, http: httpx.Client, separated: dict[str, Any]
) -> None:
    """White where the background was filled, a child of the background's asset, and not among the job's pictures."""
    row = separated["layers"]["background"]
    asset = sdk.assets.retrieve(row["inventedMaskAssetId"]).asset
    mask = np.asarray(Image.open(io.BytesIO(httpx.get(asset.url).content)).convert("L"))
    expected = np.zeros((40, 120), np.uint8)
    for left in (6, 36, 66, 96):
        expected[10:30, left : left + 16] = 255
    assert np.array_equal(mask, expected)
    told = http.get(f"/assets/{row['assetId']}").json()["asset"]["metadata"]
    assert (told["inventedMaskAssetId"], asset.metadata.parent_id) == (asset.id, row["assetId"])


def test_large_pictures_have_a_preview_and_small_ones_are_their_own(sdk: Scenario, http: httpx.Client) -> None:
    """At most 2048 pixels a side, with alpha; made once."""
    rng = np.random.default_rng(3)
    pixels = np.kron(rng.integers(0, 256, (30, 50, 4), np.uint8), np.ones((50, 50, 1), np.uint8))
    large = upload(sdk, png(Image.fromarray(pixels)))
    told = http.get(f"/assets/{large}").json()["asset"]["preview"]
    assert (told["width"], told["height"]) == (2048, 1229)
    first, again = (httpx.get(told["url"], timeout=60) for _ in range(2))
    image = Image.open(io.BytesIO(first.content))
    assert (image.size, image.mode, first.content == again.content) == ((2048, 1229), "RGBA", True)
    assert abs(int(np.asarray(image)[20, 20, 3]) - int(pixels[20, 20, 3])) <= 2
    assert httpx.get(told["url"].replace("previews", "assets")).status_code == 403
    small = http.get(f"/assets/{upload(sdk)}").json()["asset"]
    assert (small["preview"]["url"], small["preview"]["width"]) == (small["url"], 120)


def test_an_arrangement_is_kept_with_the_job_and_exported_beside_the_exact_stack(
    sdk: Scenario, http: httpx.Client, separated: dict[str, Any]
) -> None:
    """Moved, faded and on white; the exact stack stays exact, and a revision goes on with the arrangement."""
    placed = [{"id": name} for name in separated["layers"]]
    placed[0] |= {"visible": False}
    placed[1] |= {"x": 9, "y": 2, "opacity": 0.5, "name": "the first"}
    put = http.put(f"/jobs/{separated['id']}/arrangement", json={"layers": placed, "ground": "#ffffff"})
    assert put.status_code == 200, put.text
    kept = http.get(f"/jobs/{separated['id']}").json()["job"]["metadata"]["arrangement"]
    assert (kept["ground"], kept["layers"][1]["x"], kept["layers"][1]["blend"]) == ("#ffffff", 9, "normal")

    def flat(**query: str | bool) -> np.ndarray:
        answer = http.get(f"/jobs/{separated['id']}/export", params={"format": "png", **query})
        assert answer.status_code == 200, answer.text
        return np.asarray(Image.open(io.BytesIO(answer.content)))

    assert np.array_equal(flat()[..., :3], np.asarray(drawn()))
    arranged = flat(arranged=True)
    left, top, right, bottom = separated["layers"]["l1"]["bbox"]
    assert arranged.shape[2] == 3
    assert tuple(arranged[0, 0]) == (255, 255, 255)
    middle = arranged[(top + bottom) // 2 + 2, (left + right) // 2 + 9].astype(int)
    own = np.asarray(drawn())[(top + bottom) // 2, (left + right) // 2].astype(int)
    assert np.abs(middle - (own + 255) / 2).max() <= 1
    alone = flat(layers="l1", trim=True)
    assert alone.shape == (bottom - top, right - left, 4)
    assert flat(layers="background").shape == np.asarray(drawn()).shape
    done = revised(http, sdk, separated["id"], {"kind": "remove", "layer": "l2"})
    again = http.get(f"/jobs/{done['id']}/export", params={"format": "psd", "arranged": True})
    assert again.status_code == 200
    for bad, where in (
        ({"layers": [{"id": "l99"}]}, "layers"),
        ({"layers": [{"id": "l1", "scaleX": 0}]}, "layers"),
        ({"ground": "white"}, "ground"),
    ):
        refused = http.put(f"/jobs/{separated['id']}/arrangement", json=bad)
        assert (refused.status_code, refused.json()["details"]["input"]) == (400, where)
    queries: list[dict[str, str | bool]] = [
        {"format": "zip", "arranged": True},
        {"format": "psd", "trim": True},
        {"format": "png", "layers": "x"},
    ]
    for query in queries:
        assert http.get(f"/jobs/{separated['id']}/export", params=query).status_code == 400
