"""Where the result of a split goes: a folder, files, or a folder with files beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delaminate.contracts import Decomposition
from delaminate.errors import BadInput, UnwritableOutput
from delaminate.export import bundle, manifest
from delaminate.export.append import append, check_document
from delaminate.export.cut_as import CutAs
from delaminate.export.dropped import Dropped, Written
from delaminate.export.folder import check_folder, read_folder, record_dropped, save
from delaminate.export.formats import FORMATS, Format, format_of, is_format, write
from delaminate.export.png import file_stems
from delaminate.export.text_as import TextAs
from delaminate.picture.kinds import ENDINGS, FOREIGN_ENDINGS
from delaminate.stack import LayerStack


class PartlyWritten(UnwritableOutput):
    """Some files could not be written, with a sentence each; `told` and `written` are what `Outputs.write` returns."""

    def __init__(self, sentences: Sequence[str], told: dict[str, Any], written: tuple[Written, ...]) -> None:
        super().__init__("; ".join(sentences))
        self.told, self.written = told, written


@dataclass(frozen=True)
class Outputs:
    """The places of one result; at least one.

    Parameters
    ----------
    folder : for PNGs and manifest, or None.
    files : one for each further format.
    into : a document that the layers are added to, or None.
    group : what their group in that document is called.
    background : whether the background goes into that document too.
    """

    folder: Path | None
    files: tuple[Path, ...] = ()
    into: Path | None = None
    group: str = "layers"
    background: bool = False

    def check_size(self, width: int, height: int) -> None:
        """Refuse a document that layers of this size cannot be added to, before the work of a split is spent.

        Raises
        ------
        BadInput
            With the reason.
        """
        if self.into is not None:
            check_document(self.into, width, height)

    def check(self, overwrite: bool) -> None:
        """Refuse what `write` would refuse, before the work of a split is spent.

        Raises
        ------
        UnwritableOutput
            If a place is taken, or cannot be written.
        """
        if self.folder is not None:
            check_folder(self.folder, overwrite)
        for file in self.files:
            check_file(file, overwrite)

    def write(
        self,
        result: Decomposition,
        *,
        preview: bool = True,
        overwrite: bool = False,
        invented: bool = False,
        text: TextAs | None = None,
        cut: CutAs = CutAs.ALPHA,
    ) -> tuple[dict[str, Any], tuple[Written, ...]]:
        """Write everything.

        Returns
        -------
        told, written
            The manifest, with what every file dropped; and the files. Without a folder its layers name no files.

        Raises
        ------
        UnwritableOutput
            If the folder cannot be written.
        PartlyWritten
            If some of the files cannot; the others are written first.
        """
        told = save(result, self.folder, preview, overwrite, invented=invented) if self.folder is not None else {}
        good: list[Written] = []
        bad: list[str] = []
        for file in self.files:
            try:
                good.append(export(result, file, text=text, cut=cut, folder=self.folder))
            except (BadInput, UnwritableOutput) as error:
                bad.append(str(error))
        if self.into is not None:
            try:
                good.append(append(result.stack, self.into, self.group, text, cut, background=self.background))
            except (BadInput, UnwritableOutput) as error:
                bad.append(str(error))
        written = tuple(good)
        if self.folder is None:
            told = _told_without_folder(result, written)
        elif written:
            told = record_dropped(self.folder, dropped_rows(written))
        if bad:
            raise PartlyWritten(bad, told, written)
        return told, written


def check_file(path: Path, overwrite: bool) -> None:
    """Refuse a file that exists, itself or one written beside it, unless it may be replaced; and a folder of that name.

    Raises
    ------
    UnwritableOutput
        With what to do.
    """
    row = format_of(path)
    row.check_installed()
    for file in (path, *(path.with_suffix(ending) for ending in row.companions)):
        try:
            folder, there = file.is_dir(), file.exists()
        except OSError as error:
            raise UnwritableOutput(f"{file} cannot be written: {error.strerror}; choose another name") from error
        if folder:
            raise UnwritableOutput(f"{file} is a folder; name a file")
        if there and not overwrite:
            raise UnwritableOutput(f"{file} exists; name another file or allow overwriting (--overwrite)")
    if not path.absolute().parent.is_dir():
        raise UnwritableOutput(f"{path} cannot be written: there is no folder {path.absolute().parent}")


def outputs_of(out: Path, also: tuple[Format, ...]) -> Outputs:
    """The places for `--out OUT --also …`: a file by its suffix, else a folder; the others lie beside it.

    Raises
    ------
    BadInput
        If the suffix is one of a picture or of another program's files that cannot be written with layers.
    """
    ending = out.suffix.lower()
    if not is_format(out) and ending in ENDINGS | FOREIGN_ENDINGS and not out.is_dir():
        known = ", ".join(suffix for row in FORMATS for suffix in row.suffixes)
        raise BadInput(f"{ending!r} is no format for layers; name a folder, or a file that ends in one of {known}")
    if is_format(out):
        beside = (out.with_suffix(row.suffixes[0]) for row in also if row is not format_of(out))
        return Outputs(None, (out, *beside))
    return Outputs(out, tuple(out.with_name(out.name + row.suffixes[0]) for row in also))


def export(
    source: LayerStack | Decomposition | Path,
    path: Path,
    *,
    text: TextAs | None = None,
    cut: CutAs = CutAs.ALPHA,
    folder: Path | None = None,
) -> Written:
    """Write a stack, the result of a split, or a layer folder as one file.

    Parameters
    ----------
    folder : where `source` has been saved already, if it has.

    Raises
    ------
    BadInput
        If the suffix is unknown, or a zip is asked for a bare stack, which has no manifest.
    UnwritableOutput
        If the file cannot be written.
    """
    if isinstance(source, Path):
        return export(read_folder(source), path, text=text, cut=cut, folder=source)
    if not format_of(path).facts:
        return write(source if isinstance(source, LayerStack) else source.stack, path, text, cut)
    if folder is not None:
        return bundle.write_folder(folder, path)
    if isinstance(source, LayerStack):
        raise BadInput(f"{path} would hold a manifest, which a bare stack has not; give the result of a split")
    with tempfile.TemporaryDirectory() as place:
        save(source, Path(place), overwrite=True)
        return bundle.write_folder(Path(place), path)


def dropped_rows(written: tuple[Written, ...]) -> dict[str, list[dict[str, str]]]:
    """What each file dropped, as the manifest records it under `report.dropped`."""
    return {file.paths[0].name: [_row(loss) for loss in file.dropped] for file in written}


def _row(loss: Dropped) -> dict[str, str]:
    return {"what": loss.what, "why": loss.why}


def _told_without_folder(result: Decomposition, written: tuple[Written, ...]) -> dict[str, Any]:
    told = manifest.write(result, {layer: f"{stem}.png" for layer, stem in file_stems(result.stack).items()})
    for row in told["layers"]:
        del row["file"]
    told["files"] = [str(path) for file in written for path in file.paths]
    told["report"]["dropped"] = dropped_rows(written)
    return told
