"""Cores of crossbars: from what a core has to compute to what the simulator takes of it.

The cost model prices a core as a chip of its own (docs/models/joint.md).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from async_sim.core_figures import CoreFigures
from async_sim.silicon import Silicon
from hwmodels.chip import Circuit, Estimate
from hwmodels.devices import Device
from hwmodels.estimate import estimate_workload
from hwmodels.workload import Activity, LayerWork, Workload, load_activity
from snn.spike_graph import IMAGE, Feed, SpikeGraph, SpikeLayer

Integers = NDArray[np.int64]
PREFIX = "core "  # of the parts of a core, among those of a design
LEAKAGE = f"{PREFIX}leakage"
WITH_WEIGHTS = ("convolution", "dense")


@dataclass(frozen=True, slots=True)
class CrossbarChip:
    """What cores are made of.

    Attributes:
        model: One of `hwmodels.estimate.MODELS`; ``technology`` is one of its files.
    """

    device: Device
    circuit: Circuit
    technology: str | None
    model: str


@dataclass(frozen=True, slots=True)
class Stored:
    """Weights of a layer: their bits, and their deviation in units of their range."""

    bits: int
    sigma_ratio: float


@dataclass(frozen=True, slots=True)
class CoreWork:
    """What a core reads in a time step.

    Attributes:
        n_rows: Inputs of a neuron, all ways into the layer together.
        n_positions: Places in the layer that the core has neurons of: so many reads.
        n_channels: Neurons of a place, so many weights wide.
        input_bits: 1 for spikes.
        density_ratio: Share of ones among the bits that enter.
    """

    name: str
    n_rows: int
    n_positions: int
    n_channels: int
    input_bits: int
    density_ratio: float
    stored: Stored

    def workload(self) -> Workload:
        """As the cost model takes it: a step of a spiking layer, each place with its own inputs."""
        activity = Activity(min(self.density_ratio, 1.0), self.stored.sigma_ratio)
        layer = LayerWork(
            self.name, self.n_positions, 1, self.n_rows, 1, 1, self.n_channels,
            is_pooled=False, stride=1, weight_bits=self.stored.bits,
            activation_bits=self.input_bits, activity=activity,
        )  # fmt: skip
        return Workload((layer,), timesteps=1)

    def estimate(self, chip: CrossbarChip) -> Estimate:
        """Price a time step of one core.

        Raises:
            ValueError: If such a core cannot be built.
        """
        return estimate_workload(
            self.workload(), chip.device, chip.circuit, chip.technology, chip.model
        )

    def figures(self, chip: CrossbarChip) -> CoreFigures:
        """The same in whole picoseconds, attojoules, square micrometres and picowatts.

        Raises:
            ValueError: If such a core cannot be built; the message names the layer.
        """
        try:
            return figures_of(self.estimate(chip))
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from error


def figures_of(cost: Estimate) -> CoreFigures:
    """What the simulator takes of an estimate; leakage is left to the simulated time."""
    energy_j = {name: value for name, value in cost.energy_parts_j().items() if name != "leakage"}
    silicon = {
        PREFIX + name: Silicon(round(area_m2 * 1e12))
        for name, area_m2 in cost.area_parts_m2.items()
    }
    return CoreFigures(
        sweep_ps=math.ceil(cost.latency_s * 1e12),
        sweep_aj={PREFIX + name: round(joules * 1e18) for name, joules in energy_j.items()},
        silicon=silicon | {LEAKAGE: Silicon(0, round(cost.leakage_w * 1e12))},
    )


@dataclass(frozen=True)
class NetworkWork:
    """What the cores of a network read, however it is spread over them.

    Attributes:
        rates: Spikes per neuron and time step, of each layer.
        stored: Weights by layer.
    """

    graph: SpikeGraph
    rates: Sequence[float]
    stored: Mapping[str, Stored]
    pixel_bits: int

    def of(self, index: int, core: Integers) -> CoreWork | None:
        """What the fullest core of a layer reads; None for a layer without weights.

        Args:
            core: Of each neuron of the layer.
        """
        layer = self.graph.layers[index]
        feeds = [feed for feed in layer.feeds if feed.kind in WITH_WEIGHTS]
        if not feeds:
            return None
        n_rows = [_n_rows(feed, self.graph) for feed in feeds]
        density = [_density(feed, self.rates) for feed in feeds]
        return CoreWork(
            layer.name,
            sum(n_rows),
            *_held(layer, core),
            self.pixel_bits if any(feed.source == IMAGE for feed in feeds) else 1,
            float(np.average(density, weights=n_rows)),
            self.stored[layer.name],
        )


def core_works(
    graph: SpikeGraph,
    cores: Sequence[Integers],
    rates: Sequence[float],
    stored: Mapping[str, Stored],
    pixel_bits: int,
) -> Iterator[CoreWork | None]:
    """What the fullest core of each layer reads; None for layers without weights.

    Args:
        cores: Core of each neuron, layer by layer.
        rates: Spikes per neuron and time step, of each layer.
        stored: Weights by layer.
    """
    work = NetworkWork(graph, rates, stored, pixel_bits)
    return (work.of(index, core) for index, core in enumerate(cores))


def _n_rows(feed: Feed, graph: SpikeGraph) -> int:
    height, width, channels = graph.shape(feed)
    return feed.kernel**2 * channels if feed.kind == "convolution" else height * width * channels


def _density(feed: Feed, rates: Sequence[float]) -> float:
    """Of pixels as it was measured on images; of spikes their rate."""
    if feed.source == IMAGE:
        return load_activity(is_first=True).density_ratio
    return rates[feed.source]


def _held(layer: SpikeLayer, core: Integers) -> tuple[int, int]:
    """Most places, and most channels, that any core has neurons of."""
    neuron, n_channels = np.arange(layer.size), layer.shape[2]

    def most(kinds: Integers) -> int:
        pairs = np.unique(core * layer.size + kinds)
        return int(np.bincount(pairs // layer.size).max())

    return most(neuron // n_channels), most(neuron % n_channels)
