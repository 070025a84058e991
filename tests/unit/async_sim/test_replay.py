"""Manifests, `async_sim.replay` and `async_sim.bisect`, as a user types them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from async_sim.report.bisect import bisect_command
from async_sim.report.command import run_command
from async_sim.report.manifest import hash_of
from async_sim.report.replay import replay_command

Shown = pytest.CaptureFixture[str]
Edit = Callable[[dict[str, Any]], None]
N_STEPS, N_PACKETS = 3, 120


def write_workload(path: Path, late_ps: int = 0, unit_ps: int = 1) -> Path:
    """Three steps of random packets on four cores."""
    rng = np.random.default_rng(5)
    meta = {"name": "tiny", "W": 2, "H": 2, "T": N_STEPS, "t_upd_ps": 1000}
    release_ps = np.sort(rng.integers(0, 90_000, N_PACKETS)) // unit_ps * unit_ps
    release_ps[-1] += late_ps
    np.savez(
        path,
        meta=json.dumps(meta),
        neuron_router=np.arange(4),
        pkt_t=np.arange(N_PACKETS) % N_STEPS,
        pkt_src=rng.integers(0, 4, N_PACKETS),
        pkt_dst=rng.integers(0, 4, N_PACKETS),
        pkt_release_ps=release_ps,
        pkt_fanout=rng.integers(0, 5, N_PACKETS),
    )
    return path


@pytest.fixture(scope="module")
def run_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run leaves behind."""
    directory = tmp_path_factory.mktemp("run")
    workload = write_workload(directory / "tiny.npz")
    typed = [f"workload={workload}", "arbitration=age", f"out={directory / 'out'}", "trace=events"]
    assert run_command(typed) == 0
    return directory


@pytest.fixture
def made(run_once: Path, tmp_path: Path) -> Path:
    """A copy of its manifest, with the fires beside it and the workload one folder above."""
    shutil.copytree(run_once, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "out" / "manifest.json"
    path.write_text(path.read_text("utf-8").replace(str(run_once), str(tmp_path)), "utf-8")
    return path


def altered(made: Path, edit: Edit, *, is_hashed: bool = True) -> Path:
    """A copy of a manifest with something else in it."""
    content = json.loads(made.read_text("utf-8"))
    edit(content)
    if is_hashed:
        content["network_sha256"] = hash_of(content["network"])
    path = made.with_name("altered.json")
    path.write_text(json.dumps(content), "utf-8")
    return path


def slower(ps: int) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        content["network"]["timing"]["output_unit"]["forward_ps"] += ps

    return edit


def refused(command: Callable[[list[str]], int], arguments: list[str], shown: Shown) -> str:
    """The one line by which a command refuses its arguments."""
    with pytest.raises(SystemExit) as caught:
        command(arguments)
    assert caught.value.code == 2
    told = shown.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    return told.err


@pytest.mark.parametrize("engine", [[], ["--engine", "actor"], ["--engine", "compiled"]])
def test_a_run_replays_to_the_same_in_any_engine(
    made: Path, capsys: Shown, engine: list[str]
) -> None:
    assert replay_command([str(made), *engine]) == 0
    name = (engine or ["compiled"])[-1]
    assert capsys.readouterr().out == f"same: 3 time steps, every array, by the {name} engine\n"


def test_a_manifest_says_what_was_run_whatever_was_traced(made: Path) -> None:
    content = json.loads(made.read_text("utf-8"))
    assert [one.split("=")[0] for one in content["arguments"]] == ["workload", "arbitration"]
    assert content["network"]["arbitration"] == "age"
    report = json.loads(made.with_name("report.json").read_text("utf-8"))
    assert len(content["steps"]) == len(report["digests"]) == len(content["traffic_sha256"]) == 3


def test_replay_says_which_arrays_differ_and_where(made: Path, capsys: Shown) -> None:
    assert replay_command([str(altered(made, slower(1)))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "delivered_ps differs: first in time step 0 and 2 more" in lines
    assert not any(line.startswith("fires") for line in lines)  # law I4


def test_replay_finds_a_single_altered_hash(made: Path, capsys: Shown) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["steps"][1]["sha256"]["wait_ps"] = "0" * 64

    assert replay_command([str(altered(made, edit))]) == 1
    assert capsys.readouterr().out == "wait_ps differs: first in time step 1\n"


def test_replay_says_that_the_traffic_is_another(made: Path, capsys: Shown) -> None:
    write_workload(made.parent.parent / "tiny.npz", late_ps=1)
    assert replay_command([str(made)]) == 1
    assert capsys.readouterr().out == "traffic differs: first in time step 2\n"


def test_replay_takes_a_workload_that_has_moved(made: Path, capsys: Shown) -> None:
    moved = made.with_name("moved.npz")
    (made.parent.parent / "tiny.npz").rename(moved)
    told = refused(replay_command, [str(made)], capsys)
    assert "tiny.npz: no such file" in told
    assert replay_command([str(made), "--workload", str(moved)]) == 0


def without(name: str) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        del content[name]

    return edit


def setting(name: str, value: object) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        content[name] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (setting("format", 2), "its format is 2, ours is 1"),
        (setting("engine_version", 0), "its engine_version is 0, ours is 1"),
        (without("format"), "is no manifest of a run"),
        (without("steps"), "is damaged: 'steps' is missing"),
        (setting("steps", []), "is damaged: 0 steps, but traffic of 3"),
        (setting("steps", [1, 2, 3]), "a step needs an object, got 1"),
        (setting("arguments", "workload=s256"), "arguments needs a list"),
        (setting("arguments", ["workload=s257"]), "did you mean 's256'"),
        (setting("arguments", ["mesh=8x8"]), "needs workload=PATH"),
        (setting("arguments", ["workload=s256"]), "the workload's mesh is not the manifest's"),
        (setting("engine", "compield"), "did you mean 'compiled'"),
        (setting("network", {"mesh": 3}), "network"),
        (slower(1), "is damaged: its network is not that of its network_sha256"),
    ],
)
def test_a_manifest_that_cannot_be_replayed_is_one_line(
    made: Path, capsys: Shown, edit: Edit, told: str
) -> None:
    assert told in refused(replay_command, [str(altered(made, edit, is_hashed=False))], capsys)


@pytest.mark.parametrize(
    "network", [3, {}, {"mesh": {"width": 2}}, {"mesh": 3, "timing": {}}, {"timing": []}]
)
def test_a_network_that_is_none_is_one_line(made: Path, capsys: Shown, network: object) -> None:
    path = altered(made, setting("network", network))
    assert str(path) in refused(replay_command, [str(path)], capsys)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "null", "\x00", "[" * 10_000])
def test_what_is_no_manifest_is_one_line(made: Path, capsys: Shown, content: str) -> None:
    made.write_text(content, "utf-8")
    for command in (replay_command, bisect_command):
        arguments = [str(made)] if command is replay_command else [str(made), str(made)]
        assert str(made) in refused(command, arguments, capsys)
    made.unlink()
    assert f"{made}: no such file" in refused(replay_command, [str(made)], capsys)


def test_bisect_finds_no_difference_between_engines(made: Path, capsys: Shown) -> None:
    assert bisect_command([str(made), "engines=compiled,actor"]) == 0
    assert capsys.readouterr().out.startswith("no difference: ")


def test_bisect_compares_sources_and_sinks_with_the_tick_engine(made: Path, capsys: Shown) -> None:
    told = refused(bisect_command, [str(made), "engines=tick,compiled"], capsys)
    assert "a tick of 100 ps does not divide all times" in told
    coarse = write_workload(made.with_name("coarse.npz"), unit_ps=100)
    path = altered(made, setting("arguments", [f"workload={coarse}"]))
    assert "traffic differs" in refused(bisect_command, [str(path), str(path)], capsys)
    assert bisect_command([f"workload={coarse}", "engines=tick,compiled"]) == 0
    expected = f"no difference: {2 * N_PACKETS} fires of sources and sinks in 3 time steps\n"
    assert capsys.readouterr().out == expected


def test_bisect_finds_a_difference_at_sources_and_sinks(made: Path, capsys: Shown) -> None:
    coarse = write_workload(made.with_name("coarse.npz"), unit_ps=100)
    out = made.with_name("ticked")
    assert run_command([f"workload={coarse}", "engine=tick", f"out={out}"]) == 0
    assert bisect_command([str(out / "manifest.json"), str(out / "manifest.json")]) == 0
    capsys.readouterr()
    path = altered(out / "manifest.json", slower(100))
    assert bisect_command([str(out / "manifest.json"), str(path)]) == 1
    first, one, two, _ = capsys.readouterr().out.splitlines()
    assert " sink, packet " in first
    assert "(tick)" in one
    assert "(tick)" in two


def test_bisect_compares_a_manifest_with_the_fires_of_its_run(made: Path, capsys: Shown) -> None:
    assert bisect_command([str(made), str(made.with_name("events.npz"))]) == 0
    assert "in 3 time steps" in capsys.readouterr().out


def test_bisect_names_the_first_fire_that_an_altered_latency_moves(
    made: Path, capsys: Shown
) -> None:
    """Slower output units show first where a token comes to a sink or the next input unit."""
    path = altered(made, slower(100))
    for other in (made, made.with_name("events.npz")):
        assert bisect_command([str(other), str(path)]) == 1
        first, one, two, *networks = capsys.readouterr().out.splitlines()
        why = "  networks differ in timing.output_unit.forward_ps: 1600 / 1700"
        assert networks == ([why] if other == made else [])
        events = np.load(made.with_name("events.npz"))
        time_ps, packet = int(first.split()[5]), int(first.split()[-1])
        assert first.startswith("first difference: time step 0, ")
        assert "sink" in first or "input unit" in first
        at = (events["step"] == 0) & (events["fire_ps"] == time_ps) & (events["packet"] == packet)
        assert at.sum() == 1
        assert f"at {time_ps} ps" in one
        assert f"at {time_ps + 100} ps" in two


def test_bisect_finds_what_only_one_side_has(made: Path, capsys: Shown) -> None:
    stored = dict(np.load(made.with_name("events.npz")))
    at = int(np.flatnonzero(stored["step"] == 1)[-1])
    for name in ("step", "controller", "packet", "arrival_ps", "fire_ps"):
        stored[name] = np.delete(stored[name], at)
    cut = made.with_name("cut.npz")
    np.savez(cut, **stored)
    assert bisect_command([str(made), str(cut)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("first difference: time step 1, ")
    assert lines[2] == f"  {cut}: never passes it on there"


def test_bisect_says_that_one_run_is_longer(made: Path, capsys: Shown) -> None:
    stored = dict(np.load(made.with_name("events.npz")))
    meta = json.loads(str(stored["meta"])) | {"n_steps": N_STEPS + 1}
    longer = made.with_name("longer.npz")
    np.savez(longer, **stored | {"meta": json.dumps(meta)})
    assert bisect_command([str(made), str(longer)]) == 1
    assert f"has 3 time steps, {longer} 4" in capsys.readouterr().out


def test_bisect_takes_the_arguments_of_a_run(made: Path, capsys: Shown) -> None:
    workload = f"workload={made.parent.parent / 'tiny.npz'}"
    assert bisect_command([workload, "mesh=4x1", "engines=actor,compiled"]) == 0
    assert capsys.readouterr().out.startswith("no difference")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["MADE"], "needs two files, or engines=compiled,actor"),
        (["MADE", "MADE", "MADE"], "needs two files"),
        (["MADE", "engines=compiled"], "engines: needs two"),
        (["MADE", "MADE", "engines=compiled,actor"], "engines: needs one manifest"),
        (["MADE", "engines=compiled,actr"], "did you mean 'actor'"),
        (["MADE", "none.npz"], "none.npz: no such file"),
        (["EVENTS", "engines=compiled,actor"], "not a file of fires"),
        (["workload=s257", "engines=compiled,actor"], "did you mean 's256'"),
        (["workload=s256"], "needs two files"),
        (["MADE", "OTHER"], "cannot compare a mesh of 2x2 with one of 1x1"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    made: Path, capsys: Shown, arguments: list[str], told: str
) -> None:
    other = made.with_name("other.npz")
    meta = json.dumps({"format": 1, "W": 1, "H": 1, "n_steps": 1})
    names = ("step", "controller", "packet", "arrival_ps", "fire_ps")
    np.savez(other, meta=meta, **{name: np.zeros(0, np.int64) for name in names})
    files = {"MADE": made, "EVENTS": made.with_name("events.npz"), "OTHER": other}
    typed = [str(files.get(argument, argument)) for argument in arguments]
    assert told in refused(bisect_command, typed, capsys)


def test_bisect_refuses_a_manifest_whose_traffic_has_changed(made: Path, capsys: Shown) -> None:
    write_workload(made.parent.parent / "tiny.npz", late_ps=1)
    told = refused(bisect_command, [str(made), str(made)], capsys)
    assert "traffic differs: first in time step 2, by now" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["trace=perfetto"], "trace: needs out=DIR"),
        (["trace=perfeto", "out=x"], "did you mean 'perfetto'"),
        (["trace=vcd", "out=x", "engine=tick"], "the tick engine notes no fires"),
        (["trace=vcd", "out=x", "trace_steps=10"], "there are time steps 0 to 9, got 10"),
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
