"""Tables and figures of a flow: NACIM's Table I and Figures 4 to 7."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.table import Table

from agents.candidates import Candidate, Pricing
from agents.flow_settings import FINE_TUNING, RNAS, SEARCH
from agents.narrow_table import narrow_table
from agents.plots import make_logarithmic

# figure of the paper: file, metric, units per SI unit, label
FIGURES = {
    4: ("latency", "latency_s", 1e6, "latency [µs]"),
    5: ("area", "area_m2", 1e6, "chip area [mm²]"),
    6: ("energy", "energy_j", 1e6, "energy per inference [µJ]"),
    7: ("efficiency", None, 1.0, "normalized hardware efficiency"),
}
LEAST_ERROR = 0.01  # [%]; a logarithmic axis has no zero, and no error is not to be left out
STYLES = {"pNAS": ("C1", "x"), "NACIM": ("C0", "s")}


def front_table(front: Sequence[Candidate], pricing: Pricing) -> Table:
    """The final front: accuracy as the search saw it, and on fresh chips."""
    table = narrow_table(
        "final front; accuracy as searched, and on fresh chips",
        ("found by", "as\nsearched", "fresh", "area\nmm²", "energy\nµJ", "latency\nµs", "eff."),
    )
    for one in sorted(front, key=lambda c: -c.metrics["accuracy"]):
        fresh = one.fresh or {}
        table.add_row(
            one.stage,
            f"{100 * one.metrics['accuracy']:.2f} %",
            f"{100 * fresh['accuracy']:.2f} %" if "accuracy" in fresh else "none",
            f"{1e6 * one.metrics['area_m2']:.3f}",
            f"{1e6 * one.metrics['energy_j']:.4f}",
            f"{1e6 * one.metrics['latency_s']:.2f}",
            f"{pricing.efficiency(one.metrics):.3f}",
        )
    return table


def picks_table(picks: Mapping[str, Candidate]) -> Table:
    """What was picked, in the columns of NACIM's Table I."""
    table = narrow_table(
        "picked, in the columns of NACIM's Table I; accuracy on fresh chips",
        (
            "",
            "accuracy",
            "with\nvariation",
            "as\nsearched",
            "area\num2",
            "EDP\npJ*ns",
            "TOPs",
            "TOPs/W",
        ),
    )
    for name, one in picks.items():
        row = table_row(one)
        shares = [f"{100 * row[c]:.2f} %" for c in ("accuracy", "varied")]
        rest = [f"{row[c]:.3g}" for c in ("area_um2", "edp_pj_ns", "tops", "tops_per_w")]
        table.add_row(name, *shares, f"{100 * one.metrics['accuracy']:.2f} %", *rest)
    return table


def table_row(one: Candidate) -> dict[str, float]:
    """The columns of Table I: accuracies on fresh chips as shares, um2, pJ*ns, TOPs, TOPs/W.

    Accuracies are NaN of a design that could not be judged on fresh chips.
    """
    cost, fresh = one.metrics, one.fresh or {}
    return {
        "accuracy": fresh.get("clean_accuracy", math.nan),
        "varied": fresh.get("accuracy", math.nan),
        "area_um2": cost["area_m2"] * 1e12,
        "edp_pj_ns": cost["energy_j"] * cost["latency_s"] * 1e21,
        "tops": one.n_operations / cost["latency_s"] * 1e-12,
        "tops_per_w": one.n_operations / cost["energy_j"] * 1e-12,
    }


def plot_flow(folder: Path, candidates: Sequence[Candidate], pricing: Pricing) -> None:
    """Draw Figures 4 to 7: error against each cost, and against normalized efficiency."""
    groups = {
        "pNAS": [one for one in candidates if one.stage in (SEARCH, FINE_TUNING)],
        "NACIM": [one for one in candidates if one.stage.startswith(RNAS)],
    }
    for number, (name, metric, scale, label) in FIGURES.items():
        figure = Figure(figsize=(6.4, 4.4), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        for group, found in groups.items():
            points = [
                (pricing.efficiency(c.metrics) if metric is None else scale * c.metrics[metric],
                 max(LEAST_ERROR, 100 * (1.0 - c.metrics["accuracy"])))
                for c in found
            ]  # fmt: skip
            _draw(axes, group, points, is_better_right=metric is None)
        axes.set_title(f"as NACIM, Figure {number}; accuracy as the searches saw it", fontsize=10)
        axes.set_xlabel(label)
        axes.set_ylabel("error over sampled chips [%]")
        make_logarithmic(axes, "y")
        if metric is not None:
            make_logarithmic(axes)
        axes.legend()
        figure.savefig(folder / f"figure{number}_{name}.png", dpi=130)


def _draw(
    axes: Axes, group: str, points: Sequence[tuple[float, float]], *, is_better_right: bool
) -> None:
    """All points of a group, and its front as steps."""
    if not points:
        return
    color, marker = STYLES[group]
    xs, ys = zip(*points, strict=True)
    axes.scatter(xs, ys, s=26, alpha=0.6, label=group, color=color, marker=marker)
    front: list[tuple[float, float]] = []
    for x, y in sorted(points, key=lambda p: (-p[0] if is_better_right else p[0], p[1])):
        if not front or y < front[-1][1]:
            front.append((x, y))
    xs, ys = zip(*front, strict=True)
    axes.step(xs, ys, where="post", color=color, linewidth=1.2, label=f"{group}: front")
