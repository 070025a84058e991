import itertools
from pathlib import Path

import numpy as np
import pytest

from async_sim.connections import Connection
from async_sim.mesh import Mesh
from async_sim.placement import place
from async_sim.traffic import fan_out, packets_of
from async_sim.workloads import connections_of, names
from configs import catalog
from snn.spikes import SpikeTrace, generated

SHARED = Path(__file__).parents[4] / "shared" / "data" / "noc"


def by_hand(connection: Connection) -> dict[int, set[int]]:
    """Targets of every neuron, by the definition of the layer."""
    height, width, channels = connection.shape
    out_height, out_width, out_channels = connection.out_shape
    found: dict[int, set[int]] = {}
    for y, x, c in itertools.product(range(height), range(width), range(channels)):
        targets = found.setdefault((y * width + x) * channels + c, set())
        for v, u, d in itertools.product(range(out_height), range(out_width), range(out_channels)):
            feeds = {
                "dense": True,
                "convolution": 0 <= y - v < connection.kernel and 0 <= x - u < connection.kernel,
                "pooling": (y // 2, x // 2, c) == (v, u, d),
            }[connection.kind]
            if feeds:
                targets.add((v * out_width + u) * out_channels + d)
    return found


@pytest.mark.parametrize(
    "connection",
    [
        Connection("dense", (2, 3, 2), 5),
        Connection("convolution", (5, 4, 2), 3, 3),
        Connection("pooling", (5, 4, 3), 3),
    ],
)
def test_neurons_feed_what_their_layer_says(connection: Connection) -> None:
    found: dict[int, set[int]] = {i: set() for i in range(connection.n_inputs)}
    for sources, targets in connection.targets():
        for source in sources.tolist():
            found[source] |= set(targets.tolist())
    assert found == by_hand(connection)


def test_synapses_are_counted_by_core() -> None:
    fan = fan_out([Connection("dense", (1, 1, 2), 5)], place((2, 5), 2, Mesh(3, 2), "row"))
    assert fan.start.tolist() == [0, 3, 6] + [6] * 5
    assert fan.core.tolist() == [1, 2, 3] * 2
    assert fan.n_synapses.tolist() == [2, 2, 1] * 2


def test_a_core_sends_as_it_sweeps_and_takes_the_channels_in_turn() -> None:
    placement = place((4, 4), 2, Mesh(2, 2), "row")
    fan = fan_out([Connection("dense", (1, 1, 4), 4)], placement)
    trace = SpikeTrace((4, 4), 2, np.array([0, 0, 1]), np.array([1, 2, 0]))
    first, second = packets_of(trace, placement, fan, 5000, 3)
    assert first.source.tolist() == [0, 0, 1, 1]
    assert first.destination.tolist() == [2, 3, 2, 3]
    assert first.release_ps.tolist() == [10_000, 10_000, 5_000, 5_000]
    assert first.channel.tolist() == [0, 1, 0, 1]
    assert second.source.tolist() == [0, 0]
    assert second.release_ps.tolist() == [5_000, 5_000]


def test_layers_and_traces_that_do_not_fit_are_refused() -> None:
    placement = place((4, 4), 2)
    dense = Connection("dense", (1, 1, 4), 4)
    with pytest.raises(ValueError, match="a layer of 4 neurons cannot follow 3"):
        fan_out([Connection("dense", (1, 1, 4), 3), dense], placement)
    with pytest.raises(ValueError, match="12 neurons, but 8 are placed"):
        fan_out([dense, dense], placement)
    trace, fan = SpikeTrace((3,), 1, np.array([0]), np.array([0])), fan_out([dense], placement)
    with pytest.raises(ValueError, match="3 neurons, but 8 are placed"):
        packets_of(trace, placement, fan, 1, 1)


@pytest.mark.parametrize(
    ("steps", "neurons", "told"),
    [
        ([0, 2], [0, 0], "spike 1: timestep 2 is not below 2"),
        ([0], [3], "spike 0: neuron 3 is not below 3"),
        ([1, 0], [0, 0], "sorted"),
        ([0], [0, 1], "one neuron per spike"),
    ],
)
def test_a_trace_holds_spikes_of_its_neurons(
    steps: list[int], neurons: list[int], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        SpikeTrace((3,), 2, np.array(steps), np.array(neurons))


def test_generated_spikes_have_the_rate_of_their_layer() -> None:
    """4e5 draws; rates of neurons spread by Beta(0.4, 1.6): 5 sigma of the mean is 0.02."""
    trace = generated((4000, 10), (0.2, 0.0), 100, np.random.default_rng(0))
    assert np.mean(trace.neuron < 4000) == 1
    assert len(trace.neuron) / 4e5 == pytest.approx(0.2, abs=0.02)
    with pytest.raises(ValueError, match="a rate in"):
        generated((3,), (1.2,), 1, np.random.default_rng(0))


def test_dense_spikes_become_a_trace() -> None:
    fired = np.array([[[True, False]], [[False, True]]])
    trace = SpikeTrace.from_dense([fired, np.array([[True], [False]])])
    assert trace.layer_sizes == (2, 1)
    assert list(zip(trace.timestep.tolist(), trace.neuron.tolist(), strict=True)) == [
        (0, 0),
        (0, 2),
        (1, 1),
    ]


@pytest.mark.skipif(not SHARED.exists(), reason="the reference traces are not part of the project")
@pytest.mark.parametrize("name", names())
def test_traffic_of_the_literature_s_networks_is_the_reference_s(name: str) -> None:
    content = catalog.read("workload", name)
    connections = connections_of(content["image_shape"], content["layers"])
    sizes = (connections[0].n_inputs, *(one.n_outputs for one in connections))
    placement = place(sizes, content["neurons_per_core"])
    fan = fan_out(connections, placement)
    with np.load(SHARED / f"{name}.npz") as file:
        assert np.array_equal(placement.neuron_node, file["neuron_router"])
        assert np.array_equal(fan.start, file["dst_ptr"])
        assert np.array_equal(fan.n_synapses, file["dst_fanout"])
        trace = SpikeTrace(sizes, content["timesteps"], file["spk_t"], file["spk_nid"])
        steps = packets_of(trace, placement, fan, content["update_ps"], 4)
        for mine, theirs in (
            ("source", "pkt_src"),
            ("destination", "pkt_dst"),
            ("n_synapses", "pkt_fanout"),
            ("release_ps", "pkt_release_ps"),
        ):
            joined = np.concatenate([getattr(one, mine) for one in steps])
            assert np.array_equal(joined, file[theirs])
