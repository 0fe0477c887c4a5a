"""Calibrate a trained network on validation scenes, measure the engine with and without it, and ship it only if it is
better.

    python training/publish.py network.pt network.art validation.pkl --package src/delaminate/stages/segmentation

Half of the validation scenes set the calibration, the other half is measured; both go through the engine's own
planner and segmenter. Prints a JSON object and, with `--package`, writes `network.onnx`, `network.npz` and
`training/published.json`. Refuses with exit code 1, writing nothing, when the engine with the network is not right
more often than the engine without it on scenes of every kind.

- choice: a phrase names one of six things; the share whose first finding overlaps that thing most, and by a quarter
  at least. Chance is one sixth.
- guess: the same when it must take something.
- masks: the same over the true masks, the network alone.
- not found: a phrase names something absent; the share that ends as not found.
- lost: a phrase names something that is there; the share that ends as not found.
- right: mean of choice and not found.
"""

from __future__ import annotations

import argparse
import json
import pickle
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from network import Network as Trained
from numpy.typing import NDArray
from proposed import Scene
from sklearn.linear_model import LogisticRegression

from delaminate.contracts import Instruction
from delaminate.pixels import Mask, Rgb
from delaminate.stages.planning.grammar import Grammar
from delaminate.stages.segmentation.embedded import Embedded
from delaminate.stages.segmentation.network import Network, Seen, network_of
from delaminate.stages.segmentation.prepared import CLEAR, Prepared
from export import export

FOREIGN, UNNAMED = "drawn by code", "name held out"
"""Kinds of scenes: in a hand that it learned nothing from; of things whose names it never learned."""

LAST_LEG = {"shiny style held out": "style learned last", UNNAMED: "names learned last"}
"""What is no longer held out once every name is learned."""

FAMILIAR = 0.92
"""Share of the calibration scenes in hands it learned, or nearly, that count as familiar."""

NOT_FOUND = 0.85
"""Share of their absent phrases that are to end as not found; a little more than asked, as the engine asks further."""


def load(folder: Path) -> Network:
    """What `export` wrote."""
    session = onnxruntime.InferenceSession(str(folder / "network.onnx"), providers=["CPUExecutionProvider"])
    with np.load(folder / "network.npz") as stored:
        return network_of(session, stored)


def look(net: Network, glimpses: NDArray[np.uint8]) -> Seen:
    """`Network.look` for glimpses already taken."""
    fed = np.ascontiguousarray(glimpses.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    return Seen(*net.session.run(None, {"glimpses": fed}))


def calibrated(net: Network, kept: dict[str, list[Scene]]) -> Network:
    """The network with `trust`, `familiar` and `absent` fitted to how the best proposal for a phrase turns out."""
    agreement, right = [], []
    absences: list[tuple[float, float]] = []
    for kind, scenes in kept.items():
        for scene in scenes:
            seen = look(net, scene.glimpses)
            scores = [net.agreement(seen, name) for name in (*scene.present, *scene.absent)]
            agreement += [float(s.max()) for s in scores]
            right += [
                bool(scene.overlaps[int(s.argmax()), k] > 0.4) for k, s in enumerate(scores[: len(scene.present)])
            ]
            right += [False] * len(scene.absent)
            clear = [i for i, thing in enumerate(scene.things) if thing.score >= CLEAR]
            familiarity = net.familiarity(Seen(seen.worth[clear], seen.vectors[clear])) if len(clear) > 1 else -1.0
            if kind not in {FOREIGN, UNNAMED}:
                absences += [(familiarity, float(s.max())) for s in scores[len(scene.present) :]]
    model = LogisticRegression(C=1e4).fit(np.array(agreement)[:, None], np.array(right))
    slope, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
    hands, best = np.array(absences).T
    familiar = float(np.quantile(hands, 1 - FAMILIAR))
    point = float(np.quantile(np.where(hands >= familiar, best, 1.0), NOT_FOUND))
    absent = float(1 / (1 + np.exp(-slope * point - offset)))
    return replace(net, trust=(slope, offset), absent=absent, familiar=familiar)


def prepared(scene: Scene, net: Network | None) -> Prepared:
    """The scene as the engine has it after proposing."""
    seen = Prepared(scene.crowd.rgb, lambda _: (), 12, lambda: net)
    seen.__dict__["plain"] = seen.view
    seen.__dict__["possible"] = scene.things
    return seen


def figures(known: list[Scene], net: Network | None) -> dict[str, float]:
    """See the module."""
    engine, planner = Embedded(taught=net is not None), Grammar()
    hit, guessed, masks, turned_away, lost = [], [], [], [], []
    for case in known:
        rgb = case.crowd.rgb
        seen = prepared(case, net)

        def first(phrase: str, absent: float, seen: Prepared = seen, rgb: Rgb = rgb) -> Mask | None:
            if net is not None:
                seen.network = replace(net, absent=absent)
            groups = engine(seen, planner(Instruction(f"the {phrase}"), rgb))
            found = next((found for group in groups for found in group), None)
            if found is None:
                return None
            mask = np.zeros(rgb.shape[:2], np.bool_)
            mask[found.box.slices] = found.mask
            return mask

        true = [m > 127 for m in case.crowd.masks]

        def right(mask: Mask | None, k: int, true: list[Mask] = true) -> bool:
            shares = [0.0 if mask is None else int((mask & t).sum()) / int((mask | t).sum()) for t in true]
            return int(np.argmax(shares)) == k and shares[k] >= 0.25

        own = None if net is None else look(net, case.true_glimpses)
        absent = 0.0 if net is None else net.absent
        for k, name in enumerate(case.present):
            mask, guess = first(name, absent), first(name, 0.0)
            lost.append(mask is None)
            hit.append(right(mask, k))
            guessed.append(right(guess, k))
            if net is not None and own is not None:
                masks.append(int(np.argmax(net.meant(own, name))) == k)
        turned_away += [first(name, absent) is None for name in case.absent]
    answer = {"choice": hit, "guess": guessed, "not found": turned_away, "lost": lost}
    shares = {key: float(np.mean(values)) for key, values in (answer | ({"masks": masks} if masks else {})).items()}
    shares["right"] = (shares["choice"] + shares["not found"]) / 2
    return {key: round(share, 3) for key, share in shares.items()}


def main() -> None:
    """Calibrate, measure, refuse or write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("state", type=Path)
    options.add_argument("art", type=Path, help="what learn.py keeps of the corpus")
    options.add_argument("validation", type=Path, help="what validation.py wrote")
    options.add_argument("--all-names", action="store_true", help="the weights learned every name")
    options.add_argument("--package", type=Path, help="folder to write the weights into")
    given = options.parse_args()
    art, _ = pickle.loads(given.art.read_bytes())
    art = replace(art, all_names=given.all_names)
    kept: dict[str, list[Scene]] = pickle.loads(given.validation.read_bytes())
    if given.all_names:
        kept = {LAST_LEG.get(kind, kind): scenes for kind, scenes in kept.items()}
    state = Trained()
    state.load_state_dict(torch.load(given.state, weights_only=True))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        export(state, art, folder, (1.0, 0.0), 0.0, 0.0)
        net = calibrated(load(folder), {kind: scenes[::2] for kind, scenes in kept.items()})
        export(state, art, folder, net.trust, net.absent, net.familiar)
        net = load(folder)
        told: dict[str, Any] = {
            "trust": net.trust,
            "absent": net.absent,
            "familiar": net.familiar,
            "scenes of each kind": len(kept["learned"]) // 2,
        }
        for kind, scenes in kept.items():
            told[kind] = {"with": figures(scenes[1::2], net), "without": figures(scenes[1::2], None)}
        print(json.dumps(told, indent=1))
        worse = [k for k in kept if told[k]["with"]["right"] <= told[k]["without"]["right"]]
        if worse:
            sys.exit(f"not published: no better than the training-free path on {', '.join(worse)}")
        if given.package:
            for file in folder.iterdir():
                shutil.copyfile(file, given.package / file.name)
            Path(__file__).with_name("published.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
