"""The table of a benchmark: in the terminal, as CSV and as Markdown."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from agents.bench_scores import (
    MEASURES,
    TESTED,
    Found,
    intervals,
    measured,
    p_values,
    union_front,
)  # fmt: skip
from agents.bootstrap import Interval
from agents.narrow_table import narrow_table
from configs.whole_file import replace_text

BASELINE = "random"
BEST = "best"
TABLES = {  # narrow ones: measures, those of the first with tests
    "reward": ("best reward", "regret"),
    "front": ("hypervolume", "IGD+"),
    "besides": ("expected utility",),
}
Tests = Mapping[str, Mapping[str, float]]  # p of each agent, by whom it is compared with


@dataclass(frozen=True)
class BenchTable:
    """Measures and tests of agents.

    Attributes:
        measures: By agent and measure.
        tests: By measure: whether an agent differs from random search, and from the best one.
        wall_s: Mean time of a search, by agent.
        proposals: Mean number, those of known designs too.
    """

    measures: Mapping[str, Mapping[str, Interval]]
    tests: Mapping[str, Tests]
    wall_s: Mapping[str, float]
    proposals: Mapping[str, float]

    def part(self, names: Sequence[str]) -> tuple[list[str], list[list[str]]]:
        """Headings and rows of some measures, the best agent of the first one at the top."""
        known = [name for name in names if name in next(iter(self.measures.values()))]
        tests = self.tests.get(known[0], {})
        rows = []
        for agent in self._ranked(known[0]):
            told = [_told(self.measures[agent][name]) for name in known]
            p = [f"{one[agent]:.2g}" if agent in one else "" for one in tests.values()]
            rows.append([agent, told[0], *p, *told[1:]])
        return ["agent", known[0], *(f"p {one}" for one in tests), *known[1:]], rows

    def _ranked(self, name: str) -> list[str]:
        sign = -1 if MEASURES[name] else 1
        return sorted(self.measures, key=lambda agent: sign * self.measures[agent][name].value)

    def parts(self) -> dict[str, tuple[list[str], list[list[str]]]]:
        """The tables: of reward, of the front, and what there is besides."""
        found = {title: self.part(names) for title, names in TABLES.items()}
        columns, rows = found["besides"]
        columns += ["proposals", "s a search"]
        for row in rows:
            row += [f"{self.proposals[row[0]]:,.0f}", f"{self.wall_s[row[0]]:.1f}"]
        return found

    def shown(self, title: str) -> list[Table]:
        """For a terminal."""
        tables = []
        for name, (columns, rows) in self.parts().items():
            tables.append(narrow_table(f"{title}: {name}", columns))
            for row in rows:
                tables[-1].add_row(*row)
        return tables


def scored(searches: Mapping[str, Sequence[Found]], optimum: float | None) -> BenchTable:
    """Measure all searches; the front of IGD+ is that of all of them together."""
    union = union_front([one for found in searches.values() for one in found])
    single = {
        agent: [measured(one, union, optimum) for one in found] for agent, found in searches.items()
    }
    return BenchTable(
        {agent: intervals(found) for agent, found in single.items()},
        {name: _tests(single, name) for name in TESTED},
        {agent: float(np.mean([one.wall_s for one in found])) for agent, found in searches.items()},
        {a: float(np.mean([one.n_proposals for one in found])) for a, found in searches.items()},
    )


def _tests(single: Mapping[str, Sequence[Mapping[str, float]]], name: str) -> Tests:
    values = {agent: [one[name] for one in found] for agent, found in single.items()}
    if len(values) == 1 or len(next(iter(values.values()))) == 1:
        return {}
    best = max(values, key=lambda agent: float(np.mean(values[agent])))
    against = {BASELINE: BASELINE, BEST: best} if BASELINE in values else {BEST: best}
    return {told: p_values(values, agent) for told, agent in against.items()}


def write_tables(folder: Path, table: BenchTable) -> None:
    """Write ``bench.csv``, with bounds in columns of their own, and ``bench.md``."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = list(next(iter(table.measures.values())))
    bounds = [f"{name}{end}" for name in names for end in ("", " low", " high")]
    tests = [(name, told) for name, by in table.tests.items() for told in by]
    told_tests = [f"{name}: p against {told}" for name, told in tests]
    writer.writerow(["agent", *bounds, *told_tests, "proposals", "wall_s"])
    for agent, values in table.measures.items():
        cells = [x for one in values.values() for x in (one.value, one.low, one.high)]
        p = [table.tests[name][told].get(agent, "") for name, told in tests]
        writer.writerow([agent, *cells, *p, table.proposals[agent], table.wall_s[agent]])
    replace_text(folder / "bench.csv", text.getvalue())
    replace_text(folder / "bench.md", "\n".join(map(_markdown, table.parts().values())))


def _markdown(part: tuple[list[str], list[list[str]]]) -> str:
    columns, rows = part
    return "".join(f"| {' | '.join(row)} |\n" for row in [columns, ["---"] * len(columns), *rows])


def _told(one: Interval) -> str:
    bounds = "" if np.isnan(one.low) else f" [{one.low:.4f}, {one.high:.4f}]"
    return f"{one.value:.4f}{bounds}"
