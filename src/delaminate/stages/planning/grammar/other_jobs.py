"""What is asked for but is no separation: recolouring, upscaling, adding, questions. Said at once, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

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
        ("add insert append", "add things to a picture", _GENERATING),
        ("draw sketch imagine", "draw new pictures", _GENERATING),
        ("replace swap substitute transform change edit modify turn_into stylize stylise",
         "change what is in a picture", _EDITING),
        ("translate", "translate text", "a translation program"),
        ("describe caption explain tell count name recognize recognise classify summarize summarise ocr transcribe",
         "answer questions about a picture", "a vision language model"),
        ("animate vectorize vectorise", "animate or vectorise", "the program the layers are meant for"),
    )
    for verb in verbs.split()
}  # fmt: skip
_QUESTIONS = words.word_set("what who where why when whose which is are does do did has was were how")
_HELP = words.word_set("remove separate isolate cut extract split get make take erase delete select")
_RESTYLED = words.word_set("""
    cartoon sketch painting drawing anime watercolor watercolour comic vector svg 3d video gif pixel art style photo
    meme avatar portrait illustration statue toy realistic
""")
_MADE = words.word_set("picture image photo video poster drawing illustration painting logo story version variation")
_WORSE = words.word_set("""
    bigger smaller brighter darker lighter larger sharper better nicer wider taller longer shorter happier younger older
    softer warmer colder realistic beautiful pretty cute cool smile look sunny night dark bright bold italic readable
""")
_QUALITIES = words.word_set("resolution contrast brightness saturation exposure quality size sharpness dpi")
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
    question = any(token.mark is Mark.STOP and "?" in token.raw for token in tokens)
    first = said[0].partition("'")[0]
    if first not in _QUESTIONS or (len(said) == 1 and not question):
        return None
    if set(said) & _HELP and first in {"how", "where", "is", "are", "do", "does"}:
        return None
    if first in {"is", "are", "does", "do", "did", "has", "was", "were"} and not question:
        return None
    return _JOBS["describe"]


def _job(said: Sequence[str], tokens: Sequence[Token]) -> tuple[str, str] | None:
    first, rest = said[0], set(said[1:])
    layered = bool(rest & (words.LAYERS | words.PIECES | {"mask", "masks", "layered", "psd"}))
    colours = words.COLOURS.keys()
    if first in {"make", "turn", "set", "paint", "keep", "let", "have"} and not layered:
        ends = said[-1] in colours or said[-1] in _WORSE or (len(said) > 2 and said[-2] in {"more", "less"})
        # "Make the red car" names a car; "make the car red", "make it red" change it.
        if first in {"make", "turn", "set", "paint"} and ends and len(said) > 2:
            return _JOBS["color"]
        if first in {"make", "turn"} and ("into" in rest or "look" in rest or first == "make") and rest & _RESTYLED:
            return ("restyle a picture", _GENERATING)
    if layered and first not in {"upscale", "translate"}:
        return None
    if first == "convert" and rest & _RESTYLED:
        return ("restyle a picture", _GENERATING)
    if first in {"generate", "create", "make", "design", "draw"} and _makes(said):
        return ("draw new pictures", _GENERATING)
    if first in _CHANGING and rest & _QUALITIES:
        return _JOBS["enhance"]
    if first == "remove" and rest & {"noise", "grain", "blur", "scratches", "artifacts"}:
        return _JOBS["enhance"]
    job = _JOBS.get(first)
    if job is None:
        return None
    if first in {"color", "colour", "count", "name", "caption", "tint", "scale", "sketch", "mirror", "paint"}:
        # Nouns as well: "name, date, place"; "color" is a verb where a noun phrase follows at once.
        following = said[1] if len(said) > 1 else ""
        adjacent = len(tokens) > 1 and tokens[1].mark is Mark.WORD
        if not (adjacent and following in words.ARTICLES | {"it", "this", "all", "them", "me", "everything"}):
            return None
    return job


def _makes(said: Sequence[str]) -> bool:
    """ "Generate a picture of a cat", "create a new poster"."""
    return bool(set(said[1:5]) & _MADE) and ("of" in said or "new" in said or said[0] == "generate")
