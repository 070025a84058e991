import itertools

import numpy as np
import pytest

from async_sim.connections import Connection

PADDED = [
    Connection("convolution", (height, width, 2), 3, kernel, padding, stride)
    for height, width in ((5, 4), (6, 7))
    for kernel, padding, stride in itertools.product((1, 2, 3, 5), (0, 1, 2), (1, 2, 3))
    if kernel <= min(height, width) + 2 * padding
]
OTHERS = [
    Connection("dense", (2, 3, 2), 5),
    Connection("pooling", (5, 4, 3), 3),
    Connection("pooling", (6, 7, 1), 1),
    Connection("identity", (3, 4, 2), 2),
    Connection("average", (5, 4, 3), 3, 3, 1),
    Connection("average", (6, 7, 2), 2, 2, 0, 2),
]


def by_hand(connection: Connection) -> dict[int, list[int]]:
    """Targets of every neuron, by what each neuron of the layer behind looks at."""
    height, width, channels = connection.shape
    out_height, out_width, out_channels = connection.out_shape
    found: dict[int, list[int]] = {i: [] for i in range(connection.n_inputs)}
    places = itertools.product(range(out_height), range(out_width), range(out_channels))
    for target, (v, u, d) in enumerate(places):
        for y, x, c in itertools.product(range(height), range(width), range(channels)):
            row, column = (
                at + connection.padding - to * connection.stride for at, to in ((y, v), (x, u))
            )
            kernel = range(connection.kernel)
            if {
                "dense": True,
                "convolution": row in kernel and column in kernel,
                "pooling": (y // 2, x // 2, c) == (v, u, d),
                "identity": (y, x, c) == (v, u, d),
                "average": row in kernel and column in kernel and c == d,
            }[connection.kind]:
                found[(y * width + x) * channels + c].append(target)
    return found


@pytest.mark.parametrize("connection", PADDED + OTHERS, ids=str)
def test_neurons_feed_what_their_layer_says(connection: Connection) -> None:
    found: dict[int, list[int]] = {i: [] for i in range(connection.n_inputs)}
    for sources, targets in connection.targets():
        for source in sources.tolist():
            found[source] += targets.tolist()
    assert found == by_hand(connection)


@pytest.mark.parametrize("connection", PADDED + OTHERS, ids=str)
def test_no_neuron_feeds_more_than_is_said(connection: Connection) -> None:
    assert max(len(fed) for fed in by_hand(connection).values()) <= connection.most_targets


def test_the_most_targets_are_met_within_a_large_layer() -> None:
    for kernel, stride in ((3, 1), (5, 2), (2, 2)):
        connection = Connection("convolution", (9, 9, 1), 4, kernel, 1, stride)
        met = max(len(fed) for fed in by_hand(connection).values())
        assert met == connection.most_targets


def test_a_padded_convolution_keeps_its_size_and_a_stride_of_two_halves_it() -> None:
    assert Connection("convolution", (32, 32, 3), 16, 5, padding=2).out_shape == (32, 32, 16)
    assert Connection("convolution", (32, 32, 3), 16, 3, 1, 2).out_shape == (16, 16, 16)


def test_dense_neurons_store_their_weights_and_convolutions_share_kernels() -> None:
    assert Connection("dense", (4, 4, 2), 10).n_weights(8) == 8 * 32
    kernels = Connection("convolution", (8, 8, 3), 16, 5)
    assert kernels.n_weights(4) == 4 * 25 * 3
    assert kernels.n_weights(64) == kernels.n_weights(16) == 16 * 25 * 3
    assert Connection("identity", (4, 4, 2), 2).n_weights(8) == 0
    assert Connection("pooling", (4, 4, 2), 2).n_weights(8) == 0
    assert Connection("average", (4, 4, 2), 2, 3, 1).n_weights(8) == 0


def test_groups_are_built_once() -> None:
    one, other = (Connection("convolution", (9, 9, 2), 4, 3) for _ in range(2))
    assert one.groups() is other.groups()
    assert np.array_equal(one.groups().start, other.groups().start)


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        ("convolution", {"kernel": 6}, "does not fit 5 x 4 places"),
        ("convolution", {"stride": 0}, "sizes of at least 1"),
        ("convolution", {"padding": -1}, "sizes of at least 1"),
        ("convolutions", {}, "did you mean 'convolution'"),
    ],
)
def test_a_layer_that_cannot_be_is_refused(kind: str, options: dict[str, int], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Connection(kind, (5, 4, 2), 3, **options)  # type: ignore[arg-type]
