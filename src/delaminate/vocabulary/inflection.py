"""From a noun as it stands in a sentence to the forms under which a dictionary may have it, by rule.

Not grammar: every rule proposes, and what is in the dictionary decides. Endings are tried longest first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator


def folded(word: str, language: str) -> str:
    """A lower-case word without accents, so that "arbol" finds "árbol" and "Häuser" comes near "Haus".

    Japanese goes to hiragana, Chinese to the simplified signs of everyday things.
    """
    if language == "ja":
        return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in word)
    if language == "zh":
        return word.translate(_SIMPLIFIED)
    if language in _UNFOLDED or word.isascii():
        return word
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return plain.translate(_LETTERS)


_UNFOLDED = frozenset({"ko", "hi", "bn", "ta", "te", "th", "ar", "fa", "ur", "he"})
"""Languages whose marks are no accents."""

_LETTERS = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i", "’": "'"})
_SIMPLIFIED = str.maketrans(
    "貓龍馬鳥魚車門樹葉雲書筆電話燈貝兒孩頭臉髮鬍眼體嬰飛機輪魔劍槍塔樓橋廟圓條紋標題圖誌鈕邊東畫張鏡鐘錢鑰傘鞋襪褲裙襯領帶錶戒項鏈蘋橘檸檬藍莓櫻麵蛋糕餅鷹鴨雞豬獅蝦蟲龜",
    "猫龙马鸟鱼车门树叶云书笔电话灯贝儿孩头脸发胡眼体婴飞机轮魔剑枪塔楼桥庙圆条纹标题图志钮边东画张镜钟钱钥伞鞋袜裤裙衬领带表戒项链苹橘柠檬蓝莓樱面蛋糕饼鹰鸭鸡猪狮虾虫龟",
)

_SWAPS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "fr": (("eaux", ("eau",)), ("aux", ("al", "au")), ("eux", ("eu",)), ("x", ("",)), ("s", ("",)), ("es", ("",))),
    "es": (("ces", ("z",)), ("es", ("", "e")), ("s", ("",)), ("itos", ("o",)), ("ito", ("o",)), ("ita", ("a",))),
    "pt": (
        ("oes", ("ao",)), ("aes", ("ao",)), ("ais", ("al",)), ("eis", ("el",)), ("is", ("il",)), ("ns", ("m",)),
        ("es", ("",)), ("s", ("",)),
    ),
    "it": (
        ("chi", ("co",)), ("che", ("ca",)), ("ghi", ("go",)), ("ghe", ("ga",)), ("ie", ("ia",)), ("cie", ("cia",)),
        ("ce", ("cia",)), ("ge", ("gia",)), ("i", ("o", "e", "io", "a")), ("e", ("a",)),
    ),
    "de": (
        ("innen", ("in", "")), ("ern", ("", "er")), ("nen", ("n",)), ("sen", ("s", "")), ("en", ("", "e")),
        ("er", ("",)), ("es", ("", "e")), ("em", ("",)), ("e", ("",)), ("n", ("",)), ("s", ("",)), ("in", ("",)),
    ),
    "nl": (
        ("'s", ("",)), ("etjes", ("",)), ("etje", ("",)), ("tjes", ("",)), ("tje", ("",)), ("pjes", ("",)),
        ("pje", ("",)), ("jes", ("",)), ("je", ("",)), ("ven", ("f",)), ("zen", ("s",)), ("en", ("",)), ("s", ("",)),
        ("n", ("",)),
    ),
    "sv": (
        ("orna", ("a",)), ("arna", ("e", "")), ("en", ("", "e")), ("et", ("", "e")), ("or", ("a",)), ("ar", ("", "e")),
        ("er", ("",)), ("na", ("",)), ("n", ("",)),
    ),
    "da": (("erne", ("", "e")), ("en", ("", "e")), ("et", ("", "e")), ("er", ("", "e")), ("e", ("",)), ("n", ("",))),
    "no": (
        ("ene", ("", "e")), ("en", ("", "e")), ("et", ("", "e")), ("er", ("", "e")), ("a", ("", "e")), ("n", ("",)),
    ),
    "ja": tuple(
        (particle, ("",)) for particle in ("たち", "だけ", "を", "が", "は", "の", "と", "や", "も", "に", "で")
    ),
    "zh": tuple((word, ("",)) for word in ("们", "们的", "的")),
    "ko": tuple(
        (particle, ("",))
        for particle in (
            "들을", "들이", "들은", "들과", "들의", "들", "에서", "으로", "이랑", "하고", "을", "를", "이", "가", "은",
            "는", "과", "와", "의", "도", "만", "에", "로", "랑",
        )
    ),
}  # fmt: skip
"""Endings and what may stand in their place."""

_CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pl": (
        (
            "owi", "ami", "iami", "ach", "iach", "iem", "ow", "om", "iom", "em", "ia", "ie", "iu", "a", "y", "i", "e",
            "u", "o",
        ),
        ("", "a", "o", "e", "k", "ka", "ko", "ia", "ie", "y"),
    ),
    "ru": (
        (
            "иями", "ями", "ами", "ием", "ью", "ов", "ев", "еи", "ои", "ем", "ом", "ам", "ям", "ах", "ях", "ых", "ию",
            "ии", "ия", "а", "я", "у", "ю", "ы", "и", "е", "о", "ь",
        ),
        ("", "а", "я", "о", "е", "ь", "и", "ия", "ие", "ое", "ы"),
    ),
    "uk": (
        ("ами", "ями", "ові", "ів", "ою", "ею", "ом", "ем", "ах", "ях", "ам", "а", "я", "у", "ю", "и", "і", "о"),
        ("", "а", "я", "о", "ь", "и"),
    ),
    "cs": (
        ("ami", "emi", "ech", "ach", "ovi", "em", "um", "ou", "u", "a", "y", "i", "e", "o"),
        ("", "a", "o", "e", "y"),
    ),
}  # fmt: skip
"""Where nouns have cases: the endings of all of them, and those of the first."""

_CASES["sk"] = _CASES["cs"]
_VOWELS = frozenset("aeiouyаеиоуыэюя")
_SHORTEST = 2
"""Letters of a stem."""


def forms(word: str, language: str) -> Iterator[str]:
    """What a folded word may be an inflection of, likelier first; the word itself is not among them."""
    for ending, others in _SWAPS.get(language, ()):
        if word.endswith(ending) and len(word) > len(ending):
            stem = word.removesuffix(ending)
            if language == "nl" and ending == "en":
                yield from _dutch(stem)
            for other in others:
                yield stem + other
    if language in _CASES:
        yield from _of_case(word, *_CASES[language])


def _dutch(stem: str) -> Iterator[str]:
    """katt(en) → kat, bom(en) → boom."""
    if len(stem) > 2 and stem[-1] == stem[-2]:
        yield stem[:-1]
    elif len(stem) > 1 and stem[-2] in _VOWELS and stem[-1] not in _VOWELS:
        yield stem[:-2] + stem[-2] * 2 + stem[-1]


def _of_case(word: str, endings: tuple[str, ...], firsts: tuple[str, ...]) -> Iterator[str]:
    """The first case: собаку → собака, kubków → kubek, кошек → кошка."""
    stems = [word.removesuffix(ending) for ending in endings if word.endswith(ending)]
    for stem in (*sorted(stems, key=len, reverse=True), word):
        if len(stem) < _SHORTEST:
            continue
        for first in firsts:
            yield stem + first
        if len(stem) > _SHORTEST and stem[-1] not in _VOWELS:
            if stem[-2] in "eео":  # a vowel that only this case has
                for first in firsts[1:4]:
                    yield stem[:-2] + stem[-1] + first
            for vowel in "eео":  # one that only the first case has
                yield stem[:-1] + vowel + stem[-1]
