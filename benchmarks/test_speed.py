"""Speed, in one run: rates by pytest-benchmark, ratios printed and stored beside them.

Each benchmark also asserts how much work was done. Run with ``make bench``.
"""

import statistics
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
import pytest
import torch

import envs
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.service import EvaluationService
from envs.shared_store import SharedStore
from envs.store import EvaluationStore
from snn.build import build
from snn.digits import digits
from snn.noise import GaussianVariation
from snn.training import Recipe, train

if TYPE_CHECKING:
    from collections.abc import Callable

    from envs.nacim_builder import NacimBuilder

assert envs  # registers the ids
N_STEPS = 20_000


@pytest.mark.parametrize("form", ["NACIM-v0", "NACIM-oneshot-v0"])
def test_environment_steps(benchmark: Any, form: str) -> None:
    env = gym.make(f"coexplore/{form}", evaluator="constant")
    env.action_space.seed(0)
    actions = [env.action_space.sample() for _ in range(N_STEPS if form == "NACIM-v0" else 2_000)]

    def play() -> int:
        env.reset(seed=0)
        n = 0
        for action in actions:
            *_, terminated, _, _ = env.step(action)
            n += 1
            if terminated:
                env.reset()
        return n

    n = benchmark(play)
    assert n == len(actions)
    benchmark.extra_info["steps_per_s"] = n / benchmark.stats["median"]


def test_cost_of_random_designs(benchmark: Any) -> None:
    problem = make_problem(settings_of("nacim", {}))
    pipeline: Any = problem.evaluator
    random = np.random.default_rng(0)
    designs = [
        pipeline.build(problem.space.decode(problem.space.sample(random))) for _ in range(200)
    ]
    found = benchmark(lambda: [pipeline.stages[0](design, 0) for design in designs])
    assert len({metrics["area_m2"] for metrics in found}) > 100
    benchmark.extra_info["designs_per_s"] = len(designs) / benchmark.stats["median"]


def test_store_commits_and_looks_up(benchmark: Any, tmp_path: Path) -> None:
    counter = iter(range(1_000_000))

    def work() -> int:
        with closing(EvaluationStore(tmp_path / f"{next(counter)}.sqlite")) as store:
            for i in range(100):
                store.put(str(i), Evaluation({"a": i}, {"accuracy": 0.5}))
            return sum(store.get(str(i)) is not None for i in range(100))

    assert benchmark(work) == 100


def test_shared_store_commits_and_looks_up(benchmark: Any, tmp_path: Path) -> None:
    keys = [f"{i:064x}" for i in range(100)]
    counter = iter(range(1_000_000))

    def work() -> int:
        with closing(SharedStore(f"sqlite:///{tmp_path / f'{next(counter)}.sqlite'}")) as store:
            for i, key in enumerate(keys):
                store.put(key, Evaluation({"a": i}, {"accuracy": 0.5}))
            return sum(len(store.find([key])) for key in keys)

    assert benchmark(work) == 100


def training_seconds(*, is_noise_aware: bool) -> float:
    problem = make_problem(settings_of("nacim", {}))
    builder: NacimBuilder = problem.evaluator.build  # type: ignore[attr-defined]
    given = {decision.name: decision.given for decision in problem.space.decisions}
    design = builder(given)
    generator = torch.Generator().manual_seed(0)
    network = build(design.network, design.quantization, generator)
    noises = [GaussianVariation(0.1 * w.range_ratio) for w in design.quantization.weights]
    start = time.process_time()
    train(network, digits(), Recipe(2, 128, 0.05, 0.3, is_noise_aware), noises, generator)
    return time.process_time() - start


def test_noise_aware_training_costs_little_more_than_plain(benchmark: Any) -> None:
    torch.set_num_threads(1)
    training_seconds(is_noise_aware=True)  # warm up
    pairs = [
        (training_seconds(is_noise_aware=True), training_seconds(is_noise_aware=False))
        for _ in range(9)
    ]
    ratio = statistics.median(noisy / plain for noisy, plain in pairs)
    benchmark.extra_info["noise_aware_over_plain"] = ratio
    benchmark.pedantic(lambda: training_seconds(is_noise_aware=True), rounds=1)
    print(f"\nnoise-aware training / plain training: {ratio:.3f} (goal: at most 1.10)")


def seconds_with(n_workers: int, designs: list[dict[str, Any]], seed: int) -> float:
    problem = make_problem(settings_of("nacim", {"n_chips": 1, "accuracy": {"epochs": 1}}))
    store = EvaluationStore()
    with closing(EvaluationService(problem.evaluator, store, seed, n_workers)) as service:
        # as many distinct designs as workers, so that each one has started and loaded its data
        service.evaluate_many([d | {"conv1.channels": 24} for d in designs[:n_workers]])
        start = time.perf_counter()
        assert len(service.evaluate_many(designs)) == len(designs)
        return time.perf_counter() - start


def test_two_workers_against_one(benchmark: Any) -> None:
    problem = make_problem(settings_of("nacim", {}))
    given = {decision.name: decision.given for decision in problem.space.decisions}
    designs = [given | {"conv1.kernel": k, "fc1.neurons": n} for k in (1, 3) for n in (64, 128)]
    designs += [d | {"fc2.neurons": 64} for d in designs]
    pairs = [(seconds_with(1, designs, s), seconds_with(2, designs, s)) for s in range(3)]
    speedup = statistics.median(one / two for one, two in pairs)
    seconds = statistics.median(one for one, _ in pairs) / len(designs)
    benchmark.extra_info["two_workers_over_one"] = speedup
    work: Callable[[], float] = lambda: seconds_with(2, designs[:2], 9)  # noqa: E731
    benchmark.pedantic(work, rounds=1)
    print(f"\ntwo workers / one: {speedup:.2f} on evaluations of {seconds:.2f} s (goal: 1.8)")
