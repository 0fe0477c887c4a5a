"""The ellipse on which points lie, and how well they say where it goes on.

Fitted directly (Fitzgibbon, Pilu and Fisher 1999, in the stable form of Halíř and Flusser 1998), and again with every
point's weight corrected to its distance in pixels (Sampson 1982).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_ROUNDS = 4
_NOISE = 0.25
"""Pixels by which a point of an edge is off."""

_FLATTEST, _LARGEST = 8.0, 5000.0
"""Plausible ellipses: most that one axis is longer than the other, and the longest half axis in pixels."""


@dataclass(frozen=True, eq=False)
class Ellipse:
    """An ellipse.

    Parameters
    ----------
    middle : row and column.
    axes : 2×2, unit vectors (row, column) along the half axes.
    halves : lengths of the half axes.
    form, spread, frame : the conic's six coefficients, their covariance for one pixel of noise, and the middle and the
        size of the points in whose frame they hold.
    """

    middle: Points
    axes: Points
    halves: Points
    form: Points
    spread: Points
    frame: tuple[Points, float]

    def angle(self, place: Points) -> float:
        """Which of `at` lies in the direction of a place."""
        u, v = self.axes @ (place - self.middle) / self.halves
        return float(np.arctan2(v, u))

    def at(self, angles: Points) -> Points:
        """n×2 points."""
        u, v = self.halves[0] * np.cos(angles), self.halves[1] * np.sin(angles)
        return np.asarray(self.middle + u[:, None] * self.axes[0] + v[:, None] * self.axes[1])

    def off(self, points: Points) -> Points:
        """Distances of n points in pixels, to first order."""
        terms, slope = _terms((points - self.frame[0]) / self.frame[1])
        size = np.hypot(slope[:, :, 0] @ self.form, slope[:, :, 1] @ self.form)
        return np.asarray(np.abs(terms @ self.form) / np.maximum(size, 1e-9) * self.frame[1])

    def doubt(self, points: Points) -> Points:
        """Standard deviation in pixels, across the ellipse, of where it runs by n of its points."""
        terms, slope = _terms((points - self.frame[0]) / self.frame[1])
        size = np.hypot(slope[:, :, 0] @ self.form, slope[:, :, 1] @ self.form)
        variance = np.einsum("nk,kl,nl->n", terms, self.spread, terms)
        return np.asarray(_NOISE * np.sqrt(np.maximum(variance, 0)) / np.maximum(size, 1e-9) * self.frame[1])


def ellipse_of(points: Points, weight: Points) -> Ellipse | None:
    """The ellipse nearest to n×2 weighted points; None where there is none, or no plausible one."""
    middle = (points * weight[:, None]).sum(axis=0) / weight.sum()
    size = float(np.sqrt((((points - middle) ** 2).sum(axis=1) * weight).sum() / weight.sum()))
    if len(points) < 6 or size < 1e-6:
        return None
    terms, slope = _terms((points - middle) / size)
    each, form = weight / weight.max(), np.zeros(6)
    for _ in range(_ROUNDS):
        found = _fitted(terms, each)
        if found is None:
            return None
        form = found
        gradient = np.hypot(slope[:, :, 0] @ form, slope[:, :, 1] @ form)
        each = weight / np.maximum(gradient, 0.05 * gradient.max()) ** 2
        each /= each.max()
    seen = terms / np.maximum(gradient, 1e-9)[:, None] * size
    values, vectors = np.linalg.eigh(seen.T @ seen)
    spread = (vectors[:, 1:] / np.maximum(values[1:], 1e-12)) @ vectors[:, 1:].T
    return _made(form, spread, (middle, size))


def _terms(p: Points) -> tuple[Points, Points]:
    """n×6: y², yx, x², y, x, 1; and n×6×2, their derivatives."""
    y, x = p.T
    one, none = np.ones_like(x), np.zeros_like(x)
    terms = np.stack([y * y, y * x, x * x, y, x, one], axis=1)
    down = np.stack([2 * y, x, none, one, none, none], axis=1)
    right = np.stack([none, y, 2 * x, none, one, none], axis=1)
    return terms, np.stack([down, right], axis=2)


def _fitted(terms: Points, each: Points) -> Points | None:
    """The six coefficients that leave least, among ellipses."""
    quadratic, linear = terms[:, :3], terms[:, 3:]
    s1, s2, s3 = (a.T @ (b * each[:, None]) for a, b in ((quadratic, quadratic), (quadratic, linear), (linear, linear)))
    try:
        t = -np.linalg.solve(s3, s2.T)
        m = s1 + s2 @ t
        values, vectors = np.linalg.eig(np.stack([m[2] / 2, -m[1], m[0] / 2]))
    except np.linalg.LinAlgError:
        return None
    vectors = np.real(vectors)
    right = np.flatnonzero(4 * vectors[0] * vectors[2] - vectors[1] ** 2 > 0)
    if right.size == 0:
        return None
    a = vectors[:, right[np.argmin(np.abs(values[right]))]]
    form = np.concatenate([a, t @ a])
    return np.asarray(form / np.linalg.norm(form))


def _made(form: Points, spread: Points, frame: tuple[Points, float]) -> Ellipse | None:
    quadratic = np.array([[form[0], form[1] / 2], [form[1] / 2, form[2]]])
    if np.linalg.det(quadratic) <= 0:
        return None
    centre = np.linalg.solve(quadratic, -form[3:5] / 2)
    rest = -(form[5] + form[3:5] @ centre / 2)
    values, vectors = np.linalg.eigh(quadratic)
    if rest * values[0] <= 0:
        return None
    halves = np.sqrt(rest / values) * frame[1]
    if halves.max() > _LARGEST or halves.max() > _FLATTEST * halves.min():
        return None
    return Ellipse(frame[0] + centre * frame[1], vectors.T, halves, form, spread, frame)
