"""English plurals → singulars, by rule with a table of exceptions."""

from __future__ import annotations

from delaminate.vocabulary.words import word_set

_PAIRS = """
    people:person men:man women:woman children:child gentlemen:gentleman feet:foot teeth:tooth mice:mouse
    geese:goose oxen:ox dice:die leaves:leaf wolves:wolf knives:knife loaves:loaf shelves:shelf halves:half
    calves:calf wives:wife thieves:thief scarves:scarf hooves:hoof elves:elf dwarves:dwarf cacti:cactus
    fungi:fungus octopi:octopus axes:axe canvases:canvas lenses:lens gases:gas irises:iris fuses:fuse shoes:shoe
    toes:toe canoes:canoe horseshoes:horseshoe pies:pie ties:tie movies:movie cookies:cookie zombies:zombie
    brownies:brownie hoodies:hoodie magpies:magpie smoothies:smoothie genies:genie quizzes:quiz snowmen:snowman
    firemen:fireman policemen:policeman fishermen:fisherman
"""
_IRREGULAR = dict(pair.split(":") for pair in _PAIRS.split())
_ALWAYS_SINGULAR = word_set("""
    glasses sunglasses trousers pants jeans scissors clothes shorts headphones goggles pyjamas tights binoculars
    lens canvas gas bus chess series species atlas christmas iris tennis gallows pancreas news yes as is its
    this
""")
_ENDINGS = (
    ("sses", "ss"),
    ("ouses", "ouse"),
    ("uses", "us"),
    ("xes", "x"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("zzes", "zz"),
    ("ies", "y"),
    ("oes", "o"),
)


def singular(word: str) -> tuple[str, bool]:
    """The singular of a lower-case word, and whether the word was a plural."""
    if word in _IRREGULAR:
        return _IRREGULAR[word], True
    for plural, one in _IRREGULAR.items():  # compounds: "bookshelves", "schoolchildren"
        if len(plural) >= 5 and word.endswith(plural):
            return word.removesuffix(plural) + one, True
    if word in _ALWAYS_SINGULAR or len(word) < 3 or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word, False
    for ending, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending) + replacement, True
    return word.removesuffix("s").removesuffix("'"), True
