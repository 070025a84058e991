import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import SPACE, designs, proposals, seeds

from envs.design import Design


@given(proposals)
def test_decode_undoes_encode(actions: tuple[int, ...]) -> None:
    assert SPACE.encode(SPACE.decode(actions)) == actions


@given(proposals)
def test_the_space_contains_what_it_samples(actions: tuple[int, ...]) -> None:
    assert SPACE.contains(actions)


@given(seeds)
def test_no_mask_ever_forbids_everything(seed: int) -> None:
    random = np.random.default_rng(seed)
    actions: list[int] = []
    for step in range(SPACE.n_decisions):
        allowed = np.flatnonzero(SPACE.mask(step, actions))
        assert len(allowed) > 0
        assert allowed.max() < SPACE.n_choices[step]
        actions.append(int(random.choice(allowed)))


@given(proposals, st.data())
def test_an_action_out_of_range_is_not_contained(
    actions: tuple[int, ...], data: st.DataObject
) -> None:
    step = data.draw(st.integers(0, SPACE.n_decisions - 1))
    wrong = [*actions]
    wrong[step] = int(SPACE.n_choices[step])
    assert not SPACE.contains(wrong)


@given(designs)
def test_a_design_survives_json(design: Design) -> None:
    assert Design.from_json(design.to_json()) == design
    assert hash(Design.from_json(design.to_json())) == hash(design)
