"""A network-on-chip to be simulated: mesh, timing, buffers, arbitration, routing, service."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from async_sim.mesh import Mesh
from async_sim.packets import Packets
from async_sim.routing import ROUTINGS
from async_sim.timing import LONGEST_PS, RouterTiming, load_timing
from configs.catalog import UnknownNameError
from configs.mistakes import shown

ROUND_ROBIN, FIXED, AGE = range(3)
ARBITRATIONS = {"round-robin": ROUND_ROBIN, "fixed": FIXED, "age": AGE}
TREE_ROUTINGS = ("xy", "yx")  # where packets to one node cannot part
MOST_CHANNELS, DEEPEST = 12, 1024
BOUNDS = {
    "n_channels": (1, MOST_CHANNELS),
    "depth": (1, DEEPEST),
    "sink_depth": (1, DEEPEST),
    "decode_ps": (0, LONGEST_PS),
    "synapse_ps": (0, LONGEST_PS),
    "link_ps": (0, LONGEST_PS),
}
LATEST_PS = 1 << 60


@dataclass(frozen=True)
class Network:
    """What does not change while spikes move.

    Attributes:
        n_channels: Virtual channels of every link.
        depth: Tokens that the FIFO of one channel of an input unit holds.
        sink_depth: Tokens that the FIFO of one channel of a sink holds.
        arbitration: Who goes first where several wait: `round-robin`, `fixed` (the lowest index)
            or `age` (who has waited longest).
        routing: `xy`, `yx` or `odd-even`.
        decode_ps: Time a processing element needs for a spike ...
        synapse_ps: ... and for each of its synapses.
        link_ps: Time on the wire between two routers, in both directions.
    """

    mesh: Mesh
    n_channels: int = 4
    depth: int = 8
    sink_depth: int = 8
    arbitration: str = "round-robin"
    routing: str = "xy"
    decode_ps: int = 0
    synapse_ps: int = 0
    link_ps: int = 0
    timing: RouterTiming = field(default_factory=load_timing)

    def __post_init__(self) -> None:
        for name, (least, most) in BOUNDS.items():
            value: Any = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer):
                raise ValueError(f"{name} needs a whole number, got {shown(value)}")  # noqa: TRY004 (one kind of error for all that is refused)
            if not least <= value <= most:
                raise ValueError(f"{name} must lie in [{least}, {most}], got {shown(value)}")
            object.__setattr__(self, name, int(value))  # NumPy's overflow
        if self.arbitration not in ARBITRATIONS:
            raise UnknownNameError("arbitration", self.arbitration, ARBITRATIONS)
        if self.routing not in ROUTINGS:
            raise UnknownNameError("routing", self.routing, ROUTINGS)

    def check(self, packets: Packets) -> None:
        """Refuse packets that do not fit.

        Raises:
            ValueError: In one line, with the first of them.
        """
        packets.check(self.mesh, self.n_channels)
        self.check_times(packets)
        if packets.following is not None:
            check_tree_routing(self.routing)

    def check_times(self, packets: Packets) -> None:
        """Refuse packets that may take so long that 64 bits do not hold their times.

        Raises:
            ValueError: In one line.
        """
        most = int(packets.n_synapses.max(initial=0))
        busy_ps = len(packets) * self.service_ps(most)
        if int(packets.release_ps.max(initial=0)) + busy_ps > LATEST_PS:
            raise ValueError(
                f"{len(packets)} packets with up to {most} synapses may take more than "
                f"{LATEST_PS} ps"
            )

    def service_ps(self, n_synapses: int) -> int:
        """Time a processing element is busy with one spike, apart from the handshake."""
        return self.decode_ps + self.synapse_ps * n_synapses


def check_tree_routing(routing: str) -> None:
    """Refuse trees where packets may choose between ways.

    Raises:
        ValueError: If the routing is not `xy` or `yx`.
    """
    if routing not in TREE_ROUTINGS:
        allowed = " or ".join(TREE_ROUTINGS)
        raise ValueError(f"multicast as a tree needs {allowed} routing, not {routing}")
