"""What a job tells of its result comes back as the package's own value, also when an older version told it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from delaminate.contracts import Decomposition, Kind, Plan, Target
from delaminate.picture import open_picture
from delaminate.pixels import Box
from delaminate.server.database.assets import Asset
from delaminate.server.ids import AssetId, AuthorId, ProjectId
from delaminate.server.results import LayerRow, Output
from delaminate.stack import Role


def asset(key: str) -> Asset:
    """The asset of a layer or a mask."""
    return Asset(AssetId(key), ProjectId("p"), AuthorId("a"), "img2img", "image/png", 40, 30, 1, "x")


def told_of(done: Decomposition) -> Output:
    """Its output, the background's mask being an asset too."""
    made = [[asset(f"asset_{layer.id}")] for layer in done.stack.layers]
    made[0].append(asset("asset_mask"))
    return Output.of(done, made)


def test_a_result_is_told_in_camel_case_and_read_back(decomposition: Decomposition) -> None:
    """With its plan, its proof and its notes; an absent mask and what nobody asked of a background are not said."""
    plan = Plan((Target("the red apple", Kind.OBJECT, box=Box(1, 2, 3, 4), text_role="title"),), note="as a fruit")
    done = replace(decomposition, plan=plan, report=replace(decomposition.report, notes=("from CMYK",)))
    output = told_of(done)
    told = output.told()
    assert list(told) == ["layers", "targets", "recomposition", "engine", "inpaintModel", "plan", "notes", "calls"]
    assert told["layers"][0] == {
        "id": "background",
        "assetId": "asset_background",
        "name": "background",
        "role": "background",
        "z": 0,
        "bbox": [0, 0, 40, 30],
        "inventedMaskAssetId": "asset_mask",
    }
    assert (told["layers"][1]["text"], "inventedMaskAssetId" in told["layers"][1]) == (None, False)
    assert told["plan"]["targets"][0] | {"textRole": "title", "box": [1, 2, 3, 4]} == told["plan"]["targets"][0]
    assert told["recomposition"] == {"maxError": 0, "differingPixels": 0}
    assert Output.read(told) == output
    picture = open_picture(np.zeros((30, 40, 3), np.uint8))
    back = Output.read(told).decomposition(done.stack, done.instruction, picture)
    assert (back.plan, back.engine, back.inpaint_model) == (plan, done.engine, done.inpaint_model)
    assert (back.report.notes, back.report.targets[0].target) == (("from CMYK",), "the red apple")


def test_the_advice_of_a_target_is_for_users_of_the_api(decomposition: Decomposition) -> None:
    """It speaks of regions, not of the command line's options."""
    assert "mark it with regions" in told_of(decomposition).told()["targets"][0]["advice"]


def test_an_output_of_an_older_version_is_read_with_what_it_tells(decomposition: Decomposition) -> None:
    """Without a plan, and targets without layers; unknown keys are left alone."""
    told = told_of(decomposition).told() | {"later": 1}
    del told["plan"]
    del told["targets"][0]["layers"]
    read = Output.read(told)
    assert (read.plan, read.targets[0].layers) == (Plan(()), ())
    assert read.layers[0] == LayerRow(
        "background",
        AssetId("asset_background"),
        "background",
        Role.BACKGROUND,
        0,
        Box(0, 0, 40, 30),
        1.0,
        None,
        None,
        AssetId("asset_mask"),
    )
