import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from commands import Commands
from e2e_tools import started


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
    """Start `agents.train`; end what is left at the end."""
    with started("agents.train", tmp_path) as begin:
        yield begin
