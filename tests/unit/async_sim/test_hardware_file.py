"""Designs as files, and `python -m async_sim.run hardware=FILE`."""

import json
from pathlib import Path

import numpy as np
import pytest
from noc_applications import dense, design, shortcuts

from async_sim.application import Application
from async_sim.execution import execute, figures
from async_sim.hardware import Hardware
from async_sim.hardware_file import HardwareFileError, read_hardware, write_hardware
from async_sim.report.bisect import bisect_command
from async_sim.report.command import run_command
from async_sim.report.replay import replay_command

Shown = pytest.CaptureFixture[str]


def written(directory: Path, of: Application, seed: int = 0) -> tuple[Hardware, Path]:
    """A random design, and its file beside that of its application."""
    source = of.save(directory / "spikes.npz")
    hardware = design(of, np.random.default_rng(seed))
    write_hardware(directory / "hardware.json", hardware, str(source))
    return hardware, directory / "hardware.json"


@pytest.mark.parametrize("seed", range(5))
def test_a_design_survives_its_file(seed: int, tmp_path: Path) -> None:
    hardware, path = written(tmp_path, dense(), seed)
    assert read_hardware(path) == (hardware, str(tmp_path / "spikes.npz"))


def test_a_design_is_simulated_from_its_file_alone(tmp_path: Path, capsys: Shown) -> None:
    of = shortcuts(n_samples=2)
    hardware, path = written(tmp_path, of)
    assert run_command([f"hardware={path}", f"out={tmp_path / 'out'}"]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["frame_on_design"] == figures(of, hardware, execute(of, hardware))
    assert "area with its cores" in capsys.readouterr().out


def test_a_run_of_a_design_is_replayed_and_bisected(tmp_path: Path, capsys: Shown) -> None:
    _, path = written(tmp_path, dense())
    assert run_command([f"hardware={path}", f"out={tmp_path / 'out'}"]) == 0
    assert replay_command([str(tmp_path / "out" / "manifest.json"), "--engine", "actor"]) == 0
    assert bisect_command([f"hardware={path}", "engines=compiled,actor"]) == 0
    assert "same: 3 time steps" in capsys.readouterr().out


def test_a_design_runs_on_other_spikes_that_are_typed(tmp_path: Path) -> None:
    hardware, path = written(tmp_path, dense())
    other = dense(seed=1)
    source = other.save(tmp_path / "other.npz")
    assert run_command([f"hardware={path}", f"workload={source}", f"out={tmp_path / 'out'}"]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["frame_on_design"] == figures(other, hardware, execute(other, hardware))


@pytest.mark.parametrize("typed", ["mesh=4x4", "depth=2", "mapping=row", "synapse_ps=5"])
def test_what_a_design_settles_is_not_typed(typed: str, tmp_path: Path, capsys: Shown) -> None:
    _, path = written(tmp_path, dense())
    assert run_command([f"hardware={path}", typed]) == 2
    assert f"{typed.partition('=')[0]}: is settled by hardware=" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"depth": True}, "depth: needs a whole number, got true"),
        ({"dept": 3}, "dept: no such key; did you mean 'depth'?"),
        ({"arbitration": "ages"}, "did you mean 'age'?"),
        ({"neurons_per_core": 6}, "a core holds 1, 2, 4, ... neurons, not 6"),
        ({"mesh": [3]}, "mesh: needs 2 or more entries"),
        ({"nodes": [0, 0]}, "node"),
        ({"cores": "1 2"}, "cores: needs a list"),
    ],
)
def test_a_file_that_holds_no_design_is_one_line(
    change: dict[str, object], told: str, tmp_path: Path, capsys: Shown
) -> None:
    _, path = written(tmp_path, dense())
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert run_command([f"hardware={path}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{path}: " in line
    assert told in line


@pytest.mark.parametrize("text", ["", "[1]", "{", "\0", "[" * 100_000])
def test_a_file_that_is_no_json_object_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "design.json"
    path.write_text(text)
    with pytest.raises(HardwareFileError, match=r"design\.json: "):
        read_hardware(path)


def test_a_design_too_small_for_the_spikes_is_refused(tmp_path: Path, capsys: Shown) -> None:
    _, path = written(tmp_path, dense())
    assert run_command([f"hardware={path}", "workload=s256"]) == 2
    assert "neurons need" in capsys.readouterr().err


def test_a_missing_design_is_told(tmp_path: Path, capsys: Shown) -> None:
    assert run_command([f"hardware={tmp_path / 'no.json'}"]) == 2
    assert "no.json: no such file or directory" in capsys.readouterr().err
