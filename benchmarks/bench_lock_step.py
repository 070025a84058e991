"""Designs a second of an agent of Stable-Baselines3 by environments and worker processes.

Run with ``python benchmarks/bench_lock_step.py``. The designs are those of ``env=nacim``, judged by
a user's own evaluator that sleeps half a second: what is measured is who waits for whom, not how
fast the machine computes, so that others on the machine hardly change it. Workers are started
before the clock is. The same designs come out whatever the workers, which is checked.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from agents.learner import NAMES, Learner
from agents.learner_search import LearnerSearch
from agents.loop import fresh
from agents.making import make_searcher
from agents.usage import settings_from
from envs.assembly import make_problem
from envs.evaluation import Metrics
from envs.problem import Problem
from envs.service import EvaluationService
from envs.space import Choices
from envs.store import EvaluationStore

EVALUATION_S = 0.5
RAW = argparse.RawDescriptionHelpFormatter
METRICS = {"accuracy": 0.5, "energy_j": 1e-6, "latency_s": 1e-4, "area_m2": 1e-6}


@dataclass(frozen=True)
class Sleeping:
    """Takes a while, and the processor for nothing."""

    wait_s: float
    is_cheap: bool = False

    @property
    def context(self) -> dict[str, float]:
        """All that a result depends on."""
        return {"wait_s": self.wait_s}

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Sleep; the larger the numbers chosen, the better."""
        del seed
        time.sleep(self.wait_s)
        size = sum(float(one) for one in choices.values() if isinstance(one, int)) / 1e4
        return {**METRICS, "accuracy": min(size, 1.0)}


def searched(
    agent: str, n_envs: int, n_workers: int, n_designs: int
) -> tuple[float, list[tuple[str, float]]]:
    """Seconds that a search takes, and all that it proposed."""
    steps = [] if agent == "dqn" else [f"agent.n_steps={max(2, 64 // n_envs)}"]
    settings = settings_from(
        ["env=nacim", "env.evaluator=constant", f"agent={agent}", f"agent.n_envs={n_envs}", *steps]
    )
    problem = replace(make_problem(settings), evaluator=Sleeping(EVALUATION_S))
    learner = make_searcher(settings, problem)
    assert isinstance(learner, Learner)
    with closing(EvaluationService(problem.evaluator, EvaluationStore(), 0, n_workers)) as service:
        service.evaluate_many(_others(problem, n_workers))  # each worker has started and imported
        begin_s = time.perf_counter()
        state = LearnerSearch(problem, learner, service, n_designs).run(fresh(problem))
        return time.perf_counter() - begin_s, state.visits


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all pairs in one run; print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=RAW)
    parser.add_argument("--agent", choices=NAMES, default="maskable_ppo")
    parser.add_argument("--designs", type=int, default=24, help="of each search (default 24)")
    parser.add_argument("--envs", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)  # as in a search
    table = Table(title=f"{chosen.agent}: designs a second, each takes {EVALUATION_S} s")
    table.add_column("agent.n_envs")
    for n in chosen.workers:
        table.add_column(f"{n} workers", justify="right")
    for n_envs in chosen.envs:
        found = [searched(chosen.agent, n_envs, n, chosen.designs) for n in chosen.workers]
        assert all(visits == found[0][1] for _, visits in found), "workers changed the search"
        table.add_row(str(n_envs), *(f"{chosen.designs / took_s:.2f}" for took_s, _ in found))
    Console(width=80).print(table)
    return 0


def _others(problem: Problem, n: int) -> list[Choices]:
    """Designs of another stream than any search's."""
    random = np.random.default_rng(12345)
    return [problem.space.decode(problem.space.sample(random)) for _ in range(n)]


if __name__ == "__main__":
    sys.exit(main())
