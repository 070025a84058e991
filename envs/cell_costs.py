"""Sizes of cell networks in closed form, and their costs by a model of `hwmodels`, kept."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from envs.cell_space import CellSpace, Sizes
from envs.evaluation import InfeasibleError, Metrics
from envs.evaluators import CimCost
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.estimate import estimate
from snn.cell_layers import layers_of, quantization_of
from snn.cell_network import CellNetwork, Count


@dataclass(frozen=True)
class CellCosts:
    """What a network takes of memory and chip.

    Attributes:
        count: Which layers count and are priced: convolutions only, as in the papers, or all.
    """

    cells: CellSpace
    weight_bits: int
    count: Count
    chip: CimCost
    circuit: Circuit
    yields: ClassVar[tuple[str, ...]] = (
        "n_parameters", "memory_bits", "area_m2", "latency_s", "energy_j"
    )  # fmt: skip

    @property
    def context(self) -> dict[str, Any]:
        """What costs depend on, besides the network."""
        return self.chip.context | {
            "bits": self.weight_bits,
            "count": self.count,
            "circuit": str(self.circuit),
        }

    def sizes(self, network: CellNetwork) -> dict[str, float]:
        """``n_parameters`` and ``memory_bits``."""
        n_parameters = network.n_parameters(self.count)
        return {"n_parameters": n_parameters, "memory_bits": n_parameters * self.weight_bits}

    def prices(self, sizes: Sizes) -> Metrics:
        """``area_m2``, ``latency_s`` and ``energy_j`` of a network with these convolutions.

        Raises:
            InfeasibleError: If no such chip can be built.
        """
        return _prices(self, sizes)

    def all_of(self, sizes: Sizes) -> dict[str, float]:
        """Sizes and prices of a network with these convolutions.

        Raises:
            InfeasibleError: If no such chip can be built.
        """
        return self.sizes(self.cells.network_of(sizes)) | dict(self.prices(sizes))

    def priced(self, network: CellNetwork) -> Metrics:
        """Price a network, whatever the space.

        Raises:
            InfeasibleError: If no such chip can be built.
        """
        layers = layers_of(network, with_classifier=self.count == "all")
        try:
            cost = estimate(
                layers,
                quantization_of(layers, self.weight_bits),
                load_device(self.chip.devices[0]),
                self.circuit,
                self.chip.technology,
                self.chip.model,
                timesteps=network.macro.timesteps,
            )
        except ValueError as error:
            raise InfeasibleError(str(error)) from error
        return {"area_m2": cost.area_m2, "latency_s": cost.latency_s, "energy_j": cost.energy_j}


@cache
def _prices(costs: CellCosts, sizes: Sizes) -> Metrics:
    return costs.priced(costs.cells.network_of(sizes))
