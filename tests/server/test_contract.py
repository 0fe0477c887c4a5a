"""The whole contract with the official client, on every kind of installation."""

from __future__ import annotations

import base64
import io
import time
import zipfile
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import scenario_sdk
from installation import Installation
from PIL import Image
from scenario_sdk import Scenario
from scenario_sdk.types.job_retrieve_response import Job

from conftest import drawn, png
from delaminate.export import psd
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role

MODEL = "model_scenario-image-layers-extractor"
PICTURE = png(drawn())


def upload(sdk: Scenario, content: bytes = PICTURE, name: str = "boxes.png") -> str:
    """Upload as base64; the id."""
    return sdk.assets.upload(name=name, image=base64.b64encode(content).decode()).asset.id


def run(sdk: Scenario, image: str, **inputs: object) -> str:
    """Ask for every box; the job's id."""
    body = {"image": image, "separationInstruction": "every box", **inputs}
    return sdk.generate.run_model(MODEL, body=body).job.job_id


def finished(sdk: Scenario, job_id: str, seconds: float = 240) -> tuple[Job, list[float]]:
    """Poll until the job has ended; the job and the progress that was seen."""
    seen, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        job = sdk.jobs.retrieve(job_id).job
        seen.append(job.progress)
        if job.status in ("success", "failure", "canceled"):
            return job, seen
        time.sleep(0.05)
    raise TimeoutError(f"{job_id} is {job.status}")


def told(job: Job) -> dict[str, Any]:
    """What the job says of its result."""
    assert isinstance(job.metadata.output, dict)
    return job.metadata.output


def flattened(sdk: Scenario, asset_ids: list[str]) -> Image.Image:
    """The assets laid over each other, fetched by their links without a key."""
    canvas: Image.Image | None = None
    for asset_id in asset_ids:
        layer = Image.open(io.BytesIO(httpx.get(sdk.assets.retrieve(asset_id).asset.url).content)).convert("RGBA")
        canvas = layer if canvas is None else Image.alpha_composite(canvas, layer)
    assert canvas is not None
    return canvas


def test_a_separation_runs_end_to_end_and_adds_up_bit_for_bit(sdk: Scenario) -> None:
    """Upload, run, poll, open the links, lay the layers over each other."""
    image = upload(sdk)
    job, seen = finished(sdk, run(sdk, image, maxLayers=6, inpaintModel="gpt-image-2"))
    assert (job.status, job.progress, seen == sorted(seen)) == ("success", 1, True)
    assert job.metadata.asset_ids is not None
    assert len(job.metadata.asset_ids) == 5
    assert np.array_equal(np.asarray(flattened(sdk, job.metadata.asset_ids).convert("RGB")), np.asarray(drawn()))


def test_a_job_tells_its_layers_bottom_to_top_with_all_there_is_to_know(sdk: Scenario) -> None:
    """The addition that Scenario does not document."""
    job, _ = finished(sdk, run(sdk, upload(sdk)))
    output = told(job)
    layers = output["layers"]
    assert [layer["assetId"] for layer in layers] == job.metadata.asset_ids
    assert [layer["z"] for layer in layers] == [0, 1, 2, 3, 4]
    assert (layers[0]["role"], layers[0]["bbox"]) == ("background", [0, 0, 120, 40])
    assert {layer["name"] for layer in layers[1:]} == {"box at 6", "box at 36", "box at 66", "box at 96"}
    assert output["targets"][0]["outcome"] == "extracted"
    assert output["recomposition"] == {"maxError": 0, "differingPixels": 0}


def test_layer_assets_know_their_place_their_parent_and_their_job(sdk: Scenario) -> None:
    """In the fields that clients read."""
    image = upload(sdk)
    job, _ = finished(sdk, run(sdk, image))
    assert job.metadata.asset_ids is not None
    asset = sdk.assets.retrieve(job.metadata.asset_ids[2]).asset
    assert (asset.metadata.parent_id, asset.metadata.parent_job_id) == (image, job.job_id)
    assert (asset.metadata.width, asset.metadata.height, asset.output_index) == (120, 40, 2)
    assert asset.properties.size == len(httpx.get(asset.url).content)
    children = sdk.assets.list(parent_asset_id=image).assets
    assert {child.id for child in children} == set(job.metadata.asset_ids)


def test_a_missing_inpaint_model_falls_back_and_says_so(sdk: Scenario) -> None:
    """In the job's hint."""
    job, _ = finished(sdk, run(sdk, upload(sdk), inpaintModel="flux2-dev"))
    assert job.metadata.hint is not None
    assert "flux2-dev is not configured" in job.metadata.hint


def test_a_dry_run_is_269_with_an_empty_job_and_starts_nothing(sdk: Scenario) -> None:
    """And costs what the run will cost at most."""
    image = upload(sdk)
    body = {"image": image, "separationInstruction": "every box", "maxLayers": 6}
    answer = sdk.generate.with_raw_response.run_model(MODEL, body=body, dry_run="true")
    assert answer.status_code == 269
    told = answer.http_response.json()
    assert (told["job"], told["creativeUnitsCost"], told["costDetails"]) == ({}, 8, {"custom-generation": 8})
    assert sdk.jobs.list(type="custom").jobs == []


def test_a_job_is_charged_its_ceiling_and_settled_at_what_was_made(sdk: Scenario) -> None:
    """Base 2 and 1 a layer: 12 for ten layers, 6 for the four there are."""
    image = upload(sdk)
    accepted = sdk.generate.run_model(
        MODEL, body={"image": image, "separationInstruction": "every box", "maxLayers": 10}
    )
    assert accepted.creative_units_cost == 12
    job, _ = finished(sdk, accepted.job.job_id)
    assert job.billing is not None
    assert job.billing.cu_cost == 6
    assert sdk.usages.list().model_extra == {"modelId": MODEL, "creativeUnits": 6, "days": _today(6)}


def _today(units: float) -> list[dict[str, object]]:
    return [{"day": time.strftime("%Y-%m-%d", time.gmtime()), "units": units, "jobs": 1}]


def test_without_a_key_the_client_gets_401(service: Installation) -> None:
    """An unknown key, a wrong secret, and a token."""
    real = service.key("somebody")
    for key in (("api_unknown", "secret"), (real[0], "secret")):
        with pytest.raises(scenario_sdk.AuthenticationError):
            service.sdk(key).jobs.list()
    with pytest.raises(scenario_sdk.AuthenticationError):
        Scenario(base_url=f"{service.url}/v1", bearer_auth="token", max_retries=0).jobs.list()


def test_a_revoked_key_stops_working_within_a_second(service: Installation) -> None:
    """Through the command line's own function."""
    from delaminate.server.accounts import api_keys
    from delaminate.server.database import open_database

    key = service.key("leaving")
    service.sdk(key).jobs.list()
    with open_database(service.settings.tables_url).begin() as connection:
        assert api_keys.revoke(connection, key[0])
    time.sleep(1)
    with pytest.raises(scenario_sdk.AuthenticationError):
        service.sdk(key).jobs.list()


@pytest.mark.parametrize(
    ("inputs", "name"),
    [
        ({"maxLayers": 0}, "maxLayers"),
        ({"maxLayers": 11}, "maxLayers"),
        ({"maxLayers": 2.5}, "maxLayers"),
        ({"maxLayers": "3"}, "maxLayers"),
        ({"inpaintModel": "dall-e"}, "inpaintModel"),
        ({"separationInstruction": " "}, "separationInstruction"),
        ({"separationInstruction": "x" * 4097}, "separationInstruction"),
        ({"regions": [{"box": [9, 9, 3, 3]}]}, "regions"),
        ({"regions": [{}]}, "regions"),
        ({"plan": {"targets": []}}, "plan"),
        ({"seed": -1}, "seed"),
        ({"image": "data:image/png;base64,AAAA!"}, "image"),
    ],
)
def test_a_bad_input_is_400_and_named(sdk: Scenario, inputs: dict[str, object], name: str) -> None:
    """In the reason, for people and for programs."""
    with pytest.raises(scenario_sdk.BadRequestError) as caught:
        run(sdk, **{"image": upload(sdk), **inputs})  # type: ignore[arg-type]
    body = caught.value.body
    assert isinstance(body, dict)
    assert f"Input {name}" in body["reason"]
    assert body["details"]["input"] == name


@pytest.mark.parametrize("dry", [{}, {"dryRun": "true"}])
def test_an_instruction_that_is_no_separation_is_400_with_the_sentence(
    http: httpx.Client, sdk: Scenario, dry: dict[str, str]
) -> None:
    """At once, before a job is made of it; a marked region makes it one."""
    body = {"image": upload(sdk), "separationInstruction": "make the car blue"}
    answer = http.post(f"/generate/custom/{MODEL}", params=dry, json=body)
    assert answer.status_code == 400
    assert "separates a picture into layers and does not change colours" in answer.json()["reason"]
    assert not http.get("/jobs", params={"type": "custom"}).json()["jobs"]
    marked = {**body, "regions": [{"box": [1, 1, 9, 9]}]}
    assert http.post(f"/generate/custom/{MODEL}", params=dry, json=marked).status_code in {200, 269}


def test_what_is_neither_json_nor_a_form_is_told_what_to_send(http: httpx.Client) -> None:
    """A form, as one page of Scenario's documentation has it, is taken; bare bytes are not."""
    form = http.post("/assets", files={"image": ("a.png", PICTURE, "image/png")}, data={"name": "a"})
    assert form.status_code == 200
    answer = http.post("/assets", content=PICTURE, headers={"Content-Type": "image/png"})
    assert answer.status_code == 400
    assert answer.json()["reason"].startswith("Input body: send JSON with name and image")


@pytest.mark.parametrize("media", ["image/png;charset=utf-8", "application/octet-stream", "", "image/svg+xml"])
def test_a_data_url_of_any_type_is_told_by_its_bytes(http: httpx.Client, media: str) -> None:
    """Browsers write these for files whose type they do not know."""
    body = {"name": "a", "image": f"data:{media};base64,{base64.b64encode(PICTURE).decode()}"}
    answer = http.post("/assets", json=body)
    assert answer.status_code == 200
    assert answer.json()["asset"]["mimeType"] == "image/png"


def test_a_null_is_as_if_it_were_left_out(http: httpx.Client, sdk: Scenario) -> None:
    """Of every input that has a default."""
    nulls = dict.fromkeys(
        ("maxLayers", "inpaintModel", "inpaintPrompt", "seed", "regions", "shadows", "strict", "plan")
    )
    body = {"image": upload(sdk), "separationInstruction": "every box", **nulls}
    assert http.post(f"/generate/custom/{MODEL}", params={"dryRun": "true"}, json=body).status_code == 269


def test_a_long_instruction_is_told_in_characters(http: httpx.Client, sdk: Scenario) -> None:
    """Nobody counts the items of a sentence."""
    body = {"image": upload(sdk), "separationInstruction": "x" * 4097}
    reason = http.post(f"/generate/custom/{MODEL}", json=body).json()["reason"]
    assert "4096 characters" in reason


@pytest.mark.parametrize(("ending", "mime"), [("jp2", "image/jp2"), ("psd", "image/vnd.adobe.photoshop")])
def test_pictures_of_every_kind_that_is_read_are_taken(
    http: httpx.Client, tmp_path: Path, ending: str, mime: str
) -> None:
    """JPEG 2000 and Photoshop files as well."""
    path = tmp_path / f"a.{ending}"
    if ending == "jp2":
        drawn().save(path)
    else:
        layer = Layer("background", "a", Role.BACKGROUND, Box(0, 0, 120, 40), np.asarray(drawn().convert("RGBA")))
        psd.write(LayerStack(120, 40, (layer,), True), path)
    body = {"name": "a", "image": base64.b64encode(path.read_bytes()).decode()}
    assert http.post("/assets", json=body).json()["asset"]["mimeType"] == mime


def test_unknown_things_are_404(sdk: Scenario) -> None:
    """The picture, the model, the job, the asset, the upload, the team."""
    for ask in (
        lambda: run(sdk, "asset_unknown"),
        lambda: sdk.generate.run_model("model_unknown", body={"image": "x", "separationInstruction": "y"}),
        lambda: sdk.jobs.retrieve("job_unknown"),
        lambda: sdk.assets.retrieve("asset_unknown"),
        lambda: sdk.uploads.retrieve("upload_unknown"),
        lambda: sdk.models.retrieve("model_unknown"),
        lambda: sdk.teams.retrieve_limits("team_unknown"),
    ):
        with pytest.raises(scenario_sdk.NotFoundError):
            ask()


def test_a_picture_may_come_as_a_data_url(sdk: Scenario) -> None:
    """It becomes an asset."""
    url = "data:image/png;base64," + base64.b64encode(PICTURE).decode()
    job, _ = finished(sdk, run(sdk, url))
    assert job.status == "success"
    assert job.metadata.input is not None
    assert str(job.metadata.input["image"]).startswith("asset_")


def test_jobs_are_listed_newest_first_in_pages(sdk: Scenario) -> None:
    """The token leads to the rest, and the client follows it by itself."""
    image = upload(sdk)
    made = [run(sdk, image, maxLayers=1) for _ in range(5)]
    first = sdk.jobs.list(page_size=2)
    assert ([job.job_id for job in first.jobs], first.has_next_page()) == (made[:-3:-1], True)
    assert [job.job_id for job in sdk.jobs.list(page_size=2)] == made[::-1]
    for job_id in made:
        finished(sdk, job_id)
    assert [job.job_id for job in sdk.jobs.list(status="success", page_size=3)] != []
    with pytest.raises(scenario_sdk.BadRequestError, match="paginationToken"):
        sdk.jobs.list(pagination_token="nonsense")
    with pytest.raises(scenario_sdk.BadRequestError, match="createdAfter"):
        sdk.jobs.list(status="success", created_after="2026-01-01")


def test_a_finished_job_cannot_be_cancelled(sdk: Scenario) -> None:
    """With the words of the original."""
    job, _ = finished(sdk, run(sdk, upload(sdk)))
    with pytest.raises(scenario_sdk.BadRequestError, match="Action not permitted"):
        sdk.jobs.trigger_action(job.job_id, action="cancel")


def test_a_file_in_parts_becomes_an_asset(sdk: Scenario) -> None:
    """Announce, send out of order, complete, poll."""
    half = len(PICTURE) // 2
    made = sdk.uploads.create(
        file_name="a.png", content_type="image/png", file_size=len(PICTURE), kind="image", parts=2
    ).upload
    assert (made.status, made.source, made.parts is not None) == ("pending", "multipart", True)
    assert made.parts is not None
    for part, content in ((made.parts[1], PICTURE[half:]), (made.parts[0], PICTURE[:half])):
        assert httpx.put(part.url, content=content).status_code == 200
    sdk.uploads.trigger_action(made.id, action="complete")
    done = sdk.uploads.retrieve(made.id).upload
    assert done.status == "imported"
    assert done.entity_id is not None
    assert httpx.get(sdk.assets.retrieve(done.entity_id).asset.url).content == PICTURE
    job = sdk.jobs.retrieve(str(done.job_id)).job
    assert (job.job_type, job.status, job.metadata.output) == (
        "upload",
        "success",
        {"entityId": done.entity_id, "assetId": done.entity_id},
    )


def test_an_upload_that_is_no_picture_fails_with_a_sentence_and_leaves_nothing(sdk: Scenario) -> None:
    """Too few bytes, and no picture at all."""
    for content, announced in ((b"hello", 5), (PICTURE[:100], len(PICTURE))):
        made = sdk.uploads.create(file_name="a.png", file_size=announced, kind="image", parts=1).upload
        assert made.parts is not None
        httpx.put(made.parts[0].url, content=content)
        done = sdk.uploads.trigger_action(made.id, action="complete").upload
        assert (done.status, bool(done.error_message), done.entity_id) == ("failed", True, None)
    assert sdk.assets.list().assets == []


def test_an_upload_with_a_missing_part_is_refused_and_can_go_on(sdk: Scenario) -> None:
    """400 that names the part."""
    made = sdk.uploads.create(file_name="a.png", file_size=len(PICTURE), kind="image", parts=1).upload
    with pytest.raises(scenario_sdk.BadRequestError, match="Part 1 of 1 is missing"):
        sdk.uploads.trigger_action(made.id, action="complete")
    assert made.parts is not None
    assert httpx.put(made.parts[0].url + "0", content=PICTURE).status_code == 403
    httpx.put(made.parts[0].url, content=PICTURE)
    assert sdk.uploads.trigger_action(made.id, action="complete").upload.status == "imported"


def test_no_address_is_fetched(sdk: Scenario) -> None:
    """Uploads by URL are refused."""
    with pytest.raises(scenario_sdk.BadRequestError, match="fetches no addresses"):
        sdk.uploads.create(url="http://127.0.0.1/secret", kind="image")


def test_links_work_without_a_key_and_not_when_changed_or_late(service: Installation, sdk: Scenario) -> None:
    """The signature covers the asset, the expiry and the form."""
    from delaminate.server.database import open_database
    from delaminate.server.database.facts import fact
    from delaminate.server.links import Links

    one, other = upload(sdk), upload(sdk)
    url = sdk.assets.retrieve(one).asset.url
    answer = httpx.get(url)
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-length"] == str(len(PICTURE))
    assert "transfer-encoding" not in answer.headers
    for changed in (url.replace(one, other), url + "&Format=png", url[:-1] + ("0" if url[-1] != "0" else "1")):
        assert httpx.get(changed).status_code == 403
    assert httpx.get(url.split("?")[0]).status_code == 403
    secret = fact(open_database(service.settings.tables_url), "link secret", "")
    late = Links(secret, hours=-1).sign(f"/assets-transform/{one}")
    assert httpx.get(service.url + late).status_code == 403


def test_deleted_assets_are_gone_and_can_be_restored(sdk: Scenario) -> None:
    """The link dies with the asset and comes back with it."""
    asset = upload(sdk)
    url = sdk.assets.retrieve(asset).asset.url
    sdk.assets.delete_multiple(asset_ids=[asset])
    with pytest.raises(scenario_sdk.NotFoundError):
        sdk.assets.retrieve(asset)
    assert httpx.get(url).status_code == 404
    gone = sdk.assets.list(deleted=True).assets
    assert [(one.id, bool(one.deleted_at)) for one in gone] == [(asset, True)]
    told = sdk.assets.restore_multiple(asset_ids=[asset, "asset_unknown"])
    assert told.restored_asset_ids == [asset]
    assert [skipped.reason for skipped in told.skipped_assets] == ["not-found"]
    assert httpx.get(url).status_code == 200


def test_assets_can_be_described_tagged_copied_and_read_in_bulk(sdk: Scenario) -> None:
    """Each through its own call."""
    asset = upload(sdk)
    assert sdk.assets.update(asset, description="four boxes").asset.description == "four boxes"
    changed = sdk.assets.update_tags(asset, add=["red", "blue"])
    assert (sorted(changed.added), changed.deleted) == (["blue", "red"], [])
    assert sdk.assets.update_tags(asset, delete=["blue"]).deleted == ["blue"]
    assert [one.id for one in sdk.assets.list(tags="red").assets] == [asset]
    twin = sdk.assets.duplicate(asset).asset
    assert httpx.get(twin.url).content == PICTURE
    many = sdk.assets.get_bulk(asset_ids=[twin.id, "asset_unknown", asset]).assets
    assert [one.id for one in many] == [twin.id, asset]


def test_an_asset_downloads_in_other_formats(sdk: Scenario) -> None:
    """Lossless ones hold the same pixels; an unknown one is refused."""
    asset = upload(sdk)
    for wanted, kind in (("webp", "WEBP"), ("tiff", "TIFF"), ("jpg", "JPEG"), ("gif", "GIF"), ("avif", "AVIF")):
        link = sdk.assets.download.request(asset, target_format=wanted)  # type: ignore[arg-type]
        answer = httpx.get(link.url)
        image = Image.open(io.BytesIO(answer.content))
        assert (image.format, answer.headers["content-type"]) == (kind, link.mime_type)
        if kind in ("WEBP", "TIFF"):
            assert np.array_equal(np.asarray(image.convert("RGB")), np.asarray(drawn()))
    assert httpx.get(sdk.assets.download.request(asset).url).content == PICTURE
    with pytest.raises(scenario_sdk.BadRequestError, match="Invalid target format"):
        sdk.assets.download.request(asset, target_format="mp4")


def test_many_assets_download_as_one_zip(sdk: Scenario) -> None:
    """By a job; names cannot lead into folders."""
    wanted = [upload(sdk, name="../../etc/passwd"), upload(sdk, name="boxes.png")]
    made = sdk.assets.download.request_batch(
        query={"asset_ids": wanted, "inference_ids": [], "model_ids": []},
        options={"file_name_template": "{name}", "archive_name": "my layers"},
    )
    finished(sdk, made.job_id)
    told = sdk.assets.download.get_status(made.job_id)
    answer = httpx.get(str(told.download_url))
    assert answer.headers["content-disposition"] == 'attachment; filename="my-layers.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["etc-passwd.png", "boxes.png"]
        assert archive.read("boxes.png") == PICTURE


def test_models_teams_projects_limits_and_prices_answer(sdk: Scenario) -> None:
    """All in the shapes the client demands."""
    model = sdk.models.retrieve(MODEL).model
    assert model.inputs is not None
    assert [one.name for one in model.inputs][:4] == ["image", "separationInstruction", "maxLayers", "inpaintModel"]
    assert [one.id for one in sdk.models.list(privacy="public").models] == [MODEL]
    assert (sdk.models.list().models, [one.id for one in sdk.models.get_bulk(model_ids=[MODEL]).models]) == (
        [],
        [MODEL],
    )
    team = sdk.teams.list().teams[0]
    project = sdk.projects.retrieve(team.projects[0].id).project
    assert [one.id for one in sdk.projects.list().projects] == [project.id]
    assert sdk.teams.retrieve_limits(team.id).limits.parallel_custom_jobs == 60
    assert (sdk.pricing.oscu.retrieve_prices().prices, sdk.tags.list().tags) == ([], [])


def test_a_plan_can_be_looked_at_edited_and_sent_back(sdk: Scenario, http: httpx.Client) -> None:
    """What comes out of the plan call goes into the run."""
    image = upload(sdk)
    body = {"image": image, "separationInstruction": "the red box and the blue box", "maxLayers": 3}
    read = http.post("/layers/plan", json=body).json()
    assert [target["phrase"] for target in read["plan"]["targets"]] == ["the red box", "the blue box"]
    assert read["creativeUnitsCost"] == 5
    plan = {**read["plan"], "targets": [{**read["plan"]["targets"][0], "name": "mine"}]}
    job, _ = finished(sdk, run(sdk, image, plan=plan))
    assert told(job)["plan"]["targets"][0]["name"] == "mine"


def test_a_job_can_be_watched_until_it_ends(sdk: Scenario, http: httpx.Client) -> None:
    """Server-sent events; progress never goes back."""
    import json

    job_id = run(sdk, upload(sdk))
    with http.stream("GET", f"/jobs/{job_id}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = [json.loads(line[6:])["job"] for line in answer.iter_lines() if line.startswith("data: ")]
    assert told[-1]["status"] == "success"
    assert [job["progress"] for job in told] == sorted(job["progress"] for job in told)
