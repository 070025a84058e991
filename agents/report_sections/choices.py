"""What was proposed as the search went on, and what each device or other name has led to."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.by_choice import named_decisions, rows_of
from agents.probabilities import read_probabilities
from agents.report_sections.markup import (
    PALE_TO_DARK,
    PALETTE,
    Picture,
    Section,
    axis,
    paragraph,
    table,
    text,
)
from agents.report_sections.quantities import number, rounded
from agents.report_sections.runs import ReportRun
from envs.space import Decision

N_STRETCHES = 40  # of time, at most
FEWEST = 8  # proposals in each
MOST_ROWS = 8  # decisions that are drawn at first, those that changed most
MOST_NAMES = 3  # decisions between names that are told by themselves
Floats = NDArray[np.float64]


def choices_section(run: ReportRun, key: str) -> Section | None:
    """Probabilities of the policy where the run kept them, else shares of what was proposed."""
    if not run.decisions:
        return None
    kept = kept_probabilities(run)
    found = kept or proposed_shares(run)
    if found is None:
        return None
    at, by_decision = found
    names = sorted(by_decision, key=lambda name: -_change(by_decision[name]))
    decisions = {one.name: one for one in run.decisions}
    pictures = tuple(
        _picture(f"{key}-{i}", decisions[name], at, by_decision[name], is_kept=kept is not None)
        for i, name in enumerate(names)
    )
    first, others = pictures[:MOST_ROWS], pictures[MOST_ROWS:]
    body = paragraph(_words(is_kept=kept is not None)) + _grid(first)
    if others:
        body += (
            f"<details><summary>{len(others)} more decisions, which changed less</summary>"
            f"{_grid(others)}</details>"
        )
    title = "Action probabilities" if kept else "What was proposed"
    return Section(key, title, body, pictures)


def kept_probabilities(run: ReportRun) -> tuple[list[int], dict[str, Floats]] | None:
    """Evaluations, and the probabilities of each decision's choices then, (choices, times)."""
    records = read_probabilities(run.path)
    n_choices = [len(one.choices) for one in run.problem.space.open]
    records = {n: rows for n, rows in records.items() if [*map(len, rows)] == n_choices}
    if not records:
        return None
    times = _thinned(sorted(records))
    found = {
        one.name: np.array([records[n][i] for n in times]).T
        for i, one in enumerate(run.problem.space.open)
    }
    return times, found


def proposed_shares(run: ReportRun) -> tuple[list[int], dict[str, Floats]] | None:
    """Proposals in stretches of time, and the share of each choice in each stretch."""
    proposals = run.history.proposals
    n = min(N_STRETCHES, len(proposals) // FEWEST)
    if n < 2:  # noqa: PLR2004 (one stretch is no course)
        return None
    ends = np.linspace(0, len(proposals), n + 1).round().astype(int)
    found = {}
    for one in run.decisions:
        codes = np.array(
            [_code(one, run.designs[i].evaluation.choices.get(one.name)) for i in proposals]
        )
        found[one.name] = np.array(
            [
                [float((codes[a:b] == choice).mean()) for a, b in pairwise(ends)]
                for choice in range(len(one.choices))
            ]
        )
    return ends[1:].tolist(), found


def names_section(run: ReportRun, key: str) -> Section | None:
    """A table of each device, or of another choice of a name, and how accurate its designs are."""
    decisions = named_decisions(run.problem.space)[:MOST_NAMES]
    if not decisions:
        return None
    pictures = tuple(_boxes(run, one, f"{key}-{i}") for i, one in enumerate(decisions))
    body = "".join(
        _names_table(run, one) + picture.place
        for one, picture in zip(decisions, pictures, strict=True)
    )
    is_device = any(one.group == "device" for one in decisions)
    return Section(key, "By device" if is_device else "By name", body, pictures)


def _code(decision: Decision, choice: Any) -> int:  # noqa: ANN401 (of a decision)
    return decision.choices.index(choice) if choice in decision.choices else -1


def _thinned(times: list[int]) -> list[int]:
    kept = np.linspace(0, len(times) - 1, min(len(times), N_STRETCHES)).round().astype(int)
    return [times[i] for i in kept.tolist()]


def _change(shares: Floats) -> float:
    """How far apart the first and the last fifth are."""
    n = max(1, shares.shape[1] // 5)
    first, last = shares[:, :n].mean(axis=1), shares[:, -n:].mean(axis=1)
    return float(np.abs(first - last).sum())


def _words(*, is_kept: bool) -> str:
    order = "Decisions that changed most come first."
    if is_kept:
        return f"How probable the policy held each choice, over the search. {order}"
    return (
        "The run kept no probabilities: its agent has no policy over decisions, or an older "
        "version ran it. Shown is instead the share of each choice among the designs that the "
        f"agent proposed, in equal stretches of the search. {order}"
    )


def _grid(pictures: Sequence[Picture]) -> str:
    return f'<div class="four">{"".join(one.place for one in pictures)}</div>'


def _picture(
    key: str, decision: Decision, at: list[int], shares: Floats, *, is_kept: bool
) -> Picture:
    what = "probability" if is_kept else "share"
    trace = {
        "type": "heatmap",
        "x": at,
        "y": [text(choice) for choice in decision.choices],
        "z": np.round(shares, 3).tolist(),
        "zmin": 0,
        "zmax": 1,
        "colorscale": PALE_TO_DARK,
        "showscale": False,
        "hovertemplate": f"%{{y}}<br>{what} %{{z:.0%}}<br>at %{{x}}<extra></extra>",
    }
    layout = {
        "title": {"text": text(decision.name)},
        "xaxis": axis("evaluations" if is_kept else "proposals", showgrid=False),
        "yaxis": {"type": "category", "showgrid": False, "automargin": True},
        "margin": {"t": 34, "b": 40, "l": 30, "r": 10},
    }
    about = f"{what} of each choice of {decision.name} over the search"
    return Picture(key, about, [trace], layout, 130 + 16 * len(decision.choices), is_small=True)


def _names_table(run: ReportRun, decision: Decision) -> str:
    evaluations = [one.evaluation for one in run.designs]
    rows = rows_of(run.problem, decision, evaluations, [one.evaluation for one in run.front])
    quality = run.quantity(run.objectives[0].metric)
    costs = list(dict.fromkeys(name for row in rows for name in row.medians))
    told = [
        (
            row.choice,
            f"{row.n_feasible} of {row.n_designs}",
            row.n_front,
            "" if row.best is None else quality.told(row.best),
            *(run.quantity(c).told(row.medians[c]) if c in row.medians else "" for c in costs),
        )
        for row in rows
    ]
    medians = (f"median {run.quantity(cost).title}" for cost in costs)
    titles = (decision.name, "feasible", "on the front", f"highest {quality.title}", *medians)
    return table(titles, told)


def _boxes(run: ReportRun, decision: Decision, key: str) -> Picture:
    """Every feasible design by its choice: quality, and the cost, on two axes."""
    quality = run.objectives[0].metric
    kind = run.quantity(quality)
    traces = []
    for i, choice in enumerate(decision.choices):
        ours = [one for one in run.feasible if one.evaluation.choices.get(decision.name) == choice]
        values = [kind.shown(one.evaluation.metrics[quality]) for one in ours]
        traces.append(
            {
                "type": "box", "name": text(choice), "y": [rounded(one) for one in values],
                "boxpoints": "all" if len(ours) <= 200 else "outliers", "jitter": 0.5,  # noqa: PLR2004
                "pointpos": 0, "marker": {"color": PALETTE[i % len(PALETTE)], "size": 4},
                "text": [f"#{number(one.number)}" for one in ours], "showlegend": False,
            }
        )  # fmt: skip
    layout = {
        "yaxis": axis(kind.label),
        "xaxis": {"automargin": True, "type": "category"},
    }
    return Picture(key, f"{kind.title} of the designs by {decision.name}", traces, layout, 340)
