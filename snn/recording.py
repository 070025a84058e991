"""What a spiking network did with a batch: who fired when, how dense spikes and weights are."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from snn.cell_modules import CellModules
from snn.fakequant import quantize_activations
from snn.links import neuron_graph
from snn.quantization import FixedPoint
from snn.spikes import SpikeTrace
from snn.statistics import LayerStatistics

PIXEL = FixedPoint(0, 8)  # in which an image in [0, 1] enters the stem


@dataclass(frozen=True)
class Recording:
    """Spikes of a batch.

    Attributes:
        spikes: Per layer of neurons (T, B, neurons), neurons in row, column, channel order.
        logits: (B, n_classes).
    """

    module: CellModules
    images: torch.Tensor
    spikes: Mapping[str, torch.Tensor]
    logits: torch.Tensor

    @property
    def rates(self) -> dict[str, float]:
        """Spikes per neuron and time step of each layer of neurons."""
        return {name: float(fired.double().mean()) for name, fired in self.spikes.items()}

    @property
    def n_spikes_per_image(self) -> float:
        """Spikes of all layers and time steps, in the mean over the images."""
        return sum(float(fired.sum()) for fired in self.spikes.values()) / len(self.images)

    def trace(self, image: int) -> SpikeTrace:
        """Spikes of one image, its layers those of `snn.links.neuron_graph`.

        Raises:
            ValueError: If the batch has no such image, or a cell has feedback.
        """
        if not 0 <= image < len(self.images):
            raise ValueError(f"no image {image}; the batch has {len(self.images)}")
        timesteps = self.module.network.macro.timesteps
        layers = []
        for layer in neuron_graph(self.module.network).layers:
            if layer.name in self.spikes:
                layers.append(self.spikes[layer.name][:, image].cpu().numpy())
            else:  # the classes' sums
                layers.append(np.zeros((timesteps, layer.n_neurons), np.bool_))
        return SpikeTrace.from_dense(layers)

    def statistics(self) -> list[LayerStatistics]:
        """Measure each layer of weights, as `hwmodels` takes it for its activity.

        The density of a layer behind neurons is their rate; that of the stem is the share of ones
        among the bits of the pixels. The deviation of the weights is a share of the largest one.
        """
        rates = self.rates
        found = []
        for part in self.module.network.parts:
            source, weight = _source(part.name), _weight(self.module, part.name)
            density = rates[source] if source else self._pixel_density()
            sigma = float(weight.std(correction=0) / weight.abs().max())
            found.append(LayerStatistics(part.name, density, sigma))
        return found

    def _pixel_density(self) -> float:
        codes = (quantize_activations(self.images, PIXEL) / PIXEL.step_ratio).round().long()
        ones = sum(float(((codes >> bit) & 1).double().mean()) for bit in range(8))
        return ones / 8


def _source(part: str) -> str | None:
    """Name of the neurons whose spikes a layer of weights takes; pooling keeps their rate."""
    fixed = {"stem": None, "hidden": "head.neuron", "classifier": "head.hidden_neuron"}
    if part in fixed:
        return fixed[part]
    return f"{part}.spiking.neuron" if part.startswith("reductions") else f"{part}.neuron"


def _weight(module: CellModules, part: str) -> torch.Tensor:
    places = {"hidden": "head.hidden", "classifier": "head.classifier"}
    if part.startswith("reductions"):
        places[part] = f"{part}.spiking.convolution"
    weight = module.get_submodule(places.get(part, f"{part}.convolution")).weight
    assert isinstance(weight, torch.Tensor)  # noqa: S101 (what a layer of weights has)
    return weight.detach()


@torch.no_grad()
def record(module: CellModules, images: torch.Tensor) -> Recording:
    """Run images (B, C, H, W) through a network as it stands, training or not, and keep all spikes.

    A layer that runs step by step, as in a cell with feedback, is kept whole.
    """
    kept: dict[str, list[torch.Tensor]] = {name: [] for name in module.neuron_layers}

    def keep(name: str, spikes: torch.Tensor) -> None:
        last = spikes.movedim(2, -1) if spikes.ndim > 3 else spikes  # noqa: PLR2004 (T, B, C, H, W)
        kept[name].append((last > 0).flatten(2))

    hooks = [
        layer.register_forward_hook(lambda _m, _i, spikes, name=name: keep(name, spikes))
        for name, layer in module.neuron_layers.items()
    ]
    try:
        logits = module(images)
    finally:
        for hook in hooks:
            hook.remove()
    return Recording(module, images, {name: torch.cat(all_) for name, all_ in kept.items()}, logits)
