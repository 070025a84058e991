"""Every fire on a time line, for https://ui.perfetto.dev and chrome://tracing.

The format is Chrome's JSON object format of trace events. Times there are microseconds; all of
ours are written with six decimals, so that no picosecond is lost, and once more as whole numbers
among the arguments.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from async_sim.mesh import KINDS, N_CONTROLLERS, N_PORTS, PORT_NAMES, SINK, SOURCE
from async_sim.network import Network
from async_sim.passages import Passages, latencies_ps, stage_of
from async_sim.report.traced import Traced
from async_sim.ways import ways

PS_PER_US = 10**6
START, STEP, END = "stf"  # phases of a flow: the way of a packet


def write_perfetto(path: Path, trace: Traced) -> None:
    """Write the shown steps: a slice per fire, an arrow per way from controller to controller.

    Routers are processes and controllers threads, both counted from 1 because 0 is taken.
    """
    with path.open("w", encoding="utf-8") as file:
        file.write('{"displayTimeUnit":"ns","traceEvents":[\n')
        file.writelines(",\n".join(block) + ",\n" for block in _blocks(trace) if block)
        last = trace.network.mesh.n_nodes + 1
        file.write(_name("process", last, 0, "time steps") + "\n]}\n")


def _blocks(trace: Traced) -> Iterator[list[str]]:
    """Lists of events: names, and then a step after the other."""
    passages, n_flows = [], 0
    for step, start_ps, some in trace.shown_passages():
        yield [_step(trace, step, start_ps)]
        yield list(_fires(trace, step, start_ps, some))
        yield list(_flows(some, start_ps, n_flows))
        n_flows += len(trace.run.packets[step])
        passages.append(some)
    yield list(_names(trace.network, passages))


def _names(network: Network, passages: list[Passages]) -> Iterator[str]:
    """Names of the controllers that fired, and of their routers."""
    fired = [some.node * N_CONTROLLERS + some.unit for some in passages]
    used = np.unique(np.concatenate([*fired, np.zeros(0, np.int64)]))
    for node in np.unique(used // N_CONTROLLERS).tolist():
        x, y = network.mesh.at(node)
        yield _name("process", node + 1, 0, f"router ({x}, {y})")
        yield _order("process", node + 1, 0, node)
    for controller in used.tolist():
        node, unit = divmod(controller, N_CONTROLLERS)
        yield _name("thread", node + 1, controller + 1, unit_name(unit))
        yield _order("thread", node + 1, controller + 1, _rank(unit))


def unit_name(unit: int) -> str:
    """A controller of a node in words: ``input unit east``."""
    kind = KINDS[stage_of(unit)].replace("_", " ")
    return f"{kind} {PORT_NAMES[unit % N_PORTS]}" if unit < SOURCE else kind


def _rank(unit: int) -> int:
    """Order on the screen: that in which a packet passes."""
    return {SOURCE: -1, SINK: SINK}.get(unit, unit)


def _name(what: str, pid: int, tid: int, name: str) -> str:
    return f'{{"ph":"M","name":"{what}_name","pid":{pid},"tid":{tid},"args":{{"name":"{name}"}}}}'


def _order(what: str, pid: int, tid: int, rank: int) -> str:
    return (
        f'{{"ph":"M","name":"{what}_sort_index","pid":{pid},"tid":{tid},'
        f'"args":{{"sort_index":{rank}}}}}'
    )


def _step(trace: Traced, step: int, start_ps: int) -> str:
    pid, length_ps = trace.network.mesh.n_nodes + 1, int(trace.run.step_ps[step])
    return (
        f'{{"ph":"X","name":"time step {step}","cat":"step","pid":{pid},'
        f'"tid":{pid * N_CONTROLLERS},"ts":{_us(start_ps)},"dur":{_us(length_ps)},'
        f'"args":{{"start_ps":{start_ps},"dur_ps":{length_ps}}}}}'
    )


def _fires(trace: Traced, step: int, start_ps: int, some: Passages) -> Iterator[str]:
    """A slice per fire, as long as the controller is busy."""
    network, packets = trace.network, trace.run.packets[step]
    cycle_ps = latencies_ps(network, forward=True) + latencies_ps(network, forward=False)
    service_ps = network.decode_ps + network.synapse_ps * packets.n_synapses[some.packet]
    is_served = (some.unit == SINK) & (service_ps > cycle_ps[SINK])
    busy_ps = np.where(is_served, service_ps, cycle_ps[some.unit])
    columns = (
        some.node, some.unit, some.packet, some.lane, some.wait_ps, start_ps + some.fire_ps,
        busy_ps, packets.source[some.packet], packets.destination[some.packet],
    )  # fmt: skip
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for node, unit, packet, lane, wait_ps, fire_ps, dur_ps, source, destination in rows:
        yield (
            f'{{"ph":"X","name":"packet {packet}","cat":"fire","pid":{node + 1},'
            f'"tid":{node * N_CONTROLLERS + unit + 1},"ts":{_us(fire_ps)},"dur":{_us(dur_ps)},'
            f'"args":{{"step":{step},"packet":{packet},"channel":{lane},"source":{source},'
            f'"destination":{destination},"fire_ps":{fire_ps},"dur_ps":{dur_ps},'
            f'"wait_ps":{wait_ps}}}}}'
        )


def _flows(some: Passages, start_ps: int, n_before: int) -> Iterator[str]:
    """The way of each packet, bound to its slices: those of a multicast group share theirs."""
    packet, fire = ways(some)
    node, unit, fire_ps = some.node[fire], some.unit[fire], some.fire_ps[fire]
    phase = np.where(unit == SOURCE, START, np.where(unit == SINK, END, STEP))
    columns = (phase, node, unit, packet, start_ps + fire_ps)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for kind, node, unit, packet, fire_ps in rows:
        yield (
            f'{{"ph":"{kind}","bp":"e","id":{n_before + packet},"name":"way","cat":"way",'
            f'"pid":{node + 1},"tid":{node * N_CONTROLLERS + unit + 1},"ts":{_us(fire_ps)}}}'
        )


def _us(ps: int) -> str:
    """Picoseconds as microseconds, to the last digit."""
    whole, rest = divmod(ps, PS_PER_US)
    return f"{whole}.{rest:06d}"
