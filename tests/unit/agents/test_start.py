"""A controller that begins with a given design, as rNAS does."""

import torch

from agents.reinforce import Reinforce, ReinforceOptions
from agents.usage import settings_from
from envs.assembly import make_problem

OPTIONS = ReinforceOptions(
    batch_size=8,
    learning_rate=0.005,
    optimizer="adam",
    discount=1.0,
    baseline_decay=0.9,
    entropy_weight=0.0,
    elite_size=0,
    elite_weight=0.0,
    hidden_size=16,
)
SPACE = make_problem(settings_from(["env=nacim", "env.evaluator=constant"])).space
START = SPACE.encode({d.name: d.given for d in SPACE.decisions})


def shares(agent: Reinforce) -> list[float]:
    """Share of the choices that each of 32 proposals has in common with the start."""
    proposals = agent.ask(32)
    alike = [sum(a == b for a, b in zip(one, START, strict=True)) for one in proposals]
    return [n / len(START) for n in alike]


def test_the_start_is_proposed_first_and_what_follows_is_near_it() -> None:
    torch.set_num_threads(1)
    found = shares(Reinforce(SPACE, OPTIONS, 0, START))
    assert found[0] == 1.0
    # 31 x 50 choices at a mean probability near 0.9: 0.8 is 13 standard deviations below
    assert 0.8 < sum(found[1:]) / 31 < 0.97
    assert min(found[1:]) < 1.0


def test_without_a_start_proposals_are_spread() -> None:
    torch.set_num_threads(1)
    assert max(shares(Reinforce(SPACE, OPTIONS, 0))) < 0.6


def test_a_start_that_is_proposed_is_not_proposed_again_after_a_resume() -> None:
    torch.set_num_threads(1)
    one, other = (Reinforce(SPACE, OPTIONS, 0, START) for _ in range(2))
    fresh = one.state_dict()
    first = one.ask(4)
    other.load_state_dict(fresh)
    assert other.ask(4) == first
    other.load_state_dict(one.state_dict())
    assert other.ask(4) == one.ask(4)
