"""The one way a picture comes in: sniffed, decoded whole, stored, registered. Refused ones leave nothing behind."""

from __future__ import annotations

import base64
import re
from typing import Any

from delaminate.errors import BadInput, PictureTooLarge
from delaminate.server.accounts.api_keys import Caller
from delaminate.server.api.dependencies import Service
from delaminate.server.database import assets
from delaminate.server.errors import InvalidInput, TooLarge
from delaminate.server.ids import new_id

_MIME = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "AVIF": "image/avif",
}
_DATA_URL = re.compile(r"data:image/[\w.+-]{1,40};base64,", re.IGNORECASE)


def decode_base64(text: str, field: str) -> bytes:
    """The bytes of raw base64 or of a data URL.

    Raises
    ------
    InvalidInput
        If it is neither.
    """
    start = _DATA_URL.match(text)
    try:
        content = base64.b64decode("".join(text[start.end() if start else 0 :].split()), validate=True)
    except ValueError:
        content = b""
    if not content:
        raise InvalidInput(
            f"Input {field} must be the base64 of a picture, or a data:image/…;base64, URL of one", input=field
        )
    return content


def take_in(parts: Service, who: Caller, content: bytes, name: str, field: str, **known: Any) -> dict[str, Any]:
    """Make an asset of a picture's bytes.

    Parameters
    ----------
    field : the input that errors name.
    known : further columns of the asset.

    Raises
    ------
    InvalidInput
        If it is not a whole picture of a known format.
    TooLarge
        If it has too many bytes or pixels.
    """
    if len(content) > parts.settings.max_upload_bytes:
        raise TooLarge(
            f"Input {field} has {len(content):,} bytes; this server takes {parts.settings.max_upload_bytes:,}",
            input=field,
        )
    try:
        with parts.decoding:
            picture = parts.open_picture(content)
    except PictureTooLarge as error:
        raise TooLarge(f"Input {field}: {error}", input=field) from error
    except BadInput as error:
        raise InvalidInput(f"Input {field}: {error}", input=field) from error
    parent = known.get("parent_id")
    if parent is not None:
        known["root_id"] = _root(parts, who, parent)
    asset = {
        "id": new_id("asset"),
        "project_id": who.project_id,
        "author_id": who.author_id,
        "source": "uploaded",
        "mime_type": _MIME[picture.format],
        "width": picture.width,
        "height": picture.height,
        "size": len(content),
        "name": name,
        **known,
    }
    key = f"assets/{asset['id']}"
    parts.blobs.put(key, content)
    try:
        with parts.tables.begin() as connection:
            return assets.add(connection, asset)
    except BaseException:
        parts.blobs.delete([key])
        raise


def _root(parts: Service, who: Caller, parent_id: str) -> str:
    with parts.tables.connect() as connection:
        parent = assets.get(connection, [parent_id], who.project_id).get(parent_id)
    if parent is None:
        raise InvalidInput(f"Input parentId: there is no asset {parent_id} in this project", input="parentId")
    return str(parent["root_id"] or parent["id"])
