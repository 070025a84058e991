"""Which neurons a spike feeds, by index arithmetic; neurons in row, column, channel order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from configs.catalog import UnknownNameError

Integers = NDArray[np.int64]
Kind = Literal["dense", "convolution", "pooling", "identity", "average"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BY_CHANNEL = ("pooling", "average")  # each channel feeds its own
POOL = 2  # side of what is pooled


@dataclass(frozen=True)
class Groups:
    """Neurons that feed the same ones.

    Attributes:
        group: Of each neuron of the layer before, (inputs,).
        start: A group feeds ``target[start[i]:start[i + 1]]``, (groups + 1,).
        target: Neurons of the layer behind, rising within a group.
    """

    group: Integers
    start: Integers
    target: Integers

    @classmethod
    def of(cls, n_inputs: int, pairs: Iterable[tuple[Integers, Integers]]) -> "Groups":
        """From (sources, targets), which have each of the ``n_inputs`` sources once."""
        group, fed = np.zeros(n_inputs, np.int64), [np.zeros(0, np.int64)]
        for sources, targets in pairs:
            group[sources] = len(fed) - 1
            fed.append(targets)
        lengths = [len(one) for one in fed]
        return cls(group, np.cumsum(lengths), np.concatenate(fed))


@dataclass(frozen=True, slots=True)
class Connection:
    """From one layer to another.

    Attributes:
        kind: `dense`, a `convolution`, a 2x2 `pooling`, channel by channel, `identity`: each
            neuron feeds its own counterpart, as a shortcut does, or `average`: all neurons of a
            window feed one of their channel, with the same weight.
        shape: Height, width and channels of the layer before it.
        channels: Of the layer it feeds, if dense (neurons) or a convolution.
        kernel: Side of a convolution's kernel, or of an average's windows.
        padding: Rows and columns of silent neurons around what these see.
        stride: Rows and columns from one of their places to the next.
    """

    kind: Kind
    shape: tuple[int, int, int]
    channels: int
    kernel: int = 1
    padding: int = 0
    stride: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownNameError("connection", self.kind, KINDS)
        if min(*self.shape, self.channels, self.kernel, self.stride, self.padding + 1) < 1:
            raise ValueError(f"a {self.kind} needs sizes of at least 1: {self}")
        if min(self.out_shape) < 1:
            height, width, _ = self.shape
            raise ValueError(f"a {self.kind} does not fit {height} x {width} places: {self}")

    @property
    def out_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the layer it feeds."""
        height, width, channels = self.shape
        if self.kind == "dense":
            return 1, 1, self.channels
        if self.kind == "pooling":
            return height // POOL, width // POOL, channels
        if self.kind == "identity":
            return self.shape
        rows, columns = (
            (n + 2 * self.padding - self.kernel) // self.stride + 1 for n in (height, width)
        )
        return rows, columns, channels if self.kind == "average" else self.channels

    @property
    def n_inputs(self) -> int:
        """Neurons of the layer before it."""
        height, width, channels = self.shape
        return height * width * channels

    @property
    def n_outputs(self) -> int:
        """Neurons of the layer it feeds."""
        height, width, channels = self.out_shape
        return height * width * channels

    @property
    def most_targets(self) -> int:
        """Neurons that one neuron feeds at most: a bound, met in all but small layers."""
        if self.kind == "dense":
            return self.n_outputs
        if self.kind in ("convolution", "average"):
            side = -(-self.kernel // self.stride)
            n_channels = self.channels if self.kind == "convolution" else 1
            return min(side * side * n_channels, self.n_outputs)
        return 1

    def n_weights(self, n_neurons: int) -> int:
        """Weights that so many neurons of the layer behind need: a convolution's share theirs.

        Neurons lie in row, column, channel order, so that as many channels as neurons are among
        them. Poolings, averages and shortcuts have none: all theirs are alike.
        """
        if self.kind == "dense":
            return n_neurons * self.n_inputs
        if self.kind == "convolution":
            return min(n_neurons, self.channels) * self.kernel**2 * self.shape[2]
        return 0

    def groups(self) -> Groups:
        """Neurons of the layer before it, grouped by what they feed; built once."""
        return _groups(self)

    def targets(self) -> Iterator[tuple[Integers, Integers]]:
        """The same, group by group, if they feed any: (sources, targets)."""
        found = self.groups()
        order = np.argsort(found.group, kind="stable")
        n = len(found.start) - 1
        ends = np.searchsorted(found.group[order], np.arange(n), "right")
        for sources, first, end in zip(
            np.split(order, ends[:-1]), found.start[:-1], found.start[1:], strict=True
        ):
            if end > first:
                yield sources, found.target[first:end]


@lru_cache(maxsize=64)
def _groups(connection: Connection) -> Groups:
    inputs = np.arange(connection.n_inputs)
    if connection.kind == "dense":
        targets = np.arange(connection.n_outputs)
        return Groups(np.zeros_like(inputs), np.array([0, len(targets)]), targets)
    if connection.kind == "identity":
        return Groups(inputs, np.arange(len(inputs) + 1), inputs)
    height, width, channels = connection.shape
    rows, columns = (_places(connection, axis) for axis in (0, 1))
    row, column = rows[:, None, :, None], columns[None, :, None, :]
    seen_at = np.where(np.minimum(row, column) < 0, -1, row * connection.out_shape[1] + column)
    place = seen_at.reshape(height * width, -1)
    if connection.kind in BY_CHANNEL:
        pooled = place[:, None, :] * channels + np.arange(channels)[:, None]
        pooled = np.where(place[:, None, :] < 0, -1, pooled)
        return Groups(inputs, *_rows(pooled.reshape(len(inputs), -1)))
    start, seen = _rows(place)
    out_channels = connection.channels
    targets = (seen[:, None] * out_channels + np.arange(out_channels)).ravel()
    return Groups(inputs // channels, start * out_channels, targets)


def _places(connection: Connection, axis: int) -> Integers:
    """Rows (axis 0) or columns of the layer behind that see each of the layer before; -1: none."""
    kernel, stride, padding = connection.kernel, connection.stride, connection.padding
    if connection.kind == "pooling":
        kernel, stride, padding = POOL, POOL, 0
    here = np.arange(connection.shape[axis])[:, None] + padding
    last = here // stride
    found = last - np.arange(-(-kernel // stride))[::-1]
    is_seen = (found >= 0) & (found < connection.out_shape[axis]) & (here - found * stride < kernel)
    return np.where(is_seen, found, -1)


def _rows(table: Integers) -> tuple[Integers, Integers]:
    """Where each row's entries begin, leaving out those below 0, and the entries."""
    is_used = table >= 0
    return np.concatenate([[0], np.cumsum(is_used.sum(axis=1))]), table[is_used]
