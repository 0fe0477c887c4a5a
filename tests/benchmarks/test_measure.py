"""The benchmarks' own measuring."""

import sys
from collections.abc import Iterator

import pytest
from measure import Ratio, change, child, lost, paired, table

RATIO = Ratio("flatten", 3.0, 0.1, 0.3, "s", "Pillow", 3.0)


def test_a_ratio_is_the_median_over_pairs() -> None:
    """The first pair only warms up, and the ratio is taken pair by pair: here 2, 4 and 9 times slower."""
    now = [0.0]
    mine, others = iter([50.0, 1.0, 2.0, 1.0]), iter([1.0, 2.0, 8.0, 9.0])

    def spend(durations: Iterator[float]) -> None:
        now[0] += next(durations)

    ours, theirs, ratio = paired(lambda: spend(mine), lambda: spend(others), 3, clock=lambda: now[0])
    assert (ours, theirs, ratio) == (1.0, 8.0, 4.0)


def test_a_child_is_charged_its_own_memory_and_time() -> None:
    """One that touches 300 MB has a peak above that; an idle one does not."""
    large = child([sys.executable, "-c", "x = bytearray(300 << 20); print(len(x))"])
    small = child([sys.executable, "-c", "pass"])
    assert large.peak > 300
    assert small.peak < 300
    assert large.printed == f"{300 << 20}\n"
    assert 0 < large.cpu < 60


def test_a_child_that_fails_is_not_measured() -> None:
    """A crash is no fast run."""
    with pytest.raises(RuntimeError, match="ended with 3"):
        child([sys.executable, "-c", "raise SystemExit(3)"])


@pytest.mark.parametrize(
    ("before", "is_lost", "told"), [(3.0, False, "+0%"), (3.7, False, "-19%"), (3.8, True, "-21%  LOST")]
)
def test_a_loss_of_more_than_a_fifth_is_pointed_out(before: float, is_lost: bool, told: str) -> None:
    """And less is not."""
    assert lost(RATIO, {"flatten": before}) is is_lost
    assert change(RATIO, {"flatten": before}) == told


def test_what_was_never_measured_is_new_not_lost() -> None:
    """A first run has nothing to lose."""
    assert change(RATIO, {}) == "new"
    assert not lost(RATIO, {})


def test_the_table_marks_missed_goals() -> None:
    """A goal that is met is told without remark."""
    slow = Ratio("split", 2.0, 1, 2, "s", "LayerD", 20)
    lines = table([RATIO, slow], {}).splitlines()
    assert "MISSED" not in lines[2]
    assert "20 MISSED" in lines[3]
    assert len({line.count("|") for line in lines}) == 1
