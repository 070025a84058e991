"""A run whose manifest can be replayed."""

import shutil
from pathlib import Path

import pytest
from noc_runs import write_workload

from async_sim.report.command import run_command


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
