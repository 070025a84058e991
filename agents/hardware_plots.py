"""Pictures of a search for asynchronous hardware."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from agents.hardware_comparison import Curves
from agents.hardware_run import EDP, HardwareRun, Simulated
from agents.move_history import Step, Tally
from async_sim.report.plots import draw_links, draw_waiting, label, used_percent, waiting_us

FAMILIES = {  # of moves (ANCoEF, sec. II-A), and their colours
    "partition": "C3",
    "map": "C0",
    "balance": "C2",
    "arbitrate": "C4",
    "alter": "C1",
    "leap of several kinds": "C5",
}
START, BEST = "0.65", "C0"
MOST_ABREAST = 10  # layers up to which pictures of them stand side by side
SLANTED = 6  # signs of a layer's name from which names are written at a slant
MOST_NUMBERED = 20  # nodes along a side up to which each names its layer
MOST_KEYS = 24  # layers that a legend lists
FREE = "white"


def plot_search(
    path: Path, run: HardwareRun, first_edp_js: float, way: Sequence[Step], tally: Sequence[Tally]
) -> None:
    """Draw the energy-delay product of every evaluation, and how often moves helped."""
    size = (13, max(4.6, 1.6 + 0.26 * len(tally))) if tally else (8, 4.6)
    figure = _figure(size)
    parts = figure.subplots(1, 2 if tally else 1, squeeze=False)[0]
    _draw_evaluations(parts[0], run, first_edp_js, way)
    if tally:
        _draw_tally(parts[1], tally)
    keys = parts[0].get_legend_handles_labels()
    n_columns = 5 if tally else 2
    figure.legend(*keys, loc="outside lower left", ncols=n_columns, fontsize="small", frameon=False)
    figure.suptitle(
        f"{run.application}, agent {run.settings.agent.name}", x=0.01, ha="left", fontweight="bold"
    )
    figure.savefig(path, dpi=110)


def _draw_evaluations(
    axes: Axes, run: HardwareRun, first_edp_js: float, way: Sequence[Step]
) -> None:
    feasible = [one for one in run.designs if one.is_feasible]
    numbers = [one.number for one in feasible]
    axes.scatter(
        numbers, [_edp(one.evaluation.metrics) for one in feasible],
        color="0.75", s=12, label="evaluated design",
    )  # fmt: skip
    axes.axhline(first_edp_js * 1e9, color="0.4", linestyle=":", label="first design")
    least = run.least_edp_js * 1e9
    axes.step(
        np.arange(1, len(least) + 1), least, where="post", color="0.2",
        label=f"least so far; at the end {least[-1]:.3g} nJ·s",
    )  # fmt: skip
    for family, color in FAMILIES.items():
        steps = [step.after for step in way if _family(step) == family]
        if steps:
            edps = [_edp(one.evaluation.metrics) for one in steps]
            numbers = [one.number for one in steps]
            axes.scatter(numbers, edps, color=color, s=26, zorder=3, label=f"on the way: {family}")
    best = _edp(run.best.evaluation.metrics)
    axes.scatter(
        [run.best.number], [best], s=130, facecolors="none", edgecolors="k", zorder=4,
        label=f"best design (by its reward): {best:.3g} nJ·s",
    )  # fmt: skip
    _name_axes(axes)


def _name_axes(axes: Axes) -> None:
    """Evaluations, and the product on a logarithmic scale with plain numbers."""
    axes.set(xlabel="evaluations", ylabel="energy-delay product of a frame [nJ·s]", yscale="log")
    low, high = axes.get_ylim()
    subs = (1.0, 2.0, 5.0) if high > 20 * low else tuple(range(1, 10))
    axes.yaxis.set_major_locator(LogLocator(subs=subs))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.25, which="both")


def plot_curves(path: Path, curves: Sequence[Curves]) -> None:
    """Draw the least product over evaluations: median and quartiles of each agent's runs."""
    applications = list(dict.fromkeys(one.application for one in curves))
    n_columns = min(len(applications), 2)
    n_rows = -(-len(applications) // n_columns)
    figure = _figure((max(8.0, 6.5 * n_columns), 4.8 * n_rows))
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes, application in zip(panels, applications, strict=False):
        for one in (each for each in curves if each.application == application):
            _draw_curve(axes, one)
        axes.set_title(application, loc="left", fontweight="bold")
        _name_axes(axes)
        axes.legend(title="median, quartiles", fontsize="small", title_fontsize="small")
    for axes in panels[len(applications) :]:
        axes.axis("off")
    figure.savefig(path, dpi=110)


def _draw_curve(axes: Axes, one: Curves) -> None:
    n_runs, n = one.least_edp_js.shape
    numbers, (low, median, high) = np.arange(1, n + 1), 1e9 * one.quartiles
    told = f"{one.agent}, {n_runs} run{'s' * (n_runs > 1)}"
    (line,) = axes.step(numbers, median, where="post", label=told)
    axes.fill_between(numbers, low, high, step="post", alpha=0.2, color=line.get_color())


def _draw_tally(axes: Axes, tally: Sequence[Tally]) -> None:
    places = range(len(tally))
    made, leapt = [one.n_made for one in tally], [one.n_in_leaps for one in tally]
    axes.barh(places, made, color="0.85", label="led to a new design")
    axes.barh(places, leapt, left=made, color="white", edgecolor="0.8", hatch="//")
    helped = [one.n_helped for one in tally]
    colors = [FAMILIES.get(one.move.partition(".")[0], BEST) for one in tally]
    axes.barh(places, helped, color=colors, label="... with a higher reward")
    for place, one in zip(places, tally, strict=True):
        told = f" {one.n_helped} of {one.n_made}" + f", {one.n_in_leaps} in leaps" * any(leapt)
        axes.text(one.n_made + one.n_in_leaps, place, told, va="center", size="small")
    axes.set_yticks(places, [one.move for one in tally])
    axes.invert_yaxis()
    axes.margins(x=0.35 if any(leapt) else 0.12)  # room for the counts
    axes.set(xlabel="moves", title="how often each move alone helped (coloured: a higher reward)")


def plot_layers(path: Path, start: Simulated, best: Simulated) -> None:
    """Draw energy, latency and their product of each layer, before and after (ANCoEF, Fig. 6)."""
    names = [one.name for one in best.layers]
    is_long = len(names) > MOST_ABREAST
    size, rows = ((max(10.0, 0.5 * len(names)), 11.0), 3) if is_long else ((13.0, 4.4), 1)
    figure = _figure(size)
    quantities = (
        ("energy of a frame", "J", "energy_j"),
        ("latency of a frame", "s", "latency_s"),
        ("energy-delay product", "J·s", EDP),
    )
    panels = figure.subplots(rows, 3 // rows, sharex=True)
    for axes, (title, unit, name) in zip(panels, quantities, strict=True):
        pair = np.array([[getattr(one, name) for one in each.layers] for each in (start, best)])
        scale, prefix = _prefix(float(pair.max()))
        _draw_pair(axes, names, (scale * pair).tolist())
        axes.set(title=title, ylabel=prefix + unit)
    figure.axes[0].legend(loc="best")
    figure.suptitle(f"{best.application.name} by layer", x=0.01, ha="left", fontweight="bold")
    figure.savefig(path, dpi=110)


def _prefix(most: float) -> tuple[float, str]:
    """Scale and SI prefix with which the largest value is at least 1."""
    for scale, prefix in ((1.0, ""), (1e3, "m"), (1e6, "µ"), (1e9, "n"), (1e12, "p")):
        if scale * most >= 1:
            return scale, prefix
    return 1e15, "f"


def _draw_pair(axes: Axes, names: Sequence[str], pair: Sequence[Sequence[float]]) -> None:
    places = np.arange(len(names))
    axes.bar(places - 0.2, pair[0], 0.4, color=START, label="first design")
    axes.bar(places + 0.2, pair[1], 0.4, color=BEST, label="best design")
    is_long = max(map(len, names)) > SLANTED
    axes.set_xticks(
        places, names, rotation=40 if is_long else 0, ha="right" if is_long else "center",
        rotation_mode="anchor",
    )  # fmt: skip
    axes.grid(alpha=0.25, axis="y")


def plot_parts(path: Path, start: Simulated, best: Simulated) -> None:
    """Draw area and energy by part, before and after."""
    figure = _figure((13, 4.8))
    left, right = figure.subplots(1, 2)
    _draw_parts(left, start.area_m2, best.area_m2, "area", "mm²")
    _draw_parts(right, start.energy_j, best.energy_j, "energy of a frame", "µJ")
    left.legend(loc="best")
    figure.suptitle(f"{best.application.name} by part", x=0.01, ha="left", fontweight="bold")
    figure.savefig(path, dpi=110)


def _draw_parts(
    axes: Axes, before: Mapping[str, float], after: Mapping[str, float], title: str, unit: str
) -> None:
    names = [*after, *(name for name in before if name not in after)]
    places = np.arange(len(names))
    for offset, color, told, parts in (
        (-0.2, START, "first design", before),
        (0.2, BEST, "best design", after),
    ):
        axes.barh(
            places + offset, [1e6 * parts.get(name, 0.0) for name in names], 0.4,
            color=color, label=f"{told}: {1e6 * sum(parts.values()):.4g} {unit}",
        )  # fmt: skip
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.grid(alpha=0.25, axis="x")
    axes.set(title=title, xlabel=unit)
    axes.legend(loc="best")


def plot_meshes(path: Path, start: Simulated, best: Simulated) -> None:
    """Draw which layer sits where, waiting and use of links, before and after, on one scale."""
    figure = _figure((17, 10.5))
    waits = max(float(waiting_us(one.run).max()) for one in (start, best))
    used = max(float(used_percent(one.run).max()) for one in (start, best))
    grid = figure.subplots(2, 3)
    for row, told, one in zip(grid, ("first design", "best design"), (start, best), strict=True):
        _draw_cores(row[0], one)
        row[0].set_title(
            f"{told}: {one.figures[EDP] * 1e9:.3g} nJ·s", loc="left", fontweight="bold"
        )
        draw_waiting(figure, row[1], one.run, max(waits, 1e-9))
        draw_links(figure, row[2], one.run, max(used, 1e-9))
    figure.suptitle(
        f"{best.application.name}: where its layers are, and where packets wait",
        x=0.01, ha="left", fontweight="bold",
    )  # fmt: skip
    figure.savefig(path, dpi=100)


def _draw_cores(axes: Axes, one: Simulated) -> None:
    hardware, mesh = one.hardware, one.hardware.mesh
    colors = _colors(len(hardware.cores))
    layers = np.repeat(np.arange(len(hardware.cores)), hardware.cores)
    is_numbered = max(mesh.width, mesh.height) <= MOST_NUMBERED
    for x in range(mesh.width):
        for y in range(mesh.height):
            axes.add_patch(_square(x, y, FREE))
    for layer, node in zip(layers.tolist(), hardware.nodes, strict=True):
        x, y = mesh.at(node)
        axes.add_patch(_square(x, y, colors[layer]))
        if is_numbered:
            axes.text(x, y, str(layer), ha="center", va="center", size="small")
    axes.set(xlim=(-0.5, mesh.width - 0.5), ylim=(-0.5, mesh.height - 0.5), aspect="equal")
    label(axes, mesh, "")
    axes.legend(
        handles=_keys(one, colors), loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize="small",
        frameon=False,
    )  # fmt: skip


def _keys(one: Simulated, colors: Sequence[str]) -> list[Patch]:
    names, cores = one.application.layer_names, one.hardware.cores
    keys = [
        Patch(facecolor=color, edgecolor="grey", label=f"{i}  {name}: {_cores(n)}")
        for i, (color, name, n) in enumerate(zip(colors, names, cores, strict=True))
    ]
    free = one.hardware.mesh.n_nodes - sum(cores)
    shown = keys[:MOST_KEYS]
    if len(keys) > MOST_KEYS:
        shown.append(Patch(facecolor=FREE, label=f"... {len(keys) - MOST_KEYS} more layers"))
    return [*shown, Patch(facecolor=FREE, edgecolor="grey", label=f"    free: {free}")]


def _cores(n: int) -> str:
    return "1 core" if n == 1 else f"{n} cores"


def _colors(n: int) -> list[str]:
    """Pale enough for a number to be read on them; layers side by side differ."""
    many = colormaps["Set3"].colors  # type: ignore[attr-defined]
    return [
        "#{:02x}{:02x}{:02x}".format(*(int(255 * c) for c in many[i % len(many)])) for i in range(n)
    ]


def _square(x: int, y: int, color: str) -> Rectangle:
    return Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=color, edgecolor="grey", linewidth=0.5)


def _family(step: Step) -> str:
    kinds = {move.partition(".")[0] for move in step.moves}
    return kinds.pop() if len(kinds) == 1 else "leap of several kinds"


def _edp(metrics: Mapping[str, float]) -> float:
    return 1e9 * metrics[EDP]


def _figure(size: tuple[float, float]) -> Figure:
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure
