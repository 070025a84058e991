"""Convolution of spikes on a processor: add up the weights of those who fired, exactly.

Few neurons fire, so rows of weights are added only for those that do. Weights are whole numbers of
at most 13 bits with their sign: sums of eight fit into 16 bits, all else is added in 32. So the
result has no rounding, and is the same on every machine and in whatever order.
"""

from typing import Any

import numba
import numpy as np

from snn.engine.row_sums import TOGETHER, add_rows

Array = Any  # compiled code
MOST_WEIGHT_BITS = 13
compiled = numba.njit(error_model="numpy", nogil=True, cache=True)


@compiled
def _find(fired: Array, entries: Array, starts: Array) -> None:
    """List the places of the spikes in each row of an image, which holds (x, channel)."""
    side, width = fired.shape
    channels = width // side
    for y in range(side):
        n = 0
        for x in range(side):
            starts[y, x] = n
            for place in range(x * channels, (x + 1) * channels):
                entries[y, n] = place
                n += fired[y, place]
        starts[y, side] = n


@compiled
def _gather(
    entries: Array, starts: Array, y: int, x: int, kernel: int, block: int, offsets: Array
) -> int:
    """List where the rows begin that one output adds up; weights have (dy, dx, channel) rows."""
    side, reach = entries.shape[0], kernel // 2
    channels = entries.shape[1] // side
    first, last = max(x - reach, 0), min(x + reach + 1, side)
    n = 0
    for dy in range(-reach, reach + 1):
        if 0 <= y + dy < side:
            shift = ((dy + reach) * kernel + reach - x) * channels
            begin, end = starts[y + dy, first], starts[y + dy, last]
            for j in range(end - begin):
                offsets[n + j] = (entries[y + dy, begin + j] + shift) * block
            n += end - begin
    while n % TOGETHER:
        offsets[n] = kernel * kernel * channels * block  # a row of zeros
        n += 1
    return n


@compiled
def convolve(
    fired: Array, weights: Array, kernel: int, pool: int, out: Array, sums: Array, squares: Array
) -> None:
    """Convolve, add up windows of ``pool``, and count for BatchNorm.

    Args:
        fired: (images, side, side * channels) of 0 and 1.
        weights: (blocks, kernel * kernel * channels + 1, channels of a block), last row zero; a
            block has a multiple of 16 channels, of which the outputs may be fewer.
        out: (images, side / pool, side / pool, out channels), not normalized.
        sums: (images, out channels), of all outputs before pooling.
        squares: The same of their squares.
    """
    n, side, width = fired.shape
    block = weights.shape[2]
    entries = np.empty((side, width), np.uint32)
    starts = np.empty((side, side + 1), np.int64)
    offsets = np.empty(kernel * kernel * (width // side) + TOGETHER, np.uint32)
    total = np.empty(block, np.int32)
    sum_, square = np.empty(block, np.float32), np.empty(block, np.float32)
    used = min(block, out.shape[3])
    for i in range(n):
        _find(fired[i], entries, starts)
        for b in range(weights.shape[0]):
            first = b * block
            for y in range(side):
                sum_[:] = 0
                square[:] = 0
                for x in range(side):
                    m = _gather(entries, starts, y, x, kernel, block, offsets)
                    add_rows(weights[b], offsets, m, total)
                    place = out[i, y // pool, x // pool, first : first + used]
                    if y % pool == 0 and x % pool == 0:
                        place[:] = 0
                    for k in range(used):
                        value = np.float32(total[k])
                        sum_[k] += value
                        square[k] += value * value
                        place[k] += value
                for k in range(used):
                    sums[i, first + k] += sum_[k]
                    squares[i, first + k] += square[k]
