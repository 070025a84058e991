"""How every command of agents ends: its exit code, and one line for what went wrong."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import FrameType

from configs.arguments import USAGE, one_line
from configs.interrupts import INTERRUPTED as INTERRUPTED  # noqa: PLC0414 (where others look for it)
from configs.interrupts import ended

FAILED = 1  # not to the end, through no mistake of what was typed
NOT_REACHED = 1  # a table that was computed, and misses what is asked of it
TERMINATED = 143  # the shell's code for SIGTERM
WORKER_DIED = "a worker process died (out of memory?)"


class UsageError(ValueError):
    """What the user typed cannot be done; the message is one line that says why."""


def run_command(module: str, arguments: Sequence[str] | None) -> int:
    """Run ``command`` of a module that takes seconds to import: Ctrl-C may come meanwhile."""
    typed = sys.argv[1:] if arguments is None else arguments
    return exit_code(lambda: int(import_module(module).command(typed)))


def exit_code(run: Callable[[], int]) -> int:
    """Run a command; a mistake or a file that cannot be used is told in one line."""
    try:
        return ended(run)
    except UsageError as error:
        return _told(f"error: {one_line(str(error))}", USAGE)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _told(f"error: {one_line(f'{where}{error.strerror or error}')}", USAGE)


def _told(message: str, code: int) -> int:
    sys.stderr.write(f"{message}\n")
    return code


@contextmanager
def same_signals() -> Iterator[None]:
    """Take back what a search does to Ctrl-C and to a cluster's wish to stop: more follows it."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def stopped_alike() -> Iterator[None]:
    """A cluster's wish to stop is Ctrl-C meanwhile."""
    with same_signals():
        signal.signal(signal.SIGTERM, _as_ctrl_c)
        yield


def _as_ctrl_c(_: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C does now; a job in the background of a shell is deaf to that."""
    heard = signal.getsignal(signal.SIGINT)
    (heard if callable(heard) else signal.default_int_handler)(signal.SIGINT, frame)
