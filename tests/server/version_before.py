"""A worker of the version before, 0.1.0: its steps and what lay between them, up to the middle of a job.

`python version_before.py MARKER` writes a line into the file for every job that is half done. It works on `drawn()`.
The keys, the facts and the arrays are those of that version; nothing of today's splitting is used.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from conftest import COLOURS, drawn
from delaminate.server.blobs import Blobs, open_blobs
from delaminate.server.database import jobs, open_database
from delaminate.server.durable import Pace, Step, Worker
from delaminate.server.settings import Settings


def packed(facts: Mapping[str, Any], **arrays: NDArray[Any]) -> bytes:
    """An npz file with the facts as JSON, as that version wrote it."""
    file = io.BytesIO()
    members: dict[str, Any] = {"facts": np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays}
    np.savez(file, **members)
    return file.getvalue()


def box_of(number: int) -> tuple[int, int, int, int]:
    """Where a rectangle of the drawing is."""
    left = 6 + number * 30
    return (left, 10, left + 16, 30)


@dataclass(frozen=True)
class Before:
    """The workflows of that version."""

    tables: sa.Engine
    blobs: Blobs
    marker: Path

    def separate(self, job_id: str, step: Step) -> None:
        """Search, one layer, and then it hangs."""
        layers = int(step("search", self.search, job_id))
        step("layer 1", self.layer, job_id, 0, layers)
        step("layer 2", self.hang, job_id)

    def revise(self, job_id: str, step: Step) -> None:
        """One edit, and then it hangs."""
        step("begin", self.lay_out, job_id)
        step("edit 1", self.edit, job_id)
        step("edit 2", self.hang, job_id)

    def search(self, job_id: str) -> int:
        """Findings front to back as bits, and the whole picture."""
        self._begin(job_id)
        cuts, masks = [], {}
        for number in range(4):
            facts = {"name": f"box {number}", "confidence": 1.0, "text": None, "advice": "", "front": 0.0}
            cuts.append({"id": f"l{4 - number}", "target": 0, "box": box_of(number), "role": "object", **facts})
            masks[f"mask{number}"] = np.packbits(np.ones((20, 16), np.bool_))
        report = {"target": "every box", "outcome": "extracted", "advice": "", "layers": ["l1", "l2", "l3", "l4"]}
        self._put(job_id, "search.npz", packed({"cuts": cuts, "reports": [report], "lossy": False}, **masks))
        self._put(job_id, "remaining-0.npz", self._remaining(0))
        return 4

    def layer(self, job_id: str, number: int, layers: int) -> None:
        """The first rectangle, and the picture without it."""
        self._put(job_id, f"remaining-{number + 1}.npz", self._remaining(number + 1))
        self._put(job_id, f"layer-{number}.npz", self._layer(f"l{layers - number}", number))

    def lay_out(self, job_id: str) -> int:
        """The rows of the job that is revised."""
        rows = self._begin(job_id)["layers"]
        self._put(job_id, "rows-0.json", json.dumps(rows).encode())
        return 2

    def edit(self, job_id: str) -> None:
        """A layer made anew, packed beside the rows."""
        rows = json.loads(self.blobs.get(f"work/{job_id}/rows-0.json"))
        key = f"work/{job_id}/edit-0-1.npz"
        self.blobs.put(key, self._layer("l1", 3))
        rows[1] = {"id": "l1", "name": rows[1]["name"], "work": key}
        self._put(job_id, "rows-1.json", json.dumps(rows).encode())

    def hang(self, job_id: str) -> None:
        """Until it is killed."""
        with self.marker.open("a") as file:
            file.write(f"{job_id}\n")
        time.sleep(600)

    def _begin(self, job_id: str) -> dict[str, Any]:
        with self.tables.begin() as connection:
            jobs.move(connection, job_id, "in-progress", progress=0.01)
            job = jobs.get(connection, job_id)
        assert job is not None
        return job.request

    def _put(self, job_id: str, name: str, content: bytes) -> None:
        self.blobs.put(f"work/{job_id}/{name}", content)

    def _remaining(self, taken: int) -> bytes:
        rgb = np.asarray(drawn()).copy()
        uncovered = np.zeros(rgb.shape[:2], np.bool_)
        for number in range(taken):
            left, top, right, bottom = box_of(number)
            rgb[top:bottom, left:right], uncovered[top:bottom, left:right] = 235, True
        return packed({}, rgb=rgb, uncovered=np.packbits(uncovered))

    def _layer(self, layer_id: str, number: int) -> bytes:
        pixels = np.full((20, 16, 4), 255, np.uint8)
        pixels[..., :3] = COLOURS[number]
        facts = {"id": layer_id, "name": f"box {number}", "confidence": 1.0, "target": "every box", "text": None}
        return packed({**facts, "role": "object", "box": box_of(number)}, pixels=pixels)


if __name__ == "__main__":
    settings = Settings()
    before = Before(
        open_database(settings.tables_url),
        open_blobs(settings.storage_url, settings.data / "blobs"),
        Path(sys.argv[1]),
    )
    pace = Pace(settings.worker_jobs, settings.poll_seconds, settings.lease_seconds, settings.attempts)
    workflows = {"separate": before.separate, "revise": before.revise}
    worker = Worker(settings.engine_url, workflows, lambda _: False, pace)
    while True:
        time.sleep(1)
