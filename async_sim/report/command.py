"""`python -m async_sim.run`."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from async_sim.energy import area_m2, energy_of
from async_sim.engines import InexactError, announce, check_exact, load_engine
from async_sim.execution import figures
from async_sim.mesh import N_PORTS, SWITCH
from async_sim.report.manifest import manifest_of
from async_sim.report.options import TRACES, Options, UsageError, designed, parse, prepared
from async_sim.report.traces import check_steps, write_traces
from async_sim.result import DeadlockError
from async_sim.statistics import histogram, statistics
from async_sim.steps import Run, simulate_steps
from async_sim.workloads import names
from configs.arguments import USAGE, one_line
from configs.whole_file import replace_text

HELP = """\
usage: python -m async_sim.run workload=NAME|PATH [key=value ...]
       python -m async_sim.run hardware=FILE [workload=NAME|PATH] [key=value ...]

Simulates every time step of a workload on an asynchronous mesh, to the picosecond.

  workload=NAME         one of {names}, or a file of python -m async_sim.workloads
  hardware=FILE         hardware.json of a search with env=ancoef: its design, on the spikes that it
                        was found for, or on those of workload=NAME or recorded ones (.npz); it
                        settles all keys from mesh to link_ps but multicast
  mesh=8x8              another mesh for its cores
  mapping=snake         row, snake or random (with seed=N): where the cores go
  arbitration=age       round-robin, fixed or age
  routing=xy            xy, yx or odd-even
  multicast=copies      copies, or tree: packets of a spike part where their ways do
  channels=4            virtual channels
  depth=8 sink_depth=8  tokens that a FIFO of a router, of a processing element holds
  decode_ps=2000        time of a processing element for a spike
  synapse_ps=2000       ... and for each of its synapses
  link_ps=0             time on a wire between routers
  engine=compiled       compiled, actor or tick; the same result
  threads=1             time steps at once; the same result
  out=DIR               writes report.json, report.png and manifest.json there (async_sim.replay)
  trace=perfetto,vcd    also {traces}
  trace_steps=0         time steps that perfetto and vcd show, one or some as 0-9
"""
WIDEST = 40  # signs of the longest bar
SHADES = " .:-=+*#%@"


def run_command(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code."""
    if {"-h", "--help"} & set(arguments):
        sys.stdout.write(HELP.format(names=", ".join(names()), traces=", ".join(TRACES)))
        return 0
    try:
        return _run(parse(arguments), arguments)
    except (UsageError, InexactError) as error:
        return _tell(str(error), USAGE)
    except DeadlockError as error:
        return _tell(str(error), 1)
    except OSError as error:
        return _tell(f"{error.filename}: {(error.strerror or 'cannot be written').lower()}", USAGE)


def check_folder(directory: Path) -> None:
    """Make a folder that can be written to, before time is spent on what goes there.

    Raises:
        OSError: If that cannot be.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=directory):
        pass


def _tell(message: str, code: int) -> int:
    sys.stderr.write(one_line(f"python -m async_sim.run: {message}") + "\n")
    return code


def _run(options: Options, arguments: Sequence[str]) -> int:
    network, workload = prepared(options)
    check_steps(options, len(workload.steps))
    check_exact(options.engine, network, workload.steps)
    if options.out:
        check_folder(options.out)
    announce(options.engine)
    load_engine(options.engine)(network, workload.steps[0].take(slice(0)))  # compiles or loads it
    start = time.perf_counter()
    run = simulate_steps(network, workload, load_engine(options.engine), options.threads)
    report = report_of(run, workload.name, time.perf_counter() - start)
    if options.hardware:
        report["frame_on_design"] = figures(*designed(options), run)
    console = Console()
    console.print(_table(report))
    console.print(heat_map(run), markup=False, highlight=False)
    console.print(latency_bars(run), markup=False, highlight=False)
    if options.out:
        written = _write(options.out, report, run)
        written.append(_write_manifest(options.out, manifest_of(run, options, arguments)))
        written += write_traces(options.out, run, options)
        told = ", ".join(path.name for path in written)
        console.print(f"wrote to {options.out}: {told}", highlight=False, markup=False)
    return 0


def report_of(run: Run, name: str, wall_s: float) -> dict[str, Any]:
    """All figures of a run, as plain data."""
    mesh, energy = run.network.mesh, energy_of(run)
    n_fires = int(run.total("fires").sum())
    return {
        "workload": name,
        "mesh": f"{mesh.width}x{mesh.height}",
        "n_timesteps": len(run.results),
        "latency_s": run.latency_ps / 1e12,
        "energy_j": energy.energy_j,
        "area_m2": area_m2(run),
        "n_handshakes": n_fires,
        **asdict(statistics(run)),
        "latency_histogram": dict(zip(("from_ps", "n_packets"), _lists(run), strict=True)),
        "n_saved_hops": run.n_saved_hops,
        "energy_parts_aj": energy.parts_aj,
        "digests": run.digests,
        "wall_s": wall_s,
        "handshakes_per_s": n_fires / wall_s,
    }


def _lists(run: Run) -> list[list[int]]:
    return [array.tolist() for array in histogram(run)]


def _table(report: dict[str, Any]) -> Table:
    rows: tuple[tuple[str, str], ...] = (
        ("latency", f"{report['latency_s'] * 1e6:.3f} µs in {report['n_timesteps']} time steps"),
        ("energy", f"{report['energy_j'] * 1e6:.4g} µJ"),
        ("router area", f"{report['area_m2'] * 1e6:.4g} mm²"),
        ("packets, hops", f"{report['n_packets']}, {_hops(report)}"),
        ("release to delivery", _times(report, ("p50_ps", "p99_ps", "longest_ps"))),
        ("", "half, 99 %, longest"),
        ("NoC congestion", f"{report['congestion_ps'] / 1e3:.3f} ns a grant"),
        ("AER congestion", f"{report['sink_wait_ps'] / 1e3:.3f} ns a spike"),
        ("busiest link", f"{report['busiest_link_ratio']:.1%} of the time"),
        ("busiest core", f"{1 + report['imbalance_ratio']:.3g} times the mean"),
        (
            "simulated in",
            f"{report['wall_s']:.3f} s, {report['handshakes_per_s']:.3g} handshakes/s",
        ),
    )
    rows += _of_design(report.get("frame_on_design", {}))
    table = Table(title=f"{report['workload']} on {report['mesh']}", show_header=False)
    for row in rows:
        table.add_row(*row)
    return table


def _of_design(found: dict[str, float]) -> tuple[tuple[str, str], ...]:
    """Figures that count processing elements and the design's own buffers too."""
    if not found:
        return ()
    costs = (
        f"{found['latency_s'] * 1e6:.4g} µs, {found['energy_j'] * 1e6:.4g} µJ, "
        f"{found['edp_js']:.4g} Js"
    )
    area = f"{found['area_m2'] * 1e6:.4g} mm²"
    return ("a frame on this design", costs), ("area with its cores", area)


def _hops(report: dict[str, Any]) -> str:
    saved = report["n_saved_hops"]
    return f"{report['n_hops']}" + (f", {saved} of them saved by multicast" if saved else "")


def _times(report: dict[str, Any], keys: Sequence[str]) -> str:
    return ", ".join(f"{report[key] / 1e6:.4g} µs" for key in keys)


def heat_map(run: Run) -> str:
    """Waiting at the switch allocators of each router, dark where it is long; north is up."""
    mesh, waits = run.network.mesh, run.total("wait_ps")[:, SWITCH : SWITCH + N_PORTS].sum(axis=1)
    shades = np.ceil(waits * (len(SHADES) - 1) / max(waits.max(initial=0), 1)).astype(int)
    rows = shades.reshape(mesh.height, mesh.width)[::-1]
    lines = ["".join(2 * SHADES[shade] for shade in row) for row in rows]
    return "\n".join(["waiting at the routers:", *lines])


def latency_bars(run: Run) -> str:
    """Packets by time from release to delivery, in bins that double."""
    edges, counts = histogram(run)
    lines = [
        f"{edge / 1e6:12.4g} µs {'#' * -(-WIDEST * count // int(counts.max())):{WIDEST}} {count}"
        for edge, count in zip(edges.tolist(), counts.tolist(), strict=True)
    ]
    return "\n".join(["release to delivery, from:", *lines])


def _write_manifest(directory: Path, manifest: dict[str, Any]) -> Path:
    path = directory / "manifest.json"
    replace_text(path, json.dumps(manifest, indent=2) + "\n")
    return path


def _write(directory: Path, report: dict[str, Any], run: Run) -> list[Path]:
    from async_sim.report.plots import plot_run  # noqa: PLC0415 (matplotlib takes half a second)

    directory.mkdir(parents=True, exist_ok=True)
    replace_text(directory / "report.json", json.dumps(report, indent=2) + "\n")
    plot_run(directory / "report.png", run, f"{report['workload']} on {report['mesh']}")
    return [directory / "report.json", directory / "report.png"]
