"""Networks of the literature as traffic: ``python -m async_sim.workloads NAME``."""

import json
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from async_sim.connections import Connection
from async_sim.mesh import Mesh
from async_sim.packets import Packets
from async_sim.placement import Placement, place
from async_sim.traffic import fan_out, packets_of, ranks
from configs import catalog
from configs.arguments import Parser
from snn.spikes import SpikeTrace, generated

Integers = NDArray[np.int64]
N_CHANNELS = 4
SUFFIX = ".npz"


class WorkloadError(ValueError):
    """A workload that cannot be read or built; the message is one line."""


@dataclass(frozen=True)
class Workload:
    """Packets of every time step, and how long the cores sweep their neurons.

    Attributes:
        update_ps: Time of a core for one neuron.
        neurons: Neurons at each node, (nodes,).
        core_order: Nodes of the cores, in the order of their neurons.
    """

    name: str
    mesh: Mesh
    steps: tuple[Packets, ...]
    update_ps: int
    neurons: Integers
    core_order: Integers

    @property
    def sweep_ps(self) -> int:
        """When the last core has updated its last neuron."""
        return int(self.neurons.max(initial=0)) * self.update_ps


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
        WorkloadError: If it cannot be read, or lacks an array.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return workload_of(json.loads(str(arrays["meta"])), arrays, n_channels)
    except OSError as error:
        raise WorkloadError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    except KeyError as error:
        raise WorkloadError(f"{path}: '{error.args[0]}' is missing") from error
    except (ValueError, TypeError, IndexError, zipfile.BadZipFile) as error:
        told = "needs an .npz file" if "pickle" in str(error) else str(error).splitlines()[0]
        raise WorkloadError(f"{path}: is no workload: {told}") from error


def workload_of(facts: dict[str, Any], arrays: dict[str, Any], n_channels: int) -> Workload:
    """Make a workload of what a file holds; packets take the channels in turn."""
    mesh, router = Mesh(facts["W"], facts["H"]), np.asarray(arrays["neuron_router"], np.int64)
    columns = [arrays[f"pkt_{name}"] for name in ("t", "src", "dst", "release_ps", "fanout")]
    step, source, destination, release, synapses = columns
    steps = []
    for i in range(int(facts["T"])):
        at = step == i
        order = np.argsort(source[at], kind="stable")
        sent = source[at][order].astype(np.int64)
        some = (destination[at][order], ranks(sent) % n_channels, release[at][order])
        steps.append(Packets(sent, *some, synapses[at][order]))
    _, first = np.unique(router, return_index=True)
    return Workload(
        str(facts["name"]),
        mesh,
        tuple(steps),
        int(facts["t_upd_ps"]),
        np.bincount(router, minlength=mesh.n_nodes),
        router[np.sort(first)],
    )


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
    path = options.out or Path(f"{options.name}{SUFFIX}")
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
    sys.exit(main())
