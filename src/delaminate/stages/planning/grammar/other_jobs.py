"""What is asked for but is no separation: recolouring, upscaling, adding, questions. Said at once, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.tags import Mark, Token

_EDITING = "an image editor (GIMP, Krita, Photoshop) with the layers this tool makes"
_GENERATING = "a generative image model"
_JOBS: dict[str, tuple[str, str]] = {
    verb: (job, place)
    for verbs, job, place in (
        ("upscale enlarge upsize superresolve enhance sharpen denoise deblur unblur restore improve beautify retouch",
         "improve a picture", "an upscaler or a photo editor"),
        ("recolor recolour colorize colourize colour color paint tint repaint brighten darken lighten saturate"
         " desaturate invert grayscale blur smooth adjust", "change colours or light", _EDITING),
        ("rotate flip mirror resize scale rescale shrink stretch straighten align compress",
         "turn or resize a picture", _EDITING),
        ("add insert append extend expand outpaint uncrop", "add things to a picture", _GENERATING),
        ("draw sketch imagine", "draw new pictures", _GENERATING),
        ("write compose sing calculate search google print email open download", "do that", "another program"),
        ("replace swap substitute transform change edit modify turn_into stylize stylise",
         "change what is in a picture", _EDITING),
        ("translate", "translate text", "a translation program"),
        ("describe caption explain tell count name recognize recognise classify summarize summarise ocr transcribe",
         "answer questions about a picture", "a vision language model"),
        ("animate vectorize vectorise", "animate or vectorise", "the program the layers are meant for"),
    )
    for verb in verbs.split()
}  # fmt: skip
ASKED = frozenset(_JOBS)
"""The verbs of other jobs."""
_QUESTIONS = words.word_set("what who where why when whose which is are does do did has was were how")
_HELP = words.word_set("remove separate isolate cut extract split get make take erase delete select")
_RESTYLED = words.word_set("""
    cartoon sketch painting drawing anime watercolor watercolour comic vector svg 3d video gif pixel art style photo
    meme avatar portrait illustration statue toy realistic
""")
_MADE = words.word_set("picture image photo video poster drawing illustration painting logo story version variation")
_WORSE = words.word_set("""
    bigger smaller brighter darker lighter larger sharper better nicer wider taller longer shorter happier younger older
    softer warmer colder blurry blurred grainy foggy snowy rainy
    realistic beautiful pretty cute cool smile look sunny night dark bright bold italic readable
""")
_PARTS = words.PIECES - {"file", "files", "image", "images"}
_QUALITIES = words.word_set("""
    lighting colors colours perspective composition resolution contrast brightness saturation exposure quality size
    sharpness dpi
""")
_FLAWS = words.word_set("noise grain blur scratches artifacts wrinkles blemishes")
_MAPS = {("depth", "map"), ("normal", "map"), ("depth", "maps"), ("z-depth", "map")}
_NOUNS_TOO = words.word_set("color colour count name caption tint scale sketch mirror paint print open search email")
"""Verbs of other jobs that name things as well."""
_CHANGING = words.word_set("increase reduce decrease raise lower boost fix improve double halve")


def other_job(tokens: Sequence[Token]) -> str:
    """The refusal of a sentence that asks for something else than separating; empty for any other.

    Parameters
    ----------
    tokens : of one sentence, in English.
    """
    said = [token.text for token in tokens if token.mark is Mark.WORD]
    while said and said[0] in words.FILLERS | {"and", "you", "just", "not"} - {"there"}:
        said = said[1:]
    if not said:
        return ""
    asked = _asks(said, tokens)
    if asked:
        return _refusal(*asked)
    job = _job(said, tokens)
    return _refusal(*job) if job else ""


def _refusal(job: str, place: str) -> str:
    return (
        f"this tool separates a picture into layers and does not {job}; use {place}, "
        'or write what to separate, such as "the red apple" or "every object"'
    )


def _asks(said: Sequence[str], tokens: Sequence[Token]) -> tuple[str, str] | None:
    """A question about the picture; but "how do I remove the background" is a wish."""
    question = any(token.mark is Mark.STOP and token.raw in {"?", "؟"} for token in tokens)
    if said[:2] == ["many", "of"] or (said[0] in {"many", "much"} and question):
        return _JOBS["describe"]
    first = said[0].partition("'")[0]
    if first not in _QUESTIONS or (len(said) == 1 and not question):
        return None
    if set(said) & _HELP and first in {"how", "where", "is", "are", "do", "does"}:
        return None
    if first in {"is", "are", "does", "do", "did", "has", "was", "were"} and not question:
        return None
    return _JOBS["describe"]


def _job(said: Sequence[str], tokens: Sequence[Token]) -> tuple[str, str] | None:
    """What is asked for instead, and where it would be done; None where layers are what is asked for."""
    first, rest = said[0], set(said[1:])
    layered = bool(rest & (words.LAYERS | _PARTS | {"mask", "masks", "layered"}))
    if layered and first not in {"upscale", "translate"}:
        return None
    if _MAPS.intersection(pairwise(said)):
        where = "a depth estimator (for layers by distance write 'foreground, midground, background')"
        return ("make maps of depth", where)
    if _changes_looks(said):
        return _JOBS["color"]
    if first == "give" and len(said) > 3 and not rest & {"me", "us", "its", "their", "own"}:
        return _JOBS["add"]
    alike = ("look", "like") in pairwise(said)
    if first in {"make", "turn", "convert"} and (rest & _RESTYLED or alike):
        return ("restyle a picture", _GENERATING)
    if first in {"generate", "create", "make", "design", "draw"} and _makes(said):
        return ("draw new pictures", _GENERATING)
    if (first in _CHANGING and rest & _QUALITIES) or (first == "remove" and rest & _FLAWS):
        return _JOBS["enhance"]
    if first == "crop" and said[1:2] == ["to"]:
        return _JOBS["resize"]
    return _JOBS.get(first) if first not in _NOUNS_TOO or _is_done(said, tokens) else None


def _changes_looks(said: Sequence[str]) -> bool:
    """ "Make the car red", "leave the sky more dark"; but "make the red car" names a car."""
    compared = len(said) > 2 and said[-2] in {"more", "less"}
    if said[0] in {"leave", "keep", "let"}:
        return compared
    ends = said[-1] in words.COLOURS or said[-1] in _WORSE or compared
    return said[0] in {"make", "turn", "set", "paint", "convert"} and ends and len(said) > 2


def _is_done(said: Sequence[str], tokens: Sequence[Token]) -> bool:
    """Whether a noun phrase follows a word that is a verb and a noun: "color the sky", not "name, date, place"."""
    adjacent = len(tokens) > 1 and tokens[1].mark is Mark.WORD
    return adjacent and bool({*said[1:2]} & (words.ARTICLES | {"it", "all", "them", "me", "everything"}))


def _makes(said: Sequence[str]) -> bool:
    """ "Generate a picture of a cat", "create a new poster"."""
    return bool(set(said[1:5]) & _MADE) and ("of" in said or "new" in said or said[0] == "generate")
