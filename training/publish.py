"""Fit the engine's judge of meaning to a network, measure the engine with and without them, and ship them only if
they are better.

    python training/publish.py network.art validation.pkl --state network.pt --workers 2 \
        --package src/delaminate/stages/segmentation

Without `--state` the network of the package stays and only what is fitted to it is made anew; that needs no torch.

The judge learns from scenes of its own (`meaning.py`). Half of the validation scenes set the calibration, the other
half is measured; both go through the engine's own planner and segmenter. Prints a JSON object and, with `--package`,
writes `network.onnx`, `network.npz`, `meaning.npz` and `training/published.json`. Refuses with exit code 1, writing
nothing, when the engine with the network is not right more often than the engine without it on scenes of every kind.

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
from meaning import judge_arrays
from proposed import Scene
from sklearn.linear_model import LogisticRegression

import delaminate.stages.segmentation.embedded
from delaminate.contracts import Instruction
from delaminate.pixels import Mask, Rgb
from delaminate.stages.planning.grammar.planner import Grammar
from delaminate.stages.segmentation.embedded.network import Network, network_in
from delaminate.stages.segmentation.embedded.objectness import Judge
from delaminate.stages.segmentation.embedded.prepared import Prepared
from delaminate.stages.segmentation.embedded.segmenter import Embedded

FOREIGN, UNNAMED = "drawn by code", "name held out"
"""Kinds of scenes: in a hand that it learned nothing from; of things whose names it never learned."""

LAST_LEG = {"shiny style held out": "style learned last", UNNAMED: "names learned last"}
"""What is no longer held out once every name is learned."""

FAMILIAR = 0.92
"""Share of the calibration scenes in hands it learned, or nearly, that count as familiar."""

NOT_FOUND = 0.86
"""Share of their absent phrases that are to end as not found; a little more than asked, as the engine asks further."""

FILES = ("network.onnx", "network.npz")


def trusted(net: Network, kept: dict[str, list[Scene]]) -> Network:
    """The network with `trust` fitted to how the region that agrees most with a phrase turns out."""
    agreement, right = [], []
    for scenes in kept.values():
        for scene in scenes:
            seen = scene.seen_by(net)
            scores = [net.agreement(seen, name) for name in (*scene.present, *scene.absent)]
            agreement += [float(s.max()) for s in scores]
            right += [
                bool(scene.overlaps[int(s.argmax()), k] > 0.4) for k, s in enumerate(scores[: len(scene.present)])
            ]
            right += [False] * len(scene.absent)
    model = LogisticRegression(C=1e4).fit(np.array(agreement)[:, None], np.array(right))
    return replace(net, trust=(float(model.coef_[0, 0]), float(model.intercept_[0])))


def calibrated(net: Network, kept: dict[str, list[Scene]]) -> Network:
    """The network with `familiar` and `absent` set by scenes in hands that it learned, or nearly."""
    absences: list[tuple[float, float]] = []
    for kind, scenes in kept.items():
        if kind not in {FOREIGN, UNNAMED}:
            for scene in scenes:
                seen = prepared(scene, net)
                likely = [seen.meant(name) for name in scene.absent]
                absences += [(seen.familiarity, float(m.max())) for m in likely if m is not None]
    hands, best = np.array(absences).T
    familiar = float(np.quantile(hands, 1 - FAMILIAR))
    absent = float(np.quantile(np.where(hands >= familiar, best, 1.0), NOT_FOUND))
    return replace(net, absent=absent, familiar=familiar)


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

        own = None if net is None else case.seen_by(net, true=True)
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
    """Fit, calibrate, measure, refuse or write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("art", type=Path, help="what learn.py keeps of the corpus")
    options.add_argument("validation", type=Path, help="what validation.py wrote")
    options.add_argument("--state", type=Path, help="what learn.py saved; default: the network of the package")
    options.add_argument("--scenes", type=int, default=700, help="for the judge of meaning to learn from")
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--all-names", action="store_true", help="the weights learned every name")
    options.add_argument("--package", type=Path, help="folder to write into")
    given = options.parse_args()
    kept: dict[str, list[Scene]] = pickle.loads(given.validation.read_bytes())
    if given.all_names:
        kept = {LAST_LEG.get(kind, kind): scenes for kind, scenes in kept.items()}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if given.state:
            exported(given.state, given.art, folder, all_names=given.all_names)
        else:
            for name in FILES:
                shutil.copyfile(Path(delaminate.stages.segmentation.embedded.__file__).with_name(name), folder / name)
        judge = judge_arrays(given.art, folder, given.scenes, given.workers, all_names=given.all_names)
        print("the judge of meaning has learned", flush=True)
        half = {kind: scenes[::2] for kind, scenes in kept.items()}
        net = calibrated(replace(trusted(network_in(folder, None), half), meaning=Judge(**judge)), half)
        fitted: dict[str, Any] = {"trust": net.trust, "absent": net.absent, "familiar": net.familiar}
        arrays: dict[str, Any] = fitted | {f"meaning_{key}": value for key, value in judge.items()}
        np.savez_compressed(folder / "meaning.npz", **arrays)
        told: dict[str, Any] = {**fitted, "scenes of each kind": len(kept["learned"]) // 2}
        for kind, scenes in kept.items():
            told[kind] = {"with": figures(scenes[1::2], net), "without": figures(scenes[1::2], None)}
            print(kind, told[kind], flush=True)
        print(json.dumps(told, indent=1))
        worse = [k for k in kept if told[k]["with"]["right"] <= told[k]["without"]["right"]]
        if worse:
            sys.exit(f"not published: no better than the training-free path on {', '.join(worse)}")
        if given.package:
            for file in folder.iterdir():
                shutil.copyfile(file, given.package / file.name)
            Path(__file__).with_name("published.json").write_text(json.dumps(told, indent=1) + "\n")


def exported(state: Path, art: Path, folder: Path, *, all_names: bool) -> None:
    """Write a trained network as the package ships it."""
    import torch
    from network import Network as Trained

    from export import export

    learned, _ = pickle.loads(art.read_bytes())
    trained = Trained()
    trained.load_state_dict(torch.load(state, weights_only=True))
    export(trained, replace(learned, all_names=all_names), folder)


if __name__ == "__main__":
    main()
