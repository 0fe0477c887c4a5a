"""Decoding cannot stall the service: it happens elsewhere, behind a bounded queue, with an end to time and memory."""

from __future__ import annotations

import base64
import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from installation import Installation
from PIL import Image

from conftest import drawn, png
from delaminate.errors import BadInput, PictureTooLarge, UnreadablePicture
from delaminate.server.decoding import Decoders
from delaminate.server.errors import Busy
from delaminate.server.gate import Gate

LOOK = {"maxPixels": 100_000_000}


def repeated(scans: int, size: int) -> bytes:
    """A JPEG that repeats its last scan: a hundred kilobytes, and work for as long as one likes."""
    file = io.BytesIO()
    Image.new("L", (size, size), 90).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * scans + b"\xff\xd9"


@pytest.fixture
def small() -> Iterator[Decoders]:
    """One process, one place, a second and 300 MB."""
    decoders = Decoders(1, 1, 1.0, 300)
    yield decoders
    decoders.close()


def test_a_decoder_that_takes_too_long_is_killed_and_the_next_picture_is_read(small: Decoders) -> None:
    """As many scans as are allowed, of a large picture: after the processor time that is given there is a sentence."""
    with pytest.raises(UnreadablePicture, match="longer than 1 seconds"):
        small.run("look", LOOK, repeated(80, 6000), owner="a")
    told, _ = small.run("look", LOOK, png(drawn()), owner="a")
    assert told == {"format": "PNG", "width": 120, "height": 40}


def test_a_picture_that_needs_too_much_memory_is_a_sentence(small: Decoders) -> None:
    """100 MP of 12 kB; the process lives on."""
    large = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(large, "PNG")
    with pytest.raises(PictureTooLarge, match="more memory"):
        small.run("look", LOOK, large.getvalue(), owner="a")
    assert small.run("look", LOOK, png(drawn()), owner="a")[0]["width"] == 120


def test_a_full_queue_says_when_to_come_back_and_no_project_takes_all_of_it() -> None:
    """One works, three may wait; the fifth is sent away, and a third of one project too."""
    gate, leave = Gate(1, 3, 30), threading.Event()

    def work(owner: str) -> None:
        with gate.entered(owner):
            leave.wait(20)

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work, owner) for owner in ("a", "a", "b", "b")]
        while gate.taken < 4:
            time.sleep(0.01)
        with pytest.raises(Busy) as caught, gate.entered("c"):
            pass
        leave.set()
        for one in working:
            one.result()
    assert caught.value.seconds > 0
    leave.clear()
    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(work, "a") for _ in range(2)]
        while gate.taken < 2:
            time.sleep(0.01)
        with pytest.raises(Busy), gate.entered("a"):
            pass
        leave.set()
    with gate.entered("a"):
        assert gate.taken == 1


def test_who_waits_too_long_for_a_place_is_sent_away() -> None:
    """And leaves nothing behind."""
    gate = Gate(1, 3, patience=0.05)
    with gate.entered("a"), pytest.raises(Busy), gate.entered("b"):
        pass
    assert gate.taken == 0


def test_bombs_of_a_hundred_kilobytes_do_not_silence_the_service(service: Installation, http: httpx.Client) -> None:
    """Two JPEGs of 1,200 scans with 40 small uploads beside them held `/readyz` for 30 s."""
    bomb = base64.b64encode(repeated(1200, 1900)).decode()
    small = base64.b64encode(png(drawn())).decode()

    def post(image: str) -> httpx.Response:
        return http.post("/assets", json={"name": "x", "image": image}, timeout=120)

    slowest, done = 0.0, threading.Event()
    with ThreadPoolExecutor(44) as pool:
        answers = [pool.submit(post, image) for image in (bomb, bomb, *[small] * 40)]
        while not done.is_set():
            started = time.monotonic()
            assert httpx.get(f"{service.url}/readyz", timeout=60).status_code == 200
            slowest = max(slowest, time.monotonic() - started)
            if all(one.done() for one in answers):
                done.set()
    told = [one.result() for one in answers]
    for number in range(2):  # a bomb may be sent away too, where the small ones were before it
        while told[number].status_code == 503:
            time.sleep(1)
            told[number] = post(bomb)
    assert [one.status_code for one in told[:2]] == [400, 400]
    assert "scans" in told[0].json()["reason"]
    assert {one.status_code for one in told[2:]} <= {200, 503}
    assert slowest < 15  # the tests share a machine


def test_every_kind_that_is_read_can_be_uploaded(http: httpx.Client) -> None:
    """JPEG 2000 was an inner fault: nobody had named its media type."""
    file = io.BytesIO()
    drawn().save(file, "JPEG2000")
    body = {"name": "x", "image": base64.b64encode(file.getvalue()).decode()}
    answer = http.post("/assets", json=body)
    assert (answer.status_code, answer.json()["asset"]["mimeType"]) == (200, "image/jp2")


def test_a_decoder_that_dies_is_no_fault_of_the_server() -> None:
    """Whatever made it die, the picture gets the sentence and the next one another process."""
    decoders = Decoders(1, 1, 5.0, 500)
    try:
        process = decoders._idle[0]
        process._child.terminate()  # which it does not heed
        process._child.kill()
        process._child.wait()
        with pytest.raises((BadInput, Busy)):
            decoders.run("look", LOOK, png(drawn()), owner="a")
        assert decoders.run("look", LOOK, png(drawn()), owner="a")[0]["width"] == 120
    finally:
        decoders.close()
