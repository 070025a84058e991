"""Networks of the literature as traffic: ``python -m async_sim.workloads NAME``."""

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from async_sim.array_files import (
    LARGEST_PS,
    Arrays,
    facts_of,
    integers,
    integers_within,
    read_arrays,
    told_of,
    whole,
    whole_within,
)
from async_sim.connections import Connection
from async_sim.mesh import Mesh
from async_sim.packets import Packets
from async_sim.placement import Placement, place
from async_sim.timing import LONGEST_PS
from async_sim.traffic import fan_out, packets_of, ranks
from configs import catalog
from configs.arguments import Parser
from snn.spikes import SpikeTrace, generated

Integers = NDArray[np.int64]
N_CHANNELS = 4
SUFFIX = ".npz"
MOST_STEPS = 100_000


class WorkloadError(ValueError):
    """A workload that cannot be read or built; the message is one line."""


@dataclass(frozen=True)
class Workload:
    """Packets of every time step, and how long the cores sweep their neurons.

    Attributes:
        update_ps: Time of a core for one neuron.
        neurons: Neurons at each node, (nodes,); those of cores with figures of their own left out.
        core_order: Nodes of the cores, in the order of their neurons.
        own_sweep_ps: Longest sweep of a core with figures of its own.
    """

    name: str
    mesh: Mesh
    steps: tuple[Packets, ...]
    update_ps: int
    neurons: Integers
    core_order: Integers
    own_sweep_ps: int = 0

    @property
    def sweep_ps(self) -> int:
        """When the last core has updated its last neuron."""
        return max(int(self.neurons.max(initial=0)) * self.update_ps, self.own_sweep_ps)


def names() -> list[str]:
    """Workloads that can be built."""
    return catalog.names("workload")


def built(name: str, seed: int | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Build a workload: facts about it, and the arrays of its file.

    Raises:
        UnknownNameError: If ``configs/workload`` has no such file.
    """
    content = catalog.read("workload", name)
    connections = connections_of(content["image_shape"], content["layers"])
    sizes = (connections[0].n_inputs, *(one.n_outputs for one in connections))
    placement = place(sizes, content["neurons_per_core"])
    fan = fan_out(connections, placement)
    generator = np.random.default_rng(content["seed"] if seed is None else seed)
    trace = generated(sizes, tuple(content["rates"]), content["timesteps"], generator)
    facts = {
        "name": name,
        "W": placement.mesh.width,
        "H": placement.mesh.height,
        "neurons_per_pe": placement.neurons_per_core,
        "T": trace.n_timesteps,
        "t_upd_ps": content["update_ps"],
        "layers": [[f"layer{i}", size] for i, size in enumerate(sizes)],
        "n_spikes": len(trace.neuron),
    }
    steps = packets_of(trace, placement, fan, content["update_ps"], N_CHANNELS)
    return facts, _arrays(trace, placement, steps)


def connections_of(
    image_shape: Sequence[int], layers: Sequence[dict[str, Any]]
) -> list[Connection]:
    """Chain the layers of a workload's file."""
    shape, found = tuple(image_shape), []
    for layer in layers:
        height, width, channels = shape
        connection = Connection(
            layer["kind"],
            (height, width, channels),
            layer.get("channels", channels),
            layer.get("kernel", 1),
        )
        found.append(connection)
        shape = connection.out_shape
    return found


def _arrays(trace: SpikeTrace, placement: Placement, steps: Sequence[Packets]) -> dict[str, Any]:
    def joined(name: str) -> Integers:
        return np.concatenate([getattr(one, name) for one in steps])

    return {
        "neuron_router": placement.neuron_node,
        "neuron_local": placement.local,
        "spk_t": trace.timestep,
        "spk_nid": trace.neuron,
        "pkt_t": np.repeat(np.arange(len(steps)), [len(one) for one in steps]),
        "pkt_src": joined("source"),
        "pkt_dst": joined("destination"),
        "pkt_fanout": joined("n_synapses"),
        "pkt_release_ps": joined("release_ps"),
    }


def read_workload(path: Path, n_channels: int = N_CHANNELS) -> Workload:
    """Read a workload file.

    Raises:
        WorkloadError: If it cannot be read, lacks an array, or holds what no workload can.
    """
    with told_of(path, WorkloadError):
        arrays = read_arrays(path)
        return workload_of(facts_of(arrays["meta"]), arrays, n_channels)


def workload_of(facts: dict[str, Any], arrays: Arrays, n_channels: int) -> Workload:
    """Make a workload of what a file holds; packets take the channels in turn.

    Raises:
        ValueError: In one line, with the first thing that no workload can hold.
        KeyError: If something is missing.
    """
    mesh = Mesh(whole(facts, "W"), whole(facts, "H"))
    n_steps = whole_within(facts, "T", 1, MOST_STEPS)
    update_ps = whole_within(facts, "t_upd_ps", 0, LONGEST_PS)
    router = _router(arrays, mesh)
    neurons = np.bincount(router, minlength=mesh.n_nodes)
    if int(neurons.max()) * update_ps * n_steps > LARGEST_PS:
        raise ValueError(f"its {n_steps} time steps take more than {LARGEST_PS} ps")
    steps = _steps(_packet_columns(arrays, n_steps, mesh), n_steps, n_channels)
    _, first = np.unique(router, return_index=True)
    return Workload(str(facts["name"]), mesh, steps, update_ps, neurons, router[np.sort(first)])


def _router(arrays: Arrays, mesh: Mesh) -> Integers:
    router = integers_within(arrays, "neuron_router", mesh.n_nodes - 1, "neuron")
    if "neuron_local" in arrays and np.shape(arrays["neuron_local"]) != router.shape:
        wrong = np.shape(arrays["neuron_local"])
        raise ValueError(
            f"'neuron_router' has shape {router.shape}, but 'neuron_local' has {wrong}"
        )
    return router


def _packet_columns(arrays: Arrays, n_steps: int, mesh: Mesh) -> tuple[Integers, ...]:
    """Time step, source, destination, release and synapses of every packet."""
    if not len(integers(arrays, "pkt_t", 1)):
        raise ValueError("holds no packet: 'pkt_t' is empty")
    most = {
        "t": n_steps - 1,
        "src": mesh.n_nodes - 1,
        "dst": mesh.n_nodes - 1,
        "release_ps": LONGEST_PS,
        "fanout": LONGEST_PS,
    }
    columns = tuple(
        integers_within(arrays, f"pkt_{name}", bound, "packet") for name, bound in most.items()
    )
    for name, column in zip(most, columns, strict=True):
        if len(column) != len(columns[0]):
            raise ValueError(f"'pkt_t' has {len(columns[0])} packets, 'pkt_{name}' {len(column)}")
    return columns


def _steps(columns: tuple[Integers, ...], n_steps: int, n_channels: int) -> tuple[Packets, ...]:
    step, source, destination, release, synapses = columns
    steps = []
    for i in range(n_steps):
        at = np.flatnonzero(step == i)
        at = at[np.argsort(source[at], kind="stable")]
        turn = ranks(source[at]) % n_channels
        steps.append(Packets(source[at], destination[at], turn, release[at], synapses[at]))
    return tuple(steps)


def written_to(path: Path) -> Path:
    """The file that NumPy writes: its name ends in ``.npz`` whatever was asked for."""
    return path if path.name.endswith(SUFFIX) else path.with_name(path.name + SUFFIX)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a workload as an .npz file."""
    parser = Parser(
        "python -m async_sim.workloads", description="Writes a workload as an .npz file."
    )
    parser.add_argument("name", help=f"one of {', '.join(names())}")
    parser.add_argument("--out", type=Path, help="by default NAME.npz")
    parser.add_argument("--seed", type=int, help="of the spikes; by default the file's")
    options = parser.parse_args(arguments)
    if options.seed is not None and options.seed < 0:
        parser.error(f"--seed must be at least 0, got {options.seed}")
    path = written_to(options.out or Path(options.name))
    try:
        facts, arrays = built(options.name, options.seed)
        np.savez_compressed(path, meta=json.dumps(facts), **arrays)
    except catalog.UnknownNameError as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"{path}: {(error.strerror or 'cannot be written').lower()}")
    n_packets, rate = len(arrays["pkt_t"]), facts["n_spikes"] / max(len(arrays["neuron_local"]), 1)
    sys.stdout.write(
        f"wrote {path}: {facts['W']}x{facts['H']} mesh, {facts['T']} time steps, "
        f"{facts['n_spikes']} spikes ({rate / facts['T']:.1%} a neuron and step), "
        f"{n_packets} packets\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(ended(main))
