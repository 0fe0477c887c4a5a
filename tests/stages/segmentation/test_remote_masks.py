"""Masks from a server of one's own: the example's answers, and every way in which a server fails."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mask_server import server
from PIL import Image

import delaminate
from contracts.segmenter_suite import scene
from delaminate.contracts import Plan, Target
from delaminate.errors import StageFailed
from delaminate.export.folder import read_result
from delaminate.models.servers import _CIRCUITS, counted
from delaminate.pixels import Box
from delaminate.stages.segmentation.embedded.segmenter import Embedded
from delaminate.stages.segmentation.remote_masks import RemoteMasks
from json_server import Scripted, running


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is known yet, and none is set."""
    _CIRCUITS.clear()
    for name in ("URL", "KEY", "PRICE"):
        monkeypatch.delenv(f"DELAMINATE_MASKS_{name}", raising=False)
    monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)


@pytest.fixture
def example() -> Iterator[str]:
    """The server of the examples, with the embedded segmenter behind it."""
    made = server(0, Embedded())
    yield running(made)
    made.shutdown()
    made.server_close()


BALL = Plan((Target("the red ball", noun="ball", description="red ball", name="ball"),))


def asked(url: str, **options: Any) -> Any:
    """What a segmenter finds for the ball with that server."""
    remote = RemoteMasks(url=url, pause=0.01, **options)
    return remote(remote.prepare(scene()), BALL)


def test_names_boxes_and_points_are_answered_by_the_example(example: str) -> None:
    """Each ball where it is."""
    remote = RemoteMasks(url=example)
    marks = Target("", name="here", box=Box(25, 35, 105, 115)), Target("", name="there", point=(200, 80))
    (ball,), (here,), (there,) = remote(remote.prepare(scene()), Plan((*BALL.targets, *marks)))
    for found, middle in ((ball, (65, 75)), (here, (65, 75)), (there, (200, 80))):
        assert abs((found.box.left + found.box.right) / 2 - middle[0]) < 6
        assert abs((found.box.top + found.box.bottom) / 2 - middle[1]) < 6


def test_auto_takes_a_server_that_was_set_and_names_it(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layers add up, and the report says where the picture went."""
    monkeypatch.delenv("DELAMINATE_ENGINE", raising=False)
    monkeypatch.setenv("DELAMINATE_MASKS_URL", example)
    made = delaminate.split(scene(), "the red ball")
    assert made.exact
    assert any("For masks, pictures are sent to 127.0.0.1" in note for note in made.report.notes)


def test_a_busy_server_is_asked_again_and_what_it_costs_is_counted() -> None:
    """Twice refused, once answered: one call is paid."""
    busy = Scripted(503, "break")
    with counted() as calls:
        assert asked(busy.url, price=0.02) == ((),)
    assert len(busy.asked) == 3
    assert [(row.purpose, row.calls, row.cost) for row in calls.rows] == [("masks", 1, 0.02)]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ([401], "does not accept the key"),
        ([404], "nothing at this address"),
        ([500], "out of order"),
        (["slow"], "did not answer within 0.5 seconds"),
        (["words"], "no object"),
        ([{"things": 5}], "without a list of things"),
        ([{"things": [{"score": 1, "box": [0, 0, 9999, 5], "mask": ""}]}], "outside the picture"),
        ([{"things": [{"score": 1, "box": [0, 0, 5, 5], "mask": "!"}]}], "cannot be read"),
    ],
)
def test_every_failure_is_one_sentence_and_asked_once(script: list[Any], said: str) -> None:
    """What will not go better, or may have cost already, is not tried again."""
    failing = Scripted(*script)
    with pytest.raises(StageFailed, match=said):
        asked(failing.url, timeout=0.5 if script == ["slow"] else 60.0)
    assert len(failing.asked) == 1


def test_a_server_that_is_down_is_left_alone() -> None:
    """After three failures in a row the next job ends at once, without a request."""
    down = Scripted(503, 503, 503)
    with pytest.raises(StageFailed, match="is busy"):
        asked(down.url)
    with pytest.raises(StageFailed, match="is left alone for"):
        asked(down.url)
    assert len(down.asked) == 3


def test_what_is_refused_is_no_failure_of_the_server() -> None:
    """A picture that is too large, three times, leaves it open to the next job."""
    strict = Scripted(413, 413, 413)
    for _ in range(3):
        with pytest.raises(StageFailed, match="did not accept"):
            asked(strict.url)
    assert asked(strict.url) == ((),)


def test_auto_takes_the_next_choice_while_a_server_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded segmenter, at once."""
    down = Scripted(503, 503, 503)
    with pytest.raises(StageFailed):
        asked(down.url)
    monkeypatch.setenv("DELAMINATE_MASKS_URL", down.url)
    monkeypatch.delenv("DELAMINATE_ENGINE", raising=False)
    assert delaminate.split(scene(), "the red ball").engine == "embedded"
    assert len(down.asked) == 3


@pytest.mark.parametrize(("price", "cost"), [("0.5", 0.5), ("", None)])
def test_the_report_tells_calls_and_cost(
    example: str, price: str, cost: float | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also in the folder that is written; without a price the cost is not told."""
    monkeypatch.setenv("DELAMINATE_MASKS_URL", example)
    monkeypatch.setenv("DELAMINATE_MASKS_PRICE", price)
    monkeypatch.delenv("DELAMINATE_ENGINE", raising=False)
    made = delaminate.split(scene(), "the red ball")
    (row,) = made.report.calls
    assert (row.server, row.purpose, row.calls, row.cost) == (example[7:-6], "masks", 1, cost)
    assert row.seconds > 0
    delaminate.save(made, tmp_path / "layers")
    assert read_result(tmp_path / "layers").report.calls == (row,)


def test_a_price_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sentence."""
    monkeypatch.setenv("DELAMINATE_MASKS_PRICE", "cheap")
    with pytest.raises(StageFailed, match="DELAMINATE_MASKS_PRICE must be a number from 0"):
        asked("http://127.0.0.1:9")


def test_a_mask_of_its_box_becomes_the_outline() -> None:
    """Trimmed to what it covers."""
    mask = np.zeros((20, 30), np.uint8)
    mask[5:15, 10:20] = 255
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "PNG")
    thing = {
        "query": "red ball",
        "score": 0.8,
        "box": [40, 50, 70, 70],
        "mask": base64.b64encode(file.getvalue()).decode(),
    }
    ((found,),) = asked(Scripted({"things": [thing]}).url)
    assert found.box == Box(50, 55, 60, 65)
    assert found.mask.all()


def test_without_an_address_it_says_what_to_set() -> None:
    """In a sentence."""
    assert RemoteMasks().missing() == "set DELAMINATE_MASKS_URL to the address of a server"
