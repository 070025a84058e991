"""Cells drawn as graphs, scores against accuracy (the only module of this package that draws)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from numpy.typing import NDArray

from snn.cell_network import CellNetwork
from snn.cells import EDGES, N_NODES, Cell, Edge
from snn.operation import operation
from snn.report.tables import LETTERS

BENDS = {(0, 1): 0.0, (1, 2): 0.0, (2, 3): 0.0, (0, 2): -0.55, (1, 3): 0.55, (0, 3): -0.75}
"""Of each edge's arc, as a share of its length; negative is upward. No two edges cross."""
GREY = "0.6"
N_COLUMNS = 3
CROWD = 2000  # points of which single ones can no longer be told apart
Numbers = NDArray[np.float64]


def plot_cells(path: Path, network: CellNetwork) -> None:
    """Draw all cells side by side: edges that something flows through are coloured."""
    n_cells = len(network.cells)
    figure = Figure(figsize=(5.2 * n_cells, 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    colours = _colours(network)
    for i, axes in enumerate(figure.subplots(1, n_cells, squeeze=False)[0]):
        _draw(axes, network.cells[i], colours)
        channels, side = network.shape(i)
        cell = network.cells[i]
        axes.set_title(
            f"cell {LETTERS[i]}: {channels} x {side} x {side}, depth {cell.depth}, "
            f"{cell.n_effective_convolutions} of {cell.n_convolutions} convolutions live",
            fontsize=10,
        )
    figure.savefig(path, dpi=130)


def _colours(network: CellNetwork) -> dict[str, str]:
    names = sorted({name for cell in network.cells for name in cell.by_edge.values()})
    drawn = [name for name in names if operation(name).is_live]
    return {name: f"C{i}" for i, name in enumerate(drawn)}


def _draw(axes: Axes, cell: Cell, colours: dict[str, str]) -> None:
    for edge in EDGES:
        _draw_pair(axes, cell, edge, colours)
    for node in range(N_NODES):
        label = {0: "0\nin", N_NODES - 1: f"{N_NODES - 1}\nout"}.get(node, str(node))
        axes.plot(node, 0, "o", markersize=30, markerfacecolor="white", markeredgecolor="black")
        axes.text(node, 0, label, ha="center", va="center", fontsize=10, linespacing=0.95)
    axes.set(xlim=(-0.25, 3.25), ylim=(-0.75, 1.3), aspect="equal")
    axes.axis("off")


def _draw_pair(axes: Axes, cell: Cell, pair: Edge, colours: dict[str, str]) -> None:
    """Draw what joins two nodes: the forward or the backward operation, or a dotted nothing."""
    backward = pair[1], pair[0]
    is_back = operation(cell.by_edge[backward]).is_live
    edge = backward if is_back else pair
    name, bend = cell.by_edge[edge], BENDS[pair]
    is_live = edge in cell.live_edges
    style = ("solid" if not is_back else "dashed") if name in colours else "dotted"
    colour = colours[name] if is_live else GREY
    # towards the other end an arc bends the other way
    axes.add_patch(
        FancyArrowPatch(
            (edge[0], 0), (edge[1], 0), connectionstyle=f"arc3,rad={-bend if is_back else bend}",
            arrowstyle="-|>" if name in colours else "-", mutation_scale=14, linestyle=style,
            linewidth=2 if is_live else 1.2, color=colour, shrinkA=16, shrinkB=16,
        )
    )  # fmt: skip
    text = name if is_live or name not in colours else f"{name}\ndead"
    text = f"{text}\nnext step" if is_back else text
    x, y = sum(pair) / 2, -bend * (pair[1] - pair[0]) / 2
    axes.text(
        x, y + (0.14 if bend == 0 else 0), text, ha="center", va="center", fontsize=9,
        color=colour, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip


def plot_scores(
    path: Path, scores: Mapping[str, Numbers], accuracies: Numbers, taus: Mapping[str, float]
) -> None:
    """Draw accuracy over each score, one panel a score, invalid cells left out."""
    n_columns = min(N_COLUMNS, len(scores))
    n_rows = -(-len(scores) // n_columns)
    figure = Figure(figsize=(3.6 * n_columns, 2.9 * n_rows), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True)
    is_crowded = len(accuracies) > CROWD
    for axes, (name, values) in zip(grid.flat, scores.items(), strict=False):
        is_valid = np.isfinite(values)
        axes.plot(
            values[is_valid], accuracies[is_valid], ".", alpha=0.1 if is_crowded else 0.5,
            markersize=3 if is_crowded else 5, markeredgewidth=0,
        )  # fmt: skip
        axes.set_title(f"{name}: tau-b {taus[name]:.2f}", fontsize=10)
        axes.grid(alpha=0.3)
        axes.locator_params(axis="x", nbins=4)
    for axes in grid.flat[len(scores) :]:
        axes.axis("off")
    figure.supxlabel("training-free score", fontsize=10)
    figure.supylabel("test accuracy (%)", fontsize=10)
    figure.savefig(path, dpi=130)
