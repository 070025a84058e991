"""How every command of agents ends: its exit code, and one line for what went wrong."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agents.overrides import UsageError
from configs.arguments import USAGE, one_line

INTERRUPTED = 130  # the shell's code for Ctrl-C
TERMINATED = 143  # ... and for SIGTERM


def exit_code(run: Callable[[], int]) -> int:
    """Run a command; a mistake or a file that cannot be used is told in one line."""
    try:
        return run()
    except UsageError as error:
        return _told(f"error: {one_line(str(error))}", USAGE)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _told(f"error: {one_line(f'{where}{error.strerror or error}')}", USAGE)
    except KeyboardInterrupt:
        return _told("interrupted", INTERRUPTED)


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
