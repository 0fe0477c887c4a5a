"""A type layer of Photoshop: what stands in its block TySh beside the pixels that every other program shows.

Adobe Photoshop File Formats Specification (2019), "Type tool object setting" and "Descriptor structure"; what the text
engine wants was learned from files, see docs/decisions/0404-type-layers-written-by-hand.md.
"""

from __future__ import annotations

import math
import struct

from delaminate.export.engine_data import Value, engine_data
from delaminate.export.typography import Look

FONT = "Arial"
_REGULAR, _BOLD = "ArialMT", "Arial-BoldMT"
_JUSTIFIED = {"left": 0, "right": 1, "center": 2}
_TYPE_VERSION, _TEXT_VERSION, _DESCRIPTOR_VERSION, _WARP_VERSION = 1, 50, 16, 1
_DOWNWARDS, _ALONG = 2, 0
"""Directions of writing: columns and lines."""

_AUTO_LEADING = 1.2


def type_tool(look: Look) -> bytes:
    """The content of the block TySh for text that looks so: point text, one paragraph a line."""
    text = "\r".join(line.text for line in look.lines)
    setting = {
        "Txt ": b"TEXT" + _unicode(text),
        "textGridding": _enumerated("textGridding", "None"),
        "Ornt": _enumerated("Ornt", "Vrtc" if look.column else "Hrzn"),
        "AntA": _enumerated("Annt", "antiAliasSharp"),
        "TextIndex": b"long" + struct.pack(">i", 0),
        "EngineData": b"tdta" + _sized(engine_data(_engine(look, text + "\r"))),
    }
    zero = b"doub" + struct.pack(">d", 0.0)
    warp = {
        "warpStyle": _enumerated("warpStyle", "warpNone"),
        "warpValue": zero,
        "warpPerspective": zero,
        "warpPerspectiveOther": zero,
        "warpRotate": _enumerated("Ornt", "Hrzn"),
    }
    return (
        struct.pack(">H6dH", _TYPE_VERSION, *_transform(look), _TEXT_VERSION)
        + _descriptor("TxLr", setting)
        + struct.pack(">H", _WARP_VERSION)
        + _descriptor("warp", warp)
        + bytes(16)  # an empty box, which Photoshop measures anew
    )


def _transform(look: Look) -> tuple[float, ...]:
    """xx, xy, yx, yy, tx, ty: the turn about the look's pivot, and where the first baseline begins."""
    first = look.lines[0]
    left, right = min(line.ink.left for line in look.lines), max(line.ink.right for line in look.lines)
    x = {"left": left, "right": right, "center": (left + right) / 2}[look.align]
    y = first.baseline
    if look.column:
        x, y = (first.ink.left + first.ink.right) / 2, float(first.ink.top)
    cosine, sine = math.cos(math.radians(look.degrees)), math.sin(math.radians(look.degrees))
    dx, dy = x - look.pivot[0], y - look.pivot[1]
    tx = look.pivot[0] + cosine * dx - sine * dy
    ty = look.pivot[1] + sine * dx + cosine * dy
    return cosine, sine, -sine, cosine, tx, ty


def _engine(look: Look, text: str) -> dict[str, Value]:
    lengths = [len(line.encode("utf-16-be", "replace")) // 2 + 1 for line in text.split("\r")[:-1]]
    paragraph: Value = {
        "ParagraphSheet": {"DefaultStyleSheet": 0, "Properties": _paragraph(look)},
        "Adjustments": {"Axis": [1.0, 0.0, 1.0], "XY": [0.0, 0.0]},
    }
    direction = _DOWNWARDS if look.column else _ALONG
    shape: Value = {
        "ShapeType": 0,
        "Procession": 1 if look.column else 0,
        "Lines": {"WritingDirection": direction, "Children": []},
        "Cookie": {
            "Photoshop": {
                "ShapeType": 0,
                "PointBase": [0.0, 0.0],
                "Base": {
                    "ShapeType": 0,
                    "TransformPoint0": [1.0, 0.0],
                    "TransformPoint1": [0.0, 1.0],
                    "TransformPoint2": [0.0, 0.0],
                },
            }
        },
    }
    resources = _resources(look)
    return {
        "EngineDict": {
            "Editor": {"Text": text},
            "ParagraphRun": _run(
                {
                    "ParagraphSheet": {"DefaultStyleSheet": 0, "Properties": {}},
                    "Adjustments": {"Axis": [1.0, 0.0, 1.0], "XY": [0.0, 0.0]},
                },
                [paragraph] * len(lengths),
                lengths,
                joinable=1,
            ),
            "StyleRun": _run(
                {"StyleSheet": {"StyleSheetData": {}}},
                [{"StyleSheet": {"StyleSheetData": _style(look)}}],
                [sum(lengths)],
                joinable=2,
            ),
            "GridInfo": {
                "GridIsOn": False,
                "ShowGrid": False,
                "GridSize": 18.0,
                "GridLeading": 22.0,
                "GridColor": _colour((0, 0, 255)),
                "GridLeadingFillColor": _colour((0, 0, 255)),
                "AlignLineHeightToGridFlags": False,
            },
            "AntiAlias": 4,
            "UseFractionalGlyphWidths": True,
            "Rendered": {"Version": 1, "Shapes": {"WritingDirection": direction, "Children": [shape]}},
        },
        "ResourceDict": resources,
        "DocumentResources": resources,
    }


def _run(default: Value, runs: list[Value], lengths: list[int], joinable: int) -> Value:
    return {"DefaultRunData": default, "RunArray": runs, "RunLengthArray": list(lengths), "IsJoinable": joinable}


def _resources(look: Look) -> Value:
    return {
        "KinsokuSet": [],
        "MojiKumiSet": [],
        "TheNormalStyleSheet": 0,
        "TheNormalParagraphSheet": 0,
        "ParagraphSheetSet": [{"Name": "Normal RGB", "DefaultStyleSheet": 0, "Properties": _paragraph(look)}],
        "StyleSheetSet": [{"Name": "Normal RGB", "StyleSheetData": _style(look)}],
        "FontSet": [
            {"Name": _BOLD if look.bold else _REGULAR, "Script": 0, "FontType": 1, "Synthetic": 0},
            {"Name": "AdobeInvisFont", "Script": 0, "FontType": 0, "Synthetic": 0},
        ],
        "SuperscriptSize": 0.583,
        "SuperscriptPosition": 0.333,
        "SubscriptSize": 0.583,
        "SubscriptPosition": 0.333,
        "SmallCapSize": 0.7,
    }


def _paragraph(look: Look) -> Value:
    return {
        "Justification": _JUSTIFIED[look.align],
        "FirstLineIndent": 0.0,
        "StartIndent": 0.0,
        "EndIndent": 0.0,
        "SpaceBefore": 0.0,
        "SpaceAfter": 0.0,
        "AutoHyphenate": False,
        "AutoLeading": _AUTO_LEADING,
        "LeadingType": 0,
        "EveryLineComposer": False,
    }


def _style(look: Look) -> Value:
    """In pixels of the canvas: the transform scales nothing."""
    size, lines = float(look.fitting_size), look.lines
    pitch = (lines[-1].baseline - lines[0].baseline) / (len(lines) - 1) if len(lines) > 1 else _AUTO_LEADING * size
    return {
        "Font": 0,
        "FontSize": size,
        "FauxBold": False,
        "FauxItalic": False,
        "AutoLeading": len(lines) < 2,
        "Leading": float(pitch),
        "HorizontalScale": 1.0,
        "VerticalScale": 1.0,
        "Tracking": 0,
        "AutoKerning": True,
        "Kerning": 0,
        "BaselineShift": 0.0,
        "FontCaps": 0,
        "FontBaseline": 0,
        "Underline": False,
        "Strikethrough": False,
        "Ligatures": True,
        "DLigatures": False,
        "BaselineDirection": 1 if look.column else 2,
        "Tsume": 0.0,
        "StyleRunAlignment": 2,
        "Language": 0,
        "NoBreak": False,
        "FillColor": _colour(look.colour),
        "StrokeColor": _colour((0, 0, 0)),
        "FillFlag": True,
        "StrokeFlag": False,
        "FillFirst": True,
    }


def _colour(rgb: tuple[int, int, int]) -> Value:
    """Alpha, red, green and blue, 0 to 1."""
    return {"Type": 1, "Values": [1.0, *(value / 255 for value in rgb)]}


def _descriptor(kind: str, items: dict[str, bytes]) -> bytes:
    parts = [struct.pack(">I", _DESCRIPTOR_VERSION), _unicode(""), _key(kind), struct.pack(">I", len(items))]
    return b"".join((*parts, *(_key(key) + value for key, value in items.items())))


def _key(key: str) -> bytes:
    """Four letters after a zero, longer ones after their length."""
    return struct.pack(">I", 0 if len(key) == 4 else len(key)) + key.encode()


def _enumerated(kind: str, value: str) -> bytes:
    return b"enum" + _key(kind) + _key(value)


def _sized(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _unicode(text: str) -> bytes:
    """A Unicode string of a descriptor: it ends in a zero, which is counted."""
    units = text.encode("utf-16-be", "replace") + bytes(2)
    return struct.pack(">I", len(units) // 2) + units
