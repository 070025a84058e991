"""Energy and latency of each layer of a network on a design, as in ANCoEF, Fig. 6.

A layer pays for the packets that it sends (source and routers), for the spikes that it takes (sink,
decoding, synapses), for the updates of its neurons, and for what its cores leak. What routers leak
is shared by the layers in proportion to their cores. So the energies add up to the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from async_sim.application import Application
from async_sim.core_traffic import CoreTraffic, traffic_of
from async_sim.cores import sink_busy_ps, sum_of_steps
from async_sim.design_costs import costs_of, design_energy, swept_aj, total
from async_sim.energy import constants
from async_sim.hardware import Hardware
from async_sim.steps import Run

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LayerFigures:
    """What a layer takes for one frame.

    Attributes:
        latency_s: Until the last of its cores has updated its neurons and taken its spikes,
            summed over the time steps; layers work at the same time.
        busy_s: Time that the busiest of its cores updates neurons and takes spikes, added up,
            though it may do both at once.
    """

    name: str
    energy_j: float
    latency_s: float
    busy_s: float

    @property
    def edp_js(self) -> float:
        """Energy times latency."""
        return self.energy_j * self.latency_s


def layer_figures(
    application: Application, hardware: Hardware, run: Run
) -> tuple[LayerFigures, ...]:
    """What each layer takes for one frame.

    Raises:
        ValueError: If the run is of another design.
    """
    n = application.n_samples
    energy_aj = layer_energy_aj(application, hardware, run)
    latency_ps = layer_step_ps(application, hardware, run).sum(axis=0)
    busy_ps = _busy_ps(application, hardware, run)
    return tuple(
        LayerFigures(name, aj / 1e18 / n, int(latency) / 1e12 / n, int(busy) / 1e12 / n)
        for name, aj, latency, busy in zip(
            application.layer_names, energy_aj, latency_ps, busy_ps, strict=True
        )
    )


def layer_energy_aj(application: Application, hardware: Hardware, run: Run) -> list[int]:
    """Energy of each layer over a whole run, in attojoules."""
    whole, traffic = design_energy(application, hardware, run), traffic_of(application, hardware)
    layer = np.repeat(np.arange(len(hardware.cores)), hardware.cores)
    leaks = [total(one.values()).leakage_pw for one in costs_of(application, hardware).layers]
    shared = (
        _split(whole.parts_aj["leakage of routers"], hardware.cores),
        _split(whole.parts_aj["leakage of elements"], leaks),
    )
    switched = _switched_aj(traffic, hardware, layer)
    updates = [len(run.step_ps) * _update_aj(application, hardware, i) for i in range(len(leaks))]
    return [int(sum(each)) for each in zip(switched.tolist(), updates, *shared, strict=True)]


def layer_step_ps(application: Application, hardware: Hardware, run: Run) -> Integers:
    """When each layer is done, in each time step, (steps, layers); the last ends the step."""
    traffic, network = traffic_of(application, hardware), run.network
    layer = _layer_of_nodes(hardware)
    sweep_ps = np.zeros(len(hardware.cores), np.int64)
    np.maximum.at(sweep_ps, layer[list(hardware.nodes)], traffic.sweep_ps)
    done_ps = np.tile(sweep_ps, (len(run.results), 1))
    for packets, result, done in zip(run.packets, run.results, done_ps, strict=True):
        service_ps = network.decode_ps + network.synapse_ps * packets.n_synapses
        taken_ps = np.maximum(service_ps, network.timing.sink.cycle_ps)
        np.maximum.at(done, layer[packets.destination], result.delivered_ps + taken_ps)
    return done_ps


def _update_aj(application: Application, hardware: Hardware, layer: int) -> int:
    """Energy that the neurons of a layer take in a time step."""
    if application.core(layer) is None:
        return constants()["update"] * application.layer_sizes[layer]
    return sum(swept_aj(application, hardware, layer).values())


def _switched_aj(traffic: CoreTraffic, hardware: Hardware, layer: Integers) -> Integers:
    """What packets switch, by layer; each passes three units of every router on its way."""
    aj, n_layers = constants(), len(hardware.cores)
    router_aj = aj["input_unit"] + aj["switch_allocator"] + aj["output_unit"]
    nodes = np.array(hardware.nodes)
    x, y = nodes % hardware.mesh.width, nodes // hardware.mesh.width
    source, target = traffic.source, traffic.target
    hops = np.abs(x[source] - x[target]) + np.abs(y[source] - y[target])
    found = np.zeros(n_layers, np.int64)
    np.add.at(found, layer[source], (hops + 1) * router_aj + aj["network_interface"])
    taken_aj = traffic.n_synapses * aj["synapse"] + aj["decode"] + aj["network_interface"]
    np.add.at(found, layer[target], taken_aj)
    return found


def _busy_ps(application: Application, hardware: Hardware, run: Run) -> Integers:
    """Time that the busiest core of each layer works, over a run."""
    nodes, traffic = np.array(hardware.nodes), traffic_of(application, hardware)
    sweeps_ps = len(run.results) * traffic.sweep_ps
    busy = np.zeros(len(hardware.cores), np.int64)
    work_ps = sum_of_steps(run, sink_busy_ps)[nodes] + sweeps_ps
    np.maximum.at(busy, _layer_of_nodes(hardware)[nodes], work_ps)
    return busy


def _layer_of_nodes(hardware: Hardware) -> Integers:
    """Layer of each node; -1 where there is no core."""
    layer = np.full(hardware.mesh.n_nodes, -1)
    layer[list(hardware.nodes)] = np.repeat(np.arange(len(hardware.cores)), hardware.cores)
    return layer


def _split(whole: int, shares: Sequence[int]) -> list[int]:
    """Parts of a whole number, as shares are; they add up to it to the last one."""
    found, given, seen, n = [], 0, 0, sum(shares)
    for share in shares:
        seen += share
        found.append(whole * seen // n - given)
        given += found[-1]
    return found
