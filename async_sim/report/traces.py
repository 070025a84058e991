"""Writes the traces that were asked for: ``trace=perfetto,vcd,...``."""

from pathlib import Path

from async_sim.engines import load_tracer
from async_sim.event_file import write_events
from async_sim.report.options import OF_FIRES, Options, UsageError
from async_sim.report.perfetto import write_perfetto
from async_sim.report.tables import write_packets, write_statistics
from async_sim.report.traced import Traced, traced
from async_sim.report.vcd import write_vcd
from async_sim.steps import Run

FILES = {
    "perfetto": "trace.perfetto.json",
    "vcd": "trace.vcd",
    "events": "events.npz",
    "statistics": "statistics.npz",
}


def check_steps(options: Options, n_steps: int) -> None:
    """Refuse time steps that a workload does not have.

    Raises:
        UsageError: In one line.
    """
    if options.trace and options.trace_steps.stop > n_steps:
        raise UsageError(
            f"trace_steps: there are time steps 0 to {n_steps - 1}, got "
            f"{options.trace_steps.stop - 1}"
        )


def write_traces(directory: Path, run: Run, options: Options) -> list[Path]:
    """Write them, and return the files."""
    written = write_packets(directory, run) if "packets" in options.trace else []
    wanted = [name for name in OF_FIRES if name in options.trace]
    if wanted:
        trace = traced(run, load_tracer(options.engine), options.trace_steps)
        written += [_write(name, directory / FILES[name], trace) for name in wanted]
    return written


def _write(name: str, path: Path, trace: Traced) -> Path:
    if name == "perfetto":
        write_perfetto(path, trace)
    elif name == "vcd":
        write_vcd(path, trace)
    elif name == "events":
        write_events(path, trace.network.mesh, trace.events)
    else:
        write_statistics(path, trace)
    return path
