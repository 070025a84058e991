"""The family `blocks`: networks of a supernet, which share the weights that it was trained with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from configs import catalog
from envs.dataset_settings import DatasetSettings
from envs.joint_family import Chips, Measured, Told
from envs.joint_settings import JointSettings
from envs.nacim_decisions import Wanted, one_of, whole
from envs.space import Choices
from snn.block_network import BlockNetwork
from snn.cell_recipe import CellRecipe
from snn.quantization import MOST_BITS
from snn.spike_graph import SpikeGraph
from snn.supernet import Supernet

if TYPE_CHECKING:
    from envs.joint_block_networks import BlockNetworks

WEIGHT_BITS = {"weight_bits": Wanted("quantization", whole(2, MOST_BITS))}


@dataclass(frozen=True)
class BlocksFamily:
    """Blocks, bits of the weights of each stage, and time steps.

    Attributes:
        seed: Of the training, and of which images are held out.
    """

    settings: JointSettings
    dataset: DatasetSettings
    seed: int = 0
    file: ClassVar[str] = "supernet.pt"

    @cached_property
    def supernet(self) -> Supernet:
        """All networks."""
        return Supernet.preset(self.settings.blocks.supernet)

    @property
    def recipe(self) -> CellRecipe:
        """How the supernet is trained."""
        training = self.settings.blocks.training
        changes: dict[str, Any] = {"deviation_ratio": training.deviation_ratio}
        if training.epochs is not None:
            changes["epochs"] = training.epochs
        return CellRecipe.preset(training.recipe, **changes)

    @property
    def title(self) -> str:
        """The supernet, and how many networks it has."""
        supernet = self.supernet
        return f"supernet {self.settings.blocks.supernet}: {supernet.n_networks:,} networks"

    @property
    def n_epochs(self) -> int:
        """Of the supernet's training."""
        return self.recipe.epochs

    @property
    def context(self) -> dict[str, Any]:
        """Supernet and recipe, as their files have them."""
        blocks = self.settings.blocks
        files = (("supernet", blocks.supernet), ("recipe", blocks.training.recipe))
        return {f"{group}/{name}": catalog.read(group, name) for group, name in files}

    def wanted(self) -> Mapping[str, Mapping[str, Wanted]]:
        """Blocks, and bits of each stage."""
        supernet = self.supernet
        block = {"operation": Wanted("architecture", one_of(supernet.candidates))} | WEIGHT_BITS
        ends = ("stem", *(f"hidden{i}" for i in range(len(supernet.frame.hidden))), "classifier")
        return dict.fromkeys(supernet.decisions, block) | dict.fromkeys(ends, WEIGHT_BITS)

    def architecture(self, choices: Choices) -> dict[str, str]:
        """The blocks, by the names that the supernet has for them."""
        return {name: str(choices[f"{name}.operation"]) for name in self.supernet.decisions}

    def network(self, choices: Choices) -> BlockNetwork:
        """The network that is chosen, time steps apart.

        Raises:
            ValueError: If there is no such block.
        """
        return self.supernet.network(self.architecture(choices))

    def graph(self, choices: Choices) -> SpikeGraph:
        """Its layers."""
        return self.network(choices).graph

    def weight_bits(self, choices: Choices) -> Mapping[str, int]:
        """Of each layer with weights: those of its stage; a fixed stage has those of the stem."""
        return {
            layer.name: int(choices[f"{self._part(layer.name)}.weight_bits"])
            for _, layer, _ in self.graph(choices).weighted()
        }

    def _part(self, layer: str) -> str:
        """Whose bits the weights of a layer have."""
        part, _, rest = layer.partition(".")
        number = rest.partition(".")[0]
        if part == "stages":
            open_ = self.supernet.open_stages
            return f"block{open_.index(int(number))}" if int(number) in open_ else "stem"
        return f"{part}{number}" if part == "hidden" else part

    @property
    def networks(self) -> "BlockNetworks":
        """The networks; loads torch."""
        from envs.joint_block_networks import BlockNetworks  # noqa: PLC0415 (for the CLI)

        return BlockNetworks(self)

    def check(self) -> None:
        """Read the images, and see whether they fit."""
        self.networks.check()

    def is_prepared(self, place: Path) -> bool:
        """Whether the supernet is there; loads torch."""
        return self.networks.is_trained(place)

    def prepare(self, place: Path, listener: Told) -> None:
        """Train the supernet."""
        self.networks.train(place, listener)

    def measured(self, choices: Choices, chips: Chips, place: Path | None, seed: int) -> Measured:
        """Measure the network with the supernet's weights."""
        return self.networks.measured(choices, chips, place, seed)

    def short_accuracy(
        self, choices: Choices, chips: Chips, place: Path | None, seed: int
    ) -> float:
        """Measure the network roughly, with the supernet's weights."""
        return self.networks.short_accuracy(choices, chips, place, seed)
