"""User-interface cards: shop cards, banners, glass cards, inventories and notification lists."""

from __future__ import annotations

from random import Random

import numpy as np

from delaminate.evaluation.generation import wording
from delaminate.evaluation.generation.backdrops import bokeh, gradient, paper, plain, vignette
from delaminate.evaluation.generation.catalogue import THINGS, Style, draw
from delaminate.evaluation.generation.composition import Composition, Request
from delaminate.evaluation.generation.effects import cast_shadow, glass_pane
from delaminate.evaluation.generation.lettering import Lettering, choose
from delaminate.evaluation.generation.palette import SCHEMES, legible_on
from delaminate.evaluation.generation.sketch import Colour, Sketch, flat, linear, shade
from delaminate.pixels import Rgba

PRODUCTS = ("Day Pack", "Old Timer", "Little One", "Classic", "Mini Set", "Studio", "Weekender", "Click X")
BUTTONS = ("Buy now", "Add to cart", "Get it", "Order", "Open")
MESSAGES = ("3 new", "FM 99", "12:45", "24°", "Level 7", "Ready")
CAPTIONS = ("Unread messages", "Now playing", "Next alarm", "Today in town", "Quest complete", "Your order")


def _panel(width: int, height: int, colour: Colour, radius: float, rim: Colour | None = None) -> Rgba:
    drawn = Sketch(width, height)
    tall, r = height / width, radius / width
    if rim:
        drawn.box(0, 0, 1, tall, flat(rim), r)
        edge = 3 / width
        drawn.box(edge, edge, 1 - edge, tall - edge, linear(colour, shade(colour, -0.08)), r)
    else:
        drawn.box(0, 0, 1, tall, linear(colour, shade(colour, -0.03)), r)
    return drawn.pixels()


def _with_shadow(scene: Composition, pixels: Rgba, left: int, top: int, name: str) -> None:
    blur = 14
    shadow = cast_shadow(pixels, blur, 0.4)
    scene.place(shadow, left - 3 * blur, top - 3 * blur + 8, f"{name} shadow", "shadow", shadow_of=name)
    scene.place(pixels, left, top, name, "shape", noun=name)


def _thing_in(scene: Composition, rng: Random, centre: tuple[int, int], side: int) -> None:
    drawn = draw(rng.choice(THINGS), side, rng)
    tall, wide = drawn.pixels.shape[:2]
    scene.place_thing(drawn, centre[0] - wide // 2, centre[1] - tall // 2)


def shop_card(rng: Random) -> tuple[Composition, Request]:
    """A product on its plate, title, price and button."""
    width, height = 720, 900
    first, second, ink, accent = rng.choice(SCHEMES)
    scene = Composition("ui_card", gradient(rng, height, width, first, second))
    dark = rng.random() < 0.25
    face: Colour = (38, 40, 50) if dark else (255, 255, 255)
    left, top, wide, tall = 90, 80, 540, 720
    _with_shadow(scene, _panel(wide, tall, face, 24), left, top, "card")
    plate = shade(accent, 0.65) if not dark else (60, 64, 80)
    scene.place(_panel(wide - 60, 330, plate, 16), left + 30, top + 30, "image plate", "shape", noun="plate")
    _thing_in(scene, rng, (width // 2, top + 195), 270)
    bold, text = choose(rng, bold=True), legible_on(face)
    box = scene.place_text(rng.choice(PRODUCTS), Lettering(bold, 44, text), left + 36, top + 400, "title", wide - 72)
    price = f"$ {rng.randint(9, 499)}"
    scene.place_text(
        price, Lettering(bold, 34, accent if not dark else (250, 210, 90)), left + 36, box.bottom + 26, "price", 300
    )
    button = accent if rng.random() < 0.5 else ink
    scene.place(_panel(wide - 72, 78, button, 39), left + 36, top + tall - 116, "button", "shape", noun="button")
    label = Lettering(bold, 30, legible_on(button))
    scene.place_text(rng.choice(BUTTONS), label, width // 2, top + tall - 90, "button label", 300, "middle")
    ask = rng.choice((wording.everything, wording.one, _thing_and_button, wording.texts))
    return scene, ask(scene, rng)


def _thing_and_button(scene: Composition, rng: Random) -> Request:
    thing = scene.indices("object")[0]
    button = next(k for k, p in enumerate(scene.pieces, 1) if p.name == "button")
    words = f"extract the {wording.called(scene, thing)} and the button"
    return Request(words, ((scene.pieces[thing - 1].name, (thing,)), ("button", (button,))), rng.randint(0, 1))


def banner(rng: Random) -> tuple[Composition, Request]:
    """An achievement: a bar, an icon, a title, a line below and progress."""
    width, height = 1000, 560
    first, second, _, accent = rng.choice(SCHEMES)
    scene = Composition("ui_card", rng.choice((gradient, vignette, bokeh))(rng, height, width, first, second))
    face: Colour = rng.choice(((28, 30, 40), (250, 248, 242), (52, 40, 72)))
    _with_shadow(scene, _panel(760, 250, face, 22, accent), 120, 155, "banner")
    _thing_in(scene, rng, (235, 280), 150)
    text, bold = legible_on(face), choose(rng, bold=True)
    scene.place_text(rng.choice(MESSAGES + PRODUCTS), Lettering(bold, 46, text), 350, 205, "title", 480)
    scene.place_text(
        rng.choice(CAPTIONS), Lettering(choose(rng, bold=False), 26, shade(text, -0.2)), 350, 275, "subtitle", 480
    )
    scene.place(_panel(490, 24, shade(face, 0.25), 12), 350, 335, "progress track", "shape", noun="track")
    scene.place(
        _panel(round(490 * rng.uniform(0.3, 0.8)), 24, accent, 12), 350, 335, "progress bar", "shape", noun="bar"
    )
    return scene, rng.choice((wording.everything, wording.one, wording.texts, wording.texts))(scene, rng)


def glass_card(rng: Random) -> tuple[Composition, Request]:
    """A frosted card over colours, an icon, a headline and a caption."""
    side = 860
    first, second, _, accent = rng.choice(SCHEMES)
    scene = Composition("ui_card", rng.choice((gradient, bokeh))(rng, side, side, first, accent))
    scene.place(glass_pane(rng, 640, 560, second), 110, 150, "glass card", "glass", noun="glass card")
    _thing_in(scene, rng, (265, 370), 220)
    bold = choose(rng, bold=True)
    tone = legible_on((scene.background[430, 430, 0], scene.background[430, 430, 1], scene.background[430, 430, 2]))
    scene.place_text(rng.choice(MESSAGES), Lettering(bold, 84, tone), 410, 330, "headline", 310)
    scene.place_text(
        rng.choice(CAPTIONS), Lettering(choose(rng, bold=False), 34, tone), side // 2, 590, "caption", 520, "middle"
    )
    return scene, rng.choice((wording.everything, wording.one, wording.texts, wording.glass))(scene, rng)


def inventory(rng: Random) -> tuple[Composition, Request]:
    """A grid of slots with things in them; the panel and its slots belong to the background."""
    width, height = 900, 640
    first, second, _, _ = rng.choice(SCHEMES)
    scene = Composition(
        "ui_card", rng.choice((plain, paper, gradient))(rng, height, width, shade(first, -0.4), shade(second, -0.4))
    )
    face: Colour = rng.choice(((74, 78, 96), (118, 92, 66), (226, 218, 200), (56, 66, 60)))
    backing = Composition("", scene.background)
    backing.place(_panel(740, 500, face, 18, shade(face, 0.35)), 80, 70, "panel", "shape")
    columns, rows, slot = 3, 2, 150
    spots = [(160 + c * 215 + slot // 2, 165 + r * 195 + slot // 2) for r in range(rows) for c in range(columns)]
    for x, y in spots:
        backing.place(
            _panel(slot, slot, shade(face, -0.35), 12, shade(face, 0.2)), x - slot // 2, y - slot // 2, "slot", "shape"
        )
    flat_picture = backing.canvas_layers()
    ground = flat_picture[0]
    for layer in flat_picture[1:]:
        alpha = layer[..., 3:].astype(np.int32)
        ground[..., :3] = (layer[..., :3] * alpha + ground[..., :3] * (255 - alpha) + 127) // 255
    scene.background = np.ascontiguousarray(ground[..., :3])
    style: Style = rng.choice(("plain", "outlined", "pixel"))
    items = [t for t in THINGS if t.group in ("items", "toys", "fruits", "plants")]
    kinds = rng.sample(items, 4) + rng.choices(items, k=2) if rng.random() < 0.7 else [rng.choice(items)] * 6
    seen: set[tuple[str, str]] = set()
    for (x, y), kind in zip(spots, kinds, strict=True):
        free = [c for c in kind.colours if (kind.noun, c) not in seen]
        if not free:
            continue
        drawn = draw(kind, 104, rng, rng.choice(free), style)
        seen.add((drawn.noun, drawn.colour))
        tall, wide = drawn.pixels.shape[:2]
        scene.place_thing(drawn, x - wide // 2, y - tall // 2)
    scene.place_text(
        "ITEMS", Lettering(choose(rng, bold=True), 34, legible_on(face)), width // 2, 96, "title", 300, "middle"
    )
    return scene, rng.choice((_icons, wording.by_colour, wording.two, wording.group))(scene, rng)


def _icons(scene: Composition, rng: Random) -> Request:
    found = scene.indices("object")
    words = rng.choice(("extract every icon", "every icon on its own layer", "cut out all the icons"))
    return Request(words, tuple((scene.pieces[k - 1].name, (k,)) for k in found))


def notifications(rng: Random) -> tuple[Composition, Request]:
    """Three rows: a card, an icon, a line of text."""
    width, height = 760, 720
    first, second, _, _ = rng.choice(SCHEMES)
    scene = Composition("ui_card", gradient(rng, height, width, first, second))
    face: Colour = rng.choice(((255, 255, 255), (40, 42, 54)))
    style = Lettering(choose(rng, bold=True), 36, legible_on(face))
    rows = zip(("first", "second", "third"), rng.sample(THINGS, 3), rng.sample(CAPTIONS, 3), strict=True)
    for row, (which, kind, line) in enumerate(rows):
        top = 70 + row * 205
        _with_shadow(scene, _panel(620, 160, face, 26), 70, top, f"{which} card")
        drawn = draw(kind, 110, rng)
        tall, wide = drawn.pixels.shape[:2]
        scene.place_thing(drawn, 150 - wide // 2, top + 80 - tall // 2)
        scene.place_text(line, style, 250, top + 62, f"{which} line", 400)
    return scene, rng.choice((wording.objects, wording.texts, wording.one, wording.two))(scene, rng)


CARDS = (shop_card, banner, glass_card, inventory, notifications)


def card(rng: Random) -> tuple[Composition, Request]:
    """One of the kinds of card."""
    return rng.choice(CARDS)(rng)
