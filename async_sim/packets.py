"""Packets: what is sent, when, and what became of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from async_sim.mesh import Mesh

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Packets:
    """n packets of one flit, each (n,); a source sends its own in the order of the arrays.

    Attributes:
        source: Node that sends.
        destination: Node that receives.
        channel: Virtual channel, kept all the way.
        release_ps: Earliest time of sending; never falls from one packet of a source to its next.
        n_synapses: Synapses that the spike feeds at its destination.
        following: Packets behind this one that belong to the same multicast group: 2, 1, 0 for a
            group of three, which travels as one until ways part. None if there are no groups.
    """

    source: Integers
    destination: Integers
    channel: Integers
    release_ps: Integers
    n_synapses: Integers
    following: Integers | None = None

    def __post_init__(self) -> None:
        grouped = () if self.following is None else ("following",)
        for name in ("source", "destination", "channel", "release_ps", "n_synapses", *grouped):
            values = np.ascontiguousarray(getattr(self, name), np.int64)
            if values.shape != (len(self.source),):
                raise ValueError(f"packets: {name} needs shape ({len(self.source)},)")
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.source)

    def check(self, mesh: Mesh, n_channels: int) -> None:
        """Refuse packets that do not fit a network.

        Raises:
            ValueError: In one line, with the first of them.
        """
        self._check_range("source", mesh.n_nodes, f"the {mesh.width}x{mesh.height} mesh")
        self._check_range("destination", mesh.n_nodes, f"the {mesh.width}x{mesh.height} mesh")
        self._check_range("channel", n_channels, f"{n_channels} virtual channels")
        for name in ("release_ps", "n_synapses"):
            negative = np.flatnonzero(getattr(self, name) < 0)
            if len(negative):
                raise ValueError(f"packet {negative[0]}: {name} must be at least 0")
        order = np.argsort(self.source, kind="stable")
        source, release = self.source[order], self.release_ps[order]
        early = np.flatnonzero((np.diff(source) == 0) & (np.diff(release) < 0))
        if len(early):
            raise ValueError(
                f"packet {order[early[0] + 1]} is released before its source's packet ahead of it"
            )

        if self.following is not None:
            self._check_groups(order)

    def _check_groups(self, order: Integers) -> None:
        some = self.take(order)
        following = np.asarray(some.following)
        is_last, is_joined = np.ones(len(order), bool), np.zeros(len(order), bool)
        is_last[:-1] = some.source[1:] != some.source[:-1]
        is_joined[1:] = following[:-1] > 0
        wrong = (following < 0) | (is_last & (following > 0))
        for values in (following + np.arange(len(order)), some.release_ps, some.channel):
            wrong[1:] |= is_joined[1:] & (np.diff(values) != 0)
        if wrong.any():
            raise ValueError(
                f"packet {order[np.argmax(wrong)]}: a multicast group is packets of one source, "
                "channel and release behind each other, whose 'following' counts down to 0"
            )
        members = np.stack([np.cumsum(~is_joined), some.destination])
        if np.unique(members, axis=1).shape[1] < len(order):
            raise ValueError("a multicast group has each destination once")

    def _check_range(self, name: str, n: int, what: str) -> None:
        values = getattr(self, name)
        outside = np.flatnonzero((values < 0) | (values >= n))
        if len(outside):
            i = outside[0]
            raise ValueError(f"packet {i}: {name} {values[i]} is not in {what} (0 to {n - 1})")

    def hops(self, mesh: Mesh) -> Integers:
        """Links on each packet's way, (n,); all our routings take shortest ways."""
        x, y = self.source % mesh.width, self.source // mesh.width
        to_x, to_y = self.destination % mesh.width, self.destination // mesh.width
        hops: Integers = np.abs(x - to_x) + np.abs(y - to_y)
        return hops

    def by_source(self) -> "Packets":
        """Sorted by source; each source keeps its order."""
        return self.take(np.argsort(self.source, kind="stable"))

    def take(self, which: Any) -> "Packets":  # noqa: ANN401 (anything that indexes)
        """Some of the packets."""
        return Packets(
            self.source[which],
            self.destination[which],
            self.channel[which],
            self.release_ps[which],
            self.n_synapses[which],
            None if self.following is None else self.following[which],
        )
