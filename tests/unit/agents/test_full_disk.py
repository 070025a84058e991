"""A disk without room ends a search in one line; with room again it goes on to the same result."""

import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from searches import trajectory

from agents.train import main
from envs.store import EvaluationStore

SEARCH = ["env=toy", "search.budget=24"]


@contextmanager
def room(n_bytes: int) -> Iterator[None]:
    """Have no file grow beyond so many bytes, which is what a full disk does to one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


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
