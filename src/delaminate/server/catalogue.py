"""The one model this service offers, its inputs and limits, and which inpaint models are really here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from delaminate.contracts import Shadows, Stages
from delaminate.server.documents import Json
from delaminate.server.errors import InvalidInput
from delaminate.server.limits import LIMITS, limits_json

MODEL = "model_scenario-image-layers-extractor"
DEFAULT_LAYERS = 6
DEFAULT_INPAINT_MODEL = "gpt-image-2"
INPAINT_MODELS = {
    "flux2-klein-9b": "FLUX.2 Klein 9b",
    "flux2-dev": "FLUX.2 Dev",
    "gpt-image-2": "GPT Image 2",
    "content-aware": "Content-aware (embedded)",
}
"""What a request may name → what people call it."""

Engines: TypeAlias = Callable[[str], Stages]
"""The name of an inpaint model → the engine with it."""


def chosen_inpaint_model(wanted: str, here: tuple[str, ...], fallback: str, strict: bool) -> tuple[str, str]:
    """Which inpaint model runs when one is asked for, and a hint when it is another.

    Parameters
    ----------
    here : names of those that are configured.
    strict : refuse instead of falling back.

    Raises
    ------
    InvalidInput
        If the name is unknown, or not configured while `strict`.
    """
    if wanted not in INPAINT_MODELS:
        raise InvalidInput(f"Input inpaintModel must be one of {', '.join(INPAINT_MODELS)}", input="inpaintModel")
    if wanted in here:
        return wanted, ""
    if strict:
        raise InvalidInput(
            f"Input inpaintModel: {wanted} is not configured on this server; it has {', '.join(here)}",
            input="inpaintModel",
        )
    return fallback, f"inpaintModel {wanted} is not configured on this server; {fallback} was used instead."


def model_json(prices: Mapping[str, float], engine: str, *, free: bool = False) -> Json:
    """The model's record as Scenario writes one; `parameters` has what is configured here.

    Parameters
    ----------
    prices : name of each inpaint model that is configured → compute units a layer.
    free : whether nobody counts them, as with a studio on one's own machine.
    """
    moment = "2026-01-01T00:00:00.000Z"
    return {
        "id": MODEL,
        "name": "Scenario Image Layers Extractor",
        "shortDescription": "Splits a picture into editable layers and a filled-in background.",
        "type": "custom",
        "custom": True,
        "capabilities": ["img2img"],
        "privacy": "public",
        "source": "other",
        "status": "trained",
        "createdAt": moment,
        "updatedAt": moment,
        "tags": [],
        "collectionIds": [],
        "exampleAssetIds": [],
        "trainingImagesNumber": 0,
        "trainingImagePairs": [],
        "parameters": {"engine": engine, "inpaintModels": dict(prices), "limits": limits_json(), "free": free},
        "inputs": _inputs(tuple(prices)),
        "uiConfig": {"selects": {"inpaintModel": dict(INPAINT_MODELS)}},
    }


def _inputs(here: tuple[str, ...]) -> list[Json]:
    text = {"type": "string", "promptSpark": False, "costImpact": False, "maxLength": LIMITS.words, "prompt": True}
    return [
        {
            "name": "image",
            "type": "file",
            "kind": "image",
            "label": "Image",
            "required": {"always": True},
            "parent": True,
            "costImpact": False,
            "description": "The picture to separate: an asset id or a data URL.",
        },
        {
            **text,
            "name": "separationInstruction",
            "label": "Separation instruction",
            "required": {"always": True},
            "description": "What to separate: the objects or the rule, not the scene.",
        },
        {
            "name": "maxLayers",
            "type": "number",
            "label": "Max layers",
            "default": DEFAULT_LAYERS,
            "min": 1,
            "max": LIMITS.layers,
            "step": 1,
            "costImpact": True,
            "description": "Upper bound on layers; the background comes on top of it.",
        },
        {
            "name": "inpaintModel",
            "type": "string",
            "label": "Inpaint model",
            "default": DEFAULT_INPAINT_MODEL,
            "allowedValues": list(INPAINT_MODELS),
            "costImpact": True,
            "description": f"Fills the holes left in the background. Configured here: {', '.join(here)}.",
        },
        {
            **text,
            "name": "inpaintPrompt",
            "label": "Inpaint prompt",
            "description": "Optional hint for the filled-in background.",
        },
        {
            "name": "seed",
            "type": "number",
            "label": "Seed",
            "default": 0,
            "min": 0,
            "max": LIMITS.seed,
            "step": 1,
            "costImpact": False,
            "description": "Same input, seed and version give the same layers.",
        },
        {
            "name": "shadows",
            "type": "string",
            "label": "Shadows",
            "default": Shadows.WITH.value,
            "allowedValues": [one.value for one in Shadows],
            "costImpact": False,
            "description": "Soft shadows go with their owner's layer, get layers of their own, or are left.",
        },
        {
            "name": "strict",
            "type": "boolean",
            "label": "Sure things only",
            "default": False,
            "costImpact": False,
            "description": "What was not surely found stays in the background.",
        },
    ]
