"""The sums of the scoring engine on a processor, compiled; the same on any number of threads."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from snn.engine import cpu_kernels
from snn.engine.row_sums import LANES
from snn.engine.sparse_convolution import convolve
from snn.macro import Neuron
from snn.score import Counts, Firing

Floats = NDArray[np.float32]
Spikes = NDArray[np.uint8]
Moments = NDArray[np.float64]
NORM_EPSILON = 1e-5  # of torch's BatchNorm
MOST_TERMS = 3
BLOCK = 128  # channels whose weights stay in the second-level cache
BYTES = 8  # in a word


@dataclass(frozen=True)
class CpuValues:
    """``raw * scale + shift``, (T, S, side, side, C)."""

    raw: Floats
    scale: Floats
    shift: Floats


@dataclass(frozen=True)
class CpuWeight:
    """Rows of whole numbers, in units of ``step_ratio``."""

    rows: NDArray[np.int16]
    kernel: int
    step_ratio: float
    out_channels: int


class CpuBackend:
    """Spikes as bytes, channels last; sums of weights in whole numbers."""

    def stem(
        self, images: torch.Tensor, weight: torch.Tensor, stride: int, steps: int
    ) -> CpuValues:
        """Convolve images, normalize, repeat in time."""
        once = functional.conv2d(images, weight, stride=stride, padding=weight.shape[2] // 2)
        raw = once.permute(0, 2, 3, 1).contiguous().numpy()
        return self.normalized(_plain(np.ascontiguousarray(np.stack([raw] * steps))))

    def add(self, terms: list[CpuValues]) -> CpuValues:
        """Add up; a single term is itself."""
        if len(terms) == 1:
            return terms[0]
        out = np.empty_like(terms[0].raw)
        filled = [*terms, *[terms[-1]] * MOST_TERMS][:MOST_TERMS]
        scales = np.stack([term.scale for term in terms])
        shifts = np.stack([term.shift for term in terms])
        flat = tuple(_flat(term.raw) for term in filled)
        cpu_kernels.combine(flat, scales, shifts, _flat(out))
        return _plain(out)

    def pool3x3(self, values: CpuValues) -> CpuValues:
        """Mean of 3x3 neighbours."""
        out = np.empty_like(values.raw)
        shape = (-1, *out.shape[2:])
        cpu_kernels.pool3x3(
            values.raw.reshape(shape), values.scale, values.shift, out.reshape(shape)
        )
        return _plain(out)

    def normalized(self, values: CpuValues) -> CpuValues:
        """BatchNorm: only scale and shift change."""
        sums, squares = _zeros(values.raw)
        cpu_kernels.measure(_flat(values.raw), sums, squares)
        return _normalized(values, *_moments(sums, squares, values.raw.size // sums.shape[1]))

    def fire(self, values: CpuValues, neuron: Neuron, threshold: float) -> tuple[Spikes, Firing]:
        """Run spiking neurons from rest."""
        steps, n, *_, channels = values.raw.shape
        fired = np.empty(values.raw.shape, np.uint8)
        leak, gain = (1.0, 1.0) if neuron.kind == "if" else (1 - 1 / neuron.tau, 1 / neuron.tau)
        if not neuron.decays_input:
            gain = 1.0
        shape = (steps, n, -1, channels)
        is_hard = float(neuron.reset == "hard")
        settings = np.array([leak, gain, threshold, is_hard], np.float32)
        cpu_kernels.fire(
            values.raw.reshape(shape), values.scale, values.shift, settings,
            fired.reshape(shape),
        )  # fmt: skip
        flat = fired.reshape(steps, n, -1)
        bits = _packed(flat)
        counts = np.bitwise_count(bits).sum(-1, dtype=np.int64)
        return fired, Firing(flat.shape[2], counts, partial(_hamming, bits))

    def convolve(self, spikes: Spikes, weight: CpuWeight, pool: int) -> CpuValues:
        """Convolve, normalize, pool."""
        steps, n, side, _, channels = spikes.shape
        out_channels = weight.out_channels
        out = np.empty((steps, n, side // pool, side // pool, out_channels), np.float32)
        sums, squares = _zeros(out)
        convolve(
            spikes.reshape(steps * n, side, side * channels), weight.rows, weight.kernel, pool,
            out.reshape(-1, *out.shape[2:]), sums, squares,
        )  # fmt: skip
        mean, variance = _moments(sums, squares, steps * n * side * side)
        step = np.full(out_channels, weight.step_ratio, np.float32)
        made = _normalized(CpuValues(out, step, 0 * step), mean, variance)
        return replace(made, scale=made.scale / np.float32(pool**2))

    def prepared(self, weight: torch.Tensor, n_fraction_bits: int) -> CpuWeight:
        """Lay out the weights as rows that one spike adds, in blocks of output channels."""
        codes = torch.round(weight.double() * 2.0**n_fraction_bits).to(torch.int16)
        out_channels, _, kernel, _ = codes.shape
        rows = codes.permute(2, 3, 1, 0).reshape(-1, out_channels).numpy()
        padded = np.pad(rows, ((0, 1), (0, -out_channels % LANES[-1])))
        width = padded.shape[1]
        block = BLOCK if width % BLOCK == 0 else width
        blocks = np.ascontiguousarray(padded.reshape(len(padded), -1, block).transpose(1, 0, 2))
        return CpuWeight(blocks, kernel, 2.0**-n_fraction_bits, out_channels)


def _flat(values: Floats) -> Floats:
    steps, n, *_, channels = values.shape
    return values.reshape(steps * n, -1, channels)


def _zeros(out: Floats) -> tuple[Moments, Moments]:
    shape = (out.shape[0] * out.shape[1], out.shape[-1])
    return np.zeros(shape), np.zeros(shape)


def _moments(sums: Moments, squares: Moments, n: int) -> tuple[Moments, Moments]:
    mean = sums.sum(0) / n
    return mean, np.maximum(squares.sum(0) / n - mean**2, 0)


def _plain(raw: Floats) -> CpuValues:
    channels = raw.shape[-1]
    return CpuValues(raw, np.ones(channels, np.float32), np.zeros(channels, np.float32))


def _normalized(values: CpuValues, mean: Moments, variance: Moments) -> CpuValues:
    """Fold a BatchNorm of ``values``, whose raw moments are given, into scale and shift."""
    scale = values.scale.astype(np.float64)
    norm = scale / np.sqrt(variance * scale**2 + NORM_EPSILON)
    return CpuValues(values.raw, norm.astype(np.float32), (-mean * norm).astype(np.float32))


def _packed(flat: Spikes) -> NDArray[np.uint64]:
    """Bytes of 0 and 1 -> words, (T, S, words); what is left of the last word is 0."""
    bits = np.packbits(flat, axis=-1)
    missing = -bits.shape[-1] % BYTES
    whole = np.pad(bits, ((0, 0), (0, 0), (0, missing))) if missing else bits
    return whole.view(np.uint64)


def _hamming(bits: NDArray[np.uint64]) -> Counts:
    steps, n, _ = bits.shape
    out = np.empty((steps, n, n), np.int64)
    cpu_kernels.hamming(bits, out)
    return out
