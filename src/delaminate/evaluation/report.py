"""The report page: tables, then every trial with its pictures, the worst first. One HTML file beside the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from delaminate.evaluation.tables import COLUMNS, cell, summarise
from delaminate.evaluation.trial import Trial
from delaminate.version import __version__

_KEY = (
    '<p class="key quiet">In the differences <i style="background:#e66e14"></i> is what was missed, '
    '<i style="background:#1e64dc"></i> what was taken too much. The fill is compared where the targets stood, '
    "four times amplified; black is right.</p>"
)


def write_report(trials: Sequence[Trial], out: Path) -> None:
    """Write `out`/report.html; its pictures are those the trials left in `out`/<engine>/<scene>/report/."""
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    engines = list(dict.fromkeys(trial.engine for trial in trials))
    worst_first = sorted(trials, key=lambda trial: (trial.score, trial.scene, trial.engine))
    page = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        f"<title>Layer stacks: {escape(', '.join(engines))}</title>",
        f'<meta name="viewport" content="width=device-width"><style>{style}</style>',
        f"<h1>Layer stacks</h1><p class=quiet>{len({t.scene for t in trials})} scenes, measured by delaminate "
        f"{__version__}. Score: soft-IoU of visible alpha under the best pairing, 1 is perfect.</p>",
    ]
    for engine in engines:
        page += [f"<h2>{escape(engine)}</h2>", _table([t for t in trials if t.engine == engine])]
    page += ["<h2>Scenes, worst first</h2>", _KEY, *(_article(trial, out) for trial in worst_first), "</html>"]
    (out / "report.html").write_text("\n".join(page) + "\n", encoding="utf-8")


def _table(trials: Sequence[Trial]) -> str:
    head = "".join(
        f"<th>{heading}</th>" for heading in ("family", "n", *(h for _, h, _ in COLUMNS), "LayerD L1", "LayerD IoU")
    )
    rows = []
    for family, row in summarise(trials).items():
        cells = [cell(row[field], digits) for field, _, digits in COLUMNS]
        layerd = [cell(row[field][0] if row[field] else None, 3) for field in ("layerd_rgb_l1", "layerd_alpha_iou")]
        values = "".join(f"<td>{value}</td>" for value in (escape(family), row["scenes"], *cells, *layerd))
        rows.append(f"<tr>{values}</tr>")
    return f'<div class="wide"><table><tr>{head}</tr>{"".join(rows)}</table></div>'


def _grade(value: float) -> str:
    return "good" if value >= 0.75 else "fair" if value >= 0.4 else "bad"


def _article(trial: Trial, out: Path) -> str:
    """One trial: what was asked, the figures, input and targets with differences, the layers found."""
    head = (
        f'<article class="{_grade(trial.score)}" id="{escape(trial.engine)}-{escape(trial.scene)}"><header>'
        f"<h3>{escape(trial.scene)}</h3><span class=quiet>{escape(trial.family)} · {escape(trial.engine)}</span>"
        f'<span class="score">{trial.score:.3f}</span></header><blockquote>“{escape(trial.instruction)}”</blockquote>'
    )
    if trial.error:
        return f"{head}<p>{escape(trial.error)}</p></article>"
    base = f"{quote(trial.engine)}/{quote(trial.scene)}/report"
    stem = out / trial.engine / trial.scene / "report"
    asked = [_figure(f"{base}/input.webp", "input")]
    for k, (name, found, iou) in enumerate(zip(trial.targets, trial.found, trial.ious, strict=True)):
        words = escape(name) + (f" → {escape(found)}" if found else " → nothing")
        asked.append(_figure(f"{base}/difference-{k:02d}.webp", f"{words}, {iou:.2f}", iou))
    if trial.fill_l1 is not None:
        asked.append(_figure(f"{base}/fill-difference.webp", f"fill, {trial.fill_l1:.1f} levels off"))
    layers = [
        _figure(f"{base}/layer-{k:02d}.webp", escape(name))
        for k, name in enumerate(trial.names)
        if (stem / f"layer-{k:02d}.webp").exists()
    ]
    truth = [_figure(f"{base}/target-{k:02d}.webp", escape(name)) for k, name in enumerate(trial.targets)]
    return (
        f'{head}<p class="facts">{_facts(trial)}</p><div class="row">{"".join(asked)}</div>'
        f'<p class="quiet">What came out</p><div class="row">{"".join(layers)}</div>'
        f'<details><summary>What was asked for</summary><div class="row">{"".join(truth)}</div></details></article>'
    )


def _facts(trial: Trial) -> str:
    exact = "exact" if trial.recomposition_error == 0 else f"off by up to {trial.recomposition_error}"
    pairs = [
        ("layers", f"{trial.layers} for {len(trial.targets)} targets"),
        ("recomposition", exact),
        ("fill dB", cell(trial.fill_psnr, 1)),
        ("edge L1", cell(trial.edge_l1, 1)),
        ("spill", cell(trial.edge_spill, 2)),
        ("SAD", cell(trial.alpha_sad, 2)),
        ("LayerD L1 / IoU", f"{cell(trial.layerd_rgb_l1[0], 3)} / {cell(trial.layerd_alpha_iou[0], 3)}"),
        ("seconds", cell(trial.seconds, 1)),
    ]
    return "".join(f"<span>{name} <b>{value}</b></span>" for name, value in pairs)


def _figure(source: str, caption: str, bar: float | None = None) -> str:
    meter = "" if bar is None else f'<span class="bar {_grade(bar)}"><i style="width:{100 * bar:.0f}%"></i></span>'
    return f'<figure><img src="{source}" alt="" loading="lazy"><figcaption>{caption}{meter}</figcaption></figure>'
