"""The segmenter of lite, with small networks whose answers can be foretold; tests/with_torch has the real classes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.segmenter_suite import scene
from delaminate.contracts import Kind, Plan, Target
from delaminate.errors import BadInput, StageFailed
from delaminate.pixels import Box
from delaminate.stages.segmentation.lite.cutter import EfficientSam
from delaminate.stages.segmentation.lite.detectors import DinoLite, OwlVit, _clip_tokens, missing
from delaminate.stages.segmentation.lite.segmenter import Lite, better
from lite_files import bert_words, clip_words, dino_file, efficientsam_file, owlvit_file

BOTH = Plan(
    (
        Target("the red ball", noun="ball", colours=("red",), name="red"),
        Target("the blue ball", noun="ball", colours=("blue",), name="blue"),
    )
)


@pytest.fixture
def owl(tmp_path: Path) -> OwlVit:
    """OWL-ViT's signature."""
    return OwlVit(str(owlvit_file(tmp_path / "owl.onnx")), str(clip_words(tmp_path / "clip.json")))


@pytest.fixture
def dino(tmp_path: Path) -> DinoLite:
    """Grounding DINO's signature."""
    return DinoLite(str(dino_file(tmp_path / "dino.onnx")), str(bert_words(tmp_path / "bert.txt")))


@pytest.fixture
def cutter(tmp_path: Path) -> EfficientSam:
    """EfficientSAM's signature."""
    return EfficientSam(str(efficientsam_file(tmp_path / "sam.onnx")))


def middle(box: Box) -> tuple[float, float]:
    """Of a box."""
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


@pytest.mark.parametrize("reader", ["owl", "dino"])
def test_names_find_their_things(reader: str, cutter: EfficientSam, request: pytest.FixtureRequest) -> None:
    """Both at once, each where it is, surely, and under its own name."""
    lite = Lite(detectors=(request.getfixturevalue(reader),), cutter=cutter)
    (red,), (blue,) = lite(lite.prepare(scene()), BOTH)
    assert middle(red.box) == pytest.approx((65, 75), abs=4)
    assert middle(blue.box) == pytest.approx((200, 80), abs=4)
    assert (red.name, blue.name) == ("red", "blue")
    assert min(red.confidence, blue.confidence) > 0.5


def test_without_the_cutter_the_embedded_segmenter_cuts(owl: OwlVit) -> None:
    """The ball inside the box, round as it is."""
    lite = Lite(detectors=(owl,), cutter=None)
    (red,), _ = lite(lite.prepare(scene()), BOTH)
    y, x = np.mgrid[:200, :300]
    truth = (x - 65) ** 2 + (y - 75) ** 2 <= 40**2
    found = np.zeros((200, 300), np.bool_)
    found[red.box.slices] = red.mask
    assert (found & truth).sum() / (found | truth).sum() > 0.9


def test_the_outline_that_stands_out_is_taken() -> None:
    """Of two, whichever agrees better with what the figure network sees."""

    def judge(rgb: Any) -> Any:
        return (rgb[..., 0] > 100).astype(np.float32)

    rgb = np.zeros((60, 80, 3), np.uint8)
    rgb[20:40, 30:50] = 200
    right = Box(30, 20, 50, 40), np.ones((20, 20), np.bool_)
    wrong = Box(20, 10, 50, 40), np.ones((30, 30), np.bool_)
    assert better(rgb, right, wrong, judge) == right  # type: ignore[arg-type]
    assert better(rgb, wrong, right, judge) == right  # type: ignore[arg-type]


def test_a_mark_is_cut_out_as_it_is(owl: OwlVit, cutter: EfficientSam) -> None:
    """Box and point, without words."""
    lite = Lite(detectors=(owl,), cutter=cutter)
    plan = Plan((Target("", name="here", box=Box(25, 35, 105, 115)), Target("", name="there", point=(200, 80))))
    (here,), (there,) = lite(lite.prepare(scene()), plan)
    assert middle(here.box) == pytest.approx((65, 75), abs=4)
    assert middle(there.box) == pytest.approx((200, 80), abs=4)


def test_text_is_read_and_what_is_not_there_is_not_found(owl: OwlVit, cutter: EfficientSam) -> None:
    """The embedded segmenter reads; it does not guess at what the detector was asked for in vain."""
    lite = Lite(detectors=(owl,), cutter=cutter)
    plan = Plan((Target("the title", Kind.TEXT, text_role="title"), Target("the zebra", noun="zebra")))
    title, zebra = lite(lite.prepare(scene()), plan)
    assert [one.text for one in title] == ["HARBOUR"]
    assert zebra == ()


def test_long_names_lose_words_but_not_their_end(tmp_path: Path) -> None:
    """Sixteen tokens, the last of them the sign of the end; short ones are padded and the padding does not count."""
    from tokenizers import Tokenizer

    ids, mask = _clip_tokens(Tokenizer.from_file(str(clip_words(tmp_path / "w.json"))), ["red ball", "red " * 30])
    assert ids.shape == (2, 16)
    assert (mask.sum(axis=1) == (4, 16)).all()
    assert (ids[0, 3], ids[1, -1]) == (1, 1)
    assert not ids[0, 4:].any()


def test_what_is_missing_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One pull fetches all of it."""
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path))
    assert Lite().missing() == "fetch the weights: delaminate models pull lite"
    assert "owlvit" in missing(OwlVit())


def test_a_file_that_is_another_model_is_refused(tmp_path: Path, owl: OwlVit) -> None:
    """In a sentence that says which inputs it has."""
    wrong = OwlVit(str(efficientsam_file(tmp_path / "other.onnx")), owl.words)
    lite = Lite(detectors=(wrong,), cutter=None)
    with pytest.raises(StageFailed, match="no OWL-ViT: it takes batched_images"):
        lite(lite.prepare(scene()), BOTH)
    (tmp_path / "junk.json").write_text("{")
    lite = Lite(detectors=(OwlVit(owl.weights, str(tmp_path / "junk.json")),), cutter=None)
    with pytest.raises(StageFailed, match="no tokenizer"):
        lite(lite.prepare(scene()), BOTH)


def test_a_threshold_out_of_range_is_refused() -> None:
    """When the stage is made."""
    with pytest.raises(BadInput):
        Lite(threshold=0.5)
