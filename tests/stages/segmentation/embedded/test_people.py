"""Faces in pictures, and the regions that are people because of them."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.contracts import Instruction
from delaminate.models import weights
from delaminate.models.onnx_graph import Graph
from delaminate.pixels import Box
from delaminate.stages.planning.grammar.planner import Grammar
from delaminate.stages.segmentation.embedded.people import (
    FaceFinder,
    face_finder,
    face_of,
    faces,
    head_box,
    why_no_face_finder,
)
from delaminate.stages.segmentation.embedded.segmenter import Embedded
from delaminate.stages.segmentation.embedded.sessions import session_of
from photographs import photograph


def finder_of_red() -> FaceFinder:
    """A network as CenterFace is made, to which what is red is a face of 32 × 32 at the middle of its cell."""
    graph = Graph()
    given = graph.input("input.1", np.float32, [1, 3, "high", "wide"])

    def over_cells(red: float, blue: float, answers: int) -> str:
        kernel = np.zeros((answers, 3, 4, 4), np.float32)
        kernel[:, 0], kernel[:, 2] = red / 16 / 255, blue / 16 / 255
        return graph.node("Conv", [given, graph.array(kernel)], {"strides": [4, 4]})

    heat = graph.node("Relu", [over_cells(1, -1, 1)], name="heat")
    size = graph.node("Add", [over_cells(0, 0, 2), graph.array(np.array([np.log(8)], np.float32))], name="size")
    offset = graph.node("Identity", [over_cells(0, 0, 2)], name="offset")
    for name, count in ((heat, 1), (size, 2), (offset, 2)):
        graph.output(name, np.float32, [1, count, f"{name} high", f"{name} wide"])
    return FaceFinder(session_of(graph.model()))


def picture(spots: list[tuple[int, int]], height: int = 480, width: int = 640) -> NDArray[np.uint8]:
    """A grey picture with red squares of 4 × 4 pixels."""
    rgb = np.full((height, width, 3), 90, np.uint8)
    for x, y in spots:
        rgb[y : y + 4, x : x + 4] = (255, 0, 0)
    return rgb


def test_a_face_is_where_the_network_is_sure_of_its_middle() -> None:
    """Its box is in pixels of the picture, its sureness the network's."""
    found = finder_of_red()(picture([(200, 100), (400, 300)]))
    assert sorted(box for box, _ in found) == [Box(186, 86, 218, 118), Box(386, 286, 418, 318)]
    assert all(sure == pytest.approx(1, abs=0.01) for _, sure in found)


def test_answers_about_one_face_are_one() -> None:
    """The surest of those that overlap is kept."""
    assert len(finder_of_red()(picture([(200, 100), (204, 100), (208, 104)]))) == 1


def test_large_and_deep_pictures_are_looked_at_small() -> None:
    """A box comes back in the picture's own pixels, also at 16 bits; a grey picture has no faces."""
    large = np.repeat(np.repeat(picture([(200, 100)]), 3, axis=0), 3, axis=1)
    (box, _), = finder_of_red()(large.astype(np.uint16) * 257)  # fmt: skip
    assert box == Box(558, 258, 654, 354)
    assert finder_of_red()(picture([])) == ()


def test_a_face_at_the_edge_stays_in_the_picture() -> None:
    """Its box is cut there."""
    ((box, _),) = finder_of_red()(picture([(0, 0)]))
    assert (box.left, box.top) == (0, 0)


def test_what_has_a_face_in_its_upper_part_is_somebody() -> None:
    """Not what has one at its feet, only touches one, or carries one that is tiny: a poster."""
    face = (Box(40, 10, 60, 35), 0.9)
    body = np.zeros((200, 100), np.bool_)
    body[5:190, 25:75] = True
    assert face_of(body, [face]) == face
    assert face_of(body[::-1], [face]) == face
    assert face_of(body, [(Box(40, 160, 60, 185), 0.9)]) is None
    assert face_of(body, [(Box(65, 10, 95, 35), 0.9)]) is None
    assert face_of(np.ones((2000, 1000), np.bool_), [face]) is None
    assert face_of(np.zeros((200, 100), np.bool_), [face]) is None
    assert face_of(body, []) is None


def test_a_head_is_the_face_with_hair_and_chin() -> None:
    """Within the picture."""
    assert head_box(Box(100, 100, 140, 150), 400, 400) == Box(86, 78, 154, 156)
    assert head_box(Box(0, 0, 40, 50), 400, 400) == Box(0, 0, 54, 56)


def test_without_its_file_there_are_no_faces_and_one_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An expected state, not an error."""
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path))
    assert faces(picture([])) == ()
    assert why_no_face_finder() == "centerface.onnx is not on this machine; fetch it: delaminate models pull"


@pytest.mark.skipif(weights.installed("centerface") is None, reason="centerface.onnx is not on this machine")
def test_real_weights_find_the_astronaut_and_no_face_in_the_coffee() -> None:
    """Where the file is at hand: her face, once, the same twice over."""
    finder = face_finder()
    assert finder is not None
    ((box, sure),) = finder(photograph("astronaut"))
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((175, 65, 272, 195), abs=20)
    assert sure > 0.8
    assert finder(photograph("astronaut")) == ((box, sure),)
    assert finder(photograph("coffee")) == ()


@pytest.mark.skipif(weights.installed("centerface") is None, reason="centerface.onnx is not on this machine")
@pytest.mark.parametrize(("words", "top", "bottom"), [("the face", 47, 193), ("the head", 0, 211)])
def test_a_face_and_a_head_come_off_a_photograph(words: str, top: int, bottom: int) -> None:
    """The head has her hair, the face has not; neither has the suit."""
    picture = photograph("astronaut")
    segmenter = Embedded()
    plan = Grammar()(Instruction(words), picture)
    ((found,),) = segmenter(segmenter.prepare(picture), plan)
    assert found.confidence > 0.8
    assert (found.box.top, found.box.bottom) == pytest.approx((top, bottom), abs=15)
    mask = np.zeros(picture.shape[:2], np.bool_)
    mask[found.box.slices] = found.mask
    assert mask[100:170, 200:250].all()
    assert mask[30:45, 200:240].mean() == (1 if words == "the head" else 0)
    assert not mask[230:].any()
