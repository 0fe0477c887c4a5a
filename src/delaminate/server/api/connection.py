"""A connection that is closed when no request comes over it."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


class PatientConnection(H11Protocol):
    """Uvicorn's own, which waits for ever for the rest of a head that somebody began to send."""

    head_seconds = 20.0
    """How long the head of a request may take to come."""

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """What comes after an answer begins a head, too."""
        begun = self.cycle is None or self.cycle.response_complete
        super().data_received(data)
        if begun and self.cycle is not None and not self.cycle.response_complete:
            self._late.cancel()
        elif begun and self._late.cancelled():
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._late.cancel()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._late: asyncio.TimerHandle = self.loop.call_later(self.head_seconds, self._hang_up)

    def _hang_up(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
