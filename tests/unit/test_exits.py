"""How commands end."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest

from agents import sweep, sweep_run, train
from agents.exits import UsageError, exit_code, same_signals, stopped_alike


def ends_with(error: BaseException) -> int:
    def run() -> int:
        raise error

    return exit_code(run)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UsageError("env: no such"), 2, "error: env: no such\n"),
        (OSError(28, "No space left on device", "a/b"), 2, "error: a/b: No space left on device\n"),
        (OSError(28, "No space left", "a\nb"), 2, "error: a b: No space left\n"),
        (OSError("the disk is gone"), 2, "error: the disk is gone\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_what_goes_wrong_is_one_line_and_a_code(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends_with(error) == code
    assert capsys.readouterr().err == line


def test_a_command_that_ends_says_its_own_code() -> None:
    assert exit_code(lambda: 1) == 1


@pytest.fixture
def _signals() -> Iterator[None]:
    """Whatever hears them here is not to be heard from later on."""
    with same_signals():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        yield


@pytest.mark.usefixtures("_signals")
def test_a_wish_to_stop_is_heard_by_whoever_hears_ctrl_c() -> None:
    heard: list[int] = []
    with stopped_alike():
        signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
        signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGINT]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


@pytest.mark.usefixtures("_signals")
def test_a_wish_to_stop_is_heard_in_the_background_too() -> None:
    """There a shell starts commands deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with pytest.raises(KeyboardInterrupt), stopped_alike():
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.usefixtures("_signals")
def test_a_sweep_hears_a_wish_to_stop_whatever_ray_does_about_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def ray(*_: object) -> Iterator[None]:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        yield

    monkeypatch.setattr(sweep_run, "cluster", ray)
    monkeypatch.setattr(sweep_run, "_check_room", lambda _: None)
    monkeypatch.setattr(sweep_run, "_run", lambda _: signal.raise_signal(signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        sweep_run.run_sweep(MagicMock(folder=tmp_path))


@pytest.mark.parametrize(
    ("begun", "imported"), [(train, "agents.command"), (sweep, "agents.sweep_command")]
)
def test_ctrl_c_while_modules_are_imported_is_no_traceback(
    begun: ModuleType,
    imported: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Interrupted:
        def __getattr__(self, name: str) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, imported, Interrupted())  # type: ignore[arg-type]
    assert begun.main(["env=toy"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize("module", ["agents.train", "agents.sweep"])
def test_a_command_is_there_to_be_interrupted_before_what_takes_seconds(module: str) -> None:
    loaded = (
        f"import {module}, sys; print(*{{'agents.overrides', 'hydra', 'numpy'}} & {{*sys.modules}})"
    )
    ended = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "\n"
