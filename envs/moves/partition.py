"""Partition: how many neurons a core holds, in powers of two."""

import math
from dataclasses import dataclass

import numpy as np

from async_sim.application import Application
from async_sim.hardware import Hardware
from async_sim.mesh import Mesh
from envs.moves.move import Limits, Move
from envs.moves.placing import grown, remeshed, respread


@dataclass(frozen=True)
class Resize:
    """Twice or half the neurons per core; a layer's cores beyond the least it needs stay.

    A mesh too small for them gets the columns and rows that are missing.
    """

    name: str
    is_doubling: bool
    limits: Limits

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether cores may be so small or large, and some mesh holds them all."""
        room = self._room(hardware)
        is_allowed = self.limits.least_neurons <= room <= self.limits.most_neurons
        return is_allowed and self._mesh(hardware, application) is not None

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """Spread the neurons anew; see `respread` for what becomes of the cores' nodes."""
        del generator
        cores, mesh = self._cores(hardware, application), self._mesh(hardware, application)
        if mesh is None:
            raise ValueError(f"{self.name}: {sum(cores)} cores fit no mesh")
        on_mesh = remeshed(hardware, application, mesh)
        return respread(on_mesh, application, self._room(hardware), cores)

    def _mesh(self, hardware: Hardware, application: Application) -> Mesh | None:
        n_cores = sum(self._cores(hardware, application))
        return grown(hardware.mesh, n_cores, self.limits.longest_side)

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
