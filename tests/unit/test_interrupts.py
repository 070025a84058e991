"""Ctrl-C, from the first moment of a command."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.interrupts import ended, quiet_until_begun

ROOT = Path(__file__).parents[2]
PACKAGES = ("agents", "async_sim", "hwmodels", "snn")
BEGUN = '\nif __name__ == "__main__":\n'
COMMANDS = sorted(
    f"{package}.{path.stem}"
    for package in PACKAGES
    for path in (ROOT / package).glob("*.py")
    if BEGUN in path.read_text("utf-8")
)
# Runs a command, and presses Ctrl-C when it first imports what is not Python's or ours.
PRESSED = """
import os, runpy, signal, sys
class Presses:
    def find_spec(self, name, *_):
        if name.partition(".")[0] not in {*sys.stdlib_module_names, *OURS}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
OURS = {"agents", "async_sim", "configs", "envs", "hwmodels", "snn"}
sys.meta_path.insert(0, Presses())
module = sys.argv.pop(1)
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


@pytest.fixture(autouse=True)
def _ctrl_c() -> Iterator[None]:
    """Leave pytest its own way to be stopped."""
    kept = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, kept)


def test_there_are_commands() -> None:
    assert {"agents.train", "agents.bench", "hwmodels.estimate", "async_sim.run"} < {*COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_while_a_command_imports_its_modules_is_one_line(command: str) -> None:
    run = [sys.executable, "-c", PRESSED, command]
    result = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (result.returncode, result.stderr) == (130, "interrupted\n")


def test_a_command_that_is_only_imported_leaves_ctrl_c_alone() -> None:
    told = (
        "import agents.report, signal\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    )
    subprocess.run([sys.executable, "-c", told], cwd=ROOT, check=True)


def test_a_process_that_is_deaf_to_ctrl_c_stays_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    quiet_until_begun()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_command_that_has_begun_hears_ctrl_c_as_an_exception(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run() -> int:
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        signal.raise_signal(signal.SIGINT)
        return 0

    quiet_until_begun()
    assert ended(run) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_command_that_is_not_interrupted_says_its_own_code() -> None:
    assert ended(lambda: 3) == 3


def test_an_interrupt_of_what_is_run_from_a_string_has_the_same_exit_code(tmp_path: Path) -> None:
    """A dataclass that is made, say: `python -m` ended itself by a signal, after the line."""
    (tmp_path / "command.py").write_text(
        "import sys\n"
        "from configs.interrupts import ended\n"
        "sys.exit(ended(lambda: exec('raise KeyboardInterrupt')))\n"
    )
    run = [sys.executable, "-m", "command"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        run, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
    )
    assert (result.returncode, result.stderr) == (130, "interrupted\n")
