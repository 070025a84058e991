"""Notebooks of ``docs``: committed without outputs, and their code runs."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs").rglob("*.ipynb"))
LONG, SHORT = "search.budget=16", "search.budget=3"


def code_of(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    for cell in code_of(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder for temporary files: the path of a socket in one of pytest's may be too long."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_the_code_of_a_notebook_runs_on_a_small_budget(
    path: Path, tmp_path: Path, short_path: Path
) -> None:
    code = "\n".join("".join(cell["source"]) for cell in code_of(path))
    assert LONG in code
    ended = subprocess.run(
        [sys.executable, "-c", code.replace(LONG, SHORT)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg", "TMPDIR": str(short_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "half arrive within" in ended.stdout  # the last cell


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS
