"""Whole stacks from a server of one's own: exact at the size of the picture, and every way in which a server fails."""

import base64
import io
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

import delaminate
from contracts.segmenter_suite import SegmenterSuite, scene
from delaminate.contracts import Instruction, Kind, Outcome, Plan, Segmenter, Stages, Target
from delaminate.engines import engine
from delaminate.errors import BadInput, StageFailed
from delaminate.models.servers import _CIRCUITS, counted
from delaminate.picture import open_picture
from delaminate.splitting.split import split
from delaminate.stages.foreground.multilevel import Multilevel
from delaminate.stages.inpainting.content_aware.fill import ContentAware
from delaminate.stages.matting.closed_form import ClosedForm
from delaminate.stages.planning.grammar.planner import Grammar
from delaminate.stages.whole.remote_layers import RemoteLayers
from json_server import Scripted

EVERYTHING = Plan((Target("everything", Kind.ANYTHING, count=None),))


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is known yet, and none is set."""
    _CIRCUITS.clear()
    for name in ("LAYERS_URL", "LAYERS_KEY", "LAYERS_PRICE", "FILL_URL", "OFFLINE"):
        monkeypatch.delenv(f"DELAMINATE_{name}", raising=False)


def rgba(alpha: Any, kind: str = "PNG") -> str:
    """A layer of one colour."""
    file = io.BytesIO()
    pixels = np.dstack([np.full((*alpha.shape, 3), (200, 30, 40), np.uint8), alpha])
    Image.fromarray(pixels).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def stack(body: dict[str, Any], scale: float = 1.0, stretch: float = 1.0) -> dict[str, Any]:
    """A background, the red ball and the blue one, as a server sees the picture that it is sent."""
    width, height = max(1, round(body["width"] * scale)), max(1, round(body["height"] * scale * stretch))
    layers = [{"name": "background", "image": rgba(np.full((height, width), 255, np.uint8))}]
    for name, x, y, radius in (("red ball", 65, 75, 41), ("blue ball", 200, 80, 36)):
        large = np.zeros((200, 300), np.uint8)
        cv2.circle(large, (x, y), radius, 255, -1, cv2.LINE_AA)
        layers.append({"name": name, "image": rgba(cv2.resize(large, (width, height)))})
    return {"layers": layers}


def asked(url: str, plan: Plan = EVERYTHING, **options: Any) -> Any:
    """What a segmenter finds with that server."""
    remote = RemoteLayers(url=url, **{"pause": 0.01} | options)
    return remote(remote.prepare(scene()), plan)


class TestRemoteLayers(SegmenterSuite):
    """As a segmenter among the others."""

    @pytest.fixture
    def segmenter(self) -> Segmenter:
        """Asking a server that always sees two balls."""
        return RemoteLayers(url=Scripted(otherwise=stack).url, pause=0.01)


@pytest.mark.parametrize("scale", [1.0, 0.4, 2.0])
def test_layers_become_exact_at_the_size_of_the_picture_under_their_names(scale: float) -> None:
    """Whatever size the server works at; the background is its own business."""
    remote = RemoteLayers(url=Scripted(otherwise=lambda body: stack(body, scale)).url)
    stages = Stages("layered", Grammar(), remote, ClosedForm(), Multilevel(), ContentAware())
    result = split(open_picture(scene()), Instruction("extract every object"), stages)
    assert (result.report.max_error, result.report.differing_pixels) == (0, 0)
    assert {layer.name for layer in result.layers} == {"background", "red ball", "blue ball"}
    assert result.report.targets[0].outcome is Outcome.EXTRACTED
    red = next(layer for layer in result.layers if layer.name == "red ball")
    for mine, true in zip(red.box.as_tuple(), (24, 34, 107, 117), strict=True):
        assert abs(mine - true) <= 4 / min(scale, 1)


def test_a_layer_that_is_called_as_a_target_answers_it() -> None:
    """Sure of what has its name; what nobody asked for is left where it is."""
    blue = Target("the blue ball", noun="ball", name="blue ball", colours=("blue",))
    green = Target("the green ball", noun="ball", name="green ball", colours=("green",))
    any_ball = Target("the balls", noun="ball", name="balls", count=None)
    url = Scripted(otherwise=stack).url
    (found,), nothing = asked(url, Plan((blue, green)))
    assert (found.name, found.confidence, nothing) == ("blue ball", 0.6, ())
    (both,) = asked(url, Plan((any_ball,)))
    assert sorted(one.name for one in both) == ["blue ball", "red ball"]


def test_a_large_picture_is_sent_smaller_and_asked_about_once() -> None:
    """At most so many pixels, with the words of the sentence; another plan of the same words is not paid again."""
    server = Scripted(otherwise=stack)
    remote = RemoteLayers(url=server.url, most=10_000, price=0.05)
    prepared = remote.prepare(scene())
    with counted() as calls:
        remote(prepared, EVERYTHING)
        remote(prepared, EVERYTHING)
    (body,) = server.asked
    assert body["width"] * body["height"] <= 10_000
    assert (body["prompt"], body["layers"]) == ("everything", 8)
    assert [(row.purpose, row.calls, row.cost) for row in calls.rows] == [("layers", 1, 0.05)]


def test_the_engine_layered_takes_a_server_that_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """And its report says where the picture went."""
    monkeypatch.setenv("DELAMINATE_LAYERS_URL", Scripted(otherwise=stack).url)
    made = delaminate.split(scene(), "extract every object", engine="layered")
    assert made.exact
    assert any("For layers, pictures are sent to 127.0.0.1" in note for note in made.report.notes)
    assert [row.purpose for row in made.report.calls] == ["layers"]


def test_without_a_server_it_says_what_to_set() -> None:
    """In a sentence; the engine names both ways."""
    assert RemoteLayers().missing() == "set DELAMINATE_LAYERS_URL to the address of a server"
    with pytest.raises(StageFailed, match=r"DELAMINATE_LAYERS_URL.*qwen-layered"):
        engine("layered")


BAD = base64.b64encode(b"no picture").decode()
GREY = io.BytesIO()
Image.new("L", (300, 200)).save(GREY, "PNG")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (401, "does not accept the key; check DELAMINATE_LAYERS_KEY"),
        (404, "nothing at this address; check DELAMINATE_LAYERS_URL"),
        (413, "did not accept the request"),
        (500, "out of order"),
        ("slow", "did not answer within 0.5 seconds"),
        ("words", "no object"),
        ({"things": []}, "without a list of up to 64 layers"),
        ({"layers": [7]}, "cannot be read"),
        ({"layers": [{"name": "x"}]}, "cannot be read"),
        ({"layers": [{"image": "!"}]}, "cannot be read"),
        ({"layers": [{"image": BAD}]}, "cannot be read"),
        ({"layers": [{"image": base64.b64encode(GREY.getvalue()).decode()}]}, "it has no alpha"),
        (stack({"width": 300, "height": 200}, stretch=0.5), "300×100 pixels for a picture of 300×200"),
        ({"layers": [{"image": rgba(np.zeros((1, 1), np.uint8))}] * 65}, "without a list of up to 64 layers"),
    ],
)
def test_every_failure_is_one_sentence_and_asked_once(script: Any, said: str) -> None:
    """What will not go better, or may have cost already, is not tried again."""
    failing = Scripted(script)
    with pytest.raises(StageFailed, match=said):
        asked(failing.url, timeout=0.5 if script == "slow" else 60.0)
    assert len(failing.asked) == 1


def test_a_busy_server_is_asked_again_and_one_that_is_down_left_alone() -> None:
    """429 twice, then an answer; 503 three times, then nothing more for a while."""
    busy = Scripted(429, 429, otherwise=stack)
    assert len(asked(busy.url)[0]) == 2
    down = Scripted(503, 503, 503)
    with pytest.raises(StageFailed, match="is busy"):
        asked(down.url)
    with pytest.raises(StageFailed, match="is left alone for"):
        asked(down.url)
    assert len(down.asked) == 3


def test_options_out_of_range_are_refused() -> None:
    """When the stage is made."""
    with pytest.raises(BadInput):
        RemoteLayers(layers=1)
