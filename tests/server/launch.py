"""Starts the service with the tiny engine, for tests: `python launch.py serve PORT PAUSE DIARY` or `… worker 0 …`."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from tiny_engine import tiny_engine

from delaminate.server.app import create_app
from delaminate.server.logs import set_up
from delaminate.server.settings import Settings
from delaminate.server.worker import run_worker

if __name__ == "__main__":
    what, port, pause, diary = sys.argv[1:5]
    set_up()
    engine = tiny_engine(float(pause), Path(diary))
    if what == "worker":
        run_worker(Settings(), engines=lambda _: engine)
    else:
        app = create_app(
            Settings(),
            engines=lambda _: engine,
            inpaint_models=("content-aware",),
            with_worker=what == "serve",
        )
        uvicorn.run(app, host="127.0.0.1", port=int(port), log_config=None, access_log=False)
