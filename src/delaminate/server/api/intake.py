"""The one way a picture comes in: sniffed, decoded whole, stored, registered. Refused ones leave nothing behind."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

from delaminate.errors import BadInput, PictureTooLarge
from delaminate.server import looks
from delaminate.server.accounts import limits
from delaminate.server.accounts.api_keys import Caller
from delaminate.server.api.dependencies import Service
from delaminate.server.database import assets
from delaminate.server.database.assets import Asset
from delaminate.server.errors import InvalidInput, TooLarge
from delaminate.server.ids import AssetId, new_id

_MIME = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "AVIF": "image/avif",
    "HEIF": "image/heif",
    "JPEG2000": "image/jp2",
    "JXL": "image/jxl",
    "PSD": "image/vnd.adobe.photoshop",
    "ORA": "image/openraster",
}
_DATA_URL = re.compile(r"data:[\w.+/-]{0,80}(?:;[\w.+-]{1,40}=[\w.+-]{0,40}){0,4};base64,", re.IGNORECASE)
"""Of any type, or of none, as browsers write it for files they do not know: the bytes tell what it is."""


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


def take_in(
    parts: Service,
    who: Caller,
    content: bytes,
    name: str,
    field: str,
    *,
    parent_id: AssetId | None = None,
    collection_ids: Sequence[str] = (),
    hidden: bool = False,
    announced: bool = False,
) -> Asset:
    """Make an asset of a picture's bytes.

    Parameters
    ----------
    field : the input that errors name.
    parent_id : the picture that it was made of, in the same project.
    announced : whether its bytes are counted as those of an upload that is under way.

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
        seen, _ = parts.decoders.run("look", {"maxPixels": parts.settings.max_pixels}, content, owner=who.project_id)
    except PictureTooLarge as error:
        raise TooLarge(f"Input {field}: {error}", input=field) from error
    except BadInput as error:
        raise InvalidInput(f"Input {field}: {error}", input=field) from error
    with parts.tables.connect() as connection:
        # The file of an upload is counted already, among what is coming.
        limits.check_storage(connection, who.project_id, 0 if announced else len(content), parts.settings.storage_bytes)
    asset = Asset(
        AssetId(new_id("asset")),
        who.project_id,
        who.author_id,
        "uploaded",
        _MIME[seen["format"]],
        int(seen["width"]),
        int(seen["height"]),
        len(content),
        name,
        parent_id=parent_id,
        root_id=None if parent_id is None else _root(parts, who, parent_id),
        collection_ids=tuple(collection_ids),
        hidden=hidden,
    )
    key = f"assets/{asset.id}"
    parts.blobs.put(key, content)
    try:
        with parts.tables.begin() as connection:
            return assets.add(connection, asset)
    except BaseException:
        parts.blobs.delete([key])
        raise


def discard(parts: Service, asset: Asset) -> None:
    """Take back what was taken in a moment ago, row and bytes."""
    with parts.tables.begin() as connection:
        assets.remove(connection, [asset.id])
    parts.blobs.delete([f"assets/{asset.id}"])


def check_mask(parts: Service, who: Caller, image_id: str, mask_id: str, field: str) -> None:
    """Refuse a mask that is neither an asset of the project of the picture's size nor was found in the picture.

    Raises
    ------
    InvalidInput
        With what to do.
    """
    if mask_id.startswith(looks.MASK):
        if not looks.has_found(parts.blobs, image_id, mask_id):
            raise InvalidInput(
                f"Input {field}: the mask {mask_id} is not there any more; look through the picture again", input=field
            )
        return
    with parts.tables.connect() as connection:
        found = assets.get(connection, [image_id, mask_id], who.project_id, deleted=True)
    if mask_id not in found or found[mask_id].deleted_at is not None:
        raise InvalidInput(f"Input {field}: there is no asset {mask_id} in this project", input=field)
    mask, image = found[mask_id], found.get(image_id)
    if image is not None and (mask.width, mask.height) != (image.width, image.height):
        raise InvalidInput(
            f"Input {field}: the mask is {mask.width} x {mask.height} and the picture {image.width} x {image.height}; "
            "send one of the picture's size",
            input=field,
        )


def _root(parts: Service, who: Caller, parent_id: AssetId) -> AssetId:
    with parts.tables.connect() as connection:
        parent = assets.get(connection, [parent_id], who.project_id).get(parent_id)
    if parent is None:
        raise InvalidInput(f"Input parentId: there is no asset {parent_id} in this project", input="parentId")
    return parent.root_id or parent.id
