"""Networks -> training-free scores; alone with `envs.accuracy` in `envs` to need torch."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from envs.accuracy import load
from snn.cell_network import CellNetwork
from snn.fitness import fitness
from snn.quantization import WeightFormat
from snn.score import Fitness, load_score

if TYPE_CHECKING:
    from envs.untrained import Untrained


def scored(settings: "Untrained", networks: Sequence[CellNetwork]) -> Iterator[Fitness]:
    """Score networks, each as if it were alone."""
    score, format_ = load_score(settings.settings.score), WeightFormat(settings.weight_bits)
    images = _images(settings)
    for network in networks:
        generator = torch.Generator().manual_seed(settings.settings.seed)
        yield fitness(network, images, generator, score, format_)


def _images(settings: "Untrained") -> torch.Tensor:
    """The batch that all networks see, (S, C, H, W): training images, else noise."""
    n, seed, macro = settings.settings.n_images, settings.settings.seed, settings.macro
    shape = (macro.in_channels, macro.in_side)
    if settings.dataset is None:
        return pink_noise(n, shape, seed)
    all_images = load(**settings.dataset).train_images
    generator = torch.Generator().manual_seed(seed)
    chosen = all_images[torch.randperm(len(all_images), generator=generator)[:n]].float()
    return functional.adaptive_avg_pool2d(chosen, macro.in_side)


@cache
def pink_noise(n: int, shape: tuple[int, int], seed: int) -> torch.Tensor:
    """Noise with the spectrum of natural images (amplitude 1/f), (n, C, side, side).

    Channels share most of it, as colours do; mean 0 and standard deviation 1.
    """
    channels, side = shape
    generator = torch.Generator().manual_seed(seed)
    white = torch.randn(n, channels, side, side, generator=generator)
    shared = torch.randn(n, 1, side, side, generator=generator)
    rows, columns = torch.fft.fftfreq(side)[:, None], torch.fft.rfftfreq(side)[None, :]
    frequency = (rows**2 + columns**2).sqrt()
    frequency[0, 0] = torch.inf  # no mean
    pink = torch.fft.irfft2(torch.fft.rfft2(2 * shared + white) / frequency, s=(side, side))
    return (pink - pink.mean()) / pink.std()
