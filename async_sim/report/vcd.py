"""Requests and acknowledgements of every channel as waves, for GTKWave and its like.

Value change dump of IEEE 1364, with a timescale of 1 ps. Handshakes have two phases: every request
and every acknowledgement is one change of its wire. A request changes when the token arrives, an
acknowledgement when the sender learns of it. A multicast tree's token that parts in an input unit
is one request and, after its last branch, one acknowledgement there.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from async_sim.mesh import N_CONTROLLERS, N_PORTS, OUTPUT, PORT_NAMES, SWITCH
from async_sim.passages import NOBODY
from async_sim.report.perfetto import unit_name
from async_sim.report.traced import Traced

Integers = NDArray[np.int64]
FIRST_SIGN, N_SIGNS = 33, 94  # printable ones, of which names of wires are made


def write_vcd(path: Path, trace: Traced) -> None:
    """Write the shown steps, one after the other."""
    ports, wires, times_ps = _changes(trace)
    with path.open("w", encoding="ascii") as file:
        file.write("$version coexplore async_sim $end\n$timescale 1 ps $end\n")
        _declare(file, trace, ports)
        file.write("$dumpvars\n")
        file.writelines(f"0{_sign(wire)}\n" for wire in range(2 * len(ports)))
        file.write("$end\n")
        value, now_ps = bytearray(2 * len(ports)), -1
        for wire, time_ps in zip(wires.tolist(), times_ps.tolist(), strict=True):
            if time_ps != now_ps:
                file.write(f"#{time_ps}\n")
                now_ps = time_ps
            value[wire] ^= 1
            file.write(f"{value[wire]}{_sign(wire)}\n")


def channel_name(unit: int, port_in: int, lane: int) -> str:
    """A channel of a controller: ``vc0``, or ``from_west_vc0`` at a switch allocator."""
    origin = f"from_{PORT_NAMES[port_in]}_" if SWITCH <= unit < OUTPUT else ""
    return f"{origin}vc{lane}"


def _changes(trace: Traced) -> tuple[list[tuple[int, int, int]], Integers, Integers]:
    """Channels as (controller, port in, lane), and changes of wires 2i, the request, and 2i + 1."""
    keys, arrivals, returns = [], [], []
    n = trace.network.n_channels
    for _, start_ps, passages in trace.shown_passages():
        some = passages.tokens
        sent = some.sender != NOBODY
        controller = some.node * N_CONTROLLERS + some.unit
        is_switch = (some.unit >= SWITCH) & (some.unit < OUTPUT)
        port_in = np.where(is_switch, some.sender % N_CONTROLLERS, 0)
        keys.append(((controller * N_PORTS + port_in) * n + some.lane)[sent])
        arrivals.append(start_ps + some.arrival_ps[sent])
        returns.append(start_ps + some.freed_ps[sent])
    used, channel = np.unique(np.concatenate([*keys, np.zeros(0, np.int64)]), return_inverse=True)
    wires = np.concatenate([2 * channel, 2 * channel + 1])
    times_ps = np.concatenate([*arrivals, *returns, np.zeros(0, np.int64)])
    order = np.lexsort((wires, times_ps))
    ports = [(key // n // N_PORTS, key // n % N_PORTS, key % n) for key in used.tolist()]
    return ports, wires[order], times_ps[order]


def _declare(file: TextIO, trace: Traced, ports: list[tuple[int, int, int]]) -> None:
    """Name the wires: a scope per router, and in it one per controller."""
    mesh, before = trace.network.mesh, (NOBODY, NOBODY)
    for i, (controller, port_in, lane) in enumerate(ports):
        node, unit = divmod(controller, N_CONTROLLERS)
        file.writelines(_scopes(before, (node, unit), mesh.at(node)))
        before = node, unit
        name = channel_name(unit, port_in, lane)
        file.write(f"$var wire 1 {_sign(2 * i)} {name}_req $end\n")
        file.write(f"$var wire 1 {_sign(2 * i + 1)} {name}_ack $end\n")
    file.write("$upscope $end\n" * (2 if ports else 0) + "$enddefinitions $end\n")


def _scopes(before: tuple[int, int], now: tuple[int, int], at: tuple[int, int]) -> Iterator[str]:
    """Leave the scopes that end, and enter those that begin."""
    if before == now:
        return
    if before[0] != NOBODY:
        yield "$upscope $end\n" * (1 if before[0] == now[0] else 2)
    if before[0] != now[0]:
        yield f"$scope module x{at[0]}_y{at[1]} $end\n"
    yield f"$scope module {unit_name(now[1]).replace(' ', '_')} $end\n"


def _sign(wire: int) -> str:
    """A short name for a wire."""
    signs = ""
    while True:
        wire, digit = divmod(wire, N_SIGNS)
        signs += chr(FIRST_SIGN + digit)
        if not wire:
            return signs
