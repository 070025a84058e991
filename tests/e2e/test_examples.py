"""Every script of ``examples/`` prints what is committed beside it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.stem for script in SCRIPTS])
def test_an_example_prints_what_is_committed(script: Path) -> None:
    one_thread = {"OMP_NUM_THREADS": "1"}  # as a session has
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **one_thread}
    command = [sys.executable, str(script)]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert found.stderr == ""
    assert found.stdout == script.with_suffix(".out").read_text()
    assert found.returncode == 0


def test_there_are_examples() -> None:
    assert SCRIPTS
