"""What Table III of ANCoEF compares: its searches, and the one that teaches `qlearning-learnt`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.anas_comparison import PUBLISHED
from agents.command import command
from agents.exits import same_signals
from agents.flow_arguments import count_of, own_values
from agents.rundir import RUNS, RunDirectory, how_to_continue, tag_of
from agents.trials import Trial
from agents.usage import UsageError
from configs import catalog

EDP = (  # p = q on latency and energy: R rises as the energy-delay product falls
    *(f"reward.{w}.{cost}=-0.07" for w in ("p", "q") for cost in ("latency", "energy")),
    *(f"reward.{w}.area=0" for w in ("p", "q")),
)
LENGTHS = {  # simulations, seeds, workloads
    "smoke": (20, 2, ("s256",)),
    "small": (100, 10, ("s256", "s512", "s1024", "s2048")),
    "paper": (300, 10, ("s256", "s512", "s1024", "s2048")),
}
LEARNT = "qlearning-learnt"
VARIANTS = {  # what forecasts give, and what Q-learning does
    "qlearning-plain": ("agent.n_imagined=0",),
    "annealing-forecast": ("agent.n_imagined=128",),
}
AGENTS = ("anas", "qlearning", "qlearning-plain", LEARNT, "annealing", "annealing-forecast")
LEARNT_ON, LEARNT_IN = "mlp_mnist", 100  # a network of none of the rows, and simulations


@dataclass(frozen=True)
class Study:
    """What is searched how often."""

    budget: int
    n_seeds: int
    workloads: tuple[str, ...]
    agents: tuple[str, ...]
    n_workers: int
    run_dir: str | None

    def trials(self) -> list[Trial]:
        """All searches; those of the first seed come first."""
        return [
            Trial(workload, agent, seed, self.budget, self._arguments(workload, agent))
            for seed in range(self.n_seeds)
            for workload in self.workloads
            for agent in self.agents
        ]

    def _arguments(self, workload: str, agent: str) -> tuple[str, ...]:
        begins = (f"agent.init={self.learnt}",) if agent == LEARNT else ()
        return (*_arguments(workload), *VARIANTS.get(agent, ()), *begins)

    @property
    def learnt(self) -> Path:
        """The run whose values of moves are taken over."""
        return self.folder / f"learnt-{LEARNT_ON}-{self.n_learnt}"

    @property
    def n_learnt(self) -> int:
        """Simulations of that run."""
        return min(LEARNT_IN, self.budget)

    def learn(self) -> int:
        """Do that run, or what is left of it; return its exit code, 0 if it is whole."""
        if LEARNT not in self.agents or (self.learnt / "summary.json").is_file():
            return 0
        own = ("agent=qlearning", f"search.budget={self.n_learnt}", f"run_dir={self.learnt}")
        is_begun = (self.learnt / "config.yaml").is_file()
        with same_signals():
            return command(
                [f"resume={self.learnt}"] if is_begun else [*_arguments(LEARNT_ON), *own]
            )

    @property
    def n_taught(self) -> int:
        """Simulations that it has made.

        Raises:
            UsageError: If its summary does not tell.
        """
        n = RunDirectory(self.learnt).summary.get("evaluations")
        if not isinstance(n, int):
            raise UsageError(
                f"{self.learnt / 'summary.json'} cannot be read; {how_to_continue(self.learnt)} "
                "writes it again"
            )
        return n

    @property
    def folder(self) -> Path:
        """Where curves are kept: the same for more seeds, workloads and agents."""
        tag = tag_of(list(EDP))
        return Path(self.run_dir) if self.run_dir else RUNS / f"ancoef_table3-{tag}"


def _arguments(workload: str) -> tuple[str, ...]:
    return ("env=ancoef", f"env.application={workload}", *EDP)


def study_of(arguments: Sequence[str]) -> Study:
    """Read ``key=value`` arguments.

    Raises:
        UsageError: If one is unknown, or no such value.
    """
    typed = own_values(arguments, "seeds", "budget", "workloads", "agents", "workers")
    budget, n_seeds, workloads = LENGTHS[typed["search"]]
    return Study(
        count_of("budget", typed.get("budget", f"{budget}")),
        count_of("seeds", typed.get("seeds", f"{n_seeds}")),
        _names(typed, "workloads", workloads, tuple(PUBLISHED)),
        _names(typed, "agents", AGENTS, (*catalog.names("agent"), LEARNT, *VARIANTS)),
        count_of("workers", typed.get("workers", "2")),
        typed.get("run_dir"),
    )


def _names(
    typed: Mapping[str, str], key: str, default: tuple[str, ...], known: tuple[str, ...]
) -> tuple[str, ...]:
    names = tuple(typed[key].split(",")) if key in typed else default
    for name in names:
        if name not in known:
            raise UsageError(f"{key}: no '{name}'; {catalog.suggestion(name, known)}")
    if key == "agents" and not {"anas", "qlearning"} <= set(names):
        raise UsageError("agents: needs anas and qlearning, which the table compares")
    return tuple(dict.fromkeys(names))
