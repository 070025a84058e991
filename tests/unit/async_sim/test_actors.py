"""The actor engine: exact, equal to the compiled one, and independent of every order."""

import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import noc_cases
import numpy as np
import pytest

from async_sim import actors, compiled, router
from async_sim.kernel import Instant, Kernel
from async_sim.mesh import EAST, LOCAL, NORTH, SINK, SOURCE, SOUTH, WEST, Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.result import DeadlockError
from async_sim.stock import StockKernel
from async_sim.system import System

ROOT = Path(__file__).parents[3]


def backwards(instant: Instant) -> Instant:
    return dict(reversed(instant.items()))


def shuffled(seed: int) -> Kernel:
    source = random.Random(seed)  # noqa: S311

    def arrange(instant: Instant) -> Instant:
        items = list(instant.items())
        source.shuffle(items)
        return dict(items)

    return Kernel(arrange)


@pytest.mark.parametrize("name", noc_cases.NAMES)
def test_golden_cases_are_exact(name: str) -> None:
    file = noc_cases.golden_file(name)
    if file is None:
        pytest.skip(f"{name}.npz lies in ../shared, which is not here")
    network, packets, expected = noc_cases.golden_case(file)
    assert actors.simulate(network, packets).differences(expected) == []


@pytest.mark.parametrize("seed", range(60))
def test_actors_and_compiled_code_agree(seed: int) -> None:
    network, packets = noc_cases.random_case(seed)
    result = actors.simulate(network, packets)
    assert result.differences(compiled.simulate(network, packets)) == []
    assert result.digest == compiled.simulate(network, packets).digest


@pytest.mark.parametrize("seed", range(100, 112))
def test_the_order_of_evaluation_changes_nothing(seed: int) -> None:
    network, packets = noc_cases.random_case(seed)
    digest = actors.simulate(network, packets).digest
    for kernel in (Kernel(backwards), shuffled(1), shuffled(2)):
        assert actors.simulate(network, packets, kernel).digest == digest


@pytest.mark.parametrize("seed", range(200, 212))
def test_the_stock_event_loop_gives_the_same(seed: int) -> None:
    network, packets = noc_cases.random_case(seed)
    expected = actors.simulate(network, packets)
    assert actors.simulate(network, packets, StockKernel()).differences(expected) == []


def test_the_hash_seed_changes_nothing() -> None:
    program = (
        "import noc_cases; from async_sim import actors;"
        "print(actors.simulate(*noc_cases.random_case(7)).digest)"
    )
    digests = {run_python(program, hash_seed) for hash_seed in ("0", "1", "77")}
    assert digests == {actors.simulate(*noc_cases.random_case(7)).digest + "\n"}


def run_python(program: str, hash_seed: str) -> str:
    path = f"{ROOT}{os.pathsep}{ROOT / 'tests'}"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_an_empty_network_ends_at_once() -> None:
    result = actors.simulate(Network(Mesh(2, 2)), Packets(*[np.zeros(0, np.int64)] * 5))
    assert result.end_ps == 0
    assert result.fires.sum() == 0


def test_packets_that_do_not_fit_are_refused() -> None:
    packets = Packets(*(np.array([n]) for n in (0, 4, 0, 0, 0)))
    with pytest.raises(ValueError, match="packet 0: destination 4 is not in the 2x2 mesh"):
        actors.simulate(Network(Mesh(2, 2)), packets)


def test_a_system_shows_its_four_levels() -> None:
    network, packets = noc_cases.random_case(3)
    system = System(replace(network, mesh=Mesh(4, 4)), Kernel())
    assert sum(len(node.controllers) for node in system.nodes) == 272  # ANCoEF: hundreds of actors
    system.send(packets)
    system.run()
    node = system.nodes[packets.destination[0]]
    assert node.element.n_spikes == node.controllers[SINK].known.n_fires > 0
    assert sum(node.element.n_synapses for node in system.nodes) == packets.n_synapses.sum()
    assert sum(node.controllers[SOURCE].known.n_fires for node in system.nodes) == len(packets)


def test_a_deadlock_names_the_controllers_of_the_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    onward = {(0, 0): EAST, (1, 0): NORTH, (1, 1): WEST, (0, 1): SOUTH}

    def around(routing: int, x: int, y: int, *there: int) -> int:  # noqa: ARG001
        return LOCAL if (x, y) == there[1:3] else onward[x, y]

    monkeypatch.setattr(router, "next_port", around)
    network = Network(Mesh(2, 2), n_channels=1, depth=1, sink_depth=1)
    source = np.repeat(np.arange(4), 20)
    destination = np.array([2, 0, 3, 1])[source]  # three links on, and so all wait for all
    nothing = np.zeros(80, np.int64)
    with pytest.raises(DeadlockError) as caught:
        actors.simulate(network, Packets(source, destination, nothing, nothing, nothing))
    circle = str(caught.value).removeprefix("tokens wait for each other: ").split(" -> ")
    assert circle[0] == circle[-1]
    assert len(set(circle)) == len(circle) - 1 >= 12
    assert "(1, 1) output unit west" in circle
