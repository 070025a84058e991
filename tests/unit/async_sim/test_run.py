import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from async_sim.energy import constants, energy_of, utilization
from async_sim.flights import zero_load_ps
from async_sim.mesh import Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.report.command import run_command
from async_sim.report.options import parse, prepared
from async_sim.statistics import histogram, latencies, statistics
from async_sim.steps import simulate_steps
from async_sim.workloads import Workload, built, main, read_workload, workload_of

Shown = pytest.CaptureFixture[str]


def packets(*rows: tuple[int, int, int, int, int]) -> Packets:
    return Packets(*np.array(rows, np.int64).reshape(-1, 5).T)


def two_steps() -> Workload:
    """One packet over two links; then none at all, on cores of three neurons."""
    sent = packets((0, 2, 0, 1000, 7))
    return Workload(
        "two", Mesh(3, 1), (sent, packets()), 50_000, np.array([3, 1, 0]), np.array([0, 1])
    )


def test_a_step_ends_when_the_last_sink_is_ready_and_the_last_neuron_updated() -> None:
    run = simulate_steps(Network(Mesh(3, 1), decode_ps=1000, synapse_ps=100_000), two_steps())
    delivered = 1000 + 1200 + 3 * 4700
    assert run.results[0].delivered_ps.tolist() == [delivered]
    assert run.step_ps.tolist() == [delivered + 701_000, 150_000]
    assert run.latency_ps == delivered + 851_000


def test_energy_adds_up_to_the_last_attojoule() -> None:
    run = simulate_steps(Network(Mesh(3, 1)), two_steps())
    aj = constants()
    parts = energy_of(run).parts_aj
    assert parts["input units"] == 3 * aj["input_unit"] == 6_000_000
    assert parts["switch allocators"] == 3 * aj["switch_allocator"]
    assert parts["network interfaces"] == 2 * aj["network_interface"]
    assert parts["decoding"] == aj["decode"]
    assert parts["synapses"] == 7 * aj["synapse"]
    assert parts["neuron updates"] == 2 * 4 * aj["update"]
    # 5 x (63 + 31 + 44) uW a router, times picoseconds
    assert parts["leakage"] == 3 * 690 * run.latency_ps
    assert energy_of(run).total_aj == sum(parts.values())


def test_an_empty_network_blocks_nobody() -> None:
    run = simulate_steps(Network(Mesh(3, 1), link_ps=300), two_steps())
    found = statistics(run)
    assert (found.n_packets, found.n_hops, found.blocked_ps) == (1, 2, 0)
    assert found.p50_ps == found.longest_ps == 1200 + 3 * 4700 + 2 * 300
    assert found.congestion_ps == found.sink_wait_ps == 0
    assert zero_load_ps(run.network, np.array([2])).tolist() == latencies(run).tolist()


def test_waiting_counts_as_congestion() -> None:
    """Two sources send through the same port at once: the second waits for a cycle of 4.3 ns."""
    sent = packets((0, 1, 0, 0, 0), (2, 1, 0, 0, 0))
    workload = replace(two_steps(), steps=(sent,))
    run = simulate_steps(Network(Mesh(3, 1)), workload)
    assert statistics(run).congestion_ps == 4300 / 4  # four grants
    assert statistics(run).blocked_ps == 4300
    edges, counts = histogram(run)
    assert (edges.tolist(), counts.tolist()) == ([8192], [2])
    # both pass the local port of the middle router
    assert utilization(run)[1, 0] == 2 * 4300 / run.latency_ps


def test_nothing_sent_is_nothing_to_tell() -> None:
    run = simulate_steps(Network(Mesh(3, 1)), replace(two_steps(), steps=(packets(),)))
    found = statistics(run)
    assert found.n_packets == found.longest_ps == 0
    assert run.latency_ps == 150_000


def test_threads_change_no_result() -> None:
    workload = workload_of(*built("s2048"), 4)
    network = Network(workload.mesh, decode_ps=2000)
    one, two = (simulate_steps(network, workload, n_threads=n) for n in (1, 2))
    assert one.digests == two.digests
    assert one.latency_ps == two.latency_ps


def test_a_workload_survives_its_file(tmp_path: Path, capsys: Shown) -> None:
    path = tmp_path / "some.npz"
    assert main(["s1024", "--out", str(path)]) == 0
    assert "time steps" in capsys.readouterr().out
    read, made = read_workload(path), workload_of(*built("s1024"), 4)
    assert read.mesh == made.mesh
    assert read.neurons.tolist() == made.neurons.tolist()
    for one, other in zip(read.steps, made.steps, strict=True):
        for name in ("source", "destination", "channel", "release_ps", "n_synapses"):
            assert np.array_equal(getattr(one, name), getattr(other, name))


def test_a_workload_is_moved_to_another_mesh() -> None:
    _, plain = prepared(parse(["workload=s2048"]))
    network, moved = prepared(parse(["workload=s2048", "mesh=5x8", "mapping=random", "seed=3"]))
    assert network.mesh == moved.mesh == Mesh(5, 8)
    assert sorted(moved.neurons[moved.neurons > 0]) == sorted(plain.neurons[plain.neurons > 0])
    for one, other in zip(plain.steps, moved.steps, strict=True):
        assert sorted(one.n_synapses.tolist()) == sorted(other.n_synapses.tolist())
        table = dict(zip(plain.core_order.tolist(), moved.core_order.tolist(), strict=True))
        assert sorted(table[x] for x in one.source.tolist()) == other.source.tolist()


def test_a_run_is_reported_and_drawn(tmp_path: Path, capsys: Shown) -> None:
    assert run_command(["workload=s2048", "arbitration=age", f"out={tmp_path / 'new'}"]) == 0
    shown = capsys.readouterr().out
    report = json.loads((tmp_path / "new" / "report.json").read_text("utf-8"))
    assert f"{report['latency_s'] * 1e6:.3f} µs" in shown
    assert len(report["digests"]) == 10
    assert sum(report["energy_parts_aj"].values()) / 1e18 == report["energy_j"]
    assert (tmp_path / "new" / "report.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "needs workload=PATH or one of"),
        (["workload=s2047"], "did you mean 's2048'"),
        (["workload=none.npz"], "none.npz: no such file"),
        (["workload=s2048", "mesh=3x3"], "9 nodes, but the network needs"),
        (["workload=s2048", "mesh=8"], "a mesh is written as 8x8, got '8'"),
        (["workload=s2048", "arbitration=ages"], "did you mean 'age'"),
        (["workload=s2048", "chanels=2"], "chanels: no such key; did you mean 'channels'"),
        (["workload=s2048", "channels=0"], "run: channels: must lie in [1, 12], got 0"),
        (["workload=s2048", "depth=-1"], "depth: needs a whole number, got '-1'"),
        (["workload=s2048", f"link_ps={10**30}"], "needs a whole number up to 1000000000000"),
        (["workload=s2048", f"link_ps={'9' * 5000}"], "needs a whole number up to 1000000000000"),
        (["workload=s2048", "threads=0"], "threads: needs at least 1"),
        (["s2048"], "is not of the form key=value"),
        (["workload=s2048", "out="], "out: needs a folder, got nothing"),
        (["workload=s2048", "out=/dev/null/x"], "/dev/null"),
        (["workload=s2048", "depth=2", "depth=3"], "depth: is given twice"),
        (["workload=s2048", "seed=3"], "seed: needs mapping=random"),
        (["workload=a\nb.npz"], "a b.npz: no such file"),
        (
            ["workload=s256", "channels=3", "decode_ps=50", "engine=tick"],
            "engine tick, time step 0: a tick of 100 ps does not divide all times; 50 ps would",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    capsys: Shown, arguments: list[str], told: str
) -> None:
    assert run_command(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["trace=perfetto"], "trace: needs out=DIR"),
        (["trace=perfeto", "out=x"], "did you mean 'perfetto'"),
        (["trace=vcd", "out=x", "engine=tick"], "the tick engine notes no fires"),
        (["trace=vcd", "out=x", "trace_steps=10"], "there are time steps 0 to 9, got 10"),
        (["trace_steps=0"], "trace_steps: needs trace="),
        (["trace_steps=3-1"], "trace_steps: ends before it begins: '3-1'"),
        (["trace_steps=1-"], "needs a time step, or some as 0-9, got '1-'"),
        (["trace_steps=a"], "needs a time step, or some as 0-9, got 'a'"),
    ],
)
def test_a_trace_that_cannot_be_is_one_line_and_nothing_is_written(
    capsys: Shown, arguments: list[str], told: str
) -> None:
    assert run_command(["workload=s2048", *arguments]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]
    assert not Path("x").exists()
