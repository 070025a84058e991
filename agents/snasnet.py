"""SNASNet's random search: cells drawn evenly, of those that pass its sanity check."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from agents.base import Actions, AgentError, AgentSettings, BatchSize, Steps
from envs.neuronas_settings import BACK
from envs.problem import Problem
from envs.space import Decision, SearchSpace
from snn.cells import EDGES, NOTHING, Cell

FAIR = 0.5
SHORTCUT = EDGES.index((0, 3))


class SnasnetSettings(AgentSettings):
    """Group ``agent`` with ``name: snasnet``."""

    name: Literal["snasnet"]
    n_draws: Steps
    batch_size: BatchSize

    def make(self, problem: Problem, seed: int) -> "SnasnetSearch":
        """Make the agent."""
        return SnasnetSearch(problem.space, seed=seed, **self.options())

    def check(self, env: str, space: SearchSpace) -> None:
        """Refuse a space without cells."""
        del env
        edges_of(space)


class SnasnetSearch:
    """Draws cells as SNASNet's code does, a fixed number of them.

    An operation per edge, evenly; with feedback, a fair coin per pair of nodes says which way it
    points. A node that the input does not reach, or that does not reach the output, loses its
    edges; a cell without anything from node 0 straight to node 3 is drawn again.

    Raises:
        AgentError: If the decisions are not the edges of cells, or none may be empty.
    """

    def __init__(self, space: SearchSpace, n_draws: int, batch_size: int, seed: int) -> None:
        self._decisions = edges_of(space)
        self.n_designs: int | None = n_draws
        self.batch_size = batch_size
        self._n_drawn = 0
        self._random = np.random.default_rng(seed)

    def ask(self, n: int) -> list[Actions]:
        """Draw ``n`` designs, or what is left of the draws."""
        assert self.n_designs is not None  # noqa: S101 (set above)
        n = min(n, self.n_designs - self._n_drawn)
        self._n_drawn += n
        return [self._design() for _ in range(n)]

    def _design(self) -> Actions:
        width = len(EDGES)
        actions: list[int] = []
        for start in range(0, len(self._decisions), width):
            cell = self._decisions[start : start + width]
            actions += [d.index(name) for d, name in zip(cell, self._cell(cell), strict=True)]
        return tuple(actions)

    def _cell(self, decisions: Sequence[Decision]) -> list[str]:
        choices = [str(choice) for choice in decisions[0].choices]
        forward = [name for name in choices if not name.endswith(BACK)]
        has_feedback = len(forward) < len(choices)
        while True:
            drawn = [forward[i] for i in self._random.integers(len(forward), size=len(EDGES))]
            is_back = self._random.random(len(EDGES)) < FAIR * has_feedback
            found = _sound(drawn, is_back.tolist())
            if found:
                return found

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[float]) -> dict[str, float]:
        """Learn nothing."""
        del proposals, rewards
        return {}

    def state_dict(self) -> dict[str, Any]:
        """Return the number of draws and the state of the generator."""
        return {"n_drawn": self._n_drawn, "random": self._random.bit_generator.state}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up the state of the generator."""
        self._n_drawn = state["n_drawn"]
        self._random.bit_generator.state = state["random"]


def _sound(drawn: Sequence[str], is_back: Sequence[bool]) -> list[str] | None:
    """The cell without edges of nodes that nothing comes of; None if it fails the check."""
    forward = [NOTHING if back else name for name, back in zip(drawn, is_back, strict=True)]
    if forward[SHORTCUT] == NOTHING:
        return None
    live = {node for edge in Cell(tuple(forward)).live_edges for node in edge}
    found = []
    for edge, name, back in zip(EDGES, drawn, is_back, strict=True):
        is_kept = name != NOTHING and live.issuperset(edge)
        found.append(f"{name}{BACK}" if is_kept and back else name if is_kept else NOTHING)
    return found


def edges_of(space: SearchSpace) -> tuple[Decision, ...]:
    """The decisions of a space of cells.

    Raises:
        AgentError: If it is none, or has no empty edge.
    """
    wanted = [f"c{i}{j}" for i, j in EDGES]
    names = [decision.name.rpartition(".")[2] for decision in space.open]
    if names != wanted * (len(names) // len(wanted)) or not names:
        raise AgentError(
            "agent: snasnet draws cells, and this environment has none; take env=snasnet"
        )
    if any(NOTHING not in decision.choices for decision in space.open):
        raise AgentError(
            f"agent: snasnet needs edges that may be empty ({NOTHING}), but this space has none; "
            "take env=snasnet"
        )
    return space.open
