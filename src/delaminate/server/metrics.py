"""What Prometheus sees; one registry a process, handed to whoever counts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.stage_seconds = Histogram(
            "delaminate_job_stage_seconds",
            "Wall clock of one step of a job.",
            ["stage"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.jobs = Counter("delaminate_jobs_total", "Jobs that ended, by status.", ["status"], registry=self.registry)
        self.queue = Gauge("delaminate_jobs_active", "Jobs by active status.", ["status"], registry=self.registry)
        self.requests = Counter(
            "delaminate_requests_total", "Answered requests.", ["method", "status"], registry=self.registry
        )
