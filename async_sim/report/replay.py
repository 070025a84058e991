"""`python -m async_sim.replay`: simulate again what a manifest says, and compare."""

import sys
from collections.abc import Sequence
from pathlib import Path

from async_sim.engines import ENGINES, InexactError, check_exact, load_engine
from async_sim.network import Network
from async_sim.report.manifest import (
    Manifest,
    ManifestError,
    read_manifest,
    step_hashes,
    traffic_hash,
)
from async_sim.report.options import UsageError
from async_sim.result import DeadlockError
from async_sim.steps import Run, simulate_steps
from async_sim.workloads import Workload
from configs.arguments import Parser
from configs.catalog import UnknownNameError

SAME, DIFFERENT = 0, 1


def replay_command(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code."""
    parser = Parser(
        "python -m async_sim.replay",
        description="Simulates again what a manifest of async_sim.run says, and compares every "
        "array of every time step: 0 if all are the same, 1 if not, 2 if it cannot be done.",
    )
    parser.add_argument("manifest", type=Path, help="manifest.json of a run with out=DIR")
    parser.add_argument("--engine", help=f"{', '.join(ENGINES)}; by default that of the run")
    parser.add_argument("--workload", help="where the workload's file lies now")
    options = parser.parse_args(arguments)
    try:
        if options.workload == "":
            raise UsageError("--workload: needs a file, got nothing")
        manifest = read_manifest(options.manifest)
        workload = manifest.workload(options.workload)
        engine = load_engine(options.engine or manifest.engine)
        network = checked(manifest.network, workload)
        check_exact(options.engine or manifest.engine, network, workload.steps)
    except (ManifestError, UsageError, UnknownNameError, InexactError) as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"{error.filename}: {(error.strerror or 'cannot be read').lower()}")
    found = traffic_differences(manifest, workload)
    if not found:
        try:
            found = differences(manifest, simulate_steps(network, workload, engine))
        except DeadlockError as error:
            found = [str(error)]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    n_steps, name = len(manifest.steps), options.engine or manifest.engine
    if not found:
        sys.stdout.write(f"same: {n_steps} time steps, every array, by the {name} engine\n")
    return DIFFERENT if found else SAME


def checked(network: Network, workload: Workload) -> Network:
    """Refuse a workload that does not fit a network.

    Raises:
        ManifestError: If it does not.
    """
    try:
        if network.mesh != workload.mesh:
            raise ValueError("the workload's mesh is not the manifest's")
        for packets in workload.steps:
            packets.check(network.mesh, network.n_channels)
    except ValueError as error:
        raise ManifestError(str(error)) from error
    return network


def traffic_differences(manifest: Manifest, workload: Workload) -> list[str]:
    """Say where the packets are not those of the run."""
    hashes = [traffic_hash(packets) for packets in workload.steps]
    if len(hashes) != len(manifest.traffic):
        return [f"traffic: {len(hashes)} time steps instead of {len(manifest.traffic)}"]
    pairs = enumerate(zip(hashes, manifest.traffic, strict=True))
    wrong = [step for step, (now, then) in pairs if now != then]
    return [_told("traffic", wrong)] if wrong else []


def differences(manifest: Manifest, run: Run) -> list[str]:
    """Say of each array in which time steps it is another, and where to look."""
    wrong: dict[str, list[int]] = {}
    steps = zip(run.results, run.step_ps.tolist(), manifest.steps, strict=True)
    for i, (result, step_ps, then) in enumerate(steps):
        now = step_hashes(result, step_ps)
        for name in ("step_ps", "end_ps"):
            if now[name] != then.get(name):
                wrong.setdefault(name, []).append(i)
        for name, hashed in now["sha256"].items():
            if hashed != then["sha256"].get(name):
                wrong.setdefault(name, []).append(i)
    return [_told(name, found) for name, found in wrong.items()]


def _told(what: str, steps: list[int]) -> str:
    others = f" and {len(steps) - 1} more" if len(steps) > 1 else ""
    return f"{what} differs: first in time step {steps[0]}{others}"
