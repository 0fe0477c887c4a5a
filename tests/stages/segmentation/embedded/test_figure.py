"""The figure network: where its file is looked for, what is said without it, what it sees where it is at hand."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

import delaminate
from delaminate.contracts import Kind, Plan, Target
from delaminate.errors import LicenceForbids, UnknownName
from delaminate.models import weights
from delaminate.models.checkpoints import checkpoint
from delaminate.stages.segmentation.embedded.figure import (
    KINDS,
    FigureNetwork,
    figure_network,
    why_no_figure_network,
)
from delaminate.stages.segmentation.embedded.segmenter import Embedded
from delaminate.stages.segmentation.embedded.sessions import session_of
from photographs import photograph


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no program has kept any model yet, and no settings."""
    for name in ("U2NET_HOME", "DELAMINATE_FIGURE", "DELAMINATE_COMMERCIAL_SAFE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path / "models"))
    return tmp_path


def test_it_looks_in_our_own_folder_first_and_then_where_other_programs_keep_it(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U2NET_HOME names their folder where it is set."""
    places = [bare / "models/u2netp/u2netp.onnx", bare / "home/.u2net/u2netp.onnx"]
    assert list(weights.places(checkpoint("u2netp"))) == places
    monkeypatch.setenv("U2NET_HOME", str(bare / "theirs"))
    assert list(weights.places(checkpoint("u2netp")))[1] == bare / "theirs/u2netp.onnx"


def test_without_its_file_there_is_none_and_one_command_is_named(bare: Path) -> None:
    """An expected state, not an error."""
    assert figure_network() is None
    assert why_no_figure_network() == "u2netp.onnx is not on this machine; fetch it: delaminate models pull"


def test_another_file_of_that_name_is_not_used_and_said(bare: Path) -> None:
    """Wherever it lies."""
    (bare / "home/.u2net").mkdir(parents=True)
    (bare / "home/.u2net/u2netp.onnx").write_bytes(b"not a network")
    assert figure_network() is None
    assert "SHA-256 differs" in why_no_figure_network()


def test_a_setting_chooses_another_network(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it lacks is said by its name."""
    monkeypatch.setenv("DELAMINATE_FIGURE", "birefnet-lite")
    assert figure_network() is None
    assert why_no_figure_network().endswith("fetch it: delaminate models pull birefnet-lite")
    monkeypatch.setenv("DELAMINATE_FIGURE", "u3net")
    with pytest.raises(UnknownName, match="names no figure network 'u3net'; there are: u2netp"):
        figure_network()


def test_one_that_may_not_earn_money_is_refused_where_that_matters(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its licence."""
    monkeypatch.setenv("DELAMINATE_FIGURE", "isnet")
    monkeypatch.setenv("DELAMINATE_COMMERCIAL_SAFE", "1")
    with pytest.raises(LicenceForbids, match=r"isnet.*AGPL-3\.0"):
        figure_network()


def brightness(side: int, weights: tuple[float, float, float], bias: float) -> bytes:
    """A network of the given size whose answer is a sum of the three channels it is fed, and a second answer."""
    shape = [1, 3, side, side]
    kernel = helper.make_tensor("kernel", TensorProto.FLOAT, [1, 3, 1, 1], weights)
    nodes = [
        helper.make_node("Conv", ["x", "kernel", "bias"], ["y"]),
        helper.make_node("Neg", ["y"], ["other"]),
    ]
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, side, side]) for name in ("y", "other")],
        [kernel, helper.make_tensor("bias", TensorProto.FLOAT, [1], [bias])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def answer(
    kind: str, level: int, weights: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3), bias: float = 0
) -> float:
    """What a network of that kind says of a picture of one grey."""
    network = FigureNetwork(session_of(brightness(KINDS[kind].side, weights, bias)), KINDS[kind])
    return float(network(np.full((90, 70, 3), level, np.uint8)).mean())


def test_levels_are_fed_as_each_network_learned_them() -> None:
    """IS-Net: (level - 128) / 256. BiRefNet: ImageNet's mean and deviation, log odds out. U²-Net: by the brightest."""
    assert answer("isnet", 192, (0.5, 0.25, 0.25)) == pytest.approx(0.25, abs=1e-3)
    fed = (200 / 255 - 0.485) / 0.229
    assert answer("birefnet-lite", 200, (1, 0, 0)) == pytest.approx(1 / (1 + np.exp(-fed)), abs=1e-4)
    whole = (1 - 0.406) / 0.225
    assert answer("u2netp", 100, (0, 0, 1), -whole + 0.5) == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("name", KINDS)
def test_real_weights_cut_out_what_stands_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the networks whose file is on this machine: the coffee is figure, the table is not; bytes are repeated."""
    monkeypatch.setenv("DELAMINATE_FIGURE", name)
    monkeypatch.delenv("DELAMINATE_COMMERCIAL_SAFE", raising=False)
    network = figure_network()
    if network is None:
        pytest.skip(why_no_figure_network())
    picture = photograph("coffee")
    found = network(picture)
    assert (found.shape, str(found.dtype)) == ((400, 600), "float32")
    assert 0 <= found.min() <= found.max() <= 1
    assert found[60:340, 220:360].mean() > 0.9
    assert max(found[:, :50].mean(), found[:, 530:].mean()) < 0.1
    again, sixteen = network.of_crops([picture, picture.astype(np.uint16) * 257])
    np.testing.assert_array_equal(again, found)
    np.testing.assert_array_equal(sixteen, found)


def test_a_photograph_says_what_one_command_would_add(bare: Path) -> None:
    """Once, with the command; a drawing on a clean ground does without, and so does who asks for text alone."""
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    things, words = Plan((Target("the dog", noun="dog", name="dog"),)), Plan((Target("text", Kind.TEXT),))
    said = Embedded().wants(noise, things)
    assert said.endswith("u2netp.onnx is not on this machine; fetch it: delaminate models pull.")
    assert not Embedded().wants(np.full((120, 160, 3), 240, np.uint8), things)
    assert not Embedded().wants(noise, words)
    report = delaminate.split(noise, "the dog").report
    assert [note for note in report.notes if "models pull" in note] == [said]
