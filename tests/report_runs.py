"""Runs for tests of the report: written at once, as a search would have left them."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from agents.loop import fresh, summary_of
from agents.rundir import RunDirectory, versions
from agents.usage import settings_from
from envs.assembly import make_problem
from envs.evaluation import Evaluation
from envs.store import EvaluationStore, digest

NACIM = ("env=nacim", "env.evaluator=constant")


def synthetic_run(
    path: Path, n: int, seed: int = 0, typed: tuple[str, ...] = NACIM, refused_share: float = 0.1
) -> Path:
    """A run of ``n`` designs drawn evenly, with costs that follow from what they chose."""
    settings = settings_from([*typed, "agent=random", f"seed={seed}", f"run_dir={path}"])
    problem, random = make_problem(settings), np.random.default_rng(seed)
    with closing(RunDirectory.create(settings)) as directory:
        state = fresh(problem)
        with closing(EvaluationStore(directory.store)) as store:
            store._connection.execute("PRAGMA synchronous=OFF")
            while len(state.seen) < n:
                actions = problem.space.sample(random)
                key = digest(actions)
                if key in state.seen:
                    continue
                is_refused = random.random() < refused_share
                evaluation = evaluated(problem, actions, random, is_refused=is_refused)
                store.put(key, evaluation)
                state.record(problem, key, evaluation)
            store.visit([(i, key, reward) for i, (key, reward) in enumerate(state.visits)])
        told = {"seed": seed, "budget": n, "wall_s": 12.5, "versions": versions(),
                "finished": "2026-01-02T03:04:05Z"}  # fmt: skip
        directory.write_summary(summary_of(problem, state) | told)
    return path


def changed(run: Path, change: str, *values: object) -> int:
    """Change stored evaluations as if they had been put so; return how many."""
    with closing(sqlite3.connect(run / "evaluations.sqlite")) as store, store:
        query = f"UPDATE evaluations SET checksum = NULL, {change}"  # noqa: S608 (of our tests)
        return store.execute(query, values).rowcount


def evaluated(
    problem: Any, actions: Any, random: np.random.Generator, *, is_refused: bool
) -> Evaluation:
    """Accuracy and costs by the first few actions, with some noise."""
    choices = problem.space.decode(actions)
    if is_refused:
        area_m2 = random.uniform(4e-6, 9e-6)
        return Evaluation(choices, {"area_m2": area_m2}, f"area_m2 {area_m2:.4g} > 4e-06")
    size = (1 + np.array(actions)) / (1 + problem.space.n_choices)
    noise = random.normal(1, 0.03, 4)
    metrics = {
        "accuracy": float(np.clip(0.55 + 0.4 * size[:4].mean() ** 0.5 * noise[0], 0, 1)),
        "energy_j": float(6e-7 * size[0] * (0.2 + size[1]) * abs(noise[1])),
        "latency_s": float(4e-5 * (0.3 + size[2 % len(size)]) * abs(noise[2])),
        "area_m2": float(7e-7 * (0.2 + size[-1] * size[0]) * abs(noise[3])),
    }
    return Evaluation(choices, metrics, None, float(random.uniform(0.5, 2)))


def data_of(page: str) -> Any:
    """The data that a page holds for its pictures."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])
