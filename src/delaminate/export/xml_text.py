"""Text that may stand in an XML document."""

from __future__ import annotations

import re

from delaminate.export.dropped import Dropped, named
from delaminate.stack import LayerStack

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) has no way to write: control characters and lone surrogates."""


def xml_text(text: str) -> str:
    """The text with U+FFFD for characters XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)


def names_dropped(stack: LayerStack) -> tuple[Dropped, ...]:
    """The names that `xml_text` changed."""
    changed = [xml_text(layer.name) for layer in stack.layers if _FORBIDDEN.search(layer.name)]
    return (Dropped("control characters", f"in the name {named(changed)} XML cannot hold them."),) if changed else ()
