"""The trained network: what it sees, what it knows, and what the embedded engine makes of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from delaminate.contracts import Kind, Plan, Target
from delaminate.evaluation.generation.catalogue import THINGS, draw, thing
from delaminate.models import onnx_session
from delaminate.stages.segmentation.embedded.network import SIDE, Network, glimpse_of, parts_of, trained_network
from delaminate.stages.segmentation.embedded.segmenter import Embedded, Untaught
from delaminate.stages.segmentation.embedded.things import thing_of
from drawings import Mask, Picture, balls

PLAIN = ("heart", "crate", "car", "pine tree", "sword", "clock")
"""Things that the generator draws plainly enough for the network, which learned them from pictures in other hands."""


def shelf(nouns: tuple[str, ...] = PLAIN, seed: int = 3) -> tuple[Picture, dict[str, Mask]]:
    """Drawn things in two rows on a pale ground, with the mask of each."""
    rng = Random(seed)
    canvas = np.full((460, 640, 3), (236, 232, 224), np.uint8)
    masks: dict[str, Mask] = {}
    for place, noun in enumerate(nouns):
        drawn = draw(thing(noun), 150, rng).pixels
        top, left = 40 + 210 * (place // 3), 40 + 200 * (place % 3)
        height, width = drawn.shape[:2]
        alpha = drawn[..., 3:].astype(np.float32) / 255
        spot = canvas[top : top + height, left : left + width]
        spot[:] = np.rint(drawn[..., :3] * alpha + spot * (1 - alpha)).astype(np.uint8)
        masks[noun] = np.zeros(canvas.shape[:2], np.bool_)
        masks[noun][top : top + height, left : left + width] = alpha[..., 0] > 0.5
    return canvas, masks


@pytest.fixture(scope="module")
def network() -> Network:
    """The one in the package."""
    found = trained_network()
    assert found is not None
    return found


def test_a_glimpse_is_the_region_with_a_little_around_it() -> None:
    """Square, centred, its last channel the mask; what lies outside the picture repeats its edge."""
    rgb = np.zeros((50, 80, 3), np.uint8)
    rgb[:, :40] = 200
    mask = np.zeros((50, 80), np.bool_)
    mask[10:30, 0:20] = True
    seen = glimpse_of(rgb, mask)
    assert seen.shape == (SIDE, SIDE, 4)
    assert seen.dtype == np.uint8
    assert seen[SIDE // 2, SIDE // 2].tolist() == [200, 200, 200, 255]
    assert seen[SIDE // 2, 0].tolist() == [200, 200, 200, 0]
    share = float((seen[..., 3] > 127).mean())
    assert share == pytest.approx((20 / 26) ** 2, abs=0.05)


def test_a_word_spelled_otherwise_is_nearly_the_same_word(network: Network) -> None:
    """Letter groups carry over; case, accents of punctuation and order of parts do not matter."""
    assert parts_of("Rubber-Duck!").tolist() == parts_of("rubber duck").tolist()
    right, wrong, other = network.of_phrases(["saxophone", "saxofone", "watermelon"])
    assert float(right @ wrong) > 0.3 + float(right @ other)


def test_things_it_has_only_seen_in_other_hands_are_told_apart(network: Network) -> None:
    """Among six things drawn by code the one that is named, far more often than by chance."""
    nouns = [thing.noun for thing in THINGS]
    right = []
    for start in range(0, len(nouns) - 5, 6):
        pixels, masks = shelf(tuple(nouns[start : start + 6]))
        seen = network.look(pixels, list(masks.values()))
        right += [int(network.meant(seen, noun).argmax()) == k for k, noun in enumerate(masks)]
    assert np.mean(right) >= 0.45


def test_the_same_look_gives_the_same_bytes(network: Network) -> None:
    """Alone or among others."""
    pixels, masks = shelf()
    first, again = (network.look(pixels, list(masks.values())) for _ in range(2))
    assert first.vectors.tobytes() == again.vectors.tobytes()
    assert first.worth.tobytes() == again.worth.tobytes()
    assert network.look(pixels, []).vectors.shape == (0, first.vectors.shape[1])


def target_of(noun: str) -> Plan:
    """One thing by its name."""
    return Plan((Target(f"the {noun}", noun=noun, name=noun),))


def test_the_engine_picks_what_a_word_means() -> None:
    """Wherever it lies; without the network place and size decide, whatever the word."""
    pixels, masks = shelf(PLAIN)

    def picked(engine: Embedded, noun: str) -> str:
        ((found, *_),) = engine(engine.prepare(pixels), target_of(noun))
        return max(masks, key=lambda other: int((masks[other][found.box.slices] & found.mask).sum()))

    assert sum(picked(Embedded(), noun) == noun for noun in PLAIN) >= 4
    assert sum(picked(Untaught(), noun) == noun for noun in PLAIN) <= 2


def test_what_is_plainly_not_there_is_not_found(network: Network) -> None:
    """Where things look familiar, or the word is unknown. Where they do not, a guess seldom has half confidence."""
    pixels, _ = shelf(PLAIN)
    engine = Embedded()
    prepared = engine.prepare(pixels)
    absent = [target_of(noun) for noun in ("tractor", "penguin", "whale", "helicopter")]
    prepared.network = replace(network, familiar=-1.0)
    assert sum(engine(prepared, plan) == ((),) for plan in absent) >= 3
    assert engine(prepared, target_of("zog")) == ((),), "a word that means nothing is not in the picture"
    foreign = engine.prepare(pixels)
    foreign.network = replace(network, familiar=1.0)
    guesses = [found for plan in absent for (found,) in [engine(foreign, plan)]]
    assert sum(not found or found[0].confidence < 0.5 for found in guesses) >= 3


def test_as_much_as_stands_out_may_be_asked_for() -> None:
    """Three things, three names in a hand it never saw: each name gets a thing of its own, and none is missing."""
    pixels, masks = shelf(("book", "apple", "rocket"))
    engine = Embedded()
    plan = Plan(tuple(target for noun in masks for target in target_of(noun).targets))
    answers = engine(engine.prepare(pixels), plan)
    taken = set()
    for answer in answers:
        (found,) = answer
        taken.add(max(masks, key=lambda noun: int((masks[noun][found.box.slices] & found.mask).sum())))
    assert taken == set(masks)


def test_a_point_marks_the_whole_thing_under_it() -> None:
    """Not its half, which the judge of regions is told to like a little better; without the network that decides."""
    pixels, masks = shelf()

    def whole(engine: Embedded, noun: str) -> bool:
        prepared = engine.prepare(pixels)
        mask = prepared.view.reduced(masks[noun])
        ys, xs = np.nonzero(mask)
        half = mask.copy()
        half[:, round(xs.mean()) :] = False
        things = [thing_of(prepared.plain, half, 0.52), thing_of(prepared.plain, mask, 0.5)]
        prepared.__dict__["possible"] = things
        left = int(np.flatnonzero(half[ys[len(ys) // 2]])[0])
        found = prepared.under(left, int(ys[len(ys) // 2]))
        assert found is not None
        return found.mask is things[1].mask

    assert sum(whole(Embedded(), noun) for noun in PLAIN) >= 4
    assert not any(whole(Untaught(), noun) for noun in PLAIN)


def test_layers_of_everything_get_the_names_of_what_they_are() -> None:
    """Where the network is sure of it."""
    pixels, _ = shelf()
    engine = Embedded()
    (answer,) = engine(engine.prepare(pixels), Plan((Target("everything", Kind.ANYTHING, count=None),)))
    names = [found.name for found in answer]
    assert len({name for name in names for noun in PLAIN if noun in name}) >= 2, names


def test_without_onnxruntime_things_are_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read and nothing known by name, but nothing fails either."""
    monkeypatch.setattr(onnx_session, "find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    trained_network.cache_clear()
    pixels, masks = balls()
    engine = Embedded()
    (answer,) = engine(engine.prepare(pixels), Plan((Target("every object", count=None),)))
    trained_network.cache_clear()
    assert len(answer) == len(masks)
