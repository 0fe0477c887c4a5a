"""What Prometheus sees; one registry a process, handed to whoever counts."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


def resident_bytes() -> float:
    """Memory that this process holds now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def together(registry: CollectorRegistry, others: str) -> bytes:
    """The text of a registry and of another process's text, each metric once."""
    families = {one.name: one for one in registry.collect()}
    for family in text_string_to_metric_families(others):
        if family.name in families:
            families[family.name].samples += family.samples
        else:
            families[family.name] = family
    both = CollectorRegistry()
    both.register(_Collected(list(families.values())))
    return generate_latest(both)


class _Collected:
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        """What was collected."""
        merged = []
        for family in self._families:
            sums: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    key = sample.name, tuple(sorted(sample.labels.items()))
                    sums[key] = sums.get(key, 0.0) + sample.value
            one = Metric(family.name, family.documentation, family.type)
            for (name, labels), value in sums.items():
                one.add_sample(name, dict(labels), value)
            merged.append(one)
        return merged


class Metrics:
    """The counters of one process, which calls itself by a name."""

    def __init__(self, process: str = "api") -> None:
        self.registry = CollectorRegistry()
        self.stage_seconds = Histogram(
            "delaminate_job_stage_seconds",
            "Wall clock of one step of a job.",
            ["stage"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.jobs = Counter("delaminate_jobs_total", "Jobs that ended, by status.", ["status"], registry=self.registry)
        self.queue_age = Gauge(
            "delaminate_queue_age_seconds",
            "How long the job that waits longest has been waiting; what to scale workers by.",
            registry=self.registry,
        )
        self.memory = Gauge(
            "delaminate_resident_bytes",
            "Memory of this process; that of the worker beside it is told as its own.",
            ["process"],
            registry=self.registry,
        )
        self.queue = Gauge("delaminate_jobs_active", "Jobs by active status.", ["status"], registry=self.registry)
        self.requests = Counter(
            "delaminate_requests_total", "Answered requests.", ["method", "status"], registry=self.registry
        )
        self.memory.labels(process).set_function(resident_bytes)
