"""What was made once is not made again."""

import threading
import time
from pathlib import Path

import pytest

from delaminate.errors import StageFailed
from delaminate.models.cache import Cache, key_of


def test_a_result_is_made_once(tmp_path: Path) -> None:
    """The second time it comes from the folder."""
    cache = Cache(tmp_path)
    assert cache.once("ab", lambda: b"first") == b"first"
    assert Cache(tmp_path).once("ab", lambda: b"second") == b"first"


def test_ten_threads_asking_at_once_make_one_result(tmp_path: Path) -> None:
    """All wait for the one that was first."""
    made: list[int] = []

    def make() -> bytes:
        time.sleep(0.02)
        made.append(1)
        return b"x"

    threads = [threading.Thread(target=Cache(tmp_path).once, args=("k", make)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    """What raised is tried anew."""

    def fail() -> bytes:
        raise StageFailed("no")

    with pytest.raises(StageFailed):
        Cache(tmp_path).once("k", fail)
    assert Cache(tmp_path).once("k", lambda: b"well") == b"well"


def test_nothing_is_made_that_could_not_be_kept(tmp_path: Path) -> None:
    """A folder that cannot be written is refused before anything is paid."""
    (tmp_path / "file").write_text("in the way")
    paid: list[int] = []

    def pay() -> bytes:
        paid.append(1)
        return b""

    with pytest.raises(StageFailed, match="DELAMINATE_CACHE"):
        Cache(tmp_path / "file").once("k", pay)
    assert paid == []


def test_keys_tell_parts_apart() -> None:
    """Neither where a part ends nor whether it is text may be mistaken."""
    keys = {key_of("ab", "c"), key_of("a", "bc"), key_of(b"ab", "c"), key_of("1"), key_of(1)}
    assert len(keys) == 5
