"""Trace files, read back by readers of the test's own and compared with the fires."""

import csv
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import noc_reference
import numpy as np
import pytest
from noc_random import any_case, packets_of

from async_sim import actors, compiled
from async_sim.channels import channel_waits_ps, stalls_ps
from async_sim.engines import load_tracer
from async_sim.event_file import read_events, write_events
from async_sim.events import first_difference
from async_sim.flights import flights
from async_sim.mesh import N_CONTROLLERS, SINK, SOURCE, Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.report.options import parse
from async_sim.report.perfetto import unit_name, write_perfetto
from async_sim.report.plots import plot_run
from async_sim.report.tables import write_packets, write_statistics
from async_sim.report.traced import Traced, traced
from async_sim.report.traces import write_traces
from async_sim.report.vcd import channel_name, write_vcd
from async_sim.steps import Run
from configs.catalog import UnknownNameError

SEEDS = [7, 8, 13, 21, 48, 51, 53]  # the first and the last three have multicast groups


def run_of(network: Network, *steps: Any) -> Run:
    results = tuple(compiled.simulate(network, packets) for packets in steps)
    lengths = np.array([result.end_ps + 1000 for result in results], np.int64)
    return Run(network, steps, results, lengths, 0)


def trace_of(seed: int) -> Traced:
    """Two steps of random traffic; in the second, every other source is silent."""
    network, packets = any_case(seed)
    run = run_of(network, packets, packets.take(packets.source % 2 == 0))
    return traced(run, compiled.simulate_traced, range(2))


@pytest.mark.parametrize("seed", range(6000, 6040))
def test_a_traced_run_is_the_run_whichever_engine_traces(seed: int) -> None:
    case = any_case(seed)
    expected = compiled.simulate(*case)
    (result, events), (acted, other) = (
        compiled.simulate_traced(*case),
        actors.simulate_traced(*case),
    )
    assert result.digest == acted.digest == expected.digest
    assert len(events) == expected.fires.sum()
    assert first_difference(events, other) is None


def test_only_engines_that_note_fires_trace() -> None:
    assert load_tracer("actor") is actors.simulate_traced
    with pytest.raises(UnknownNameError, match="no engine that traces called 'tick'"):
        load_tracer("tick")


def test_a_trace_that_changes_a_result_is_refused() -> None:
    network, packets = Network(Mesh(2, 1)), packets_of(0, 1, 0)
    run = run_of(network, packets)
    changed = replace(run, results=(compiled.simulate(network, packets_of(0, 1, 5)),))
    with pytest.raises(RuntimeError, match="time step 0 has another result when it is traced"):
        traced(changed, compiled.simulate_traced, range(1))


def read_perfetto(path: Path) -> list[dict[str, Any]]:
    """Check what the format demands of every event."""
    content = json.loads(path.read_text("utf-8"))
    assert set(content) == {"displayTimeUnit", "traceEvents"}
    for event in content["traceEvents"]:
        assert {"ph", "name", "pid", "tid"} <= set(event)
        assert event["ph"] in "XMstf"
        if event["ph"] == "M":
            assert event["name"] in {
                "process_name", "thread_name", "process_sort_index", "thread_sort_index"
            }  # fmt: skip
        else:
            assert event["ts"] >= 0
        if event["ph"] == "X":
            assert event["dur"] > 0
        if event["ph"] in "stf":
            assert {"id", "cat", "bp"} <= set(event)
    return list(content["traceEvents"])


@pytest.mark.parametrize("seed", SEEDS)
def test_perfetto_shows_every_fire_where_and_when_it_was(seed: int, tmp_path: Path) -> None:
    trace = trace_of(seed)
    write_perfetto(tmp_path / "trace.json", trace)
    events = read_perfetto(tmp_path / "trace.json")
    fires = [event for event in events if event["ph"] == "X" and event["cat"] == "fire"]
    shown = [
        (
            event["args"]["step"], event["args"]["fire_ps"], event["tid"] - 1,
            event["args"]["packet"],
        )
        for event in fires
    ]  # fmt: skip
    starts = trace.starts_ps
    assert sorted(shown) == sorted(
        (step, starts[step] + fire, controller, packet)
        for step, some in enumerate(trace.events)
        for controller, packet, _, fire in rows(some)
    )
    for event in fires:
        assert event["pid"] == (event["tid"] - 1) // N_CONTROLLERS + 1
        assert round(event["ts"] * 1e6) == event["args"]["fire_ps"]
        assert round(event["dur"] * 1e6) == event["args"]["dur_ps"]


@pytest.mark.parametrize("seed", SEEDS)
def test_perfetto_slices_of_a_controller_do_not_overlap_and_have_names(
    seed: int, tmp_path: Path
) -> None:
    write_perfetto(tmp_path / "trace.json", trace_of(seed))
    events = read_perfetto(tmp_path / "trace.json")
    ends: dict[int, int] = defaultdict(int)
    named = {event["tid"] for event in events if event["name"] == "thread_name"}
    for event in events:
        if event.get("cat") == "fire":
            assert event["tid"] in named
            assert event["args"]["fire_ps"] >= ends[event["tid"]]
            ends[event["tid"]] = event["args"]["fire_ps"] + event["args"]["dur_ps"]


@pytest.mark.parametrize("seed", SEEDS)
def test_perfetto_arrows_follow_each_packet_from_source_to_sink(seed: int, tmp_path: Path) -> None:
    trace = trace_of(seed)
    write_perfetto(tmp_path / "trace.json", trace)
    events = read_perfetto(tmp_path / "trace.json")
    slices = {(event["tid"], event["ts"]) for event in events if event["ph"] == "X"}
    ways: dict[int, list[str]] = defaultdict(list)
    places: dict[int, list[int]] = defaultdict(list)
    for event in events:
        if event["ph"] in "stf":
            assert (event["tid"], event["ts"]) in slices
            ways[event["id"]].append(event["ph"])
            places[event["id"]].append(event["tid"] - 1)
    hops = np.concatenate([one.hops(trace.network.mesh) for one in trace.run.packets])
    assert ["".join(ways[i]) for i in range(len(hops))] == [
        "s" + 3 * (n + 1) * "t" + "f" for n in hops
    ]
    ends = [(places[i][0], places[i][-1]) for i in range(len(hops))]
    assert ends == [
        (source * N_CONTROLLERS + SOURCE, destination * N_CONTROLLERS + SINK)
        for one in trace.run.packets
        for source, destination in zip(one.source, one.destination, strict=True)
    ]


def rows(some: Any) -> list[tuple[int, ...]]:
    columns = (some.controller, some.packet, some.arrival_ps, some.fire_ps)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def read_vcd(path: Path) -> dict[str, list[int]]:
    """Toggles of each wire by its full name; a reader that knows no more than the standard."""
    lines = path.read_text("ascii").splitlines()
    assert lines[1] == "$timescale 1 ps $end"
    body = lines.index("$enddefinitions $end")
    wires, toggles = declared(lines[:body]), defaultdict(list)
    values: dict[str, str] = {}
    now = 0
    for line in lines[body + 1 :]:
        if line.startswith("#"):
            assert int(line[1:]) >= now
            now = int(line[1:])
        elif not line.startswith("$"):
            value, sign = line[0], line[1:]
            if sign in values:
                assert values[sign] != value
                toggles[wires[sign]].append(now)
            values[sign] = value
    assert set(values) == set(wires)
    return dict(toggles)


def declared(lines: list[str]) -> dict[str, str]:
    """Full names of wires by their signs."""
    wires: dict[str, str] = {}
    scope: list[str] = []
    for words in map(str.split, lines):
        if words[0] == "$scope":
            assert words[1] == "module"
            scope.append(words[2])
        elif words[0] == "$upscope":
            scope.pop()
        elif words[0] == "$var":
            _, kind, width, sign, name, end = words
            assert (kind, width, end) == ("wire", "1", "$end")
            assert sign not in wires
            wires[sign] = ".".join([*scope, name])
    assert not scope
    return wires


class Wires(noc_reference.Reference):
    """Notes every request and acknowledgement that is sent, with the time when it comes."""

    def __init__(self, network: Network, packets: Packets, start_ps: int) -> None:
        super().__init__(network, packets, None)
        self.start_ps, self.serves = start_ps, (0, 0)
        self.toggles: dict[str, list[int]] = defaultdict(list)

    def fire(self, controller: int, channel: int, now: int) -> None:
        self.serves = controller, channel
        super().fire(controller, channel, now)

    def post(self, time: int, message: tuple[int, int, int, tuple[int, ...]]) -> None:
        super().post(time, message)
        kind, controller, channel, _ = message
        if kind == noc_reference.REQUEST and controller % N_CONTROLLERS != SOURCE:
            self.toggles[self.name(controller, channel) + "_req"].append(self.start_ps + time)
        elif kind == noc_reference.ACKNOWLEDGE:
            self.toggles[self.name(*self.serves) + "_ack"].append(self.start_ps + time)

    def name(self, controller: int, channel: int) -> str:
        node, unit = divmod(controller, N_CONTROLLERS)
        x, y = self.network.mesh.at(node)
        wire = channel_name(unit, channel // self.n, channel % self.n)
        return f"x{x}_y{y}.{unit_name(unit).replace(' ', '_')}.{wire}"


def expected_toggles(trace: Traced) -> dict[str, list[int]]:
    """From the messages of the rules, step by step."""
    found: dict[str, list[int]] = defaultdict(list)
    for step in trace.shown:
        wires = Wires(trace.network, trace.run.packets[step], trace.starts_ps[step])
        wires.run()
        for name, times in wires.toggles.items():
            found[name] += sorted(times)
    return dict(found)


@pytest.mark.parametrize("seed", SEEDS)
def test_wires_toggle_with_every_request_and_acknowledgement(seed: int, tmp_path: Path) -> None:
    trace = trace_of(seed)
    write_vcd(tmp_path / "trace.vcd", trace)
    found = read_vcd(tmp_path / "trace.vcd")
    assert found == expected_toggles(trace)
    assert all(len(set(times)) == len(times) for times in found.values())


def test_the_wires_of_one_packet_by_hand(tmp_path: Path) -> None:
    """The tutorial's first token: it comes at 1200, 2400, 4300 and 5900."""
    run = run_of(Network(Mesh(1, 1)), packets_of(0, 0, 0))
    write_vcd(tmp_path / "trace.vcd", traced(run, compiled.simulate_traced, range(1)))
    assert read_vcd(tmp_path / "trace.vcd") == {
        "x0_y0.input_unit_local.vc0_req": [1200],
        "x0_y0.input_unit_local.vc0_ack": [1200 + 1500],
        "x0_y0.switch_allocator_local.from_local_vc0_req": [2400],
        "x0_y0.switch_allocator_local.from_local_vc0_ack": [2400 + 2400],
        "x0_y0.output_unit_local.vc0_req": [4300],
        "x0_y0.output_unit_local.vc0_ack": [4300 + 2000],
        "x0_y0.sink.vc0_req": [5900],
        "x0_y0.sink.vc0_ack": [5900 + 1500],
    }


def test_a_token_whose_ways_part_is_requested_and_acknowledged_once(tmp_path: Path) -> None:
    """A group to both ends of a row parts at once: west, and then east with the same credit."""
    packets = replace(packets_of(1, [0, 2], 0), following=np.array([1, 0]))
    run = run_of(Network(Mesh(3, 1)), packets)
    write_vcd(tmp_path / "trace.vcd", traced(run, compiled.simulate_traced, range(1)))
    found = read_vcd(tmp_path / "trace.vcd")
    assert found["x1_y0.input_unit_local.vc0_req"] == [1200]
    assert found["x1_y0.input_unit_local.vc0_ack"] == [1200 + 2400 + 1200 + 1500]
    assert found["x1_y0.switch_allocator_west.from_local_vc0_req"] == [2400]
    assert found["x1_y0.switch_allocator_east.from_local_vc0_req"] == [4800 + 1200]


@pytest.mark.parametrize("shown", [range(1), range(1, 2)])
def test_only_the_steps_asked_for_are_shown_at_their_own_times(
    shown: range, tmp_path: Path
) -> None:
    trace = replace(trace_of(8), shown=shown)
    write_vcd(tmp_path / "trace.vcd", trace)
    write_perfetto(tmp_path / "trace.json", trace)
    times = [time for wire in read_vcd(tmp_path / "trace.vcd").values() for time in wire]
    begin, end = [*trace.starts_ps, trace.run.latency_ps][shown.start : shown.start + 2]
    assert begin <= min(times)
    assert max(times) <= end
    events = read_perfetto(tmp_path / "trace.json")
    steps = {event["args"]["step"] for event in events if event.get("cat") == "fire"}
    assert steps == set(shown)


def test_nothing_sent_gives_empty_but_valid_files(tmp_path: Path) -> None:
    run = run_of(Network(Mesh(2, 2)), packets_of([], [], []))
    trace = traced(run, compiled.simulate_traced, range(1))
    write_vcd(tmp_path / "trace.vcd", trace)
    write_perfetto(tmp_path / "trace.json", trace)
    write_events(tmp_path / "events.npz", trace.network.mesh, trace.events)
    write_packets(tmp_path, run)
    write_statistics(tmp_path / "statistics.npz", trace)
    plot_run(tmp_path / "report.png", run, "nothing")
    assert read_vcd(tmp_path / "trace.vcd") == {}
    assert len(read_perfetto(tmp_path / "trace.json")) == 2
    assert [len(step) for step in read_events(tmp_path / "events.npz")[1]] == [0]
    assert (tmp_path / "packets.csv").read_text("utf-8").count("\n") == 1


def test_the_packet_table_has_a_row_per_packet_in_both_forms(tmp_path: Path) -> None:
    trace = trace_of(13)
    write_packets(tmp_path, trace.run)
    with (tmp_path / "packets.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    stored = np.load(tmp_path / "packets.npz")
    assert list(table[0]) == stored.files
    for name in stored.files:
        assert [int(row[name]) for row in table] == stored[name].tolist()
    second = flights(trace.network, trace.run.packets[1], trace.run.results[1])
    assert stored["delivered_ps"][stored["step"] == 1].tolist() == second.delivered_ps.tolist()
    assert stored["blocked_ps"][stored["step"] == 1].tolist() == second.blocked_ps.tolist()


def test_statistics_are_sums_over_the_steps(tmp_path: Path) -> None:
    trace = trace_of(21)
    write_statistics(tmp_path / "statistics.npz", trace)
    found = np.load(tmp_path / "statistics.npz")
    both = [trace.passages(step) for step in range(2)]
    assert found["stall_ps"].tolist() == sum(stalls_ps(one) for one in both).tolist()  # type: ignore[union-attr]
    waits = sum(channel_waits_ps(one) for one in both)
    assert found["channel_wait_ps"].tolist() == waits.tolist()  # type: ignore[union-attr]
    assert found["flits_per_bin"].sum(axis=(0, 1)).tolist() == found["fires"][:, 10:15].tolist()
    assert found["core_spikes"].tolist() == found["fires"][:, SINK].tolist()
    assert found["latency_packets"].sum() == found["core_spikes"].sum()


def test_each_kind_of_trace_leaves_its_files(tmp_path: Path) -> None:
    kinds = "packets,perfetto,vcd,events,statistics"
    options = parse(["workload=s2048", f"out={tmp_path}", f"trace={kinds}", "trace_steps=0-1"])
    written = write_traces(tmp_path, trace_of(8).run, options)
    assert sorted(path.name for path in written) == sorted(path.name for path in tmp_path.iterdir())
    assert len(written) == 6
