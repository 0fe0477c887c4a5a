"""What a file is, told by its first bytes, so that a whole file we do not read is never called damaged."""

from __future__ import annotations

_SAVE = "export it as PNG or TIFF"
_PHOTO = "develop it in a raw converter and save it as 16-bit TIFF"

READ = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "HEIF", "JPEG2000", "JXL", "PSD", "ORA")
"""Kinds that are read; HEIF and JXL where their decoders are installed."""

ENDINGS = frozenset(
    [
        ".png",
        ".apng",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".webp",
        ".tif",
        ".tiff",
        ".gif",
        ".bmp",
        ".avif",
        ".heic",
        ".heif",
        ".hif",
        ".jp2",
        ".j2k",
        ".jpx",
        ".jpf",
        ".jxl",
        ".psd",
        ".psb",
        ".ora",
        ".kra",
    ]
)
"""Of the files that are read, as people name them."""

FOREIGN_ENDINGS = frozenset(
    [
        ".xcf",
        ".ai",
        ".eps",
        ".ps",
        ".pdf",
        ".indd",
        ".afphoto",
        ".afdesign",
        ".sketch",
        ".fig",
        ".cdr",
        ".xd",
        ".psdx",
        ".clip",
        ".mdp",
        ".sai",
        ".procreate",
        ".svgz",
        ".ico",
        ".tga",
        ".exr",
        ".hdr",
        ".dds",
        ".ppt",
        ".key",
        ".odp",
        ".docx",
        ".mp4",
        ".mov",
        ".rar",
        ".7z",
        ".gz",
        ".tar",
        ".json",
        ".xml",
        ".txt",
        ".spine",
        ".aseprite",
        ".ase",
    ]
)
"""Of files of other programs: nobody means a folder of that name."""

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\xff\x0a", "JXL"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JXL"),
    (b"8BPS", "PSD"),
)
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "is a PDF, which is not read; save the page as a picture, for example: pdftoppm -png -r 200 FILE page"),
    (b"%!PS", f"is PostScript, which is not read; {_SAVE}"),
    (b"\xc5\xd0\xd3\xc6", f"is an EPS, which is not read; {_SAVE}"),
    (b"gimp xcf", "is a GIMP document, which is not read; export it from GIMP as PSD, OpenRaster or PNG"),
    (b"FUJIFILMCCD-RAW", f"is a camera's raw file, which is not read; {_PHOTO}"),
    (b"\x76\x2f\x31\x01", f"is an OpenEXR picture, which is not read; {_SAVE}"),
    (b"#?RADIANCE", f"is a Radiance HDR picture, which is not read; {_SAVE}"),
    (b"DDS ", f"is a DDS texture, which is not read; {_SAVE}"),
    (b"\0\0\x01\0", f"is an icon, which is not read; {_SAVE}"),
    (b"\x1aE\xdf\xa3", "is a video, not a picture; save one frame as PNG"),
    (b"\xd7\xcd\xc6\x9a", f"is a Windows metafile, which is not read; {_SAVE}"),
    (b"farbfeld", f"is a farbfeld picture, which is not read; {_SAVE}"),
    (b"qoif", f"is a QOI picture, which is not read; {_SAVE}"),
    (b"\x00\xffKA\x00", f"is an Affinity document, which is not read; {_SAVE} or PSD"),
    (b"\x1f\x8b", "is a gzip archive; unpack it first"),
    (b"Rar!", "is an archive; unpack it first"),
    (b"7z\xbc\xaf", "is an archive; unpack it first"),
)
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


def kind_of(head: bytes) -> str:
    """One of `READ`, or "" where it is none of them.

    Parameters
    ----------
    head : the first 256 bytes or more.
    """
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF" if head[8:10] != b"CR" else ""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        brands = _brands(head)
        if any(brand in (b"avif", b"avis") for brand in brands):
            return "AVIF"
        if any(brand in _HEIF for brand in brands):
            return "HEIF"
    if head[:4] == b"PK\3\4" and (b"image/openraster" in head[:128] or b"application/x-krita" in head[:128]):
        return "ORA"
    return ""


def _brands(head: bytes) -> list[bytes]:
    size = min(int.from_bytes(head[:4], "big"), len(head))
    return [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]


def said_of(head: bytes) -> str:
    """What a file that is not read is and what to do: the end of a sentence that begins with its name."""
    for start, sentence in _OTHERS:
        if head.startswith(start):
            return sentence
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml", b"<!--")) and (b"<svg" in text or b"svg" in text[:256]):
        return "is an SVG drawing, which is not read; export it as PNG, for example: inkscape FILE -o picture.png"
    if text.startswith((b"<!doctype html", b"<html", b"<head")):
        return "is a web page, not a picture; open it in a browser and save the picture itself"
    if head[:4] in (b"II*\0", b"MM\0*", b"IIRO", b"IIU\0") or head[4:12] == b"ftypcrx ":
        return f"is a camera's raw file, which is not read; {_PHOTO}"
    if head[4:8] == b"ftyp":
        return "is a video, not a picture; save one frame as PNG"
    if head[:4] == b"PK\3\4":
        return "is an archive or a document, not a picture; unpack it or export the picture"
    if head[:4] == b"RIFF":
        return "is a sound or a video, not a picture; save one frame as PNG"
    return "is not a whole PNG, JPEG, WebP, TIFF, GIF, BMP or AVIF picture; convert it or fetch it again"
