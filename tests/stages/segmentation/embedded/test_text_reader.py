"""Text is read where it stands and whichever way it runs."""

from typing import Any

import numpy as np
import pytest

from delaminate.errors import StageFailed
from delaminate.stages.segmentation.embedded import text_reader
from delaminate.stages.segmentation.embedded.text_reader import TextReader
from drawings import poster


@pytest.fixture(scope="module")
def reader() -> TextReader:
    """One reader for all tests, as its networks take a while to load."""
    return TextReader()


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_line_is_read_whichever_way_it_runs(reader: TextReader, quarters: int) -> None:
    """Upright, up and down the picture, and on its head."""
    pixels, ink = poster()
    (line,) = reader(np.ascontiguousarray(np.rot90(pixels, quarters)))
    assert line.text.replace(" ", "") == "HELLOWORLD"
    assert line.score > 0.9
    rows, columns = np.nonzero(np.rot90(ink, quarters))
    assert np.abs(line.quad.min(axis=0) - (columns.min(), rows.min())).max() <= 16
    assert np.abs(line.quad.max(axis=0) - (columns.max(), rows.max())).max() <= 16


def test_it_reads_what_rapidocr_reads(reader: TextReader) -> None:
    """The same networks, so the same words and, but for a pixel or two, the same corners."""
    rapidocr = pytest.importorskip("rapidocr")
    two = np.vstack([poster()[0], poster("Fresh coffee")[0]])
    theirs = rapidocr.RapidOCR(params={"Global.log_level": "error"})(np.ascontiguousarray(two[..., ::-1]))
    ours = sorted(reader(two), key=lambda line: line.quad[0, 1])
    assert [line.text for line in ours] == list(theirs.txts)
    assert np.abs(np.stack([line.quad for line in ours]) - theirs.boxes).max() <= 2


def test_a_ribbon_is_read(reader: TextReader) -> None:
    """A strip hardly higher than its letters, too."""
    pixels, ink = poster()
    rows = np.flatnonzero(ink.any(axis=1))
    ribbon = np.tile(pixels[rows[0] - 4 : rows[-1] + 5], (1, 2, 1))
    assert "".join(line.text for line in reader(ribbon)).replace(" ", "") == "HELLOWORLD" * 2


def test_a_tall_ribbon_is_not_enlarged_beyond_reason(reader: TextReader) -> None:
    """A strip of 31 × 2,000 was looked at as 736 × 47,000: the detector now sees a few megapixels."""
    seen: list[tuple[int, ...]] = []
    detector = reader._detector

    class Watched:
        def get_inputs(self) -> Any:
            return detector.get_inputs()

        def run(self, *given: Any) -> Any:
            seen.append(next(iter(given[1].values())).shape)
            return detector.run(*given)

    watched = TextReader()
    watched.__dict__["_detector"] = Watched()
    assert watched(np.full((2000, 31, 3), 230, np.uint8)) == []
    assert seen[0][2] * seen[0][3] < 5_000_000


def test_without_networks_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel that carries them is named."""
    monkeypatch.setattr(text_reader, "find_spec", lambda _: None)
    with pytest.raises(StageFailed, match="install rapidocr"):
        TextReader()(poster()[0])
