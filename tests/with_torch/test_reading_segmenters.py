"""Segmenters that read, as small random models of the real classes: contract, and the libraries' own arithmetic."""

from pathlib import Path

import numpy as np
import pytest
import torch

from contracts.segmenter_suite import SegmenterSuite, facts, scene
from delaminate.contracts import Kind, Plan, Segmenter, Target, no_tick
from delaminate.errors import BadInput, StageFailed
from delaminate.pixels import Box
from delaminate.stages.segmentation.cutouts import full_size
from delaminate.stages.segmentation.grounded_sam import GroundedSam
from delaminate.stages.segmentation.pixel_values import IMAGENET, pixel_values
from delaminate.stages.segmentation.sam3 import Sam3
from with_torch import tiny


@pytest.fixture(scope="session")
def grounded(tmp_path_factory: pytest.TempPathFactory) -> GroundedSam:
    """Grounded SAM that believes every detection."""
    folder = tmp_path_factory.mktemp("grounded")
    dino, sam = tiny.grounding_dino(folder / "dino"), tiny.sam2(folder / "sam")
    return GroundedSam(str(dino), str(sam), threshold=0.001)


@pytest.fixture(scope="session")
def sam3(tmp_path_factory: pytest.TempPathFactory) -> Sam3:
    """SAM 3 that believes every finding."""
    return Sam3(str(tiny.sam3(tmp_path_factory.mktemp("sam3"))), threshold=0.001)


class TestGroundedSam(SegmenterSuite):
    """Grounding DINO and SAM 2.1."""

    @pytest.fixture
    def segmenter(self, grounded: GroundedSam) -> Segmenter:
        """The one of the session."""
        return grounded


class TestSam3(SegmenterSuite):
    """SAM 3."""

    @pytest.fixture
    def segmenter(self, sam3: Sam3) -> Segmenter:
        """The one of the session."""
        return sam3


def test_detections_are_the_librarys_own(grounded: GroundedSam) -> None:
    """The same boxes as its processor finds, for a question of two names."""
    from transformers import AutoTokenizer, GroundingDinoForObjectDetection
    from transformers.models.grounding_dino.processing_grounding_dino import GroundingDinoProcessor

    rgb = scene()
    with torch.inference_mode():
        ours = grounded._read(grounded.prepare(rgb), ["blue ball", "red ball"], no_tick)
        model = GroundingDinoForObjectDetection.from_pretrained(grounded.detector).eval()
        words = AutoTokenizer.from_pretrained(grounded.detector)("blue ball. red ball.", return_tensors="pt")
        answer = model(pixel_values=pixel_values(rgb, 1200, 800, IMAGENET), **words)
    post = GroundingDinoProcessor.post_process_grounded_object_detection
    shell = object.__new__(GroundingDinoProcessor)
    shell.batch_decode = lambda ids: ids
    theirs = post(shell, answer, words["input_ids"], threshold=0.001, target_sizes=[(1, 1)])[0]["boxes"].clamp(0, 1)
    mine = np.array(sorted(c.corners for found in ours.values() for c in found))
    assert np.allclose(mine, np.array(sorted(theirs.tolist())), atol=1e-4)


def test_the_picture_is_prepared_as_the_library_does(grounded: GroundedSam) -> None:
    """On a smooth picture to within the two ways of scaling."""
    from transformers import GroundingDinoImageProcessorPil

    y, x = np.mgrid[:900, :1350]
    rgb = np.dstack([x // 6, y // 4, (x + y) // 9]).astype(np.uint8)
    theirs = GroundingDinoImageProcessorPil()(images=rgb, return_tensors="pt")["pixel_values"]
    ours = pixel_values(rgb, theirs.shape[3], theirs.shape[2], IMAGENET)
    assert float((ours - theirs).abs().max()) < 0.03


@pytest.mark.parametrize(("width", "height"), [(300, 200), (37, 410), (1, 1), (64, 64)])
def test_masks_are_enlarged_as_the_library_does(width: int, height: int) -> None:
    """Bilinear between cell centres; of all pixels at most one in five hundred on the border differs."""
    torch.manual_seed(7)
    coarse = torch.nn.functional.interpolate(torch.randn(1, 1, 8, 8), (64, 64), mode="bicubic")
    theirs = torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")[0, 0].numpy() > 0
    ours = np.zeros((height, width), np.bool_)
    found = full_size(coarse[0, 0].numpy(), width, height)
    if found is not None:
        ours[found[0].slices] = found[1]
    assert (ours != theirs).mean() <= 0.002


def test_the_picture_is_encoded_once_for_all_targets(grounded: GroundedSam, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many targets and plans there are."""
    prepared, sam = grounded.prepare(scene()), grounded._sam()
    looks: list[int] = []
    encode = sam.get_image_embeddings

    def counted(values: torch.Tensor) -> object:
        looks.append(1)
        return encode(values)

    monkeypatch.setattr(sam, "get_image_embeddings", counted)
    plan = Plan(tuple(Target(f"ball {n}", noun="ball", box=Box(n, n, n + 50, n + 60)) for n in range(5)))
    grounded(prepared, plan)
    grounded(prepared, plan)
    assert looks == [1]


def test_a_target_without_words_is_answered_as_by_the_embedded_segmenter(grounded: GroundedSam) -> None:
    """Text, shapes and everything."""
    plan = Plan((Target("the title", Kind.TEXT, text_role="title"),))
    plain = grounded.plain
    rgb = scene()
    assert facts(grounded(grounded.prepare(rgb), plan)) == facts(plain(plain.prepare(rgb), plan))


def test_sam3_takes_a_box_without_words(sam3: Sam3) -> None:
    """It is asked with the box as its processor would hand it over; what it finds there is the answer."""
    pytest.importorskip("torchvision")
    prepared = sam3.prepare(scene())
    _, model = sam3._loaded()
    asked: list[torch.Tensor] = []
    model.geometry_encoder.register_forward_pre_hook(
        lambda _, __, given: asked.append(given["box_embeddings"]), with_kwargs=True
    )
    target = Target("", name="here", box=Box(30, 40, 90, 120))
    found = sam3._marked(prepared, target, {})
    assert [round(v, 4) for v in asked[0].flatten().tolist()] == [0.2, 0.4, 0.2, 0.4]
    assert all(0 <= value <= 1 for cutout in found for value in cutout.corners)


def test_damaged_weights_end_in_a_sentence(tmp_path: Path) -> None:
    """Which names the engine."""
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(StageFailed, match="sam3"):
        Sam3(str(tmp_path)).prepare(scene())


def test_a_threshold_out_of_range_is_refused() -> None:
    """When the stage is made."""
    with pytest.raises(BadInput):
        GroundedSam(threshold=1.5)
