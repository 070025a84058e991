"""How many packets each core sends to each other one, without simulating anything."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from async_sim.application import Application, Link
from async_sim.hardware import Hardware

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
MOST_APPLICATIONS, MOST_SPREADS = 4, 128  # kept, the latest ones

Spread = tuple[tuple[int, ...], str]  # cores of each layer, and how neurons are dealt to them


class Traffic:
    """Core-to-core packets of one application, for any way to spread it over cores."""

    def __init__(self, application: Application) -> None:
        self.application = application
        starts = application.trace.layer_starts
        self._links = [_GroupedLink.of(link, starts) for link in application.links]
        self._known: OrderedDict[Spread, Reals] = OrderedDict()

    @cached_property
    def spikes(self) -> Integers:
        """Of each neuron, over all time steps, (neurons,)."""
        trace = self.application.trace
        return np.bincount(trace.neuron, minlength=trace.n_neurons)

    @cached_property
    def layer_events(self) -> tuple[Integers, Integers]:
        """Spikes that feed each layer, and synapses that they meet there, (layers,) each."""
        n_layers = len(self.application.layer_sizes)
        arriving, met = np.zeros(n_layers, np.int64), np.zeros(n_layers, np.int64)
        for link, grouped in zip(self.application.links, self._links, strict=True):
            sent = grouped.spikes_of_group(self.spikes)
            arriving[link.target] += sent.sum()
            met[link.target] += sent @ grouped.n_targets
        return arriving, met

    def between_cores(self, hardware: Hardware) -> Reals:
        """Packets that the cores of a row send to those of a column, both ways, (cores, cores).

        Symmetric, with nothing between a core and itself; read-only.
        """
        spread = (hardware.cores, hardware.dealing)
        if spread not in self._known:
            self._known[spread] = self._counted(hardware)
            if len(self._known) > MOST_SPREADS:
                self._known.popitem(last=False)
        self._known.move_to_end(spread)
        return self._known[spread]

    def sent(self, hardware: Hardware) -> Reals:
        """Packets that the core of a row sends to that of a column, (cores, cores)."""
        core, n_cores = hardware.placement(self.application).core, sum(hardware.cores)
        packets = np.zeros((n_cores, n_cores))
        for grouped in self._links:
            packets += grouped.packets(core, self.spikes, n_cores)
        return packets

    def _counted(self, hardware: Hardware) -> Reals:
        packets = self.sent(hardware)
        both = packets + packets.T
        np.fill_diagonal(both, 0.0)
        both.flags.writeable = False
        return both


@dataclass(frozen=True)
class _GroupedLink:
    """A link as groups of neurons that feed the same ones: row g of two matrices of 0 and 1."""

    sources: sparse.csr_array
    targets: sparse.csr_array

    @classmethod
    def of(cls, link: Link, starts: Integers) -> "_GroupedLink":
        groups = list(link.connection.targets())
        size = int(starts[-1])
        return cls(
            _rows([starts[link.source] + one for one, _ in groups], size),
            _rows([starts[link.target] + one for _, one in groups], size),
        )

    @property
    def n_targets(self) -> Integers:
        """Synapses of a spike of each group."""
        counts: Integers = np.diff(self.targets.indptr).astype(np.int64)
        return counts

    def spikes_of_group(self, spikes: Integers) -> Integers:
        """Spikes that each group fires."""
        found: Integers = self.sources @ spikes
        return found

    def packets(self, core: Integers, spikes: Integers, n_cores: int) -> Reals:
        """Copies of spikes: one for each core in which a spike feeds anything."""
        of_core = sparse.csr_array(
            (np.ones(len(core)), (np.arange(len(core)), core)), shape=(len(core), n_cores)
        )
        senders = self.sources @ sparse.diags_array(spikes.astype(float)) @ of_core
        receivers = (self.targets @ of_core).sign()
        found: Reals = (senders.T @ receivers).toarray()
        return found


def _rows(members: list[Integers], width: int) -> sparse.csr_array:
    start = np.concatenate([[0], np.cumsum([len(one) for one in members])])
    columns = np.concatenate(members)
    return sparse.csr_array((np.ones(len(columns)), columns, start), shape=(len(members), width))


_KNOWN: OrderedDict[int, Traffic] = OrderedDict()


def traffic_of(application: Application) -> Traffic:
    """The traffic of an application, whose groups of neurons are counted once."""
    if id(application) not in _KNOWN:  # a Traffic holds its application: no other gets this id
        _KNOWN[id(application)] = Traffic(application)
        if len(_KNOWN) > MOST_APPLICATIONS:
            _KNOWN.popitem(last=False)
    _KNOWN.move_to_end(id(application))
    return _KNOWN[id(application)]
