"""Layer names that are stored in the code page of whoever made the file, with nothing that says which."""

from __future__ import annotations

import codecs
import locale
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from delaminate.errors import BadInput
from delaminate.export.dropped import Dropped, named

_UNICODE = {"utf-8", "ascii"}
_JAPANESE, _DEFAULT = "cp932", "mac_roman"


@dataclass(frozen=True)
class OldNames:
    """How names that are no Unicode are read: as UTF-8, then in `encoding`, the locale's code page, or a guess.

    Raises
    ------
    BadInput
        If there is no such encoding.
    """

    encoding: str | None = None

    def __post_init__(self) -> None:
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
            except LookupError as error:
                raise BadInput(f"there is no encoding {self.encoding!r}; try shift_jis, gbk, big5 or euc_kr") from error

    def read(self, names: Sequence[bytes]) -> tuple[Callable[[bytes], str], tuple[Dropped, ...]]:
        """A function from bytes to a name, chosen by all names of a file, and what is to be told."""
        odd = [name for name in names if _as(name, "utf-8") is None]
        chosen = self.encoding or _code_page(odd) or (_JAPANESE if _japanese(odd) else _DEFAULT)

        def reading(name: bytes) -> str:
            return _as(name, "utf-8") or name.decode(chosen, "replace")

        if not odd or self.encoding:
            return reading, ()
        why = f"{named(reading(name) for name in odd)} read as {chosen}; --encoding names another."
        return reading, (Dropped("names in an old encoding", why),)


def _as(name: bytes, encoding: str) -> str | None:
    try:
        return name.decode(encoding)
    except UnicodeDecodeError:
        return None


def _code_page(names: Sequence[bytes]) -> str | None:
    """The locale's code page, where it is none of Unicode's and holds all names."""
    page = codecs.lookup(locale.getpreferredencoding(False)).name
    return page if page not in _UNICODE and all(_as(name, page) is not None for name in names) else None


def _japanese(names: Sequence[bytes]) -> bool:
    """Whether all names are Shift-JIS with kana among them and no half-width kana, which other code pages look like."""
    texts = [_as(name, _JAPANESE) for name in names]
    whole = "".join(text for text in texts if text is not None)
    kana = any("\u3041" <= letter <= "\u30fe" for letter in whole)
    return None not in texts and kana and not any("\uff61" <= letter <= "\uff9f" for letter in whole)
