"""A disk without room, or one that is only read, ends in one line; a search goes on once it can."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from full_disk import room
from searches import trajectory

from agents.evaluations import main as evaluations
from agents.report import main as report
from agents.rescue import main as rescue
from agents.train import main
from envs.store import EvaluationStore

SEARCH = ["env=toy", "search.budget=24"]


@pytest.mark.parametrize(
    ("agent", "n_bytes", "file"),
    [
        ("reinforce", 700, "config.yaml"),
        ("reinforce", 40_000, "evaluations.sqlite"),
        ("reinforce", 200_000, "checkpoint.pt"),
        ("random", 20_000, "evaluations.sqlite"),
    ],
)
def test_a_full_disk_is_one_line_and_the_search_goes_on_once_there_is_room(
    agent: str, n_bytes: int, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, whole = tmp_path / "run", tmp_path / "whole"
    with room(n_bytes):
        assert main([*SEARCH, f"agent={agent}", f"run_dir={run}"]) == 2
    told = capsys.readouterr().err
    assert str(run if file == "config.yaml" else run / file) in told
    assert told.count("\n") == 1
    assert not list(run.rglob("checkpoint.pt.new"))
    if (run / "evaluations.sqlite").exists():
        with closing(EvaluationStore(run / "evaluations.sqlite")) as store:
            store.check()
    begun = (run / "config.yaml").exists()
    again = [f"resume={run}"] if begun else [*SEARCH, f"agent={agent}", f"run_dir={run}"]
    assert main(again) == 0
    assert main([*SEARCH, f"agent={agent}", f"run_dir={whole}"]) == 0
    assert trajectory(run) == trajectory(whole)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run."""
    found = tmp_path / "run"
    assert main([*SEARCH, f"run_dir={found}"]) == 0
    return found


def files(run: Path) -> dict[Path, bytes]:
    """All but SQLite's own, which a reader makes where it can."""
    found = (one for one in run.rglob("*") if one.is_file())
    return {one: one.read_bytes() for one in found if not one.name.endswith(("-shm", "-wal"))}


def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing be made or opened to be written, as where a disk is mounted to be read."""
    opened = Path.open

    def refuse(path: Path) -> OSError:
        return OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    def only_read(path: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if set(mode) & set("wax+"):
            raise refuse(path)
        return opened(path, mode, *rest, **more)

    def not_made(path: Path, *_rest: Any, **_more: Any) -> None:
        raise refuse(path)

    def not_written(_table: object, path: Path, **_more: Any) -> None:
        raise refuse(path)

    monkeypatch.setattr(Path, "open", only_read)
    monkeypatch.setattr(Path, "mkdir", not_made)
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("pyarrow.parquet.write_table", not_written)


@pytest.mark.parametrize(
    ("command", "typed", "said"),
    [
        (main, [*SEARCH, "run_dir={run}-new"], "run_dir: cannot write {run}-new: Read-only"),
        (main, ["resume={run}", "search.budget=30"], "resume: cannot write {run}: Read-only"),
        (report, ["{run}"], "{run} cannot be written to; --out writes elsewhere"),
        (evaluations, ["{run}", "--out", "{run}/a.parquet"], "a.parquet.new: Read-only"),
        (rescue, ["{run}"], "run_dir: cannot write {run}: Read-only"),
    ],
)
def test_a_disk_that_is_only_read_is_one_line_and_nothing_changes(
    command: Callable[[list[str]], int],
    typed: list[str],
    said: str,
    run: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = files(run)
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patched:
        read_only(patched)
        assert command([one.format(run=run) for one in typed]) == 2
    told = capsys.readouterr().err
    assert said.format(run=run) in told
    assert told.count("\n") == 1
    assert files(run) == before


def test_a_store_that_can_only_be_read_any_more_is_no_damage(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shutil.copytree(run, run.with_name("whole"))
    connect = sqlite3.connect

    def as_mounted(path: Path, **_more: Any) -> sqlite3.Connection:
        return connect(f"{Path(path).as_uri()}?mode=ro", uri=True)

    with monkeypatch.context() as patched:
        patched.setattr("envs.store.sqlite3.connect", as_mounted)
        assert main([f"resume={run}", "search.budget=30"]) == 2
    told = capsys.readouterr().err
    assert "attempt to write a readonly database" in told
    assert "agents.rescue" not in told
    assert told.count("\n") == 1
    for one in (run, whole):
        assert main([f"resume={one}", "search.budget=30"]) == 0
    assert trajectory(run) == trajectory(whole)
