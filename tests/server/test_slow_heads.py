"""A connection over which the head of a request does not come is closed; others are not."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from installation import free_port

from delaminate.server.api.connection import PatientConnection

_SECONDS = 2.0
"""So long that a busy machine, too, has sent a second request before it is given up."""
_ANSWERED_IN = 3.0


class Hasty(PatientConnection):
    """As the service's own, which waits 20 s."""

    head_seconds = _SECONDS


async def _slowly(scope: Any, receive: Any, send: Any) -> None:
    """An application that takes longer over an answer than a head may take to come."""
    if scope["type"] != "http":
        return
    await asyncio.sleep(_ANSWERED_IN if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server with such connections."""
    chosen = free_port()
    server = uvicorn.Server(
        uvicorn.Config(_slowly, host="127.0.0.1", port=chosen, http=Hasty, log_config=None, lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield chosen
    server.should_exit = True
    thread.join()


def _until_closed(connection: socket.socket, patience: float = 20) -> None:
    connection.settimeout(patience)
    while connection.recv(1 << 12):
        pass


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-More: "])
def test_a_head_that_does_not_come_is_not_waited_for(port: int, sent: bytes) -> None:
    """Nothing at all, half a line, half a head."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(sent)
        _until_closed(slow)
    assert _SECONDS <= time.monotonic() - began < 10


def test_a_head_that_comes_letter_by_letter_is_not_waited_for(port: int) -> None:
    """Each letter is no reason to begin to wait anew."""
    with socket.create_connection(("127.0.0.1", port)) as slow:
        began = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            _dribble(slow, b"GET / HTTP/1.1\r\nX-Slow: " + b"a" * 200)
        assert time.monotonic() - began < 10


def _dribble(connection: socket.socket, content: bytes) -> None:
    for letter in content:
        connection.sendall(bytes((letter,)))
        time.sleep(0.1)


def test_an_answer_may_take_longer_and_a_connection_goes_on_after_it(port: int) -> None:
    """The second request comes over the same connection; then nothing does, and it is closed."""
    with socket.create_connection(("127.0.0.1", port)) as patient:
        patient.settimeout(10)
        for path in (b"/slow", b"/quick"):
            patient.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"ok"):
                answer += patient.recv(1 << 12) or pytest.fail("closed before it answered")
        began = time.monotonic()
        _until_closed(patient)
    assert time.monotonic() - began < 10
