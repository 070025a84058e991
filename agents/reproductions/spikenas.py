"""SpikeNAS's searches under memory budgets beside SNASNet's: memory of what they find, and time.

Every search scores untrained networks in our engine, SNASNet's too, so that times compare searches
and not programs. Accuracies take CIFAR-10 and a GPU: see the remarks.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.exits import NOT_REACHED
from agents.flow_arguments import folder_of, own_values
from agents.flow_settings import read_summary
from agents.narrow_table import narrow_table
from agents.plain_run import search_to_end
from agents.reproduction import Experiment, Figure, Outcome
from agents.saying import say
from agents.settings import RunSettings
from agents.usage import UsageError, settings_from
from configs import catalog
from envs.budgets import BudgetError

ANCHOR = catalog.read("anchor", "spikenas")
SNASNET = "snasnet"
BUDGETED = "_M"
NEEDED = ("best", "evaluations", "wall_s")  # of a summary
REMARKS = (
    "Asked is what the paper concludes: budgets met, less memory than SNASNet, a faster search.",
    (
        "Memory is that of convolutions, as the paper counts. Which networks SNASNet found is not "
        "printed: percents below it are of its printed size."
    ),
    (
        "Accuracies are not compared: they take CIFAR-10, 300 epochs and a GPU: python -m "
        "agents.train experiment=spikenas_2C2O_M dataset=cifar10 env.training.epochs=300"
    ),
)
PRINTED = {one["macro"]: one for one in ANCHOR["scenarios"]}
SCENARIOS = {  # scenarios of each frame
    "smoke": ("1C2O_M", "2C2O_M", "2C3O_M"),
    "small": tuple(f"{c}C{o}O{m}" for c in (1, 2, 3) for o in (2, 3) for m in (BUDGETED, "")),
}
SCENARIOS["paper"] = SCENARIOS["small"]


@dataclass(frozen=True)
class Study:
    """All searches of a size, those of each frame and SNASNet's of the same frame."""

    scenarios: tuple[str, ...]
    folder: Path

    @cached_property
    def settings(self) -> dict[tuple[str, str], RunSettings]:
        """Of each search, by frame and name."""
        names = {one: f"spikenas_{one}" for one in self.scenarios} | {SNASNET: SNASNET}
        return {
            (macro, name): settings_from(
                [f"experiment={experiment}", f"env.macro={macro}", "env.training.epochs=0"]
            )
            for macro in ANCHOR["budgets"]
            for name, experiment in names.items()
        }

    def place(self, macro: str, name: str) -> Path:
        """Where a search is."""
        return self.folder / f"{macro}-{name}"

    def found(self, macro: str) -> dict[str, Mapping[str, Any]]:
        """Summaries of a frame's searches, by name; none of a budget that no network meets."""
        places = {name: self.place(macro, name) for one, name in self.settings if one == macro}
        return {name: read_summary(at, *NEEDED) for name, at in places.items() if at.is_dir()}


def study_of(arguments: Sequence[str]) -> Study:
    """Read ``search=`` and ``run_dir=``.

    Raises:
        UsageError: If there is another key, or no such size.
    """
    typed = own_values(arguments)
    scenarios = SCENARIOS[typed["search"]]
    return Study(scenarios, folder_of("spikenas", typed.get("run_dir"), list(scenarios)))


def run(arguments: Sequence[str]) -> int:
    """Search, or go on searching, and print the table; 1 if a claim is not reached.

    Raises:
        UsageError: If the arguments make no study.
    """
    study, console = study_of(arguments), Console()
    for (macro, name), settings in study.settings.items():
        console.rule(f"spikenas: {macro}, {name}", characters="-")
        try:
            code = search_to_end(settings, study.place(macro, name))
        except UsageError as error:
            if not isinstance(error.__cause__, BudgetError):
                raise
            sys.stderr.write(f"spikenas: {macro}, {name}: {error}\n")
            continue
        if code:
            sys.stderr.write("spikenas: stopped; the same command goes on\n")
            return code
    console.print(_table(study))
    told = outcome(arguments)
    say(console, f"{told.n_met} of {len(told.asked)} claims reached\nruns: {study.folder}")
    return 0 if told.n_met == len(told.asked) else NOT_REACHED


def outcome(arguments: Sequence[str]) -> Outcome:
    """Memory and time beside the printed ones.

    Raises:
        UsageError: If the searches of these arguments are not finished.
    """
    study = study_of(arguments)
    n_budgeted = sum(name.endswith(BUDGETED) for name in study.scenarios)
    figures = [
        one
        for macro in ANCHOR["budgets"]
        for one in _figures(macro, study.found(macro), n_budgeted)
    ]
    return Outcome(
        figures,
        {"experiments": list(study.scenarios), "frames": ANCHOR["budgets"]},
        REMARKS,
    )


def _figures(
    macro: str, found: Mapping[str, Mapping[str, Any]], n_budgeted: int
) -> Iterator[Figure]:
    budget, printed = ANCHOR["budgets"][macro], PRINTED[macro]
    theirs = budget * (1 + ANCHOR["snasnet_over_budget_percent"][macro] / 100)
    sizes = {name: _size(one) for name, one in found.items() if name != SNASNET}
    within = [size <= budget for name, size in sizes.items() if name.endswith(BUDGETED)]
    chosen = printed["scenario"]
    yield Figure(
        f"{macro}: scenarios within the budget of {budget / 1e6:g} million parameters", "",
        None, sum(within), least=n_budgeted,
    )  # fmt: skip
    for what, base in (("budget", budget), ("snasnet", theirs)):
        name = {"budget": "the budget", "snasnet": "SNASNet"}[what]
        yield Figure(
            f"{macro}, {chosen}: memory below {name}", "%", printed[f"below_{what}_percent"],
            _below(sizes[chosen], base), least=0.0,
        )  # fmt: skip
    yield Figure(
        f"{macro}: most memory below SNASNet, of any scenario", "%",
        ANCHOR["most_below_snasnet_percent"][macro], _below(min(sizes.values()), theirs),
    )  # fmt: skip
    yield Figure(
        f"{macro}, {chosen}: times faster than SNASNet's search", "x", printed["times_faster"],
        found[SNASNET]["wall_s"] / found[chosen]["wall_s"], least=1.0,
        note=f"{found[SNASNET]['evaluations']} networks scored, {found[chosen]['evaluations']}",
    )  # fmt: skip


def _below(size: float, base: float) -> float:
    return 100 * (1 - size / base)


def _size(summary: Mapping[str, Any]) -> float:
    """Parameters of the best network, as the paper counts them."""
    return float(summary["best"]["metrics"]["n_parameters"])


def _table(study: Study) -> Table:
    table = narrow_table(
        "SpikeNAS: searches under memory budgets, and SNASNet's",
        ("frame", "search", "networks\nscored", "search\ns", "parameters\nmillions"),
        n_names=2,
    )
    for macro in ANCHOR["budgets"]:
        for name, one in study.found(macro).items():
            table.add_row(
                macro, name, f"{one['evaluations']:,}", f"{one['wall_s']:.2f}",
                f"{_size(one) / 1e6:.3f}",
            )  # fmt: skip
    return table


SPIKENAS = Experiment("spikenas", ANCHOR["source"], run, outcome)
