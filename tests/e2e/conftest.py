import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from commands import Commands
from e2e_tools import is_group_alive

TRAIN = [sys.executable, "-m", "agents.train"]


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Processes as ``python -m`` starts them, without the seconds of their imports."""
    with closing(Commands(tmp_path_factory.mktemp("said"))) as one:
        yield one


@pytest.fixture
def train(tmp_path: Path, commands: Commands) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line to its end in an empty directory."""

    def run(*arguments: str, timeout_s: float = 200) -> subprocess.CompletedProcess[str]:
        return commands.run("agents.train", *arguments, folder=tmp_path, timeout_s=timeout_s)

    return run


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command line in a process group of its own; end what is left at the end."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*TRAIN, *arguments],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if is_group_alive(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout and not process.stdout.closed:
            process.stdout.close()
