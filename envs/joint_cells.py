"""The family `cells`: NeuroNAS's cells, whose nodes are layers of neurons on cores of their own.

stem - cell - (reduction - cell)... - classifier; a reduction doubles the channels and halves the
side, and a network of one cell has one too (snn.cell_network).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from envs.cell_space import DECISIONS
from envs.joint_blocks import WEIGHT_BITS
from envs.joint_settings import CellsSettings
from envs.joint_trained import TrainedFamily
from envs.nacim_decisions import Wanted, one_of
from envs.space import Choices
from snn.block_network import BlockNetwork, Stage
from snn.cell_block import NEURON, cell_name, spike_operations

EDGES = dict.fromkeys(DECISIONS, Wanted("architecture", one_of(spike_operations())))


@dataclass(frozen=True)
class CellsFamily(TrainedFamily):
    """The operation of each edge of each cell, bits and time steps."""

    @property
    def own(self) -> CellsSettings:
        """The settings of the family."""
        return self.settings.cells

    @property
    def title(self) -> str:
        """What the networks are."""
        return f"networks of {self.own.n_cells} cells"

    @property
    def cells(self) -> list[str]:
        """``cell1``, ``cell2``, ..."""
        return [f"cell{i + 1}" for i in range(self.own.n_cells)]

    def wanted(self) -> Mapping[str, Mapping[str, Wanted]]:
        """Edges and bits of each cell, bits of stem and classifier."""
        cells: dict[str, Any] = dict.fromkeys(self.cells, EDGES | WEIGHT_BITS)
        return cells | dict.fromkeys(("stem", "classifier"), WEIGHT_BITS)

    def network(self, choices: Choices) -> BlockNetwork:
        """The network that is chosen.

        Raises:
            ValueError: If nothing gets through a cell, or a reduction does not fit.
        """
        channels, height, width = self.dataset.image_shape
        return BlockNetwork(
            (height, width, channels),
            Stage("conv3", self.own.channels),
            tuple(self._stages(choices)),
            (),
            self.own.voting,
            self.dataset.n_classes,
            int(choices["network.timesteps"]),
            NEURON,
        )

    def _stages(self, choices: Choices) -> list[Stage]:
        """Cells, with a reduction behind each but the last, and behind a single one."""
        found, channels = [], self.own.channels
        for cell in self.cells:
            found.append(Stage(cell_name(tuple(str(choices[f"{cell}.{c}"]) for c in DECISIONS))))
            if cell != self.cells[-1] or len(self.cells) == 1:
                channels *= 2
                found.append(Stage("reduction", channels))
        return found

    def weight_bits(self, choices: Choices) -> Mapping[str, int]:
        """Of each layer with weights: a reduction has those of the cell before it."""
        return {
            layer.name: int(choices[f"{self._part(layer.name)}.weight_bits"])
            for _, layer, _ in self.graph(choices).weighted()
        }

    def _part(self, layer: str) -> str:
        """Whose bits the weights of a layer have."""
        part, number, *_ = layer.split(".")
        return self.cells[int(number) // 2] if part == "stages" else part
