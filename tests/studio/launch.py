"""Starts the studio with the service tests' tiny engine: `python launch.py PORT DATA PAUSE [keys]`."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))

from tiny_engine import tiny_engine

from delaminate.server.app import create_app
from delaminate.server.logs import set_up
from delaminate.server.settings import Settings

if __name__ == "__main__":
    port, data, pause = sys.argv[1:4]
    set_up()
    engine = tiny_engine(float(pause), None)
    settings = Settings(data=Path(data), sweep_seconds=2, lease_seconds=6, drain_seconds=0, poll_seconds=0.2)
    app = create_app(
        settings, engines=lambda _: engine, inpaint_models=("content-aware",), local="keys" not in sys.argv[4:]
    )
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=int(port),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run()
