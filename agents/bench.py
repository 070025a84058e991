"""Which agent searches best at equal budget: ``python -m agents.bench env=toy``."""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from agents.bench_plots import plot_curves
from agents.bench_scores import can_be_read, found_of
from agents.bench_table import scored, write_tables
from agents.bench_trial import optimum_of, searched
from agents.exits import INTERRUPTED, exit_code
from agents.making import check_agent
from agents.overrides import check_begin, key_and_value, run_with_own
from agents.problems import load_data, problem_of
from agents.rundir import RUNS, tag_of
from agents.saying import say
from agents.trials import Trial, outcomes
from agents.usage import UsageError, settings_from, without_search
from configs import catalog
from envs.problem import Problem

HELP = """\
usage: python -m agents.bench [key=value ...]

Compares agents at equal budget: each searches the same problem, from the same initial designs,
once for each seed. Prints a table and leaves bench.csv, bench.md and bench.png in its folder.

keys
  env=toy                   the problem, as agents.train takes it; so reward.*, dataset=...,
                            any other key of agents.train (agent.* only for a single agent;
                            no store, logger, seed, resume, experiment)
  agents=random,nsga2,tpe   who searches; default: {default}
                            there are: {agents}
  seeds=10                  searches of each agent, seeds 0, 1, ...
  search.budget=500         designs that each may evaluate; known ones cost nothing
  initial=20                random designs of a seed that every agent begins with, but those
                            that go by moves; those that can learn from them hear of them
  workers=2                 processes, one search each; changes no result
  run_dir=PATH              where searches are kept: the same command goes on

options
  --config-dir DIR          a folder of your own files of groups, as agents.train takes it
"""
DEFAULT = (
    "random", "reinforce", "reinforce_paper", "reinforce_mo", "regularized_evolution", "nsga2",
    "tpe", "tpe_mo",
)  # fmt: skip
CHOSEN = ("agent", "seed", "resume", "experiment", "search.workers", "store", "logger")
COUNTS = {"seeds": 10, "search.budget": 500, "initial": 20, "workers": 2}
MOST = {"seeds": 10_000, "search.budget": 10_000_000, "initial": 10_000_000, "workers": 1000}


@dataclass(frozen=True)
class Bench:
    """What is compared.

    Attributes:
        arguments: What `agents.train` would take besides agent, budget and seed.
    """

    agents: tuple[str, ...]
    n_seeds: int
    budget: int
    n_initial: int
    n_workers: int
    arguments: tuple[str, ...]
    run_dir: str | None

    @property
    def trials(self) -> list[Trial]:
        """All searches; those of the first seed come first."""
        name = dict(one.partition("=")[::2] for one in self.arguments).get("env", "nacim")
        return [
            Trial(name, agent, seed, self.budget, self.arguments)
            for seed in range(self.n_seeds)
            for agent in self.agents
        ]

    @property
    def told(self) -> str:
        """How much is compared."""
        return f"{self.budget} designs, {self.n_seeds} seeds"

    @property
    def folder(self) -> Path:
        """Where searches are kept: the same for more seeds and agents."""
        if self.run_dir is not None:
            return Path(self.run_dir)
        plain = without_search(settings_from(self.arguments).model_dump(mode="json", by_alias=True))
        del plain["agent"]
        tag = tag_of([plain, self.n_initial])
        return RUNS / f"bench-{self.trials[0].problem}-{tag}"

    @property
    def searches(self) -> Path:
        """Where they lie in the folder: apart from those that began with more or fewer designs."""
        return self.folder / "searches" / f"initial-{self.n_initial}"

    def check(self) -> Problem:
        """Find out now whether every agent could search; return the problem.

        Raises:
            UsageError: With the reason.
        """
        for trial in self.trials[: len(self.agents)]:
            settings = settings_from(trial.typed)
            if settings.flow.name is not None:
                raise UsageError("flow: has several stages; agents.bench compares single searches")
            problem = problem_of(settings)
            check_agent(settings, problem.space)
        load_data(problem)
        return problem


def bench_of(arguments: Sequence[str]) -> Bench:
    """Read ``key=value`` arguments.

    Raises:
        UsageError: If one is chosen by the benchmark, or no such value.
    """
    typed: dict[str, str] = {}
    for argument in arguments:
        key, value = key_and_value(argument)
        if key in CHOSEN:
            raise UsageError(f"{key}: is chosen by agents.bench; --help shows what can be set")
        check_begin(key, (*COUNTS, "agents"))
        typed[key] = value
    numbers = {key: _count(typed.pop(key, str(default)), key) for key, default in COUNTS.items()}
    agents = _agents(typed.pop("agents", ",".join(DEFAULT)))
    if len(agents) > 1 and (own := [key for key in typed if key.startswith("agent.")]):
        raise UsageError(f"{own[0]}: is of one agent, and there are {len(agents)}")
    run_dir = typed.pop("run_dir", None)
    arguments = tuple(f"{key}={value}" for key, value in typed.items())
    return Bench(
        agents, numbers["seeds"], numbers["search.budget"], numbers["initial"],
        numbers["workers"], arguments, run_dir,
    )  # fmt: skip


def _count(text: str, key: str) -> int:
    least = 0 if key == "initial" else 1
    digits = text.isascii() and text.isdigit() and len(text.lstrip("0")) <= len(str(MOST[key]))
    if not digits or not least <= int(text) <= MOST[key]:
        raise UsageError(f"{key}: needs a whole number from {least} to {MOST[key]:,}, got '{text}'")
    return int(text)


def _agents(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(one.strip() for one in text.strip("[]").split(",")))
    known = catalog.names("agent")
    for name in names:
        if name not in known:
            raise UsageError(f"agents: no '{name}'; {catalog.suggestion(name, known)}")
    return names


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    return exit_code(lambda: run_with_own(typed, _help_text, _run))


def _help_text() -> str:
    return HELP.format(default=",".join(DEFAULT), agents=", ".join(catalog.names("agent")))


def _run(typed: Sequence[str]) -> int:
    bench = bench_of(typed)
    problem = bench.check()
    measure = partial(searched, n_initial=bench.n_initial)
    try:
        told = outcomes(
            bench.trials, measure, bench.searches, bench.n_workers,
            lambda _, found: can_be_read(found, len(problem.objectives)),
        )  # fmt: skip
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; finished searches are kept: the same command goes on\n")
        return INTERRUPTED
    searches = {
        agent: [
            found_of(told[one], len(problem.objectives))
            for one in bench.trials
            if one.agent == agent
        ]
        for agent in bench.agents
    }
    console = Console()
    table = scored(searches, optimum_of(problem, bench.budget))
    for part in table.shown(f"{bench.trials[0].problem}, {bench.told}"):
        console.print(part)
    write_tables(bench.folder, table)
    plot_curves(bench.folder / "bench.png", searches, bench.budget)
    say(console, f"tables, curves, searches: {bench.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
