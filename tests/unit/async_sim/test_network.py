"""Networks and packets that no engine could simulate exactly are refused."""

import numpy as np
import pytest

from async_sim import actors, compiled, tick
from async_sim.mesh import Mesh
from async_sim.network import Network
from async_sim.packets import Packets


@pytest.mark.parametrize(
    "settings",
    [
        {"decode_ps": 1.5},
        {"link_ps": float("nan")},
        {"decode_ps": 10**30},
        {"synapse_ps": -1},
        {"depth": True},
        {"depth": "8"},
        {"n_channels": 2.0},
    ],
)
def test_a_network_is_made_of_whole_numbers_within_bounds(settings: dict[str, object]) -> None:
    (name,) = settings
    with pytest.raises(ValueError, match=f"^{name} (needs a whole number|must lie in).*$"):
        Network(Mesh(2, 2), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", [compiled, actors, tick])
def test_times_that_64_bits_do_not_hold_are_refused(engine: object) -> None:
    columns = [np.array([value]) for value in (0, 1, 0, 0, 1 << 62)]
    with pytest.raises(ValueError, match="may take more than"):
        engine.simulate(Network(Mesh(2, 1), synapse_ps=4), Packets(*columns))  # type: ignore[attr-defined]
