"""What a body asks for is what the engine is asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from delaminate.contracts import Instruction, NamedBox, Shadows
from delaminate.pixels import Box
from delaminate.server.api.generate import request_of
from delaminate.server.api.schemas import Separation
from delaminate.server.bodies import instruction


def test_every_input_of_a_separation_reaches_the_instruction() -> None:
    """By way of the request that is stored with the job; none is dropped on the way."""
    settings = SimpleNamespace(inpaint_model="content-aware", strict_models=False)
    parts: Any = SimpleNamespace(inpaint_models=("content-aware",), settings=settings)
    body = Separation.model_validate(
        {
            "image": "asset_1",
            "separationInstruction": "the red apple",
            "maxLayers": 2,
            "inpaintPrompt": " a table ",
            "regions": [{"box": [1, 2, 30, 40], "name": "bowl"}],
            "seed": 7,
            "shadows": "leave",
            "strict": True,
        }
    )
    assert instruction(request_of(parts, body)) == Instruction(
        "the red apple",
        2,
        (NamedBox(Box(1, 2, 30, 40), "bowl"),),
        inpaint_prompt="a table",
        seed=7,
        shadows=Shadows.LEAVE,
        strict=True,
    )
