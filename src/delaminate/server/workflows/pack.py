"""The workflow that packs assets into a zip."""

from __future__ import annotations

import mimetypes
import re
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from delaminate.server.blobs import Blobs
from delaminate.server.database import assets, jobs
from delaminate.server.database.assets import Asset
from delaminate.server.documents import ArchiveRequest
from delaminate.server.durable import Step, StepFailed

_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{name}{n}" for name in ("COM", "LPT") for n in "0123456789¹²³")}
"""Names that Windows keeps for devices, whatever ending they have."""


@dataclass(frozen=True)
class Packing:
    """Packs; files are named by a template with {name}, {id}, {index} and {ext}."""

    tables: sa.Engine
    blobs: Blobs

    def pack(self, job_id: str, step: Step) -> None:
        """The workflow of one archive."""
        try:
            step("pack", self.write, job_id)
        except StepFailed as failed:
            step("fail", self.fail, job_id, str(failed))

    def write(self, job_id: str) -> None:
        """Write the archive into the store; nothing is held in memory but one asset."""
        with self.tables.begin() as connection:
            job = jobs.get(connection, job_id)
            if job is None or not jobs.move(connection, job_id, "in-progress"):
                return
            request = cast(ArchiveRequest, job.request)
            found = assets.get(connection, request["assetIds"], job.project_id)
        rows = [found[one] for one in request["assetIds"] if one in found]
        with tempfile.TemporaryFile() as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, row in zip(file_names(rows, request["template"]), rows, strict=True):
                    archive.writestr(name, self.blobs.get(f"assets/{row.id}"))
            file.seek(0)
            self.blobs.put(f"downloads/{job_id}", file)
        with self.tables.begin() as connection:
            jobs.move(connection, job_id, "success", progress=1.0)

    def fail(self, job_id: str, reason: str) -> None:
        """End the job as a failure."""
        with self.tables.begin() as connection:
            jobs.move(connection, job_id, "failure", metadata={"error": reason})


def file_names(rows: Sequence[Asset], template: str) -> list[str]:
    """Plain, unlike names for assets, on Windows too, where case tells no files apart; none leads into a folder."""
    names, taken = list[str](), set[str]()
    for index, row in enumerate(rows):
        extension = mimetypes.guess_extension(row.mime_type) or ".bin"
        facts = {"{name}": row.name, "{id}": row.id, "{index}": str(index), "{ext}": extension[1:]}
        text = template
        for mark, value in facts.items():
            text = text.replace(mark, value)
        stem = re.sub(r"[^\w. ()-]+", "-", text).strip(". -")[:150] or row.id
        stem = stem.removesuffix(extension)
        if stem.partition(".")[0].rstrip().upper() in _DEVICES:
            stem = f"-{stem}"
        name, number = f"{stem}{extension}", 2
        while name.casefold() in taken:
            name, number = f"{stem}-{number}{extension}", number + 1
        names.append(name)
        taken.add(name.casefold())
    return names
