"""The tools of the network-on-chip as processes of their own."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("typed", ["replay none.json", "bisect none.json none.npz"])
def test_a_missing_file_is_one_line_and_exit_code_2(typed: str, tmp_path: Path) -> None:
    tool, *arguments = typed.split()
    command = [sys.executable, "-m", f"async_sim.{tool}", *arguments]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == f"python -m async_sim.{tool}: none.json: no such file or directory\n"
    assert ended.stdout == ""
