"""What a smooth area looks like as a function of place: one colour, a polynomial, a linear or a radial gradient.

The gradients of drawings have stops: along their axis, or away from their middle, colour is a broken line. So a
gradient is found by separating its variables (Golub and Pereyra 1973): for every axis or middle that is tried the
broken line is a linear least squares problem.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from delaminate.stages.inpainting.content_aware.smooth import fitted

Colours = NDArray[np.float32]
Places = NDArray[Any]

_SAMPLES = 700
_KNOTS = 15
"""Of a broken line."""

_HALVINGS = 6
"""Of the steps of a search."""

_FINE = 0.5
"""Levels of mean error above the noise from which a richer model is tried."""

_SPARED = 0.85
"""A richer model must leave less than this share of a simpler one's error."""

_MOSTLY, _EXACT = 0.6, 1.0
"""Share of an area that is one colour, and levels to which it is (and two more for every level of grain), from which
what departs from it may be soft shadows that lie on it: no gradient, if none explains as much of the area."""

_OVERSHOOT = 6.0
"""Levels a surface may leave the range of what was seen."""


class Surface(Protocol):
    """Colours as a function of place."""

    def at(self, rows: Places, columns: Places) -> Colours:
        """float32 n×3 in levels of 8 bits."""


@dataclass(frozen=True, eq=False)
class Flat:
    """One colour."""

    colour: Colours

    def at(self, rows: Places, columns: Places) -> Colours:  # noqa: ARG002 the same everywhere
        return np.broadcast_to(self.colour, (len(rows), 3)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Profile:
    """A broken line over `along` of the place: a gradient with stops."""

    along: Callable[[Places, Places], NDArray[np.float64]]
    first: float
    step: float
    stops: NDArray[np.float64]

    def at(self, rows: Places, columns: Places) -> Colours:
        """Beyond the stops it stays as it is there."""
        low, share = _knots((self.along(rows, columns) - self.first) / self.step)
        return _between(low, share, self.stops).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Bounded:
    """A surface kept within a range of colours."""

    surface: Surface
    least: Colours
    most: Colours

    def at(self, rows: Places, columns: Places) -> Colours:
        return np.clip(self.surface.at(rows, columns), self.least, self.most)


def _knots(t: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The knot below each t (0.._KNOTS − 1) and the share of the next: what makes a broken line linear in its stops."""
    t = np.clip(t, 0, _KNOTS - 1)
    low = np.minimum(t.astype(np.int64), _KNOTS - 2)
    return low, t - low


_BEND = np.diff(np.eye(_KNOTS), 2, axis=0).T @ np.diff(np.eye(_KNOTS), 2, axis=0)


@dataclass(frozen=True, eq=False)
class _Lines:
    """Broken lines through the same n values over several t each: `first`, `step` and `error` m, `stops` m×_KNOTS×3.

    `error` is what each leaves: the mean absolute error of the worst channel, outliers held.
    """

    first: NDArray[np.float64]
    step: NDArray[np.float64]
    stops: NDArray[np.float64]
    error: NDArray[np.float64]


def _lines(t: NDArray[np.float64], values: NDArray[np.float64]) -> _Lines:
    """The broken lines through n×3 values over each row of m×n `t`.

    The second differences are held a little, so that stops without samples go on straight.
    """
    m, n = t.shape
    first = t.min(axis=1)
    step = np.maximum((t.max(axis=1) - first) / (_KNOTS - 1), 1e-6)
    low, share = _knots((t - first[:, None]) / step[:, None])
    rest, cell = 1 - share, (low + _KNOTS * np.arange(m)[:, None]).ravel()

    def total(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(cell, weight.ravel(), minlength=m * _KNOTS).reshape(m, _KNOTS).astype(np.float64)

    here, beside, next_ = total(rest**2), total(share * rest)[:, :-1], total(share**2)[:, :-1]
    left = np.zeros((m, _KNOTS, _KNOTS))
    every = np.arange(_KNOTS)
    left[:, every, every] = here + 1e-9
    left[:, every[1:], every[1:]] += next_
    left[:, every[:-1], every[1:]] = left[:, every[1:], every[:-1]] = beside
    left += 1e-3 * n / _KNOTS * _BEND
    right = np.zeros((m, _KNOTS, values.shape[1]))
    for channel, seen in enumerate(values.T):
        right[..., channel] = total(rest * seen)
        right[:, 1:, channel] += total(share * seen)[:, :-1]
    stops = np.asarray(np.linalg.solve(left, right), np.float64)
    off = np.zeros((m, n))
    row = np.arange(m)[:, None]
    for channel, seen in enumerate(values.T):
        at = stops[..., channel]
        below = at[row, low]
        np.maximum(off, np.abs(seen - (below + share * (at[row, low + 1] - below))), out=off)
    held = np.minimum(off, 4 * np.median(off, axis=1, keepdims=True) + 1)
    return _Lines(first, step, stops, np.asarray(held.mean(axis=1), np.float64))


def _between(low: NDArray[np.int64], share: NDArray[np.float64], stops: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(stops[low] + share[:, None] * (stops[low + 1] - stops[low]))


Along = Callable[[Places, Places], NDArray[np.float64]]


def _axis(angle: float) -> Along:
    return lambda rows, columns: np.cos(angle) * columns + np.sin(angle) * rows


def _middle(row: float, column: float, stretch: float) -> Along:
    return lambda rows, columns: np.hypot((rows - row) * np.exp(stretch), (columns - column) * np.exp(-stretch))


def _profile(along: Along, rows: Places, columns: Places, values: NDArray[np.float64]) -> tuple[Surface, float]:
    """The gradient along one axis or away from one middle, and what it leaves."""
    line = _lines(along(rows, columns)[None], values)
    return Profile(along, float(line.first[0]), float(line.step[0]), line.stops[0]), float(line.error[0])


def _searched(
    start: NDArray[np.float64],
    steps: NDArray[np.float64],
    made: Callable[[NDArray[np.float64]], Along],
    rows: Places,
    columns: Places,
    values: NDArray[np.float64],
    least: float,
) -> NDArray[np.float64]:
    """Pattern search (Hooke and Jeeves 1961) for the parameters whose broken line leaves least.

    All steps from a place are tried at once; the best of them is taken.
    """

    def left(tried: NDArray[np.float64]) -> NDArray[np.float64]:
        return _lines(np.stack([made(at)(rows, columns) for at in tried]), values).error

    best, error, halvings = start, float(left(start[None])[0]), 0
    ways = np.concatenate([np.eye(len(start)), -np.eye(len(start))])
    while halvings < _HALVINGS and error > least:
        tried = best + ways * steps
        errors = left(tried)
        at = int(errors.argmin())
        if errors[at] < error - 1e-3:
            best, error = tried[at], float(errors[at])
        else:
            steps, halvings = steps / 2, halvings + 1
    return best


def fit_surface(rows: Places, columns: Places, values: Colours, noise: float) -> tuple[Surface, float]:
    """The simplest surface that explains an area, and what it leaves.

    Parameters
    ----------
    rows, columns : n integers each, at least 24.
    values : float32 n×3 in levels of 8 bits.
    noise : standard deviation of the grain, in levels.

    Returns
    -------
    surface, error : the mean absolute error over the samples (of the worst channel, outliers held), in levels.
    """
    values64 = values.astype(np.float64)
    middle = np.median(values64, axis=0)
    near = np.abs(values64 - middle).max(axis=1) <= 3 + 2 * noise
    if near.mean() > 0.9 and np.ptp(np.percentile(values64[near], (5, 95), axis=0), axis=0).max() <= 2 + 3 * noise:
        colour = middle if noise < 0.3 else values64[near].mean(axis=0)
        if not _leans(rows[near], columns[near], values64[near]):
            return Flat(colour.astype(np.float32)), float(np.abs(values64[near] - colour).max(axis=1).mean())
    least, most = values.min(axis=0) - np.float32(_OVERSHOOT), values.max(axis=0) + np.float32(_OVERSHOOT)
    if len(rows) > _SAMPLES:
        some = np.linspace(0, len(rows) - 1, _SAMPLES).astype(np.int64)
        rows, columns, values, values64 = rows[some], columns[some], values[some], values64[some]
    enough = _FINE + 1.3 * noise

    def left(surface: Surface) -> float:
        error = np.abs(values - surface.at(rows, columns)).max(axis=1)
        return float(np.minimum(error, 4 * np.median(error) + 1).mean())

    best: Surface = fitted(rows, columns, values, 1)
    error = left(best)
    if error > enough:
        richer = fitted(rows, columns, values, 2)
        best, error = (richer, left(richer)) if left(richer) < _SPARED * error else (best, error)
    if error > enough:
        for profile in (_ramp, _glow):
            surface, here = profile(rows, columns, values64, enough)
            if here < _SPARED * error:
                best, error = surface, here
            if error <= enough:
                break
    exact = _EXACT + 2 * noise
    plain = np.abs(values - middle).max(axis=1) <= exact
    if error > enough / 2 and plain.mean() >= _MOSTLY:
        explained = np.abs(values - best.at(rows, columns)).max(axis=1) <= exact
        if plain.mean() > explained.mean():
            flat = Flat((middle if noise < 0.3 else values64[plain].mean(axis=0)).astype(np.float32))
            return flat, left(flat)
    return Bounded(best, least, most), error


def _leans(rows: Places, columns: Places, values: NDArray[np.float64]) -> bool:
    """Whether an area is rather a very gentle gradient: its ends differ by a level."""
    for place in (rows, columns):
        third = np.quantile(place, (0.25, 0.75))
        low, high = place <= third[0], place >= third[1]
        if np.abs(values[low].mean(axis=0) - values[high].mean(axis=0)).max() > 0.8:
            return True
    return False


def _ramp(rows: Places, columns: Places, values: NDArray[np.float64], enough: float) -> tuple[Surface, float]:
    """A linear gradient with stops."""
    few = slice(None, None, 3)
    angles = np.linspace(0, np.pi, 18, endpoint=False)
    tried = np.stack([_axis(float(angle))(rows[few], columns[few]) for angle in angles])
    start = angles[[int(_lines(tried, values[few]).error.argmin())]]
    best = _searched(start, np.array([np.pi / 36]), lambda p: _axis(float(p[0])), rows, columns, values, enough / 2)
    return _profile(_axis(float(best[0])), rows, columns, values)


def _glow(rows: Places, columns: Places, values: NDArray[np.float64], enough: float) -> tuple[Surface, float]:
    """A radial gradient with stops, round or stretched along an axis of the picture."""
    size = max(float(np.ptp(rows)), float(np.ptp(columns)), 8.0)
    y0, x0 = float(rows.mean()), float(columns.mean())
    shares = (-0.8, -0.3, 0.0, 0.3, 0.8)
    few = slice(None, None, 3)
    middles = np.array([*itertools.product(shares, shares, (0.0, 0.35, -0.35))])
    tried = np.stack([_middle(y0 + dy * size, x0 + dx * size, s)(rows[few], columns[few]) for dy, dx, s in middles])
    coarse = middles[int(_lines(tried, values[few]).error.argmin())]

    def made(p: NDArray[np.float64]) -> Along:
        return _middle(float(p[0]), float(p[1]), float(p[2]) / size)

    start = np.array([y0, x0, 0.0]) + coarse * size
    steps = np.array([0.15, 0.15, 0.1]) * size
    return _profile(made(_searched(start, steps, made, rows, columns, values, enough / 2)), rows, columns, values)
