"""Stacked bars of an estimate (the only module of this package that draws)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from hwmodels.chip import Estimate
from hwmodels.report.tables import METRICS, title_of

Parts = Mapping[str, float]
SHARED = "shared"  # area that belongs to no layer, unused tiles included


def plot_estimate(
    path: Path, estimate: Estimate, title: str, *, is_pipelined: bool = False
) -> None:
    """Draw area, latency and energy: above by component, below by layer and component."""
    figure = Figure(figsize=(13, 8), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 3)
    chip: dict[str, Parts] = {
        "area_m2": estimate.area_parts_m2,
        "latency_s": estimate.latency_parts_s(),
        "energy_j": estimate.energy_parts_j(),
    }
    names = list(dict.fromkeys(name for parts in chip.values() for name in parts))
    colours = {name: f"C{i}" if name != "empty" else "0.85" for i, name in enumerate(names)}
    by_layer: dict[str, dict[str, Parts]] = {
        "area_m2": _areas(estimate),
        "latency_s": {layer.name: layer.latency_parts_s for layer in estimate.layers},
        "energy_j": {layer.name: layer.energy_parts_j for layer in estimate.layers},
    }
    for axes, (metric, parts) in zip(above, chip.items(), strict=True):
        _bars(axes, {name: {name: value} for name, value in parts.items()}, metric, colours)
        total = getattr(estimate, metric) * METRICS[metric][2]
        axes.set_title(
            f"{title_of(metric, is_pipelined=is_pipelined)}: {total:.3g} {METRICS[metric][1]}"
        )
    for axes, (metric, rows) in zip(below, by_layer.items(), strict=True):
        _bars(axes, rows, metric, colours)
    patches = [Patch(color=colours[name], label=name.replace("_", " ")) for name in names]
    figure.legend(
        handles=patches, loc="outside lower center", ncols=-(-len(names) // 2), frameon=False
    )
    figure.suptitle(title)
    figure.savefig(path, dpi=110)


def _areas(estimate: Estimate) -> dict[str, Parts]:
    rows: dict[str, Parts] = {layer.name: layer.area_parts_m2 for layer in estimate.layers}
    shared = {
        name: area_m2 - sum(parts.get(name, 0.0) for parts in rows.values())
        for name, area_m2 in estimate.area_parts_m2.items()
    }
    return rows | {SHARED: shared}


def _bars(axes: Axes, rows: Mapping[str, Parts], metric: str, colours: Mapping[str, str]) -> None:
    """One horizontal stacked bar per row."""
    _, unit, scale = METRICS[metric]
    places, left = np.arange(len(rows)), np.zeros(len(rows))
    for name in dict.fromkeys(name for parts in rows.values() for name in parts):
        widths = np.array([parts.get(name, 0.0) * scale for parts in rows.values()])
        axes.barh(places, widths, left=left, color=colours[name])
        left += widths
    axes.set_yticks(places, [name.replace("_", " ") for name in rows], parse_math=False)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.05 * (left.max() or 1))
    axes.set_xlabel(unit)
    axes.grid(axis="x", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
