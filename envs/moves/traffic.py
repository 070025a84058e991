"""How many packets cores exchange, and how many spikes layers get, without a simulation."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from async_sim.application import Application
from async_sim.core_traffic import core_traffic
from async_sim.core_traffic import forget as forget_packets
from async_sim.hardware import Hardware

Integers = NDArray[np.int64]
MOST_SPREADS, MOST_APPLICATIONS = 16, 8  # kept, the latest ones


@dataclass(frozen=True)
class _Spread:
    """All that packets between cores depend on; where the cores sit is not."""

    application: Application
    cores: tuple[int, ...]
    dealing: str
    hardware: Hardware = field(compare=False)


def exchanged(hardware: Hardware, application: Application) -> Integers:
    """Packets between each two cores, both ways together; symmetric, (cores, cores); read-only.

    A core and itself exchange nothing: such packets pass no link.
    """
    return _exchanged(_Spread(application, hardware.cores, hardware.dealing, hardware))


def forget() -> None:
    """Keep nothing of the designs and applications that were asked for, nor of their packets."""
    forget_packets()
    _exchanged.cache_clear()
    layer_events.cache_clear()


@lru_cache(maxsize=MOST_SPREADS)
def _exchanged(spread: _Spread) -> Integers:
    packets = core_traffic(spread.application, spread.hardware)
    both: Integers = packets + packets.T
    np.fill_diagonal(both, 0)
    both.flags.writeable = False
    return both


@lru_cache(maxsize=MOST_APPLICATIONS)
def layer_events(application: Application) -> tuple[Integers, Integers]:
    """Spikes that feed each layer, and synapses that they meet there, (layers,) each."""
    trace, n_layers = application.trace, len(application.layer_sizes)
    spikes = np.bincount(trace.neuron, minlength=trace.n_neurons)
    arriving, met = np.zeros(n_layers, np.int64), np.zeros(n_layers, np.int64)
    for link in application.links:
        begin, end = trace.layer_starts[link.source : link.source + 2]
        groups = link.connection.groups()
        n_targets = np.diff(groups.start)[groups.group]
        arriving[link.target] += spikes[begin:end][n_targets > 0].sum()
        met[link.target] += spikes[begin:end] @ n_targets
    return arriving, met
