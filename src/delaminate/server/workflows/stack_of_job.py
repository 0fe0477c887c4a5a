"""The stack of a finished job, read back from its assets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from delaminate.codec import camel, typed, unpack
from delaminate.picture import Picture, open_picture
from delaminate.server.blobs import Blobs
from delaminate.server.documents import LayerJson
from delaminate.server.results import LayerRow
from delaminate.stack import Layer, LayerStack


def read_stack(blobs: Blobs, rows: Sequence[LayerJson], picture: Picture) -> LayerStack:
    """The stack of layer rows as a job's output has them, bottom to top.

    Parameters
    ----------
    rows : each with `assetId`, or with `work`, the key of a packed layer that is no asset yet; `name` is the row's.
    picture : the picture that was separated.

    Raises
    ------
    StageFailed
        If the store lost a layer.

    Notes
    -----
    One layer is decoded at a time and cut to its box: memory is that of the boxes and of one canvas.
    """
    layers = tuple(_layer(blobs, row, picture.width * picture.height) for row in rows)
    return LayerStack(picture.width, picture.height, layers, picture.opaque, picture.icc, picture.dpi)


def _layer(blobs: Blobs, row: LayerJson, max_pixels: int) -> Layer:
    if "work" in row:
        return replace(unpack(Layer, blobs.get(row["work"])), name=row["name"])
    told, invented = typed(LayerRow, row, "a layer of the job", camel), None
    box = told.bbox
    pixels = open_picture(blobs.get(f"assets/{told.asset_id}"), max_pixels=max_pixels).pixels[box.slices].copy()
    if told.invented_mask_asset_id is not None:
        mask = open_picture(blobs.get(f"assets/{told.invented_mask_asset_id}"), max_pixels=max_pixels)
        invented = mask.pixels[box.slices][..., 0] > 0
    return Layer(told.id, told.name, told.role, box, pixels, told.confidence, told.target, told.text, invented)
