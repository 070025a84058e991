"""Fixtures of several folders."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import Server, missing, server

HERE = Path(__file__).parent
COMPILING = pytest.StashKey[list[subprocess.Popen[bytes]]]()


MEMORY = Path("/dev/shm")  # noqa: S108 (Linux has it; what pytest makes there is the user's own)
ENOUGH_BYTES = 4 << 30


def pytest_configure(config: pytest.Config) -> None:
    """Write to memory, and begin to compile what workers of pytest-xdist would compile each.

    A store waits for the disk at every evaluation, thousands of times in all tests.
    """
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        path = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        config.stash[COMPILING] = [
            subprocess.Popen(
                [sys.executable, str(HERE / "compile_first.py"), what],
                env={**os.environ, "PYTHONPATH": path},
            )
            for what in ("cost_model", "simulator")
        ]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no process behind."""
    for process in config.stash.get(COMPILING, []):
        process.wait()


def pytest_collection_finish() -> None:
    """Have torch take one thread, as every session of ours does; the cores are others'.

    Networks as small as those of tests are up to a hundred times slower on two busy cores.
    """
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server of a file's own."""
    if (why := missing()) is not None:
        pytest.skip(why)
    with server() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, in a file and in a server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'team.sqlite'}"
    started: Server = request.getfixturevalue("postgresql")
    return started.new_database()
