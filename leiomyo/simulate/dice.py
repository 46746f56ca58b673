"""Seeded draws for many persons at once: each purpose has a stream of its own, so that a new one moves no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws for `n` persons, one number each; everything comes from uniform numbers of a counter-based generator."""

    seed: int
    part: int
    n: int

    def uniform(self, purpose: str) -> Floats:
        """Between 0 and 1, both ends left out."""
        sequence = np.random.SeedSequence([self.seed, self.part, crc32(purpose.encode())])
        return np.random.Generator(np.random.Philox(sequence)).random(self.n) * (1 - 2e-16) + 1e-16

    def chance(self, purpose: str, probability: ArrayLike) -> Flags:
        """Whether something of that probability happens."""
        return np.asarray(self.uniform(purpose) < np.asarray(probability))

    def normal(self, purpose: str) -> Floats:
        """Mean 0, standard deviation 1."""
        return np.asarray(ndtri(self.uniform(purpose)))

    def exponential(self, purpose: str) -> Floats:
        """Mean 1."""
        return np.asarray(-np.log(self.uniform(purpose)))

    def between(self, purpose: str, low: ArrayLike, high: ArrayLike) -> Ints:
        """A whole number, both ends included."""
        first, last = np.asarray(low), np.asarray(high)
        return np.asarray(first + np.floor(self.uniform(purpose) * (last - first + 1))).astype(np.int64)

    def pick(self, purpose: str, shares: Any) -> Ints:
        """Which of several options, by shares that are the same for all or have a row for each person."""
        table = np.atleast_2d(np.asarray(shares, dtype=float))
        steps = np.cumsum(table / table.sum(axis=1, keepdims=True), axis=1)[:, :-1]
        return np.asarray((self.uniform(purpose)[:, None] >= steps).sum(axis=1), dtype=np.int64)

    def weibull(self, purpose: str, median: ArrayLike, shape: float, hazard_ratio: ArrayLike = 1.0) -> Floats:
        """Times with that median, the hazard multiplied by a ratio."""
        scale = np.asarray(median) / np.log(2) ** (1 / shape) * np.asarray(hazard_ratio, dtype=float) ** (-1 / shape)
        return np.asarray(scale * self.exponential(purpose) ** (1 / shape))


#: A day that never comes.
NEVER = 1 << 28


def days(times: Floats) -> Ints:
    """Times in days as whole days; what lies beyond a life never comes."""
    return np.asarray(np.minimum(np.floor(times), NEVER), dtype=np.int64)
