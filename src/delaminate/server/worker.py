"""The process that runs jobs, alone (`delaminate worker`) or beside the API (`delaminate serve`)."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from functools import partial

import sqlalchemy as sa

from delaminate.contracts import Stages
from delaminate.engines import engine, sharing
from delaminate.server.answers import Answers
from delaminate.server.blobs import Blobs, open_blobs
from delaminate.server.catalogue import Engines
from delaminate.server.database import assets, jobs, open_database
from delaminate.server.durable import Pace, Queue, Worker
from delaminate.server.looks import Looks
from delaminate.server.metrics import Metrics
from delaminate.server.settings import Settings
from delaminate.server.sweeper import Sweeper
from delaminate.server.workflows.job import transient
from delaminate.server.workflows.pack import Packing
from delaminate.server.workflows.revise import Revision
from delaminate.server.workflows.separate import Separation

_LOOK_SECONDS = 2.0
"""How often a worker looks whether whoever started it is still there."""


def configured_engines(settings: Settings, blobs: Blobs) -> Engines:
    """The engine of the settings, with any inpaint model; each is built once a process.

    What its stages pay for is kept in the store, so that no two workers pay for the same.
    """
    shared = Answers(blobs)
    built: dict[str, Stages] = {}
    lock = threading.Lock()

    def named(inpaint_model: str) -> Stages:
        with lock:
            if inpaint_model not in built:
                built[inpaint_model] = sharing(engine(settings.engine, inpaint_model), shared)
            return built[inpaint_model]

    return named


class RunningWorker:
    """A worker with its sweeper.

    Parameters
    ----------
    engines : None takes those of the settings.
    looks : the pictures that the API of this process has looked at; None where there is none.
    """

    def __init__(
        self, settings: Settings, metrics: Metrics, engines: Engines | None = None, looks: Looks | None = None
    ) -> None:
        tables = open_database(settings.tables_url)
        blobs = open_blobs(settings.storage_url, settings.data / "blobs")
        looks = looks or Looks()
        bench = (tables, blobs, engines or configured_engines(settings, blobs), metrics, settings.max_pixels)
        workflows = {
            "separate": Separation(*bench, looks).separate,
            "revise": Revision(*bench, looks).revise,
            "pack": Packing(tables, blobs).pack,
        }
        pace = Pace(
            settings.worker_jobs,
            settings.poll_seconds,
            settings.lease_seconds,
            settings.attempts,
            1_000_000 * settings.worker_megapixels,
        )
        self._tables = tables
        self._patience = settings.drain_seconds
        self._worker = Worker(settings.engine_url, workflows, transient, pace, partial(_pixels, tables))
        self._queue = Queue(settings.engine_url)
        self._sweeper = Sweeper(
            tables, blobs, self._queue, settings.restore_days, settings.link_hours, 3 * settings.lease_seconds
        )
        threading.Thread(target=self._sweeper.run, args=(settings.sweep_seconds,), name="sweeper", daemon=True).start()

    def stop(self) -> None:
        """Finish what takes little, leave the rest to others."""
        self._sweeper.stopped.set()
        self._worker.stop(self._patience)
        self._queue.close()
        # A file of SQLite is whole without its companions once everybody has let go of it.
        self._tables.dispose()


def _pixels(tables: sa.Engine, job_id: str) -> int:
    """Pixels of the picture that a job works on; 0 where it works on none."""
    with tables.connect() as connection:
        job = jobs.get(connection, job_id)
        image = None if job is None else job.request.get("image")
        found = assets.get(connection, [image], job.project_id, deleted=True) if job is not None and image else {}
    return sum(asset.width * asset.height for asset in found.values())


def run_worker(
    settings: Settings,
    metrics_port: int | None = None,
    engines: Engines | None = None,
    metrics_host: str = "0.0.0.0",
) -> None:
    """Run jobs until SIGTERM or SIGINT, after which the process has ended.

    Steps that did not end in time are dropped with it: others go on with them at once.
    """
    settings.make_folder()
    if hasattr(os, "nice"):
        os.nice(settings.worker_niceness)
    metrics = Metrics("worker")
    if metrics_port is not None:
        from prometheus_client import start_http_server

        start_http_server(metrics_port, addr=metrics_host, registry=metrics.registry)
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    worker = RunningWorker(settings, metrics, engines)
    parent = int(os.environ.get("DELAMINATE_PARENT", "0"))
    with contextlib.suppress(KeyboardInterrupt):
        # Whoever started it and was killed cannot stop it any more.
        while not ended.wait(_LOOK_SECONDS) and parent in (0, os.getppid()):
            continue
    worker.stop()
    logging.shutdown()
    sys.stderr.flush()
    os._exit(0)
