"""What every agent of configs/agent owes, on the toy problem, or on what it needs instead of it."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from agents.base import Agent, Judge, Proposal, design_of
from agents.learner import NAMES as LEARNERS
from agents.making import make_agent
from agents.morl import NAMES as MORL_LEARNERS
from agents.usage import settings_from
from configs import catalog
from envs.ancoef_design import hardware_of
from envs.ancoef_evaluator import constant
from envs.ancoef_problem import AncoefProblem
from envs.assembly import make_problem
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.space import Choices

DRIVERS = (*LEARNERS, *MORL_LEARNERS)  # see test_learners.py and test_morl.py
AGENTS = [name for name in catalog.names("agent") if name not in DRIVERS]
METRICS = dict(constant().metrics)
BY_MOVES = ("anas", "annealing", "qlearning", "qlearning_linear", "random_walk")
OF_CELLS = {"snasnet": "snasnet", "neuronas": "neuronas"}
PLACE = OF_CELLS | dict.fromkeys(BY_MOVES, "ancoef")
EXHAUSTIVE = ("neuronas", "spikenas")  # try everything in a fixed order, whatever the seed


def made(name: str, seed: int = 0) -> tuple[Problem, Agent]:
    env = PLACE.get(name, "toy")
    typed = [f"env={env}", "env.evaluator=constant", f"agent={name}", f"seed={seed}"]
    settings = settings_from(typed)
    problem = make_problem(settings)
    return problem, make_agent(settings, problem)


def play(made_agent: tuple[Problem, Agent], n_batches: int) -> list[Choices]:
    """Ask and tell; a reward is the sum of the actions, or of what stands in a whole design."""
    problem, agent = made_agent
    designs: list[Choices] = []
    for _ in range(n_batches):
        proposals = agent.ask(agent.batch_size)
        rewards = [_reward(one) for one in proposals]
        if problem.name == "ancoef" and isinstance(agent, Judge):
            for one, reward in zip(proposals, rewards, strict=True):
                agent.judge(problem, Evaluation(one, METRICS | {"aer_ps": 1e7 * reward}, None, 0.0))
        agent.tell(proposals, rewards)
        designs += [design_of(one, problem.space) for one in proposals]
    return designs


def _reward(proposal: Proposal) -> float:
    if isinstance(proposal, tuple):
        return sum(proposal) / 21
    return zlib.crc32(str(sorted(proposal.items())).encode()) / 2**32


def is_possible(problem: Problem, design: Choices) -> bool:
    if isinstance(problem, AncoefProblem):
        hardware_of(design, problem.neighbourhood.application)
        return True
    return problem.space.contains(problem.space.encode(design))


@pytest.mark.parametrize("name", AGENTS)
class TestAgent:
    def test_proposals_are_designs_of_the_space(self, name: str) -> None:
        problem, agent = made(name)
        assert all(is_possible(problem, design) for design in play((problem, agent), 5))

    def test_it_proposes_as_many_as_asked(self, name: str) -> None:
        _, agent = made(name)
        assert [len(agent.ask(n)) for n in (1, 3, 9)] == [1, 3, 9]

    def test_same_seed_same_designs(self, name: str) -> None:
        assert play(made(name), 6) == play(made(name), 6)
        if name not in EXHAUSTIVE:
            assert play(made(name), 6) != play(made(name, seed=1), 6)

    def test_a_saved_state_goes_on_as_if_nothing_had_happened(
        self, name: str, tmp_path: Path
    ) -> None:
        problem, agent = made(name)
        play((problem, agent), 4)
        torch.save(agent.state_dict(), tmp_path / "state.pt")
        expected = play((problem, agent), 4)
        _, other = made(name, seed=7)
        other.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
        assert play((problem, other), 4) == expected

    def test_curves_are_finite_numbers(self, name: str) -> None:
        _, agent = made(name)
        proposals = agent.ask(agent.batch_size)
        curves = agent.tell(proposals, [0.0] * len(proposals))
        assert all(np.isfinite(value) for value in curves.values())
