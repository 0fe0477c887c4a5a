"""Work on several threads in fixed parts."""

from __future__ import annotations

import threading
import time

import pytest

from delaminate.compiled import in_bands


def test_every_part_is_done_once_whatever_the_number_of_workers() -> None:
    """The parts are those of the count and the bands."""
    for workers in (1, 2, 5):
        parts: list[tuple[int, int]] = []
        in_bands(lambda a, b, parts=parts: parts.append((a, b)), 10, 4, workers)  # type: ignore[misc]
        assert sorted(parts) == [(0, 2), (2, 5), (5, 7), (7, 10)]


def test_work_in_bands_may_itself_work_in_bands() -> None:
    """Without waiting for threads that wait for it."""
    done: list[int] = []

    def outer(start: int, stop: int) -> None:
        in_bands(lambda a, b: done.extend(range(a, b)), 3 * (stop - start), 3, 2)

    asked = threading.Thread(target=in_bands, args=(outer, 40, 40, 2), daemon=True)
    asked.start()
    asked.join(60)
    assert not asked.is_alive()
    assert len(done) == 120


@pytest.mark.parametrize("failing", [0, 3])
def test_nothing_works_any_more_when_a_part_has_failed(failing: int) -> None:
    """Nobody writes to what the caller may now throw away."""
    ended: list[int] = []

    def work(start: int, _: int) -> None:
        if start == failing:
            raise ValueError("this part")
        time.sleep(0.05)
        ended.append(start)

    with pytest.raises(ValueError, match="this part"):
        in_bands(work, 4, 4, 3)
    before = list(ended)
    time.sleep(0.3)
    assert ended == before


def test_parts_are_worked_on_at_the_same_time() -> None:
    """Each waits for the other."""
    met = threading.Barrier(2, timeout=60)
    in_bands(lambda *_: met.wait(), 2, 2, 2)
    assert not met.broken
