"""How many packets each link of a mesh passes, for a design that has not been simulated."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from async_sim.application import Application
from async_sim.core_traffic import core_traffic
from async_sim.hardware import Hardware

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Flows:
    """Packets from core to core, each pair once.

    Attributes:
        source: Core that sends, (flows,) ...
        target: ... and that receives.
        n_packets: Of each flow.
    """

    source: Integers
    target: Integers
    n_packets: Reals

    @classmethod
    def of(cls, hardware: Hardware, application: Application) -> Self:
        """What the recorded spikes send."""
        packets = core_traffic(application, hardware)
        source, target = np.nonzero(packets)
        return cls(source, target, packets[source, target].astype(np.float64))


def link_packets(hardware: Hardware, flows: Flows, nodes: Integers) -> tuple[Reals, Reals]:
    """Packets on links along rows and along columns, with cores on the given nodes.

    Odd-even routing chooses its ways while packets move; it is taken as xy here.

    Returns:
        Both of shape (2, height, width): eastwards (or to higher rows) from a node, and
        westwards (to lower rows) to it.
    """
    mesh = hardware.mesh
    y, x = np.divmod(nodes[flows.source], mesh.width)
    to_y, to_x = np.divmod(nodes[flows.target], mesh.width)
    is_yx = hardware.routing == "yx"
    along_rows = _passed(mesh.height, mesh.width, to_y if is_yx else y, (x, to_x), flows)
    along_columns = _passed(mesh.width, mesh.height, x if is_yx else to_x, (y, to_y), flows)
    return along_rows, along_columns.transpose(0, 2, 1)


def _passed(
    n_lines: int, length: int, line: Integers, ends: tuple[Integers, Integers], flows: Flows
) -> Reals:
    """Packets between the places of each line: sums of what sets out and what arrives."""
    begin, end = ends
    lines = ((end < begin) * n_lines + line) * (length + 1)
    places = lines + np.minimum(begin, end), lines + np.maximum(begin, end)
    out, arrived = (np.bincount(one, flows.n_packets, 2 * n_lines * (length + 1)) for one in places)
    passed: Reals = np.cumsum((out - arrived).reshape(2, n_lines, -1), axis=2)[:, :, :length]
    return passed


def busiest(hardware: Hardware, flows: Flows, nodes: Integers) -> float:
    """Packets on the link that has most."""
    return max(float(one.max(initial=0.0)) for one in link_packets(hardware, flows, nodes))


def cores_on_busiest(hardware: Hardware, flows: Flows) -> Integers:
    """Cores that send or receive over the link that has most packets; all without traffic."""
    passing = flows_on_busiest(hardware, flows)
    found = np.union1d(flows.source[passing], flows.target[passing])
    return found if len(found) else np.arange(len(hardware.nodes))


def flows_on_busiest(hardware: Hardware, flows: Flows) -> NDArray[np.bool_]:
    """Which flows pass the link that has most packets, (flows,)."""
    along_rows, along_columns = link_packets(hardware, flows, np.array(hardware.nodes))
    is_row = along_rows.max(initial=0.0) >= along_columns.max(initial=0.0)
    table = along_rows if is_row else along_columns
    back, row, column = (int(i) for i in np.unravel_index(int(np.argmax(table)), table.shape))
    return _passing(hardware, flows, (is_row, back), (row, column))


def _passing(
    hardware: Hardware, flows: Flows, kind: tuple[bool, int], place: tuple[int, int]
) -> NDArray[np.bool_]:
    """Which flows use a link."""
    nodes, width = np.array(hardware.nodes), hardware.mesh.width
    y, x = np.divmod(nodes[flows.source], width)
    to_y, to_x = np.divmod(nodes[flows.target], width)
    is_yx, (is_row, back), (row, column) = hardware.routing == "yx", kind, place
    if is_row:
        begin, end, at, line, here = x, to_x, column, to_y if is_yx else y, row
    else:
        begin, end, at, line, here = y, to_y, row, x if is_yx else to_x, column
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    found: NDArray[np.bool_] = (
        (line == here) & (low <= at) & (at < high) & ((end < begin) == bool(back))
    )
    return found
