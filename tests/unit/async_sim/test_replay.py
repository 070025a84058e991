"""Manifests and `async_sim.replay`, as a user types them."""

import json
from pathlib import Path
from typing import Any

import pytest
from noc_runs import (
    Edit,
    altered,
    refused,
    setting,
    slower,
    without,
    write_workload,
)

from async_sim.report.bisect import bisect_command
from async_sim.report.replay import replay_command

Shown = pytest.CaptureFixture[str]


@pytest.mark.parametrize("engine", [[], ["--engine", "actor"], ["--engine", "compiled"]])
def test_a_run_replays_to_the_same_in_any_engine(
    made: Path, capsys: Shown, engine: list[str]
) -> None:
    assert replay_command([str(made), *engine]) == 0
    name = (engine or ["compiled"])[-1]
    assert capsys.readouterr().out == f"same: 3 time steps, every array, by the {name} engine\n"


def test_a_run_is_not_replayed_in_ticks_that_do_not_divide_its_times(
    made: Path, capsys: Shown
) -> None:
    told = refused(replay_command, [str(made), "--engine", "tick"], capsys)
    assert "engine tick, time step 0: a tick of 100 ps does not divide all times" in told


def test_a_workload_s_name_that_is_empty_is_refused(made: Path, capsys: Shown) -> None:
    told = refused(replay_command, [str(made), "--workload", ""], capsys)
    assert "--workload: needs a file" in told


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


@pytest.mark.parametrize(("key", "value"), [("depth", 8.0), ("link_ps", 10**30)])
def test_a_network_out_of_bounds_is_one_line(
    made: Path, capsys: Shown, key: str, value: float
) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["network"][key] = value

    told = refused(replay_command, [str(altered(made, edit))], capsys)
    assert f"network.{key} needs a whole number up to 1000000000000" in told


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "null", "\x00", "[" * 10_000])
def test_what_is_no_manifest_is_one_line(made: Path, capsys: Shown, content: str) -> None:
    made.write_text(content, "utf-8")
    for command in (replay_command, bisect_command):
        arguments = [str(made)] if command is replay_command else [str(made), str(made)]
        assert str(made) in refused(command, arguments, capsys)
    made.unlink()
    assert f"{made}: no such file" in refused(replay_command, [str(made)], capsys)
