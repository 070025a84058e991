"""What every agent of configs/agent owes, on the toy problem or on cells where it needs them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from agents.base import Agent
from agents.session import make_agent
from agents.usage import settings_from
from configs import catalog
from envs.assembly import make_problem
from envs.problem import Problem

AGENTS = catalog.names("agent")
OF_CELLS = {"snasnet": "snasnet", "neuronas": "neuronas"}
EXHAUSTIVE = ("neuronas", "spikenas")  # try everything in a fixed order, whatever the seed


def made(name: str, seed: int = 0) -> tuple[Problem, Agent]:
    env = OF_CELLS.get(name, "toy")
    typed = [f"env={env}", "env.evaluator=constant", f"agent={name}", f"seed={seed}"]
    settings = settings_from(typed)
    problem = make_problem(settings)
    return problem, make_agent(settings, problem)


def play(agent: Agent, n_batches: int) -> list[tuple[int, ...]]:
    """Ask and tell, rewarding the sum of the actions."""
    proposed: list[tuple[int, ...]] = []
    for _ in range(n_batches):
        proposals = agent.ask(agent.batch_size)
        agent.tell(proposals, [sum(actions) / 21 for actions in proposals])
        proposed += proposals
    return proposed


@pytest.mark.parametrize("name", AGENTS)
class TestAgent:
    def test_proposals_are_designs_of_the_space(self, name: str) -> None:
        problem, agent = made(name)
        assert all(problem.space.contains(actions) for actions in play(agent, 5))

    def test_it_proposes_as_many_as_asked(self, name: str) -> None:
        _, agent = made(name)
        assert [len(agent.ask(n)) for n in (1, 3, 9)] == [1, 3, 9]

    def test_same_seed_same_designs(self, name: str) -> None:
        assert play(made(name)[1], 6) == play(made(name)[1], 6)
        if name not in EXHAUSTIVE:
            assert play(made(name)[1], 6) != play(made(name, seed=1)[1], 6)

    def test_a_saved_state_goes_on_as_if_nothing_had_happened(
        self, name: str, tmp_path: Path
    ) -> None:
        _, agent = made(name)
        play(agent, 4)
        torch.save(agent.state_dict(), tmp_path / "state.pt")
        expected = play(agent, 4)
        _, other = made(name, seed=7)
        other.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
        assert play(other, 4) == expected

    def test_curves_are_finite_numbers(self, name: str) -> None:
        _, agent = made(name)
        proposals = agent.ask(agent.batch_size)
        curves = agent.tell(proposals, [0.0] * len(proposals))
        assert all(np.isfinite(value) for value in curves.values())
