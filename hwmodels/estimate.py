"""The one entrance to the cost models: estimate(network, quantization, device, circuit)."""

from collections.abc import Callable

from configs.catalog import UnknownNameError
from hwmodels import ela
from hwmodels.chip import Circuit, Estimate
from hwmodels.devices import Device
from snn.network import Network
from snn.quantization import Quantization

CostModel = Callable[[Network, Quantization, Device, Circuit, str], Estimate]
VERSION = 1  # part of the store's key: raise it when any figure of any design changes


def _estimate_ela(
    network: Network,
    quantization: Quantization,
    device: Device,
    circuit: Circuit,
    technology: str,
) -> Estimate:
    bits = zip(quantization.weight_bits, quantization.activation_bits, strict=True)
    layers = [
        ela.MappedLayer(layer, device.cells_per_weight(weight_bits), activation_bits)
        for layer, (weight_bits, activation_bits) in zip(network.layers, bits, strict=True)
    ]
    return ela.extended(device, circuit, technology).estimate(layers)


MODELS: dict[str, CostModel] = {"ela": _estimate_ela}


def estimate(
    network: Network,
    quantization: Quantization,
    device: Device,
    circuit: Circuit,
    technology: str = ela.TECHNOLOGY,
    model: str = "ela",
) -> Estimate:
    """Price one inference of a network on a chip, its inputs entering bit by bit.

    Raises:
        UnknownNameError: If there is no such model or technology.
        ValueError: If quantization and network differ in length.
    """
    if model not in MODELS:
        raise UnknownNameError("cost model", model, MODELS)
    return MODELS[model](network, quantization, device, circuit, technology)
