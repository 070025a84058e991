"""Device variation as the errors that training adds to weights; needs torch."""

from dataclasses import dataclass

import numpy as np
import torch

from hwmodels.conductance import Step
from hwmodels.devices import Device
from hwmodels.storage import Storage
from snn.quantization import FixedPoint


@dataclass(frozen=True, slots=True)
class DeviceVariation:
    """Errors of weights that sit on cells; satisfies `snn.noise.WeightNoise`.

    Weights are rounded to their format as the network does it, stored on the cells of the device,
    varied, and read back; R is the range of the format.
    """

    device: Device
    variation: Step
    weight_format: FixedPoint

    def sample(self, weights: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw one chip; the torch generator seeds numpy's."""
        n = self.weight_format.n_levels
        steps = (weights.detach().cpu() / self.weight_format.step_ratio).round().clamp(-n, n - 1)
        seed = int(torch.randint(2**62, (1,), generator=generator))
        storage = Storage(self.device, 1 + self.weight_format.magnitude_bits)
        errors = storage.errors_ratio(
            steps.long().numpy(), self.variation, np.random.default_rng(seed)
        )
        return torch.from_numpy(errors).to(weights).mul_(self.weight_format.range_ratio)
