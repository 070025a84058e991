"""Several runs as one: the front of all their designs, and who is best in each objective."""

from collections.abc import Sequence

import numpy as np

from agents.judged import Judged
from agents.report_sections.markup import Section, paragraph, table
from agents.report_sections.quantities import number, quantity
from agents.report_sections.runs import ReportRun
from envs.pareto import front
from envs.store import digest

MOST_ROWS = 100  # of the union front on the page


def union_section(runs: Sequence[ReportRun], key: str) -> Section:
    """The best design of all runs in each objective, and the front of all their designs."""
    best = [(name, run.name, f"#{one.number}", _value(one, name)) for name, run, one in bests(runs)]
    union = union_front(runs)
    names = [one.metric for one in runs[0].objectives]
    rows = [
        (run.name, f"#{one.number}", number(one.reward), *(_value(one, name) for name in names))
        for run, one in sorted(union, key=lambda item: -item[1].reward)[:MOST_ROWS]
    ]
    titles = ("run", "design", "reward", *(quantity(name, ()).title for name in names))
    share = {run.name: sum(other is run for other, _ in union) for run in runs}
    told = ", ".join(f"{n} of {name}" for name, n in share.items() if n)
    body = (
        paragraph("The best design of all runs in each objective:")
        + table(("objective", "run", "design", "best"), _titled(best), n_left=2)
        + paragraph(f"No design of any run dominates these {len(union)}: {told}.")
        + table(titles, rows, n_left=1)
    )
    return Section(key, "All runs as one", body)


def _titled(best: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(quantity(name, ()).title, *rest) for name, *rest in best]


def _value(one: Judged, metric: str) -> str:
    value = one.evaluation.metrics[metric]
    return quantity(metric, [value]).told(value)


def union_front(runs: Sequence[ReportRun]) -> list[tuple[ReportRun, Judged]]:
    """What no design of any search dominates; a design that several have found counts once."""
    every = [(run, one) for run in runs for one in run.front]
    if not every:
        return []
    losses = np.concatenate([run.problem.losses(one.evaluation)[None] for run, one in every])
    found, seen = [], set()
    for (run, one), is_on in zip(every, front(losses), strict=True):
        key = digest(dict(one.evaluation.choices))
        if is_on and key not in seen:
            seen.add(key)
            found.append((run, one))
    return found


def bests(runs: Sequence[ReportRun]) -> list[tuple[str, ReportRun, Judged]]:
    """For each objective the design of all searches that is best in it."""
    every = [(run, one) for run in runs for one in run.feasible]
    found = []
    for objective in runs[0].objectives if runs else ():
        measured = [item for item in every if objective.metric in item[1].evaluation.metrics]
        if measured:
            run, one = min(measured, key=lambda item: objective.loss(item[1].evaluation.metrics))
            found.append((objective.metric, run, one))
    return found
