"""What was paid for, kept in the store for all workers: answers of language models, and pictures of providers."""

from __future__ import annotations

from dataclasses import dataclass

from delaminate.server.blobs import Blobs


@dataclass(frozen=True)
class Answers:
    """See `models.cache.Shared`; keys are hashes of everything an answer depends on, the picture included."""

    blobs: Blobs

    def get(self, key: str) -> bytes | None:
        """What is kept under a key; None where nothing is."""
        return self.blobs.get(f"answers/{key}") if self.blobs.size(f"answers/{key}") is not None else None

    def put(self, key: str, content: bytes) -> None:
        """Keep it."""
        self.blobs.put(f"answers/{key}", content)
