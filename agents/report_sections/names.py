"""What each device, or another choice of a name, has led to."""

from typing import Any

from agents.by_choice import named_decisions, rows_of
from agents.report_sections.markup import PALETTE, Picture, Section, axis, table, text
from agents.report_sections.quantities import number, rounded
from agents.report_sections.runs import ReportRun
from envs.space import Decision

MOST_NAMES = 3  # decisions between names that are told by themselves
FEWEST_IN_BOX = 5  # designs below which a choice has points and no box
BARE: dict[str, Any] = {"line": {"width": 0}, "fillcolor": "rgba(0,0,0,0)"}  # points alone


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
        drawn, size, jitter = ({}, 4, 0.5) if len(ours) >= FEWEST_IN_BOX else (BARE, 7, 0)
        traces.append(
            drawn
            | {
                "type": "box", "name": text(choice), "y": [rounded(one) for one in values],
                "boxpoints": "all" if len(ours) <= 200 else "outliers", "jitter": jitter,  # noqa: PLR2004
                "pointpos": 0, "marker": {"color": PALETTE[i % len(PALETTE)], "size": size},
                "text": [f"#{number(one.number)}" for one in ours], "showlegend": False,
            }
        )  # fmt: skip
    layout = {
        "yaxis": axis(kind.label),
        "xaxis": {"automargin": True, "type": "category"},
    }
    return Picture(key, f"{kind.title} of the designs by {decision.name}", traces, layout, 340)
