"""Means over families as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from delaminate.evaluation.trial import Trial, mean

COLUMNS = (
    ("score", "score", 3),
    ("hit75", "hit 0.75", 3),
    ("fill_psnr", "fill dB", 2),
    ("fill_l1", "fill L1", 2),
    ("fill_logvar", "log-variance", 2),
    ("edge_l1", "edge L1", 2),
    ("edge_spill", "spill", 3),
    ("alpha_sad", "SAD", 3),
    ("recomposition_error", "max error", 0),
    ("differing_share", "differing", 4),
    ("seconds", "s", 2),
    ("cpu_per_layer", "cpu-s/layer/MP", 2),
)
"""Field of `Trial`, heading, digits."""

ALL = "all"

_LAYERD = "LayerD edit distance, by number of merges (RGB-L1, lower is better / alpha soft-IoU, higher is better):"


def families(trials: Sequence[Trial]) -> list[str]:
    """Their names, sorted, and "all" last."""
    return [*sorted({trial.family for trial in trials}), ALL]


def summarise(trials: Sequence[Trial]) -> dict[str, dict[str, Any]]:
    """Per family the means of every column (of the recomposition error the largest), LayerD's lists, and counts."""
    out: dict[str, dict[str, Any]] = {}
    for family in families(trials):
        chosen = [t for t in trials if family in (ALL, t.family)]
        row: dict[str, Any] = {"scenes": len(chosen), "failed": sum(bool(t.error) for t in chosen)}
        for field, _, _ in COLUMNS:
            row[field] = mean([getattr(t, field) for t in chosen])
        errors = [t.recomposition_error for t in chosen if t.recomposition_error is not None]
        row["recomposition_error"] = max(errors, default=None)
        for field in ("layerd_rgb_l1", "layerd_alpha_iou"):
            lists = [getattr(t, field) for t in chosen if getattr(t, field)]
            row[field] = [mean(column) for column in zip(*lists, strict=True)]
        out[family] = row
    return out


def cell(value: float | None, digits: int) -> str:
    """A number, or a dash."""
    return "–" if value is None else f"{value:.{digits}f}"


def as_markdown(trials: Sequence[Trial]) -> str:
    """Two tables per engine: ours, and LayerD's by number of edits."""
    parts = []
    for engine in dict.fromkeys(t.engine for t in trials):
        summary = summarise([t for t in trials if t.engine == engine])
        parts += [f"## {engine}", _table(summary), _LAYERD, _layerd(summary)]
    return "\n\n".join(parts) + "\n"


def _table(summary: dict[str, dict[str, Any]]) -> str:
    rows = [
        [family, str(row["scenes"]), str(row["failed"]), *(cell(row[field], digits) for field, _, digits in COLUMNS)]
        for family, row in summary.items()
    ]
    return _markdown(["family", "n", "failed", *(heading for _, heading, _ in COLUMNS)], rows)


def _layerd(summary: dict[str, dict[str, Any]]) -> str:
    rows = []
    for family, row in summary.items():
        steps = zip(row["layerd_rgb_l1"], row["layerd_alpha_iou"], strict=True)
        cells = [f"{cell(l1, 4)} / {cell(iou, 4)}" for l1, iou in steps]
        rows.append([family, *(cells or ["–"] * 6)])
    return _markdown(["family", *map(str, range(6))], rows)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(3, *(len(row[k]) for row in (head, *rows))) for k in range(len(head))]
    line = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def written(row: Sequence[str]) -> str:
        numbers = [value.rjust(width) for value, width in zip(row[1:], widths[1:], strict=True)]
        return f"| {' | '.join([row[0].ljust(widths[0]), *numbers])} |"

    return "\n".join(written(row) for row in (head, line, *rows))
