"""The file that searches of a sweep share is checked before Ray starts."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agents import sweep_run
from agents.sweep import main
from agents.sweep_plan import sweep_of
from agents.sweep_shared import SHARED, check_shared
from agents.usage import UsageError
from envs.evaluation import Evaluation
from envs.shared_store import SharedStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """That of a sweep whose searches have shared some evaluations."""
    sweep_of(["env=toy", "sweep.grid.seed=[0,1]", f"run_dir={tmp_path}"]).keep()
    with closing(SharedStore(f"sqlite:///{tmp_path / SHARED}")) as store:
        for i in range(200):
            store.put(f"{i:064x}", Evaluation({"a": i}, {"energy_j": 0.5}, None, 2.5))
    return tmp_path


def overwrite(path: Path, begin: int, n: int) -> None:
    content = bytearray(path.read_bytes())
    content[begin : begin + n] = bytes(n)
    path.write_bytes(content)


def test_what_is_sound_or_not_there_yet_is_taken(folder: Path) -> None:
    check_shared(folder)
    check_shared(folder / "new")
    assert not (folder / "new").exists()


@pytest.mark.parametrize("begin", [0, 20_000])
def test_a_damaged_file_ends_a_sweep_in_one_line_before_ray_starts(
    begin: int, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def not_here(*_: object) -> None:
        raise AssertionError("Ray was started")

    monkeypatch.setattr(sweep_run, "cluster", not_here)
    overwrite(folder / SHARED, begin, 100)
    assert main([f"resume={folder}"]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert told.err.startswith(f"error: resume: {folder / SHARED}: is damaged (")
    assert f"; move {folder / SHARED}* away: it only saves work" in told.err
    assert told.err.count("\n") == 1


def test_a_file_of_other_columns_may_be_moved_away(folder: Path) -> None:
    with closing(sqlite3.connect(folder / SHARED)) as store, store:
        store.execute("ALTER TABLE coexplore_evaluations RENAME COLUMN wall_s TO wall")
    with pytest.raises(UsageError, match=r"no column named wall_s\); move .* away"):
        check_shared(folder)


def test_a_file_that_another_process_holds_is_not_called_damaged(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "connect", _impatient)
    with closing(_impatient(folder / SHARED)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UsageError, match=r"shared\.sqlite: database is locked$"):
            check_shared(folder)


_connect = sqlite3.connect


def _impatient(path: Path) -> sqlite3.Connection:
    return _connect(path, timeout=0)
