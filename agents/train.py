"""Command line of a search: ``python -m agents.train env=nacim``."""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys
from collections.abc import Sequence

from agents.exits import run_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    return run_command("agents.command", arguments)


if __name__ == "__main__":
    sys.exit(main())
