from collections.abc import Callable

import noc_applications
import numpy as np
import pytest

from async_sim import actors, tick
from async_sim.application import Application
from async_sim.core_traffic import core_traffic, traffic_of
from async_sim.execution import FEATURES, FIGURES, execute, figures
from async_sim.hardware import Hardware, laid_out
from async_sim.packets import Packets
from async_sim.steps import Engine
from async_sim.traffic import linked_fan_out, packets_of

MADE = (noc_applications.dense, noc_applications.shortcuts)
COLUMNS = ("source", "destination", "channel", "release_ps", "n_synapses")
Maker = Callable[[], Application]


def plain_packets(application: Application, hardware: Hardware) -> list[Packets]:
    """The packets of a design, without anything kept from others."""
    placement = hardware.placement(application)
    links = ((link.source, link.target, link.connection.groups()) for link in application.links)
    fan = linked_fan_out(application.layer_sizes, links, placement)
    update_ps, n_channels = application.update_ps, hardware.n_channels
    return packets_of(application.trace, placement, fan, update_ps, n_channels)


@pytest.mark.parametrize("make", MADE)
@pytest.mark.parametrize("dealing", ["in-order", "by-load"])
def test_what_is_kept_between_designs_changes_no_packet(make: Maker, dealing: str) -> None:
    application, random = make(), np.random.default_rng(1)
    for _ in range(10):
        hardware = noc_applications.design(application, random, dealing=dealing)
        found = execute(application, hardware).packets
        for mine, theirs in zip(found, plain_packets(application, hardware), strict=True):
            for name in COLUMNS:
                assert np.array_equal(getattr(mine, name), getattr(theirs, name)), name


def test_a_spike_goes_to_each_core_once_with_all_its_synapses_there() -> None:
    """Neurons of layer 1 feed layer 2 by a 5x5 convolution and by a shortcut."""
    application = noc_applications.shortcuts()
    hardware = laid_out(application, 256)
    first = application.trace.layer_starts[1]
    fired = (application.trace.neuron >= first) & (
        application.trace.neuron < application.trace.layer_starts[2]
    )
    matrix = core_traffic(application, hardware)
    assert matrix[1].tolist() == [0, 0, fired.sum(), fired.sum(), 0, 0]
    traffic = traffic_of(application, hardware)
    between = (traffic.source == 1) & (traffic.target == 2)
    # the middle of a 6x6 layer feeds 5 x 5 places of 4 channels, and its counterpart
    assert traffic.n_synapses[between].max() == 5 * 5 * 4 + 1


@pytest.mark.parametrize("make", MADE)
@pytest.mark.parametrize("dealing", ["in-order", "by-load"])
@pytest.mark.parametrize("engine", [actors.simulate, tick.simulate])
def test_every_engine_gives_the_same(make: Maker, dealing: str, engine: Engine) -> None:
    application, random = make(), np.random.default_rng(2)
    for _ in range(2):
        hardware = noc_applications.design(application, random, dealing=dealing)
        assert execute(application, hardware, engine).digests == (
            execute(application, hardware).digests
        )


@pytest.mark.parametrize("make", MADE)
def test_threads_change_nothing(make: Maker) -> None:
    application = make()
    hardware = noc_applications.design(application, np.random.default_rng(3))
    one, three = (execute(application, hardware, n_threads=n) for n in (1, 3))
    assert one.digests == three.digests
    assert figures(application, hardware, one) == figures(application, hardware, three)


def test_hops_follow_from_the_traffic_between_cores() -> None:
    application, random = noc_applications.shortcuts(), np.random.default_rng(4)
    for _ in range(5):
        hardware = noc_applications.design(application, random)
        run, traffic = execute(application, hardware), core_traffic(application, hardware)
        hops = [
            [hardware.mesh.hops(source, target) for target in hardware.nodes]
            for source in hardware.nodes
        ]
        mean_hops = (traffic * hops).sum() / traffic.sum()
        found = figures(application, hardware, run)
        assert found["mean_hops"] == pytest.approx(mean_hops, rel=1e-12)


def test_traffic_between_cores_is_the_same_wherever_they_sit() -> None:
    application = noc_applications.dense()
    row, snake = (laid_out(application, 4, mapping=mapping) for mapping in ("row", "snake"))
    assert core_traffic(application, row) is core_traffic(application, snake)
    with pytest.raises(ValueError, match="read-only"):
        core_traffic(application, row)[0, 0] = 1


def test_figures_are_of_one_frame() -> None:
    application, n = noc_applications.dense(n_samples=4), 4
    hardware = laid_out(application, 8)
    run = execute(application, hardware)
    found = figures(application, hardware, run)
    assert tuple(found) == FIGURES + FEATURES
    assert found["latency_s"] == pytest.approx(run.latency_ps / n / 1e12)
    assert found["edp_js"] == found["latency_s"] * found["energy_j"]
