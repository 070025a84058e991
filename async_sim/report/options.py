"""``key=value`` arguments of `python -m async_sim.run`, checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from async_sim.application import Application
from async_sim.engines import ENGINES, TRACERS
from async_sim.execution import workload_on
from async_sim.hardware import Hardware
from async_sim.hardware_file import read_hardware
from async_sim.mesh import Mesh
from async_sim.multicast import MULTICASTS, as_trees
from async_sim.network import ARBITRATIONS, BOUNDS, Network
from async_sim.packets import Packets
from async_sim.placement import MAPPINGS, map_cores
from async_sim.routing import ROUTINGS
from async_sim.timing import LONGEST_PS
from async_sim.workloads import Workload, built, names, read_workload, workload_of
from configs import catalog
from configs.mistakes import shown

OF_FIRES = ("perfetto", "vcd", "events", "statistics")
TRACES = ("packets", *OF_FIRES)


class UsageError(ValueError):
    """What was typed cannot be done; the message is one line."""


@dataclass(frozen=True)
class Options:
    """What to simulate, and how."""

    workload: str
    mesh: Mesh | None = None
    mapping: str | None = None
    arbitration: str = "round-robin"
    routing: str = "xy"
    channels: int = 4
    depth: int = 8
    sink_depth: int = 8
    decode_ps: int = 2000
    synapse_ps: int = 2000
    link_ps: int = 0
    multicast: str = "copies"
    threads: int = 1
    engine: str = "compiled"
    seed: int = 0
    out: Path | None = None
    trace: tuple[str, ...] = ()
    trace_steps: range = range(1)
    hardware: Path | None = None


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"needs a whole number, got {shown(text)}")
    if len(text) > len(str(LONGEST_PS)) or int(text) > LONGEST_PS:
        raise ValueError(f"needs a whole number up to {LONGEST_PS}, got {shown(text)}")
    return int(text)


def _within(name: str) -> Callable[[str], int]:
    least, most = BOUNDS[name]

    def read(text: str) -> int:
        value = _whole(text)
        if not least <= value <= most:
            raise ValueError(f"must lie in [{least}, {most}], got {value}")
        return value

    return read


def _directory(text: str) -> Path:
    if not text:
        raise ValueError("needs a folder, got nothing")
    return Path(text)


def _one_of(kind: str, allowed: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise catalog.UnknownNameError(kind, text, allowed)
        return text

    return read


def _file(text: str) -> Path:
    if not text:
        raise ValueError("needs a file, got nothing")
    return Path(text)


def _traces(text: str) -> tuple[str, ...]:
    return tuple(_one_of("trace", TRACES)(name) for name in text.split(","))


def _steps(text: str) -> range:
    first, _, last = text.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal() or text.endswith("-"):
        raise ValueError(f"needs a time step, or some as 0-9, got '{text}'")
    if int(last or first) < int(first):
        raise ValueError(f"ends before it begins: '{text}'")
    return range(int(first), int(last or first) + 1)


FIXED: dict[str, Callable[[str], Any]] = {
    "workload": str,
    "hardware": _file,
    "mesh": Mesh.parse,
    "mapping": _one_of("mapping", MAPPINGS[:-1]),
    "arbitration": _one_of("arbitration", list(ARBITRATIONS)),
    "routing": _one_of("routing", list(ROUTINGS)),
    "multicast": _one_of("multicast", MULTICASTS),
    "engine": _one_of("engine", list(ENGINES)),
    "out": _directory,
    "trace": _traces,
    "trace_steps": _steps,
}
NUMBERS = (
    "channels", "depth", "sink_depth", "decode_ps", "synapse_ps", "link_ps", "threads", "seed",
)  # fmt: skip
SETTLED = ("mesh", "mapping", "arbitration", "routing", *NUMBERS[:6])  # by a design
READERS = (
    FIXED
    | dict.fromkeys(NUMBERS, _whole)
    | {"channels": _within("n_channels"), "depth": _within("depth")}
    | {"sink_depth": _within("sink_depth")}
)


def parse(arguments: Sequence[str]) -> Options:
    """Read the arguments.

    Raises:
        UsageError: With the first mistake.
    """
    found: dict[str, Any] = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals:
            raise UsageError(f"'{argument}' is not of the form key=value; --help shows the keys")
        if key not in READERS:
            raise UsageError(f"{key}: no such key; {catalog.suggestion(key, READERS)}")
        if key in found:
            raise UsageError(f"{key}: is given twice")
        try:
            found[key] = READERS[key](value)
        except ValueError as error:
            raise UsageError(f"{key}: {error}") from error
    if not {"workload", "hardware"} & set(found):
        raise UsageError(f"needs workload=PATH or one of {', '.join(names())}")
    options = Options(**{"workload": "", **found})
    _check_needed(found)
    _check_whole(options)
    return options


def _check_needed(found: dict[str, Any]) -> None:
    """Refuse keys that do nothing without another."""
    if "trace_steps" in found and "trace" not in found:
        raise UsageError(f"trace_steps: needs trace={','.join(TRACES)}, or some of these")
    settled = [key for key in SETTLED if key in found]
    if "hardware" in found and settled:
        raise UsageError(f"{settled[0]}: is settled by hardware={found['hardware']}")
    if "seed" in found and found.get("mapping") != "random":
        raise UsageError("seed: needs mapping=random; nothing else is drawn")


def _check_whole(options: Options) -> None:
    """Refuse options that do not go together."""
    if options.threads < 1:
        raise UsageError("threads: needs at least 1, got 0")
    if options.trace and options.out is None:
        raise UsageError("trace: needs out=DIR, where its files go")
    if set(options.trace) & set(OF_FIRES) and options.engine not in TRACERS:
        raise UsageError(
            f"trace: the {options.engine} engine notes no fires; {' and '.join(TRACERS)} do, with "
            "the same result"
        )


def prepared(options: Options) -> tuple[Network, Workload]:
    """Build or read the workload, place it where it is wanted, and build the network.

    Raises:
        UsageError: If something does not fit.
    """
    if options.hardware:
        return _of_design(options)
    try:
        network = Network(
            Mesh(1, 1), options.channels, options.depth, options.sink_depth, options.arbitration,
            options.routing, options.decode_ps, options.synapse_ps, options.link_ps,
        )  # fmt: skip
        workload = _workload(options)
        if options.mesh or options.mapping:
            workload = moved(workload, options)
        network = replace(network, mesh=workload.mesh)
        if options.multicast == "tree":
            workload = joined(workload, network)
        for i, packets in enumerate(workload.steps):
            _check(i, packets, network)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return network, workload


def designed(options: Options) -> tuple[Application, Hardware]:
    """Read the design that ``hardware`` names, and its application or the one that is typed.

    Raises:
        UsageError: If one cannot be read, or does not fit the other.
    """
    try:
        hardware, found_for = read_hardware(options.hardware or Path())
        application = Application.named(options.workload or found_for)
        hardware.check(application)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return application, hardware


def _of_design(options: Options) -> tuple[Network, Workload]:
    application, hardware = designed(options)
    network, workload = hardware.network(application), workload_on(application, hardware)
    try:
        tree = options.multicast == "tree"
        return network, joined(workload, network) if tree else workload
    except ValueError as error:
        raise UsageError(str(error)) from error


def _check(step: int, packets: Packets, network: Network) -> None:
    try:
        network.check(packets)
    except ValueError as error:
        raise UsageError(f"time step {step}: {error}") from error


def _workload(options: Options) -> Workload:
    if options.workload in names():
        return workload_of(*built(options.workload), options.channels)
    path = Path(options.workload)
    if not path.suffix and not path.exists():
        raise catalog.UnknownNameError("workload", options.workload, names())
    return read_workload(path, options.channels)


def joined(workload: Workload, network: Network) -> Workload:
    """The same spikes, each as a tree.

    Raises:
        ValueError: If the routing allows none.
    """
    settings = network.mesh, network.routing, network.n_channels
    steps = tuple(as_trees(packets, *settings) for packets in workload.steps)
    return replace(workload, steps=steps)


def moved(workload: Workload, options: Options) -> Workload:
    """The same cores on another mesh, or mapped otherwise.

    Raises:
        ValueError: If the mesh is too small.
    """
    mesh, cores = options.mesh or workload.mesh, np.flatnonzero(workload.neurons)
    generator = np.random.default_rng(options.seed)
    nodes = map_cores(len(cores), mesh, options.mapping or "snake", None, generator)
    table = np.full(workload.mesh.n_nodes, -1, np.int64)
    table[workload.core_order] = nodes
    neurons = np.zeros(mesh.n_nodes, np.int64)
    neurons[table[cores]] = workload.neurons[cores]
    steps = [
        replace(one, source=table[one.source], destination=table[one.destination])
        for one in workload.steps
    ]
    return replace(
        workload, mesh=mesh, steps=tuple(one.by_source() for one in steps), neurons=neurons,
        core_order=nodes,
    )  # fmt: skip
