"""The sums of the scoring engine as torch operations, on whatever device."""

from functools import partial

import torch
from torch.nn import functional

from snn.engine.cpu import NORM_EPSILON
from snn.macro import Neuron
from snn.score import Counts, Firing

Tensor = torch.Tensor


class TorchBackend:
    """Values are tensors (T, S, C, H, W) of float32.

    Args:
        device: Where the images go.
        dtype: Of the convolutions. float32 yields the same spikes as the compiled backend, as its
            sums of weights are exact too; bfloat16 rounds them, and its scores differ slightly.
    """

    def __init__(self, device: str = "cpu", dtype: torch.dtype = torch.float32) -> None:
        self.device = torch.device(device)
        self.dtype = dtype

    @torch.no_grad()
    def stem(self, images: Tensor, weight: Tensor, stride: int, steps: int) -> Tensor:
        """Convolve images, normalize, repeat in time."""
        images, weight = images.to(self.device), weight.to(self.device)
        once = functional.conv2d(images, weight, stride=stride, padding=weight.shape[2] // 2)
        return self.normalized(once.unsqueeze(0)).expand(steps, *once.shape)

    def add(self, terms: list[Tensor]) -> Tensor:
        """Add up."""
        return sum(terms[1:], terms[0])

    def pool3x3(self, values: Tensor) -> Tensor:
        """Mean of 3x3 neighbours; the padding counts."""
        pooled = functional.avg_pool2d(values.flatten(0, 1), 3, stride=1, padding=1)
        return pooled.reshape(values.shape)

    @torch.no_grad()
    def normalized(self, values: Tensor) -> Tensor:
        """BatchNorm over all time steps together."""
        norm = functional.batch_norm(
            values.flatten(0, 1), None, None, training=True, eps=NORM_EPSILON
        )
        return norm.reshape(values.shape)

    @torch.no_grad()
    def fire(self, values: Tensor, neuron: Neuron, threshold: float) -> tuple[Tensor, Firing]:
        """Run spiking neurons from rest; spikes are 0 and 1 in the type of the convolutions."""
        potential = torch.zeros_like(values[0])
        fired = torch.empty_like(values, dtype=self.dtype)
        for t, given in enumerate(values):
            charged = _charged(potential, given, neuron)
            fires = charged >= threshold
            fired[t] = fires
            rest = torch.zeros_like(charged) if neuron.reset == "hard" else charged - threshold
            potential = torch.where(fires, rest, charged)
        flat = fired.flatten(2)
        counts = flat.sum(2, dtype=torch.int64).cpu().numpy()
        return fired, Firing(flat.shape[2], counts, partial(_hamming, flat))

    @torch.no_grad()
    def convolve(self, spikes: Tensor, weight: Tensor, pool: int) -> Tensor:
        """Convolve, normalize, pool."""
        merged = spikes.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        with torch.backends.cudnn.flags(allow_tf32=False):  # which would round the weights
            sums = functional.conv2d(merged, weight, padding=weight.shape[2] // 2).float()
        norm = functional.batch_norm(sums, None, None, training=True, eps=NORM_EPSILON)
        out = functional.avg_pool2d(norm, pool) if pool > 1 else norm
        return out.reshape(*spikes.shape[:2], *out.shape[1:])

    def prepared(self, weight: Tensor, n_fraction_bits: int) -> Tensor:  # noqa: ARG002 (for others)
        """Move the weights."""
        moved = weight.to(self.device, self.dtype)
        return moved.contiguous(memory_format=torch.channels_last)


def _charged(potential: Tensor, given: Tensor, neuron: Neuron) -> Tensor:
    if neuron.kind == "if":
        return potential + given
    leak = 1 - 1 / neuron.tau
    return leak * potential + (given / neuron.tau if neuron.decays_input else given)


def _hamming(flat: Tensor) -> Counts:
    """H = n_i + n_j - 2 (both fire); whole numbers below 2^24 are exact in float32."""
    fired = flat.float()
    both = (fired @ fired.transpose(1, 2)).double()
    n = fired.sum(2, dtype=torch.float64)
    counts: Counts = (n[:, :, None] + n[:, None, :] - 2 * both).round().long().cpu().numpy()
    return counts
