"""Pictures of a run (the only module of this package that draws)."""

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from async_sim.energy import utilization
from async_sim.mesh import N_PORTS, SWITCH
from async_sim.statistics import latencies
from async_sim.steps import Run


def plot_run(path: Path, run: Run, title: str) -> None:
    """Draw waiting and use of links over the mesh, and the distribution of latencies."""
    mesh = run.network.mesh
    figure = Figure(figsize=(15, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    waits = run.total("wait_ps")[:, SWITCH : SWITCH + N_PORTS].sum(axis=1) / 1e6
    used = 100 * utilization(run).max(axis=1)
    left, middle, right = figure.subplots(1, 3)
    for axes, values, name in (
        (left, waits, "waiting at switch allocators [µs]"),
        (middle, used, "busiest link of each router [% of the time]"),
    ):
        image = axes.imshow(values.reshape(mesh.height, mesh.width), origin="lower", cmap="magma")
        figure.colorbar(image, ax=axes, shrink=0.85)
        axes.set(title=name, xlabel="x", ylabel="y")
        axes.set_xticks(range(0, mesh.width, max(1, mesh.width // 8)))
        axes.set_yticks(range(0, mesh.height, max(1, mesh.height // 8)))
    micro = np.maximum(latencies(run), 1) / 1e6
    right.hist(micro, bins=np.geomspace(micro.min(initial=1), micro.max(initial=2), 50))
    right.set(title="release to delivery", xlabel="µs", ylabel="packets", xscale="log")
    right.grid(alpha=0.25)
    figure.suptitle(title)
    figure.savefig(path, dpi=110)
