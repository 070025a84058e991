"""What a joint design takes at least: its figures without a spike, known before any training."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from async_sim.core_figures import FREE, CoreFigures
from async_sim.dealing import core_sizes
from async_sim.execution import execute, figures
from envs.ancoef_design import hardware_of
from envs.evaluation import InfeasibleError, Metrics
from envs.joint_choices import cores_of, flat_choices
from envs.joint_cores import CoreWork, CrossbarChip
from envs.joint_family import Measured
from envs.objectives import Constraint
from envs.space import Choices
from snn.spike_graph import SpikeGraph, SpikeLayer, SpikeRecord
from snn.spikes import SpikeTrace

if TYPE_CHECKING:
    from envs.joint_evaluator import JointEvaluator

SURE = 1 - 1e-12  # a design's own figures are sums over steps, which are rounded otherwise
LEAST = ("area_m2", "latency_s", "energy_j")


def check_bounds(constraints: tuple[Constraint, ...], least: Mapping[str, float]) -> None:
    """Refuse a design whose least figures break a bound.

    Raises:
        InfeasibleError: With every broken bound; its metrics are named as ``least_area_m2``.
    """
    surely = {name: SURE * value for name, value in least.items()}
    broken = [
        f"{one.metric} at least {least[one.metric]:.4g} > {one.bound:.4g}"
        for one in constraints
        if one.metric in least and one.violation(surely)
    ]
    if broken:
        raise InfeasibleError("; ".join(broken), named(least))


def named(least: Mapping[str, float]) -> Metrics:
    """Least figures by names that nobody takes for the figures themselves."""
    return {f"least_{name}": value for name, value in least.items()}


def least_figures(joint: "JointEvaluator", choices: Choices) -> dict[str, float]:
    """`LEAST` of a frame: all cores sweep in each time step and leak, nothing is sent.

    Never more than the figures of the design itself. Neurons that are dealt in order make cores
    that are known exactly; dealt by load, that depends on what they fire, and each core counts as
    if it held the fewest places and the fewest channels that its neurons can be of, and swept them
    in no time.

    Raises:
        ValueError: If the cores cannot be built.
    """
    graph, chip = joint.family.graph(choices), joint.chip(choices)
    measured = Measured({}, SpikeRecord(graph, silence(graph), 1), joint.assumed(choices))
    plain = joint.plain(measured)
    cores = tuple(least_cores_of(joint, choices, measured, chip))
    application = replace(plain, cores=cores)
    hardware = hardware_of(flat_choices(choices), application)
    step = figures(application, hardware, execute(application, hardware))
    n = int(choices["network.timesteps"])
    return {
        "area_m2": step["area_m2"],
        "latency_s": n * step["latency_s"],
        "energy_j": n * step["energy_j"],
    }


def silence(graph: SpikeGraph) -> SpikeTrace:
    """A time step with a single spike, which feeds nobody: that the last layer's."""
    step = [np.zeros((1, size), np.bool_) for size in graph.layer_sizes]
    step[-1][0, 0] = True
    return SpikeTrace.from_dense(step)


def least_cores_of(
    joint: "JointEvaluator", choices: Choices, measured: Measured, chip: CrossbarChip
) -> Iterator[CoreFigures | None]:
    """Figures of the cores of each layer at least; None if they are digital."""
    graph, dealing = measured.record.graph, str(choices["mesh.dealing"])
    n_cores = cores_of(graph.layer_sizes, choices)
    works = joint.network(measured, chip).works(n_cores, dealing)
    is_in_order = dealing == "in-order"
    for work, layer, n in zip(works, graph.layers, n_cores, strict=True):
        if work is None:
            yield None
        elif is_in_order:
            yield replace(work, density_ratio=0.0).figures(chip)
        else:
            # a sweep of fewer channels may take longer, so that nothing is known of its time
            yield replace(_figures(smallest(work, layer, n), chip), sweep_ps=0)


def smallest(work: CoreWork, layer: SpikeLayer, n_cores: int) -> CoreWork:
    """The fullest core of a layer, however its neurons are dealt."""
    height, width, channels = layer.shape
    held = int(core_sizes(layer.size, n_cores)[0])
    return replace(
        work,
        n_positions=-(-held // channels),
        n_channels=-(-held // (height * width)),
        density_ratio=0.0,
    )


def _figures(work: CoreWork, chip: CrossbarChip) -> CoreFigures:
    """Nothing, if so small a core cannot be built: the core itself may be larger."""
    try:
        return work.figures(chip)
    except ValueError:
        return FREE
