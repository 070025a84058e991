"""Runs that can be compared fire by fire: of a manifest, of arguments, or of a file of fires."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from async_sim.engines import TRACERS, load_engine, load_tracer, why_not
from async_sim.event_file import read_events
from async_sim.events import Events
from async_sim.mesh import N_CONTROLLERS, SINK, SOURCE, Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.report.manifest import ManifestError, flat, read_manifest
from async_sim.report.options import parse, prepared
from async_sim.report.replay import checked, traffic_differences
from async_sim.result import Result
from async_sim.workloads import Workload


@dataclass(frozen=True)
class Side:
    """One of two runs.

    Attributes:
        name: For people.
        events: The fires of a time step.
        is_partial: Knows the fires of sources and sinks only.
        network: What is simulated, if known.
    """

    name: str
    mesh: Mesh
    n_steps: int
    events: Callable[[int], Events]
    is_partial: bool = False
    network: Network | None = None


def side_of_file(path: Path, engine: str | None = None) -> Side:
    """The run of a manifest (``.json``), or a file of fires (``.npz``).

    Args:
        engine: Simulates what a manifest says; by default the engine of its run.

    Raises:
        ManifestError: If the manifest cannot be used.
        EventFileError: If the file of fires cannot.
        UsageError: If the workload cannot be built again.
    """
    if path.suffix == ".npz":
        if engine:
            raise ManifestError(f"{path}: an engine can run a manifest, not a file of fires")
        mesh, steps = read_events(path)
        return Side(str(path), mesh, len(steps), steps.__getitem__)
    manifest = read_manifest(path)
    workload = manifest.workload()
    different = traffic_differences(manifest, workload)
    if different:
        raise ManifestError(f"{path}: {different[0]}, by now")
    name = engine or manifest.engine
    return _simulated(f"{path} ({name})", checked(manifest.network, workload), workload, name)


def side_of_arguments(arguments: Sequence[str], engine: str) -> Side:
    """What `python -m async_sim.run` would simulate, in an engine.

    Raises:
        UsageError: If the arguments cannot be run.
    """
    network, workload = prepared(parse(arguments))
    return _simulated(engine, network, workload, engine)


def _simulated(name: str, network: Network, workload: Workload, engine: str) -> Side:
    is_partial = engine not in TRACERS
    simulate = load_engine(engine)

    def fires(step: int) -> Events:
        packets = workload.steps[step]
        reason = why_not(engine, network, packets)
        if reason:
            raise ManifestError(f"time step {step}, {engine}: {reason}")
        if is_partial:
            return ends_of(packets, simulate(network, packets))
        return load_tracer(engine)(network, packets)[1]

    return Side(name, network.mesh, len(workload.steps), fires, is_partial, network)


def network_differences(one: Side, other: Side) -> list[str]:
    """In what the networks of two runs differ, each as ``key: here / there``."""
    if one.network is None or other.network is None:
        return []
    mine, theirs = flat(asdict(one.network)), flat(asdict(other.network))
    return [f"{key}: {mine[key]} / {theirs[key]}" for key in mine if mine[key] != theirs[key]]


def ends_of(packets: Packets, result: Result) -> Events:
    """Fires of sources and sinks, which a result tells without a trace; their arrivals it does not.

    A token of these counts as come when it was passed on.
    """
    fire_ps = np.concatenate([result.injected_ps, result.delivered_ps])
    controllers = (
        packets.source * N_CONTROLLERS + SOURCE,
        packets.destination * N_CONTROLLERS + SINK,
    )
    packet = np.tile(np.arange(len(packets)), 2)
    return Events.sorted(np.concatenate(controllers), packet, fire_ps, fire_ps)


def only_ends(events: Events) -> Events:
    """Of traced fires those that `ends_of` knows."""
    kept = events.controller % N_CONTROLLERS >= SOURCE
    some = events.controller[kept], events.packet[kept], events.fire_ps[kept]
    return Events(some[0], some[1], some[2], some[2])
