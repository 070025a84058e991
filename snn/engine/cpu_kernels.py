"""Compiled steps of the scoring engine: neurons, sums of edges, 3x3 means, Hamming distances."""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

Array = Any  # compiled code
compiled = numba.njit(error_model="numpy", nogil=True, cache=True)
WINDOW = 9.0  # places of a 3x3 mean, those of the padding too


def _count_ones(_typing: Any, word: Any) -> Any:  # noqa: ANN401 (types of compiled code)
    """Number of ones in a word."""

    def generate(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.ctpop(arguments[0])

    return types.uint64(word), generate


_ones: Any = intrinsic(_count_ones)


@compiled
def fire(values: Array, scale: Array, shift: Array, neuron: Array, fired: Array) -> None:
    """Let neurons see ``values * scale + shift``, (T, images, places, C), and note who fires.

    A step is H = leak V + gain x; S = 1 if H >= threshold; V = 0, or H - S threshold.

    Args:
        neuron: Leak, gain, threshold, and 1 for a hard reset or 0 for a soft one.
    """
    steps, n, places, channels = values.shape
    leak, gain, threshold, is_hard = neuron[0], neuron[1], neuron[2], neuron[3] > 0
    potential = np.empty(channels, np.float32)
    for i in range(n):
        for p in range(places):
            potential[:] = 0
            for t in range(steps):
                row, out = values[t, i, p], fired[t, i, p]
                for c in range(channels):
                    h = leak * potential[c] + gain * (row[c] * scale[c] + shift[c])
                    fires = h >= threshold
                    out[c] = fires
                    rest = np.float32(0) if is_hard else h - threshold
                    potential[c] = rest if fires else h


@compiled
def combine(terms: tuple[Array, ...], scales: Array, shifts: Array, out: Array) -> None:
    """Add ``term * scale + shift`` over up to three terms, (images, places, C).

    Args:
        terms: Three; if there are fewer, the last ones are repeated and have no scale.
        scales: (number of terms, C), as are the shifts.
    """
    n, places, channels = out.shape
    one, two, three = terms
    n_terms = len(scales)
    for i in range(n):
        for p in range(places):
            row = out[i, p]
            a = one[i, p]
            for c in range(channels):
                row[c] = a[c] * scales[0, c] + shifts[0, c]
            if n_terms > 1:
                b = two[i, p]
                for c in range(channels):
                    row[c] += b[c] * scales[1, c] + shifts[1, c]
            if n_terms > 2:  # noqa: PLR2004 (three)
                d = three[i, p]
                for c in range(channels):
                    row[c] += d[c] * scales[2, c] + shifts[2, c]


@compiled
def measure(values: Array, sums: Array, squares: Array) -> None:
    """Add up values (images, places, C) and their squares by image and channel."""
    n, places, channels = values.shape
    for i in range(n):
        for p in range(places):
            row = values[i, p]
            for c in range(channels):
                value = np.float64(row[c])
                sums[i, c] += value
                squares[i, c] += value * value


@compiled
def pool3x3(values: Array, scale: Array, shift: Array, out: Array) -> None:
    """Mean of 3x3 neighbours of ``values * scale + shift``, zeros beyond; (images, H, W, C)."""
    n, height, width, channels = values.shape
    ninth = np.float32(1 / WINDOW)
    for i in range(n):
        for y in range(height):
            for x in range(width):
                place = out[i, y, x]
                place[:] = 0
                count = 0
                for v in range(max(y - 1, 0), min(y + 2, height)):
                    for u in range(max(x - 1, 0), min(x + 2, width)):
                        near = values[i, v, u]
                        count += 1
                        for c in range(channels):
                            place[c] += near[c]
                for c in range(channels):
                    place[c] = (place[c] * scale[c] + np.float32(count) * shift[c]) * ninth


@compiled
def hamming(bits: Array, out: Array) -> None:
    """Count the bits in which images differ; (T, S, words) -> (T, S, S)."""
    steps, n, words = bits.shape
    for t in range(steps):
        for i in range(n):
            out[t, i, i] = 0
            for j in range(i):
                count = np.uint64(0)
                one, other = bits[t, i], bits[t, j]
                for w in range(words):
                    count += _ones(one[w] ^ other[w])
                out[t, i, j] = out[t, j, i] = count
