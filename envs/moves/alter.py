"""Alter: buffers, virtual channels and the shape of the mesh."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from async_sim.application import Application
from async_sim.hardware import Hardware
from async_sim.mesh import Mesh
from envs.moves.move import Limits, Move
from envs.moves.placing import remeshed


@dataclass(frozen=True)
class StepTo:
    """The next larger, or smaller, of some numbers."""

    name: str
    field: Literal["depth", "n_channels"]
    values: tuple[int, ...]
    is_up: bool

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether there is one."""
        del application
        return self._next(hardware) is not None

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """Change the number alone.

        Raises:
            ValueError: If there is no such number.
        """
        del application, generator
        value = self._next(hardware)
        if value is None:
            raise ValueError(f"{self.name}: {self.field} is {getattr(hardware, self.field)}")
        return replace(hardware, **{self.field: value})  # type: ignore[arg-type]

    def _next(self, hardware: Hardware) -> int | None:
        value: int = getattr(hardware, self.field)
        if self.is_up:
            return min((one for one in self.values if one > value), default=None)
        return max((one for one in self.values if one < value), default=None)


@dataclass(frozen=True)
class Reshape:
    """One column or row of nodes more, or fewer; cores beyond the mesh find the nearest nodes."""

    name: str
    columns: int
    rows: int
    longest_side: int

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether the mesh may have that shape, and holds all cores."""
        del application
        width, height = self._shape(hardware)
        is_shape = min(width, height) >= 1 and max(width, height) <= self.longest_side
        return is_shape and width * height >= len(hardware.nodes)

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """Keep the column and row of every core that is within the new mesh."""
        del generator
        return remeshed(hardware, application, Mesh(*self._shape(hardware)))

    def _shape(self, hardware: Hardware) -> tuple[int, int]:
        mesh = hardware.mesh
        return mesh.width + self.columns, mesh.height + self.rows


def moves(limits: Limits) -> tuple[Move, ...]:
    """The moves of this family."""
    side = limits.longest_side
    return (
        StepTo("alter.deepen", "depth", limits.depths, is_up=True),
        StepTo("alter.flatten", "depth", limits.depths, is_up=False),
        StepTo("alter.add_channels", "n_channels", limits.channels, is_up=True),
        StepTo("alter.drop_channels", "n_channels", limits.channels, is_up=False),
        Reshape("alter.add_column", 1, 0, side),
        Reshape("alter.drop_column", -1, 0, side),
        Reshape("alter.add_row", 0, 1, side),
        Reshape("alter.drop_row", 0, -1, side),
        Reshape("alter.grow", 1, 1, side),
        Reshape("alter.shrink", -1, -1, side),
    )
