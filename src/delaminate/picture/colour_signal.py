"""Colours told by code points or chromaticities (ITU-T H.273; PNG's gAMA, cHRM, sRGB, cICP) instead of a profile.

What differs from sRGB becomes a colour profile with the same primaries and curve, so that the values stay bit for bit
and every program shows them as meant. High dynamic range (PQ, HLG) has no meaning in a profile that programs heed: it
is converted to sRGB by one rule, and told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.picture.colour_spaces import D65, SRGB_PRIMARIES, quantised, srgb_encoded
from delaminate.picture.icc import Doubles, matrix_profile, to_xyz
from delaminate.pixels import levels

_DCI = (0.314, 0.351)
_PRIMARIES: dict[int, tuple[tuple[float, ...], tuple[float, float], str]] = {
    1: (SRGB_PRIMARIES, D65, "BT.709"),
    4: ((0.67, 0.33, 0.21, 0.71, 0.14, 0.08), (0.310, 0.316), "BT.470 M"),
    5: ((0.64, 0.33, 0.29, 0.60, 0.15, 0.06), D65, "BT.470 BG"),
    6: ((0.630, 0.340, 0.310, 0.595, 0.155, 0.070), D65, "BT.601 525"),
    7: ((0.630, 0.340, 0.310, 0.595, 0.155, 0.070), D65, "SMPTE 240M"),
    9: ((0.708, 0.292, 0.170, 0.797, 0.131, 0.046), D65, "BT.2020"),
    11: ((0.680, 0.320, 0.265, 0.690, 0.150, 0.060), _DCI, "DCI-P3"),
    12: ((0.680, 0.320, 0.265, 0.690, 0.150, 0.060), D65, "Display P3"),
    22: ((0.630, 0.340, 0.295, 0.605, 0.155, 0.077), D65, "EBU 3213"),
}
"""H.273 table 2: primaries, white, name."""

_PQ, _HLG = 16, 18
_WHITE_NITS, _HLG_PEAK_NITS = 203.0, 1000.0
"""Reference white of HDR (ITU-R BT.2408), and the display HLG is shown on (BT.2100)."""

_KNEE = 0.8
"""Of white; brighter light is rolled off towards white instead of being cut."""

_ROWS = 64


@dataclass(frozen=True)
class Signal:
    """H.273's code points of primaries and transfer, 2 where unspecified."""

    primaries: int
    transfer: int

    @property
    def hdr(self) -> bool:
        return self.transfer in (_PQ, _HLG)


def _camera(x: Doubles) -> Doubles:
    """BT.709's curve turned round."""
    return np.where(x < 0.081, x / 4.5, ((x + 0.099) / 1.099) ** (1 / 0.45))


def _srgb(x: Doubles) -> Doubles:
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


_LIGHT: dict[int, tuple[Callable[[Doubles], Doubles], str]] = {
    4: (lambda x: x**2.2, "gamma 2.2"),
    5: (lambda x: x**2.8, "gamma 2.8"),
    7: (lambda x: np.where(x < 0.0913, x / 4, ((x + 0.1115) / 1.1115) ** (1 / 0.45)), "SMPTE 240M"),
    8: (lambda x: x, "linear"),
    17: (lambda x: (x**2.6) * (52.37 / 48), "SMPTE 428"),
}
_LIKE_SRGB = {1, 2, 6, 11, 13, 14, 15}
"""Curves that decoders and browsers show as sRGB: sRGB itself, and BT.709's family, whose display curve is another."""


def profile_of(signal: Signal) -> tuple[bytes | None, str]:
    """A profile for what is no sRGB and not HDR, and a note; None for sRGB and what is unspecified."""
    if signal.primaries in (1, 2) and signal.transfer in _LIKE_SRGB:
        return None, ""
    known = _PRIMARIES.get(signal.primaries if signal.primaries != 2 else 1)
    light, curve = _LIGHT.get(signal.transfer, (_srgb, "sRGB"))
    if known is None or (signal.transfer not in _LIGHT and signal.transfer not in _LIKE_SRGB):
        return (
            None,
            (
                f"its colours are described by codes that are not known here ({signal.primaries}, {signal.transfer}); "
                "they were taken as sRGB"
            ),
        )
    primaries, white, name = known
    icc = matrix_profile(primaries, white, light, f"{name}, {curve} curve")
    return icc, f"the stated colours ({name} primaries, {curve} curve) are kept as a colour profile"


def profile_of_gamma(gamma: float | None, chromaticities: tuple[float, ...] | None) -> tuple[bytes | None, str]:
    """A profile for PNG's gAMA (the exponent of encoding) and cHRM (white xy, then red, green, blue), and a note.

    None where they say sRGB, within what their rounding allows.
    """
    like = gamma is None or abs(gamma - 0.45455) < 0.0006
    white = D65
    primaries: tuple[float, ...] = SRGB_PRIMARIES
    if chromaticities:
        white, primaries = (chromaticities[0], chromaticities[1]), chromaticities[2:]
    near = max(abs(a - b) for a, b in zip((*white, *primaries), (*D65, *SRGB_PRIMARIES), strict=True)) < 0.003
    if like and near:
        return None, ""
    if gamma is not None and not 0.01 < gamma < 100:
        return None, "an impossible gamma was not used"
    exponent = 1 / gamma if gamma else 0.0
    try:
        icc = matrix_profile(
            primaries,
            white,
            _srgb if like else lambda x: np.power(x, exponent),
            f"gamma {exponent:.4g}, stated by the picture",
        )
    except ValueError:
        return None, "impossible primary colours were not used"
    what = " and ".join([*([] if like else [f"gamma {gamma:g}"]), *([] if near else ["primary colours"])])
    return icc, f"the stated {what} (gAMA, cHRM) is kept as a colour profile"


def to_sdr(pixels: NDArray[Any], signal: Signal) -> tuple[NDArray[Any], str]:
    """HDR pixels, H×W×3 or H×W×4, as sRGB of the same depth, and a note with the rule.

    203 cd/m² (BT.2408's reference white) is white; light above 80 % of it is rolled off by the brightest channel, so
    that hues stay; colours outside sRGB are clipped. HLG is taken as on a display of 1000 cd/m² (BT.2100).
    """
    primaries, white, name = _PRIMARIES.get(signal.primaries, _PRIMARIES[9])
    to_rgb = np.linalg.inv(to_xyz(SRGB_PRIMARIES, D65)) @ to_xyz(primaries, white)
    luminance = to_xyz(primaries, white)[1]
    top = levels(pixels)
    found = np.empty_like(pixels)
    for row in range(0, pixels.shape[0], _ROWS):
        part = pixels[row : row + _ROWS]
        values = part[..., :3].astype(np.float64) / top
        light = (_pq_nits(values) if signal.transfer == _PQ else _hlg_nits(values, luminance)) / _WHITE_NITS
        found[row : row + _ROWS, :, :3] = quantised(srgb_encoded(_rolled_off(np.maximum(light @ to_rgb.T, 0))), pixels)
        found[row : row + _ROWS, :, 3:] = part[..., 3:]
    kind = "PQ" if signal.transfer == _PQ else "HLG"
    return found, (
        f"high dynamic range ({kind}, {name}) was converted to sRGB: 203 cd/m² became white, brighter light was rolled "
        "off, colours outside sRGB were clipped"
    )


def _pq_nits(x: Doubles) -> Doubles:
    """SMPTE ST 2084."""
    m1, m2, c1, c2, c3 = 1305 / 8192, 2523 / 32, 107 / 128, 2413 / 128, 2392 / 128
    power = np.power(x, 1 / m2)
    return 10_000 * np.power(np.maximum(power - c1, 0) / (c2 - c3 * power), 1 / m1)


def _hlg_nits(x: Doubles, luminance: Doubles) -> Doubles:
    """ARIB STD-B67 with BT.2100's system gamma of 1.2."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(x <= 0.5, x * x / 3, (np.exp((x - c) / a) + b) / 12)
    return _HLG_PEAK_NITS * scene * np.power(np.maximum(scene @ luminance, 1e-9), 0.2)[..., None]


def _rolled_off(light: Doubles) -> Doubles:
    most = light.max(axis=-1, keepdims=True)
    over = np.maximum(most - _KNEE, 0) / (1 - _KNEE)
    bounded = np.where(most > _KNEE, _KNEE + (1 - _KNEE) * (1 - np.exp(-over)), most)
    rolled: Doubles = light * (bounded / np.maximum(most, 1e-12))
    return rolled
