"""Ctrl-C ends every command in one line, from its first import on."""

import os
import signal
import sys
from collections.abc import Callable

INTERRUPTED = 130  # the shell's code for Ctrl-C
LINE = "interrupted\n"


def quiet_until_begun() -> None:
    """Let Ctrl-C end the process at once while a command's modules are imported.

    Nothing is begun then that would have to be ended, and an exception may be lost in what others
    do while they are imported. Whoever has the process deaf to Ctrl-C has it so still.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def _end(*_: object) -> None:
    os.write(2, LINE.encode())
    os._exit(INTERRUPTED)


def ended(run: Callable[[], int]) -> int:
    """Run a command, which Ctrl-C ends in one line; its exit code."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return run()
    except KeyboardInterrupt:
        sys.stderr.write(LINE)
        return INTERRUPTED
    finally:
        exec("")  # noqa: S102 (`python -m` forgets an interrupt of what is run from a string)
