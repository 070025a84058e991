"""What a design will take, told before it is simulated: from loads of cores and links alone.

Area is exact, and so is energy at a given latency. No time step is shorter than its busiest core
works on spikes, than its busiest link passes packets, and than the largest core updates neurons.
Packets wait for each other besides, the more the busier cores and links are and the fewer slots
the buffers have; how much depends on the application and is learnt from runs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from async_sim.application import Application
from async_sim.compilation import compiled, entry
from async_sim.core_traffic import CoreTraffic, traffic_of
from async_sim.design_costs import costs_of, total
from async_sim.energy import constants
from async_sim.hardware import Hardware
from async_sim.silicon import PICO_PER_MICRO

Integers = NDArray[np.int64]
NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of all frames together.

    Attributes:
        bound_ps: No run takes less, with xy and yx routing; odd-even is taken as xy.
        crowding_ps: What waiting is proportional to, as far as it is known beforehand.
        switched_aj: Energy without leakage.
    """

    bound_ps: int
    crowding_ps: float
    switched_aj: int
    leakage_pw: int
    area_m2: float
    n_samples: int

    def figures(self, waiting: float = 0.0, correction: float = 1.0) -> dict[str, float]:
        """What a frame takes: `async_sim.execution.FIGURES`.

        Args:
            waiting: In units of ``crowding_ps``.
            correction: Of the latency, by how much another design was off.
        """
        latency_ps = correction * (self.bound_ps + waiting * self.crowding_ps)
        leaked_aj = self.leakage_pw * latency_ps / PICO_PER_MICRO
        latency_s = latency_ps / 1e12 / self.n_samples
        energy_j = (self.switched_aj + leaked_aj) / 1e18 / self.n_samples
        return {
            "latency_s": latency_s,
            "energy_j": energy_j,
            "area_m2": self.area_m2,
            "edp_js": latency_s * energy_j,
        }


def forecast(application: Application, hardware: Hardware) -> Forecast:
    """Tell what a design will take, without simulating it.

    Raises:
        ValueError: If the application does not fit the hardware.
    """
    traffic = traffic_of(application, hardware)
    busy_ps, n_hops = _loads(application, hardware, traffic)
    sweep_ps = int(traffic.neurons.max()) * application.update_ps
    bound_ps = np.maximum(busy_ps.max(axis=1), sweep_ps)
    at_work = bound_ps > 0  # a step without spikes takes nothing where updates do
    slots = hardware.depth * hardware.n_channels
    costs = costs_of(application, hardware)
    return Forecast(
        int(bound_ps.sum()),
        float((busy_ps[at_work].prod(axis=1, dtype=float) / bound_ps[at_work]).sum() / slots**0.5),
        _switched_aj(traffic, n_hops),
        total(costs.parts.values()).leakage_pw,
        costs.area_m2,
        application.n_samples,
    )


def _loads(
    application: Application, hardware: Hardware, traffic: CoreTraffic
) -> tuple[Integers, int]:
    """Time of the busiest core and link in each step, (steps, 2), and the hops of all packets."""
    timing, mesh = hardware.empty_network.timing, hardware.mesh
    service_ps = application.decode_ps + application.synapse_ps * traffic.n_synapses
    stages = (timing.input_unit, timing.switch_allocator, timing.output_unit)
    hop_ps = sum(stage.forward_ps for stage in stages)
    y, x = np.divmod(np.array(hardware.nodes, np.int64), mesh.width)
    busy_ps, n_hops = step_loads(
        traffic.step_start,
        (traffic.source, traffic.target),
        (traffic.release_ps, np.maximum(service_ps, timing.sink.cycle_ps)),
        (x, y) if hardware.routing != "yx" else (y, x),
        (timing.source.forward_ps, hop_ps, timing.switch_allocator.cycle_ps),
    )
    return busy_ps, n_hops


def _switched_aj(traffic: CoreTraffic, n_hops: int) -> int:
    """As `async_sim.energy` counts it: a packet passes three units of each router on its way."""
    aj, n_packets = constants(), len(traffic.source)
    router_aj = aj["input_unit"] + aj["switch_allocator"] + aj["output_unit"]
    updates = (len(traffic.step_start) - 1) * int(traffic.neurons.sum())
    return (
        (n_hops + n_packets) * router_aj
        + n_packets * (2 * aj["network_interface"] + aj["decode"])
        + int(traffic.n_synapses.sum()) * aj["synapse"]
        + updates * aj["update"]
    )


@entry
def step_loads(
    step_start: Integers,
    ends: tuple[Integers, Integers],
    times_ps: tuple[Integers, Integers],
    places: tuple[Integers, Integers],
    stage_ps: tuple[int, int, int],
) -> tuple[Integers, int]:
    """Time that the busiest core, and the busiest link, work in each step; packets go xy.

    Args:
        ends: Core that sends each packet, and that receives it.
        times_ps: Release and service of each packet.
        places: Column and row of each core; the other way round for packets that go yx.
        stage_ps: What a packet takes besides its hops, takes a hop, and keeps a link busy.

    Returns:
        Of shape (steps, 2), and the hops of all packets.
    """
    x, y = places
    width, height, n_hops = x.max() + 1, y.max() + 1, 0
    busy_ps = np.zeros((len(step_start) - 1, 2), np.int64)
    for step in range(len(busy_ps)):
        rows = np.zeros((2, height, width), np.int64)
        columns = np.zeros((2, width, height), np.int64)
        first_ps, work_ps = np.full(len(x), NEVER), np.zeros(len(x), np.int64)
        for i in range(step_start[step], step_start[step + 1]):
            a, b = ends[0][i], ends[1][i]
            _go(rows[:, y[a]], x[a], x[b])
            _go(columns[:, x[b]], y[a], y[b])
            hops = abs(x[a] - x[b]) + abs(y[a] - y[b])
            arrives_ps = times_ps[0][i] + stage_ps[0] + (hops + 1) * stage_ps[1]
            first_ps[b] = min(first_ps[b], arrives_ps)
            work_ps[b] += times_ps[1][i]
            n_hops += hops
        busy_ps[step, 0] = _latest(first_ps, work_ps)
        busy_ps[step, 1] = max(_most(rows), _most(columns)) * stage_ps[2]
    return busy_ps, n_hops


@compiled
def _go(changes: Integers, begin: int, end: int) -> None:
    """Note a packet on the links of a line, (2, length): there, or back."""
    back = int(end < begin)
    changes[back, min(begin, end)] += 1
    changes[back, max(begin, end)] -= 1


@compiled
def _most(changes: Integers) -> int:
    """Packets on the link that has most, of lines of links, (2, lines, length)."""
    most = 0
    for way in changes:
        for line in way:
            n = 0
            for change in line:
                n += change
                most = max(most, n)
    return most


@compiled
def _latest(first_ps: Integers, work_ps: Integers) -> int:
    """When the last core is done, if each works from its first spike on without a pause."""
    latest = 0
    for core in range(len(work_ps)):
        if work_ps[core]:
            latest = max(latest, first_ps[core] + work_ps[core])
    return latest
