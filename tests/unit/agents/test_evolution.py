import itertools

import numpy as np
import pytest

from agents.autosnn import AutosnnOptions, AutosnnSearch
from agents.hardware_genes import HardwareGenes, extras, rebuilt
from agents.usage import settings_from
from async_sim.mesh import Mesh
from envs.ancoef_problem import AncoefProblem
from envs.assembly import make_problem
from envs.space import Decision, SearchSpace

PAPER = AutosnnOptions(20, 10, 10, 10, 0.2)


def space_of(n_decisions: int, n_choices: int) -> SearchSpace:
    choices = tuple(range(n_choices))
    return SearchSpace(
        tuple(Decision(f"block{i}", "architecture", choices, 0) for i in range(n_decisions))
    )


def test_autosnn_tries_400_designs_none_twice() -> None:
    agent, seen = AutosnnSearch(space_of(5, 5), PAPER, 0), []
    while proposals := agent.ask(agent.batch_size):
        agent.tell(proposals, [float(sum(one)) for one in proposals])
        seen += proposals
    assert len(seen) == 400
    assert len(set(seen)) == 400


def test_autosnn_finds_the_best_of_3125_blocks() -> None:
    agent, best = AutosnnSearch(space_of(5, 5), PAPER, 1), 0.0
    while proposals := agent.ask(agent.batch_size):
        rewards = [float(sum(one)) for one in proposals]
        agent.tell(proposals, rewards)
        best = max([best, *rewards])
    assert best == 20.0


def test_autosnn_ends_when_the_space_is_searched() -> None:
    agent = AutosnnSearch(space_of(2, 2), PAPER, 0)
    assert sorted(agent.ask(20)) == list(itertools.product(range(2), repeat=2))
    assert agent.ask(20) == []


@pytest.fixture(scope="module")
def problem() -> AncoefProblem:
    made = make_problem(settings_from(["env=ancoef", "env.evaluator=constant"]))
    assert isinstance(made, AncoefProblem)
    return made


def test_founders_children_and_mutants_fit_the_application(problem: AncoefProblem) -> None:
    genes, random = HardwareGenes(problem), np.random.default_rng(0)
    application = problem.neighbourhood.application
    for _ in range(10):
        one, other = genes.founder(random), genes.founder(random)
        child = genes.crossed(one, other, random)
        for hardware in (one, child, genes.mutated(child, 1.0, random, 1)):
            hardware.check(application)


def test_a_child_has_each_parameter_of_a_parent(problem: AncoefProblem) -> None:
    genes, random = HardwareGenes(problem), np.random.default_rng(1)
    one, other = genes.founder(random), genes.founder(random)
    child = genes.crossed(one, other, random)
    for name in ("neurons_per_core", "dealing", "arbitration", "routing", "depth", "n_channels"):
        assert getattr(child, name) in (getattr(one, name), getattr(other, name))


def test_cores_beyond_the_least_are_kept_with_another_room(problem: AncoefProblem) -> None:
    start, application = problem.neighbourhood.start, problem.neighbourhood.application
    more = rebuilt(start, application, (32, (0, 3, 0, 0), None))
    assert more.neurons_per_core == 32
    assert extras(more, application) == (0, 3, 0, 0)
    assert rebuilt(start, application, (64, (0, 0, 0, 0), Mesh(20, 20))).mesh == Mesh(20, 20)
