"""Partition: how many neurons a core holds, in powers of two."""

import math
from dataclasses import dataclass

import numpy as np

from async_sim.application import Application
from async_sim.hardware import Hardware
from envs.moves.move import Features, Limits, Move
from envs.moves.placing import respread


@dataclass(frozen=True)
class Resize:
    """Twice or half the neurons per core; a layer's cores beyond the least it needs stay."""

    name: str
    is_doubling: bool
    limits: Limits

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether cores may be so small or large, and the mesh holds them all."""
        room = self._room(hardware)
        is_allowed = self.limits.least_neurons <= room <= self.limits.most_neurons
        return is_allowed and sum(self._cores(hardware, application)) <= hardware.mesh.n_nodes

    def apply(
        self,
        hardware: Hardware,
        application: Application,
        seen: Features | None,
        generator: np.random.Generator,
    ) -> Hardware:
        """Spread the neurons anew; see `respread` for what becomes of the cores' nodes."""
        del seen, generator
        cores = self._cores(hardware, application)
        return respread(hardware, application, self._room(hardware), cores)

    def _room(self, hardware: Hardware) -> int:
        room = hardware.neurons_per_core
        return 2 * room if self.is_doubling else room // 2

    def _cores(self, hardware: Hardware, application: Application) -> list[int]:
        room = self._room(hardware)
        return [
            min(size, math.ceil(size / room) + n - math.ceil(size / hardware.neurons_per_core))
            for size, n in zip(application.layer_sizes, hardware.cores, strict=True)
        ]


def moves(limits: Limits) -> tuple[Move, ...]:
    """The moves of this family."""
    return (
        Resize("partition.double", is_doubling=True, limits=limits),
        Resize("partition.halve", is_doubling=False, limits=limits),
    )
