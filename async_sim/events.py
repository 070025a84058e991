"""Every fire of a run, one after the other: for traces, and to find where two engines part."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from async_sim.mesh import N_CONTROLLERS, Mesh, controller_name

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Events:
    """n fires in order of time, then of controller; each (n,).

    Attributes:
        controller: ``17 node + unit``, as in `async_sim.mesh`.
        packet: Packet that was passed on.
        arrival_ps: When it came to the controller.
        fire_ps: When the controller passed it on.
    """

    controller: Integers
    packet: Integers
    arrival_ps: Integers
    fire_ps: Integers

    @classmethod
    def sorted(
        cls, controller: Integers, packet: Integers, arrival_ps: Integers, fire_ps: Integers
    ) -> Self:
        """Put fires in order."""
        order = np.lexsort((controller, fire_ps))
        return cls(controller[order], packet[order], arrival_ps[order], fire_ps[order])

    def __len__(self) -> int:
        return len(self.controller)

    def told(self, i: int, mesh: Mesh) -> str:
        """Say one fire in words."""
        node, unit = divmod(int(self.controller[i]), N_CONTROLLERS)
        where = controller_name(node, unit, mesh)
        return f"{where} passes packet {self.packet[i]} on at {self.fire_ps[i]} ps"


def first_difference(one: Events, other: Events) -> int | None:
    """Index of the first fire in which two runs differ; None if they are the same."""
    n = min(len(one), len(other))
    differs = np.zeros(n, bool)
    for name in ("controller", "packet", "arrival_ps", "fire_ps"):
        differs |= getattr(one, name)[:n] != getattr(other, name)[:n]
    if differs.any():
        return int(np.argmax(differs))
    return None if len(one) == len(other) else n
