"""Curves of a benchmark: mean over seeds, with the band in which it lies with 95 %."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from agents import bootstrap
from agents.bench_scores import Found
from agents.plots import make_logarithmic

Reals = NDArray[np.float64]
N_POINTS = 40  # of a curve
DRAWN = {"best reward": attrgetter("best"), "hypervolume": attrgetter("hypervolume")}
LINES = ("-", "--", "-.", ":")


def plot_curves(path: Path, searches: Mapping[str, Sequence[Found]], budget: int) -> None:
    """Draw best reward and hypervolume over evaluated designs, a line for each agent."""
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    budgets = sorted({int(one) for one in np.geomspace(min(10, budget), budget, N_POINTS)})
    for axes, (name, measure) in zip(figure.subplots(1, len(DRAWN)), DRAWN.items(), strict=True):
        for i, (agent, found) in enumerate(searches.items()):
            rows = [[measure(one.until(n)) for one in found] for n in budgets]
            generator = np.random.default_rng(0)
            bounds = [bootstrap.mean(row, generator) for row in rows]
            style = {"color": f"C{i % 10}", "linestyle": LINES[i // 10 % len(LINES)]}
            axes.plot(budgets, [one.value for one in bounds], label=agent, **style)
            low, high = ([getattr(one, end) for one in bounds] for end in ("low", "high"))
            axes.fill_between(budgets, low, high, color=style["color"], alpha=0.15, linewidth=0)
        axes.set_xlabel("evaluated designs")
        axes.set_ylabel(name)
        make_logarithmic(axes)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
    figure.savefig(path, dpi=130)
