"""Supernet -> a torch module that is one of its networks at a time (single path, uniform)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from snn.block_modules import BlockModules, stage_module
from snn.block_network import Stage
from snn.blocks import initialize
from snn.spike_graph import Shape
from snn.supernet import Architecture, Supernet


class OpenBlock(nn.Module):
    """All candidates of an open block, by name; what comes goes through the chosen one."""

    def __init__(self, candidates: Mapping[str, nn.Module]) -> None:
        super().__init__()
        for name, module in candidates.items():
            self.add_module(name, module)
        self.chosen = next(iter(candidates))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Go through the chosen block."""
        reached: torch.Tensor = self.get_submodule(self.chosen)(values)
        return reached


class SupernetModules(BlockModules):
    """Networks that share weights; every batch draws one of them, unless one is held.

    The draw is uniform over all architectures, from the module's own generator.
    """

    def __init__(self, supernet: Supernet, generator: torch.Generator) -> None:
        self._candidates = supernet.candidates
        self._open = supernet.open_stages
        self._n_built = -1  # the stem is built before the stages
        super().__init__(supernet.frame)
        self.supernet = supernet
        self.generator = generator
        self.held: Architecture | None = None

    def _stage(self, stage: Stage, shape: Shape) -> nn.Module:
        number, self._n_built = self._n_built, self._n_built + 1
        if number not in self._open:
            return super()._stage(stage, shape)
        return OpenBlock(
            {
                name: stage_module(Stage(name, stage.channels), shape, self.network)
                for name in self._candidates
            }
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Become a network, and run it."""
        architecture = self.held or self._drawn()
        for at, name in zip(self.supernet.open_stages, architecture, strict=True):
            self.open_blocks[at].chosen = name
        return super().forward(images)

    @property
    def open_blocks(self) -> dict[int, OpenBlock]:
        """The open blocks, by the numbers of their stages."""
        return {i: one for i, one in enumerate(self.stages) if isinstance(one, OpenBlock)}

    def _drawn(self) -> Architecture:
        number = torch.randint(self.supernet.n_networks, (), generator=self.generator)
        return self.supernet.nth(int(number))

    @contextmanager
    def holding(self, choices: Mapping[str, object] | Sequence[str]) -> Iterator[None]:
        """Be one network for a while.

        Raises:
            ValueError: If there is no such network.
        """
        before, self.held = self.held, self.supernet.architecture(choices)
        try:
            yield
        finally:
            self.held = before

    def inherited(self, choices: Mapping[str, object] | Sequence[str]) -> dict[str, torch.Tensor]:
        """Weights of one network, copied, by the names that its own module has for them.

        Raises:
            ValueError: If there is no such network.
        """
        chosen = self.supernet.architecture(choices)
        prefixes = {
            f"stages.{at}.{name}.": f"stages.{at}." if name == one else None
            for at, one in zip(self.supernet.open_stages, chosen, strict=True)
            for name in self.supernet.candidates
        }
        found = {}
        for name, tensor in self.state_dict().items():
            prefix = next((one for one in prefixes if name.startswith(one)), "")
            new = prefixes.get(prefix, "")
            if new is not None:
                found[new + name.removeprefix(prefix)] = tensor.clone()
        return found


def build_supernet(supernet: Supernet, generator: torch.Generator) -> SupernetModules:
    """Build the module of a supernet and draw its weights, on the CPU.

    The generator also draws the networks later on.
    """
    module = SupernetModules(supernet, generator)
    initialize(module, "standard", generator)
    return module
