"""Our engine beside the simulator SANA-FE on MLP-MNIST: ``python benchmarks/sanafe_comparison.py``.

SANA-FE (GPL-3, the extra `bench`) is only called, through its Python interface.

Alike: layers, synapses, cores, their places on the 5x5 mesh, and every spike of every time step,
given to SANA-FE's input neurons; a run that does not send our packets is refused. A hop without
load, the update of a neuron, a spike that arrives and each of its synapses take the same time.

Not alike: SANA-FE makes the packets of the spikes and adds up the currents of the synapses as it
goes (weights of zero; they cost the same). Ours are made before; the second row adds that, and the
rows "less simple" take off the time of its `simple` mode, which is nearly all such work: what is
left is its time for the network alone, and the nearest to what we do. `simple` and `detailed` have
no handshakes, channels or arbiters. `cycle` has a network of its own whatever the architecture
says: 8x4 routers of four cores each, one channel, a clock of 1 ns. Our 25 cores fit into it (it
took this mesh), but neither their distances nor the times of a hop are ours.

Times are of the processor, on one core, the best of several runs taken in turn; times of the wall
stand beside them. The ratios are of the former, so that others on the machine do not count.
"""

import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from async_sim.network import Network
from async_sim.placement import place
from async_sim.steps import simulate_steps
from async_sim.traffic import fan_out, packets_of
from async_sim.workloads import N_CHANNELS, Workload, built, connections_of, workload_of
from configs import catalog
from configs.arguments import Parser
from snn.spikes import SpikeTrace

NAME = "mlp_mnist"
SERVICE_PS = 2000  # of a spike, and of each of its synapses
FAST, SLOW = ("simple", "detailed"), "cycle"
GOALS = {"detailed": 6, "cycle": 600}
ROUNDS = 7
DIRECTIONS = ("north", "east", "south", "west")


@dataclass(frozen=True)
class Case:
    """The first time steps of the workload; spikes are (steps, neurons)."""

    network: Network
    workload: Workload
    layer_sizes: tuple[int, ...]
    node: Any
    local: Any
    spikes: Any

    @classmethod
    def of(cls, n_steps: int) -> "Case":
        facts, arrays = built(NAME)
        workload = workload_of(facts, arrays, N_CHANNELS)
        sizes = tuple(size for _, size in facts["layers"])
        spikes = np.zeros((facts["T"], sum(sizes)), bool)
        spikes[arrays["spk_t"], arrays["spk_nid"]] = True
        network = Network(workload.mesh, decode_ps=SERVICE_PS, synapse_ps=SERVICE_PS)
        workload = replace(workload, steps=workload.steps[:n_steps])
        where = arrays["neuron_router"], arrays["neuron_local"]
        return cls(network, workload, sizes, *where, spikes[:n_steps])

    @property
    def n_packets(self) -> int:
        return sum(len(step) for step in self.workload.steps)

    @property
    def n_synapses(self) -> int:
        """Synapses that the spikes meet."""
        return sum(int(step.n_synapses.sum()) for step in self.workload.steps)


class Times(NamedTuple):
    """Of all steps, in seconds; the last is simulated."""

    processor_s: float
    wall_s: float
    simulated_s: float

    def __sub__(self, other: "Times") -> "Times":
        return Times(self.processor_s - other.processor_s, self.wall_s - other.wall_s, 0)


def timed(work: Callable[[], float]) -> Times:
    wall, processor = time.perf_counter(), time.process_time()
    simulated_s = work()
    return Times(time.process_time() - processor, time.perf_counter() - wall, simulated_s)


def best(runs: list[Times]) -> Times:
    """What others take of the machine only adds."""
    return Times(*(min(column) for column in zip(*runs, strict=True)))


def unit(name: str, model: str | None = None, **latencies_ps: int) -> dict[str, Any]:
    """A part of a core; we compare no energies."""
    found: dict[str, Any] = {"model": model} if model else {}
    for what, latency_ps in latencies_ps.items():
        found |= {f"latency_{what}": latency_ps * 1e-12, f"energy_{what}": 0.0}
    return {"name": name, "attributes": found}


def architecture(case: Case) -> dict[str, Any]:
    """One core at each router, with the times of our network."""
    network, timing = case.network, case.network.timing
    n = int(case.workload.neurons.max())
    stages = (timing.input_unit, timing.switch_allocator, timing.output_unit)
    hop_ps = sum(stage.forward_ps for stage in stages)
    soma = dict.fromkeys(("update_neuron", "spike_out"), 0)
    core = {
        "name": "core",
        "attributes": {"buffer_position": "soma", "max_neurons_supported": n},
        "axon_in": [unit("in", message_in=network.decode_ps)],
        "synapse": [unit("synapse", "current_based", process_spike=network.synapse_ps)],
        "dendrite": [unit("dendrite", "accumulator", update=0)],
        "soma": [unit(f"soma[0..{n - 1}]", "input", access_neuron=case.workload.update_ps, **soma)],
        "axon_out": [unit("out", message_out=0)],
    }
    mesh = network.mesh
    tile = unit(f"tile[0..{mesh.n_nodes - 1}]", **{f"{way}_hop": hop_ps for way in DIRECTIONS})
    size = {"width": mesh.width, "height": mesh.height, "link_buffer_size": network.depth}
    return {"architecture": {"name": NAME, "attributes": size, "tile": [tile | {"core": [core]}]}}


def loaded(sanafe: Any, case: Case, n_runs: int) -> Any:
    """A chip whose neurons fire as ours do, the steps over and over again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "architecture.yaml"
        path.write_text(yaml.safe_dump(architecture(case), sort_keys=False))
        described = sanafe.load_arch(str(path))
    network, before, cores = sanafe.Network(), None, described.cores()
    neurons: list[Any] = []
    for i, size in enumerate(case.layer_sizes):
        layer = network.create_neuron_group(f"layer{i}", size)
        if before is not None:
            before.connect_neurons_dense(layer, {"weight": [0.0] * (len(before) * size)})
        neurons += [layer[j] for j in range(size)]
        before = layer
    mesh = case.network.mesh
    tile = case.node % mesh.width * mesh.height + case.node // mesh.width  # column after column
    for i, neuron in enumerate(neurons):
        fires = {"spikes": np.tile(case.spikes[:, i], n_runs).tolist()}
        neuron.set_attributes(soma_hw_name=f"soma[{case.local[i]}]", model_attributes=fires)
        neuron.map_to_core(cores[tile[i]])
    chip = sanafe.SpikingChip(described)
    chip.load(network)
    return chip


def their_run(chip: Any, mode: str, case: Case) -> float:
    """Simulated time; refuses a run that is not ours."""
    with redirect_stdout(io.StringIO()):
        found = chip.sim(len(case.spikes), timing_model=mode, processing_threads=1)
    if (found["packets_sent"], found["spikes"]) != (case.n_packets, case.n_synapses):
        raise RuntimeError(f"sanafe sent {found['packets_sent']} packets, we {case.n_packets}")
    return float(found["sim_time"])


def packet_maker(case: Case) -> Callable[[], float]:
    """Makes the packets of the spikes, placed already."""
    content = catalog.read("workload", NAME)
    placement = place(case.layer_sizes, content["neurons_per_core"])
    fan = fan_out(connections_of(content["image_shape"], content["layers"]), placement)
    trace = SpikeTrace(case.layer_sizes, len(case.spikes), *np.nonzero(case.spikes))

    def make() -> float:
        packets_of(trace, placement, fan, case.workload.update_ps, N_CHANNELS)
        return 0

    return make


def measured(sanafe: Any, case: Case) -> dict[str, Times]:
    """The best time of each, one after the other in each round; the slow mode runs once."""
    chip = loaded(sanafe, case, len(FAST) * ROUNDS + 1)
    works: dict[str, Callable[[], float]] = {
        "ours": lambda: simulate_steps(case.network, case.workload).latency_ps * 1e-12,
        "packets": packet_maker(case),
    }
    works |= {mode: partial(their_run, chip, mode, case) for mode in FAST}
    works["ours"]()  # compiles
    runs = [{name: timed(work) for name, work in works.items()} for _ in range(ROUNDS)]
    found = {name: best([one[name] for one in runs]) for name in works}
    return found | {SLOW: timed(lambda: their_run(chip, SLOW, case))}


class Row(NamedTuple):
    what: str
    times: Times
    ratio: float  # to ours, in the processor's time
    goal: str


def rows_of(found: dict[str, Times]) -> list[Row]:
    ours, simple = found["ours"], found["simple"]
    whole = Times(*(a + b for a, b in zip(ours, found["packets"], strict=True)))
    theirs = {"simple": simple}
    for mode in GOALS:
        theirs |= {mode: found[mode], f"{mode} less simple": found[mode] - simple}
    shown = {"ours": ours, "ours, making the packets": whole}
    shown |= {f"sanafe {mode}": times for mode, times in theirs.items()}
    goals = {f"sanafe {mode}": f"{goal} times" for mode, goal in GOALS.items()}
    ratios = {what: times.processor_s / ours.processor_s for what, times in shown.items()}
    return [Row(what, shown[what], ratio, goals.get(what, "")) for what, ratio in ratios.items()]


def show(rows: list[Row], case: Case) -> None:
    n_steps, n_packets = len(case.spikes), case.n_packets
    title = f"{NAME}: {n_steps} time steps, {n_packets} packets, one core"
    heads = (
        "CPU ms a step",
        "wall ms",
        "CPU us a packet",
        "to ours",
        "goal",
        "simulated us a step",
    )
    table = Table("", *heads, title=title)
    for what, times, ratio, goal in rows:
        figures = (times.processor_s / n_steps * 1e3, times.wall_s / n_steps * 1e3)
        shown = [f"{figure:.3g}" for figure in (*figures, times.processor_s / n_packets * 1e6)]
        end = f"{times.simulated_s / n_steps * 1e6:.3f}" if times.simulated_s else ""
        table.add_row(what, *shown, f"{ratio:.1f}", goal, end)
    Console(width=125).print(table)


def main() -> int:
    parser = Parser("benchmarks/sanafe_comparison.py", description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20, help="time steps, 1 to 100 (20)")
    parser.add_argument("--plain", action="store_true", help="one line for each: what, goal, here")
    options = parser.parse_args()
    if not 1 <= options.steps <= 100:
        parser.error(f"--steps must lie in [1, 100], got {options.steps}")
    try:
        sanafe = import_module("sanafe")
    except ImportError:
        print("sanafe: not installed")
        return 0
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    case = Case.of(options.steps)
    rows = rows_of(measured(sanafe, case))
    if not options.plain:
        show(rows, case)
    else:
        print("\n".join(f"{row.what}\t{row.goal}\t{row.ratio:.1f} times ours" for row in rows[2:]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
