from itertools import product
from typing import Any

import numpy as np
import pytest

from envs.space import Decision, SearchSpace, SumRule


def three(**changes: Any) -> SearchSpace:
    """Two free decisions and one that needs the first: 2 * 3 * 2 = 12 lists, 9 of them allowed."""
    first = Decision("first", "architecture", (0, 1), 1)
    middle = Decision("middle", "device", ("a", "b", "c"), "b")
    last = Decision("last", "circuit", (0, 1), 1, SumRule("first", 1))
    return SearchSpace((first, middle, last), **changes)


def everything(space: SearchSpace) -> list[tuple[int, ...]]:
    return list(product(*(range(n) for n in space.n_choices)))


def test_it_contains_exactly_what_keeps_every_rule() -> None:
    space = three()
    allowed = {actions for actions in everything(space) if space.contains(actions)}
    assert len(allowed) == 9
    assert allowed == {a for a in everything(space) if a[0] + a[2] >= 1}


def test_masks_lead_to_exactly_what_it_contains() -> None:
    space = three()
    reached: list[tuple[int, ...]] = [()]
    for step in range(space.n_decisions):
        reached = [
            (*actions, int(a))
            for actions in reached
            for a in np.flatnonzero(space.mask(step, actions))
        ]
    assert set(reached) == {a for a in everything(space) if space.contains(a)}


def test_every_design_it_contains_is_sampled() -> None:
    # the rarest has a chance of 1/12: all 9 but once in (11/12)^500 * 9 = 1e-18 runs
    space, random = three(), np.random.default_rng(0)
    assert len({space.sample(random) for _ in range(500)}) == 9


def test_the_same_generator_samples_the_same() -> None:
    samples = [[three().sample(np.random.default_rng(7)) for _ in range(3)] for _ in range(2)]
    assert samples[0] == samples[1]


def test_choices_keep_the_order_of_the_data() -> None:
    block = {"group": "device", "choices": ["z", "a", "m"], "given": "m"}
    space = SearchSpace.from_data([{"for_each": ["chip"], "decisions": {"device": block}}])
    assert [space.decode([i])["chip.device"] for i in range(3)] == ["z", "a", "m"]


def test_decisions_of_several_blocks_follow_each_other() -> None:
    body = {"group": "circuit", "choices": [1], "given": 1}
    blocks = [
        {"for_each": ["b", "a"], "decisions": {"x": body}},
        {"for_each": ["c"], "decisions": {"y": body, "x": body}},
    ]
    names = [decision.name for decision in SearchSpace.from_data(blocks).decisions]
    assert names == ["b.x", "a.x", "c.y", "c.x"]


def test_freezing_adds_up_and_leaves_the_space_it_came_from() -> None:
    space = three()
    frozen = space.freeze(["device"]).freeze(["architecture"])
    assert [decision.name for decision in frozen.open] == ["last"]
    assert frozen.decode([1]) == {"first": 1, "middle": "b", "last": 1}
    assert space.n_decisions == 3


def test_numbers_of_choices_belong_to_open_decisions() -> None:
    assert three().n_choices.tolist() == [2, 3, 2]
    assert three().width == 3
    frozen = three(frozen_groups=frozenset({"device"}))
    assert (frozen.n_choices.tolist(), frozen.width) == ([2, 2], 2)


def test_mask_tables_hold_every_mask() -> None:
    (free, first), (_, middle), (partner, last) = three().mask_tables
    assert (free, partner) == (-1, 0)
    assert first.tolist() == [[1, 1, 0]]
    assert middle.tolist() == [[1, 1, 1]]
    assert last.tolist() == [[0, 1, 0], [1, 1, 0]]


def test_a_negative_action_is_no_choice_from_the_end() -> None:
    assert not three().contains((1, -1, 1))
    with pytest.raises(ValueError, match=r"middle: choice -1 is not one of 0\.\.2"):
        three().decode([1, -1, 1])


def test_an_unknown_choice_is_answered_with_the_nearest() -> None:
    decision = Decision("device", "device", ("rram_4b", "sram"), "sram")
    with pytest.raises(ValueError, match="device: no choice 'rram_4bit'; did you mean 'rram_4b'"):
        decision.index("rram_4bit")


def test_what_is_given_must_be_a_choice() -> None:
    with pytest.raises(ValueError, match="x: no choice 3"):
        Decision("x", "circuit", (1, 2), 3)
    with pytest.raises(ValueError, match="x: needs choices"):
        Decision("x", "circuit", (), 3)
