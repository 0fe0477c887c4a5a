"""A sentence in another language → the same in English words and English order; every word keeps what the user wrote.

The order is mended by few rules: verbs go to the front ("den Hund ausschneiden"), what is said of a noun goes before it
("couches séparées"), what stays goes behind "except" ("文字以外すべて"), whose is said with an apostrophe ("猫の目"),
and layers that something is split into get their "into".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.languages.segments import pieces_of
from delaminate.stages.planning.grammar.languages.tables import UNSPACED, Table, folded, split_words, table_of
from delaminate.stages.planning.grammar.manner import number
from delaminate.stages.planning.grammar.tags import Mark, Token
from delaminate.vocabulary.languages import english as english_noun

_DOING = (words.VERBS - words.NOUNS_TOO - {"separate"}) | words.word_set(
    "change make add upscale translate describe color what blur rotate"
)
"""Verbs; "separate" is what the tables have for adjectives ("séparées"), their verbs are "split" and "isolate"."""
_GENERIC = words.OBJECTS | words.ELEMENTS | words.EACH | words.ARTICLES | words.word_set("all of in separately image")
_TOLD_BEFORE = words.word_set("main separate own transparent") | words.COLOURS.keys() | words.SIZES.keys()
_WHERE = words.MANNER_PREPOSITIONS | {"by"}
_VERB_LAST = {"de", "nl", "zh", "ja", "ko", "tr"}


def glossed(tokens: Sequence[Token], language: str, english: Callable[[str], bool]) -> tuple[Token, ...]:
    """The tokens of a text in English.

    Parameters
    ----------
    language : one of `tables.NAMES`.
    english : whether a lower-case word is an English one, such as "logo" in a German sentence.
    """
    table = table_of(language)
    found: list[Token] = []
    for sentence in _sentences(tokens):
        said = _glued(_looked_up(sentence, table, english), " " if language not in UNSPACED else "")
        found += _in_order(said, language)
    return tuple(found)


def _sentences(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    sentence: list[Token] = []
    for token in tokens:
        sentence.append(token)
        if token.mark is Mark.STOP:
            yield sentence
            sentence = []
    yield sentence


# ----------------------------------------------------------------------------------------------------------- looking up


def _looked_up(tokens: Sequence[Token], table: Table, english: Callable[[str], bool]) -> Iterator[Token]:
    """English words for the words of a sentence, in the order they were written."""
    place, after = 0, ""
    for run in _runs(tokens):
        if run[0].mark is not Mark.WORD:
            yield replace(run[0], place=place)
            place += 1
            continue
        unspaced = table.language in UNSPACED
        for raw, said in _unspaced(run, table) if unspaced else _spaced(run, table):
            form = folded(raw)
            meaning = _thing(raw, form, table) if said is None else said
            if meaning and not unspaced and table.is_plural(form, after):
                meaning = _plural(meaning)
            after = form
            known = meaning is not None or english(raw.casefold())
            yield from _tokens(raw, raw.casefold() if meaning is None else meaning, place, known)
            place += 1


def _plural(noun: str) -> str:
    """The plural of an English noun, as the grammar knows it again."""
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    return f"{noun.removesuffix('y')}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


_PLURALS = {
    "glass": "wineglasses", "person": "people", "man": "men", "woman": "women", "child": "children", "leaf": "leaves",
    "mouse": "mice",
    "fish": "fish", "hair": "hair", "clothes": "clothes", "glasses": "glasses", "text": "text", "grass": "grass",
    "foot": "feet", "tooth": "teeth", "food": "food", "fruit": "fruit", "water": "water", "smoke": "smoke",
}  # fmt: skip
"""Nouns whose plural is not made by rule, or that have none."""


def _thing(raw: str, form: str, table: Table) -> str | None:
    """The English noun of a word: the commonest from the language's own table, others from the vocabulary."""
    found = table.thing(form)
    return found if found or not table.named else _person_last(english_noun(raw, table.language))


def _person_last(noun: str | None) -> str | None:
    """Names of emoji tell who does what ("person biking"): the person is the thing."""
    who, _, doing = (noun or "").partition(" ")
    if who not in {"person", "man", "woman", "people"} or not doing.partition(" ")[0].endswith("ing"):
        return noun
    return who if " " in doing else f"{doing} {who}"


def _glued(tokens: Iterable[Token], blank: str) -> list[Token]:
    """Without the words that say nothing, which stay behind the word before them where it is written."""
    out: list[Token] = []
    for token in tokens:
        if token.mark is not Mark.WORD or token.text:
            out.append(token)
        elif out and out[-1].mark is Mark.WORD:
            out[-1] = _with_glue(out[-1], blank + token.raw)
    return out


def _with_glue(token: Token, raw: str) -> Token:
    return replace(token, glue=token.glue + raw)


def _runs(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Words that stand together, and anything else alone."""
    run: list[Token] = []
    for token in tokens:
        if token.mark is Mark.WORD:
            run.append(token)
            continue
        if run:
            yield run
            run = []
        yield [token]
    if run:
        yield run


def _spaced(run: Sequence[Token], table: Table) -> Iterator[tuple[str, str | None]]:
    said = [part for token in run for part in split_words(token.raw)]
    keys = [folded(part) for part in said]
    at = 0
    while at < len(said):
        for length in range(min(table.longest, len(said) - at), 0, -1):
            meaning = table.english(" ".join(keys[at : at + length]))
            if meaning is not None:
                yield " ".join(said[at : at + length]).replace("' ", "'"), meaning
                at += length
                break
        else:
            yield said[at], said[at] if said[at].isdecimal() else None
            at += 1


def _unspaced(run: Sequence[Token], table: Table) -> Iterator[tuple[str, str | None]]:
    at = 0
    while at < len(run):
        for length in range(min(table.longest, len(run) - at), 1, -1):
            form = " ".join(token.raw for token in run[at : at + length])
            if form in table.forms:
                yield form, table.forms[form]
                at += length
                break
        else:
            yield from pieces_of(run[at].raw, table)
            at += 1


def _tokens(raw: str, meaning: str, place: int, known: bool) -> Iterator[Token]:
    for number_, word in enumerate(meaning.split() or [""]):
        yield Token(Mark.WORD, word, "" if number_ else raw, None, place, True, known)


# ---------------------------------------------------------------------------------------------------------------- order


def _in_order(said: list[Token], language: str) -> list[Token]:
    if language in UNSPACED:
        said = _numbers_first(said)
        said = _sources_last(said)
        said = _relatives_behind(said, language)
        said = _owners(said)
    said = _exceptions_behind(said)
    said = [*_taken_from(said, {"of", "with"} if language in {"pl", "ru"} else {"of"})]
    said = _adjectives_first(said)
    said = _verb_first(said, always=language in _VERB_LAST)
    return _into_layers(said)


def _texts(said: Sequence[Token]) -> list[str]:
    return [token.text if token.mark is Mark.WORD else "" for token in said]


def _boundary(token: Token) -> bool:
    return token.mark is not Mark.WORD or token.text in words.JOINERS | words.EXCEPTING or token.text in _DOING


def _span_before(said: Sequence[Token], at: int) -> int:
    start = at
    while start and not _boundary(said[start - 1]):
        start -= 1
    return start


def _span_behind(said: Sequence[Token], at: int) -> int:
    end = at
    while end < len(said) and not _boundary(said[end]):
        end += 1
    return end


def _relatives_behind(said: list[Token], language: str) -> list[Token]:
    """ "帽子をかぶった女の子", "戴帽子的女孩": the girl wearing a hat."""
    texts = _texts(said)
    for at, text in enumerate(texts):
        if text != "wearing":
            continue
        if language == "zh":
            middle = next((i for i in range(at + 1, len(texts)) if texts[i] == "of"), None)
            if middle is None:
                continue
            end = _span_behind(said, middle + 1)
            worn = [*said[at:middle]]
            worn[-1] = _with_glue(worn[-1], said[middle].raw)
            return [*said[:at], *said[middle + 1 : end], *worn, *said[end:]]
        start, end = _span_before(said, at), _span_behind(said, at + 1)
        return [*said[:start], *said[at + 1 : end], said[at], *said[start:at], *said[end:]]
    return said


def _numbers_first(said: list[Token]) -> list[Token]:
    """ "사람 2명", "りんご3つ": how many stands behind the noun."""
    out = list(said)
    for at in range(1, len(out)):
        noun, token = out[at - 1], out[at]
        ends = at + 1 == len(out) or _boundary(out[at + 1])
        if token.mark is Mark.WORD and number(token.text) and ends and not _boundary(noun) and not number(noun.text):
            out[at - 1], out[at] = token, noun
    return out


def _sources_last(said: list[Token]) -> list[Token]:
    """ "背景から", "배경에서": from the background, behind everything else; the particles of cases are done with."""
    texts = _texts(said)
    if "<from" in texts:
        at = texts.index("<from")
        start = at
        while start and said[start - 1].mark is Mark.WORD and texts[start - 1] != "|":
            start -= 1
        source = [replace(said[at], text="from", raw=""), *said[start:at]]
        said = [*said[:start], *said[at + 1 :], *source]
    return _glued([replace(token, text="") if token.text in {"|", "<from"} else token for token in said], "")


def _owners(said: list[Token]) -> list[Token]:
    """Whose it is: "猫の目" is "cat's eye"; behind an adjective or a number the particle says nothing."""
    out: list[Token] = []
    for at, token in enumerate(said):
        if token.mark is not Mark.WORD or token.text != "of":
            out.append(token)
            continue
        before = out[-1] if out else None
        behind = said[at + 1] if at + 1 < len(said) else None
        if before is None or behind is None or before.mark is not Mark.WORD or behind.mark is not Mark.WORD:
            continue
        says_how = (
            words.POSITIONS.keys()
            | words.EACH
            | words.SOME
            | {"all", "wearing", "separately", "everything"}
            | words.EXCEPTING
            | {"besides"}
        )
        plain = before.text in _TOLD_BEFORE | says_how | words.VERBS or number(before.text) is not None
        owned = not plain and behind.text not in words.LAYERS | words.PICTURES
        out[-1] = _with_glue(replace(before, text=f"{before.text}'s") if owned else before, token.raw)
    return out


def _exceptions_behind(said: list[Token]) -> list[Token]:
    """ "文字以外すべて", "除了文字以外的所有东西", "sauf le texte, tout": everything except the text."""
    texts = _texts(said)
    if "besides" in texts:
        at = texts.index("besides")
        start = next((i + 1 for i in range(at - 1, -1, -1) if said[i].mark is not Mark.WORD), 0)
        kept = [token for token in said[start:at] if token.text not in {"except", "without", "of"}]
        wanted = [*said[:start], *said[at + 1 :]]
    elif texts[:1] == ["except"] and "" in texts:
        at = texts.index("")
        kept, wanted = said[1:at], said[at + 1 :]
    else:
        return said
    if not kept:
        return wanted
    doing = [token for token in wanted if token.mark is Mark.WORD and token.text in _DOING]
    rest = [token for token in wanted if token not in doing]
    if all(token.text in _GENERIC for token in rest if token.mark is Mark.WORD):
        everything = next((token for token in rest if token.text in {"everything", "all"}), None)
        rest = [replace(everything or kept[0], text="everything", raw=everything.raw if everything else "")]
    while rest and rest[-1].mark is not Mark.WORD:
        rest = rest[:-1]
    return [*doing[:1], *rest, replace(kept[0], text="except", raw=""), *kept]


def _taken_from(said: list[Token], joining: set[str]) -> Iterator[Token]:
    """ "Séparer les objets du fond", "wytnij kota z tła": of, or with, the background is from it."""
    for at, token in enumerate(said):
        behind = [one.text for one in said[at + 1 : at + 3] if one.mark is Mark.WORD and one.text not in words.ARTICLES]
        source = token.text in joining and behind[:1] and behind[0] in words.BACKDROP | words.PICTURES
        yield replace(token, text="from") if source else token


def _adjectives_first(said: list[Token]) -> list[Token]:
    """ "Sujet principal", "couches séparées": before the noun in English; colours and sizes are read behind it too."""
    out = list(said)
    for at in range(1, len(out)):
        before, token = out[at - 1], out[at]
        told = token.mark is Mark.WORD is before.mark and token.text in {"main", "separate", "own", "transparent"}
        if told and not _boundary(before) and before.text not in words.ARTICLES | _WHERE | _TOLD_BEFORE | words.EACH:
            out[at - 1], out[at] = token, before
    return out


def _verb_first(said: list[Token], always: bool) -> list[Token]:
    """The verb of a sentence at its head, where it stands alone and is not there already.

    `always` is for languages that put it last: there each part of the sentence that has a verb of its own is such a
    sentence, and of several verbs in a row ("抠 … 出来") the first tells what is done, but for one that removes.
    """
    verbs = [at for at, token in enumerate(said) if token.mark is Mark.WORD and token.text in _DOING]
    if not verbs or (verbs == [0]):
        return said
    if not always:
        ends = all(token.mark is not Mark.WORD for token in said[verbs[-1] + 1 :])
        return [said[verbs[0]], *said[: verbs[0]], *said[verbs[0] + 1 :]] if len(verbs) == 1 and ends else said
    for at, token in enumerate(said):
        joins = token.mark is Mark.COMMA or token.text == "and"
        if joins and any(verb < at for verb in verbs) and any(verb > at for verb in verbs):
            return [*_verb_first(said[:at], always), token, *_verb_first(said[at + 1 :], always)]
    chosen = next((at for at in verbs if said[at].text in words.REMOVING), verbs[0])
    others = {at for at in verbs if at != chosen and said[at].text not in {"make", "change"}}
    rest = [token for at, token in enumerate(said) if at != chosen and at not in others]
    return [said[chosen], *rest]


def _into_layers(said: list[Token]) -> list[Token]:
    """Give "split … 3 layers" its "into"; on layers of their own stay "on"."""
    texts = _texts(said)
    parting = words.SEPARATING | words.LAYERING | {"convert", "change", "make"}
    for at, text in enumerate(texts):
        if text not in words.LAYERS:
            continue
        start = at
        while start and (
            texts[start - 1] in words.MANNER_WORDS or number(texts[start - 1]) or texts[start - 1] in words.ARTICLES
        ):
            start -= 1
        said_of = texts[start:at]
        one = {"own", "separate", "one", "1"}.intersection(said_of) and not any((number(t) or 0) > 1 for t in said_of)
        layer = replace(said[at], text="layer" if one and "separate" not in said_of else "layers")
        into = start and texts[start - 1] in _WHERE
        splits = bool(parting.intersection(texts[:start]))
        if into and splits and not one:
            return [*said[: start - 1], replace(said[start - 1], text="into"), *said[start:at], layer, *said[at + 1 :]]
        if not into and (splits or one):
            word = Token(Mark.WORD, "into" if splits and not one else "on", "", None, said[at].place, True)
            return [*said[:start], word, *said[start:at], layer, *said[at + 1 :]]
    return said
