"""What was paid for is kept in the store, where every worker finds it."""

from functools import partial
from pathlib import Path

from delaminate.engines import engine, sharing
from delaminate.models.cache import Cache
from delaminate.server.answers import Answers
from delaminate.server.blobs import open_blobs


def test_two_workers_pay_once(tmp_path: Path) -> None:
    """The second has another folder and the same store; it makes nothing."""
    made: list[str] = []

    def pay(name: str) -> bytes:
        made.append(name)
        return b"an answer"

    for worker in ("one", "two"):
        answers = Answers(open_blobs("", tmp_path / "blobs"))
        cache = Cache(tmp_path / worker, shared=answers)
        assert cache.once("ab12", partial(pay, worker)) == b"an answer"
    assert made == ["one"]


def test_an_engines_stages_are_told_of_the_store(tmp_path: Path) -> None:
    """Those that pay; the others stay what they are."""
    answers = Answers(open_blobs("", tmp_path / "blobs"))
    stages = engine("embedded")
    assert sharing(stages, answers) == stages
