"""How a search went: reward of each evaluation, the best so far, hypervolume."""

from typing import Any

import numpy as np

from agents.report_sections.markup import OTHERS, PALETTE, Picture, Section, axis, paragraph
from agents.report_sections.quantities import rounded
from agents.report_sections.runs import ReportRun

SHORT = 10  # evaluations, each of which has its tick
WINDOW = 20  # a mean is over a twentieth of the designs, to be a curve


def progress_section(run: ReportRun, key: str) -> Section:
    """Both curves over evaluations."""
    pictures = (_rewards(run, f"{key}-rewards"), _hypervolume(run, f"{key}-hypervolume"))
    words = (
        "One evaluation is one new design. The hypervolume is the share of the box between the "
        "ideal design and the references that the front dominates."
    )
    places = "".join(one.place for one in pictures)
    return Section(key, "Progress", f'{paragraph(words)}<div class="two">{places}</div>', pictures)


def best_so_far(run: ReportRun) -> list[float | None]:
    """The highest reward of a feasible design after each evaluation; None before there is one."""
    found: list[float | None] = []
    best: float | None = None
    for one in run.designs:
        if one.is_feasible and (best is None or one.reward > best):
            best = one.reward
        found.append(best)
    return found


def steps_of(curve: list[float | None]) -> tuple[list[int], list[float]]:
    """Only where a curve of steps changes, and its end."""
    last = len(curve) - 1
    kept = [
        i
        for i, value in enumerate(curve)
        if value is not None and (i in (0, last) or value != curve[i - 1])
    ]
    return [i + 1 for i in kept], [rounded(float(curve[i] or 0.0)) for i in kept]


def _whole(n: int) -> dict[str, Any]:
    """No halves of evaluations on a short axis."""
    return {"dtick": 1} if n <= SHORT else {}


def _rewards(run: ReportRun, key: str) -> Picture:
    numbers = [one.number for one in run.feasible]
    rewards = [rounded(one.reward) for one in run.feasible]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "markers", "name": "feasible design", "x": numbers,
            "y": rewards, "marker": {"color": OTHERS, "size": 5},
        }
    ]  # fmt: skip
    x, y = steps_of(best_so_far(run))
    traces.append(
        {"type": "scatter", "mode": "lines", "name": "best so far", "x": x, "y": y,
         "line": {"color": PALETTE[0], "shape": "hv", "width": 2.5}}
    )  # fmt: skip
    n = max(5, len(rewards) // WINDOW)
    if len(rewards) >= 2 * n:
        means = np.convolve(rewards, np.ones(n) / n, "valid")
        every = max(1, len(means) // 500)
        traces.append(
            {"type": "scatter", "mode": "lines", "name": f"mean of {n} designs",
             "x": numbers[n - 1 :: every], "y": [rounded(one) for one in means[::every].tolist()],
             "line": {"color": PALETTE[1], "width": 1.8}}
        )  # fmt: skip
    layout = {
        "title": {"text": "Reward"},
        "xaxis": axis("evaluations", rangemode="tozero", **_whole(len(run.designs))),
        "yaxis": axis("reward"),
    }
    return Picture(key, "Reward of every design and the best so far", traces, layout)


def _hypervolume(run: ReportRun, key: str) -> Picture:
    x, y = zip(*run.hypervolumes, strict=True)
    trace = {
        "type": "scatter", "mode": "lines", "name": "hypervolume", "x": list(x),
        "y": [rounded(one) for one in y],
        "line": {"color": PALETTE[2], "shape": "hv", "width": 2.5},
    }  # fmt: skip
    layout = {
        "title": {"text": "Hypervolume of the front"},
        "xaxis": axis("evaluations", rangemode="tozero", **_whole(len(run.designs))),
        "yaxis": axis("hypervolume (share)", rangemode="tozero"),
    }
    return Picture(key, "Hypervolume over evaluations", [trace], layout)
