"""Device variation as an error of each weight."""

from dataclasses import dataclass
from typing import Protocol

import torch


class WeightNoise(Protocol):
    """Anything that draws one error per weight."""

    def sample(self, weights: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Return errors to be added to ``weights``, of the same shape and on the same device.

        Args:
            generator: On the CPU, whatever the device of the weights.
        """
        ...


def _standard_normal(weights: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """One value per weight, drawn on the CPU, so that every device meets the same chips."""
    normal = torch.empty_like(weights, device="cpu").normal_(generator=generator)
    return normal.to(weights.device)


@dataclass(frozen=True, slots=True)
class GaussianVariation:
    """Independent Gaussian errors of one standard deviation (NACIM, sec. IV).

    Attributes:
        deviation_ratio: Standard deviation, in the units of the weights.
    """

    deviation_ratio: float

    def sample(self, weights: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw one error per weight."""
        return _standard_normal(weights, generator).mul_(self.deviation_ratio)


@dataclass(frozen=True, slots=True)
class PeakVariation:
    """Gaussian errors whose deviation goes with a layer's largest weight, not with its format.

    Attributes:
        deviation_ratio: Standard deviation, as a share of the largest magnitude of a weight.
    """

    deviation_ratio: float

    def sample(self, weights: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw one error per weight."""
        normal = _standard_normal(weights, generator)
        return normal.mul_(self.deviation_ratio * weights.abs().max())
