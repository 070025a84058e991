"""Pictures of a run (the only module of this package that draws)."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from async_sim.links import link_map
from async_sim.mesh import LOCAL, N_PORTS, STEPS, SWITCH, Mesh
from async_sim.statistics import latencies, statistics
from async_sim.steps import Run

Floats = NDArray[np.float64]
Way = tuple[tuple[float, float], tuple[float, float]]
COLORS = "magma_r"  # what is not used is pale
MOST_TICKS = 8  # along a side of the mesh
ASIDE = 0.13  # of a link from the middle of its way, as the way back lies there too
SHORT = 0.2  # of a link at both ends, so that routers stay in sight
LINK_POINTS = 40  # thickness of the links of one router, shared by the routers of a side


def plot_run(path: Path, run: Run, title: str) -> None:
    """Draw waiting and use of links over the mesh, and the distribution of latencies."""
    figure = Figure(figsize=(16, 5), layout="constrained")
    FigureCanvasAgg(figure)
    waiting, links, times = figure.subplots(1, 3)
    draw_waiting(figure, waiting, run)
    draw_links(figure, links, run)
    _draw_latencies(times, run)
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    figure.savefig(path, dpi=110)


def waiting_us(run: Run) -> Floats:
    """Waiting at the switch allocators of each router, (height, width), in microseconds."""
    mesh = run.network.mesh
    waits = run.total("wait_ps")[:, SWITCH : SWITCH + N_PORTS].sum(axis=1) / 1e6
    return np.asarray(waits.reshape(mesh.height, mesh.width))


def used_percent(run: Run) -> Floats:
    """Share of the time that each link is busy, (height, width, 5), in percent."""
    return 100 * link_map(run)


def draw_waiting(figure: Figure, axes: Axes, run: Run, most: float | None = None) -> None:
    """Draw waiting over the mesh.

    Args:
        most: End of the scale, for several runs on one; by default the most of this run.
    """
    waits = waiting_us(run)
    image = axes.imshow(waits, origin="lower", cmap=COLORS, vmin=0, vmax=most)
    figure.colorbar(image, ax=axes, shrink=0.85, label="µs")
    label(axes, run.network.mesh, "waiting at switch allocators")


def draw_links(figure: Figure, axes: Axes, run: Run, most: float | None = None) -> None:
    """Draw a line per link, right of its way; a square per router for the link to its core.

    Args:
        most: End of the scale in percent; by default the most of this run.
    """
    mesh, used = run.network.mesh, used_percent(run)
    ways, values = _ways(mesh, used)
    most, side = most or max(float(used.max()), 1e-9), max(mesh.width, mesh.height)
    lines = LineCollection(ways, cmap=COLORS, linewidths=LINK_POINTS / side, capstyle="butt")
    lines.set_array(values)
    lines.set_clim(0, most)
    axes.add_collection(lines)
    x, y = np.meshgrid(np.arange(mesh.width), np.arange(mesh.height))
    size = (1.8 * LINK_POINTS / side) ** 2
    axes.scatter(
        x.ravel(),
        y.ravel(),
        size,
        used[..., LOCAL].ravel(),
        marker="s",
        cmap=COLORS,
        vmin=0,
        vmax=most,
        zorder=3,
        edgecolors="grey",
        linewidths=min(0.5, 5 / side),
    )
    axes.set(xlim=(-0.5, mesh.width - 0.5), ylim=(-0.5, mesh.height - 0.5), aspect="equal")
    figure.colorbar(lines, ax=axes, shrink=0.85, label="% of the time")
    label(axes, mesh, "use of links (lines) and of local ports (squares)")


def _ways(mesh: Mesh, used: Floats) -> tuple[list[Way], Floats]:
    """Ends of the links between routers, and the use of each."""
    ways: list[Way] = []
    values: list[float] = []
    for node in range(mesh.n_nodes):
        x, y = mesh.at(node)
        for port in range(LOCAL + 1, N_PORTS):
            if mesh.neighbour(node, port) is not None:
                dx, dy = STEPS[port]
                at = x + ASIDE * dy, y - ASIDE * dx
                ends = (SHORT, 1 - SHORT)
                first, last = ((at[0] + end * dx, at[1] + end * dy) for end in ends)
                ways.append((first, last))
                values.append(used[y, x, port])
    return ways, np.array(values)


def _draw_latencies(axes: Axes, run: Run) -> None:
    micro, found = np.maximum(latencies(run), 1) / 1e6, statistics(run)
    edges = np.geomspace(micro.min(initial=1), 1.01 * micro.max(initial=1), 50).tolist()
    axes.hist(micro, edges, color="#3b7a9e")
    marks = {
        "half": (found.p50_ps, ":"),
        "99 %": (found.p99_ps, "--"),
        "all": (found.longest_ps, "-"),
    }
    for name, (time_ps, style) in marks.items():
        told = f"{name} within {time_ps / 1e6:.4g} µs"
        axes.axvline(max(time_ps, 1) / 1e6, color="#b5442b", linestyle=style, label=told)
    axes.set(title="release to delivery", xlabel="µs", ylabel="packets", xscale="log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(alpha=0.25)
    axes.legend(loc="upper left")


def label(axes: Axes, mesh: Mesh, title: str) -> None:
    """Name the axes of a mesh and a few of its columns and rows."""
    axes.set(title=title, xlabel="x", ylabel="y")
    axes.set_xticks(range(0, mesh.width, -(-mesh.width // MOST_TICKS)))
    axes.set_yticks(range(0, mesh.height, -(-mesh.height // MOST_TICKS)))
