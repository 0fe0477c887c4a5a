"""Instructions as users word them, with the layers each asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random

from delaminate.evaluation.generation.composition import Composition, Request

COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
SOLID = ("object", "part", "shape", "text", "glass", "smoke")
_ONE = ("isolate the {}", "extract the {}", "cut out the {}", "the {}", "separate the {} from the background")
_TWO = ("the {} and the {}", "extract the {} and the {}", "cut out the {} and the {}", "separate the {} and the {}")
_OBJECTS = ("extract every object", "every object on its own layer", "separate all objects", "cut out every object")
_ALL = (
    "every element as a separate layer",
    "separate all elements",
    "extract every element",
    "every item on its own layer",
)


def _request(scene: Composition, instruction: str, indices: Iterable[int], spare: int = 0) -> Request:
    chosen = list(indices)
    return Request(instruction, tuple((scene.pieces[k - 1].name, (k,)) for k in chosen), spare)


def called(scene: Composition, index: int) -> str:
    """The shortest words that mean only this piece: its noun, else its name."""
    piece = scene.pieces[index - 1]
    alone = Counter(p.noun for p in scene.pieces)[piece.noun] == 1
    return piece.noun if piece.noun and alone else piece.name


def everything(scene: Composition, rng: Random) -> Request:
    """All that is not background or shadow."""
    indices = scene.indices(*SOLID)
    if any(scene.pieces[k - 1].role == "glass" for k in indices) and rng.random() < 0.5:
        return _request(scene, "extract everything, including the glass", indices)
    return _request(scene, rng.choice(_ALL), indices)


def objects(scene: Composition, rng: Random) -> Request:
    """Every object and no text."""
    found = scene.indices("object")
    texts = scene.indices("text")
    if texts:
        return _request(scene, rng.choice(("extract every object, no text", "every object except the text")), found)
    if scene.indices("glass", "smoke"):
        return everything(scene, rng)
    return _request(scene, rng.choice(_OBJECTS), found)


def one(scene: Composition, rng: Random) -> Request:
    """One object by its noun, its colour, or where it stands."""
    found = scene.indices("object")
    index = rng.choice(found)
    ordered = sorted(found, key=lambda k: scene.pieces[k - 1].box.left + scene.pieces[k - 1].box.right)
    if len(found) > 2 and index in (ordered[0], ordered[-1]) and rng.random() < 0.3:
        side = "left" if index == ordered[0] else "right"
        return _request(scene, f"the {called(scene, index)} on the {side}", [index], rng.randint(0, 1))
    words = scene.pieces[index - 1].name if rng.random() < 0.4 else called(scene, index)
    return _request(scene, rng.choice(_ONE).format(words), [index], rng.randint(0, 1))


def two(scene: Composition, rng: Random) -> Request:
    """Two objects, or an object and the effect that goes with it."""
    found = scene.indices("object")
    effects = scene.indices("smoke")
    if effects:
        owner = next(k for k in reversed(found) if k < effects[-1])
        return _request(scene, f"the {called(scene, owner)} and its smoke", [owner, effects[-1]])
    if len(found) < 2:
        return one(scene, rng)
    pair = rng.sample(found, 2)
    return _request(scene, rng.choice(_TWO).format(*(called(scene, k) for k in pair)), pair, rng.randint(0, 1))


def group(scene: Composition, rng: Random) -> Request:
    """All of one kind: "every fruit separately", "separate all three animals"."""
    groups = Counter(p.group for p in scene.pieces if p.role == "object")
    name, count = rng.choice(groups.most_common(1))
    if count < 2:
        return objects(scene, rng)
    found = [k for k, p in enumerate(scene.pieces, 1) if p.group == name and p.role == "object"]
    if scene.indices("glass") and len(groups) == 1:
        return _request(scene, f"every {name.rstrip('s')}, no glass", found)
    nouns = {scene.pieces[k - 1].noun for k in found}
    plural = _plural(nouns.pop()) if len(nouns) == 1 else name
    counted = f"separate {'both' if count == 2 else 'all ' + COUNTS.get(count, str(count))} {plural}"
    return _request(
        scene, rng.choice((counted, f"extract every {name.rstrip('s')} separately", f"the {plural}")), found
    )


def _plural(noun: str) -> str:
    if noun in {"fish", "cherries"}:
        return noun
    return noun + "es" if noun.endswith(("s", "x", "ch")) else noun + "s"


def by_colour(scene: Composition, rng: Random) -> Request:
    """One object by colour and noun, among others."""
    index = rng.choice(scene.indices("object"))
    return _request(scene, rng.choice(_ONE).format(scene.pieces[index - 1].name), [index], rng.randint(0, 1))


def texts(scene: Composition, rng: Random) -> Request:
    """All text, one line of it, or the title and an object."""
    lines = scene.indices("text")
    title = next((k for k in lines if scene.pieces[k - 1].name in {"title", "headline"}), 0)
    way = rng.choice(("one layer", "title", "title and object", "each") if title else ("one layer", "each"))
    found = scene.indices("object")
    if way == "one layer":
        return Request("all text as one layer", (("all text", tuple(lines)),), 1)
    if way == "title":
        return _request(scene, rng.choice(("the headline", "extract the title", "isolate the title text")), [title], 1)
    if way == "title and object" and found:
        index = rng.choice(found)
        return _request(scene, f"separate the title text and the {called(scene, index)}", [title, index], 1)
    return _request(scene, "every text line on its own layer", lines)


def objects_and_text(scene: Composition, rng: Random) -> Request:
    """Everything in a poster, said with both words; shapes are objects too."""
    return _request(scene, rng.choice(("extract every object and text line", *_ALL)), scene.indices(*SOLID))


def shapes(scene: Composition, rng: Random) -> Request:
    """Every drawn shape, or two of them."""
    found = scene.indices("shape")
    if rng.random() < 0.6 or len(found) < 2:
        return _request(scene, rng.choice(("every shape on its own layer", "separate all shapes")), found)
    pair = rng.sample(found, 2)
    return _request(scene, rng.choice(_TWO).format(*(scene.pieces[k - 1].name for k in pair)), pair, 1)


def parts(scene: Composition, rng: Random) -> Request:
    """Some parts of a character; pairs of eyes are one layer."""
    found = scene.indices("part")
    names = [scene.pieces[k - 1].name for k in found]
    if rng.random() < 0.3:
        return Request("separate the monster from the background", (("monster", tuple(found)),), 0)
    keep = sorted(rng.sample(range(len(found)), rng.randint(2, len(found))))
    spoken = [names[k] for k in keep]
    listed = f"{', '.join(spoken[:-1])} and {spoken[-1]}"
    return _request(scene, f"{listed} as separate layers", [found[k] for k in keep])


def glass(scene: Composition, rng: Random) -> Request:
    """The pane apart from what it covers."""
    panes = scene.indices("glass")
    if not panes:
        return one(scene, rng)
    kind = scene.pieces[panes[0] - 1].noun
    if rng.random() < 0.5:
        return _request(scene, f"isolate the {kind}", panes[:1], 1)
    found = scene.indices("object")
    return _request(scene, f"separate the {kind} from the objects", [*found, panes[0]])


Wording = Callable[[Composition, Random], Request]
