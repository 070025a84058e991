"""Design: a network, its quantization, and the chip that runs it."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from hwmodels.chip import Circuit
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization


@dataclass(frozen=True)
class Design:
    """Everything a search decides, in the terms of the evaluators.

    Attributes:
        device: Name of a file in ``configs/device``.
    """

    network: Network
    quantization: Quantization
    device: str
    circuit: Circuit

    def __post_init__(self) -> None:
        n_layers, n_formats = len(self.network.layers), len(self.quantization.weights)
        if n_layers != n_formats:
            raise ValueError(f"{n_formats} formats for {n_layers} layers")

    def to_json(self) -> dict[str, Any]:
        """Return plain data from which `from_json` makes an equal design."""
        data: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Design":
        """Read what `to_json` wrote; the inverse."""
        formats = data["quantization"]
        return cls(
            network=Network(tuple(Layer(**layer) for layer in data["network"]["layers"])),
            quantization=Quantization(
                tuple(FixedPoint(**one) for one in formats["weights"]),
                tuple(FixedPoint(**one) for one in formats["activations"]),
            ),
            device=data["device"],
            circuit=Circuit(**data["circuit"]),
        )
