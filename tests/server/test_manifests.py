"""The manifests for Kubernetes are what its API takes, and name commands, settings and metrics that exist."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from delaminate.server.metrics import Metrics
from delaminate.server.settings import Settings
from delaminate.version import __version__

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))


def documents(file: Path) -> list[dict[str, Any]]:
    """All objects of a file."""
    return [one for one in yaml.safe_load_all(file.read_text(encoding="utf-8")) if one]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_manifests_fit_the_schemas_of_kubernetes(file: Path) -> None:
    """Strictly: a key that is none is an error; and a wrong one is found."""
    if os.environ.get("CI") != "true":
        pytest.importorskip("kubernetes_validate")
    import kubernetes_validate

    version = kubernetes_validate.latest_version()
    assert documents(file)
    for one in documents(file):
        kubernetes_validate.validate(one, version, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**documents(file)[0], "metadata": {"nme": "x"}}, version, strict=True)


def test_settings_and_metrics_of_the_manifests_exist() -> None:
    """Every DELAMINATE_ variable is a setting, and workers are scaled by something that is measured."""
    everything = [one for file in FILES for one in documents(file)]
    names = [name for one in everything for name in {**one.get("data", {}), **one.get("stringData", {})}]
    ours = [name.removeprefix("DELAMINATE_").lower() for name in names if name.startswith("DELAMINATE_")]
    assert len(ours) >= 6
    assert set(ours) <= set(Settings.model_fields)
    scaler = next(one for one in everything if one["kind"] == "HorizontalPodAutoscaler")
    wanted = scaler["spec"]["metrics"][0]["external"]["metric"]["name"]
    assert wanted in {family.name for family in Metrics().registry.collect()}


def test_the_manifests_and_their_page_name_the_image_of_this_version() -> None:
    """The version is written in one place; what repeats it must agree."""
    page = FOLDER.parents[1] / "docs" / "how-to" / "serve-on-kubernetes.md"
    tags = [tag for file in (*FILES, page) for tag in re.findall(r"/delaminate:(\S+)", file.read_text("utf-8"))]
    assert len(tags) == 4
    assert set(tags) == {__version__}
