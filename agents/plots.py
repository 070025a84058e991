"""Pictures of a search (with `agents.hardware_plots` the only module that imports matplotlib)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from envs.evaluation import Evaluation

COSTS = {
    "energy_j": ("energy per inference", 1e6, "µJ"),
    "latency_s": ("latency", 1e3, "ms"),
    "area_m2": ("chip area", 1e6, "mm²"),
}
QUALITIES = {"accuracy": (100, "accuracy [%]")}
MARKERS = "os^Dv<>P"
DECADE, MOST_TICKS = 10, 7
WINDOW = 10  # rewards averaged in the trend line


def plot_front(
    path: Path,
    evaluations: Sequence[Evaluation],
    front: Sequence[Evaluation],
    quality: str = "accuracy",
    costs: Sequence[str] = tuple(COSTS),
) -> None:
    """Draw accuracy, or another quality, against each cost: all feasible designs, and the front."""
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    feasible = [one for one in evaluations if one.infeasible is None]
    row = figure.subplots(1, len(costs), sharey=True, squeeze=False)[0]
    _draw_costs(row, feasible, front, quality, costs)
    figure.axes[0].legend(loc="lower right")
    figure.suptitle(f"{len(evaluations)} designs, {len(evaluations) - len(feasible)} infeasible")
    figure.savefig(path, dpi=130)


def plot_models(
    path: Path,
    priced: Mapping[str, Sequence[Evaluation]],
    fronts: Mapping[str, Sequence[Evaluation]],
) -> None:
    """Draw the same designs as each cost model prices them, one row per model."""
    figure = Figure(figsize=(13, 3.8 * len(priced)), layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(len(priced), len(COSTS), sharey=True, sharex="col", squeeze=False)
    for row, (model, found) in zip(rows, priced.items(), strict=True):
        _draw_costs(row, found, fronts[model])
        row[0].set_title(f"{model}: {len(found)} designs", loc="left")
    rows[0][0].legend(loc="lower right")
    figure.savefig(path, dpi=110)


def plot_choices(
    path: Path,
    taken: Mapping[str, Sequence[Evaluation]],
    front: Sequence[Evaluation],
    quality: str = "accuracy",
) -> None:
    """Draw accuracy, or another quality, against energy, coloured by a choice; the front ringed.

    Args:
        taken: The feasible designs by choice; a choice that none has is in the legend all the same.
    """
    share, label = QUALITIES.get(quality, (1, quality))
    name, scale, unit = COSTS["energy_j"]
    figure = Figure(figsize=(7, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for i, (choice, found) in enumerate(taken.items()):
        known = [one for one in found if "energy_j" in one.metrics]
        xs = [one.metrics["energy_j"] * scale for one in known]
        ys = [share * one.metrics[quality] for one in known]
        told = f"{choice} ({len(found)})"
        axes.scatter(xs, ys, color=f"C{i}", marker=MARKERS[i % len(MARKERS)], s=28, label=told)
    ringed = [one for one in front if "energy_j" in one.metrics]
    xs = [one.metrics["energy_j"] * scale for one in ringed]
    ys = [share * one.metrics[quality] for one in ringed]
    axes.scatter(xs, ys, facecolors="none", edgecolors="0.2", s=90, label="on the Pareto front")
    axes.set_xlabel(f"{name} [{unit}]")
    axes.set_ylabel(label)
    if any(taken.values()):  # a logarithmic axis needs something positive
        make_logarithmic(axes)
    axes.legend(loc="best", fontsize="small")
    figure.savefig(path, dpi=130)


def _draw_costs(
    row: NDArray[np.object_],
    feasible: Sequence[Evaluation],
    front: Sequence[Evaluation],
    quality: str = "accuracy",
    shown: Sequence[str] = tuple(COSTS),
) -> None:
    """Accuracy, or another quality, against each cost."""
    share, label = QUALITIES.get(quality, (1, quality))
    for axes, metric in zip(row, shown, strict=True):
        name, scale, unit = COSTS.get(metric, (metric, 1, ""))
        for group, style in (
            (feasible, {"color": "0.65", "s": 18, "label": "evaluated"}),
            (front, {"color": "C0", "s": 30, "label": "Pareto front (all objectives)"}),
        ):
            costs = [one.metrics[metric] * scale for one in group]
            axes.scatter(costs, [share * one.metrics[quality] for one in group], **style)
        axes.set_xlabel(f"{name} [{unit}]" if unit else name)
        if feasible:  # a logarithmic axis needs something positive
            make_logarithmic(axes)
    row[0].set_ylabel(label)


def make_logarithmic(axes: Axes, which: Literal["x", "y"] = "x") -> None:
    """Logarithmic axis with plain numbers at 1, 2 and 5 of each decade, or evenly within one."""
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axis.get_view_interval()
    is_wide = high > DECADE * low
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)) if is_wide else MaxNLocator(MOST_TICKS))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.25)


def plot_rewards(path: Path, rewards: Sequence[float]) -> None:
    """Draw the reward of every proposal, its moving mean, and the best so far."""
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    steps = np.arange(1, len(rewards) + 1)
    axes.scatter(steps, rewards, color="0.65", s=14, label="proposed design")
    if len(rewards) >= WINDOW:
        mean = np.convolve(rewards, np.ones(WINDOW) / WINDOW, mode="valid")
        axes.plot(steps[WINDOW - 1 :], mean, color="C1", label=f"mean of the last {WINDOW}")
    if len(rewards):
        axes.step(steps, np.maximum.accumulate(rewards), where="post", color="C0", label="best")
    axes.set_xlabel("proposal")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("reward")
    axes.grid(alpha=0.25)
    axes.legend(loc="best")
    figure.savefig(path, dpi=130)


def plot_contenders(
    path: Path,
    searches: Mapping[str, tuple[Sequence[Evaluation], ...]],
) -> None:
    """Draw accuracy against energy-delay product: what each search simulated, and its front.

    Args:
        searches: By name: all networks, those that meet all targets, and the front of those.
    """
    figure = Figure(figsize=(7, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for i, (name, (found, met, best)) in enumerate(searches.items()):
        axes.plot(*_points(found), "o", mfc="none", color=f"C{i}", ms=4, alpha=0.5)
        axes.plot(*_points(met), "o", color=f"C{i}", ms=4, label=f"{name}: meets all targets")
        # in steps: what lies between two networks of a front, none has reached
        (line,) = axes.plot(*_points(best), "o-", color=f"C{i}", label=f"{name}: front of these")
        line.set(drawstyle="steps-post", markerfacecolor="none", markersize=8)
    axes.plot([], [], "o", mfc="none", color="0.5", ms=4, label="misses a target")
    axes.set_xlabel("energy-delay product of a frame [s nJ]")
    axes.set_ylabel("accuracy of held-out images, supernet's weights [%]")
    make_logarithmic(axes)
    axes.legend(loc="upper left", fontsize="small")
    figure.savefig(path, dpi=130)


def _points(evaluations: Sequence[Evaluation]) -> tuple[list[float], list[float]]:
    """EDP in s nJ, rising, and accuracy in percent."""
    by_edp = sorted(evaluations, key=lambda one: one.metrics["edp_js"])
    edp = [one.metrics["edp_js"] * 1e9 for one in by_edp]
    return edp, [100 * one.metrics["accuracy"] for one in by_edp]
