"""The networks of lite in torch, written from their papers at a few thousand random weights, and their ONNX exports.

They have the parts and the order of the published ones, and their inputs and outputs; widths and sides are small.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

OPSET = 17
"""That of the published exports of EfficientSAM and LaMa; the script of MI-GAN's makers says 12."""


def exported(
    model: nn.Module, given: Sequence[Tensor], file: Path, inputs: list[str], outputs: list[str], **how: Any
) -> Path:
    """The ONNX file of a model, traced with what is given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(),
            tuple(given),
            file,
            input_names=inputs,
            output_names=outputs,
            opset_version=OPSET,
            dynamo=False,
            **how,
        )
    return file


class EfficientSam(nn.Module):
    """A plain ViT that looks, embedded points, and the two-way decoder of SAM (Xiong et al., CVPR 2024).

    Parameters
    ----------
    side : pixels of the square that the encoder looks at; the published one's is 1024.
    width, hidden, depth, inner : channels of the decoder and of the encoder, blocks of the encoder, and channels inside
        the decoder's; the published ones are 256, 192, 12 and 2048.
    """

    def __init__(self, side: int = 128, width: int = 32, hidden: int = 24, depth: int = 2, inner: int = 64) -> None:
        from transformers import SamMaskDecoderConfig, SamVisionConfig
        from transformers.models.sam.modeling_sam import SamMaskDecoder, SamVisionEncoder

        super().__init__()
        torch.manual_seed(21)
        self.side, self.grid = side, side // 16
        vision = SamVisionConfig(
            hidden_size=hidden,
            output_channels=width,
            num_hidden_layers=depth,
            num_attention_heads=3,
            image_size=side,
            patch_size=16,
            mlp_dim=4 * hidden,
            use_rel_pos=False,
            global_attn_indexes=list(range(depth)),
        )
        decoder = SamMaskDecoderConfig(
            hidden_size=width,
            mlp_dim=inner,
            num_hidden_layers=2,
            num_attention_heads=4,
            iou_head_depth=3,
            iou_head_hidden_dim=32,
            hidden_act="gelu",
        )
        for config in (vision, decoder):
            config._attn_implementation = "eager"
        self.encoder, self.decoder = SamVisionEncoder(vision), SamMaskDecoder(decoder)
        for weights in self.decoder.parameters():  # untrained, all it says is near zero
            weights.data *= 1.5
        self.of_kind = nn.Parameter(torch.randn(4, width))  # none, a point, the first corner, the second
        self.register_buffer("waves", torch.randn(2, width // 2))
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406])[:, None, None])
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225])[:, None, None])

    def placed(self, points: Tensor) -> Tensor:
        """Embeddings … × width of points … × 2 in 0..1."""
        angles = (2 * points - 1) @ self.waves * (2 * math.pi)
        return torch.cat([angles.sin(), angles.cos()], -1)

    def forward(self, batched_images: Tensor, batched_point_coords: Tensor, batched_point_labels: Tensor) -> Any:
        """Masks 1×1×3×h×w and how sure it is of each, 1×1×3."""
        height, width = batched_images.shape[2:]
        seen = functional.interpolate(batched_images, (self.side, self.side), mode="bilinear")
        features = self.encoder((seen - self.mean) / self.deviation)[0]
        scale = torch.tensor([width, height]) / self.side
        told = self.placed((batched_point_coords / scale + 0.5) / self.side)
        for kind, label in enumerate((-1, 1, 2, 3)):
            told = told + (batched_point_labels == label).float()[..., None] * self.of_kind[kind]
        middles = (torch.arange(self.grid) + 0.5) / self.grid
        grid = torch.stack(torch.meshgrid(middles, middles, indexing="xy"), -1)
        masks, sure = self.decoder(
            image_embeddings=features,
            image_positional_embeddings=self.placed(grid).permute(2, 0, 1)[None],
            sparse_prompt_embeddings=told,
            dense_prompt_embeddings=torch.zeros_like(features),
            multimask_output=True,
        )[:2]
        return functional.interpolate(masks[:, 0], (height, width), mode="bilinear")[:, None], sure


class LabelsWithAnAxisMore(nn.Module):
    """EfficientSAM as one export takes its labels: 1×1×6×1."""

    def __init__(self, model: EfficientSam) -> None:
        super().__init__()
        self.model = model

    def forward(self, batched_images: Tensor, batched_point_coords: Tensor, batched_point_labels: Tensor) -> Any:
        """The same."""
        return self.model(batched_images, batched_point_coords, batched_point_labels[..., 0])


def efficientsam_file(model: EfficientSam, file: Path, axis_more: bool = False) -> Path:
    """Its export, of one size, as OpenCV's is."""
    given = torch.rand(1, 3, model.side, model.side), torch.zeros(1, 1, 6, 2), -torch.ones(1, 1, 6)
    inputs = ["batched_images", "batched_point_coords", "batched_point_labels"]
    outputs = ["output_masks", "iou_predictions"]
    if axis_more:
        shown = LabelsWithAnAxisMore(model)
        return exported(shown, (*given[:2], given[2][..., None]), file, inputs, outputs)
    return exported(model, given, file, inputs, outputs)


def _spectrum(x: Tensor) -> tuple[Tensor, Tensor]:
    """Real and imaginary part of the half spectrum of … × h × w.

    ONNX has no complex numbers: in an export the transform is the products with its matrices that it stands for, which
    the test compares with torch's own.
    """
    if not torch.onnx.is_in_onnx_export():
        made = torch.fft.rfft2(x, norm="ortho")
        return made.real, made.imag
    h, w = int(x.shape[-2]), int(x.shape[-1])
    (down, down_i), (over, over_i) = _waves(h, h), _waves(w, w // 2 + 1)
    real, imaginary = x @ over, -(x @ over_i)
    return down @ real + down_i @ imaginary, down @ imaginary - down_i @ real


def _picture(real: Tensor, imaginary: Tensor, width: int) -> Tensor:
    """Back from the half spectrum."""
    if not torch.onnx.is_in_onnx_export():
        made: Tensor = torch.fft.irfft2(torch.complex(real, imaginary), (real.shape[-2], width), norm="ortho")
        return made
    (down, down_i), (over, over_i) = _waves(real.shape[-2], real.shape[-2]), _waves(width, width // 2 + 1)
    both = torch.full((width // 2 + 1,), 2.0)  # all but the first and the middle stand for two
    both[0] = 1
    if width % 2 == 0:
        both[-1] = 1
    rows, rows_i = down @ real - down_i @ imaginary, down @ imaginary + down_i @ real
    return (rows * both) @ over.T - (rows_i * both) @ over_i.T


def _waves(n: int, kept: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines n × kept of the orthonormal transform."""
    n, kept = int(n), int(kept)  # while tracing they are tensors
    angle = 2 * np.pi * np.outer(np.arange(n), np.arange(kept)) / n
    parts = np.cos(angle) / np.sqrt(n), np.sin(angle) / np.sqrt(n)
    return torch.from_numpy(parts[0].astype(np.float32)), torch.from_numpy(parts[1].astype(np.float32))


class Normed(nn.Sequential):
    """A convolution (or one that enlarges), its normalisation, and what is above zero of it."""

    def __init__(self, convolution: nn.Module, width: int) -> None:
        super().__init__(convolution, nn.BatchNorm2d(width), nn.ReLU())


class FourierUnit(nn.Module):
    """A 1×1 convolution of the spectrum: every pixel sees the whole picture."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mixed = Normed(nn.Conv2d(2 * width, 2 * width, 1, bias=False), 2 * width)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        real, imaginary = self.mixed(torch.cat(_spectrum(x), 1)).chunk(2, 1)
        return _picture(real, imaginary, x.shape[-1])


class SpectralTransform(nn.Module):
    """The global branch: narrowed, through the spectrum beside itself, widened."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.narrowed = Normed(nn.Conv2d(width, width // 2, 1, bias=False), width // 2)
        self.spectrum = FourierUnit(width // 2)
        self.widened = nn.Conv2d(width // 2, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        narrow = self.narrowed(x)
        widened: Tensor = self.widened(narrow + self.spectrum(narrow))
        return widened


class FastFourierConvolution(nn.Module):
    """A quarter of the channels is local, the rest global; each hears of both."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.near = width // 4
        far = width - self.near
        self.near_to_near = _reflecting(self.near, self.near)
        self.near_to_far, self.far_to_near = _reflecting(self.near, far), _reflecting(far, self.near)
        self.far_to_far = SpectralTransform(far)
        self.near_end = nn.Sequential(nn.BatchNorm2d(self.near), nn.ReLU())
        self.far_end = nn.Sequential(nn.BatchNorm2d(far), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        near, far = x[:, : self.near], x[:, self.near :]
        return torch.cat(
            [
                self.near_end(self.near_to_near(near) + self.far_to_near(far)),
                self.far_end(self.near_to_far(near) + self.far_to_far(far)),
            ],
            1,
        )


def _reflecting(come: int, go: int) -> nn.Conv2d:
    return nn.Conv2d(come, go, 3, padding=1, bias=False, padding_mode="reflect")


class FourierBlock(nn.Module):
    """Two of them beside what came."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.twice = nn.Sequential(FastFourierConvolution(width), FastFourierConvolution(width))

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        kept: Tensor = x + self.twice(x)
        return kept


class Lama(nn.Module):
    """Smaller three times, residual blocks of fast Fourier convolutions, larger again (Suvorov et al., WACV 2022)."""

    def __init__(self, width: int = 4, blocks: int = 2) -> None:
        super().__init__()
        torch.manual_seed(22)
        down, up = list[nn.Module](), list[nn.Module]()
        for step in range(3):
            come, go = width << step, width << (step + 1)
            down.append(Normed(nn.Conv2d(come, go, 3, 2, 1, padding_mode="reflect"), go))
            up.insert(0, Normed(nn.ConvTranspose2d(go, come, 3, 2, 1, 1), come))
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(3),
            Normed(nn.Conv2d(4, width, 7), width),
            *down,
            *(FourierBlock(width << 3) for _ in range(blocks)),
            *up,
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, 3, 7),
            nn.Sigmoid(),
        )
        for part in self.modules():  # as after training: no two channels are alike
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.uniform_(-0.1, 0.1)
                part.running_var.uniform_(0.5, 1.5)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """1×3×h×w in 0..255 of a picture in 0..1 and 1 where to fill."""
        made = self.layers(torch.cat([image * (1 - mask), mask], 1))
        return (image * (1 - mask) + made * mask) * 255


def lama_file(model: Lama, file: Path, side: int = 64) -> Path:
    """Its export, of one size, as the published ones are."""
    given = torch.rand(1, 3, side, side), torch.zeros(1, 1, side, side)
    return exported(model, given, file, ["image", "mask"], ["output"])


def _bent(x: Tensor) -> Tensor:
    """The activation of StyleGAN2: leaky, louder by √2, within ± 256."""
    return (functional.leaky_relu(x, 0.2) * math.sqrt(2)).clamp(-256, 256)


class Binomial(nn.Module):
    """Half or double the size through the filter (1, 3, 3, 1)."""

    def __init__(self, width: int, larger: bool) -> None:
        super().__init__()
        line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.width, self.larger = width, larger
        self.register_buffer("weight", torch.outer(line, line).repeat(width, 1, 1, 1) * (4 if larger else 1))

    def forward(self, x: Tensor) -> Tensor:
        """The same channels."""
        if self.larger:
            return functional.conv_transpose2d(x, self.weight, stride=2, padding=1, groups=self.width)
        return functional.conv2d(x, self.weight, stride=2, padding=1, groups=self.width)


class Separable(nn.Module):
    """A 3×3 convolution of each channel alone and a 1×1 of all, which the training's parallel ones were folded into."""

    def __init__(self, come: int, go: int, resize: int = 0, noise: int = 0) -> None:
        super().__init__()
        self.smaller = Binomial(come, larger=False) if resize < 0 else nn.Identity()
        self.larger = Binomial(go, larger=True) if resize > 0 else nn.Identity()
        self.alone = nn.Conv2d(come, come, 3, padding=1, groups=come)
        self.all = nn.Conv2d(come, go, 1, bias=False)
        self.register_buffer("noise", 0.1 * torch.randn(noise, noise) if noise else torch.zeros(1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Channels go, at half or double the size where `resize` is -1 or 1."""
        return _bent(self.larger(self.all(self.smaller(_bent(self.alone(x))))) + self.noise)


class Migan(nn.Module):
    """The generator: an encoder whose every scale is added to the decoder's, colours summed up over the scales.

    Sargsyan et al., ICCV 2023.

    Parameters
    ----------
    side : pixels of the square it works at, a power of two.
    """

    def __init__(self, side: int = 64, base: int = 256, most: int = 16) -> None:
        super().__init__()
        torch.manual_seed(23)
        self.side = side
        sides = [side >> step for step in range(int(math.log2(side)) - 1)]  # down to 4
        widths = [min(base // one, most) for one in sides]
        self.first = nn.Conv2d(4, widths[0], 1)
        self.seen = nn.ModuleList(Separable(width, width) for width in widths)
        self.smaller = nn.ModuleList(Separable(come, go, -1) for come, go in itertools.pairwise(widths))
        self.smaller.append(Separable(widths[-1], widths[-1]))
        widths.reverse()
        sides.reverse()
        self.larger = nn.ModuleList([Separable(widths[0], widths[0])])
        self.larger.extend(
            Separable(come, go, 1, noise) for come, go, noise in zip(widths, widths[1:], sides[1:], strict=False)
        )
        self.made = nn.ModuleList(
            Separable(width, width, 0, noise if noise > 4 else 0) for width, noise in zip(widths, sides, strict=True)
        )
        self.coloured = nn.ModuleList(nn.Conv2d(width, 3, 1) for width in widths)
        self.enlarged = Binomial(3, larger=True)

    def forward(self, x: Tensor) -> Tensor:
        """Colours 1×3×side×side about -1..1 of the mask less a half and the picture where it is kept."""
        x, kept = _bent(self.first(x)), []
        for seen, smaller in zip(self.seen, self.smaller, strict=True):
            kept.append(seen(x))
            x = smaller(kept[-1])
        colours = None
        for larger, made, coloured in zip(self.larger, self.made, self.coloured, strict=True):
            x = made(larger(x) + kept.pop())
            told = coloured(x)
            colours = told if colours is None else self.enlarged(colours) + told
        assert colours is not None
        return colours


class MiganPipeline(nn.Module):
    """The generator between uint8 pictures of any size, its mask 255 where they are kept."""

    def __init__(self, generator: Migan) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """The picture, uint8 1×3×h×w, with other colours where the mask is 0."""
        size, side = image.shape[2:], (self.generator.side, self.generator.side)
        light, known = image.float(), mask.float() / 255
        small = functional.interpolate(light, side, mode="bilinear") * 2 / 255 - 1
        here = functional.interpolate(known, side, mode="nearest")
        made = (self.generator(torch.cat([here - 0.5, small * here], 1)) * 0.5 + 0.5) * 255
        full = functional.interpolate(made.clamp(0, 255), size, mode="bilinear")
        return (light * known + full * (1 - known)).clamp(0, 255).to(torch.uint8)


def migan_file(model: MiganPipeline, file: Path) -> Path:
    """Its export, for pictures of any size."""
    given = torch.zeros(1, 3, 96, 80, dtype=torch.uint8), torch.zeros(1, 1, 96, 80, dtype=torch.uint8)
    free = {2: "height", 3: "width"}
    axes = {"image": free, "mask": free, "result": free}
    return exported(model, given, file, ["image", "mask"], ["result"], dynamic_axes=axes)
