"""Several runs side by side: a row for each, their curves, their fronts."""

from collections.abc import Sequence
from typing import Any

from agents.report_sections.markup import PALETTE, Picture, Section, axis, paragraph, table, text
from agents.report_sections.progress import best_so_far, steps_of
from agents.report_sections.quantities import Quantity, duration, number, quantity, rounded
from agents.report_sections.runs import ReportRun
from agents.report_sections.union import union_section

DASHES = ("solid", "dash", "dot", "dashdot")
DECADE = 10.0
HEIGHT, BELOW, LINE = 360, 56, 20  # pixels: a picture, what is under its axis, a name there
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star", "triangle-down")


def comparison_sections(runs: Sequence[ReportRun], key: str) -> list[Section]:
    """The sections of the page's first leaf; none of a single run."""
    if len(runs) == 1:
        return []
    sections = [
        _table(runs, f"{key}-runs"),
        _curves(runs, f"{key}-curves"),
        _fronts(runs, f"{key}-fronts"),
    ]
    if is_alike(runs) and any(run.feasible for run in runs):
        sections.append(union_section(runs, f"{key}-union"))
    return sections


def is_alike(runs: Sequence[ReportRun]) -> bool:
    """Whether the runs have the same objectives and references, so that volumes compare."""
    return len({run.objectives for run in runs}) == 1


def _table(runs: Sequence[ReportRun], key: str) -> Section:
    shared = _shared_metrics(runs)
    rows = [
        (
            run.name, run.settings.env.name, run.settings.agent.name, run.settings.seed,
            f"{len(run.feasible):,} of {len(run.designs):,}", len(run.front),
            number(run.hypervolumes[-1][1]),
            "none" if run.best is None else number(run.best.reward),
            *(_best(run, name) for name in shared),
            duration(run.summary["wall_s"]) if "wall_s" in run.summary else "not ended",
        )
        for run in runs
    ]  # fmt: skip
    titles = (
        "run", "environment", "agent", "seed", "feasible", "front", "hypervolume",
        "best reward", *(f"its {quantity(name, ()).title}" for name in shared), "time",
    )  # fmt: skip
    words = (
        "All runs have the same objectives and references: their hypervolumes compare."
        if is_alike(runs)
        else "The runs differ in their objectives or references: their hypervolumes and rewards do "
        "NOT compare. Fronts are shown where metrics are the same."
    )
    kind = "" if is_alike(runs) else "warning"
    return Section(key, "Runs side by side", paragraph(words, kind) + table(titles, rows, n_left=3))


def _curves(runs: Sequence[ReportRun], key: str) -> Section:
    rewards: list[dict[str, Any]] = []
    volumes: list[dict[str, Any]] = []
    for i, run in enumerate(runs):
        line = {"color": PALETTE[i % len(PALETTE)], "shape": "hv", "width": 2.2,
                "dash": DASHES[i // len(PALETTE) % len(DASHES)]}  # fmt: skip
        common = {"type": "scatter", "mode": "lines", "name": _named(run), "line": line}
        x, y = steps_of(best_so_far(run))
        rewards.append({**common, "x": x, "y": y})
        at, volume = zip(*run.hypervolumes, strict=True)
        volumes.append({**common, "x": list(at), "y": [rounded(one) for one in volume]})
    evaluations = axis("evaluations")
    reward = {"title": {"text": "Best reward so far"}, "yaxis": axis("reward")}
    volume_of = {"title": {"text": "Hypervolume"}, "yaxis": axis("hypervolume (share)")}
    below, height = {"xaxis": evaluations, **_legend_below(len(runs))}, _height(len(runs))
    pictures = (
        Picture(f"{key}-rewards", "Best reward of each run", rewards, reward | below, height),
        Picture(f"{key}-volumes", "Hypervolume of each run", volumes, volume_of | below, height),
    )
    places = "".join(one.place for one in pictures)
    return Section(key, "Progress of all runs", f'<div class="two">{places}</div>', pictures)


def _fronts(runs: Sequence[ReportRun], key: str) -> Section:
    """Fronts of all runs: the first objective against each other one."""
    shared = _shared_metrics(runs)
    pictures = tuple(_front(runs, shared[0], other, f"{key}-{other}") for other in shared[1:])
    if not pictures:
        return Section(key, "Fronts", paragraph("The runs share no two objectives."))
    places = "".join(one.place for one in pictures)
    return Section(key, "Pareto fronts of all runs", f'<div class="two">{places}</div>', pictures)


def _front(runs: Sequence[ReportRun], quality: str, other: str, key: str) -> Picture:
    ours, theirs = _kind(runs, quality), _kind(runs, other)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "markers", "name": _named(run),
            "x": [theirs.shown(one.evaluation.metrics[other]) for one in run.front],
            "y": [ours.shown(one.evaluation.metrics[quality]) for one in run.front],
            "text": [f"#{one.number}" for one in run.front],
            "marker": {"color": PALETTE[i % len(PALETTE)], "size": 8, "opacity": 0.85,
                       "symbol": SYMBOLS[i % len(SYMBOLS)]},
        }
        for i, run in enumerate(runs)
    ]  # fmt: skip
    across = [x for trace in traces for x in trace["x"]]
    layout = {"xaxis": axis(theirs.label, **_scale(across)), "yaxis": axis(ours.label),
              "hovermode": "closest", **_legend_below(len(runs))}  # fmt: skip
    about = f"Fronts: {ours.title} against {theirs.title}"
    return Picture(key, about, traces, layout, _height(len(runs)))


def _legend_below(n: int) -> dict[str, Any]:
    """Room for the names of runs under a picture: above it many would cover its title."""
    legend = {"yref": "container", "y": 0, "yanchor": "bottom"}
    return {"legend": legend, "margin": {"b": BELOW + LINE * n}}


def _height(n: int) -> int:
    return HEIGHT + LINE * n


def _scale(values: Sequence[float]) -> dict[str, Any]:
    """Logarithmic where values span decades: else all but the largest would be one point."""
    if not values or min(values) <= 0 or max(values) < DECADE * min(values):
        return {}
    return {"type": "log"}


def _shared_metrics(runs: Sequence[ReportRun]) -> list[str]:
    names = [one.metric for one in runs[0].objectives]
    return [
        name for name in names if all(name in {o.metric for o in run.objectives} for run in runs)
    ]


def _kind(runs: Sequence[ReportRun], name: str) -> Quantity:
    return quantity(name, [one.evaluation.metrics[name] for run in runs for one in run.front])


def _best(run: ReportRun, name: str) -> str:
    if run.best is None:
        return ""
    value = run.best.evaluation.metrics[name]
    return quantity(name, [value]).told(value)


def _named(run: ReportRun) -> str:
    return text(f"{run.name} ({run.settings.agent.name}, seed {run.settings.seed})")
