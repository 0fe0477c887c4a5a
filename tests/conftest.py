"""A small decomposition, solved for real, for the tests that write and read one."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from delaminate.contracts import Decomposition, Instruction, Outcome, Plan, Report, Target, TargetReport
from delaminate.exact import solve
from delaminate.models import servers
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role
from provider import Provider, serve

os.environ.setdefault("DELAMINATE_ENGINE", "embedded")
"""What whoever runs the tests has fetched or set is no part of them; tests of "auto" take this away again."""

# A shell that runs the tests in the background has them ignore Ctrl-C, and so would all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
ROOMS = {
    "readers": "programs",
    "server": "service",
    "studio": "browser",
    "studio_stack": "browser",
    "with_torch": "torch",
    "fresh": "wheel",
}
"""Folder → the marker of all that is in it; see pyproject.toml for what each needs."""


def _marker(path: Path) -> str | None:
    return ROOMS.get(path.relative_to(TESTS).parts[0]) if TESTS in path.parents else None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What `-m "not …"` leaves out is not even imported: its libraries may be absent."""
    marker = _marker(collection_path)
    return True if marker and re.search(rf"\bnot {marker}\b", config.option.markexpr) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of a room carries its marker."""
    for item in items:
        marker = _marker(item.path)
        if marker is not None:
            item.add_marker(marker)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """An OpenAI-compatible provider on this machine; nothing of the caller's own account is used."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "DELAMINATE_OFFLINE", "DELAMINATE_FILL_PRICE"):
        monkeypatch.delenv(name, raising=False)
    servers._CIRCUITS.clear()  # a port may come again
    told = Provider()
    server = serve(told)
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def decomposition() -> Decomposition:
    """A 40 × 30 picture: noise with a soft disc, split into background and "Rød æble" by the exact solve."""
    rng = np.random.default_rng(5)
    picture = rng.integers(60, 200, (30, 40, 3), np.uint8)
    y, x = np.mgrid[:30, :40]
    alpha = np.clip(9 - np.hypot(x - 18, y - 14), 0, 1).astype(np.float32)
    solved = solve(picture, np.full_like(picture, 128), alpha, picture.astype(np.float32))
    box = Box(8, 4, 29, 25)
    ground = np.dstack([solved.under, np.full((30, 40), 255, np.uint8)])
    stack = LayerStack(
        40,
        30,
        (
            Layer("background", "background", Role.BACKGROUND, Box(0, 0, 40, 30), ground, invented=alpha > 0),
            Layer("l1", "Rød æble", Role.OBJECT, box, solved.layer[box.slices], 0.4321987, "the red apple"),
        ),
        dpi=(300.0, 300.0),
    )
    report = Report((TargetReport("the red apple", Outcome.UNCERTAIN, "Mark it.", ("l1",)),), 0, 0, {"plan": 0.12345})
    return Decomposition(
        stack,
        report,
        Instruction("the red apple", seed=3),
        Plan((Target("the red apple"),)),
        "embedded",
        "content-aware",
        "ab" * 32,
    )
