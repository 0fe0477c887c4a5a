"""Things in places: sprites in landscapes, still lifes with shadows, smoke, glass, plain shapes, a monster in parts."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

from delaminate.evaluation.generation import wording
from delaminate.evaluation.generation.backdrops import GRAPHIC, LANDSCAPES, SURFACES, hills
from delaminate.evaluation.generation.catalogue import STYLES, THINGS, Drawn, Style, Thing, draw, thing
from delaminate.evaluation.generation.composition import Composition, Request
from delaminate.evaluation.generation.effects import bubble, cast_shadow, contact_shadow, glass_pane, smoke
from delaminate.evaluation.generation.palette import NAMED, SCHEMES, tinted
from delaminate.evaluation.generation.sketch import Paint, Points, Sketch, ball, flat, linear, shade, smooth, star

SIZES = ((1024, 640), (960, 640), (1096, 712), (960, 700), (1024, 768))


def _cast(rng: Random, count: int, kinds: list[Thing], side: int, style: Style) -> list[Drawn]:
    """Distinct things, by noun and colour; at times several of one noun."""
    if rng.random() < 0.25:
        pool = [t for t in kinds if len(t.colours) >= count]
        kind = rng.choice(pool or kinds)
        colours = rng.sample(kind.colours, min(count, len(kind.colours)))
        return [draw(kind, round(side * rng.uniform(0.8, 1.15)), rng, c, style) for c in colours]
    if rng.random() < 0.35:
        sizes = Counter(t.group for t in kinds)
        group = rng.choice(sorted(name for name, size in sizes.items() if size > 1))
        kinds = [t for t in kinds if t.group == group]
    chosen = rng.sample(kinds, min(count, len(kinds)))
    return [draw(kind, round(side * rng.uniform(0.75, 1.25)), rng, style=style) for kind in chosen]


def sprites(rng: Random) -> tuple[Composition, Request]:
    """Two to five things standing or floating in a landscape."""
    width, height = rng.choice(SIZES)
    first, second, _, _ = rng.choice(SCHEMES)
    scene = Composition("sprites_on_game_background", rng.choice(LANDSCAPES)(rng, height, width, first, second))
    count = rng.randint(2, 5)
    cast = _cast(rng, count, list(THINGS), 230 if count < 4 else 185, rng.choice(STYLES))
    step = width / len(cast)
    for k, drawn in enumerate(cast):
        tall, wide = drawn.pixels.shape[:2]
        middle = round(step * (k + 0.5) + rng.uniform(-0.12, 0.12) * step)
        foot = round(height * rng.uniform(0.72, 0.94)) if drawn.noun != "balloon" else round(height * 0.5)
        scene.place_thing(drawn, min(max(middle - wide // 2, 4), width - wide - 4), max(4, foot - tall))
    ask = rng.choice((wording.objects, wording.objects, wording.one, wording.two, wording.group, wording.by_colour))
    return scene, ask(scene, rng)


def still_life(rng: Random) -> tuple[Composition, Request]:
    """Things on a table that overlap a little and cast shadows; at times glass or bubbles in front."""
    width, height = rng.choice(SIZES)
    first, second, _, accent = rng.choice(SCHEMES)
    scene = Composition("overlap_shadow_glass", rng.choice(SURFACES)(rng, height, width, first, second))
    standing = [t for t in THINGS if t.noun not in {"balloon", "planet", "ghost", "star", "heart"}]
    cast = _cast(rng, rng.randint(2, 4), standing, 230, "plain")
    total = sum(d.pixels.shape[1] for d in cast)
    left = max(10, round((width - total * 0.9) / 2))
    for drawn in cast:
        tall, wide = drawn.pixels.shape[:2]
        foot = round(height * rng.uniform(0.78, 0.88))
        if left + wide > width - 6:
            break
        depth = round(wide * 0.11) + 4
        pool = contact_shadow(round(wide * 0.92), depth, 0.62)
        top = foot - depth - round(tall * 0.03)
        scene.place(
            pool, left + wide // 2 - pool.shape[1] // 2, top, f"{drawn.name} shadow", "shadow", shadow_of=drawn.name
        )
        scene.place_thing(drawn, left, foot - tall)
        left += round(wide * rng.uniform(0.84, 1.05))
    front = rng.choice(("nothing", "pane", "bubbles", "nothing"))
    if front == "pane":
        wide, tall = rng.randint(170, 260), rng.randint(220, 320)
        x, y = rng.randint(width // 4, width * 3 // 4 - wide // 2), round(height * 0.86) - tall
        scene.place(glass_pane(rng, wide, tall, accent), x, y, "glass pane", "glass", noun="glass pane")
    if front == "bubbles":
        for k in range(rng.randint(1, 2)):
            size = rng.randint(90, 190)
            x, y = rng.randint(20, width - size - 20), rng.randint(10, height // 3)
            scene.place(bubble(size), x, y, "soap bubble" if k == 0 else "little bubble", "glass", noun="bubble")
    ask = rng.choice((wording.objects, wording.two, wording.one, wording.group, wording.glass, wording.everything))
    return scene, ask(scene, rng)


def smoking(rng: Random) -> tuple[Composition, Request]:
    """Something that smokes."""
    width, height = rng.choice(SIZES)
    first, second, _, _ = rng.choice(SCHEMES)
    scene = Composition("overlap_shadow_glass", rng.choice((hills, *SURFACES))(rng, height, width, first, second))
    noun, at = rng.choice(
        (("house", 0.73), ("car", 0.95), ("cup", 0.43), ("boat", 0.5), ("robot", 0.5), ("rocket", 0.5))
    )
    drawn = draw(thing(noun), rng.randint(260, 340), rng)
    tall, wide = drawn.pixels.shape[:2]
    left, foot = round(width * rng.uniform(0.2, 0.5)), round(height * 0.92)
    pool = contact_shadow(round(wide * 0.95), round(wide * 0.1), 0.6)
    x, y = left + wide // 2 - pool.shape[1] // 2, foot - pool.shape[0] // 2 - 6
    scene.place(pool, x, y, f"{drawn.name} shadow", "shadow", shadow_of=drawn.name)
    scene.place_thing(drawn, left, foot - tall)
    start = foot - round(tall * (0.97 if noun != "car" else 0.3))
    high = max(start, 120)
    broad = round(high * rng.uniform(0.8, 1.3))
    tone = rng.choice(((226, 226, 230), (240, 240, 240), (92, 90, 98)))
    x = round(left + wide * at - broad / 2)
    scene.place(smoke(rng, broad, high, tone), x, start - high + 6, "smoke", "smoke", noun="smoke")
    return scene, rng.choice((wording.two, wording.two, wording.one, wording.everything))(scene, rng)


def _outline(kind: str, rng: Random) -> Points:
    if kind == "star":
        return star(0.5, 0.5, 0.5, rng.uniform(0.2, 0.3), rng.randint(5, 8))
    if kind == "polygon":
        count = rng.randint(3, 7)
        return star(0.5, 0.5, 0.5, 0.5, count)[:: 1 if count < 4 else 2]
    angles = [2 * math.pi * k / 7 for k in range(7)]
    radii = [rng.uniform(0.26, 0.48) for _ in angles]
    return smooth([(0.5 + r * math.cos(a), 0.5 + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)])


def shapes(rng: Random) -> tuple[Composition, Request]:
    """Flat and shaded shapes on a quiet ground, some half transparent."""
    width, height = rng.choice(((720, 480), (768, 768), (960, 600)))
    first, second, _, _ = rng.choice(SCHEMES)
    scene = Composition("shapes", rng.choice(GRAPHIC)(rng, height, width, first, second))
    count = rng.randint(3, 5)
    kinds = rng.sample(("ellipse", "rounded rectangle", "star", "polygon", "freeform shape", "ring"), count)
    for k, (kind, colour) in enumerate(zip(kinds, rng.sample(sorted(NAMED), count), strict=True)):
        side = round(min(width / count * 1.1, height * 0.62) * rng.uniform(0.8, 1.05))
        tone = tinted(rng, NAMED[colour])
        paint: Paint = rng.choice(
            (flat(tone), linear(shade(tone, 0.25), shade(tone, -0.2), rng.uniform(0, 90)), ball(tone))
        )
        drawn = Sketch(side)
        if kind in {"ellipse", "ring"}:
            drawn.oval(0.5, 0.5, 0.49, 0.49 if kind == "ring" else rng.uniform(0.28, 0.45), paint)
        elif kind == "rounded rectangle":
            drawn.box(0.02, rng.uniform(0.1, 0.25), 0.98, 0.85, paint, 0.08)
        else:
            drawn.polygon(_outline(kind, rng), paint)
        pixels = drawn.pixels()
        if kind == "ring":
            hole = Sketch(side)
            hole.oval(0.5, 0.5, 0.3, 0.3, flat((0, 0, 0)))
            pixels[..., 3] = pixels[..., 3] - hole.pixels()[..., 3]
        if rng.random() < 0.2:
            pixels[..., 3] = pixels[..., 3] // 2
        x = round(width / count * (k + 0.5) - side / 2 + rng.uniform(-15, 15))
        y = round(rng.uniform(0.06, 0.94 - side / height) * height)
        scene.place(pixels, min(max(x, 2), width - side - 2), y, f"{colour} {kind}", "shape", noun=kind, colour=colour)
    return scene, wording.shapes(scene, rng)


def monster(rng: Random) -> tuple[Composition, Request]:
    """A face whose parts are layers: body, eyes, nose, mouth, horns."""
    side = rng.choice((720, 800))
    first, second, _, _ = rng.choice(SCHEMES)
    scene = Composition("layered_character", rng.choice(GRAPHIC)(rng, side, side, first, second))
    tone = tinted(rng, NAMED[rng.choice(("green", "purple", "orange", "teal", "pink", "blue", "red"))])
    horns = Sketch(side)
    for k in (-1, 1):
        horns.blob(
            [(0.5 + 0.14 * k, 0.3), (0.5 + 0.34 * k, 0.1), (0.5 + 0.28 * k, 0.36)],
            linear((250, 238, 206), (196, 168, 120)),
        )
    scene.place(horns.pixels(), 0, 0, "horns", "part", noun="horns")
    body = Sketch(side)
    wobble = [rng.uniform(0.92, 1.08) for _ in range(10)]
    outline = [
        (0.5 + 0.33 * w * math.cos(a), 0.56 + 0.34 * w * math.sin(a))
        for w, a in ((w, 2 * math.pi * k / 10) for k, w in enumerate(wobble))
    ]
    body.blob(outline, ball(tone))
    for _ in range(rng.randint(0, 8)):
        body.oval(
            rng.uniform(0.25, 0.75), rng.uniform(0.3, 0.85), 0.03, 0.025, flat(shade(tone, -0.25), 0.7), onto=True
        )
    scene.place(body.pixels(), 0, 0, "body", "part", noun="body")
    eyes = Sketch(side)
    count, look = rng.choice((1, 2, 2, 3)), rng.uniform(-0.02, 0.02)
    for k in range(count):
        x = 0.5 + (k - (count - 1) / 2) * 0.18
        eyes.oval(x, 0.45, 0.085, 0.09, linear((255, 255, 255), (222, 222, 226)))
        eyes.oval(x + look, 0.46, 0.04, 0.045, flat((28, 26, 34)))
        eyes.oval(x + look - 0.012, 0.445, 0.012, 0.012, flat((255, 255, 255)))
    scene.place(eyes.pixels(), 0, 0, "eyes" if count > 1 else "eye", "part", noun="eyes")
    nose = Sketch(side)
    nose.oval(0.5, 0.58, 0.05, 0.036, ball(shade(tone, -0.45)))
    scene.place(nose.pixels(), 0, 0, "nose", "part", noun="nose")
    mouth = Sketch(side)
    mouth.blob([(0.34, 0.68), (0.5, 0.7), (0.66, 0.68), (0.58, 0.79), (0.42, 0.79)], flat((70, 20, 34)))
    mouth.blob([(0.43, 0.76), (0.5, 0.74), (0.57, 0.76), (0.5, 0.8)], flat((220, 92, 104)), onto=True)
    for x in (0.42, 0.54):
        mouth.polygon([(x, 0.69), (x + 0.05, 0.69), (x + 0.025, 0.735)], flat((255, 255, 250)))
    scene.place(mouth.pixels(), 0, 0, "mouth", "part", noun="mouth")
    return scene, wording.parts(scene, rng)


def lone_thing(rng: Random) -> tuple[Composition, Request]:
    """One large thing with its cast shadow, as product shots have it."""
    width, height = rng.choice(((720, 900), (900, 720), (800, 800)))
    first, second, _, _ = rng.choice(SCHEMES)
    scene = Composition("product", rng.choice((*SURFACES, *GRAPHIC))(rng, height, width, first, second))
    drawn = draw(rng.choice(THINGS), round(min(width, height) * rng.uniform(0.5, 0.68)), rng)
    tall, wide = drawn.pixels.shape[:2]
    left, top = (width - wide) // 2, (height - tall) // 2
    blur = rng.randint(10, 20)
    shadow = cast_shadow(drawn.pixels, blur, rng.uniform(0.35, 0.55))
    scene.place(
        shadow, left - 3 * blur + 14, top - 3 * blur + 18, f"{drawn.name} shadow", "shadow", shadow_of=drawn.name
    )
    scene.place_thing(drawn, left, top)
    return scene, wording.one(scene, rng)
