"""The picture of a comparison: hypervolume after each design, and what is between the ways."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from agents.joint_comparison import Found, Reals, band_of


def plot_ways(path: Path, ways: Mapping[str, Sequence[Found]], n_first: int, title: str) -> None:
    """Draw the curves of all ways, and of the first less each other one, over seeds.

    Args:
        ways: The same seeds of each, in the same order; the joint search comes first.
        n_first: Designs after which the others turn from the network to the hardware.
    """
    figure = Figure(figsize=(12, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    curves = {name: [one.curve for one in found] for name, found in ways.items()}
    (joint, first), *others = curves.items()
    for i, (name, rows) in enumerate(curves.items()):
        _draw(left, rows, name, f"C{i}")
    for i, (name, rows) in enumerate(others, 1):
        between = [one - two for one, two in zip(first, rows, strict=True)]
        _draw(right, between, f"{joint} less {name}", f"C{i}")
    right.axhline(0.0, color="0.3", linewidth=0.8)
    left.set_ylabel("hypervolume within the references")
    right.set_ylabel("difference of the same seed")
    for axes in (left, right):
        axes.axvline(n_first, color="0.5", linestyle=":", label="network chosen, hardware next")
        axes.set_xlabel("evaluated designs")
        axes.grid(alpha=0.25)
        axes.legend(title="mean, 95 % interval", fontsize="small", title_fontsize="small")
    figure.suptitle(title)
    figure.savefig(path, dpi=130)


def _draw(axes: Axes, rows: Sequence[Reals], name: str, color: str) -> None:
    mean, low, high = band_of(rows)
    numbers = np.arange(1, len(mean) + 1)
    axes.step(numbers, mean, where="post", color=color, label=name)
    axes.fill_between(numbers, low, high, step="post", alpha=0.2, color=color, linewidth=0)
