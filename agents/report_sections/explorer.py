"""All designs as one table of columns, which the page draws, filters and tells on a click."""

from collections import Counter
from typing import Any

from agents.outcome import NUMBER
from agents.report_sections.markup import Section, paragraph, table
from agents.report_sections.quantities import percent, rounded
from agents.report_sections.runs import ReportRun, is_maximized

MOST_REASONS = 12
LONGEST = 60  # signs of a choice that is told by itself


def designs_of(run: ReportRun) -> dict[str, Any]:
    """The columns of all designs, and what each one chose."""
    on_front = {one.number for one in run.front}
    reasons = list(dict.fromkeys(one.evaluation.infeasible for one in run.designs))
    return {
        "n": len(run.designs),
        "columns": [*_objectives(run), *_own(run), *_further(run)],
        "decisions": _decisions(run),
        "front": [i for i, one in enumerate(run.designs) if one.number in on_front],
        "chosen": [{"label": one.label, "index": one.design.number - 1} for one in run.chosen],
        "reasons": reasons,
        "reason": [reasons.index(one.evaluation.infeasible) for one in run.designs],
    }


def explorer_section(run: ReportRun, key: str) -> Section:
    """Where the page puts its explorer."""
    front, n = len(run.front), len(run.designs)
    words = (
        f"{front} of {n:,} designs are on the Pareto front: no other design is at least as good in "
        "every objective and better in one. Point at a design to read it, click it to keep it. "
        "The filters hold for all three pictures; drag along an axis of the parallel coordinates "
        "to filter by a range."
    )
    return Section(key, "Designs", f'{paragraph(words)}<div class="explorer"></div>')


def refused_section(run: ReportRun, key: str) -> Section | None:
    """Why designs were refused; none if none was."""
    reasons = [one.evaluation.infeasible for one in run.designs if one.evaluation.infeasible]
    if not reasons:
        return None
    kinds = Counter(NUMBER.sub("#", reason) for reason in reasons)
    examples: dict[str, str] = {}
    for reason in reasons:
        examples.setdefault(NUMBER.sub("#", reason), reason)
    rows = [
        (examples[kind], f"{n:,}", percent(n / len(run.designs)))
        for kind, n in kinds.most_common(MOST_REASONS)
    ]
    words = (
        f"{len(reasons):,} of {len(run.designs):,} designs cannot be, or break a bound. Reasons "
        "that differ in numbers only are counted together."
    )
    return Section(
        key,
        "Infeasible designs",
        paragraph(words) + table(("reason (one example)", "designs", "share of all"), rows),
    )


def _objectives(run: ReportRun) -> list[dict[str, Any]]:
    return [
        _column(run, one.metric, "more" if is_maximized(one) else "less") for one in run.objectives
    ]


def _further(run: ReportRun) -> list[dict[str, Any]]:
    known = {one.metric for one in run.objectives}
    return [_column(run, name, None) for name in run.metrics if name not in known]


def _own(run: ReportRun) -> list[dict[str, Any]]:
    return [
        {
            "key": "reward", "label": "reward", "unit": "", "better": "more",
            "values": [rounded(one.reward) for one in run.designs],
        },
        {
            "key": "number", "label": "evaluation", "unit": "", "better": None,
            "values": [one.number for one in run.designs],
        },
    ]  # fmt: skip


def _column(run: ReportRun, metric: str, better: str | None) -> dict[str, Any]:
    kind = run.quantity(metric)
    values = [one.evaluation.metrics.get(metric) for one in run.designs]
    return {
        "key": metric,
        "label": kind.title,
        "unit": kind.unit,
        "better": better,
        "values": [None if value is None else kind.shown(value) for value in values],
    }


def _decisions(run: ReportRun) -> list[dict[str, Any]]:
    """What each design chose: numbers of the choices, in the order of the space or of coming."""
    listed = {one.name: [str(choice) for choice in one.choices] for one in run.decisions}
    found = []
    for name in run.designs[0].evaluation.choices:
        taken = [str(one.evaluation.choices.get(name, "")) for one in run.designs]
        choices = list(dict.fromkeys([*listed.get(name, []), *taken]))
        codes = {choice: i for i, choice in enumerate(choices)}
        found.append(
            {"name": name, "choices": choices, "codes": [codes[choice] for choice in taken]}
        )
    return found
