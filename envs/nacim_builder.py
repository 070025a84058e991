"""Choices of the NACIM problem -> Design."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from envs.dataset_settings import IMAGE_SETS, DatasetSettings, EventSettings
from envs.design import Design
from envs.hardware_settings import HardwareSettings
from envs.settings import NacimSettings
from envs.space import Choices
from hwmodels.chip import CIRCUIT_FIELDS, Circuit
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization

POOLED_EVERY = 2  # a 2x2 max-pooling follows every second convolution ...
SMALLEST_POOLED_SIDE = 4  # ... while the feature map is at least this large


@dataclass(frozen=True)
class NacimBuilder:
    """Choices -> Design, for images of any size and any number of classes.

    Attributes:
        image_shape: Channels, height and width (equal) of an image.
        classifier: Formats of the output layer, which is not searched.
        circuit: What no decision of the block `chip` chooses.
    """

    image_shape: tuple[int, int, int]
    n_classes: int
    classifier: tuple[FixedPoint, FixedPoint]
    circuit: Circuit

    @property
    def context(self) -> dict[str, Any]:
        """What the design depends on, besides the choices."""
        formats = [[f.integer_bits, f.fraction_bits] for f in self.classifier]
        return {
            "shape": list(self.image_shape),
            "classes": self.n_classes,
            "classifier": formats,
            "circuit": asdict(self.circuit),
        }

    def __call__(self, choices: Choices) -> Design:
        """Build the design.

        Raises:
            ValueError: If the choices fit together nowhere, with the reason.
        """
        network = self._network(choices)
        names = [layer.name for layer in network.layers[:-1]]
        return Design(
            network=network,
            quantization=Quantization(
                (*(_format(choices, name, "weight") for name in names), self.classifier[0]),
                (*(_format(choices, name, "activation") for name in names), self.classifier[1]),
            ),
            device=str(choices["chip.device"]),
            circuit=self._circuit(choices),
        )

    def _circuit(self, choices: Choices) -> Circuit:
        chosen = {name: choices.get(f"chip.{name}") for name in CIRCUIT_FIELDS}
        kept = {name: value for name, value in chosen.items() if value is not None}
        return replace(self.circuit, **kept)  # type: ignore[arg-type]  # the space's own choices

    def _network(self, choices: Choices) -> Network:
        convolutions = self._convolutions(choices)
        last = convolutions[-1] if convolutions else None
        n_inputs = last.n_outputs if last else math.prod(self.image_shape)
        return Network((*convolutions, *self._linear_layers(choices, n_inputs)))

    def _convolutions(self, choices: Choices) -> list[Layer]:
        channels, side, _ = self.image_shape
        layers: list[Layer] = []
        while (name := f"conv{len(layers) + 1}") + ".kernel" in choices:
            is_pooled = (len(layers) + 1) % POOLED_EVERY == 0 and side >= SMALLEST_POOLED_SIDE
            out_side = side // 2 if is_pooled else side
            width, kernel = int(choices[f"{name}.channels"]), int(choices[f"{name}.kernel"])
            layers.append(Layer(name, "convolution", channels, width, kernel, side, out_side))
            channels, side = width, out_side
        return layers

    def _linear_layers(self, choices: Choices, n_inputs: int) -> Iterator[Layer]:
        searched = [(name, int(choices[f"{name}.neurons"])) for name in _linear_names(choices)]
        for name, width in (*searched, ("classifier", self.n_classes)):
            yield Layer(name, "linear", n_inputs, width, 1, 1, 1)
            n_inputs = width


def _linear_names(choices: Choices) -> list[str]:
    return [name.removesuffix(".neurons") for name in choices if name.endswith(".neurons")]


def _format(choices: Choices, layer: str, kind: str) -> FixedPoint:
    bits = (int(choices[f"{layer}.{kind}_{part}_bits"]) for part in ("integer", "fraction"))
    try:
        return FixedPoint(*bits)
    except ValueError as error:
        raise ValueError(f"{layer}: {kind}s: {error}") from error


def nacim_builder(
    settings: NacimSettings, hardware: HardwareSettings, dataset: DatasetSettings
) -> NacimBuilder:
    """The builder for a dataset's images.

    Raises:
        ValueError: If the given circuit is impossible, or the dataset has no images.
    """
    if isinstance(dataset, EventSettings):
        raise ValueError(  # noqa: TRY004 (a user's choice)
            f"dataset={dataset.name}: env=nacim needs images, not frames of events; there are: "
            f"{', '.join(IMAGE_SETS)}"
        )
    formats = settings.classifier
    return NacimBuilder(
        dataset.image_shape,
        dataset.n_classes,
        (FixedPoint(*formats.weights), FixedPoint(*formats.activations)),
        Circuit(**hardware.circuit.model_dump()),
    )
