"""The engines and models that options name, for help and completion. By itself: the command line starts fast."""

from __future__ import annotations

ENGINES = ("auto", "embedded", "lite", "open", "layered", "hosted")
INPAINT_MODELS = (
    "content-aware",
    "lama",
    "migan",
    "flux2-klein-4b",
    "flux2-klein-9b",
    "flux2-dev",
    "gpt-image-2",
    "remote-fill",
)

ENGINE_HELP = (
    f"Set of stages: {', '.join(ENGINES)}. auto takes the best that lacks nothing; `delaminate doctor` says which."
)
INPAINT_HELP = f"What fills the holes: {', '.join(INPAINT_MODELS)}, or a plug-in's."


def engines(incomplete: str) -> list[str]:
    """Completions of an engine's name."""
    return [name for name in ENGINES if name.startswith(incomplete)]


def inpaint_models(incomplete: str) -> list[str]:
    """Completions of an inpaint model's name, those of plug-ins included."""
    from importlib.metadata import entry_points

    there = dict.fromkeys((*INPAINT_MODELS, *(point.name for point in entry_points(group="delaminate.inpainters"))))
    return [name for name in there if name.startswith(incomplete)]
