"""Limits are declared once: what the model's record tells is what bodies are checked against."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from delaminate.server.api.schemas import Separation
from delaminate.server.bodies import edit_of
from delaminate.server.catalogue import model_json
from delaminate.server.limits import LIMITS

TOLD = model_json({"content-aware": 0.0}, "embedded")["parameters"]["limits"]

BODIES: list[tuple[str, Any]] = [
    ("layers", lambda most: Separation.model_validate({"image": "a", "maxLayers": most})),
    ("seed", lambda most: Separation.model_validate({"image": "a", "seed": most})),
    ("words", lambda most: Separation.model_validate({"image": "a", "separationInstruction": "x" * most})),
    ("regions", lambda most: Separation.model_validate({"image": "a", "regions": [{"point": [1, 1]}] * most})),
    ("markName", lambda most: Separation.model_validate({"image": "a", "regions": [{"name": "x" * most}]})),
    ("parts", lambda most: edit_of({"kind": "split", "layer": "l1", "instruction": "x", "maxLayers": most})),
    ("seed", lambda most: edit_of({"kind": "refill", "layer": "l1", "seed": most})),
    ("name", lambda most: edit_of({"kind": "rename", "layer": "l1", "name": "x" * most})),
    ("name", lambda most: edit_of({"kind": "merge", "layers": ["l1", "l2"], "name": "x" * most})),
    ("points", lambda most: edit_of({"kind": "redo", "layer": "l1", "points": [[1, 1]] * most})),
    ("merged", lambda most: edit_of({"kind": "merge", "layers": ["l1"] * most})),
]


@pytest.mark.parametrize(("limit", "body"), BODIES)
def test_a_body_may_ask_for_as_much_as_the_record_tells_and_for_no_more(limit: str, body: Any) -> None:
    """At the limit it is taken, one above it is refused."""
    body(TOLD[limit])
    with pytest.raises(ValidationError):
        body(TOLD[limit] + 1)


def test_the_inputs_of_the_record_have_the_same_limits() -> None:
    """Those that Scenario's clients read."""
    inputs = {one["name"]: one for one in model_json({}, "embedded")["inputs"]}
    assert (inputs["maxLayers"]["max"], inputs["seed"]["max"]) == (LIMITS.layers, LIMITS.seed)
    assert inputs["separationInstruction"]["maxLength"] == inputs["inpaintPrompt"]["maxLength"] == LIMITS.words
