"""Posters: a title, lines of text, a thing in the middle, a shape behind it, sometimes a badge."""

from __future__ import annotations

import math
from random import Random

from delaminate.evaluation.generation import wording
from delaminate.evaluation.generation.backdrops import GRAPHIC
from delaminate.evaluation.generation.catalogue import THINGS, draw
from delaminate.evaluation.generation.composition import Composition, Request
from delaminate.evaluation.generation.lettering import Lettering, choose
from delaminate.evaluation.generation.palette import SCHEMES, legible_on, lightness
from delaminate.evaluation.generation.sketch import Colour, Sketch, flat, linear, shade, star

SIZES = ((768, 1024), (800, 1000), (720, 1080), (900, 900), (1000, 700))
TITLES = (
    "Open Day",
    "Night Market",
    "First Light",
    "Spring Fair",
    "GO FAR",
    "Big Sale",
    "Harvest",
    "Play More",
    "SO FRESH",
    "Sunday Club",
    "Lost & Found",
    "Make Things",
    "Slow Living",
    "JAZZ NIGHT",
    "Kids Week",
)
SUBTITLES = (
    "BRING A FRIEND",
    "Free entry all day",
    "THE AUTUMN SEASON",
    "Music, food and games",
    "NEW COLLECTION",
    "Doors open at 7 PM",
    "A WORKSHOP FOR BEGINNERS",
    "Two weeks only",
)
FOOTERS = ("APRIL 9", "SATURDAYS", "12 - 14 JUNE", "Harbour Hall", "DEC 1", "Room 204", "MARCH 3", "OPEN DAILY")
BADGES = ("NEW", "SALE", "-30%", "FREE", "HOT", "2 FOR 1")


def poster(rng: Random) -> tuple[Composition, Request]:
    """One poster and what is asked of it."""
    width, height = rng.choice(SIZES)
    first, second, ink, accent = rng.choice(SCHEMES)
    scene = Composition("poster", rng.choice(GRAPHIC)(rng, height, width, first, second))
    middle = round(height * rng.uniform(0.5, 0.58))
    side = round(min(width, height) * rng.uniform(0.4, 0.52))
    behind = rng.choice(("circle", "band", "frame", "none", "arch"))
    _shape_behind(scene, behind, middle, side, accent)
    thing = draw(rng.choice(THINGS), side, rng, style=rng.choice(("plain", "plain", "plain", "sticker")))
    tall, wide = thing.pixels.shape[:2]
    scene.place_thing(thing, (width - wide) // 2, middle - tall // 2)
    _texts(scene, rng, behind, ink, accent)
    if rng.random() < 0.4 and width < height:
        _badge(scene, rng, accent if behind != "circle" else ink, width, height)
    ask = rng.choice((wording.objects_and_text, wording.objects_and_text, wording.one, wording.texts, wording.texts))
    return scene, ask(scene, rng)


def _shape_behind(scene: Composition, kind: str, middle: int, side: int, accent: Colour) -> None:
    width, height = scene.width, scene.height
    if kind == "circle":
        radius = round(side * 0.62)
        drawn = Sketch(2 * radius)
        drawn.oval(0.5, 0.5, 0.5, 0.5, flat(accent))
        scene.place(drawn.pixels(), width // 2 - radius, middle - radius, "circle", "shape", noun="circle")
    if kind == "band":
        drawn = Sketch(width, height)
        y, depth = middle / width, side / width * 0.32
        corners = [(0, y + 0.12 - depth), (1, y - 0.12 - depth), (1, y - 0.12 + depth), (0, y + 0.12 + depth)]
        drawn.polygon(corners, linear(accent, shade(accent, -0.1), 0))
        scene.place(drawn.pixels(), 0, 0, "diagonal band", "shape", noun="band")
    if kind == "frame":
        drawn = Sketch(width, height)
        edge, thick, tall = 0.04, 0.008, height / width
        for box in (
            (edge, edge, 1 - edge, edge + thick),
            (edge, tall - edge - thick, 1 - edge, tall - edge),
            (edge, edge, edge + thick, tall - edge),
            (1 - edge - thick, edge, 1 - edge, tall - edge),
        ):
            drawn.box(*box, flat(accent))
        scene.place(drawn.pixels(), 0, 0, "frame", "shape", noun="frame")
    if kind == "arch":
        wide, tall_px = round(side * 1.15), round(side * 1.4)
        drawn = Sketch(wide, tall_px)
        tall = tall_px / wide
        drawn.oval(0.5, 0.5, 0.5, 0.5, flat(accent))
        drawn.box(0, 0.5, 1, tall, flat(accent))
        scene.place(drawn.pixels(), (width - wide) // 2, middle - round(tall_px * 0.52), "arch", "shape", noun="arch")


def _texts(scene: Composition, rng: Random, behind: str, ink: Colour, accent: Colour) -> None:
    width, height = scene.width, scene.height
    bold, light = choose(rng, bold=True), choose(rng, bold=False)
    outline = (255, 255, 255) if rng.random() < 0.2 and lightness(ink) < 120 else None
    title = Lettering(
        bold,
        round(height * rng.uniform(0.085, 0.11)),
        ink,
        shade(accent, 0.1) if rng.random() < 0.2 else None,
        outline,
        rng.choice((0, 0, 0, 4, -4)),
    )
    room = round(width * 0.84)
    box = scene.place_text(rng.choice(TITLES), title, width // 2, round(height * 0.075), "title", room, "middle")
    if rng.random() < 0.75:
        style = Lettering(rng.choice((bold, light)), round(height * 0.034), ink)
        scene.place_text(
            rng.choice(SUBTITLES), style, width // 2, box.bottom + round(height * 0.018), "subtitle", room, "middle"
        )
    if rng.random() < 0.75:
        label = rng.choice(FOOTERS)
        top = round(height * 0.88)
        if rng.random() < 0.5:
            wide, deep = round(width * 0.46), round(height * 0.058)
            bar = Sketch(wide, deep)
            bar.box(0, 0, 1, deep / wide, flat(ink), 0.5 * deep / wide)
            scene.place(bar.pixels(), (width - wide) // 2, top, "footer bar", "shape", noun="bar")
            style = Lettering(bold, round(deep * 0.5), legible_on(ink))
            scene.place_text(label, style, width // 2, top + round(deep * 0.3), "footer", wide - 20, "middle")
        else:
            style = Lettering(light, round(height * 0.034), ink if behind != "band" else legible_on(scene_tone(scene)))
            scene.place_text(label, style, width // 2, top + round(height * 0.012), "footer", room, "middle")


def scene_tone(scene: Composition) -> Colour:
    """The background's colour at the bottom middle."""
    red, green, blue = (int(c) for c in scene.background[round(scene.height * 0.9), scene.width // 2])
    return red, green, blue


def _badge(scene: Composition, rng: Random, colour: Colour, width: int, height: int) -> None:
    side = round(width * 0.24)
    left, top = round(width * rng.choice((0.04, 0.72))), round(height * rng.uniform(0.26, 0.32))
    drawn = Sketch(side)
    tips = rng.choice((12, 16, 20))
    drawn.polygon(star(0.5, 0.5, 0.5, 0.43, tips), linear(shade(colour, 0.12), shade(colour, -0.1)))
    scene.place(drawn.pixels(), left, top, "badge", "shape", noun="badge")
    style = Lettering(
        choose(rng, bold=True), round(side * 0.26), legible_on(colour), turn=math.floor(rng.uniform(0, 14))
    )
    scene.place_text(
        rng.choice(BADGES), style, left + side // 2, top + round(side * 0.36), "badge text", round(side * 0.7), "middle"
    )
