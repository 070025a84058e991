"""Images of pink noise: as smooth as photographs, for scores that want no labels.

An image's spectrum falls as 1/f, like that of photographs, its colours go together, and it has
zero mean and unit deviation, as images have that are fed to a network.
"""

import numpy as np
import torch

SHARED = 0.85  # correlation of two colours, about that of photographs


def pink_noise(n: int, channels: int, side: int, seed: int) -> torch.Tensor:
    """Draw images (n, channels, side, side); same seed, same images."""
    random = np.random.default_rng(seed)
    common = _noise(random, (n, 1, side, side))
    own = _noise(random, (n, channels, side, side))
    mixed = np.sqrt(SHARED) * common + np.sqrt(1 - SHARED) * own
    mixed -= mixed.mean((1, 2, 3), keepdims=True)
    mixed /= mixed.std((1, 2, 3), keepdims=True)
    return torch.from_numpy(mixed.astype(np.float32))


def _noise(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    side = shape[-1]
    spectrum = np.fft.rfft2(random.standard_normal(shape))
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    frequency[0, 0] = np.inf  # no mean
    noise = np.fft.irfft2(spectrum / frequency, s=(side, side))
    scaled: np.ndarray = noise / noise.std((2, 3), keepdims=True)
    return scaled
