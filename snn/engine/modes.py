"""Scorers in named sizes: as the papers have it, or a small proxy that ranks as well."""

from dataclasses import replace

from configs import catalog
from snn.engine.scorer import FastScorer
from snn.macro import Macro
from snn.pink_noise import pink_noise
from snn.quantization import WeightFormat
from snn.score import Score

PAPER, FAST = "paper", "fast"


def scaled(macro: Macro, mode: str) -> Macro:
    """The frame in the sizes of a file of ``configs/scoring``.

    Raises:
        UnknownNameError: If there is no such file.
    """
    sizes = catalog.read("scoring", mode)
    frame = replace(macro, channels=sizes["channels"], timesteps=sizes["timesteps"])
    if sizes["image_side"] is None:
        return frame
    return replace(frame, in_side=sizes["image_side"], stem_stride=1)


def scorer_of(
    macro: Macro,
    mode: str = PAPER,
    score: str | Score = "paper",
    seed: int = 0,
    quantization: WeightFormat | None = None,
    n_images: int | None = None,
) -> FastScorer:
    """Make a scorer on images of pink noise; the seed also draws them.

    Raises:
        UnknownNameError: If there is no such mode or score.
    """
    frame = scaled(macro, mode)
    n = catalog.read("scoring", mode)["n_images"] if n_images is None else n_images
    images = pink_noise(n, frame.in_channels, frame.in_side, seed)
    return FastScorer(frame, images, score, seed, quantization)
