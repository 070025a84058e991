"""The top of a run's report: what was searched, and what was found."""

from collections.abc import Iterator

from agents.outcome import by_layer
from agents.report_sections.markup import Section, folded, paragraph, table, text
from agents.report_sections.quantities import duration, number, quantity
from agents.report_sections.runs import ReportRun, is_maximized
from agents.targets import wanted_targets
from envs.evaluation import Metrics
from envs.further_objectives import maximized_of
from envs.objectives import Constraint


def overview_section(run: ReportRun, key: str) -> Section:
    """Figures at a glance, objectives, bounds and targets, and the designs that were chosen."""
    body = _cards(run) + paragraph(_story(run)) + _bounds(run) + _chosen(run)
    return Section(key, "Overview", body)


def _cards(run: ReportRun) -> str:
    cards = "".join(
        f'<div class="card"><div class="value">{text(value)}</div>'
        f'<div class="name">{text(name)}</div></div>'
        for name, value in _figures(run)
    )
    return f'<div class="cards">{cards}</div>'


def _figures(run: ReportRun) -> Iterator[tuple[str, str]]:
    if run.best is not None:
        yield "best reward", number(run.best.reward)
        for one in run.objectives:
            value = run.best.evaluation.metrics[one.metric]
            kind = run.quantity(one.metric)
            yield f"{kind.title}, best design", kind.told(value)
    yield "designs evaluated", f"{len(run.designs):,}"
    yield "feasible", f"{len(run.feasible):,}"
    yield "on the Pareto front", f"{len(run.front):,}"
    yield "hypervolume (1 is all)", number(run.hypervolumes[-1][1])
    if "wall_s" in run.summary:
        yield "time of the search", duration(run.summary["wall_s"])


def _story(run: ReportRun) -> str:
    settings, n_open = run.settings, run.problem.space.n_decisions
    budget = run.summary.get("budget") or settings.search.budget
    told = (
        f"The agent {settings.agent.name} searched env={settings.env.name} "
        f"({n_open} decisions, seed {settings.seed})"
    )
    told += f" with a budget of {budget:,} designs" if budget else ""
    n_again = len(run.history.proposals) - len(run.designs)
    told += f"; {n_again:,} of its proposals were known already" if n_again > 0 else ""
    if not run.summary:
        return f"{told}. The run has not ended: this is what it has found so far."
    return f"{told}. It ended {_when(run.summary.get('finished', ''))}."


def _when(finished: str) -> str:
    """A time as people write it: ``2026-11-21 21:02 UTC``."""
    day, _, clock = finished.partition("T")
    return f"{day} {clock[:5]} UTC" if clock else finished


def _bounds(run: ReportRun) -> str:
    """Objectives with their references, bounds and targets; each with what the best design has."""
    best: Metrics = run.best.evaluation.metrics if run.best else {}
    rows = [
        (
            run.quantity(one.metric).title,
            "more is better" if is_maximized(one) else "less is better",
            ""
            if is_maximized(one)
            else f"{quantity(one.metric, [one.reference]).told(one.reference)} counts as 1",
            run.quantity(one.metric).told(best[one.metric]) if best else "",
        )
        for one in run.objectives
    ]
    bounds = run.settings.constraints.as_constraints(maximized_of(run.problem.evaluator))
    targets = [Constraint(*one) for one in wanted_targets(run.settings).items()]
    rows += [
        (run.quantity(one.metric).title, kind, _told(one), _held(run, one, best))
        for kind, limits in (("bound", bounds), ("target", targets))
        for one in limits
    ]
    titles = ("metric", "kind", "value", "best design")
    return table(titles, rows, n_left=4, caption="Objectives, bounds and targets")


def _told(bound: Constraint) -> str:
    is_floor = bound.violation({bound.metric: -1e300}) is not None
    sign = "at least" if is_floor else "at most"
    return f"{sign} {quantity(bound.metric, [bound.bound]).told(bound.bound)}"


def _held(run: ReportRun, bound: Constraint, best: Metrics) -> str:
    if bound.metric not in best:
        return ""
    value = run.quantity(bound.metric).told(best[bound.metric])
    return f"{value}, {'missed' if bound.violation(best) else 'met'}"


def _chosen(run: ReportRun) -> str:
    """The chosen designs side by side: metrics, and what they chose behind a fold."""
    if not run.chosen:
        return paragraph("No design is feasible, so there is no best one.", "warning")
    names = [one.metric for one in run.objectives]
    rows = [
        (
            one.why,
            f"#{one.design.number}",
            number(one.design.reward),
            *(run.quantity(name).told(one.design.evaluation.metrics[name]) for name in names),
        )
        for one in run.chosen
    ]
    titles = ("chosen for", "evaluation", "reward", *(run.quantity(name).title for name in names))
    told = table(titles, rows, caption="Chosen designs, told in detail below")
    best = run.chosen[0].design
    choices = table(("part", "choices"), by_layer(dict(best.evaluation.choices)).items(), n_left=2)
    return told + folded("What the design of the best reward chose", choices)
