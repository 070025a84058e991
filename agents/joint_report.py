"""Tables, picture and files of a comparison of the joint search with network first."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.bootstrap import Interval
from agents.exits import NOT_REACHED
from agents.joint_comparison import ALL, Found, Gain, gains_of
from agents.joint_stages import Stages
from agents.narrow_table import narrow_table
from agents.rundir import versions
from agents.saying import say
from configs.whole_file import replace_text
from envs.problem import Problem

PICTURE, SUMMARY, FIGURES, CURVES = "hypervolume.png", "summary.json", "seeds.csv", "curves.csv"


@dataclass(frozen=True)
class Ways:
    """What is compared, and where its runs are.

    Attributes:
        problem: Of the joint search: its references and its reward judge all designs.
        stages: Of the first seed.
        places: By way, the joint one first: the runs of each seed.
    """

    problem: Problem
    stages: Stages
    folder: Path
    places: Mapping[str, Sequence[Sequence[Path]]]

    def found(self) -> dict[str, list[Found]]:
        """What every way has found with every seed.

        Raises:
            UsageError: If a run cannot be read.
        """
        budget = self.stages.budget
        return {
            way: [Found.of(self.problem, runs, budget) for runs in seeds]
            for way, seeds in self.places.items()
        }


def report(ways: Ways, console: Console) -> int:
    """Print what was found, and write it; return the exit code.

    Raises:
        UsageError: If a run cannot be read.
    """
    from agents.joint_plots import plot_ways  # noqa: PLC0415 (loads matplotlib)

    found = ways.found()
    (_, joint), *others = found.items()
    gains = {way: gains_of(joint, other) for way, other in others}
    _write(ways, found, gains)
    title = f"{ways.stages.budget} designs by {_agent(ways)}, {len(joint)} seeds"
    plot_ways(ways.folder / PICTURE, found, ways.stages.n_first, title)
    for way, of_way in gains.items():
        console.print(_gains_table(f"joint beside {way}:\n{title}, mean [95 %]", of_way))
    console.print(_found_table(found))
    for way, of_way in gains.items():
        one = of_way[ALL]
        told = f"hypervolume, joint less {way}: {one.difference.told()}: {one.verdict}"
        say(console, told)
    where = f"runs, figures and {PICTURE}: {ways.folder}"
    say(console, where)
    return 0 if all(one[ALL].is_reached for one in gains.values()) else NOT_REACHED


def _agent(ways: Ways) -> str:
    return str(ways.stages.settings.agent.name)


def _gains_table(title: str, gains: Mapping[str, Gain]) -> Table:
    columns = ("", "joint", "network\nfirst", "difference", "seeds\nahead")
    table = narrow_table(title, columns)
    for name, one in gains.items():
        told = [_told(value) for value in (one.joint, one.other, one.difference)]
        table.add_row(name, *told, f"{one.n_ahead} of {one.n_seeds}")
    return table


def _told(one: Interval) -> str:
    bounds = "" if np.isnan(one.low) else f"\n[{one.low:.4f}, {one.high:.4f}]"
    return f"{one.value:.4f}{bounds}"


def _found_table(found: Mapping[str, Sequence[Found]]) -> Table:
    columns = ("", "designs", "feasible", "searches\ntook, s")
    table = narrow_table(
        "what it took; supernets are trained once a seed, and not counted", columns
    )
    for way, seeds in found.items():
        means = (np.mean([getattr(one, name) for one in seeds]) for name in _TOOK)
        table.add_row(way, *(f"{value:.4g}" for value in means))
    return table


_TOOK = ("n_designs", "n_feasible", "wall_s")


def _write(
    ways: Ways, found: Mapping[str, Sequence[Found]], gains: Mapping[str, Mapping[str, Gain]]
) -> None:
    references = {one.metric: one.reference for one in ways.problem.objectives}
    content = {
        "budget": ways.stages.budget,
        "first_share": ways.stages.first_share,
        "agent": ways.stages.settings.agent.model_dump(mode="json"),
        "references": references,
        "gains": {
            way: {name: {**asdict(one), "verdict": one.verdict} for name, one in of_way.items()}
            for way, of_way in gains.items()
        },
        "seeds": {way: [one.plain() for one in seeds] for way, seeds in found.items()},
        "versions": versions(),
    }
    text = json.dumps(_without_nan(content), indent=2) + "\n"
    replace_text(ways.folder / SUMMARY, text)
    each = [(way, i, one) for way, seeds in found.items() for i, one in enumerate(seeds)]
    took = [{name: getattr(one, name) for name in _TOOK} for _, _, one in each]
    figures = [
        {"way": way, "seed": i, **one.figures, **more}
        for (way, i, one), more in zip(each, took, strict=True)
    ]
    curves = [
        {"way": way, "seed": i, "designs": n, ALL: value}
        for way, i, one in each
        for n, value in enumerate(one.curve.tolist(), 1)
    ]
    _write_rows(ways.folder / FIGURES, figures)
    _write_rows(ways.folder / CURVES, curves)


def _without_nan(content: object) -> object:
    """Plain data with None where JSON has no number."""
    if isinstance(content, Mapping):
        return {key: _without_nan(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_without_nan(value) for value in content]
    return None if isinstance(content, float) and np.isnan(content) else content


def _write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
