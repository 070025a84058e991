"""`async_sim.bisect`, as a user types it."""

import json
from pathlib import Path

import numpy as np
import pytest
from noc_runs import (
    N_PACKETS,
    N_STEPS,
    altered,
    refused,
    setting,
    slower,
    write_workload,
)

from async_sim.report.bisect import bisect_command
from async_sim.report.command import run_command

Shown = pytest.CaptureFixture[str]


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
