"""Laws of dealing neurons to cores: none is lost, sizes are alike, and by load so are loads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sim.dealing import DEALINGS, core_sizes, dealt

Case = tuple[list[int], int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Spikes of each neuron, few firing most; and cores, at most one a neuron."""
    spikes = draw(st.lists(st.sampled_from([0, 1, 1, 2, 3, 9, 50, 400]), min_size=1, max_size=40))
    return spikes, draw(st.integers(1, len(spikes)))


def loads(spikes: list[int], n_cores: int, dealing: str) -> list[int]:
    core, _ = dealt(np.array(spikes), n_cores, dealing)
    return [int(np.array(spikes)[core == one].sum()) for one in range(n_cores)]


def turn_by_turn(spikes: list[int], n_cores: int) -> list[int]:
    """Loads when cores draw the busiest neuron that is left, there and back again."""
    found, there = [0] * n_cores, list(range(n_cores))
    turns = there + there[::-1]
    for i, n in enumerate(sorted(spikes, reverse=True)):
        found[turns[i % len(turns)]] += n
    return found


def test_a_last_turn_that_is_not_full_goes_to_the_cores_that_it_reaches() -> None:
    assert sorted(loads([10, 9, 8, 1, 1], 3, "by-load")) == [9, 10, 10]


@given(cases())
def test_by_load_cores_are_as_busy_as_turns_make_them(case: Case) -> None:
    spikes, n_cores = case
    assert sorted(loads(*case, "by-load")) == sorted(turn_by_turn(spikes, n_cores))


@given(cases())
def test_by_load_no_two_cores_differ_by_more_than_the_busiest_neuron(case: Case) -> None:
    found = loads(*case, "by-load")
    assert max(found) - min(found) <= max(case[0])


@pytest.mark.parametrize("dealing", DEALINGS)
@given(case=cases())
def test_every_neuron_has_a_place_of_its_own_and_the_larger_cores_come_first(
    dealing: str, case: Case
) -> None:
    spikes, n_cores = case
    core, local = dealt(np.array(spikes), n_cores, dealing)
    sizes = core_sizes(len(spikes), n_cores)
    assert np.bincount(core, minlength=n_cores).tolist() == sizes.tolist()
    assert len(set(zip(core.tolist(), local.tolist(), strict=True))) == len(spikes)
    assert (local < sizes[core]).all()
