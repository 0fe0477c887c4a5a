"""The pages on engines name what there is."""

import re
from pathlib import Path

import pytest

from delaminate.engines import ENGINES, stage_names
from delaminate.models.checkpoints import CHECKPOINTS, Checkpoint

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/engines/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("known", CHECKPOINTS, ids=lambda c: c.name)
def test_the_table_of_weights_is_the_catalogue(known: Checkpoint) -> None:
    """Name, source, size, licence, and whether it may earn money."""
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| {known.name} |"))
    _, name, source, size, licence, commercial, access, _ = (cell.strip() for cell in row.split("|"))
    assert (name, source, size) == (known.name, known.comes_from, known.size)
    assert licence.startswith(known.licence.removesuffix(" License"))
    assert (commercial == "yes", access.startswith("on request")) == (known.commercial, known.gated)


def test_every_engine_and_inpainter_is_named() -> None:
    """In the tables or beside them."""
    absent = {name for name in (*ENGINES, *stage_names("inpainter")) if name not in PAGE}
    assert absent == set()


def test_every_setting_in_the_code_is_explained() -> None:
    """Environment variables of ours."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    used = set(
        re.findall(
            r"DELAMINATE_(?:MODELS(?:_MIRROR)?|FIGURE|DEVICE|OFF\w+|COMM\w+|CACHE|PLANNER_\w+|LAYERS_\w+|FILL_\w+|MASKS_\w+|LAMA|BIREF\w+)",
            code,
        )
    )
    assert {name for name in used if name not in PAGE} == set()
