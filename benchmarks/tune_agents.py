"""Settings of agents compared on a stand-in for env=nacim that takes milliseconds a design.

Run with ``python benchmarks/tune_agents.py FILE SEEDS BUDGET key=value ... < SETTINGS``: FILE is
what ``python -m agents.evaluations`` wrote of a random search, ``key=value`` the problem of that
search, and SETTINGS has a line for each agent, such as ``agent=reinforce agent.batch_size=4``. The
stand-in prices a design with the real cost model and foretells its accuracy by boosted trees.
Seeds begin at 200, so that none is one of a benchmark's.
"""

import dataclasses
import itertools
import json
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pyarrow import parquet
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import cross_val_score

from agents.bench_trial import begin, initial
from agents.loop import fresh
from agents.making import make_searcher, search_with
from agents.problems import problem_of
from agents.trials import begin_worker
from agents.usage import settings_from
from envs.evaluation import Metrics
from envs.evaluators import Pipeline
from envs.service import EvaluationService
from envs.space import Choices, SearchSpace
from envs.store import EvaluationStore

FIRST_SEED, N_INITIAL, N_WORKERS = 200, 20, 2


@dataclass(frozen=True)
class Foretold:
    """Costs as they are, accuracy as trees foretell it."""

    costs: Pipeline
    space: SearchSpace
    trees: GradientBoostingRegressor
    is_cheap: bool = True
    context: ClassVar[dict[str, Any]] = {}

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Measure."""
        accuracy = float(self.trees.predict([features(self.space, choices)])[0])
        return dict(self.costs(choices, seed)) | {"accuracy": min(max(accuracy, 0.0), 1.0)}


def features(space: SearchSpace, choices: Choices) -> list[float]:
    """Numbers as they are, names one by one, and the bits of each layer's words."""
    told: list[float] = []
    for decision in space.decisions:
        choice = choices[decision.name]
        is_name = isinstance(choice, str)
        told += [float(choice == one) for one in decision.choices] if is_name else [float(choice)]
    integers = [one for one in choices if one.endswith("_integer_bits")]
    bits = [
        float(choices[one]) + float(choices[one.replace("integer", "fraction")]) for one in integers
    ]
    return told + bits


def fitted(path: str, space: SearchSpace) -> GradientBoostingRegressor:
    """Trees fitted to what was evaluated; says how well they foretell what they have not seen."""
    columns = parquet.read_table(path, columns=["choices", "metric.accuracy"]).to_pydict()
    known = [pair for pair in zip(*columns.values(), strict=True) if pair[1] is not None]
    rows = np.array([features(space, json.loads(choices)) for choices, _ in known])
    accuracies = np.array([accuracy for _, accuracy in known])
    trees = GradientBoostingRegressor(
        n_estimators=300, learning_rate=0.05, subsample=0.7, random_state=0
    )
    r2 = cross_val_score(trees, rows, accuracies, cv=5, scoring="r2").mean()
    sys.stdout.write(f"{len(rows)} designs; R2 of accuracy, cross-validated: {r2:.2f}\n")
    return trees.fit(rows, accuracies)


def searched(typed: Sequence[str], trees: GradientBoostingRegressor) -> tuple[float, float]:
    """Best reward and hypervolume of one search."""
    settings = settings_from(typed)
    problem = problem_of(settings)
    assert isinstance(problem.evaluator, Pipeline)
    costs = dataclasses.replace(problem.evaluator, stages=problem.evaluator.stages[:1])
    problem = dataclasses.replace(problem, evaluator=Foretold(costs, problem.space, trees))
    with closing(EvaluationStore()) as store:
        service = EvaluationService(problem.evaluator, store, settings.seed)
        agent, state = make_searcher(settings, problem), fresh(problem)
        begin(problem, agent, service, initial(problem, N_INITIAL, settings.seed), state)
        search_with(problem, agent, service, settings.search.budget or 0).run(state)
    return max(reward for _, reward in state.visits), state.archive.hypervolume()


def main() -> None:
    """Search with every agent of standard input."""
    path, n_seeds, budget, *problem = sys.argv[1:]
    trees = fitted(path, problem_of(settings_from(problem)).space)
    agents = [line.split() for line in sys.stdin if line.strip()]
    seeds = range(FIRST_SEED, FIRST_SEED + int(n_seeds))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(N_WORKERS, context, begin_worker) as pool:
        jobs = [
            pool.submit(
                searched, [*problem, *agent, f"seed={seed}", f"search.budget={budget}"], trees
            )
            for agent, seed in itertools.product(agents, seeds)
        ]
        for agent, mine in zip(agents, zip(*[iter(jobs)] * len(seeds), strict=True), strict=True):
            found = np.array([job.result() for job in mine])
            error = found.std(axis=0) / len(seeds) ** 0.5
            sys.stdout.write(
                f"{' '.join(agent)}: best reward {found[:, 0].mean():.4f} +- {error[0]:.4f}, "
                f"hypervolume {found[:, 1].mean():.4f} +- {error[1]:.4f}\n"
            )


if __name__ == "__main__":
    main()
