"""What a sentence says besides its things: purposes, manners, politeness; taken out, and kept to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.tags import Mark, Token, as_written

_PURPOSES = words.word_set("""
    print printing prints game games website web site shop store listing shirt t-shirt tshirt tee merch sticker
    stickers animation animations animating video videos film motion parallax presentation slide slides deck powerpoint
    photoshop canva figma gimp krita procreate illustrator live2d spine unity unreal blender rig rigging vtuber pod
    editing design app project client job work school homework class youtube instagram tiktok etsy amazon ebay shopify
    marketing ads ad advertising catalog catalogue portfolio use usage purposes purpose reuse collage mockup mockups
    wallpaper effects premiere davinci indesign affinity tutorial
    cricut silhouette laser cutting engraving embroidery puppet sprite sprites
""")
"""What layers are made for; one of these after "for" makes it a purpose."""
_USES = words.word_set("""
    use animate edit move print rig sell post upload work recolor recolour import paste reuse place put make change
    replace swap show share play send insert drop adjust resize customize customise arrange modify translate build
    add compose composite combine design get see create do be
""")
"""What is done with layers afterwards; "to" and one of these after the thing is a purpose."""

MANNERS = (
    "with a transparent background", "with transparent background", "on a transparent background",
    "on transparent background", "on a transparent bg", "on transparent bg", "with transparent bg",
    "on transparent", "with transparency", "with alpha channel", "with an alpha channel", "with alpha",
    "on a white background", "on white background", "on a black background", "on white", "on black",
    "in high quality", "in the best quality", "in best quality", "in good quality", "with high quality",
    "high quality", "highest quality", "best quality", "good quality", "top quality", "max quality",
    "in high resolution", "in full resolution", "at full resolution", "in original resolution", "high resolution",
    "full resolution", "high res", "hi-res", "hi res", "high-res", "high-quality", "high-resolution", "full size",
    "in 4k", "in 8k", "in hd", "4k", "8k", "hd", "hq", "uhd", "full hd", "300 dpi", "300dpi",
    "with no halos", "with no halo", "without any halo", "without halos", "without halo", "without a halo",
    "no halos", "no halo", "without artifacts", "no artifacts", "without jagged edges", "no jagged edges",
    "with clean edges", "with sharp edges", "with smooth edges", "with crisp edges", "with soft edges",
    "with precise edges", "with fine edges", "clean edges", "sharp edges", "smooth edges", "crisp edges", "soft edges",
    "clean cut", "with clean cut", "pixel perfect", "pixel-perfect", "no fringe", "no fringes", "with fine hair detail",
    "with fine details", "with all details", "with great detail", "in detail", "with precision", "with care",
    "in png format", "in png", "in psd format", "png format", "as a transparent png", "as transparent png",
    "transparent png", "as a png", "as png", "in svg", "as svg", "as a psd", "as psd", "in psd", "png", "rgba",
    "if possible", "if you can", "if that is possible", "thank you very much", "thank you so much", "thank you",
    "many thanks", "thanks in advance", "thx", "pls", "plz", "asap", "right now", "for me", "for us", "kindly",
    "super detailed", "highly detailed", "ultra detailed", "very detailed", "masterpiece", "photorealistic",
    "sharp focus", "professional", "studio quality", "step by step", "at once", "nothing else", "nothing more",
    "in this order", "from front to back", "from back to front", "ordered from back to front",
    "ordered from front to back", "ordered back to front", "ordered front to back", "sorted by depth", "in z-order",
    "you can find", "you can see", "you see", "you find", "that you can find", "that you see", "i can see",
    "there is", "there are", "that there is", "in it",
    "in the picture", "in this picture", "in the image", "in this image", "in the photo", "in this photo",
)  # fmt: skip
"""How it is to be done; says nothing of what."""
_SAID = {tuple(said.split()) for said in MANNERS}
_LONGEST = max(map(len, _SAID))

_ABOUT_CARE = words.word_set("matters matter important crucial")
"""What a remark on how careful one should be ends in: "hair detail matters"."""
_SOMEBODY = words.word_set("that i we it they he she you as the my")
"""Behind "so" these begin a purpose."""

_QUALITIES = words.word_set("""
    composition framing scale lighting light color colors colour colours texture textures style quality proportion
    proportions resolution detail details appearance aspect ratio size position positions alignment perspective look
    edges sharpness shading tone tones palette layout
""")
"""What is to be preserved in any case: every layer is cut from the picture as it is."""
_PRESERVING = words.KEEPING | {"ensuring", "ensure", "guarantee"}
_PICTURED = words.word_set("this my flat flattened")
"""Before "png" these make the picture of it."""
_THINGS_IN_LY = words.word_set("""
    butterfly family fly belly jelly lily dragonfly firefly jellyfly teddy assembly monopoly italy july holly ally bully
    lolly trolley supply reply ply gully tummy curly ugly silly elderly woolly lovely friendly only early daily weekly
    fully-grown monthly godly
""")
"""Words on -ly that are no adverbs of manner."""


@dataclass(frozen=True)
class Asides:
    """The tokens without what is no target, and the phrases that were taken out."""

    tokens: tuple[Token, ...]
    ignored: tuple[str, ...]


def without_asides(tokens: Sequence[Token]) -> Asides:
    """Take purposes, manners and politeness out; where nothing would remain, they are what is meant and stay."""
    kept: list[Token] = []
    ignored: list[str] = []
    at = 0
    while at < len(tokens):
        length, said = _aside_at(tokens, at, kept)
        if not length:
            kept.append(tokens[at])
            at += 1
            continue
        if said:
            ignored.append(as_written(tokens[at : at + length]))
        at += length
    if not any(token.mark in {Mark.QUOTE, Mark.BOX} or _names(token) for token in kept):
        return Asides(tuple(tokens), ())
    return Asides(tuple(kept), tuple(ignored))


def _names(token: Token) -> bool:
    """Whether a word may name something, or ask for something."""
    return token.mark is Mark.WORD and token.text not in words.FILLERS | words.ARTICLES | words.ANYWHERE | words.JOINERS


def _aside_at(tokens: Sequence[Token], at: int, before: Sequence[Token]) -> tuple[int, bool]:
    """How many tokens from `at` on are an aside (0: none), and whether it is worth telling."""
    texts = [token.text if token.mark is Mark.WORD else "" for token in tokens[at : at + _LONGEST]]
    if not texts[0]:
        return 0, False
    if texts[0] in words.LAYERS and before and before[-1].text in _PICTURED:
        return 0, False  # "this flat png" is the picture
    for length in range(len(texts), 0, -1):
        if tuple(texts[:length]) in _SAID:
            return length, True
    starts = at == 0 or tokens[at - 1].mark is not Mark.WORD
    if starts and _names_something(before) and tokens[_end(tokens, at) - 1].text in _ABOUT_CARE:
        return _purpose(tokens, at)
    if _is_adverb(texts[0]):
        return 1, True
    if texts[0] == "as" and texts[2:4] == ["as", "possible"]:
        return 4, True
    lead = texts[0] in words.JOINERS and texts[1:2] and texts[1] in _PRESERVING
    if (lead or texts[0] in _PRESERVING) and (length := _qualities(tokens, at)):
        return length, True
    if texts[0] in {"so", "because"} or texts[:3] == ["in", "order", "to"]:
        return _purpose(tokens, at) if texts[0] != "so" or _is_purpose(tokens, at) else (0, False)
    if texts[0] == "for" and _names_something(before) and _is_use(tokens, at):
        return _phrase(tokens, at), True
    if texts[0] == "to" and _USES.intersection(texts[1:2]) and _names_something(before):
        return (0, False) if _into_layers(tokens, at) else _purpose(tokens, at)
    return 0, False


def _is_adverb(word: str) -> bool:
    return word.endswith("ly") and len(word) > 5 and word not in _THINGS_IN_LY | words.ADVERBS


def _is_purpose(tokens: Sequence[Token], at: int) -> bool:
    """ "So I can …", "so that …"; but "so that each is on its own layer" tells of layers."""
    following = [token.text for token in tokens[at + 1 : at + 3]]
    return bool(_SOMEBODY.intersection(following[:1])) and not _into_layers(tokens, at)


def _into_layers(tokens: Sequence[Token], at: int) -> bool:
    rest = {token.text for token in tokens[at : _end(tokens, at)]}
    return bool(rest & (words.LAYERS | words.EACH)) or (bool(rest & words.PIECES) and "into" in rest)


def _end(tokens: Sequence[Token], at: int) -> int:
    """Where the part of the sentence at hand ends: at the next comma, colon or stop."""
    end = at
    while end < len(tokens) and tokens[end].mark not in {Mark.COMMA, Mark.STOP, Mark.COLON}:
        end += 1
    return end


def _purpose(tokens: Sequence[Token], at: int) -> tuple[int, bool]:
    return _end(tokens, at) - at, True


def _qualities(tokens: Sequence[Token], at: int) -> int:
    """How long "(while) preserving the composition, the lighting and all details" is; 0 where it names a thing."""
    length, end = 0, at
    while end < len(tokens):
        end = _item_end(tokens, end)
        if tokens[end - 1].text not in _QUALITIES:
            break
        length = end - at
        while end < len(tokens) and (tokens[end].mark is Mark.COMMA or tokens[end].text in {"and", "&"}):
            end += 1
        if end < len(tokens) and tokens[end].mark is not Mark.WORD:
            break
    return length


def _item_end(tokens: Sequence[Token], at: int) -> int:
    """Where one item of a list ends: at the next "and", comma, colon or stop behind its first word."""
    end, last = at + 1, _end(tokens, at)
    while end < last and tokens[end].text not in {"and", "&"}:
        end += 1
    return min(end, max(last, at + 1))


def _phrase(tokens: Sequence[Token], at: int) -> int:
    """How long "for …" is: to the next comma, stop, or "and the"."""
    end = _end(tokens, at)
    for place in range(at + 1, end - 1):
        if tokens[place].text in words.JOINERS and tokens[place + 1].text in words.ARTICLES | words.POSSESSIVES:
            return place - at
    return end - at


def _is_use(tokens: Sequence[Token], at: int) -> bool:
    """Whether "for …" tells what it is for: "for printing", "for my shop", "for After Effects"."""
    if tokens[at].foreign or tokens[at - 1].mark is Mark.COMMA:
        return not _into_layers(tokens, at)
    said = tokens[at + 1 : at + 1 + min(7, _phrase(tokens, at) - 1)]
    if not said or said[0].mark is not Mark.WORD:
        return False
    gerund = said[0].text.endswith("ing") and len(said[0].text) > 5
    named = said[0].raw[:1].isupper() and said[0].raw[1:2].islower()
    return gerund or named or any(token.text in _PURPOSES for token in said)


def _names_something(before: Sequence[Token]) -> bool:
    """Whether the sentence has named something already, or asked for layers."""
    for token in reversed(before):
        if token.mark is Mark.STOP:
            return False
        if token.mark in {Mark.QUOTE, Mark.BOX} or (_names(token) and token.text not in words.VERBS | {"one", "make"}):
            return True
    return False
