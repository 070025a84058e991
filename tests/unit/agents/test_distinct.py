"""Designs that were proposed before are drawn again."""

from collections.abc import Sequence

import pytest

from agents.distinct import distinct
from agents.making import make_agent
from agents.problems import problem_of
from agents.usage import settings_from

SMALL = "env.space.0.decisions"
TOY = [
    "env=toy",
    f"{SMALL}.width.choices=[1,2,3,4]",
    f"{SMALL}.waste.choices=[0,1]",
    f"{SMALL}.error.choices=[0,1]",
]


class Scripted:
    """Draws what it is told, and notes how it was asked."""

    def __init__(self, *rows: Sequence[int]) -> None:
        self.rows = [tuple(row) for row in rows]
        self.asked: list[tuple[list[int], float]] = []

    def __call__(self, places: Sequence[int], temperature: float) -> list[tuple[int, ...]]:
        self.asked.append((list(places), temperature))
        return [self.rows.pop(0) for _ in places]


def test_what_is_new_is_drawn_once() -> None:
    draw = Scripted([0], [1])
    assert distinct(draw, 2, set(), 5) == [(0,), (1,)]
    assert draw.asked == [([0, 1], 1.0)]


def test_what_is_known_or_comes_twice_is_drawn_again_and_warmer() -> None:
    draw = Scripted([0], [1], [1], [0], [2], [3])
    assert distinct(draw, 3, {(0,)}, 5) == [(3,), (1,), (2,)]
    assert draw.asked == [([0, 1, 2], 1.0), ([0, 2], 1.25), ([0], 1.5)]


def test_it_gives_up_after_as_many_redraws_as_are_allowed() -> None:
    draw = Scripted([0], [0], [0])
    assert distinct(draw, 1, {(0,)}, 2) == [(0,)]
    assert len(draw.asked) == 3


@pytest.mark.parametrize("agent", ["reinforce_distinct", "reinforce_mo"])
def test_a_search_proposes_a_whole_small_space_without_repeating(agent: str) -> None:
    settings = settings_from([*TOY, f"agent={agent}", "agent.batch_size=4"])
    problem = problem_of(settings)
    made = make_agent(settings, problem)
    proposed: list[object] = []
    for _ in range(3):
        designs = made.ask(4)
        made.tell(designs, [(0.1, 0.2, 0.3, 0.4)] * 4 if agent == "reinforce_mo" else [1.0] * 4)
        proposed += designs
    assert len(set(proposed)) == 12


@pytest.mark.parametrize("agent", ["reinforce_distinct", "reinforce_mo"])
def test_what_was_proposed_is_kept_with_the_state(agent: str) -> None:
    settings = settings_from([*TOY, f"agent={agent}", "agent.batch_size=8"])
    problem = problem_of(settings)
    first, second = make_agent(settings, problem), make_agent(settings, problem)
    designs = first.ask(8)
    first.tell(designs, [(0.1, 0.2, 0.3, 0.4)] * 8 if agent == "reinforce_mo" else [1.0] * 8)
    second.load_state_dict(first.state_dict())
    assert not set(second.ask(8)) & set(designs)


def test_settings_without_redraws_are_told_as_before() -> None:
    assert "n_redraws" not in settings_from(["env=toy"]).model_dump()["agent"]
